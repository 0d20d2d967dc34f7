//! Certain runs, worked on here until they have ended.

use std::sync::Arc;
use std::time::Duration;

use exoctl_runner::{Attempt, Ended, Fate, Listed, Observer, StepReport, Stop, Worker, step_name};
use exoctl_store::{ClaimOutcome, ClaimRequest, Refusal, RunId, RunRow, RunState};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::time::{Instant, sleep};

use crate::commands::serve::stop_signal;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;
use crate::unattended::{Installation, owner};

/// Works on certain runs until they have ended.
pub(super) struct OneShot<'a> {
    here: &'a Installation,
    worker: Worker,
    told: mpsc::UnboundedReceiver<String>,
}

impl<'a> OneShot<'a> {
    /// For runs of this job.
    pub(super) fn new(here: &'a Installation, listed: &Listed) -> Result<Self, CommandError> {
        let (sender, told) = mpsc::unbounded_channel();
        let alone = listed.job.profiles.only().is_some();
        let worker = here.worker(Arc::new(Teller { sender, alone }))?;
        Ok(Self { here, worker, told })
    }

    /// All of them, some at a time. The worst exit code.
    pub(super) async fn all(mut self, runs: Vec<RunId>, ui: &mut Ui) -> Result<u8, CommandError> {
        let mut waiting = runs.into_iter();
        let mut under_way = FuturesUnordered::new();
        let mut worst = 0;
        let mut stop = std::pin::pin!(stop_signal()?);
        let mut stopped = false;
        loop {
            while under_way.len() < AT_ONCE
                && !stopped
                && let Some(run) = waiting.next()
            {
                under_way.push(one(self.here, &self.worker, run));
            }
            tokio::select! {
                biased;
                Some(line) = self.told.recv() => ui.note(line),
                () = &mut stop, if !stopped => {
                    stopped = true;
                    ui.note("Ending. What is under way is handed back.");
                    self.worker.stop(Stop::Shutdown);
                }
                ended = under_way.next() => match ended {
                    Some(ended) => {
                        let (line, code) = ended?;
                        ui.note(line);
                        worst = worse(worst, code);
                    }
                    None => return Ok(if stopped { worse(worst, INTERRUPTED) } else { worst }),
                },
            }
        }
    }
}

/// Works on a run until it has ended, or waits while somebody else does. What is to be said of it, and
/// its exit code.
async fn one(
    here: &Installation,
    worker: &Worker,
    run: RunId,
) -> Result<(String, u8), CommandError> {
    let ledger = here.ledger();
    let clock = here.context.clock();
    let wanted = ClaimRequest { owner: owner(), limit: 1, lease: here.lease().length };
    loop {
        let Some(row) = ledger.run(run).await? else {
            return Ok((format!("{run} is not in the ledger any more."), 1));
        };
        if row.state.is_final() {
            return Ok(end_of(&row));
        }
        let claimed = Instant::now();
        match ledger.claim_run(run, &wanted, clock.now()).await? {
            ClaimOutcome::Claimed(claim) => {
                let ended = worker.work(*claim, claimed).await;
                if ended.conclusion.fate == Fate::HandBack {
                    let line = format!("{} for {} was handed back.", row.job, row.tenant);
                    return Ok((line, INTERRUPTED));
                }
            }
            ClaimOutcome::Refused(Refusal::Held) => {
                let line = format!("{} for {} is paused; its run waits.", row.job, row.tenant);
                return Ok((line, ExitCode::NotDue.number()));
            }
            // Its turn comes: another try is due, or whoever works on it now will have ended.
            ClaimOutcome::Refused(_) => {
                here.judge_lost().await?;
                sleep(LOOK.min(clock.longest_sleep())).await;
            }
        }
    }
}

/// What became of a run, in a sentence and as an exit code.
fn end_of(run: &RunRow) -> (String, u8) {
    let mut line = format!("{} for {}: {}", run.job, run.tenant, run.state);
    if let Some(reason) = &run.reason {
        line.push_str(", ");
        line.push_str(reason);
    }
    if let Some(action) = run.summary["nextAction"].as_str() {
        line.push_str("\nNext: ");
        line.push_str(action);
    }
    if run.state.needs_attention() && run.state != RunState::Partial {
        line.push_str("\nLog: exoctl job logs ");
        line.push_str(&run.id.to_string());
    }
    (line, exit_code(run))
}

fn exit_code(run: &RunRow) -> u8 {
    let said = run.exit_code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code > 0);
    match run.state {
        RunState::Done => 0,
        RunState::Partial => ExitCode::Findings.number(),
        RunState::Skipped => ExitCode::Locked.number(),
        RunState::Unknown => ExitCode::OutcomeUnknown.number(),
        _ => said.unwrap_or(1),
    }
}

/// Of two exit codes the one that says more: an unknown outcome, then failures, then the others.
fn worse(one: u8, other: u8) -> u8 {
    let rank = |code: u8| match code {
        0 => 0,
        75 => 1,
        11 => 2,
        3 => 3,
        14 => 5,
        _ => 4,
    };
    if rank(other) > rank(one) { other } else { one }
}

/// Says what happens.
#[derive(Debug)]
struct Teller {
    sender: UnboundedSender<String>,
    /// Whether the job has one profile, which need not be said again and again.
    alone: bool,
}

impl Teller {
    fn say(&self, attempt: &Attempt, what: &str) {
        let tenant = if self.alone { String::new() } else { format!("{}: ", attempt.claim.tenant) };
        let _ = self.sender.send(format!("{tenant}{what}"));
    }
}

impl Observer for Teller {
    fn began(&self, attempt: &Attempt) {
        let claim = &attempt.claim;
        self.say(attempt, &format!("run {}, attempt {}", claim.run, claim.attempt));
    }

    fn step_began(&self, attempt: &Attempt, index: usize) {
        self.say(attempt, &format!("step {} …", step_name(&attempt.job, index)));
    }

    fn step_ended(&self, attempt: &Attempt, report: &StepReport) {
        let length = report.ended.duration_since(report.began);
        let seconds = length.as_millis() as f64 / 1000.0;
        let code = report.outcome.end.code();
        self.say(
            attempt,
            &format!("step {} ended with exit code {code} after {seconds:.1} s", report.name),
        );
    }

    fn ended(&self, attempt: &Attempt, ended: &Ended) {
        if let Fate::Retry(wait) = ended.conclusion.fate {
            let why = ended.conclusion.reason.as_deref().unwrap_or_default();
            self.say(attempt, &format!("{why}; another attempt in {} s", wait.as_secs()));
        }
    }
}

const AT_ONCE: usize = 4;
const INTERRUPTED: u8 = 130;
const LOOK: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_runs_the_worst_decides() {
        let of = |codes: &[u8]| codes.iter().copied().fold(0, worse);
        assert_eq!(of(&[0, 0]), 0);
        assert_eq!(of(&[0, 75, 0]), 75);
        assert_eq!(of(&[3, 11, 0]), 3);
        assert_eq!(of(&[3, 4, 1]), 4);
        assert_eq!(of(&[4, 14, 1]), 14);
    }
}
