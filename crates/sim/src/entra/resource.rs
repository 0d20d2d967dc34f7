//! The services that tokens are asked for.

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
    /// The application permissions that an administrator's consent grants.
    pub permissions: &'static [&'static str],
}

/// Id of the permission `Exchange.ManageAsApp`.
pub(crate) const MANAGE_AS_APP: Uuid = uuid!("dc50a0fb-09a3-484d-be87-e023b12c6440");

const EXCHANGE: Uuid = uuid!("00000002-0000-0ff1-ce00-000000000000");
const COMPLIANCE: Uuid = uuid!("00000007-0000-0ff1-ce00-000000000000");

/// The resources of a worldwide tenant; those of other clouds are not found in it (AADSTS500011).
/// That the compliance resource grants the same permission is assumed.
pub(crate) const RESOURCES: [Resource; 5] = [
    Resource {
        app_id: EXCHANGE,
        display_name: "Office 365 Exchange Online",
        identifiers: &[
            "https://outlook.office365.com",
            "https://outlook.office.com",
            "https://outlook.com",
        ],
        permissions: &["Exchange.ManageAsApp"],
    },
    Resource {
        app_id: COMPLIANCE,
        display_name: "Microsoft Exchange Online Protection",
        identifiers: &[
            "https://ps.compliance.protection.outlook.com",
            "https://ps.protection.outlook.com",
        ],
        permissions: &["Exchange.ManageAsApp"],
    },
    Resource {
        app_id: uuid!("00000003-0000-0000-c000-000000000000"),
        display_name: "Microsoft Graph",
        identifiers: &["https://graph.microsoft.com"],
        permissions: &[],
    },
    Resource {
        app_id: uuid!("797f4846-ba00-4fd7-ba43-dac1f8f63013"),
        display_name: "Windows Azure Service Management API",
        identifiers: &["https://management.azure.com", "https://management.core.windows.net"],
        permissions: &[],
    },
    Resource {
        app_id: uuid!("cfa8b339-82a2-471a-a3c9-0fc0be7a4093"),
        display_name: "Azure Key Vault",
        identifiers: &["https://vault.azure.net"],
        permissions: &[],
    },
];

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
        Service::Graph => resource.display_name == "Microsoft Graph",
        Service::Entra => false,
    }
}
