//! Why an application could not be set up.

use std::time::Duration;

use exoctl_exchange::{CmdletName, InvokeError};
use exoctl_identity::CredentialError;
use exoctl_model::{ClientId, Organization, TenantId};
use jiff::Timestamp;

use crate::graph::GraphError;

/// Why an application could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Graph did not do it.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Graph did not name the tenant or its `.onmicrosoft.com` domain.
    #[error("Graph does not tell which tenant this is")]
    NoTenant,
    /// The administrator has signed in to another tenant.
    #[error("the administrator's token is of tenant {found}, not of {expected}")]
    OtherTenant {
        /// The tenant that is to be set up.
        expected: TenantId,
        /// The one that the token is of.
        found: TenantId,
    },
    /// No Exchange Online, or one without the permission.
    #[error("{organization} has no Office 365 Exchange Online with Exchange.ManageAsApp")]
    NoExchange {
        /// Where.
        organization: Organization,
    },
    /// The application to adopt is not there.
    #[error("there is no application {app_id} in this tenant")]
    NoApplication {
        /// Its client id.
        app_id: ClientId,
    },
    /// Applications of that name are there and setup has not made them.
    #[error("{} called {name:?} that setup has not made: {}", there_are(app_ids), list(app_ids))]
    NameTaken {
        /// The name.
        name: String,
        /// Their client ids.
        app_ids: Vec<ClientId>,
    },
    /// An application that was removed less than thirty days ago holds the name.
    #[error("the application {app_id} was removed and still holds the name {name:?}")]
    NameHeld {
        /// The name.
        name: String,
        /// Its client id.
        app_id: ClientId,
    },
    /// The tenant's policy forbids the certificate.
    #[error("the tenant takes certificates for {longest} at most, not until {until}")]
    CertificateTooLong {
        /// The longest validity, as ISO 8601 has it.
        longest: String,
        /// The certificate's end.
        until: Timestamp,
    },
    /// The tenant's policy forbids the certificate.
    #[error("the tenant takes certificates of its trusted authorities only, no self-signed ones")]
    SelfSignedForbidden,
    /// The tenant lets only some administrators register applications, and this is none.
    #[error(
        "the tenant does not let its users register applications, and the one who is signed in has no role that may"
    )]
    MayNotRegister,
    /// The certificate has ended.
    #[error("the certificate expired on {at}")]
    CertificateExpired {
        /// When.
        at: Timestamp,
    },
    /// The tenant is not what it was when the plan was made.
    #[error("the tenant has changed since the plan was made; it would also need: {}", .more.join("; "))]
    PlanOutdated {
        /// What the plan does not have.
        more: Vec<String>,
    },
    /// The plan leaves the certificate to be made by whoever applies it.
    #[error("the plan has no certificate yet")]
    NoCertificate,
    /// It did not show in time.
    #[error("waited {} seconds for {what}, and it is not there yet", waited.as_secs())]
    NotThereYet {
        /// What was waited for.
        what: String,
        /// How long.
        waited: Duration,
    },
    /// The application cannot sign in.
    #[error("the application {app_id} could not sign in")]
    SignIn {
        /// Its client id.
        app_id: ClientId,
        /// Why.
        source: CredentialError,
    },
    /// Exchange does not do what it should for the application.
    #[error("Exchange did not accept the application")]
    NotAccepted(#[source] InvokeError),
    /// Exchange did not do what the administrator asked.
    #[error(transparent)]
    Exchange(#[from] InvokeError),
    /// A step takes an administrator who has signed in to Exchange.
    #[error("nobody has signed in to Exchange, which the role group takes")]
    NoExchangeSession,
    /// The role group to join is not there.
    #[error("there is no role group {name:?}")]
    NoRoleGroup {
        /// Its name.
        name: String,
    },
    /// The role group that setup would make is there and somebody else has made it.
    #[error("there is a role group {name:?} that setup has not made")]
    RoleGroupTaken {
        /// Its name.
        name: String,
    },
    /// No management role has the cmdlet.
    #[error("no management role has {cmdlet}")]
    NoRoleFor {
        /// The cmdlet.
        cmdlet: CmdletName,
    },
}

fn there_are(ids: &[ClientId]) -> String {
    match ids.len() {
        1 => "there is an application".to_owned(),
        many => format!("there are {many} applications"),
    }
}

fn list(ids: &[ClientId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
