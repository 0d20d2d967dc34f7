//! The services that tokens are asked for, and the permissions that they have.

use uuid::{Uuid, uuid};

use crate::call::Service;

/// A service principal of Microsoft's own in the tenant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// Its client id, the same in every tenant.
    pub app_id: Uuid,
    /// Its display name.
    pub display_name: &'static str,
    /// The identifiers by which it is asked for, without a slash at the end.
    pub identifiers: &'static [&'static str],
    /// The permissions that applications can be given.
    pub app_roles: &'static [Permission],
    /// The permissions that people can delegate.
    pub scopes: &'static [Permission],
}

/// A permission of a resource.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Permission {
    /// Its id, the same in every tenant.
    pub id: Uuid,
    /// Its name, as tokens carry it.
    pub value: &'static str,
}

/// Id of the permission `Exchange.ManageAsApp`.
pub(crate) const MANAGE_AS_APP: Uuid = uuid!("dc50a0fb-09a3-484d-be87-e023b12c6440");
/// Id of the permission `ActivityFeed.Read`.
pub(crate) const ACTIVITY_FEED_READ: Uuid = uuid!("594c1fb6-4f81-4475-ae41-0c394909246c");
/// Client id of Exchange Online.
pub(crate) const EXCHANGE: Uuid = uuid!("00000002-0000-0ff1-ce00-000000000000");
/// Client id of Microsoft Graph.
pub(crate) const GRAPH: Uuid = uuid!("00000003-0000-0000-c000-000000000000");
/// Client id of Security & Compliance.
pub(crate) const COMPLIANCE: Uuid = uuid!("00000007-0000-0ff1-ce00-000000000000");

/// Client id of the Office 365 Management APIs.
pub(crate) const MANAGEMENT: Uuid = uuid!("c5393580-f805-4401-95e8-94b7a6ef2fc2");

/// What a person's token for Exchange carries when `.default` is asked: assumed, from memory of
/// tokens of the Exchange module.
pub(crate) const ADMIN_API_SCOPES: &[&str] = &[
    "AdminApi.AccessAsUser.All",
    "FfoPowerShell.AccessAsUser.All",
    "RemotePowerShell.AccessAsUser.All",
];

/// The resources of a worldwide tenant; those of other clouds are not found in it (AADSTS500011).
pub(crate) const RESOURCES: [Resource; 6] = [
    Resource {
        app_id: EXCHANGE,
        display_name: "Office 365 Exchange Online",
        identifiers: &[
            "https://outlook.office365.com",
            "https://outlook.office.com",
            "https://outlook.com",
        ],
        app_roles: &[
            permission(MANAGE_AS_APP, "Exchange.ManageAsApp"),
            permission(uuid!("ea3d980d-ebc7-4be4-8298-a167e5b8797c"), "Exchange.ManageAsAppV2"),
            permission(uuid!("dc890d15-9560-4a4c-9b7f-a736ec74ec40"), "full_access_as_app"),
        ],
        scopes: &[
            permission(uuid!("ab4f2b77-0b06-4fc1-a9de-02113fc2ab7c"), "Exchange.Manage"),
            permission(uuid!("44d6b5f2-d42b-4fa7-b999-1c5fcab98e4d"), "Exchange.ManageV2"),
        ],
    },
    Resource {
        app_id: COMPLIANCE,
        display_name: "Microsoft Exchange Online Protection",
        identifiers: &[
            "https://ps.compliance.protection.outlook.com",
            "https://ps.protection.outlook.com",
        ],
        app_roles: &[permission(
            uuid!("455e5cd2-84e8-4751-8344-5672145dfa17"),
            "Exchange.ManageAsApp",
        )],
        scopes: &[],
    },
    Resource {
        app_id: GRAPH,
        display_name: "Microsoft Graph",
        identifiers: &["https://graph.microsoft.com"],
        app_roles: GRAPH_APP_ROLES,
        scopes: GRAPH_SCOPES,
    },
    Resource {
        app_id: MANAGEMENT,
        display_name: "Office 365 Management APIs",
        identifiers: &["https://manage.office.com"],
        app_roles: &[
            permission(ACTIVITY_FEED_READ, "ActivityFeed.Read"),
            permission(uuid!("4807a72c-ad38-4250-94c9-4eabfe26cd55"), "ActivityFeed.ReadDlp"),
            permission(uuid!("e2cea78f-e743-4d8f-a16a-75b629a038ae"), "ServiceHealth.Read"),
        ],
        scopes: &[],
    },
    Resource {
        app_id: uuid!("797f4846-ba00-4fd7-ba43-dac1f8f63013"),
        display_name: "Windows Azure Service Management API",
        identifiers: &["https://management.azure.com", "https://management.core.windows.net"],
        app_roles: &[],
        scopes: &[],
    },
    Resource {
        app_id: uuid!("cfa8b339-82a2-471a-a3c9-0fc0be7a4093"),
        display_name: "Azure Key Vault",
        identifiers: &["https://vault.azure.net"],
        app_roles: &[],
        scopes: &[],
    },
];

impl Resource {
    /// Whether its tokens are for Exchange's or Security & Compliance's admin API.
    pub(crate) fn is_admin_api(&self) -> bool {
        [EXCHANGE, COMPLIANCE].contains(&self.app_id)
    }
}

/// The resource with an identifier or client id; a slash at the end does not matter.
pub(crate) fn find(identifier: &str) -> Option<&'static Resource> {
    let identifier = identifier.trim_end_matches('/');
    let id = identifier.parse::<Uuid>().ok();
    RESOURCES.iter().find(|resource| {
        Some(resource.app_id) == id
            || resource.identifiers.iter().any(|known| known.eq_ignore_ascii_case(identifier))
    })
}

/// Whether a token for this audience is meant for a service.
pub(crate) fn is_audience_of(audience: &str, service: &Service) -> bool {
    let Some(resource) = find(audience) else { return false };
    match service {
        Service::Exchange => resource.app_id == EXCHANGE,
        Service::Compliance { .. } => resource.app_id == COMPLIANCE,
        Service::Graph => resource.app_id == GRAPH,
        Service::Activity => resource.app_id == MANAGEMENT,
        Service::Entra => false,
    }
}

const fn permission(id: Uuid, value: &'static str) -> Permission {
    Permission { id, value }
}

/// The few of Graph's application permissions that matter to setting up an application.
const GRAPH_APP_ROLES: &[Permission] = &[
    permission(uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"), "Application.Read.All"),
    permission(uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"), "Application.ReadWrite.All"),
    permission(uuid!("18a4783c-866b-4cc7-a460-3d5e5662c884"), "Application.ReadWrite.OwnedBy"),
    permission(uuid!("06b708a9-e830-4db3-a914-8e69da51d44f"), "AppRoleAssignment.ReadWrite.All"),
    permission(uuid!("7ab1d382-f21e-4acd-a863-ba3e13f7da61"), "Directory.Read.All"),
    permission(uuid!("b633e1c5-b582-4048-a93e-9f11b44c7e96"), "Mail.Send"),
    permission(uuid!("498476ce-e0fe-48b0-b801-37ba7e2685c6"), "Organization.Read.All"),
    permission(uuid!("246dd0d5-5bd0-4def-940b-0421030a5b68"), "Policy.Read.All"),
    permission(uuid!("9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"), "RoleManagement.ReadWrite.Directory"),
    permission(uuid!("025d3225-3f02-4882-b4c0-cd5b541a4e80"), "RoleManagement.ReadWrite.Exchange"),
];

/// The few of Graph's delegated permissions that matter to setting up an application.
const GRAPH_SCOPES: &[Permission] = &[
    permission(uuid!("c79f8feb-a9db-4090-85f9-90d820caa0eb"), "Application.Read.All"),
    permission(uuid!("bdfbf15f-ee85-4955-8675-146e8e5296b5"), "Application.ReadWrite.All"),
    permission(uuid!("84bccea3-f856-4a8a-967b-dbe0a3d53a64"), "AppRoleAssignment.ReadWrite.All"),
    permission(
        uuid!("41ce6ca6-6826-4807-84f1-1c82854f7ee5"),
        "DelegatedPermissionGrant.ReadWrite.All",
    ),
    permission(uuid!("0e263e50-5827-48a4-b97c-d940288653c7"), "Directory.AccessAsUser.All"),
    permission(uuid!("06da0dbc-49e2-44d2-8312-53f166ab848a"), "Directory.Read.All"),
    permission(uuid!("4908d5b9-3fb2-4b1e-9336-1888b7937185"), "Organization.Read.All"),
    permission(uuid!("572fea84-0151-49b2-9301-11cb16974376"), "Policy.Read.All"),
    permission(
        uuid!("b27add92-efb2-4f16-84f5-8108ba77985c"),
        "Policy.ReadWrite.ApplicationConfiguration",
    ),
    permission(uuid!("edd3c878-b384-41fd-95ad-e7407dd775be"), "Policy.ReadWrite.Authorization"),
    permission(uuid!("741c54c3-0c1e-44a1-818b-3f97ab4e8c83"), "RoleManagement.Read.Directory"),
    permission(uuid!("d01b97e9-cbc0-49fe-810a-750afd5527a3"), "RoleManagement.ReadWrite.Directory"),
    permission(uuid!("c1499fe0-52b1-4b22-bed2-7a244e0e879f"), "RoleManagement.ReadWrite.Exchange"),
    permission(uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d"), "User.Read"),
    permission(uuid!("a154be20-db9c-4678-8ab7-66f6cc099a59"), "User.Read.All"),
];
