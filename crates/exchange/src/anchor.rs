//! The anchor mailbox: the header that keeps all requests of an invocation on one server.
//!
//! A continuation is only understood by the server that gave it, so the anchor stands on the
//! first request already and never changes within an invocation.

use exoctl_model::{Organization, TenantId};
use uuid::Uuid;

use crate::cmdlet::CmdletName;
use crate::parameters::{ParameterValue, Parameters};

/// The system mailbox that every organization has; arbitration mailboxes have fixed names.
const SYSTEM_MAILBOX: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

/// The one that holds the admin audit log's configuration.
const AUDIT_MAILBOX: &str = "SystemMailbox{8cc370d3-822a-4ab8-a926-bb94bd0641a9}";

/// The value of `X-AnchorMailbox`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) value: String,
    /// Whether it comes from a parameter, which another header tells.
    pub(crate) from_parameter: bool,
}

impl Anchor {
    /// The anchor of a call. Security & Compliance wants the organization's domain, Exchange
    /// takes the tenant's id where it is known.
    pub(crate) fn of(
        cmdlet: &CmdletName,
        parameters: &Parameters,
        organization: &Organization,
        tenant: Option<TenantId>,
        compliance: bool,
    ) -> Self {
        if let Some(value) = routed(cmdlet, parameters, tenant) {
            return Self { value, from_parameter: true };
        }
        let value = match (cmdlet.is("Set-AdminAuditLogConfig"), compliance, tenant) {
            (true, _, _) => format!("UPN:{AUDIT_MAILBOX}@{organization}"),
            (false, true, _) => format!("UPN:{SYSTEM_MAILBOX}@{organization}"),
            (false, false, Some(tenant)) => format!("APP:{SYSTEM_MAILBOX}@{tenant}"),
            (false, false, None) => format!("APP:{SYSTEM_MAILBOX}@{organization}"),
        };
        Self { value, from_parameter: false }
    }
}

/// The anchor of a cmdlet that is routed by a parameter, if that names a mailbox in a form that
/// can be routed by: an address, or a GUID. Of `mailbox:\folder` the mailbox counts.
fn routed(
    cmdlet: &CmdletName,
    parameters: &Parameters,
    tenant: Option<TenantId>,
) -> Option<String> {
    let ParameterValue::String(text) = parameters.find(cmdlet.routing_parameter()?)? else {
        return None;
    };
    let mailbox = text.split(':').next().unwrap_or_default().trim();
    if is_address(mailbox) {
        return Some(format!("SMTP:{mailbox}"));
    }
    let guid = Uuid::try_parse(mailbox).ok()?;
    Some(format!("MBX:{guid}@{}", tenant?))
}

fn is_address(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '@')
    };
    text.is_ascii()
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| word(local) && word(domain) && domain.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "9f7a1b2c-0000-4000-8000-0123456789ab";

    fn anchor(cmdlet: &str, parameters: &Parameters, compliance: bool) -> Anchor {
        Anchor::of(
            &cmdlet.parse().unwrap(),
            parameters,
            &"contoso.onmicrosoft.com".parse().unwrap(),
            Some(TENANT.parse().unwrap()),
            compliance,
        )
    }

    #[test]
    fn exchange_is_anchored_by_tenant_and_compliance_by_domain() {
        let none = Parameters::new();
        assert_eq!(
            anchor("Get-Mailbox", &none, false).value,
            format!("APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{TENANT}")
        );
        assert_eq!(
            anchor("Get-Label", &none, true).value,
            "UPN:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
        );
        assert!(
            anchor("set-adminauditlogconfig", &none, false)
                .value
                .contains("SystemMailbox{8cc370d3-822a-4ab8-a926-bb94bd0641a9}@")
        );
    }

    #[test]
    fn mailbox_cmdlets_are_routed_by_address_or_guid() {
        let of = |identity: &str| {
            let parameters = Parameters::new().with("Identity", identity);
            anchor("Get-MailboxFolderPermission", &parameters, false)
        };
        assert_eq!(of("adele@contoso.com:\\Calendar").value, "SMTP:adele@contoso.com");
        let guid = "11111111-2222-3333-4444-555555555555";
        assert_eq!(of(guid).value, format!("MBX:{guid}@{TENANT}"));
        assert!(of(guid).from_parameter);
        assert!(!of("adele").from_parameter);
        assert!(of("adele").value.starts_with("APP:"));
    }
}
