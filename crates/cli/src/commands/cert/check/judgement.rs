//! Whether a certificate is well, from what was seen. No I/O.

use exoctl_setup::rotation::{self, Journal};
use jiff::{SignedDuration, Timestamp};

/// How a certificate is; the worst is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// All is well.
    Ok,
    /// Somebody should look after it.
    Warn,
    /// It does not work, or soon will not.
    Critical,
}

/// Certificates that end before these times are not well.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) warn: Timestamp,
    pub(super) critical: Timestamp,
}

/// How it is known whether the application has a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// By signing in with it: it worked, or it was refused.
    SignIn(bool),
    /// It is in the application's list, and ends then.
    Listed(Option<Timestamp>),
    /// It is not in the application's list.
    Unlisted,
    /// It is not known.
    None,
}

/// What is known of a certificate on the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Registration {
    pub(super) evidence: Evidence,
    /// Why it is refused, or not known.
    why: Option<String>,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) state: State,
    /// Until when the certificate works.
    pub(super) end: Option<Timestamp>,
    /// Whether the application has it, if that is known.
    pub(super) registered: Option<bool>,
    /// How that is known.
    pub(super) evidence: Option<&'static str>,
    pub(super) findings: Vec<String>,
}

impl State {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Critical => "critical",
        }
    }
}

impl Registration {
    pub(super) fn not_asked() -> Self {
        Self { evidence: Evidence::None, why: None }
    }

    pub(super) fn unknown(why: String) -> Self {
        Self { evidence: Evidence::None, why: Some(why) }
    }

    pub(super) fn signed_in() -> Self {
        Self { evidence: Evidence::SignIn(true), why: None }
    }

    pub(super) fn refused(why: String) -> Self {
        Self { evidence: Evidence::SignIn(false), why: Some(why) }
    }

    /// The application's list has it, until then. A refusal counts all the same.
    pub(super) fn listed(end: Option<Timestamp>, signed_in: Self) -> Self {
        match signed_in.evidence {
            Evidence::SignIn(false) => signed_in,
            _ => Self { evidence: Evidence::Listed(end), why: None },
        }
    }

    /// The application's list does not have it.
    pub(super) fn unlisted() -> Self {
        Self { evidence: Evidence::Unlisted, why: None }
    }
}

/// How a certificate that ends at `not_after` is; `None` if its key cannot be used.
pub(super) fn judge(
    not_after: Option<Timestamp>,
    registration: Registration,
    journal: Option<&Journal>,
    limits: Limits,
    now: Timestamp,
) -> Judgement {
    let (registered, evidence) = match registration.evidence {
        Evidence::SignIn(worked) => (Some(worked), Some("sign-in")),
        Evidence::Listed(_) => (Some(true), Some("key credentials")),
        Evidence::Unlisted => (Some(false), Some("key credentials")),
        Evidence::None => (None, None),
    };
    let listed = match registration.evidence {
        Evidence::Listed(end) => end,
        _ => None,
    };
    let end = match (not_after, listed) {
        (Some(own), Some(listed)) => Some(own.min(listed)),
        (own, _) => own,
    };
    let mut judgement =
        Judgement { state: State::Ok, end, registered, evidence, findings: Vec::new() };
    let why = registration.why.unwrap_or_default();
    match (end, registered) {
        (None, _) => judgement.find(State::Critical, format!("its key cannot be used: {why}")),
        (_, Some(false)) if why.is_empty() => judgement
            .find(State::Critical, "the application does not have the certificate".to_owned()),
        (_, Some(false)) => {
            judgement.find(State::Critical, format!("the certificate is refused: {why}"));
        }
        (_, None) if !why.is_empty() => judgement
            .find(State::Warn, format!("could not find out whether the certificate works: {why}")),
        _ => {}
    }
    if let Some(end) = end {
        judgement.expiry(end, limits, now);
    }
    if let Some(journal) = journal {
        judgement.rotation(journal, now);
    }
    judgement
}

impl Judgement {
    fn find(&mut self, state: State, finding: String) {
        self.state = self.state.max(state);
        self.findings.push(finding);
    }

    fn expiry(&mut self, end: Timestamp, limits: Limits, now: Timestamp) {
        let days = end.duration_since(now).as_secs().div_euclid(24 * 60 * 60);
        if end <= now {
            self.find(State::Critical, format!("the certificate expired on {end}"));
        } else if end <= limits.critical.max(limits.warn) {
            let state = if end <= limits.critical { State::Critical } else { State::Warn };
            let when = match days {
                0 => "within a day".to_owned(),
                1 => "in 1 day".to_owned(),
                days => format!("in {days} days"),
            };
            self.find(
                state,
                format!("the certificate expires {when}; exoctl cert rotate replaces it"),
            );
        }
    }

    /// A rotation that does not come to its end is somebody's concern.
    fn rotation(&mut self, journal: &Journal, now: Timestamp) {
        let day = SignedDuration::from_hours(24);
        let since = journal.rotation.as_ref().map(|rotation| rotation.begun);
        if let Some(begun) = since.filter(|begun| now.duration_since(*begun) > day) {
            self.find(State::Warn, format!("the rotation that began on {begun} is not finished"));
        }
        for hook in journal.hooks.iter().filter(|hook| hook.failures > 0) {
            let times = if hook.failures == 1 {
                "once".to_owned()
            } else {
                format!("{} times", hook.failures)
            };
            self.find(State::Warn, format!("the deploy hook {} has failed {times}", hook.command));
        }
        for retired in &journal.retired {
            let overdue = now.duration_since(retired.remove_after) > day;
            if retired.state == rotation::State::Registered && overdue {
                let thumbprint = retired.old.thumbprint;
                self.find(
                    State::Warn,
                    format!("the replaced certificate {thumbprint} is still on the application"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
    }

    const fn none() -> Registration {
        Registration { evidence: Evidence::None, why: None }
    }

    fn judged(end: i64, registration: Registration) -> Judgement {
        let limits = Limits { warn: at(30), critical: at(7) };
        judge(Some(at(end)), registration, None, limits, at(0))
    }

    #[test]
    fn the_end_decides_first() {
        for (end, expected) in [
            (31, State::Ok),
            (30, State::Warn),
            (8, State::Warn),
            (7, State::Critical),
            (0, State::Critical),
            (-1, State::Critical),
        ] {
            assert_eq!(judged(end, none()).state, expected, "{end}");
        }
        assert_eq!(
            judged(8, none()).findings,
            ["the certificate expires in 8 days; exoctl cert rotate replaces it"]
        );
    }

    #[test]
    fn a_certificate_that_the_application_does_not_have_is_critical_however_long_it_lasts() {
        assert_eq!(judged(300, Registration::signed_in()).registered, Some(true));
        let refused = judged(300, Registration::refused("AADSTS700027".to_owned()));
        assert_eq!((refused.state, refused.registered), (State::Critical, Some(false)));
        let unlisted = judged(300, Registration::unlisted());
        assert_eq!((unlisted.state, unlisted.evidence), (State::Critical, Some("key credentials")));
        let unreachable = judged(300, Registration::unknown("no answer".to_owned()));
        assert_eq!((unreachable.state, unreachable.registered), (State::Warn, None));
    }

    #[test]
    fn an_entry_that_ends_before_its_certificate_counts() {
        let listed = Registration::listed(Some(at(5)), Registration::signed_in());
        let judgement = judged(300, listed);
        assert_eq!((judgement.state, judgement.end), (State::Critical, Some(at(5))));
    }

    #[test]
    fn a_rotation_that_does_not_end_is_told() {
        let mut journal = Journal::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap());
        let old = exoctl_certificate::Thumbprint::from_bytes([1; 20]);
        journal.begin(old, at(20), Vec::new(), at(0));
        let limits = Limits { warn: at(30), critical: at(7) };
        let on = |day: i64, journal: &Journal| {
            judge(Some(at(300)), none(), Some(journal), limits, at(day)).findings.len()
        };
        assert_eq!((on(1, &journal), on(2, &journal)), (0, 1));
        let new = exoctl_certificate::Thumbprint::from_bytes([2; 20]);
        journal.making(rotation::Certified { thumbprint: new, not_after: at(300) });
        journal.switched(at(0), at(7), &["restart".to_owned()]);
        assert_eq!((on(8, &journal), on(9, &journal)), (0, 1));
        journal.hooks[0].failures = 3;
        assert_eq!(on(8, &journal), 1);
    }
}
