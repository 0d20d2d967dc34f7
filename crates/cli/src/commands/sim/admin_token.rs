//! `exoctl sim admin-token`.

use std::path::PathBuf;

use exoctl_sim::{AdminTokenRequest, ControlClient, DirectoryRole};

use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl sim admin-token`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The state directory of the tenant
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// A directory role of the administrator; may be repeated [default: Global Administrator]
    #[arg(long = "admin-role", value_name = "NAME")]
    roles: Vec<DirectoryRole>,
    /// A token for Exchange Online instead of Microsoft Graph
    #[arg(long, conflicts_with = "scopes")]
    exchange: bool,
    /// Only this delegated permission; may be repeated [default: all that setup can need]
    #[arg(long = "scope", value_name = "NAME")]
    scopes: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  exoctl sim admin-token --state ./tenant > token.txt
  exoctl setup --access-token-file token.txt --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\"
  exoctl sim admin-token --state ./tenant --admin-role \"Cloud Application Administrator\"
  exoctl sim admin-token --state ./tenant --exchange > exchange-token.txt

The token is one of a human who has signed in to the running tenant.";

impl Args {
    /// Does it.
    pub(crate) async fn run(self, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let control = ControlClient::open(&self.state).await?;
        let roles = match self.roles.as_slice() {
            [] => vec![DirectoryRole::GlobalAdministrator],
            roles => roles.to_vec(),
        };
        let mut request = AdminTokenRequest::new(roles);
        if self.exchange {
            request = request.for_exchange();
        }
        if !self.scopes.is_empty() {
            request = request.with_scopes(self.scopes);
        }
        ui.data_line(control.admin_token(&request).await?)?;
        Ok(ExitCode::Ok)
    }
}
