//! What a token is asked for.

use super::error::EntraError;
use super::resource::{self, GRAPH, RESOURCES, Resource};

/// The scopes that are about the person and not about a resource.
const OPENID: [&str; 4] = ["openid", "profile", "offline_access", "email"];

/// What a person lets a client do.
#[derive(Debug, Clone)]
pub(crate) struct Delegation {
    pub resource: &'static Resource,
    /// The identifier by which the resource was asked for.
    pub audience: String,
    /// Names of the permissions; empty for `.default`.
    pub scopes: Vec<String>,
    /// OpenID's scopes as they were asked for.
    pub openid: Vec<String>,
}

impl Delegation {
    /// Reads the `scope` of somebody who signs in: permissions of one resource, Graph's when they name
    /// none.
    pub(super) fn read(scope: &str) -> Result<Self, EntraError> {
        let mut openid = Vec::new();
        let mut scopes = Vec::new();
        let mut found: Option<(&'static Resource, String)> = None;
        for part in scope.split_whitespace() {
            if OPENID.contains(&part) {
                openid.push(part.to_owned());
                continue;
            }
            let (audience, name) = split(part);
            let resource = resource::find(audience)
                .ok_or_else(|| EntraError::resource_not_found(audience, "the tenant"))?;
            if found.as_ref().is_some_and(|(known, _)| known.app_id != resource.app_id) {
                return Err(EntraError::several_resources(scope));
            }
            found = Some((resource, audience.to_owned()));
            if name == ".default" {
                continue;
            }
            let known = resource.scopes.iter().find(|known| known.value.eq_ignore_ascii_case(name));
            let known =
                known.ok_or_else(|| EntraError::unknown_scope(name, resource.display_name))?;
            scopes.push(known.value.to_owned());
        }
        if found.is_none() && openid.is_empty() {
            return Err(EntraError::invalid_scope(scope));
        }
        // Signing in for nothing but the person is signing in to Graph, entra-docs.
        let (resource, audience) = found.unwrap_or_else(|| {
            let graph = RESOURCES.iter().find(|known| known.app_id == GRAPH);
            scopes.push("User.Read".to_owned());
            (graph.expect("Graph is in the table"), "https://graph.microsoft.com".to_owned())
        });
        Ok(Self { resource, audience, scopes, openid })
    }

    /// Whether one of OpenID's scopes was asked for.
    pub(super) fn asks_for(&self, openid: &str) -> bool {
        self.openid.iter().any(|known| known == openid)
    }
}

/// Resource and name of a scope; `User.Read` alone is Graph's.
fn split(scope: &str) -> (&str, &str) {
    match scope.rsplit_once('/') {
        Some((resource, name)) => (resource, name),
        None => ("https://graph.microsoft.com", scope),
    }
}

/// The identifier of the resource in a `scope` parameter, as asked: `https://x//.default` asks for
/// `https://x/`.
pub(super) fn resource_of(scope: &str) -> Result<&str, EntraError> {
    let mut found: Option<&str> = None;
    for part in scope.split_whitespace() {
        // The OpenID scopes that clients add are of no meaning here.
        if OPENID.contains(&part) {
            continue;
        }
        let Some(resource) = part.strip_suffix("/.default") else {
            return Err(EntraError::scope_without_default(scope));
        };
        if found.is_some_and(|found| found != resource) {
            return Err(EntraError::several_resources(scope));
        }
        found = Some(resource);
    }
    found.filter(|resource| !resource.is_empty()).ok_or_else(|| EntraError::invalid_scope(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_is_kept_as_asked() {
        for (scope, resource) in [
            ("https://outlook.office365.com/.default", "https://outlook.office365.com"),
            (
                "https://management.core.windows.net//.default",
                "https://management.core.windows.net/",
            ),
            ("openid https://graph.microsoft.com/.default profile", "https://graph.microsoft.com"),
        ] {
            assert_eq!(resource_of(scope).unwrap(), resource);
        }
    }

    #[test]
    fn other_scopes_are_refused_with_their_codes() {
        for (scope, code) in [
            ("https://outlook.office365.com/Exchange.Manage", 1_002_012),
            ("https://a/.default https://b/.default", 28_003),
            ("openid", 70_011),
        ] {
            assert_eq!(resource_of(scope).unwrap_err().code, code, "{scope}");
        }
    }

    #[test]
    fn people_delegate_permissions_of_one_resource() {
        let read = |scope: &str| {
            Delegation::read(scope)
                .map(|read| (read.audience, read.scopes.join(" "), read.openid.join(" ")))
                .map_err(|error| error.code)
        };
        let graph = "https://graph.microsoft.com".to_owned();
        for (scope, scopes, openid) in [
            (
                "Application.ReadWrite.All offline_access",
                "Application.ReadWrite.All",
                "offline_access",
            ),
            ("https://graph.microsoft.com/user.read openid", "User.Read", "openid"),
            ("https://graph.microsoft.com/.default", "", ""),
            ("openid profile", "User.Read", "openid profile"),
        ] {
            let expected = (graph.clone(), scopes.to_owned(), openid.to_owned());
            assert_eq!(read(scope), Ok(expected), "{scope}");
        }
        assert_eq!(read("User.Read https://outlook.office365.com/.default"), Err(28_003));
        assert_eq!(read("Sites.Selected"), Err(650_053));
        assert_eq!(read("https://x.example/.default"), Err(500_011));
        assert_eq!(read(""), Err(70_011));
    }
}
