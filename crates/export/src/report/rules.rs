//! Which records a reviewer looks at, and which of them first.
//!
//! The topics are those of the reviews that auditors ask for (CIS, SOC 2). What makes a record stand
//! out inside of one is what attackers are known to do: it decides about the order and hides nothing.

mod weight;

use serde::Serialize;

use self::weight::stands_out;
use super::event::Event;

/// What a part of the review is about, in the order of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Topic {
    /// Auditing was changed, or somebody taken out of it.
    Auditing,
    /// Roles were given and taken.
    Roles,
    /// Applications were given access.
    Consent,
    /// Mail goes elsewhere or is sorted away.
    Forwarding,
    /// Mailboxes were opened to others.
    MailboxPermissions,
    /// Somebody else was in a mailbox.
    NonOwner,
    /// Mail was sent in somebody else's name.
    SendAs,
    /// Rules of the whole mail flow were changed.
    MailFlow,
    /// Much was downloaded within a day.
    MassDownload,
    /// Much was deleted within a day.
    MassDeletion,
    /// Links for anybody, and invitations to outsiders.
    AnonymousLinks,
    /// Contents were searched and exported.
    EDiscovery,
}

/// A record that is to be looked at.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) topic: Topic,
    pub(super) weight: u8,
    pub(super) why: &'static str,
    pub(super) details: Vec<(String, String)>,
}

impl Topic {
    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Auditing => "Changes of auditing",
            Self::Roles => "Role changes",
            Self::Consent => "Consent and credentials of applications",
            Self::Forwarding => "Forwarding and inbox rules",
            Self::MailboxPermissions => "Mailbox permissions",
            Self::NonOwner => "Access to mailboxes by others",
            Self::SendAs => "Sent as somebody else",
            Self::MailFlow => "Transport rules and connectors",
            Self::MassDownload => "Mass download",
            Self::MassDeletion => "Mass deletion",
            Self::AnonymousLinks => "Anonymous links and invitations",
            Self::EDiscovery => "eDiscovery searches and exports",
        }
    }

    /// The topic of an operation that matters when there is much of it.
    pub(super) fn of_mass(operation: &str) -> Option<Self> {
        match operation {
            "FileDownloaded" | "FileSyncDownloadedFull" => Some(Self::MassDownload),
            "FileDeleted"
            | "FileRecycled"
            | "FileDeletedFirstStageRecycleBin"
            | "FileDeletedSecondStageRecycleBin"
            | "FolderDeleted"
            | "HardDelete"
            | "SoftDelete"
            | "MoveToDeletedItems" => Some(Self::MassDeletion),
            _ => None,
        }
    }
}

/// Whether a record is to be looked at, and how soon.
pub(super) fn judge(event: &Event<'_>) -> Option<Hit> {
    let operation = normal(&event.operation);
    let topic = of_operation(&operation).or_else(|| by_another(event))?;
    let details = event.details();
    let about_forwarding = has(&details, FORWARDING);
    let topic = match topic {
        // Exchange sets mailboxes all day long.
        Topic::Forwarding if operation == "set-mailbox" && !about_forwarding => match () {
            () if has(&details, AUDITING) => Topic::Auditing,
            () if has(&details, &["grantsendonbehalfto"]) => Topic::MailboxPermissions,
            () => return None,
        },
        topic => topic,
    };
    let (weight, why) = stands_out(topic, &operation, event, &details);
    Some(Hit { topic, weight, why, details })
}

/// Without what differs between records of one operation: dots and spaces at the end, dashes.
fn normal(operation: &str) -> String {
    operation.trim().trim_end_matches('.').replace('\u{2013}', "-").to_lowercase()
}

const FORWARDING: &[&str] =
    &["forwardingsmtpaddress", "forwardingaddress", "delivertomailboxandforward"];
const AUDITING: &[&str] =
    &["auditenabled", "auditowner", "auditdelegate", "auditadmin", "auditdisabled"];

fn of_operation(operation: &str) -> Option<Topic> {
    let topic = match operation {
        "set-adminauditlogconfig"
        | "set-mailboxauditbypassassociation"
        | "new-unifiedauditlogretentionpolicy"
        | "set-unifiedauditlogretentionpolicy"
        | "remove-unifiedauditlogretentionpolicy" => Topic::Auditing,
        "add member to role"
        | "remove member from role"
        | "add eligible member to role"
        | "remove eligible member from role"
        | "add scoped member to role"
        | "remove scoped member from role"
        | "add role definition"
        | "update role definition"
        | "add-rolegroupmember"
        | "remove-rolegroupmember"
        | "update-rolegroupmember"
        | "new-rolegroup"
        | "set-rolegroup"
        | "remove-rolegroup"
        | "new-managementrole"
        | "new-managementroleassignment"
        | "set-managementroleassignment"
        | "remove-managementroleassignment" => Topic::Roles,
        "consent to application"
        | "add service principal"
        | "add service principal credentials"
        | "add app role assignment to service principal"
        | "add oauth2permissiongrant"
        | "add delegated permission grant"
        | "add application"
        | "update application - certificates and secrets management"
        | "add owner to application"
        | "add owner to service principal" => Topic::Consent,
        "new-inboxrule" | "set-inboxrule" | "enable-inboxrule" | "updateinboxrules"
        | "set-mailbox" | "new-sweeprule" => Topic::Forwarding,
        "add-mailboxpermission"
        | "add-recipientpermission"
        | "add-mailboxfolderpermission"
        | "set-mailboxfolderpermission"
        | "addfolderpermissions"
        | "modifyfolderpermissions"
        | "updatecalendardelegation" => Topic::MailboxPermissions,
        "sendas" | "sendonbehalf" => Topic::SendAs,
        "anonymouslinkcreated"
        | "anonymouslinkupdated"
        | "anonymouslinkused"
        | "sharinginvitationcreated"
        | "securelinkcreated" => Topic::AnonymousLinks,
        "new-mailboxsearch"
        | "new-mailboxexportrequest"
        | "searchexportdownloaded"
        | "viewedsearchexported"
        | "searchexported"
        | "searchcreated"
        | "caseadded" => Topic::EDiscovery,
        _ if operation.starts_with("new-compliancesearch")
            || operation.starts_with("start-compliancesearch") =>
        {
            Topic::EDiscovery
        }
        _ if ["-transportrule", "-inboundconnector", "-outboundconnector", "-remotedomain"]
            .iter()
            .any(|noun| operation.ends_with(noun) && !operation.starts_with("get-")) =>
        {
            Topic::MailFlow
        }
        _ if operation.starts_with("add member to role")
            || operation.starts_with("add eligible member to role") =>
        {
            Topic::Roles
        }
        _ => return None,
    };
    Some(topic)
}

/// In a mailbox with another's rights: an administrator's (1) or a delegate's (2).
fn by_another(event: &Event<'_>) -> Option<Topic> {
    let of_mailbox = matches!(event.record_type, Some(2 | 3 | 50));
    (of_mailbox && matches!(event.logon_type, Some(1 | 2))).then_some(Topic::NonOwner)
}

fn has(details: &[(String, String)], names: &[&str]) -> bool {
    details.iter().any(|(name, _)| names.contains(&name.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(json: &str) -> Option<(Topic, u8)> {
        judge(&Event::read(json).unwrap()).map(|hit| (hit.topic, hit.weight))
    }

    #[test]
    fn what_attackers_do_comes_before_what_is_usual() {
        let rule = |parameters: &str| {
            hit(&format!(
                r#"{{"Operation":"New-InboxRule","RecordType":1,"Parameters":{parameters}}}"#
            ))
        };
        assert_eq!(
            rule(r#"[{"Name":"MoveToFolder","Value":"Newsletters"}]"#),
            Some((Topic::Forwarding, 1))
        );
        assert_eq!(
            rule(r#"[{"Name":"MoveToFolder","Value":"RSS Feeds"}]"#),
            Some((Topic::Forwarding, 3))
        );
        assert_eq!(
            hit(
                "{\"Operation\":\"Update application \u{2013} Certificates and secrets management \"}"
            ),
            Some((Topic::Consent, 2))
        );
        assert_eq!(hit(r#"{"Operation":"Add member to role."}"#), Some((Topic::Roles, 1)));
    }

    #[test]
    fn a_mailbox_that_is_set_is_looked_at_only_for_what_matters() {
        let set = |name: &str, value: &str| {
            hit(&format!(
                r#"{{"Operation":"Set-Mailbox","RecordType":1,"UserType":3,"Parameters":[{{"Name":"{name}","Value":"{value}"}}]}}"#
            ))
        };
        assert_eq!(set("IsDirSynced", "False"), None);
        assert_eq!(set("ForwardingSmtpAddress", "smtp:a@b.example"), Some((Topic::Forwarding, 3)));
        assert_eq!(set("AuditEnabled", "False"), Some((Topic::Auditing, 3)));
        assert_eq!(set("GrantSendOnBehalfTo", "adele"), Some((Topic::MailboxPermissions, 1)));
    }

    #[test]
    fn others_in_a_mailbox_are_told_from_its_owner() {
        let access = |logon: &str| {
            hit(&format!(
                r#"{{"Operation":"MailItemsAccessed","RecordType":50,"LogonType":{logon}}}"#
            ))
        };
        assert_eq!(access("0"), None);
        assert_eq!(access("1"), Some((Topic::NonOwner, 2)));
        assert_eq!(access("\"2\""), Some((Topic::NonOwner, 1)));
    }
}
