//! `exoctl notify list`.

use exoctl_notify::reach;
use serde_json::json;

use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::notification;
use crate::output::Rows;
use crate::ui::Ui;

/// The arguments of `exoctl notify list`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {}

const EXAMPLES: &str = "\
Examples:
  exoctl notify list
  exoctl notify list -o json

Nothing is sent. Of a webhook's address only the host is shown. The exit code is 3 if a secret cannot be read.";

impl Args {
    #[expect(clippy::unused_self, reason = "all commands are run alike")]
    pub(super) fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let mut rows = Rows::new(context, ui)?.noun("Channel");
        let channels = notification::channels(context)?;
        let hands = notification::hands(context);
        let mut exit = ExitCode::Ok;
        for channel in channels.iter() {
            let (host, problem) = match reach(channel, &*hands) {
                Ok(host) => (host, None),
                Err(error) => (None, Some(error.line())),
            };
            if problem.is_some() {
                exit = ExitCode::Findings;
            }
            let row = json!({
                "channel": channel.name,
                "kind": channel.way.kind(),
                "to": channel.way.place(),
                "host": host,
                "digestSeconds": channel.digest.map(|digest| digest.as_secs()),
                "problem": problem,
            });
            rows.value(&row, ui)?;
        }
        rows.finish(ui)?;
        if channels.is_empty() {
            let path = notification::file(context)?;
            ui.note(format_args!("There is no channel in {}", path.display()));
        }
        Ok(exit)
    }
}
