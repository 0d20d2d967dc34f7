//! `exoctl job run`: a job now, or what of it is due.

use std::sync::Arc;
use std::time::Duration;

use exoctl_runner::{
    Attempt, Ended, Fate, Listed, Observer, StepReport, Stop, asked_for, create_due, step_name,
};
use exoctl_store::{ClaimOutcome, ClaimRequest, Refusal, RunId, RunQuery, RunRow, RunState};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::commands::audit::moment;
use crate::context::Context;
use crate::error::{CommandError, RunError};
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs, LedgerOutbox, carry, owner};

/// The arguments of `exoctl job run`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The job
    name: String,
    /// Run what the schedule says is due, and nothing else; for cron and other schedulers
    #[arg(long, conflicts_with = "scheduled")]
    if_due: bool,
    /// Stand for this occurrence of the schedule; if it has its run already, nothing is done
    #[arg(long, value_name = "TIME", value_parser = moment)]
    scheduled: Option<Timestamp>,
    /// Work on it here and wait for its end (that is so without this option too)
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,
    /// Only write it down; `exoctl serve` or a worker takes it
    #[arg(long, overrides_with = "wait")]
    no_wait: bool,
    #[command(flatten)]
    lease: LeaseArgs,
}

const EXAMPLES: &str = "\
The job is run for all of its profiles, or for the one that --profile names. Its run is in the ledger like all
others: it is not repeated by the scheduler, and does not run beside another one of the same job.

Examples:
  exoctl job run audit-monthly
  exoctl job run audit-monthly --profile contoso
  exoctl job run audit-monthly --if-due
  exoctl job run audit-monthly --scheduled 2026-11-01T05:00:00Z

Exit codes: that of the run, of several the worst: 0 done, 3 done with findings, 11 skipped because another
one is running, 14 the outcome is unknown, 75 nothing is due or the job is paused. All others are failures.";

impl Args {
    pub(super) async fn run(
        self,
        files: JobFiles,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let file = files.find(&self.name)?;
        let listed = Listed { job: file.job, definition: file.text };
        let here = Installation::open(context, files, &self.lease).await?;
        let tenants = tenants(&listed, context)?;
        let names: Vec<&str> = tenants.iter().map(String::as_str).collect();
        here.limit(&listed, &tenants).await?;
        here.judge_lost().await?;
        let runs = match self.choose(&listed, &names, &here).await? {
            Chosen::Runs(runs) => runs,
            Chosen::Nothing(why, exit) => {
                ui.note(why);
                return Ok(exit);
            }
        };
        if self.no_wait {
            for run in &runs {
                ui.data_line(run)?;
            }
            ui.flush()?;
            return Ok(ExitCode::Ok);
        }
        let worst = OneShot::new(&here, &listed)?.all(runs, ui).await?;
        let outbox = LedgerOutbox::new(here.ledger());
        carry(&outbox, &here.context).await;
        Ok(ExitCode::Program(worst))
    }

    /// Writes the runs down that are meant.
    async fn choose(
        &self,
        listed: &Listed,
        tenants: &[&str],
        here: &Installation,
    ) -> Result<Chosen, CommandError> {
        let now = here.context.clock().now();
        let ledger = here.ledger();
        if self.if_due {
            create_due(&*ledger, listed, tenants, now).await?;
            let due = waiting(listed, tenants, here, now).await?;
            return Ok(if due.is_empty() {
                Chosen::Nothing(nothing_due(listed, tenants, now), ExitCode::NotDue)
            } else {
                Chosen::Runs(due)
            });
        }
        let request = Uuid::new_v4().to_string();
        let occurrence = asked_for(listed, tenants, self.scheduled, &request, now);
        let created = ledger.create(&occurrence, now).await?;
        let mut runs: Vec<RunId> = created.runs.iter().map(|run| run.run).collect();
        if created.existing > 0 {
            let query =
                RunQuery { job: Some(occurrence.job.clone()), limit: 1000, ..RunQuery::default() };
            let keys: Vec<String> = tenants.iter().map(|tenant| occurrence.key(tenant)).collect();
            let known = ledger.runs(&query).await?;
            runs.extend(known.iter().filter(|run| keys.contains(&run.key)).map(|run| run.id));
            runs.sort();
            runs.dedup();
        }
        Ok(Chosen::Runs(runs))
    }
}

/// What is to be done.
enum Chosen {
    Runs(Vec<RunId>),
    /// Nothing, and why.
    Nothing(String, ExitCode),
}

/// For whom: the profile that is named, else all of the job's.
fn tenants(listed: &Listed, context: &Context) -> Result<Vec<String>, CommandError> {
    let all = context.profiles()?.names()?;
    let meant: Vec<String> = listed.job.profiles.of(&all).into_iter().map(str::to_owned).collect();
    let job = listed.job.name.to_string();
    match &context.global().profile {
        Some(name) => match meant.iter().find(|one| one.eq_ignore_ascii_case(name)) {
            Some(one) => Ok(vec![one.clone()]),
            None => Err(RunError::NotItsProfile { job, profile: name.clone() }.into()),
        },
        None if meant.is_empty() => Err(RunError::NoProfile { job }.into()),
        None => Ok(meant),
    }
}

/// The runs of the job that wait and may begin.
async fn waiting(
    listed: &Listed,
    tenants: &[&str],
    here: &Installation,
    now: Timestamp,
) -> Result<Vec<RunId>, CommandError> {
    let query = RunQuery {
        job: Some(listed.job.name.to_string()),
        states: vec![RunState::Ready, RunState::Admitted],
        limit: 1000,
        ..RunQuery::default()
    };
    let runs = here.ledger().runs(&query).await?;
    let is_due = |run: &&RunRow| run.due_at <= now && tenants.contains(&run.tenant.as_str());
    let mut due: Vec<RunId> = runs.iter().filter(is_due).map(|run| run.id).collect();
    due.sort();
    Ok(due)
}

fn nothing_due(listed: &Listed, tenants: &[&str], now: Timestamp) -> String {
    let next = tenants.iter().filter_map(|tenant| listed.job.next_start(tenant, now)).min();
    match next {
        Some(next) => {
            let next = next.to_zoned(listed.job.zone());
            format!("Nothing of {} is due before {next}.", listed.job.name)
        }
        None => format!("{} has no schedule: nothing of it is ever due.", listed.job.name),
    }
}

/// Works on certain runs until they have ended.
struct OneShot<'a> {
    here: &'a Installation,
    worker: exoctl_runner::Worker,
    told: mpsc::UnboundedReceiver<String>,
}

impl<'a> OneShot<'a> {
    fn new(here: &'a Installation, listed: &Listed) -> Result<Self, CommandError> {
        let (sender, told) = mpsc::unbounded_channel();
        let alone = listed.job.profiles.only().is_some();
        let worker = here.worker(Arc::new(Teller { sender, alone }))?;
        Ok(Self { here, worker, told })
    }

    /// All of them, some at a time. The worst exit code.
    async fn all(mut self, runs: Vec<RunId>, ui: &mut Ui) -> Result<u8, CommandError> {
        let mut waiting = runs.into_iter();
        let mut under_way = FuturesUnordered::new();
        let mut worst = 0;
        let mut stop = std::pin::pin!(super::super::serve::stop_signal()?);
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
    worker: &exoctl_runner::Worker,
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
pub(super) fn end_of(run: &RunRow) -> (String, u8) {
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
