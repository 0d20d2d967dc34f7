//! `exoctl audit report`: what is planted in a simulated tenant's log is what a reviewer is shown.

use exoctl_model::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::audit_export::oracle::{Desk, FROM, TO, time};
use crate::graph;

/// The text between two headings.
fn part<'a>(text: &'a str, from: &str) -> &'a str {
    let begin = text.find(from).unwrap_or_else(|| panic!("no {from} in:\n{text}"));
    let rest = &text[begin..];
    rest.split("\n\n").next().unwrap()
}

#[test]
fn what_was_planted_is_in_the_review() {
    for seed in [1, 2, 3] {
        let desk = Desk::with(20_000, "", seed, None);
        let _ = desk.export("out", "").ok();
        let ran = desk.home.run("audit report out --text - --html review.html").ok();
        let (text, page) =
            (&ran.stdout, std::fs::read_to_string(desk.path("review.html")).unwrap());
        assert!(text.starts_with("AUDIT REVIEW contoso.onmicrosoft.com: COMPLETE\n"), "{text}");
        let told = |incident: &str, step: usize, section: &str, why: &str| {
            let (user, id) = desk.tenant.audit(|search| {
                let log = search.log();
                let incident = log.incidents().iter().find(|i| i.name == incident).unwrap();
                (incident.user.clone(), incident.ids[step].to_string())
            });
            let section = part(text, section);
            let line = section.lines().find(|line| line.contains(why) && line.contains(&user));
            assert!(line.is_some(), "seed {seed}, {incident} {step}: {why} by {user} in {section}");
            assert!(section.contains(&id), "seed {seed}, {incident} {step}: {id} in {section}");
            assert!(page.contains(&id), "seed {seed}, {incident} {step}: {id} on the page");
        };
        told("mailbox-takeover", 3, "Forwarding and inbox rules:", "hides mail");
        told("mailbox-takeover", 4, "Forwarding and inbox rules:", "mail goes elsewhere");
        told("consent-grant", 2, "Consent and credentials", "may read or write mail or files");
        told("role-addition", 1, "Role changes:", "a privileged role");
        told("audit-evasion", 0, "Changes of auditing:", "taken out of auditing");
        told("audit-evasion", 1, "Mailbox permissions:", "does not show in Outlook");
        told("audit-evasion", 2, "Changes of auditing:", "switches auditing off");
        let downloads = part(text, "Mass download:");
        let user = desk.tenant.audit(|search| {
            search
                .log()
                .incidents()
                .iter()
                .find(|i| i.name == "mass-download")
                .unwrap()
                .user
                .clone()
        });
        assert!(downloads.contains(&user) && downloads.contains("within 24 hours"), "{downloads}");
    }
}

#[test]
fn the_counts_are_those_of_the_log() {
    let desk = Desk::new(5000, "");
    let _ = desk.export("out", "--compress zstd").ok();
    let ran = desk.home.run("audit report out -o jsonl").ok();
    let summary: &Value = &ran.rows()[0];
    let count = |wanted: fn(&Value) -> bool| {
        let records = desk.expected();
        let wanted = |text: &String| wanted(&serde_json::from_str(text).unwrap());
        records.iter().filter(|(_, _, text)| wanted(text)).count() as u64
    };
    assert_eq!((&summary["verdict"], &summary["genuine"]), (&"complete".into(), &true.into()));
    assert_eq!(summary["records"], 5000);
    let links = count(|record| record["Operation"] == "AnonymousLinkCreated");
    assert_eq!(summary["topics"]["Anonymous links and invitations"], links);
    let upkeep = count(|record| {
        let forwards = record["Parameters"].to_string().contains("Forwarding");
        record["RecordType"] == 1 && record["UserType"] == 3 && !forwards
    });
    assert_eq!(
        summary["noise"], upkeep,
        "what the service did is noise, but not when mail goes elsewhere"
    );
}

/// The same report from every form that holds whole records.
#[test]
fn every_form_gives_the_same_report() {
    let desk = Desk::new(2500, "unterminated=0.01");
    let mut texts = Vec::new();
    for (nth, options) in [
        "--sink jsonl",
        "--sink jsonl --compress gzip",
        "--sink cmdlet-csv --compress zstd",
        "--sink portal-csv",
    ]
    .into_iter()
    .enumerate()
    {
        let _ = desk.export(&format!("out{nth}"), options).ok();
        let ran = desk.home.run(&format!("audit report out{nth}")).ok();
        let (from, to) = ("To review", "\nFiles\n");
        let text = &ran.stdout[ran.stdout.find(from).unwrap()..ran.stdout.find(to).unwrap()];
        assert!(ran.stdout.contains(" unreadable, 0 without"), "{}", ran.stdout);
        texts.push(text.to_owned());
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:#?}");
    let _ = desk.export("review", "--sink reviewer-csv").ok();
    let none = desk.home.run("audit report review");
    assert_eq!(none.exit, 1);
    assert!(none.stderr.contains("neither jsonl nor a CSV"), "{}", none.stderr);
}

#[test]
fn what_is_not_whole_or_not_genuine_is_said_first() {
    let now = SystemClock.now();
    let days = now.duration_since(time(FROM)).as_hours() / 24 - 3;
    let desk = Desk::new(2000, &format!("retention={days}"));
    assert_eq!(desk.export("out", "--sink jsonl").exit, 6);
    let ran = desk.home.run("audit report out --text - --html review.html");
    assert_eq!(ran.exit, 6, "{}", ran.text());
    let first: Vec<&str> = ran.stdout.lines().take(3).collect();
    assert_eq!(first[0], "AUDIT REVIEW contoso.onmicrosoft.com: OUTSIDE-RETENTION");
    assert!(first[2].starts_with("  ! outside-retention: 2026-10-01T00:00:00Z to"), "{first:?}");
    assert!(desk.home.read("review.html").contains("<p class=\"verdict\">outside-retention</p>"));

    let path = desk.path("out/audit.jsonl");
    let changed =
        std::fs::read_to_string(&path).unwrap().replacen("FileAccessed", "FileRenamed!", 1);
    std::fs::write(&path, changed).unwrap();
    let ran = desk.home.run("audit report out");
    assert_eq!(ran.exit, 1, "{}", ran.text());
    assert!(
        ran.stdout.starts_with("AUDIT REVIEW contoso.onmicrosoft.com: CHANGED\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("  ! audit.jsonl was changed\n"), "{}", ran.stdout);
}

#[test]
fn the_export_before_is_found_beside_and_compared_with() {
    let desk = Desk::new(4000, "");
    let part = |directory: &str, from: &str, to: &str| {
        let line =
            format!("audit export --from {from} --to-date {to} --to {directory} --retry-wait 0");
        let _ = desk.home.run(&line).ok();
    };
    part("audit/first", FROM, "2026-10-04");
    part("audit/second", "2026-10-04", TO);
    let text = desk.home.run("audit report audit/second").ok().stdout;
    assert!(text.contains("Compared with 2026-10-01T00:00:00Z to 2026-10-04T00:00:00Z"), "{text}");
    assert!(text.contains("  (before "), "{text}");
    let first = desk.home.run("audit report audit/first").ok().stdout;
    assert!(!first.contains("Compared with"), "{first}");
    let named = desk.home.run("audit report audit/first --previous audit/second").ok().stdout;
    assert!(named.contains("Compared with 2026-10-04T00:00:00Z"), "{named}");
}

#[test]
fn a_report_is_mailed_through_graph_by_who_may() {
    let desk = Desk::new(2500, "");
    let _ = desk.export("out", "").ok();
    let line = "audit report out --mail-graph --mail-from audit@contoso.com --mail-to review@contoso.com \
                --attach-limit 400KB -o jsonl";
    let denied = desk.home.run(line);
    assert_eq!(denied.exit, 5, "{}", denied.text());
    assert!(denied.stderr.contains("Mail.Send"), "{}", denied.stderr);
    assert!(desk.tenant.sent_mail().is_empty());

    // Learn, "Microsoft Graph permissions reference": Mail.Send.
    let manifest = desk.home.read("out/manifest.jsonl");
    let head: Value = serde_json::from_str(manifest.lines().next().unwrap()).unwrap();
    let app = head["author"]["appId"].as_str().unwrap();
    graph::consent(&desk.tenant, app, "b633e1c5-b582-4048-a93e-9f11b44c7e96");
    // A token says what was consented to when it was made.
    std::fs::remove_dir_all(desk.path("home/tokens")).unwrap();
    let sent = desk.home.run(line).ok();
    let row = &sent.rows()[0];
    let [mail] = &desk.tenant.sent_mail()[..] else { panic!("not one mail") };
    assert_eq!(mail.user, "audit@contoso.com");
    let text = String::from_utf8(mail.content.clone()).unwrap();
    assert!(text.len() < 400_000, "{}", text.len());
    assert!(text.contains(&format!("Message-ID: {}\r\n", row["messageId"].as_str().unwrap())));
    assert_eq!(row["attached"], json!(["manifest.jws", "manifest.jsonl"]));
    let stranger = desk.home.run(&line.replace("audit@contoso.com", "audit@elsewhere.example"));
    assert!(stranger.stderr.contains("404 ErrorInvalidUser"), "{}", stranger.stderr);
}
