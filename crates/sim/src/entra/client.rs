//! The clients by which people sign in: Microsoft's own public ones, and the tenant's applications.

use uuid::{Uuid, uuid};

use super::error::EntraError;
use super::resource::{ADMIN_API_SCOPES, COMPLIANCE, EXCHANGE, GRAPH, Resource};
use super::token::display_name;
use crate::tenant::Tenant;

/// A client that people may sign in with.
#[derive(Debug, Clone)]
pub(super) struct PublicClient {
    pub app_id: Uuid,
    pub display_name: String,
    allowed: Allowed,
    redirects: Redirects,
}

/// For what a client gets tokens.
#[derive(Debug, Clone, Copy)]
enum Allowed {
    /// Whatever is consented to; everything is here.
    Everything,
    /// Whatever of Graph is consented to; nothing of another first party (AADSTS65002).
    Graph,
    /// What Microsoft has given it beforehand: Graph's scopes, and whether Exchange's as well.
    Preauthorized { graph: &'static [&'static str], exchange: bool },
}

#[derive(Debug, Clone)]
enum Redirects {
    /// `http://localhost` with any port, and the native page of the login host.
    Native,
    /// What the application has.
    Registered(Vec<String>),
}

/// What Microsoft has given the Azure CLI and Azure PowerShell.
const AZURE_SCOPES: &[&str] = &[
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.AccessAsUser.All",
    "Group.ReadWrite.All",
    "User.Read.All",
    "User.ReadWrite.All",
];

const AZURE: Allowed = Allowed::Preauthorized { graph: AZURE_SCOPES, exchange: false };
const EXCHANGE_ONLY: Allowed = Allowed::Preauthorized { graph: &[], exchange: true };

/// Microsoft's public clients, merill/microsoft-info.
const MICROSOFT: [(Uuid, &str, Allowed); 5] = [
    (
        uuid!("14d82eec-204b-4c2f-b7e8-296a70dab67e"),
        "Microsoft Graph Command Line Tools",
        Allowed::Graph,
    ),
    (uuid!("04b07795-8ddb-461a-bbee-02f9e1bf7b46"), "Microsoft Azure CLI", AZURE),
    (uuid!("1950a258-227b-4e31-a9cf-717495945fc2"), "Microsoft Azure PowerShell", AZURE),
    (
        uuid!("fb78d390-0c51-40cd-8e17-fdbfab77341b"),
        "Microsoft Exchange REST API Based PowerShell",
        EXCHANGE_ONLY,
    ),
    (
        uuid!("a0c73c16-a7e3-4564-9a95-2bdf47383716"),
        "Microsoft Exchange Online Remote PowerShell",
        EXCHANGE_ONLY,
    ),
];

impl PublicClient {
    /// The client with an id, if people can sign in with it.
    pub(super) fn find(tenant: &Tenant, client_id: &str) -> Result<Self, EntraError> {
        let not_found = || EntraError::application_not_found(client_id, &display_name(tenant));
        let app_id: Uuid = client_id.parse().map_err(|_| not_found())?;
        if let Some(known) = MICROSOFT.iter().find(|known| known.0 == app_id) {
            return Ok(Self {
                app_id,
                display_name: known.1.to_owned(),
                allowed: known.2,
                redirects: Redirects::Native,
            });
        }
        let directory = tenant.directory();
        let application = directory.by_app_id(app_id).ok_or_else(not_found)?;
        if directory.principal_of(app_id).is_some_and(|principal| !principal.enabled) {
            return Err(EntraError::disabled(app_id, &application.display_name));
        }
        if !application.is_public_client() {
            return Err(EntraError::confidential_client());
        }
        Ok(Self {
            app_id,
            display_name: application.display_name.clone(),
            allowed: Allowed::Everything,
            redirects: Redirects::Registered(
                application.redirect_uris().map(str::to_owned).collect(),
            ),
        })
    }

    /// Whether it may get these permissions of a resource (AADSTS65002).
    pub(super) fn check(&self, resource: &Resource, scopes: &[String]) -> Result<(), EntraError> {
        let allowed = match (self.allowed, resource.app_id) {
            (Allowed::Everything, _) | (Allowed::Graph, GRAPH) => true,
            (Allowed::Graph, _) => false,
            (Allowed::Preauthorized { graph, .. }, GRAPH) => {
                !graph.is_empty() && scopes.iter().all(|scope| graph.contains(&scope.as_str()))
            }
            (Allowed::Preauthorized { exchange, .. }, EXCHANGE | COMPLIANCE) => exchange,
            (Allowed::Preauthorized { graph, .. }, _) => graph == AZURE_SCOPES,
        };
        if allowed {
            Ok(())
        } else {
            Err(EntraError::preauthorization(self.app_id, resource.app_id))
        }
    }

    /// What `.default` of a resource stands for.
    pub(super) fn default_scopes(&self, resource: &Resource) -> Vec<String> {
        let scopes: &[&str] = match (resource.app_id, self.allowed) {
            (GRAPH, Allowed::Preauthorized { graph, .. }) => graph,
            (GRAPH, _) => &["User.Read"],
            _ if resource.is_admin_api() => ADMIN_API_SCOPES,
            _ => &["user_impersonation"],
        };
        scopes.iter().map(|scope| (*scope).to_owned()).collect()
    }

    /// Whether a browser may be sent back to this address.
    pub(super) fn redirects_to(&self, address: &str) -> bool {
        match &self.redirects {
            Redirects::Native => {
                without_port(address) == "http://localhost"
                    || address.ends_with("/oauth2/nativeclient")
            }
            Redirects::Registered(known) => known.iter().any(|known| {
                known == address
                    || (without_port(known) == "http://localhost"
                        && without_port(known) == without_port(address))
            }),
        }
    }
}

/// `http://localhost:12345/` as `http://localhost`: the port of the loopback does not matter, RFC 8252.
fn without_port(address: &str) -> String {
    match address.parse::<url::Url>() {
        Ok(url) if url.scheme() == "http" && url.host_str() == Some("localhost") => {
            format!("http://localhost{}", url.path().trim_end_matches('/'))
        }
        _ => address.to_owned(),
    }
}
