//! Which records a reviewer looks at, and which of them first.
//!
//! The topics are those of the reviews that auditors ask for (CIS, SOC 2). What makes a record stand
//! out inside of one is what attackers are known to do: it decides about the order and hides nothing.

use serde::Serialize;

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

fn stands_out(
    topic: Topic,
    operation: &str,
    event: &Event<'_>,
    details: &[(String, String)],
) -> (u8, &'static str) {
    let said = |name: &str, values: &[&str]| {
        details.iter().any(|(found, value)| {
            let value = value.to_lowercase();
            found.to_lowercase().contains(name) && values.iter().any(|part| value.contains(part))
        })
    };
    match topic {
        Topic::Auditing if said("auditbypassenabled", &["true"]) => (3, "taken out of auditing"),
        Topic::Auditing
            if said("ingestionenabled", &["false"])
                || said("auditenabled", &["false"])
                || said("auditdisabled", &["true"]) =>
        {
            (3, "switches auditing off")
        }
        Topic::Auditing if operation.starts_with("remove-") => (3, "shortens what is kept"),
        Topic::Roles if PRIVILEGED.iter().any(|role| said("", &[role])) => (3, "a privileged role"),
        Topic::Consent if said("permissions", BROAD) => (3, "may read or write mail or files"),
        Topic::Consent if said("isadminconsent", &["true"]) => (3, "for the whole organization"),
        Topic::Consent if operation.contains("credentials") || operation.contains("secrets") => {
            (2, "a new way to sign in as the application")
        }
        Topic::Forwarding => forwarding(operation, said),
        Topic::MailboxPermissions if said("user", &["default", "anonymous", "everyone"]) => {
            (3, "for everybody")
        }
        Topic::MailboxPermissions if said("automapping", &["false"]) => {
            (2, "does not show in Outlook")
        }
        Topic::NonOwner if event.logon_type == Some(1) => (2, "as an administrator"),
        Topic::MailFlow
            if said("", &["deletemessage"])
                || said("redirect", &["@"])
                || said("blindcopyto", &["@"])
                || said("copyto", &["@"]) =>
        {
            (3, "copies, redirects or deletes mail")
        }
        Topic::AnonymousLinks if operation == "anonymouslinkused" => (2, "somebody used it"),
        Topic::EDiscovery if operation.contains("export") => (2, "takes contents out"),
        _ => (1, ""),
    }
}

fn forwarding(operation: &str, said: impl Fn(&str, &[&str]) -> bool) -> (u8, &'static str) {
    let elsewhere = ["forwardto", "forwardasattachmentto", "redirectto", "forwardingsmtpaddress"];
    if elsewhere.iter().any(|name| said(name, &["@"])) {
        return (3, "mail goes elsewhere");
    }
    if said("deletemessage", &["true"]) || said("markasread", &["true"]) {
        return (3, "hides mail");
    }
    if said("movetofolder", HIDEOUTS) || said("subjectorbody", BAIT) {
        return (3, "hides mail");
    }
    match operation {
        "set-mailbox" => (2, "changes forwarding"),
        "updateinboxrules" => (2, "made in Outlook"),
        _ => (1, ""),
    }
}

/// Folders that nobody looks into.
const HIDEOUTS: &[&str] = &["rss", "conversation history", "junk", "deleted items", "archive"];
/// What frauds filter for.
const BAIT: &[&str] = &["invoice", "payment", "bank", "wire", "password", "phish", "hack"];
/// Permissions with which much can be read.
const BROAD: &[&str] = &[
    "mail.",
    "files.",
    "sites.",
    "full_access",
    "ews.",
    "directory.readwrite",
    "rolemanagement.",
    "application.readwrite",
];
/// Roles with which others can be had: by name, and by the id of their template.
const PRIVILEGED: &[&str] = &[
    "company administrator",
    "global administrator",
    "62e90394-69f5-4237-9190-012177145e10",
    "privileged role administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "privileged authentication administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "exchange administrator",
    "exchange service administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "application administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "organization management",
    "applicationimpersonation",
];

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
