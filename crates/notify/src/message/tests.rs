use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::{Artifact, Cause, Channels, Event, Step};

fn channels() -> Channels {
    let text = "
        [channel.post]\nkind = 'mail'\nfrom = 'exoctl@contoso.com'\nto = 'ops@contoso.com'\nsmtp = 'mail.contoso.com'
        [channel.room]\nkind = 'teams'\nurl = 'env:A'
        [channel.chat]\nkind = 'slack'\nurl = 'env:A'
        [channel.hook]\nkind = 'webhook'\nurl = 'env:A'
        [channel.alive]\nkind = 'healthcheck'\nurl = 'env:A'
    ";
    Channels::parse(text, Path::new("/")).unwrap()
}

fn failure() -> Notice {
    Notice {
        event: Event::Failure,
        job: "monthly-audit".into(),
        tenant: "contoso".into(),
        organization: Some("contoso.onmicrosoft.com".into()),
        run: "0193f4a2-7d00-7000-8000-000000000001".into(),
        attempt: 3,
        scheduled: Some("2026-11-01T05:00:00Z".parse().unwrap()),
        scheduled_local: Some("2026-11-01 06:00 Europe/Berlin".into()),
        started: Some("2026-11-01T05:00:03Z".parse().unwrap()),
        ended: Some("2026-11-01T05:03:07Z".parse().unwrap()),
        outcome: Some("failed".into()),
        previous: Some("done".into()),
        exit: Some(4),
        cause: Some(Cause {
            code: Some("AADSTS700027".into()),
            text: "the certificate is not on the application <b>any more</b>".into(),
        }),
        next_action: Some("exoctl cert rotate --profile contoso".into()),
        steps: vec![
            Step {
                name: "export".into(),
                outcome: Some("done".into()),
                exit: Some(0),
                seconds: Some(180),
            },
            Step {
                name: "report & mail".into(),
                outcome: Some("failed".into()),
                exit: Some(4),
                seconds: None,
            },
        ],
        artifacts: vec![Artifact {
            path: "audit.jsonl".into(),
            bytes: 12,
            sha256: Some("ab".repeat(32)),
        }],
        directory: Some("/var/lib/exoctl/runs/monthly-audit/contoso/x".into()),
        log: "first line\n\"quoted\" <https://evil.example|click> \u{1b}[31m\nlast line".into(),
        last_success: Some("2026-10-01T04:00:09Z".parse().unwrap()),
        next_run: Some("2026-12-01T05:00:00Z".parse().unwrap()),
        host: Some("jobs-1".into()),
    }
}

fn composed(channel: &str, content: Content<'_>) -> String {
    shown(&compose(channels().find(channel).unwrap(), content, &Templates::default()).unwrap())
}

fn shown(payload: &Payload) -> String {
    let text = match payload {
        Payload::Mail(mail) => {
            format!("{}\n=====\n{}\n=====\n{}", mail.subject, mail.text, mail.html)
        }
        Payload::Json(text) => {
            serde_json::to_string_pretty(&serde_json::from_str::<Value>(text).unwrap()).unwrap()
        }
        Payload::Ping(ping) => {
            format!("{}\n{}", ping.address("https://hc.example/k?create=1"), ping.body)
        }
    };
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

#[test]
fn a_failure_on_every_channel() {
    for channel in ["post", "room", "chat", "hook", "alive"] {
        insta::assert_snapshot!(
            format!("failure_{channel}"),
            composed(channel, Content::One(&failure()))
        );
    }
}

#[test]
fn a_test_says_little() {
    for channel in ["post", "room", "chat", "hook", "alive"] {
        let text = composed(channel, Content::One(&Notice::default()));
        assert!(text.contains("exoctl can reach you here"), "{text}");
    }
    insta::assert_snapshot!("test_post", composed("post", Content::One(&Notice::default())));
}

#[test]
fn a_digest_is_by_cause_and_the_worst_is_first() {
    let tenants: Vec<String> = (1..=43).map(|n| format!("tenant-{n:02}")).collect();
    let mut notices: Vec<Notice> =
        tenants.iter().map(|tenant| Notice { tenant: tenant.clone(), ..failure() }).collect();
    notices.insert(3, Notice { event: Event::Success, cause: None, ..failure() });
    notices.insert(7, Notice { event: Event::Late, cause: None, job: "daily".into(), ..failure() });
    for channel in ["post", "room", "chat"] {
        let text = composed(channel, Content::Digest(&notices));
        assert!(text.contains("AADSTS700027 in 43 tenants and 2 other things"), "{text}");
        insta::assert_snapshot!(format!("digest_{channel}"), text);
    }
    let hook: Value = serde_json::from_str(&composed("hook", Content::Digest(&notices))).unwrap();
    assert_eq!(hook["groups"][0]["tenants"].as_array().unwrap().len(), 43);
    assert_eq!(hook["notices"].as_array().unwrap().len(), 45);
    let moods: Vec<&str> =
        hook["groups"].as_array().unwrap().iter().map(|g| g["mood"].as_str().unwrap()).collect();
    assert_eq!(moods, ["bad", "attention", "good"]);
}

/// The order of events and what a check is told, as <https://healthchecks.io/docs/http_api/> has it.
#[test]
fn pings_are_those_of_the_protocol() {
    for (event, exit, exit_code, expected) in [
        (Event::Started, None, false, "/start"),
        (Event::Success, Some(0), true, ""),
        (Event::Recovered, Some(0), false, ""),
        (Event::Failure, Some(4), false, "/fail"),
        (Event::Failure, Some(4), true, "/4"),
        (Event::Failure, Some(0), true, "/fail"),
        (Event::Failure, Some(-1), true, "/fail"),
        (Event::Unknown, None, true, "/fail"),
        (Event::Change, Some(3), true, "/log"),
        (Event::Late, None, true, "/log"),
        (Event::Test, None, true, "/log"),
    ] {
        let notice = Notice { event, exit, ..failure() };
        let ping = Ping::of(&notice, 10_000, exit_code);
        let rid = "rid=0193f4a2-7d00-7000-8000-000000000001";
        assert_eq!(
            ping.address("https://hc-ping.com/key/{job}-{tenant}/"),
            format!("https://hc-ping.com/key/monthly-audit-contoso{expected}?{rid}")
        );
    }
    let other = Ping::of(&Notice { run: "none".into(), ..failure() }, 10_000, false);
    assert_eq!(other.address("https://hc.example/x"), "https://hc.example/x/fail");
}

#[test]
fn a_ping_has_the_end_of_the_log() {
    let log = (0..5000).fold(String::new(), |log, n| log + &format!("line {n} ü\n"));
    let ping = Ping::of(&Notice { log, ..failure() }, 1000, false);
    assert!(ping.body.len() <= 1000 && ping.body.len() > 900);
    assert!(
        ping.body.starts_with("line ") && ping.body.ends_with("line 4999 ü\n"),
        "{}",
        ping.body
    );
}

#[test]
fn a_card_is_never_too_large() {
    let log = format!("{}\n", "\"<x>ü".repeat(100)).repeat(3000);
    let notice = Notice { log, ..failure() };
    for (channel, most) in [("room", 28_000), ("chat", 12_000)] {
        let payload = compose(
            channels().find(channel).unwrap(),
            Content::One(&notice),
            &Templates::default(),
        );
        let Payload::Json(text) = payload.unwrap() else { unreachable!() };
        assert!(text.len() <= most, "{channel}: {}", text.len());
        assert!(text.len() > most / 2, "{channel} has as much of the log as fits: {}", text.len());
    }
}

#[test]
fn nothing_of_a_run_is_markup_anywhere() {
    let nasty = "<script>alert(1)</script> <!channel> [a](https://evil.example) ** \u{202e}\u{1b}[2J \"},{\" {{ 7*7 }}\r\nBcc: x@evil.example";
    let notice = Notice {
        cause: Some(Cause { code: Some(nasty.into()), text: nasty.into() }),
        log: nasty.into(),
        organization: Some(nasty.into()),
        ..failure()
    };
    for content in [Content::One(&notice), Content::Digest(&[notice.clone(), notice.clone()])] {
        for channel in ["post", "room", "chat", "hook"] {
            let channels = channels();
            let payload =
                compose(channels.find(channel).unwrap(), content, &Templates::default()).unwrap();
            match &payload {
                Payload::Mail(mail) => {
                    assert!(!mail.html.contains("<script") && !mail.subject.contains(['\r', '\n']));
                    assert!(mail.html.contains("&lt;script&gt;"), "{}", mail.html);
                    assert!(mail.text.contains("{{ 7*7 }}"));
                }
                Payload::Json(text) => {
                    let value: Value = serde_json::from_str(text).unwrap();
                    assert_no_markup(&value);
                }
                Payload::Ping(_) => unreachable!(),
            }
            let text = shown(&payload);
            assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
        }
    }
}

/// Untrusted texts are in elements that know no markup.
fn assert_no_markup(value: &Value) {
    match value {
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
            assert!(!["TextBlock", "FactSet", "mrkdwn", "section"].contains(&kind), "{value}");
            object.values().for_each(assert_no_markup);
        }
        Value::Array(array) => array.iter().for_each(assert_no_markup),
        _ => {}
    }
}

#[test]
fn an_administrators_file_stands_for_the_built_in_one() {
    let own = |name: &str, text: &str| {
        Templates::new(BTreeMap::from([(name.to_owned(), text.to_owned())])).unwrap()
    };
    let channels = channels();
    let with = |channel: &str, templates: &Templates| {
        compose(channels.find(channel).unwrap(), Content::One(&failure()), templates)
    };
    let templates = own("mail.txt", "Subject: ALARM {{ job }}\nsee {{ directory }}");
    let Ok(Payload::Mail(mail)) = with("post", &templates) else { unreachable!() };
    assert_eq!(mail.subject, "ALARM monthly-audit");
    assert_eq!(mail.text, "see /var/lib/exoctl/runs/monthly-audit/contoso/x");
    let templates = own("hook.json", r#"{"x": {{ cause.text }}, "y": [{{ attempt }}]}"#);
    let Ok(Payload::Json(json)) = with("hook", &templates) else { unreachable!() };
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["x"], "the certificate is not on the application <b>any more</b>");
    assert_eq!(value["y"][0], 3);
    assert!(with("chat", &templates).unwrap() == with("chat", &Templates::default()).unwrap());

    for (name, text, expected) in [
        ("hook.json", "{{ nosuch }}", "template hook.json, line 1: undefined value"),
        ("hook.json", "\n{\"a\": {{ job }}", "template hook.json makes no JSON"),
        (
            "hook.json",
            "{% for x in range(99999) %}{% for y in range(99999) %}{% endfor %}{% endfor %}1",
            "fuel",
        ),
        ("post.txt", "no subject", "template post.txt makes no subject"),
    ] {
        let channel = name.split('.').next().unwrap();
        let error = with(channel, &own(name, text)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let broken = Templates::new(BTreeMap::from([("x.txt".into(), "{% if %}".into())]));
    assert!(broken.unwrap_err().to_string().starts_with("template x.txt, line 1: "));
}
