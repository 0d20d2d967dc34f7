//! What a human's sign-in is asked for.

use exoctl_model::Cloud;

use crate::Scope;

/// Delegated permissions of one resource: what a client may do there on a human's behalf.
///
/// One request is for one resource; others are asked for afterwards with the refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegatedScopes {
    resource: Scope,
    permissions: Vec<String>,
}

impl DelegatedScopes {
    /// Permissions of Microsoft Graph by their names, `Application.ReadWrite.All` for example. They
    /// are sent as they are: Entra takes a name without a resource for one of Graph's (Learn,
    /// "Scopes and permissions in the Microsoft identity platform"), in each cloud of its own.
    pub fn graph<P: Into<String>>(cloud: &Cloud, permissions: impl IntoIterator<Item = P>) -> Self {
        let permissions = permissions.into_iter().map(Into::into).collect();
        Self { resource: Scope::graph(cloud), permissions }
    }

    /// Permissions of another resource by their names, `Exchange.Manage` for example.
    pub fn of<P: Into<String>>(resource: Scope, permissions: impl IntoIterator<Item = P>) -> Self {
        let qualified = |name: P| format!("{}/{}", resource.resource(), name.into());
        let permissions = permissions.into_iter().map(qualified).collect();
        Self { resource, permissions }
    }

    /// All that was granted to the client at the resource before.
    pub fn all(resource: Scope) -> Self {
        Self { resource, permissions: Vec::new() }
    }

    /// The resource, as a [`crate::TokenRequest`] names it.
    pub fn resource(&self) -> &Scope {
        &self.resource
    }

    /// The `scope` parameter: the permissions, and what tells who signed in and how to go on.
    pub(crate) fn parameter(&self) -> String {
        let permissions = self.permissions.join(" ");
        let asked = if permissions.is_empty() { self.resource.as_str() } else { &permissions };
        format!("{asked} openid profile offline_access")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_named_as_entra_reads_them() {
        let cloud = Cloud::default();
        let names = ["Application.ReadWrite.All", "RoleManagement.ReadWrite.Directory"];
        let graph = DelegatedScopes::graph(&cloud, names);
        assert_eq!(
            graph.parameter(),
            "Application.ReadWrite.All RoleManagement.ReadWrite.Directory openid profile offline_access"
        );
        assert_eq!(graph.resource(), &Scope::graph(&cloud));
        let exchange = DelegatedScopes::of(Scope::exchange(&cloud), ["Exchange.Manage"]);
        assert_eq!(
            exchange.parameter(),
            "https://outlook.office365.com/Exchange.Manage openid profile offline_access"
        );
        let all = DelegatedScopes::all(Scope::exchange(&cloud));
        assert_eq!(
            all.parameter(),
            "https://outlook.office365.com/.default openid profile offline_access"
        );
    }
}
