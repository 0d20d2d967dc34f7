//! `exoctl status`: are we fine? Jobs, certificates, tenants, notifications and the ledger on one screen.

mod attention;
mod certificates;
mod jobs;
mod screen;

use exoctl_store::{History as _, NoticeState, Outbox as _, OutboxQuery};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::attention::Attention;
use self::certificates::Certificate;
use self::jobs::Job;
use crate::commands::serve::last_seen;
use crate::context::Context;
use crate::env;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::job_files::JobsArgs;
use crate::output::Rows;
use crate::ui::Ui;
use crate::unattended::{Installation, LeaseArgs, duration};

/// The arguments of `exoctl status`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    files: JobsArgs,
    /// A certificate that expires within this time needs attention
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = duration)]
    warn: std::time::Duration,
}

const EXAMPLES: &str = "\
Examples:
  exoctl status
  exoctl status -o json
  exoctl status --warn 14d > /dev/null || echo look at it

The exit code is 3 if something needs attention: a run that has failed, is late or was missed, an outcome that
nobody knows, a job or tenant that is paused, a certificate that expires soon, a notification that was given up,
a scheduler that has not been seen for a while. It is on this machine and in the ledger; nothing is sent.";

/// What there is to say.
#[derive(Debug)]
struct Status {
    now: Timestamp,
    /// When `exoctl serve` last looked.
    served: Option<Timestamp>,
    jobs: Vec<Job>,
    broken: Vec<String>,
    certificates: Vec<Certificate>,
    tenants: Vec<exoctl_store::TenantRow>,
    failed: Vec<exoctl_store::OutboxRow>,
    stats: exoctl_store::Stats,
    attention: Vec<Attention>,
}

/// So many notifications that were given up are shown.
const SHOWN: usize = 5;
/// Those that are older were seen or will not be.
const RECENT: SignedDuration = SignedDuration::from_hours(24 * 7);

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let here =
            Installation::open(context, self.files.files(context)?, &LeaseArgs::default()).await?;
        let status = self.status(&here, context).await?;
        let asked =
            context.global().output.is_some() || context.environment().has(env::EXOCTL_OUTPUT);
        if asked {
            let mut rows = Rows::new(context, ui)?.noun("Status");
            rows.value(&status.value(), ui)?;
            rows.finish(ui)?;
        } else {
            screen::lines(&status).into_iter().try_for_each(|line| ui.data_line(line))?;
            ui.flush()?;
        }
        Ok(if status.attention.is_empty() { ExitCode::Ok } else { ExitCode::Findings })
    }

    async fn status(&self, here: &Installation, context: &Context) -> Result<Status, CommandError> {
        let now = context.clock().now();
        let profiles = context.profiles()?.names()?;
        let (jobs, broken) = jobs::look(here, &profiles, now).await?;
        let query = OutboxQuery {
            states: vec![NoticeState::Failed],
            limit: SHOWN,
            ..OutboxQuery::default()
        };
        let mut failed = here.ledger.notices(&query).await?;
        failed.retain(|notice| {
            notice.ended_at.is_none_or(|ended| now.duration_since(ended) <= RECENT)
        });
        let mut status = Status {
            now,
            served: last_seen(here).await?,
            jobs,
            broken,
            certificates: certificates::look(&profiles, context)?,
            tenants: here.ledger.tenants().await?,
            failed,
            stats: here.ledger.stats().await?,
            attention: Vec::new(),
        };
        let soon = SignedDuration::try_from(self.warn).map_err(CommandError::usage)?;
        status.attention = attention::of(&status, soon);
        Ok(status)
    }
}

impl Status {
    fn value(&self) -> Value {
        let seconds = |at: Timestamp| self.now.duration_since(at).as_secs();
        let notice = |notice: &exoctl_store::OutboxRow| {
            json!({
                "channel": notice.channel,
                "event": notice.event,
                "job": notice.job,
                "profile": notice.tenant,
                "at": notice.ended_at,
                "error": notice.error,
            })
        };
        json!({
            "time": self.now,
            "ok": self.attention.is_empty(),
            "attention": self.attention.iter().map(Attention::value).collect::<Vec<_>>(),
            "scheduler": {
                "seen": self.served,
                "secondsAgo": self.served.map(seconds),
            },
            "jobs": self.jobs.iter().map(Job::value).collect::<Vec<_>>(),
            "certificates": self
                .certificates
                .iter()
                .map(|certificate| certificate.value(self.now))
                .collect::<Vec<_>>(),
            "tenants": self.tenants,
            "notifications": {
                "waiting": self.stats.notices_waiting,
                "failed": self.stats.notices_failed,
                "last": self.failed.iter().map(notice).collect::<Vec<_>>(),
            },
            "ledger": self.stats,
        })
    }
}
