//! `exoctl audit export --source activity` against a simulated tenant: what is written is what became
//! available, and what is not to be had is told.

use std::collections::BTreeSet;

use exoctl_sim::activity::profile::ActivityProfile;
use exoctl_sim::audit::profile::AuditProfile;
use exoctl_sim::{DirectoryRole, Registration};

use crate::audit_export::oracle::{Desk, Expected, lines, texts, time};
use crate::harness::{Home, Ran, Tenant};

/// What time it is: the week's first day has just gone from the feed.
const NOW: &str = "2026-10-08T06:00:00Z";
const FROM: &str = "2026-10-02";
const TO: &str = "2026-10-07";

/// A tenant whose log fills the week, its clock at the week's end, and somebody connected to it.
pub(crate) struct Week {
    pub(crate) tenant: Tenant,
    pub(crate) home: Home,
}

impl Week {
    pub(crate) fn new(activity: &str, search: &str, faults: &[&str]) -> Self {
        Self::with(activity, search, faults, true)
    }

    fn with(activity: &str, search: &str, faults: &[&str], consent: bool) -> Self {
        let tenant = Tenant::of(|config| {
            config.audit_records = 3000;
            config.audit_from = Some(time("2026-10-01"));
            config.audit_to = Some(time("2026-10-08"));
            config.audit = AuditProfile::parse(search).unwrap();
            config.activity = ActivityProfile::parse(activity).unwrap();
        });
        let home = Home::of(&tenant);
        let week = Self { tenant, home };
        week.clock(&format!("--to {NOW}"));
        let (thumbprint, certificate) = week.home.certificate();
        let role = DirectoryRole::ExchangeAdministrator;
        let mut registration = Registration::new(certificate).with_role(role);
        if consent {
            registration = registration.with_activity_feed();
        }
        let app = week.tenant.register_as(registration);
        let who = format!("-CertificateThumbprint {thumbprint} -AppId {app}");
        let line = format!("Connect-ExchangeOnline {who} -Organization contoso.onmicrosoft.com");
        let _ = week.home.run(&line).ok();
        for fault in faults {
            week.tenant.inject(fault);
        }
        week
    }

    pub(crate) fn clock(&self, how: &str) {
        let state = self.tenant.environment().parent().unwrap().display().to_string();
        let _ = self.home.run(&format!("sim clock --state {state} {how}")).ok();
    }

    pub(crate) fn export(&self, directory: &str, options: &str) -> Ran {
        let period = format!("--from {FROM} --to-date {TO}");
        let how = "--retry-wait 0 --requests-per-minute 1000000 -o jsonl";
        self.home.run(&format!("audit export {period} --to {directory} {how} {options}"))
    }

    /// The records of the period that are wanted, by their number.
    pub(crate) fn expected(&self, wanted: impl Fn(u64) -> bool) -> Vec<Expected> {
        Desk::records_of(&self.tenant, (time(FROM), time(TO)), |_, index| wanted(index))
    }
}

#[test]
fn the_feed_of_some_days_is_what_the_log_holds() {
    let faults = [
        "throttle:service=activity,rate=0.03,retry-after=0.01",
        "error:service=activity,status=500,rate=0.02,retry-after=0.01",
    ];
    let week = Week::new("subscribed,duplicates=0.1,page=20,blob=30", "", &faults);
    let ran = week.export("feed", "--source activity").ok();
    let summary = &ran.rows()[0];
    assert_eq!(summary["verdict"], "complete", "{}", ran.stderr);
    assert!(summary["outside"].as_u64() > Some(100), "content of other days came too");
    assert!(lines(&week.home.path().join("feed/audit.jsonl")) == texts(&week.expected(|_| true)));
    assert!(ran.stderr.contains("This source tells what became available"), "{}", ran.stderr);
    let verified = week.home.run("audit verify feed --certificate exo.cer");
    let _ = verified.ok();
    let again = week.export("feed", "--source activity").ok();
    assert!(again.stderr.contains("done already"), "{}", again.stderr);
    // The other source has the same bytes.
    let _ = week.export("search", "--source search").ok();
    let read = |name: &str| std::fs::read(week.home.path().join(name)).unwrap();
    assert!(read("feed/audit.jsonl") == read("search/audit.jsonl"));
}

#[test]
fn what_comes_late_is_not_there_and_what_has_gone_is_a_verdict() {
    let week = Week::new("subscribed,late", "", &[]);
    let ran = week.export("feed", "--source activity --sink jsonl").ok();
    let expected = week.expected(|index| !week.tenant.activity_lacks(index));
    assert!(lines(&week.home.path().join("feed/audit.jsonl")) == texts(&expected));
    assert!(ran.rows()[0]["records"].as_u64() < Some(week.expected(|_| true).len() as u64));

    week.clock("--advance 3d");
    let ran = week.export("later", "--source activity --sink jsonl");
    assert_eq!(ran.exit, 6, "{}", ran.text());
    assert_eq!(ran.rows()[0]["verdict"], "outside-retention");
    let verified = week.home.run("audit verify later --certificate exo.cer");
    assert_eq!(verified.exit, 6, "{}", verified.text());
}

#[test]
fn content_that_expires_under_way_is_a_failure_and_no_silence() {
    let week = Week::new("subscribed,expired=0.01", "", &[]);
    let ran = week.export("feed", "--source activity --sink jsonl");
    assert_eq!(ran.exit, 6, "{}", ran.text());
    assert_eq!(ran.rows()[0]["verdict"], "failed");
    assert!(ran.stderr.contains("AF20051"), "{}", ran.stderr);
    week.tenant.set_activity("subscribed");
    let ran = week.export("feed", "--source activity --sink jsonl").ok();
    assert_eq!(ran.rows()[0]["verdict"], "complete", "only the windows that failed are read again");
    assert!(lines(&week.home.path().join("feed/audit.jsonl")) == texts(&week.expected(|_| true)));
}

#[test]
fn what_nobody_subscribed_to_is_told_with_what_to_do() {
    let week = Week::new("", "", &[]);
    let ran = week.export("feed", "--source activity");
    assert_eq!(ran.exit, 2, "{}", ran.text());
    assert!(
        ran.stderr.contains("[AF20022]") && ran.stderr.contains("--start-subscriptions"),
        "{}",
        ran.stderr
    );
    let ran = week.export("feed", "--source activity --start-subscriptions");
    assert_eq!(ran.exit, 6, "{}", ran.text());
    assert_eq!(ran.rows()[0]["verdict"], "unsubscribed");
    assert!(
        ran.stderr.contains("unsubscribed: Audit.Exchange is collected since"),
        "{}",
        ran.stderr
    );
    let verified = week.home.run("audit verify feed --certificate exo.cer");
    assert_eq!(verified.exit, 6, "{}", verified.text());
    let filtered = week.export("other", "--source activity --user-ids adele");
    assert_eq!(filtered.exit, 2);
    assert!(filtered.stderr.contains("[activity-filter]"), "{}", filtered.stderr);
    let off = "Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $false -Confirm:$false";
    let _ = week.home.run(off).ok();
    let ran = week.export("off", "--source activity");
    assert_eq!(ran.exit, 1);
    assert!(ran.stderr.contains("[AF20011]"), "{}", ran.stderr);
}

#[test]
fn a_permission_that_is_missing_is_told_with_the_commands() {
    let week = Week::with("subscribed", "", &[], false);
    let ran = week.export("feed", "--source activity");
    assert_eq!(ran.exit, 5, "{}", ran.text());
    for told in
        ["[AF10001]", "az ad app permission add", "594c1fb6-4f81-4475-ae41-0c394909246c=Role"]
    {
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
}

#[test]
fn killed_and_started_again_it_ends_with_the_same_bytes() {
    let week = Week::new("subscribed,duplicates=0.1,blob=30", "", &[]);
    let _ = week.export("whole", "--source activity").ok();
    let expected = std::fs::read(week.home.path().join("whole/audit.csv")).unwrap();
    for point in [1, 3, 6] {
        let name = format!("killed-{point}");
        let line = format!(
            "audit export --from {FROM} --to-date {TO} --to {name} --source activity --requests-per-minute 1000000"
        );
        let mut child = week.home.spawn(&line);
        let spool = week.home.path().join(&name).join(".exoctl/spool");
        let mut seen = BTreeSet::new();
        while seen.len() < point && child.try_wait().unwrap().is_none() {
            let files = std::fs::read_dir(&spool).into_iter().flatten().flatten();
            seen.extend(files.map(|file| file.file_name()));
        }
        let _ = child.kill();
        child.wait().unwrap();
        let _ = week.export(&name, "--source activity").ok();
        let got = std::fs::read(week.home.path().join(&name).join("audit.csv")).unwrap();
        assert!(got == expected, "killed at {point}");
    }
}
