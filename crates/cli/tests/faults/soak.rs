//! Thirty days of hourly calls in one process: the clocks of client and tenant are moved, nothing
//! waits.

use std::process::Command;
use std::sync::Arc;

use exoctl_certificate::NewCertificate;
use exoctl_exchange::{Connection, ErrorKind, Invocation, InvokeError};
use exoctl_identity::{CachedCredential, CredentialError};
use exoctl_model::ManualClock;
use exoctl_sim::SimClock;
use jiff::{SignedDuration, Timestamp};

use crate::plain;
use crate::tenant::Tenant;

/// Set in the child, so that nobody else opens files or takes memory while it counts.
const ALONE: &str = "EXOCTL_TEST_SOAK";
const HOURS: u32 = 30 * 24;
/// The certificate's last hours fall into the run.
const CERTIFICATE: &str = "717h";
const WARM: u32 = 5 * 24;
const SEED: u64 = 20_261_121;

/// What may strike in an hour, and how a read of three pages ends then.
const FAULTS: [(&str, Option<ErrorKind>); 14] = [
    ("throttle:retry-after=0.001,count=3", None),
    ("throttle:body=text,count=2", None),
    ("error:status=503,count=2", None),
    ("error:status=500,when=after,count=2", None),
    ("reset:count=2", None),
    ("reset:when=after,count=1", None),
    ("truncate:keep=0.3,count=2", None),
    ("slow:delay=0.001", None),
    ("lost-continuation:count=1", None),
    ("short-page:keep=0.5", None),
    ("expired-token:after=1,count=1", None),
    ("nul403:after=1", Some(ErrorKind::Incomplete)),
    ("error:status=502,after=2", Some(ErrorKind::Incomplete)),
    ("nul403:", Some(ErrorKind::Permission)),
];

#[test]
fn thirty_days_in_one_process() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "soak::thirty_days_alone", "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let text = [child.stdout, child.stderr].map(|out| String::from_utf8_lossy(&out).into_owned());
    assert!(child.status.success(), "{}", text.concat());
    assert!(text[0].contains("1 passed"), "{}", text[0]);
}

/// The child. Does nothing when run as a test.
#[test]
fn thirty_days_alone() {
    if std::env::var_os(ALONE).is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(soak());
    }
}

async fn soak() {
    let start: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let clock = SimClock::fixed(start);
    let wanted = NewCertificate::new("CN=Soak".parse().unwrap());
    let key = wanted.self_signed(CERTIFICATE.parse().unwrap(), &ManualClock::new(start)).unwrap();
    let ends = key.certificate().not_after();
    let tenant = Tenant::start_with_key(150, key, |config| {
        config.clock = clock.clone();
        config.token_lifetime = Some(std::time::Duration::from_mins(75));
    })
    .await;
    let mut truth = keys(&plain::column(&tenant, false, "Get-Mailbox", "Guid", "Name").await);
    truth.sort();
    let credential = tenant.cached();
    let mut run = Run { tenant: &tenant, credential, token_until: None, renewals: 0, random: SEED };
    let asked_before = tenant.recorder.tokens();
    let mut warm = None;
    for hour in 0..HOURS {
        if hour == WARM {
            warm = Some((open_files(), resident()));
        }
        run.hour(&truth, hour, clock.now() < ends).await;
        clock.advance(SignedDuration::from_hours(1));
    }
    assert!(clock.now() > ends, "the certificate has not run out");
    assert_eq!(tenant.recorder.tokens() - asked_before, run.renewals, "requests for tokens");
    assert!(run.renewals >= u64::from(HOURS) / 2 - 3, "{} renewals", run.renewals);
    let (files, memory) = warm.unwrap();
    let (files_now, memory_now) = (open_files(), resident());
    assert!(files_now <= files + 12, "open files: {files}, then {files_now}");
    assert!(memory_now <= memory + (48 << 20), "bytes in memory: {memory}, then {memory_now}");
}

struct Run<'a> {
    tenant: &'a Tenant,
    credential: Arc<CachedCredential>,
    /// Until when the token is good enough, by a model of ours.
    token_until: Option<Timestamp>,
    renewals: u64,
    random: u64,
}

impl Run<'_> {
    async fn hour(&mut self, truth: &[String], hour: u32, certificate_is_good: bool) {
        let now = self.tenant.clock.0.now();
        // A governor of its own: what it learns of one hour's throttling is in real seconds.
        let connection = self.tenant.connection_with(self.credential.clone()).page_size(50).build();
        let fault = self.draw(3) == 0 && certificate_is_good;
        let (rule, right) = match self.draw(FAULTS.len() as u64) {
            index if fault => FAULTS[index as usize],
            _ => ("", None),
        };
        if fault {
            self.tenant.inject(rule).await;
        }
        let read = Invocation::new("Get-Mailbox".parse().unwrap()).select(["Guid"]).unlimited();
        let outcome = connection.invoke(read).collect().await;
        let hits = if fault { self.tenant.clear().await } else { 0 };
        assert!(!fault || hits > 0, "seed {SEED}, hour {hour}: {rule} did not strike");
        let text = format!("seed {SEED}, hour {hour}, {rule}: {outcome:?}");

        // Entra gives 75 minutes less a second; it is renewed five minutes before.
        let renewed = self.token_until.is_none_or(|until| until <= now);
        if renewed && !certificate_is_good {
            let error = outcome.expect_err("the certificate has run out");
            assert_eq!(error.kind(), ErrorKind::Authentication, "{text}");
            assert_eq!(entra_code(&error), Some(700_027), "{text}");
            return;
        }
        if renewed || rule.starts_with("expired-token") {
            self.renewals += u64::from(renewed) + u64::from(rule.starts_with("expired-token"));
            self.token_until = Some(now + SignedDuration::from_secs(75 * 60 - 1 - 5 * 60));
        }
        match (outcome, right) {
            (Ok(rows), None) => {
                let mut rows: Vec<String> =
                    rows.iter().map(|row| row.text("Guid").unwrap()).collect();
                rows.sort();
                assert!(rows == truth, "{} rows; {}", rows.len(), &text[..60]);
            }
            (Err(error), Some(kind)) => assert_eq!(error.kind(), kind, "{text}"),
            _ => panic!("{right:?} is right: {text}"),
        }
        if hour.is_multiple_of(24) {
            self.write(&connection, truth, hour).await;
        }
    }

    /// A change of one mailbox, read back.
    async fn write(&self, connection: &Connection, truth: &[String], hour: u32) {
        let identity = truth[hour as usize % truth.len()].as_str();
        let call =
            |cmdlet: &str| Invocation::new(cmdlet.parse().unwrap()).with("Identity", identity);
        let value = format!("hour {hour}");
        let set = call("Set-Mailbox").with("CustomAttribute1", value.as_str());
        connection.invoke(set).collect().await.unwrap();
        let read = connection.invoke(call("Get-Mailbox")).collect().await.unwrap();
        assert_eq!(read[0].text("CustomAttribute1"), Some(value));
    }

    /// A number below `limit`, by Knuth's MMIX generator.
    fn draw(&mut self, limit: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % limit
    }
}

fn keys(rows: &[(String, String)]) -> Vec<String> {
    rows.iter().map(|(guid, _)| guid.clone()).collect()
}

fn entra_code(error: &InvokeError) -> Option<u32> {
    match error {
        InvokeError::Credential { source, .. } => CredentialError::entra(source).map(|e| e.code),
        _ => None,
    }
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Bytes of memory in use: the second field, in pages of 4 KiB.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}
