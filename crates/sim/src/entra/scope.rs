//! What a token is asked for.

use super::error::EntraError;

/// The identifier of the resource in a `scope` parameter, as asked: `https://x//.default` asks for
/// `https://x/`.
pub(super) fn resource_of(scope: &str) -> Result<&str, EntraError> {
    let mut found: Option<&str> = None;
    for part in scope.split_whitespace() {
        // The OpenID scopes that clients add are of no meaning here.
        if ["openid", "profile", "offline_access", "email"].contains(&part) {
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
}
