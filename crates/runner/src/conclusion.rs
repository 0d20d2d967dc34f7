//! What becomes of a run after an attempt.

use std::time::Duration;

use exoctl_job::Retry;
use exoctl_store::RunState;

use crate::executor::{FAILED, FINDINGS, UNAVAILABLE, UNKNOWN};
use crate::{StepEnd, StepReport, Stop};

/// What becomes of a run after an attempt, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// What becomes of it.
    pub fate: Fate,
    /// The exit code of the attempt.
    pub exit_code: u8,
    /// Why, in one line. None if all went well.
    pub reason: Option<String>,
    /// The code by which the same cause is known everywhere.
    pub code: Option<String>,
    /// What to do about it.
    pub next_action: Option<String>,
    /// Whether the service asked to be left alone.
    pub throttled: bool,
}

/// What becomes of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is over.
    Final(RunState),
    /// It is tried again after this long.
    Retry(Duration),
    /// It is handed back as if this attempt had not been.
    HandBack,
    /// It is somebody else's. Nothing is written.
    Lost,
}

/// Judges an attempt by its steps: by the first that failed, for a job may go on after one that has.
/// `stopped` is why no further step was begun, if somebody wanted that.
///
/// What must not be done twice and has no clear end is unknown, whatever else was to happen: a
/// program that was killed or whose time was up may have done its work. One that ended by itself and
/// says with its exit code that it has not, is believed.
pub fn conclude(
    retry: &Retry,
    attempt: u32,
    reports: &[StepReport],
    stopped: Option<Stop>,
) -> Conclusion {
    let lost = |stop: &Stop| *stop == Stop::LeaseLost;
    let lost_in = |report: &StepReport| report.outcome.end == StepEnd::Stopped(Stop::LeaseLost);
    if stopped.as_ref().is_some_and(lost) || reports.iter().any(lost_in) {
        return Conclusion::of(Fate::Lost, FAILED, "the lease of the run was lost");
    }
    let mut failures = reports
        .iter()
        .filter(|report| !report.outcome.end.is_success())
        .map(|report| judge(retry, attempt, report));
    let first = failures.next();
    let unclear = failures.find(|failure| failure.fate == Fate::Final(RunState::Unknown));
    match unclear.or(first) {
        Some(failure) => failure,
        None if stopped == Some(Stop::Cancelled) => {
            Conclusion::of(Fate::Final(RunState::Cancelled), FAILED, "somebody wanted it to end")
        }
        None if stopped.is_some() => Conclusion::of(Fate::HandBack, FAILED, "the worker ended"),
        None => succeeded(reports),
    }
}

fn succeeded(reports: &[StepReport]) -> Conclusion {
    let found = reports.iter().find(|report| report.outcome.end == StepEnd::Exited(FINDINGS));
    let Some(found) = found else {
        let fate = Fate::Final(RunState::Done);
        return Conclusion {
            fate,
            exit_code: 0,
            reason: None,
            code: None,
            next_action: None,
            throttled: false,
        };
    };
    let conclusion = Conclusion::of(Fate::Final(RunState::Partial), FINDINGS, "there are findings");
    conclusion.said_by(found)
}

fn judge(retry: &Retry, attempt: u32, failed: &StepReport) -> Conclusion {
    let once = !failed.effect.may_be_repeated();
    let code = failed.outcome.end.code();
    let more = attempt < retry.attempts;
    let again = Fate::Retry(retry.wait_after(attempt).std());
    let failure = Fate::Final(RunState::Failed);
    let unknown = Fate::Final(RunState::Unknown);
    let (fate, why) = match &failed.outcome.end {
        StepEnd::UnclearBefore => {
            (unknown, "was begun by an earlier attempt whose end nobody saw".to_owned())
        }
        StepEnd::Stopped(_) if once => (unknown, "was ended in the middle".to_owned()),
        StepEnd::TimedOut if once => {
            (unknown, "was ended in the middle, its time was up".to_owned())
        }
        StepEnd::Killed(signal) if once => {
            (unknown, format!("was ended in the middle by signal {signal}"))
        }
        StepEnd::Exited(UNKNOWN) if once => (unknown, "may or may not have done it".to_owned()),
        StepEnd::Stopped(Stop::Cancelled) => {
            (Fate::Final(RunState::Cancelled), "was ended, somebody wanted that".to_owned())
        }
        StepEnd::Stopped(_) => (Fate::HandBack, "was ended with its worker".to_owned()),
        // Somebody has killed it, perhaps the system for want of memory: that is no failure of its own.
        StepEnd::Killed(signal) => {
            (if more { again } else { failure }, format!("was ended by signal {signal}"))
        }
        StepEnd::Exited(UNKNOWN) => {
            (if more { again } else { failure }, "may or may not have done it".to_owned())
        }
        StepEnd::TimedOut => (
            if retry.again(attempt, code) { again } else { failure },
            "was ended, its time was up".to_owned(),
        ),
        StepEnd::NotStarted(why) => (failure, format!("could not be started: {why}")),
        StepEnd::Exited(_) | StepEnd::DoneBefore => (
            if retry.again(attempt, code) { again } else { failure },
            format!("ended with exit code {code}"),
        ),
    };
    let exit_code = if fate == unknown { UNKNOWN } else { code };
    let why = format!("step {} {why}", failed.name);
    Conclusion { throttled: code == UNAVAILABLE, ..Conclusion::of(fate, exit_code, &why) }
        .said_by(failed)
}

impl Conclusion {
    /// What becomes of the run, in a word: `done`, `failed` …, `retry`, `handed-back`, `refused`.
    pub fn word(&self) -> &'static str {
        match self.fate {
            Fate::Final(state) => state.name(),
            Fate::Retry(_) => "retry",
            Fate::HandBack => "handed-back",
            Fate::Lost => "refused",
        }
    }

    pub(crate) fn of(fate: Fate, exit_code: u8, why: &str) -> Self {
        let reason = Some(why.to_owned());
        Self { fate, exit_code, reason, code: None, next_action: None, throttled: false }
    }

    /// With what the step's program said of itself.
    fn said_by(mut self, report: &StepReport) -> Self {
        if let (Some(reason), Some(cause)) = (&mut self.reason, &report.outcome.cause) {
            reason.push_str(": ");
            reason.push_str(cause);
        }
        self.code.clone_from(&report.outcome.code);
        self.next_action.clone_from(&report.outcome.next_action);
        self
    }
}

#[cfg(test)]
mod tests {
    use exoctl_job::Effect;
    use jiff::Timestamp;

    use super::*;

    fn report(effect: Effect, end: StepEnd) -> StepReport {
        let at = Timestamp::UNIX_EPOCH;
        let name = "export".to_owned();
        StepReport { number: 1, name, effect, began: at, ended: at, outcome: end.bare() }
    }

    fn fate(effect: Effect, end: StepEnd, attempt: u32) -> (Fate, u8) {
        let conclusion = conclude(&Retry::default(), attempt, &[report(effect, end)], None);
        (conclusion.fate, conclusion.exit_code)
    }

    #[test]
    fn what_may_be_repeated_is_repeated_when_that_helps_and_what_may_not_never_after_an_unclear_end()
     {
        use Effect::{Once, Read};
        use RunState::{Cancelled, Done, Failed, Partial, Unknown};
        use StepEnd::{Exited, Killed, Stopped, TimedOut, UnclearBefore};
        let again = Fate::Retry(Duration::from_secs(30));
        // The promises of the table of exit codes: 7 and 75 are worth another try, others are not.
        for (effect, end, attempt, expected, code) in [
            (Read, Exited(0), 1, Fate::Final(Done), 0),
            (Read, Exited(3), 1, Fate::Final(Partial), 3),
            (Read, Exited(7), 1, again, 7),
            (Read, Exited(75), 2, Fate::Retry(Duration::from_mins(1)), 75),
            (Read, Exited(7), 3, Fate::Final(Failed), 7),
            (Read, Exited(6), 1, Fate::Final(Failed), 6),
            (Read, Exited(99), 1, Fate::Final(Failed), 99),
            (Read, Killed(9), 1, again, 137),
            (Read, Killed(9), 3, Fate::Final(Failed), 137),
            (Read, TimedOut, 1, Fate::Final(Failed), 124),
            (Read, Exited(14), 1, again, 14),
            (Read, Stopped(Stop::Shutdown), 1, Fate::HandBack, 1),
            (Read, Stopped(Stop::Cancelled), 1, Fate::Final(Cancelled), 1),
            (Read, Stopped(Stop::LeaseLost), 1, Fate::Lost, 1),
            (Once, Exited(7), 1, again, 7),
            (Once, Exited(1), 1, Fate::Final(Failed), 1),
            (Once, Exited(14), 1, Fate::Final(Unknown), 14),
            (Once, Killed(9), 1, Fate::Final(Unknown), 14),
            (Once, TimedOut, 1, Fate::Final(Unknown), 14),
            (Once, Stopped(Stop::Shutdown), 1, Fate::Final(Unknown), 14),
            (Once, Stopped(Stop::Cancelled), 1, Fate::Final(Unknown), 14),
            (Once, Stopped(Stop::LeaseLost), 1, Fate::Lost, 1),
            (Once, UnclearBefore, 2, Fate::Final(Unknown), 14),
        ] {
            assert_eq!(fate(effect, end.clone(), attempt), (expected, code), "{effect} {end:?}");
        }
    }

    #[test]
    fn a_stop_between_two_steps_is_clear() {
        let done = [report(Effect::Once, StepEnd::Exited(0))];
        let of = |stop| conclude(&Retry::default(), 1, &done, Some(stop)).fate;
        assert_eq!(of(Stop::Shutdown), Fate::HandBack);
        assert_eq!(of(Stop::Cancelled), Fate::Final(RunState::Cancelled));
        assert_eq!(of(Stop::LeaseLost), Fate::Lost);
    }

    #[test]
    fn the_reason_names_the_step_and_what_it_said() {
        let mut failed = report(Effect::Read, StepEnd::Exited(4));
        failed.outcome.cause = Some("could not sign in".to_owned());
        failed.outcome.next_action = Some("exoctl doctor".to_owned());
        let conclusion = conclude(&Retry::default(), 1, &[failed], None);
        let expected = "step export ended with exit code 4: could not sign in";
        assert_eq!(conclusion.reason.as_deref(), Some(expected));
        assert_eq!(conclusion.next_action.as_deref(), Some("exoctl doctor"));
    }
}
