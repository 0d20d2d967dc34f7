use std::path::Path;
use std::sync::Mutex;

use exoctl_http::{BoxFuture, Request, Response, Transport, TransportError};
use exoctl_model::ManualClock;
use secrecy::SecretString;

use super::*;
use crate::{BoxError, Cause, Event, GraphSender, SecretPlace};

/// A receiver that answers what it is told to.
#[derive(Debug, Default)]
struct Receiver {
    answers: Mutex<Vec<(u16, &'static str)>>,
    requests: Mutex<Vec<Request>>,
}

impl Transport for Receiver {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.requests.lock().unwrap().push(request);
        let mut answers = self.answers.lock().unwrap();
        let (status, body) = if answers.is_empty() { (200, "ok") } else { answers.remove(0) };
        let answer = http::Response::builder().status(status).header("retry-after", "600");
        Box::pin(async move { Ok(answer.body(body.into()).unwrap()) })
    }
}

#[derive(Debug, Default)]
struct Hands {
    receiver: Arc<Receiver>,
}

const URL: &str = "https://hooks.example:8443/services/T0p/S3cr3tS3cr3t?sig=abcdefgh";

impl Means for Hands {
    fn secret(&self, place: &SecretPlace) -> Result<SecretString, BoxError> {
        match place {
            SecretPlace::Variable(name) if name == "URL" => Ok(URL.to_owned().into()),
            SecretPlace::Variable(name) if name == "HTTP" => {
                Ok("http://hooks.example/S3cr3tS3cr3t".to_owned().into())
            }
            _ => Err("there is none".into()),
        }
    }

    fn transport(&self, _: Option<String>) -> Result<Arc<dyn Transport>, BoxError> {
        Ok(self.receiver.clone())
    }

    fn graph<'a>(&'a self, _: Option<&'a str>) -> BoxFuture<'a, Result<GraphSender, BoxError>> {
        Box::pin(async { Err("no token".into()) })
    }
}

/// An outbox in memory.
#[derive(Debug, Default)]
struct Box_(Mutex<Vec<(Waiting, Timestamp, Vec<Settlement>)>>);

impl Outbox for Box_ {
    fn claim(
        &self,
        now: Timestamp,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<Waiting>, OutboxError>> {
        let all = self.0.lock().unwrap();
        let due = all.iter().filter(|(_, due, _)| *due <= now).take(most);
        let claimed: Vec<Waiting> = due.map(|(waiting, ..)| waiting.clone()).collect();
        Box::pin(async move { Ok(claimed) })
    }

    fn settle<'a>(
        &'a self,
        id: &'a str,
        _: Timestamp,
        settlement: &'a Settlement,
    ) -> BoxFuture<'a, Result<(), OutboxError>> {
        let mut all = self.0.lock().unwrap();
        let (waiting, due, past) = all.iter_mut().find(|(waiting, ..)| waiting.id == id).unwrap();
        match settlement {
            Settlement::Sent { .. } | Settlement::GivenUp { .. } | Settlement::Passed => {
                *due = Timestamp::MAX;
            }
            Settlement::Wait { until } => *due = *until,
            Settlement::Retry { at, .. } => {
                *due = *at;
                waiting.attempts += 1;
            }
        }
        past.push(settlement.clone());
        Box::pin(async { Ok(()) })
    }
}

impl Box_ {
    fn put(&self, channel: &str, since: Timestamp, notice: Notice) {
        let mut all = self.0.lock().unwrap();
        let id = all.len().to_string();
        let waiting = Waiting { id, channel: channel.into(), attempts: 0, since, notice };
        all.push((waiting, since, Vec::new()));
    }

    fn past(&self, nth: usize) -> Vec<Settlement> {
        self.0.lock().unwrap()[nth].2.clone()
    }

    fn due(&self, nth: usize) -> Timestamp {
        self.0.lock().unwrap()[nth].1
    }
}

struct Scene {
    receiver: Arc<Receiver>,
    clock: Arc<ManualClock>,
    courier: Courier,
    outbox: Box_,
}

fn scene() -> Scene {
    let text = "
        [channel.chat]\nkind = 'slack'\nurl = 'env:URL'
        [channel.hook]\nkind = 'webhook'\nurl = 'env:URL'\nkey = 'env:URL'
        [channel.alive]\nkind = 'healthcheck'\nurl = 'env:URL'
        [channel.plain]\nkind = 'slack'\nurl = 'env:HTTP'
        [channel.gone]\nkind = 'slack'\nurl = 'file:/nowhere'
        [channel.daily]\nkind = 'teams'\nurl = 'env:URL'\ndigest = '1h'
    ";
    let clock = Arc::new(ManualClock::new("2026-11-01T05:10:00Z".parse().unwrap()));
    let hands = Hands::default();
    let receiver = hands.receiver.clone();
    let channels = Channels::parse(text, Path::new("/")).unwrap();
    let courier = Courier::new(channels, Templates::default(), Arc::new(hands), clock.clone());
    Scene { receiver, clock, courier, outbox: Box_::default() }
}

fn notice(run: &str) -> Notice {
    let cause = Cause { code: Some("AADSTS700027".into()), text: "no such key".into() };
    Notice {
        event: Event::Failure,
        job: "audit".into(),
        tenant: format!("tenant-{run}"),
        run: run.into(),
        cause: Some(cause),
        ..Notice::default()
    }
}

impl Scene {
    fn put(&self, channel: &str, run: &str) {
        self.outbox.put(channel, self.clock.now(), notice(run));
    }

    fn answers(&self, answers: &[(u16, &'static str)]) {
        self.receiver.answers.lock().unwrap().extend_from_slice(answers);
    }

    async fn round(&self) -> Round {
        self.courier.round(&self.outbox).await.unwrap()
    }

    fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.receiver.requests.lock().unwrap())
    }
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_later_and_later_and_then_given_up() {
    let scene = scene();
    scene.put("chat", "1");
    scene.answers(&[(503, "later"); 20]);
    let mut waits = Vec::new();
    while scene.outbox.due(0) < Timestamp::MAX {
        scene.round().await;
        assert_eq!(scene.round().await, Round::default(), "it is not due again at once");
        let wait = scene.outbox.due(0).duration_since(scene.clock.now());
        if scene.outbox.due(0) < Timestamp::MAX {
            waits.push(wait.as_mins());
            scene.clock.advance(wait);
        }
    }
    // The receiver asked for ten minutes.
    assert_eq!(waits, [10, 10, 10, 10, 16, 32, 60, 60, 60]);
    assert_eq!(scene.requests().len(), 10);
    let past = scene.outbox.past(0);
    let Some(Settlement::GivenUp { error }) = past.last() else { unreachable!("{past:?}") };
    assert_eq!(error, "hooks.example did not take the notification: 503 later");
}

#[tokio::test]
async fn what_can_never_be_taken_is_given_up_at_once() {
    for (channel, answer, expected) in [
        ("chat", (404, "no_service"), "404 no_service"),
        ("plain", (200, "ok"), "what is in env:HTTP is no address that begins with https://"),
        ("nobody", (200, "ok"), "there is no channel nobody in notify.toml"),
        ("alive", (200, "OK (not found)"), "200 OK (not found)"),
    ] {
        let scene = scene();
        scene.put(channel, "1");
        scene.answers(&[answer]);
        let round = scene.round().await;
        assert_eq!((round.given_up, round.sent), (1, 0), "{channel}");
        assert!(round.warnings[0].contains(expected), "{:?}", round.warnings);
    }
    let scene = scene();
    scene.put("gone", "1");
    assert_eq!(scene.round().await.retried, 1, "somebody may put the secret there");
}

#[tokio::test]
async fn an_address_is_nowhere_but_in_the_request() {
    let scene = scene();
    for (nth, channel) in ["chat", "hook", "alive", "plain", "gone"].iter().enumerate() {
        scene.put(channel, &nth.to_string());
    }
    scene.answers(&[
        (500, "cannot POST https://hooks.example:8443/services/T0p/S3cr3tS3cr3t?sig=abcdefgh"),
        (500, "no route /services/T0p/S3cr3tS3cr3t"),
        (500, "abcdefgh"),
    ]);
    let round = scene.round().await;
    let all = format!("{round:?} {:?} {:?}", scene.courier.channels, scene.outbox);
    for secret in ["S3cr3t", "abcdefgh"] {
        assert!(!all.contains(secret), "{all}");
    }
    assert_eq!(round.warnings.len(), 5);
    assert_eq!(scene.requests().len(), 3);
}

#[tokio::test]
async fn a_webhook_is_signed_and_has_the_same_id_every_time() {
    let scene = scene();
    scene.put("hook", "7");
    scene.answers(&[(503, "")]);
    scene.round().await;
    scene.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(scene.round().await.sent, 1);
    let requests = scene.requests();
    let header =
        |nth: usize, name: &str| requests[nth].headers()[name].to_str().unwrap().to_owned();
    assert_eq!([header(0, "webhook-id"), header(1, "webhook-id")], ["run.7.failure"; 2]);
    let seconds = scene.clock.now().as_second();
    assert_eq!(header(1, "webhook-timestamp"), seconds.to_string());
    assert_ne!(header(0, "webhook-signature"), header(1, "webhook-signature"));
    let key = URL.to_owned().into();
    let expected = crate::sign(&key, "run.7.failure", seconds, requests[1].body());
    assert_eq!(header(1, "webhook-signature"), expected);
}

#[tokio::test]
async fn a_digest_waits_for_its_hour_and_is_one_message() {
    let scene = scene();
    scene.put("daily", "1");
    scene.clock.advance(SignedDuration::from_mins(20));
    scene.put("daily", "2");
    assert_eq!(scene.round().await, Round { waiting: 2, ..Round::default() });
    let due: Timestamp = "2026-11-01T06:00:00Z".parse().unwrap();
    assert_eq!([scene.outbox.due(0), scene.outbox.due(1)], [due; 2]);
    scene.clock.advance(SignedDuration::from_mins(30));
    assert_eq!(scene.round().await, Round { sent: 2, ..Round::default() });
    let [request] = &scene.requests()[..] else { unreachable!() };
    let text = String::from_utf8_lossy(request.body());
    assert!(text.contains("AADSTS700027 in 2 tenants"), "{text}");
    let [Settlement::Wait { .. }, Settlement::Sent { receipt }] = &scene.outbox.past(0)[..] else {
        unreachable!()
    };
    assert!(receipt.starts_with("digest.") && receipt.len() == 39, "{receipt}");
}

#[tokio::test]
async fn that_a_run_begins_is_told_before_its_end_or_not_at_all() {
    let scene = scene();
    let begun = Notice { event: Event::Started, ..notice("1") };
    let ended = scene.clock.now() + SignedDuration::from_secs(1);
    scene.outbox.put("alive", ended, notice("1"));
    scene.outbox.put("alive", scene.clock.now(), begun.clone());
    scene.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(scene.round().await.sent, 2);
    let paths: Vec<String> =
        scene.requests().iter().map(|request| request.uri().path().to_owned()).collect();
    assert!(paths[0].ends_with("/start") && paths[1].ends_with("/fail"), "{paths:?}");

    scene.outbox.put("alive", scene.clock.now(), begun.clone());
    scene.answers(&[(503, "later")]);
    assert_eq!(scene.round().await.passed, 1, "there is no second try");
    scene.outbox.put("alive", scene.clock.now(), begun);
    scene.clock.advance(SignedDuration::from_mins(3));
    assert_eq!(scene.round().await.passed, 1);
    assert_eq!(scene.requests().len(), 1);
}

#[tokio::test]
async fn many_at_once_are_told_people_as_one_and_programs_each() {
    let scene = scene();
    for nth in 0..43 {
        scene.put("chat", &nth.to_string());
        scene.put("hook", &nth.to_string());
    }
    assert_eq!(scene.round().await.sent, 86);
    assert_eq!(scene.requests().len(), 1 + 43);
}

#[tokio::test]
async fn a_broken_template_does_not_keep_anybody_from_being_told() {
    let mut scene = scene();
    let own = [("chat.json".to_owned(), "{{ nosuch }}".to_owned())];
    scene.courier.templates = Templates::new(own.into()).unwrap();
    scene.put("chat", "1");
    let round = scene.round().await;
    assert_eq!(round.sent, 1);
    assert_eq!(
        round.warnings,
        ["template chat.json, line 1: undefined value; the built-in template was used instead"]
    );
}
