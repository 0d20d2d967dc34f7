//! What the application may do: consent, directory roles or role groups, cmdlets.

use exoctl_exchange::{Catalogue, CmdletName, InvokeError};
use exoctl_identity::{EXCHANGE_APP_ROLE, TokenClaims, check_for_exchange};

use exoctl_setup::graph::Application;
use exoctl_setup::well_known::{EXCHANGE_ONLINE, FULL_ACCESS_AS_APP};

use super::super::condition;
use super::super::finding::Finding;
use super::super::visit::Visit;
use super::{Check, Looking};
use crate::error::{ClaimsError, CommandError};
use crate::profile::Service;

/// Whether an administrator has consented, which the token's `roles` show.
pub(super) struct Consent;

impl Check for Consent {
    fn name(&self) -> &'static str {
        "consent"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["sign-in"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let in_directory = visit.learned.observed.as_ref().map(|observed| {
                let there = if observed.consent().is_some() { "" } else { "no " };
                format!("the directory has {there}consent to {EXCHANGE_APP_ROLE}")
            });
            let Some(claims) = visit.claims() else {
                return Finding::skipped("the token is opaque; only Exchange can read it");
            };
            let resource = &visit.cloud().exchange_resource;
            let now = visit.context.clock().now();
            let wrong = check_for_exchange(claims, resource, visit.learned.tenant, now);
            let finding = match wrong.into_iter().find(|finding| !finding.is_warning()) {
                Some(finding) => Finding::failed(&CommandError::from(ClaimsError { finding })),
                None => Finding::ok(format!("the token carries {}", claims.roles.join(", "))),
            };
            finding.saw_all(in_directory)
        })
    }
}

/// Whether a directory role or a role group gives the application rights.
pub(super) struct Role;

impl Check for Role {
    fn name(&self) -> &'static str {
        "role"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["consent"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let roles = visit.claims().map(directory_roles);
            let connection = match visit.connect(Service::ExchangeOnline) {
                Ok(connection) => connection,
                Err(error) => return Finding::failed(&error),
            };
            let asked = connection.module_file().await;
            visit.learned.exchange = Some(connection);
            let catalogue = match asked {
                Ok(file) => file.catalogue(),
                Err(error) => return refused(error).saw_all(roles),
            };
            let fact =
                format!("Exchange lets the application run {} cmdlets", catalogue.cmdlets.len());
            visit.learned.catalogue = Some(catalogue);
            let mut finding = Finding::ok(fact);
            finding.evidence.splice(0..0, roles);
            finding
        })
    }
}

/// What it means that not even the list of cmdlets is given.
pub(super) fn refused(error: InvokeError) -> Finding {
    let is_forbidden = matches!(error, InvokeError::Forbidden { .. });
    let error = CommandError::from(error);
    let finding = Finding::failed(&error);
    if is_forbidden { finding.explained(condition::NO_ROLE) } else { finding }
}

/// The directory roles of a token, in words.
fn directory_roles(claims: &TokenClaims) -> String {
    let names: Vec<&str> = claims.directory_roles().map(|role| role.name).collect();
    let none = exoctl_identity::NO_DIRECTORY_ROLE.to_string();
    let others = claims.wids.iter().filter(|wid| **wid != none).count() - names.len();
    let mut parts = match names.as_slice() {
        [] => vec!["the token carries no directory role that Exchange takes".to_owned()],
        names => vec![format!("the token carries {}", names.join(", "))],
    };
    if others > 0 {
        parts.push(format!("and {others} that Exchange does not take"));
    }
    parts.join(", ")
}

/// Whether certain cmdlets are granted.
pub(super) struct Cmdlets;

impl Check for Cmdlets {
    fn name(&self) -> &'static str {
        "cmdlets"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["role"]
    }

    fn is_wanted(&self, visit: &Visit<'_>) -> bool {
        !visit.cmdlets.is_empty()
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let learned = &visit.learned;
            let catalogues: Vec<&Catalogue> =
                [&learned.catalogue, &learned.compliance].into_iter().flatten().collect();
            let missing = missing(visit.cmdlets, &catalogues);
            if missing.is_empty() {
                return Finding::ok(format!("{} granted", names(visit.cmdlets.iter())));
            }
            let wanted: Vec<&str> = visit.cmdlets.iter().map(CmdletName::as_str).collect();
            Finding::fail(
                condition::NOT_GRANTED,
                format!("not granted: {}", names(missing.into_iter())),
            )
            .knowing("cmdlets", wanted.join(","))
        })
    }
}

fn missing<'a>(wanted: &'a [CmdletName], catalogues: &[&Catalogue]) -> Vec<&'a CmdletName> {
    let granted = |name: &CmdletName| catalogues.iter().any(|known| known.find(name).is_some());
    wanted.iter().filter(|name| !granted(name)).collect()
}

fn names<'a>(cmdlets: impl Iterator<Item = &'a CmdletName>) -> String {
    cmdlets.map(CmdletName::as_str).collect::<Vec<_>>().join(", ")
}

/// Whether the application has been given what only reads mailboxes.
pub(super) struct Impersonation;

impl Check for Impersonation {
    fn name(&self) -> &'static str {
        "impersonation"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["sign-in"]
    }

    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a> {
        Box::pin(async move {
            let mut facts = Vec::new();
            if let Some(claims) = visit.claims() {
                facts.extend(mailbox_roles(claims));
            }
            let observed = visit.learned.observed.as_ref();
            facts.extend(observed.and_then(|seen| seen.application.as_ref()).and_then(asked_for));
            facts.extend(assigned(visit).await);
            if facts.is_empty() {
                return Finding::ok("nothing that reads mailboxes past cmdlets was seen");
            }
            Finding::warn(condition::IMPERSONATION, "").seeing(facts)
        })
    }
}

/// Application roles at Exchange that are for EWS.
fn mailbox_roles(claims: &TokenClaims) -> Option<String> {
    let has = claims.roles.iter().any(|role| role == "full_access_as_app");
    has.then(|| "the token carries full_access_as_app".to_owned())
}

/// Whether the registration asks for it; then an administrator may consent by mistake.
fn asked_for(application: &Application) -> Option<String> {
    let asks = application
        .required_resource_access
        .iter()
        .filter(|access| access.resource_app_id == EXCHANGE_ONLINE)
        .flat_map(|access| &access.resource_access)
        .any(|access| access.id == FULL_ACCESS_AS_APP);
    asks.then(|| "the application asks for full_access_as_app".to_owned())
}

/// Assignments of the management role, as far as the application may look at them.
async fn assigned(visit: &Visit<'_>) -> Option<String> {
    let connection = visit.learned.exchange.as_ref()?;
    let principal = visit.claims()?.oid.clone()?;
    let cmdlet: CmdletName = "Get-ManagementRoleAssignment".parse().expect("a verb and a noun");
    visit.learned.catalogue.as_ref()?.find(&cmdlet)?;
    let ask = exoctl_exchange::Invocation::new(cmdlet)
        .with("Role", "ApplicationImpersonation")
        .with("RoleAssignee", principal.as_str());
    let found = connection.invoke(ask).collect().await.ok()?;
    let name = found.first()?.text("Name")?;
    Some(format!("Exchange has the role assignment {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_mailboxes_is_recognised() {
        let roles = |roles: &[&str]| {
            let mut claims = TokenClaims::default();
            claims.roles = roles.iter().map(|role| (*role).to_owned()).collect();
            mailbox_roles(&claims).is_some()
        };
        assert!(roles(&["Exchange.ManageAsApp", "full_access_as_app"]));
        assert!(!roles(&["Exchange.ManageAsApp"]));
    }

    #[test]
    fn who_asks_for_mailboxes_is_recognised() {
        let asks = |resource: &str, role: &str| {
            let application = serde_json::from_value(serde_json::json!({
                "id": "9f7a1b2c-0000-4000-8000-0123456789ab",
                "appId": "9f7a1b2c-0000-4000-8000-0123456789ac",
                "requiredResourceAccess": [{
                    "resourceAppId": resource,
                    "resourceAccess": [{"id": role, "type": "Role"}],
                }],
            }));
            asked_for(&application.unwrap()).is_some()
        };
        // Learn, "Authenticate an EWS application by using OAuth"; the other is Exchange.ManageAsApp.
        let exchange = "00000002-0000-0ff1-ce00-000000000000";
        assert!(asks(exchange, "dc890d15-9560-4a4c-9b7f-a736ec74ec40"));
        assert!(!asks(exchange, "dc50a0fb-09a3-484d-be87-e023b12c6440"));
        let graph = "00000003-0000-0000-c000-000000000000";
        assert!(!asks(graph, "dc890d15-9560-4a4c-9b7f-a736ec74ec40"));
    }

    #[test]
    fn roles_that_exchange_does_not_take_are_counted() {
        let told = |wids: &[&str]| {
            let mut claims = TokenClaims::default();
            claims.wids = wids.iter().map(|wid| (*wid).to_owned()).collect();
            directory_roles(&claims)
        };
        // Learn, "Microsoft Entra built-in roles": Global Reader, User Administrator.
        let reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
        let users = "fe930be7-5e62-47db-91af-98c3a49a38b1";
        assert_eq!(
            told(&[reader, users]),
            "the token carries Global Reader, and 1 that Exchange does not take"
        );
        let none = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
        assert_eq!(told(&[none]), "the token carries no directory role that Exchange takes");
    }
}
