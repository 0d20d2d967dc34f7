//! Things that a reviewer should find, planted at known places with known identifiers.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::kind::{Kind, kind_named};

/// A planted incident and the records that tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Short name: `mailbox-takeover`, `consent-grant`, `mass-download`, `role-addition`,
    /// `audit-evasion`.
    pub name: &'static str,
    /// Sign-in name of who did it.
    pub user: String,
    /// Numbers of its records, in order of time.
    pub records: Vec<u64>,
    /// Identifiers of its records, in the same order.
    pub ids: Vec<Uuid>,
}

/// What a planted record says instead of what the draws would.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) kind: &'static Kind,
    /// The user, as a share of the roster in thousandths.
    pub(crate) user: u64,
    pub(crate) address: &'static str,
    pub(crate) object: Option<&'static str>,
    /// Parameters of a cmdlet or modified properties of a directory object.
    pub(crate) details: &'static [(&'static str, &'static str)],
}

impl Step {
    /// What a program does that has run wild: one user, one operation.
    pub(crate) fn of_a_crowd() -> Self {
        let kind = kind_named("FileDownloaded");
        Self { kind, user: 500, address: "198.51.100.9", object: None, details: &[] }
    }
}

/// Below this many records nothing is planted.
pub(crate) const SMALLEST_LOG: u64 = 2_000;

/// Files that the mass download takes.
const DOWNLOADS: u64 = 120;

type Script = (&'static str, u64, u64, &'static [Line]);
type Line = (&'static str, Option<&'static str>, &'static [(&'static str, &'static str)]);

/// Name, place in the log (thousandths), user (thousandths of the roster), lines.
const SCRIPTS: [Script; 5] = [
    (
        "mailbox-takeover",
        940,
        310,
        &[
            ("UserLoginFailed", None, &[]),
            ("UserLoggedIn", None, &[]),
            ("MailItemsAccessed", None, &[]),
            (
                "New-InboxRule",
                None,
                &[
                    ("Name", ".."),
                    ("SubjectOrBodyContainsWords", "invoice;payment;bank"),
                    ("MoveToFolder", "RSS Feeds"),
                    ("MarkAsRead", "True"),
                    ("StopProcessingRules", "True"),
                ],
            ),
            (
                "Set-Mailbox",
                None,
                &[
                    ("DeliverToMailboxAndForward", "True"),
                    ("ForwardingSmtpAddress", "smtp:collector@mailbox.example"),
                ],
            ),
            ("Send", None, &[]),
        ],
    ),
    (
        "consent-grant",
        870,
        120,
        &[
            ("UserLoggedIn", None, &[]),
            (
                "Add service principal.",
                Some("7f0c0c2e-52a5-4c0e-9f0f-2d9d5a9d3a10"),
                &[
                    ("DisplayName", "[\r\n  \"Mail Backup Helper\"\r\n]"),
                    ("AppPrincipalId", "[\r\n  \"7f0c0c2e-52a5-4c0e-9f0f-2d9d5a9d3a10\"\r\n]"),
                ],
            ),
            (
                "Consent to application.",
                Some("7f0c0c2e-52a5-4c0e-9f0f-2d9d5a9d3a10"),
                &[
                    ("ConsentContext.IsAdminConsent", "False"),
                    ("ConsentContext.OnBehalfOfAll", "False"),
                    (
                        "ConsentAction.Permissions",
                        "[] => [[Scope: Mail.ReadWrite offline_access, ConsentType: Principal]]; ",
                    ),
                ],
            ),
            (
                "Update application \u{2013} Certificates and secrets management ",
                Some("7f0c0c2e-52a5-4c0e-9f0f-2d9d5a9d3a10"),
                &[("KeyDescription", "[\r\n  \"KeyType=Password,KeyUsage=Verify\"\r\n]")],
            ),
        ],
    ),
    ("mass-download", 780, 550, &[("UserLoggedIn", None, &[])]),
    (
        "role-addition",
        690,
        2,
        &[
            ("UserLoggedIn", None, &[]),
            (
                "Add member to role.",
                None,
                &[
                    ("Role.DisplayName", "Company Administrator"),
                    ("Role.TemplateId", "62e90394-69f5-4237-9190-012177145e10"),
                    ("Role.WellKnownObjectName", "TenantAdmins"),
                ],
            ),
        ],
    ),
    (
        "audit-evasion",
        600,
        1,
        &[
            ("Set-MailboxAuditBypassAssociation", None, &[("AuditBypassEnabled", "True")]),
            (
                "Add-MailboxPermission",
                None,
                &[
                    ("AccessRights", "FullAccess"),
                    ("InheritanceType", "All"),
                    ("AutoMapping", "False"),
                ],
            ),
            ("Set-AdminAuditLogConfig", None, &[("UnifiedAuditLogIngestionEnabled", "False")]),
        ],
    ),
];

/// What is planted in a log.
#[derive(Debug, Default)]
pub(crate) struct Planted {
    /// The records that say something else than the draws would.
    pub(crate) steps: BTreeMap<u64, Step>,
    /// Name, user (thousandths of the roster) and records of every incident.
    pub(crate) incidents: Vec<(&'static str, u64, Vec<u64>)>,
}

/// Plants the incidents in a log of `len` records.
pub(crate) fn plant(len: u64) -> Planted {
    let mut planted = Planted::default();
    if len < SMALLEST_LOG {
        return planted;
    }
    for (name, place, user, lines) in SCRIPTS {
        let first = len / 1000 * place;
        let mut records = Vec::new();
        let downloads = if name == "mass-download" { DOWNLOADS } else { 0 };
        let lines = lines
            .iter()
            .copied()
            .chain((0..downloads).map(|_| -> Line { ("FileDownloaded", None, &[]) }));
        for (index, (operation, object, details)) in (first..).zip(lines) {
            let address = "198.51.100.77";
            let kind = kind_named(operation);
            planted.steps.insert(index, Step { kind, user, address, object, details });
            records.push(index);
        }
        planted.incidents.push((name, user, records));
    }
    planted
}
