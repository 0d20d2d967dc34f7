//! `exoctl sim fault`.

use std::path::PathBuf;

use exoctl_sim::{ControlClient, FaultSpec};
use serde_json::json;

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl sim fault`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The state directory of the tenant
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// Remove the faults there are first; what replication held back is then seen everywhere
    #[arg(long)]
    clear: bool,
    /// Move the tenant's clock by so many seconds
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    advance_clock: Option<f64>,
    /// The faults to add, KIND:KEY=VALUE,…
    #[arg(value_name = "FAULT")]
    faults: Vec<FaultSpec>,
}

const EXAMPLES: &str = "\
Examples:
  exoctl sim fault --state ./tenant throttle:rate=0.2,retry-after=1.5,match=Get-Mailbox
  exoctl sim fault --state ./tenant reset:when=after,count=1,match=Set-*
  exoctl sim fault --state ./tenant --clear
  exoctl sim fault --state ./tenant --advance-clock 5400

Without anything to do it lists the faults and how often each has hit.";

impl Args {
    /// Does it.
    pub(crate) async fn run(self, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let control = ControlClient::open(&self.state).await?;
        if self.clear {
            control.clear_faults().await?;
        }
        for fault in &self.faults {
            control.inject(fault).await?;
        }
        if let Some(seconds) = self.advance_clock {
            control.advance_clock(seconds).await?;
        }
        for (fault, hits) in control.faults().await? {
            ui.data_line(json!({"fault": fault, "hits": hits}))?;
        }
        Ok(ExitCode::Ok)
    }
}
