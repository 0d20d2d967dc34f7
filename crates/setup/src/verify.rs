//! Does it work? The application signs in, its token is looked at, and Exchange is asked.

use exoctl_exchange::{Catalogue, CmdletName, Connection, ErrorKind, Invocation, InvokeError};
use exoctl_identity::{
    AccessToken, ClaimFinding, CredentialError, DirectoryRole, TokenCredential, TokenRequest,
    check_for_exchange,
};
use exoctl_model::{ClientId, TenantId};
use jiff::Timestamp;

use crate::error::SetupError;
use crate::wait::{Patience, Reporter, Wait};

/// What the application should be able to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Expectation {
    /// The application.
    pub app_id: ClientId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its directory roles, by name.
    pub directory_roles: Vec<String>,
    /// Cmdlets that it may run.
    pub cmdlets: Vec<CmdletName>,
}

impl Expectation {
    /// An application with these directory roles.
    pub fn new(app_id: ClientId, tenant: TenantId, directory_roles: Vec<String>) -> Self {
        Self { app_id, tenant, directory_roles, cmdlets: Vec::new() }
    }

    /// One that may also run these.
    pub fn with_cmdlets(self, cmdlets: Vec<CmdletName>) -> Self {
        Self { cmdlets, ..self }
    }
}

/// An application that works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// Its token.
    pub token: AccessToken,
    /// The cmdlets that it may run.
    pub catalogue: Catalogue,
    /// The cmdlet that was run.
    pub probe: Option<CmdletName>,
}

/// Signs in afresh until the token carries what it should and Exchange does what it should, which
/// takes some minutes after consent and roles were given: a token keeps what it was issued with.
pub async fn verify(
    credential: &dyn TokenCredential,
    connection: &Connection,
    expected: &Expectation,
    now: impl Fn() -> Timestamp,
    patience: &Patience,
    reporter: &mut dyn Reporter,
) -> Result<Verified, SetupError> {
    let mut wait = Wait::new(patience);
    loop {
        let (missing, error) = match once(credential, connection, expected, now()).await {
            Ok(verified) => return Ok(verified),
            Err(Missing::Fatal(error)) => return Err(error),
            Err(Missing::Yet(missing, error)) => (missing, error),
        };
        if let Err(gave_up) = wait.again(&missing, reporter).await {
            return Err(error.map_or(gave_up, |error| *error));
        }
    }
}

/// Why it does not work: not yet, or not at all.
enum Missing {
    Yet(String, Option<Box<SetupError>>),
    Fatal(SetupError),
}

async fn once(
    credential: &dyn TokenCredential,
    connection: &Connection,
    expected: &Expectation,
    now: Timestamp,
) -> Result<Verified, Missing> {
    let token = token(credential, connection, expected).await?;
    check(&token, connection, expected, now)?;
    let module = connection.module_file().await.map_err(of_exchange)?;
    let catalogue = module.catalogue();
    if let Some(missing) = expected.cmdlets.iter().find(|name| catalogue.find(name).is_none()) {
        return Err(Missing::Yet(format!("Exchange to let the application run {missing}"), None));
    }
    let probe = probe(&catalogue);
    if let Some(cmdlet) = &probe {
        let invocation = Invocation::new(cmdlet.clone());
        // Looking at one row is enough, and all of these take the parameter.
        let mut records = connection.invoke(invocation.with("ResultSize", 1));
        if let Some(Err(error)) = records.next().await {
            return Err(of_exchange(error));
        }
    }
    Ok(Verified { token, catalogue, probe })
}

async fn token(
    credential: &dyn TokenCredential,
    connection: &Connection,
    expected: &Expectation,
) -> Result<AccessToken, Missing> {
    let request = TokenRequest::new(connection.scope()).renewing();
    credential.token(&request).await.map_err(|source| {
        let what = not_known_yet(&source);
        let error = SetupError::SignIn { app_id: expected.app_id, source };
        match what {
            Some(what) => Missing::Yet(what.to_owned(), Some(Box::new(error))),
            None => Missing::Fatal(error),
        }
    })
}

/// What Entra does not know yet, if that is why it gives no token.
pub(crate) fn not_known_yet(error: &CredentialError) -> Option<&'static str> {
    match error.entra()?.code {
        700_016 => Some("Entra to know the application"),
        7_000_229 => Some("Entra to know the service principal"),
        700_027 => Some("Entra to know the certificate"),
        7_000_112 => Some("Entra to know that the application is enabled"),
        _ => None,
    }
}

/// Whether the token carries the permission and the roles.
fn check(
    token: &AccessToken,
    connection: &Connection,
    expected: &Expectation,
    now: Timestamp,
) -> Result<(), Missing> {
    let Some(claims) = token.claims() else { return Ok(()) };
    let audience = connection.scope();
    let findings = check_for_exchange(claims, audience.resource(), Some(expected.tenant), now);
    if findings.iter().any(|finding| matches!(finding, ClaimFinding::NoAppRole { .. })) {
        return Err(Missing::Yet("the admin consent to show in tokens".to_owned(), None));
    }
    let has = |role: &DirectoryRole| claims.directory_roles().any(|there| there == role);
    let missing = expected
        .directory_roles
        .iter()
        .filter_map(|name| DirectoryRole::by_name(name))
        .find(|role| !has(role));
    match missing {
        Some(role) => {
            let what = format!("the directory role {} to show in tokens", role.name);
            Err(Missing::Yet(what, None))
        }
        None => Ok(()),
    }
}

/// A cmdlet that changes nothing, that nearly everybody may run, and that takes a `ResultSize`.
pub fn probe(catalogue: &Catalogue) -> Option<CmdletName> {
    let known = ["Get-Mailbox", "Get-Recipient", "Get-User", "Get-RoleGroup"];
    known.iter().find_map(|name| {
        let name: CmdletName = name.parse().expect("a verb and a noun");
        let cmdlet = catalogue.find(&name)?;
        cmdlet.find("ResultSize").map(|_| name)
    })
}

/// Whether Exchange may only not know yet what the directory knows.
fn of_exchange(error: InvokeError) -> Missing {
    match error.kind() {
        ErrorKind::Permission | ErrorKind::Authentication => Missing::Yet(
            "Exchange to accept the application".to_owned(),
            Some(Box::new(SetupError::NotAccepted(error))),
        ),
        _ => Missing::Fatal(SetupError::NotAccepted(error)),
    }
}
