//! What makes a record stand out among those of its topic.

use super::Topic;
use crate::report::event::Event;

/// From 1 for what is usual to 3 for what attackers do, and why.
pub(super) fn stands_out(
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
