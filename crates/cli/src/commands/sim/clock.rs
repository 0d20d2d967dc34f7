//! `exoctl sim clock`.

use std::path::PathBuf;

use exoctl_sim::ControlClient;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::json;

use crate::commands::audit::moment;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl sim clock`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The state directory of the tenant
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Set the clock to this time, UTC
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "advance")]
    to: Option<Timestamp>,
    /// Move the clock by so much: 90m, 30d, 1mo; backwards with a minus
    #[arg(long, value_name = "SPAN", allow_hyphen_values = true)]
    advance: Option<Span>,
}

const EXAMPLES: &str = "\
Moves the clock of the tenant and of every exoctl that works with it through its environment file: of what is
started later, and of an `exoctl serve` that runs already. Tokens and certificates grow old with it. The clock
goes on from there, and stays moved when the tenant is started again. With a real cloud there is no such clock.
Without --to and --advance it only shows the time.

Examples:
  exoctl sim clock --state ./tenant
  exoctl sim clock --state ./tenant --to 2026-12-01T05:00:00Z
  exoctl sim clock --state ./tenant --advance 30d";

impl Args {
    /// Does it: prints what the clock shows now.
    pub(crate) async fn run(self, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let control = ControlClient::open(&self.state).await?;
        if let Some(span) = self.advance {
            let now = control.time().await?;
            control.advance_clock(now.duration_until(later(now, span)?).as_secs_f64()).await?;
        }
        if let Some(time) = self.to {
            control.move_clock(time).await?;
        }
        ui.data_line(json!({"time": control.time().await?}))?;
        Ok(ExitCode::Ok)
    }
}

/// Days and months are those of the calendar in UTC.
fn later(now: Timestamp, span: Span) -> Result<Timestamp, CommandError> {
    let moved = now.to_zoned(TimeZone::UTC).checked_add(span);
    moved.map(|moved| moved.timestamp()).map_err(CommandError::usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_the_calendars() {
        let from: Timestamp = "2027-01-31T12:00:00Z".parse().unwrap();
        let after = |span: &str| later(from, span.parse().unwrap()).unwrap().to_string();
        assert_eq!(after("1mo"), "2027-02-28T12:00:00Z");
        assert_eq!(after("30d"), "2027-03-02T12:00:00Z");
        assert_eq!(after("-90m"), "2027-01-31T10:30:00Z");
    }
}
