//! `exoctl sim register`.

use std::path::PathBuf;

use exoctl_sim::{DirectoryRole, Registration};
use uuid::Uuid;

use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;
use crate::ui::Ui;

/// The arguments of `exoctl sim register`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The state directory of the tenant
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
    /// The certificate, DER or PEM, without its key
    #[arg(long, value_name = "FILE")]
    certificate: PathBuf,
    /// A directory role for the application, by its display name; may be repeated
    #[arg(long = "role", value_name = "NAME")]
    roles: Vec<DirectoryRole>,
    /// Leave the permission Exchange.ManageAsApp without an administrator's consent
    #[arg(long)]
    no_consent: bool,
    /// Consent to ActivityFeed.Read of the Office 365 Management APIs too
    #[arg(long)]
    activity_feed: bool,
    /// The application's display name
    #[arg(long, value_name = "NAME", default_value = "exoctl")]
    name: String,
    /// Add to the application with this client id, or create it with that id
    #[arg(long, value_name = "GUID")]
    app_id: Option<Uuid>,
}

const EXAMPLES: &str = "\
Examples:
  exoctl sim register --state ./tenant --certificate exo.cer --role \"Exchange Administrator\"
  exoctl sim register --state ./tenant --certificate exo.cer --role \"Global Reader\" --name reports
  exoctl sim register --state ./tenant --certificate exo.cer --no-consent

The application is there at once if the tenant runs, else when it starts.";

impl Args {
    /// Does it.
    pub(crate) async fn run(self, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let certificate = std::fs::read(&self.certificate).map_err(|source| FileError {
            operation: "read the certificate",
            path: self.certificate.clone(),
            source,
        })?;
        let mut registration = Registration::new(certificate).with_name(self.name);
        for role in self.roles {
            registration = registration.with_role(role);
        }
        if self.no_consent {
            registration = registration.without_consent();
        }
        if self.activity_feed {
            registration = registration.with_activity_feed();
        }
        if let Some(app_id) = self.app_id {
            registration = registration.with_app_id(app_id);
        }
        let registered = exoctl_sim::register(&self.state, registration).await?;
        ui.data_line(serde_json::to_string(&registered).map_err(CommandError::failed)?)?;
        Ok(ExitCode::Ok)
    }
}
