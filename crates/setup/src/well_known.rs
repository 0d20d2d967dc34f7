//! Names and ids that are the same in every tenant.

use exoctl_model::ClientId;
use uuid::{Uuid, uuid};

/// Office 365 Exchange Online. Learn, "App-only authentication for unattended scripts".
pub const EXCHANGE_ONLINE: ClientId = ClientId::new(uuid!("00000002-0000-0ff1-ce00-000000000000"));

/// What [`EXCHANGE_ONLINE`] is called.
pub const EXCHANGE_ONLINE_NAME: &str = "Office 365 Exchange Online";

/// The id of `Exchange.ManageAsApp` everywhere it has been seen. It is looked up in the tenant; this
/// is for documents that are written without one.
pub const MANAGE_AS_APP: Uuid = uuid!("dc50a0fb-09a3-484d-be87-e023b12c6440");

/// Microsoft Graph.
pub const MICROSOFT_GRAPH: ClientId = ClientId::new(uuid!("00000003-0000-0000-c000-000000000000"));

/// What [`MICROSOFT_GRAPH`] is called.
pub const MICROSOFT_GRAPH_NAME: &str = "Microsoft Graph";

/// The application permission to act as the owner of every mailbox through Exchange Web Services.
pub const FULL_ACCESS_AS_APP: Uuid = uuid!("dc890d15-9560-4a4c-9b7f-a736ec74ec40");

/// The management role of the same effect, retired in February 2025.
pub const APPLICATION_IMPERSONATION: &str = "ApplicationImpersonation";

/// What an application permission is called, if it is one that is met here. merill/microsoft-info.
pub fn permission_name(id: Uuid) -> Option<&'static str> {
    const KNOWN: [(Uuid, &str); 6] = [
        (MANAGE_AS_APP, exoctl_identity::EXCHANGE_APP_ROLE),
        (FULL_ACCESS_AS_APP, "full_access_as_app"),
        (uuid!("ea3d980d-ebc7-4be4-8298-a167e5b8797c"), "Exchange.ManageAsAppV2"),
        (uuid!("594c1fb6-4f81-4475-ae41-0c394909246c"), "ActivityFeed.Read"),
        (uuid!("9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"), "Application.Read.All"),
        (uuid!("1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"), "Application.ReadWrite.All"),
    ];
    KNOWN.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
}

/// The delegated permission `User.Read`, which the portal gives to every application and which an
/// application without users does not need.
pub const USER_READ: Uuid = uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d");

/// Directory roles whose holders may register applications in every tenant: Global, Application and Cloud
/// Application Administrator, Application Developer. Learn, "Microsoft Entra built-in roles".
pub(crate) const REGISTRARS: [Uuid; 4] = [
    uuid!("62e90394-69f5-4237-9190-012177145e10"),
    uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
    uuid!("158c047a-c907-4556-b7ef-446551a6b5f7"),
    uuid!("cf1c38e5-3621-4004-a7cb-879624dced7c"),
];

/// Delegated permissions of Graph that setup needs, by name.
pub const APPLICATION_READ_WRITE_ALL: &str = "Application.ReadWrite.All";

/// To assign a directory role.
pub const ROLE_MANAGEMENT: &str = "RoleManagement.ReadWrite.Directory";

/// To take consent to Microsoft Graph's own permissions back.
pub const APP_ROLE_ASSIGNMENT_ALL: &str = "AppRoleAssignment.ReadWrite.All";

/// To read what the tenant demands of credentials.
pub const POLICY_READ_ALL: &str = "Policy.Read.All";
