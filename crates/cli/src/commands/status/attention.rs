//! What somebody should look at, and the command with which to begin.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Status;
use super::jobs::Job;

/// `exoctl serve` looks twice a minute. Of one that was never there nothing is said: another scheduler
/// may start the jobs.
const SILENT: SignedDuration = SignedDuration::from_mins(10);

/// Something to look at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attention {
    /// What is the matter.
    pub(super) what: String,
    /// What to do first.
    pub(super) command: String,
}

impl Attention {
    fn new(what: impl Into<String>, command: impl Into<String>) -> Self {
        Self { what: what.into(), command: command.into() }
    }

    /// As JSON.
    pub(super) fn value(&self) -> Value {
        json!({ "what": self.what, "command": self.command })
    }
}

/// All of it, the most urgent first.
pub(super) fn of(status: &Status, soon: SignedDuration) -> Vec<Attention> {
    let mut found: Vec<Attention> = status.jobs.iter().flat_map(of_job).collect();
    found.extend(status.broken.iter().map(|file| Attention::new(file, "exoctl job check")));
    found.extend(certificates(status, soon));
    found.extend(schedulers(status));
    for tenant in &status.tenants {
        if let Some(pause) = &tenant.paused {
            let since = short(pause.at);
            found.push(Attention::new(
                format!("no runs for {} since {since}: it is paused by {}", tenant.name, pause.by),
                format!("exoctl job resume --profile {}", tenant.name),
            ));
        }
    }
    for notice in &status.failed {
        found.push(Attention::new(
            format!(
                "a notification ({}) to {} was given up: {}",
                notice.event,
                notice.channel,
                notice.error.as_deref().unwrap_or("nobody knows why")
            ),
            format!("exoctl notify test {}", notice.channel),
        ));
    }
    found
}

fn of_job(job: &Job) -> Vec<Attention> {
    let name = &job.name;
    let mut found = Vec::new();
    if let Some(runs) = &job.runs {
        if runs.unknown > 0 {
            found.push(Attention::new(
                format!("{name}: nobody knows how {} of its runs ended", runs.unknown),
                format!("exoctl job history {name}"),
            ));
        }
        if let Some(last) = runs.last.as_ref().filter(|_| job.last_is_bad()) {
            let why = last.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            found.push(Attention::new(
                format!(
                    "{name}: the run of {} for {} is {}{why}",
                    short(last.scheduled),
                    last.tenant,
                    last.state
                ),
                format!("exoctl job logs {}", last.id),
            ));
        }
        if let Some(pause) = &runs.paused {
            let why = pause.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
            found.push(Attention::new(
                format!("{name} is paused since {} by {}{why}", short(pause.at), pause.by),
                format!("exoctl job resume {name}"),
            ));
        }
    }
    if let Some(late) = job.late {
        found.push(Attention::new(
            format!("{name}: no good run since the one of {} was due", short(late)),
            format!("exoctl job history {name}"),
        ));
    }
    if let Some(missed) = job.missed {
        found.push(Attention::new(
            format!("{name}: nobody has looked since it was due at {}", short(missed)),
            "exoctl serve",
        ));
    }
    found
}

fn certificates(status: &Status, soon: SignedDuration) -> Vec<Attention> {
    let judge = |certificate: &super::Certificate| {
        let profile = &certificate.profile;
        let rotate = format!("exoctl cert rotate --profile {profile}");
        match &certificate.end {
            Ok(end) if *end <= status.now => Some(Attention::new(
                format!("the certificate of {profile} has expired at {}", short(*end)),
                rotate,
            )),
            Ok(end) if end.duration_since(status.now) <= soon => {
                let days = certificate.days_left(status.now).unwrap_or_default();
                Some(Attention::new(
                    format!("the certificate of {profile} expires in {days} days"),
                    rotate,
                ))
            }
            Ok(_) => None,
            Err(why) => Some(Attention::new(
                format!("the certificate of {profile} cannot be read: {why}"),
                format!("exoctl doctor --profile {profile}"),
            )),
        }
    };
    status.certificates.iter().filter_map(judge).collect()
}

fn schedulers(status: &Status) -> Option<Attention> {
    let seen = status.served?;
    // Another scheduler has taken over if nothing was missed.
    let missed = status.jobs.iter().any(|job| job.missed.is_some());
    let silent = status.now.duration_since(seen) > SILENT && missed;
    silent.then(|| {
        let said = format!("`exoctl serve` was seen last at {}", short(seen));
        Attention::new(said, "exoctl serve")
    })
}

/// A time, to the minute.
pub(super) fn short(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
