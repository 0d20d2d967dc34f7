//! `exoctl sim`: running a tenant until it is told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use exoctl_sim::activity::profile::ActivityProfile;
use exoctl_sim::audit::profile::AuditProfile;
use exoctl_sim::{FaultSpec, SimConfig, SimError, SimulatedTenant};
use jiff::Timestamp;

use crate::commands::audit::moment;
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl sim` without a subcommand.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub(crate) struct Args {
    /// Keep the environment file, the authority's certificate and the registrations here
    #[arg(long, value_name = "DIR", required = true)]
    state: Option<PathBuf>,
    /// Listen here; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Allow an address that other machines reach; the tenant has no real protection
    #[arg(long)]
    allow_remote: bool,
    /// How many mailboxes there are
    #[arg(long, value_name = "N", default_value_t = 120)]
    mailboxes: u64,
    /// How many records the audit log has
    #[arg(long, value_name = "N", default_value_t = 2000)]
    audit_records: u64,
    /// Where the audit log begins [default: with the month before this one, UTC]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    audit_from: Option<Timestamp>,
    /// Where the audit log ends, cut down to a full hour [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    audit_to: Option<Timestamp>,
    /// How searches of the audit log misbehave: `wild`, or settings such as
    /// late,count=total,duplicates=0.04,short-page=0.03 (docs/simulated-tenant.md)
    #[arg(long, value_name = "PROFILE", value_parser = AuditProfile::parse)]
    audit: Option<AuditProfile>,
    /// How the Management Activity API behaves: `subscribed`, `wild`, or settings such as
    /// subscribed,late,duplicates=0.03,page=50 (docs/simulated-tenant.md)
    #[arg(long, value_name = "PROFILE", value_parser = ActivityProfile::parse)]
    activity: Option<ActivityProfile>,
    /// From what the data and the faults are made
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Make something go wrong, KIND:KEY=VALUE,…; may be repeated
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<FaultSpec>,
    /// How long tokens are valid, in seconds or as 10m or 1h [default: 60 to 90 minutes]
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    token_lifetime: Option<Duration>,
    /// The largest page of rows, 1 to 1000
    #[arg(long, value_name = "ROWS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    page_size: u32,
}

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        _context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        // Before the ready line: whoever reads it may send the signal at once.
        let stop = StopSignal::listen()?;
        let mut config = SimConfig::new(self.state.unwrap_or_default());
        config.listen = self.listen;
        config.allow_remote = self.allow_remote;
        config.mailboxes = self.mailboxes;
        config.audit_records = self.audit_records;
        config.audit_from = self.audit_from;
        config.audit_to = self.audit_to;
        config.audit = self.audit.unwrap_or_default();
        config.activity = self.activity.unwrap_or_default();
        config.seed = self.seed;
        config.faults = self.faults;
        config.token_lifetime = self.token_lifetime;
        config.page_size = self.page_size;
        let tenant = SimulatedTenant::start(config).await.map_err(explain)?;
        ui.data_line(serde_json::to_string(tenant.ready()).map_err(CommandError::failed)?)?;
        ui.flush()?;
        tokio::select! {
            () = stop.received() => {}
            () = tenant.stop_requested() => {}
        }
        tenant.shutdown().await;
        Ok(ExitCode::Ok)
    }
}

fn explain(error: SimError) -> CommandError {
    let is_address = matches!(error, SimError::NotLoopback { .. });
    let command = CommandError::from(error);
    if is_address {
        return command
            .fix("Listen on 127.0.0.1, or add --allow-remote if everybody who reaches this machine may use the tenant.");
    }
    command
}

/// A number of seconds, or a number with s, m or h.
fn lifetime(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, 's')) => (&text[..at], 1),
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        _ => (text, 1),
    };
    match number.parse::<u64>() {
        Ok(number @ 1..=86_400) => Ok(Duration::from_secs(number * unit)),
        _ => Err("expected a number of seconds, or one with s, m or h".to_owned()),
    }
}

/// Ctrl-c or SIGTERM.
#[cfg(unix)]
struct StopSignal {
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignal {
    fn listen() -> Result<Self, CommandError> {
        let kind = tokio::signal::unix::SignalKind::terminate();
        Ok(Self { terminate: tokio::signal::unix::signal(kind)? })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-c.
#[cfg(not(unix))]
struct StopSignal;

#[cfg(not(unix))]
impl StopSignal {
    fn listen() -> Result<Self, CommandError> {
        Ok(Self)
    }

    async fn received(self) {
        // Without a handler the process ends all the same.
        let _ = tokio::signal::ctrl_c().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read() {
        assert_eq!(lifetime("90"), Ok(Duration::from_secs(90)));
        assert_eq!(lifetime("10m"), Ok(Duration::from_mins(10)));
        assert!(lifetime("").is_err());
        assert!(lifetime("0").is_err());
        assert!(lifetime("m").is_err());
    }
}
