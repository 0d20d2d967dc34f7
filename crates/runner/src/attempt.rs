//! An attempt from its claim to its end.

use std::sync::Arc;
use std::time::Duration;

use exoctl_job::{Action, Job, Program, Template};
use exoctl_model::Clock;
use exoctl_store::{Claim, End, Finish, FinishOutcome, Ledger, StepRow, StoreError, Throttled};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::{Instant, sleep};
use tracing::{error, info, warn};

use crate::lease::{InLedger, Lease};
use crate::{
    Attempt, Conclusion, Executor, Fate, LeaseTimes, Observer, StepEnd, StepReport, Stop, Stopper,
    Stopping, conclude, journal,
};

/// What attempts are made with.
#[derive(Clone, Debug)]
pub(crate) struct Workshop {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) lease: LeaseTimes,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What was concluded from its steps.
    pub conclusion: Conclusion,
    /// Whether the ledger has taken it. If not, the run is somebody else's.
    pub recorded: bool,
}

impl Workshop {
    /// Makes an attempt. `claimed` is when its lease began at the earliest.
    pub(crate) async fn work(
        &self,
        claim: Claim,
        claimed: Instant,
        stopper: Arc<Stopper>,
        stopping: Stopping,
    ) -> Ended {
        let job = match Job::parse(&claim.job, &claim.definition) {
            Ok(job) => job,
            Err(error) => {
                let why = format!("the run's job is not understood: {error}");
                return self.refuse(&claim, &why).await;
            }
        };
        let attempt = Attempt { claim, job, began: self.clock.now() };
        let lease = Lease {
            renewals: InLedger {
                ledger: self.ledger.clone(),
                run: attempt.claim.run,
                fence: attempt.claim.fence,
            },
            clock: self.clock.clone(),
            run: attempt.claim.run,
            times: self.lease,
        };
        // In a task of its own: an executor that is slow to answer must not cost the lease.
        let held = tokio::spawn(lease.hold(claimed, stopper.clone()));
        self.observer.began(&attempt);
        let (reports, conclusion) = self.carry_out(&attempt, &stopping).await;
        let recorded = self.settle(&attempt, &reports, &conclusion).await;
        held.abort();
        let ended = Ended { conclusion, recorded };
        self.observer.ended(&attempt, &ended);
        ended
    }

    /// The steps, one after the other, until one does not succeed or somebody says stop.
    async fn carry_out(
        &self,
        attempt: &Attempt,
        stopping: &Stopping,
    ) -> (Vec<StepReport>, Conclusion) {
        let claim = &attempt.claim;
        let retry = &attempt.job.retry;
        let mut reports = Vec::new();
        let trouble =
            |why: &str| Conclusion::of(Fate::Retry(retry.wait_after(claim.attempt).std()), 1, why);
        let earlier = match self.insist(stopping, || self.ledger.steps(claim.run)).await {
            Ok(earlier) if claim.attempt > 1 || claim.crashes > 0 => earlier,
            Ok(_) => Vec::new(),
            Err(stop) => return (reports, interrupted(attempt, &[], stop)),
        };
        match self.executor.begin(attempt).await {
            Ok(place) => {
                let put =
                    self.insist(stopping, || self.ledger.put_place(claim.run, claim.fence, &place));
                if !put.await.unwrap_or(false) {
                    let stop = stopping.said().unwrap_or(Stop::LeaseLost);
                    return (reports, interrupted(attempt, &[], stop));
                }
            }
            Err(why) if claim.attempt < retry.attempts => return (reports, trouble(&why)),
            Err(why) => {
                let failed = Fate::Final(exoctl_store::RunState::Failed);
                return (reports, Conclusion::of(failed, 1, &why));
            }
        }
        for index in 0..attempt.job.steps.len() {
            if let Some(stop) = stopping.said() {
                let conclusion = interrupted(attempt, &reports, stop);
                return (reports, conclusion);
            }
            match self.step(attempt, index, &earlier, stopping).await {
                Ok(report) => reports.push(report),
                Err(stop) => {
                    let conclusion = interrupted(attempt, &reports, stop);
                    return (reports, conclusion);
                }
            }
            let goes_on = reports.last().is_some_and(|report| match report.outcome.end {
                StepEnd::DoneBefore => true,
                StepEnd::Exited(code) => attempt.job.steps[index].continues_after(code),
                _ => false,
            });
            if !goes_on {
                break;
            }
        }
        let conclusion = conclude(retry, claim.attempt, &reports, None);
        (reports, conclusion)
    }

    /// One step, written down before and after. An error is that it was not begun, and why.
    async fn step(
        &self,
        attempt: &Attempt,
        index: usize,
        earlier: &[StepRow],
        stopping: &Stopping,
    ) -> Result<StepReport, Stop> {
        let step = &attempt.job.steps[index];
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let (name, effect) = (step_name(&attempt.job, index), step.effect());
        let began = self.clock.now();
        let known = journal::known(effect, number, earlier);
        let mut row = StepRow {
            number,
            name: name.clone(),
            started_at: began,
            ended_at: None,
            exit_code: None,
            log: None,
            summary: json!({ "repeatable": effect.may_be_repeated() }),
        };
        let outcome = if let Some(end) = known {
            // What is known of it is written once, below.
            end.bare()
        } else {
            self.put_step(attempt, &row, stopping).await?;
            self.observer.step_began(attempt, index);
            self.executor.step(attempt, index, stopping.clone()).await
        };
        let ended = self.clock.now();
        let report = StepReport { number, name, effect, began, ended, outcome };
        let end = &report.outcome.end;
        self.observer.step_ended(attempt, &report);
        if *end != StepEnd::UnclearBefore {
            row.ended_at = Some(ended);
            row.log.clone_from(&report.outcome.output);
            // What was ended by force has none: an exit code says that it ended by itself.
            let said = matches!(end, StepEnd::Exited(_) | StepEnd::DoneBefore);
            row.exit_code = said.then(|| i32::from(end.code()));
            // That it ended is known even if it cannot be written: the end of the attempt says it too.
            let _ = self.put_step(attempt, &row, stopping).await;
        }
        Ok(report)
    }

    async fn put_step(
        &self,
        attempt: &Attempt,
        row: &StepRow,
        stopping: &Stopping,
    ) -> Result<(), Stop> {
        let Attempt { claim, .. } = attempt;
        let put = self.insist(stopping, || self.ledger.put_step(claim.run, claim.fence, row));
        if put.await? { Ok(()) } else { Err(Stop::LeaseLost) }
    }

    /// Asks the ledger until it answers, or until the lease is lost.
    async fn insist<T, F>(&self, stopping: &Stopping, ask: impl Fn() -> F) -> Result<T, Stop>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut lost = stopping.clone();
        loop {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_transient() => {
                    warn!(error = &error as &dyn std::error::Error, "the ledger is asked again");
                }
                Err(error) => {
                    error!(error = &error as &dyn std::error::Error, "the ledger has refused");
                    return Err(Stop::LeaseLost);
                }
            }
            tokio::select! {
                why = lost.urgently() => return Err(why),
                () = sleep(AGAIN) => {}
            }
        }
    }

    /// Writes the end into the record and into the ledger. Whether the ledger has taken it.
    async fn settle(
        &self,
        attempt: &Attempt,
        reports: &[StepReport],
        conclusion: &Conclusion,
    ) -> bool {
        let claim = &attempt.claim;
        let closing = self.executor.end(attempt, reports, conclusion).await;
        let taken = match conclusion.fate {
            Fate::Lost => false,
            Fate::HandBack => {
                let release = || self.ledger.release(claim.run, claim.fence, self.clock.now());
                self.persevere(release).await.unwrap_or(false)
            }
            Fate::Final(_) | Fate::Retry(_) => {
                let finish = Finish {
                    end: end(conclusion.fate, self.clock.now()),
                    exit_code: Some(i32::from(conclusion.exit_code)),
                    reason: conclusion.reason.clone(),
                    summary: closing.summary,
                    notices: closing.notices,
                    throttled: conclusion.throttled.then_some(Throttled { until: None }),
                };
                let finish =
                    || self.ledger.finish(claim.run, claim.fence, &finish, self.clock.now());
                matches!(self.persevere(finish).await, Some(FinishOutcome::Recorded(_)))
            }
        };
        if taken {
            info!(run = %claim.run, job = claim.job, tenant = claim.tenant, exit = conclusion.exit_code, "attempt ended");
        } else {
            warn!(run = %claim.run, "the end of an attempt was not taken: the run is somebody else's");
        }
        self.executor.settled(attempt, taken).await;
        taken
    }

    /// Asks the ledger until it answers, for two leases: what is written under an old fence is
    /// refused, however late it comes.
    async fn persevere<T, F>(&self, ask: impl Fn() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let patience = Instant::now() + self.lease.length * 2;
        loop {
            match ask().await {
                Ok(answer) => return Some(answer),
                Err(error) if error.is_transient() && Instant::now() < patience => {
                    warn!(error = &error as &dyn std::error::Error, "the ledger is asked again");
                    sleep(AGAIN).await;
                }
                Err(error) => {
                    error!(error = &error as &dyn std::error::Error, "an end could not be written");
                    return None;
                }
            }
        }
    }

    /// Ends a run that cannot be begun.
    async fn refuse(&self, claim: &Claim, why: &str) -> Ended {
        let conclusion = Conclusion::of(Fate::Final(exoctl_store::RunState::Failed), 1, why);
        let finish = Finish {
            end: end(conclusion.fate, self.clock.now()),
            exit_code: Some(1),
            reason: conclusion.reason.clone(),
            ..Finish::done(1)
        };
        let finish = || self.ledger.finish(claim.run, claim.fence, &finish, self.clock.now());
        let recorded = matches!(self.persevere(finish).await, Some(FinishOutcome::Recorded(_)));
        Ended { conclusion, recorded }
    }
}

/// What is concluded when no further step is begun.
fn interrupted(attempt: &Attempt, reports: &[StepReport], stop: Stop) -> Conclusion {
    conclude(&attempt.job.retry, attempt.claim.attempt, reports, Some(stop))
}

/// What a step is called: its number and what it does.
pub fn step_name(job: &Job, index: usize) -> String {
    let action = match &job.steps[index].action {
        Action::Cmdlet(line) => line.name().to_ascii_lowercase(),
        Action::AuditExport(_) => "audit-export".to_owned(),
        Action::AuditReport(_) => "audit-report".to_owned(),
        Action::CertRotate(_) => "cert-rotate".to_owned(),
        Action::CertCheck(_) => "cert-check".to_owned(),
        Action::Doctor(_) => "doctor".to_owned(),
        Action::Program(program) => of_program(program),
        _ => "step".to_owned(),
    };
    format!("{}-{action}", index + 1)
}

/// The name of a program's file, as far as it can be one of ours.
fn of_program(program: &Program) -> String {
    let word = program.words.first().map_or("program", Template::as_str);
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    if name.is_empty() { "program".to_owned() } else { name.to_ascii_lowercase() }
}

fn end(fate: Fate, now: Timestamp) -> End {
    match fate {
        Fate::Final(state) => End::Final(state),
        Fate::Retry(wait) => {
            let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
            End::Retry { at: now.saturating_add(wait).expect("a duration never fails to be added") }
        }
        Fate::HandBack | Fate::Lost => unreachable!("neither is an end"),
    }
}

const AGAIN: Duration = Duration::from_secs(1);
