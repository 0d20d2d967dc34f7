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

/// The delegated permission `User.Read`, which the portal gives to every application and which an
/// application without users does not need.
pub const USER_READ: Uuid = uuid!("e1fe6dd8-ba31-4d61-89e7-88639da4683d");

/// Delegated permissions of Graph that setup needs, by name.
pub const APPLICATION_READ_WRITE_ALL: &str = "Application.ReadWrite.All";

/// To assign a directory role.
pub const ROLE_MANAGEMENT: &str = "RoleManagement.ReadWrite.Directory";

/// To read what the tenant demands of credentials.
pub const POLICY_READ_ALL: &str = "Policy.Read.All";
