//! The Management Activity API from outside: who is let in, what is listed, what blobs hold.

use std::collections::{BTreeMap, BTreeSet};

use exoctl_sim::activity::profile::ActivityProfile;
use exoctl_sim::{Registration, SimConfig};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::harness::{Answer, Sim, certificate_der, form, ps256_header, read, sign};

const SCOPE: &str = "https://manage.office.com/.default";
const TYPES: [&str; 4] =
    ["Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General"];

/// A tenant whose log has the six days before today, and a token for the API.
struct Feed {
    sim: Sim,
    token: String,
}

impl Feed {
    async fn new(profile: &str) -> Self {
        Self::with(profile, |_| {}, true).await
    }

    async fn with(profile: &str, adjust: impl FnOnce(&mut SimConfig), consent: bool) -> Self {
        let profile = ActivityProfile::parse(profile).unwrap();
        let sim = Sim::start(|config| {
            config.activity = profile;
            config.audit_records = 1500;
            config.audit_from = Some("2026-11-15T00:00:00Z".parse().unwrap());
            config.audit_to = Some("2026-11-21T00:00:00Z".parse().unwrap());
            adjust(config);
        })
        .await;
        let mut registration = Registration::new(certificate_der());
        if consent {
            registration = registration.with_activity_feed();
        }
        let application = sim.tenant.register(registration).unwrap();
        let assertion = sign("PS256", &ps256_header(), &sim.claims(&application));
        let mut fields = form(&application.app_id.to_string(), &assertion);
        fields.retain(|(name, _)| *name != "scope");
        fields.push(("scope", SCOPE.to_owned()));
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = sim.post("/contoso.onmicrosoft.com/oauth2/v2.0/token", &fields).await;
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        Self { sim, token }
    }

    fn url(&self, path: &str) -> String {
        self.sim.url(&format!("/api/v1.0/{}/activity/feed/{path}", self.sim.tenant_id()))
    }

    async fn get(&self, url: String) -> Answer {
        read(self.sim.client.get(url).bearer_auth(&self.token)).await.unwrap()
    }

    async fn post(&self, path: &str) -> Answer {
        read(self.sim.client.post(self.url(path)).bearer_auth(&self.token)).await.unwrap()
    }

    /// The listed blobs of a window, over all pages.
    async fn list(&self, content_type: &str, from: &str, to: &str) -> Vec<Value> {
        let query = format!("contentType={content_type}&startTime={from}&endTime={to}");
        let mut next = self.url(&format!("subscriptions/content?{query}"));
        let mut all = Vec::new();
        loop {
            let page = self.get(next.clone()).await;
            assert_eq!(page.status, 200, "{}", page.json());
            all.extend(page.json().as_array().unwrap().clone());
            match page.header("nextpageuri") {
                "" => return all,
                uri => uri.clone_into(&mut next),
            }
        }
    }

    async fn code(&self, path: &str) -> (u16, String) {
        let answer = self.get(self.url(path)).await;
        (answer.status, answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    /// Every record of the week, with how often it came.
    async fn records(&self) -> BTreeMap<String, u32> {
        let mut seen = BTreeMap::new();
        for day in 15..=21 {
            let (from, to) = (format!("2026-11-{day}"), format!("2026-11-{}", day + 1));
            for content_type in TYPES {
                for blob in self.list(content_type, &from, &to).await {
                    let body = self.get(blob["contentUri"].as_str().unwrap().to_owned()).await;
                    for record in body.json().as_array().unwrap() {
                        *seen.entry(record["Id"].as_str().unwrap().to_owned()).or_default() += 1;
                    }
                }
            }
        }
        seen
    }

    fn expected(&self, wanted: impl Fn(u64) -> bool) -> BTreeSet<String> {
        self.sim.tenant.audit(|search| {
            let log = search.log();
            (0..log.len()).filter(|i| wanted(*i)).map(|i| log.record(i).id.to_string()).collect()
        })
    }
}

#[tokio::test]
async fn all_blobs_together_hold_the_log() {
    let feed = Feed::new("subscribed,page=7,blob=3").await;
    let records = feed.records().await;
    assert!(records.values().all(|times| *times == 1));
    assert_eq!(records.into_keys().collect::<BTreeSet<_>>(), feed.expected(|_| true));
}

#[tokio::test]
async fn some_come_twice_and_some_never() {
    let feed = Feed::new("subscribed,late,duplicates=0.1,withhold=0.05").await;
    let records = feed.records().await;
    assert!(records.values().filter(|times| **times == 2).count() > 50);
    let there = feed.expected(|index| !feed.sim.tenant.activity_lacks(index));
    assert!(there.len() < 1450 && there.len() > 1300, "{}", there.len());
    assert_eq!(records.into_keys().collect::<BTreeSet<_>>(), there);
}

#[tokio::test]
async fn a_row_of_the_list_has_the_documented_members() {
    let feed = Feed::new("subscribed").await;
    let blobs = feed.list("Audit.Exchange", "2026-11-17T00:00:00", "2026-11-17T12:00").await;
    let (first, id) = (&blobs[0], blobs[0]["contentId"].as_str().unwrap());
    assert_eq!(first["contentType"], "Audit.Exchange");
    assert_eq!(first["contentUri"], feed.url(&format!("audit/{id}")));
    let time = |name: &str| first[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let lasts = time("contentExpiration").duration_since(time("contentCreated"));
    assert_eq!(lasts.as_secs(), 604_800);
    let window = "2026-11-17T00:00:00Z".parse().unwrap().."2026-11-17T12:00:00Z".parse().unwrap();
    assert!(window.contains(&time("contentCreated")));
}

#[tokio::test]
async fn refusals_have_their_codes() {
    let feed = Feed::new("subscribed").await;
    let list = "subscriptions/content?contentType=Audit.Exchange";
    for (path, code) in [
        (format!("{list}&startTime=2026-11-14T08:59:59&endTime=2026-11-14T20:00:00"), "AF20030"),
        (format!("{list}&startTime=2026-11-17&endTime=2026-11-18T00:00:01"), "AF20030"),
        (format!("{list}&startTime=2026-11-17"), "AF20030"),
        (format!("{list}&startTime=yesterday&endTime=2026-11-17"), "AF20002"),
        (format!("{list}&nextPage=ffff"), "AF20031"),
        ("subscriptions/content".to_owned(), "AF20001"),
        ("subscriptions/content?contentType=Audit.All".to_owned(), "AF20020"),
        (format!("{list}&PublisherIdentifier=me"), "AF20002"),
        ("audit/what".to_owned(), "AF20052"),
        ("audit/0000001a6c05$0000$x$y$04".to_owned(), "AF20050"),
    ] {
        assert_eq!(feed.code(&path).await, (400, code.to_owned()), "{path}");
    }
    let (status, code) = feed.code("subscriptions/content?contentType=DLP.All").await;
    assert_eq!((status, code.as_str()), (401, "AF10001"));
    let other = feed.url("subscriptions/list").replace(&feed.sim.tenant_id(), &"7".repeat(32));
    assert_eq!(feed.get(other).await.json()["error"]["code"], "AF20010");
    let named = feed.url("subscriptions/list").replace(&feed.sim.tenant_id(), "contoso.com");
    assert_eq!(feed.get(named).await.json()["error"]["code"], "AF20013");
}

#[tokio::test]
async fn content_expires_after_seven_days() {
    let feed = Feed::new("subscribed").await;
    let blobs = feed.list("Audit.SharePoint", "2026-11-17", "2026-11-18").await;
    let uri = blobs[0]["contentUri"].as_str().unwrap().to_owned();
    assert_eq!(feed.get(uri.clone()).await.status, 200);
    let spoilt = ActivityProfile::parse("subscribed,expired=1").unwrap();
    feed.sim.tenant.set_activity(spoilt);
    assert_eq!(feed.get(uri).await.json()["error"]["code"], "AF20051");
}

#[tokio::test]
async fn a_subscription_gives_what_comes_after_it() {
    let feed = Feed::with(
        "",
        |config| config.token_lifetime = Some(std::time::Duration::from_secs(80_000)),
        true,
    )
    .await;
    let list = "subscriptions/content?contentType=Audit.Exchange";
    assert_eq!(feed.code(list).await, (400, "AF20022".to_owned()));
    assert_eq!(feed.get(feed.url("subscriptions/list")).await.json(), json!([]));
    let started = feed.post("subscriptions/start?contentType=Audit.Exchange").await;
    let row = json!({"contentType": "Audit.Exchange", "status": "enabled", "webhook": null});
    assert_eq!(started.json(), row);
    assert_eq!(feed.get(feed.url("subscriptions/list")).await.json(), json!([row]));
    assert!(feed.list("Audit.Exchange", "2026-11-19", "2026-11-20").await.is_empty());
    assert_eq!(feed.post("subscriptions/stop?contentType=Audit.Exchange").await.status, 200);
    assert_eq!(feed.code(list).await, (400, "AF20022".to_owned()));
    feed.sim.tenant.set_activity(ActivityProfile::parse("subscribed,disabled").unwrap());
    assert_eq!(feed.code(list).await, (400, "AF20023".to_owned()));
    feed.sim.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(feed.get(feed.url("subscriptions/list")).await.status, 401, "the token is over");
}

#[tokio::test]
async fn it_takes_a_permission_and_throttling_looks_like_a_lack_of_it() {
    let without = Feed::with("subscribed", |_| {}, false).await;
    assert_eq!(without.code("subscriptions/list").await, (401, "AF10001".to_owned()));
    let faults = |config: &mut SimConfig| {
        let fault = |text: &str| text.parse().unwrap();
        config.faults = vec![
            fault("throttle:service=activity,count=1"),
            fault("error:service=activity,status=500,after=1,count=1"),
        ];
    };
    let feed = Feed::with("subscribed", faults, true).await;
    assert_eq!(feed.code("subscriptions/list").await, (403, "AF429".to_owned()));
    assert_eq!(feed.code("subscriptions/list").await, (500, "AF50000".to_owned()));
    assert_eq!(feed.code("subscriptions/list").await.0, 200);
}
