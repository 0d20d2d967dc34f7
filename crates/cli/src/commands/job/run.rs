//! `exoctl job run`: a job now, or what of it is due.

mod one_shot;

use exoctl_runner::{Listed, Stop, Stopper, asked_for, create_due};
use exoctl_store::{RunId, RunQuery, RunRow, RunState};
use jiff::Timestamp;
use uuid::Uuid;

use self::one_shot::OneShot;
use crate::commands::audit::moment;
use crate::context::Context;
use crate::error::{CommandError, RunError};
use crate::exit::ExitCode;
use crate::job_files::JobFiles;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs, LedgerOutbox, carry, carry_on};

/// The arguments of `exoctl job run`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the user's")]
pub(super) struct Args {
    /// The job
    name: String,
    /// Run what the schedule says is due, and nothing else; for cron and other schedulers
    #[arg(long, conflicts_with = "scheduled")]
    if_due: bool,
    /// End with 0 instead of 75 if nothing is due; for schedulers that take all else for a failure
    #[arg(long, requires = "if_due")]
    not_due_ok: bool,
    /// Stand for this occurrence of the schedule, its dates included; nothing is done if it was done already
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
                return Ok(if self.not_due_ok { ExitCode::Ok } else { exit });
            }
        };
        if self.no_wait {
            for run in &runs {
                ui.data_line(run)?;
            }
            ui.flush()?;
            return Ok(ExitCode::Ok);
        }
        // Who watches for silence is to hear of the start before the end.
        let (stopper, stopping) = Stopper::new();
        let outbox = LedgerOutbox::new(here.ledger());
        let telling = tokio::spawn(carry_on(outbox, here.context.clone(), stopping));
        let worst = OneShot::new(&here, &listed)?.all(runs, ui).await;
        stopper.stop(Stop::Shutdown);
        let _ = telling.await;
        let worst = worst?;
        carry(&LedgerOutbox::new(here.ledger()), &here.context).await;
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
        let Some(scheduled) = self.scheduled else {
            return Ok(Chosen::Runs(wanted_again(listed, tenants, now, here).await?));
        };
        let occurrence = asked_for(listed, tenants, scheduled, None, now);
        let created = ledger.create(&occurrence, now).await?;
        let mut runs: Vec<RunId> = created.runs.iter().map(|run| run.run).collect();
        let mut again = Vec::new();
        for tenant in
            tenants.iter().filter(|tenant| !created.runs.iter().any(|run| run.tenant == **tenant))
        {
            match latest(&occurrence.job, tenant, scheduled, here).await? {
                Some(run) if is_settled(run.state) => runs.push(run.id),
                _ => again.push(*tenant),
            }
        }
        if !again.is_empty() {
            runs.extend(wanted_again(listed, &again, scheduled, here).await?);
        }
        Ok(Chosen::Runs(runs))
    }
}

/// Runs beside those of the schedule, which stand for this instant.
async fn wanted_again(
    listed: &Listed,
    tenants: &[&str],
    scheduled: Timestamp,
    here: &Installation,
) -> Result<Vec<RunId>, CommandError> {
    let request = Some(Uuid::new_v4().to_string());
    let now = here.context.clock().now();
    let occurrence = asked_for(listed, tenants, scheduled, request, now);
    let created = here.ledger().create(&occurrence, now).await?;
    Ok(created.runs.iter().map(|run| run.run).collect())
}

/// The latest run that stands for an instant.
async fn latest(
    job: &str,
    tenant: &str,
    scheduled: Timestamp,
    here: &Installation,
) -> Result<Option<RunRow>, CommandError> {
    let query = RunQuery {
        job: Some(job.to_owned()),
        tenant: Some(tenant.to_owned()),
        limit: 1000,
        ..RunQuery::default()
    };
    let runs = here.ledger().runs(&query).await?;
    Ok(runs.into_iter().find(|run| run.scheduled == scheduled))
}

/// Whether nothing is to be done again: it was done, will be, or nobody knows.
fn is_settled(state: RunState) -> bool {
    !state.is_final() || matches!(state, RunState::Done | RunState::Partial | RunState::Unknown)
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
