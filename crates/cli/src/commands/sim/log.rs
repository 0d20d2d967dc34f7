//! `exoctl sim log`.

use std::path::PathBuf;

use exoctl_sim::ControlClient;

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl sim log`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The state directory of the tenant
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Only the requests after this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    since: u64,
}

const EXAMPLES: &str = "\
Examples:
  exoctl sim log --state ./tenant
  exoctl sim log --state ./tenant --since 120";

impl Args {
    /// Does it: one JSON object a line, the oldest first.
    pub(crate) async fn run(self, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let control = ControlClient::open(&self.state).await?;
        for request in control.requests_since(self.since).await? {
            ui.data_line(serde_json::to_string(&request).map_err(CommandError::failed)?)?;
        }
        Ok(ExitCode::Ok)
    }
}
