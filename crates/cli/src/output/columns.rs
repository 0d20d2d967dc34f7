//! Which properties of a row are shown.

use exoctl_exchange::Field;

/// The property of that name, in any letter case.
pub(super) fn find<'f, 'a>(fields: &'f [Field<'a>], name: &str) -> Option<&'f Field<'a>> {
    fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// The columns of a table by a cmdlet's noun, `None` if there is no special wish.
pub(super) fn of_noun(noun: &str) -> Option<&'static [&'static str]> {
    let lower = noun.to_ascii_lowercase();
    let noun = lower.strip_prefix("exo").unwrap_or(&lower);
    NOUNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(noun)).map(|(_, columns)| *columns)
}

/// The columns of a table of rows of an unknown kind: what names a thing and what state it is in,
/// or all if there are few.
pub(super) fn of_row(fields: &[Field<'_>]) -> Vec<String> {
    if fields.len() <= FEW {
        return fields.iter().map(|field| field.name.to_string()).collect();
    }
    let mut columns: Vec<String> = TELLING
        .iter()
        .filter_map(|name| find(fields, name))
        .take(FEW)
        .map(|field| field.name.to_string())
        .collect();
    if columns.is_empty() {
        columns = fields.iter().take(FEW).map(|field| field.name.to_string()).collect();
    }
    columns
}

/// Rows with no more properties than this are a table of their own accord.
pub(super) const FEW: usize = 5;

/// Properties that name a thing or tell its state, the most telling first.
const TELLING: [&str; 9] = [
    "Name",
    "DisplayName",
    "Identity",
    "User",
    "PrimarySmtpAddress",
    "RecipientTypeDetails",
    "Enabled",
    "State",
    "Status",
];

const NOUNS: [(&str, &[&str]); 36] = [
    ("AcceptedDomain", &["DomainName", "DomainType", "Default"]),
    ("CalendarProcessing", &["Identity", "AutomateProcessing", "ResourceDelegates"]),
    (
        "CASMailbox",
        &[
            "Name",
            "PrimarySmtpAddress",
            "OWAEnabled",
            "ActiveSyncEnabled",
            "PopEnabled",
            "ImapEnabled",
        ],
    ),
    ("Certificate", &["thumbprint", "subject", "notAfter", "daysLeft", "hasPrivateKey"]),
    ("ConnectionInformation", &["Name", "Organization", "AppId", "State", "TokenStatus"]),
    ("Contact", &["Name", "DisplayName", "WindowsEmailAddress", "RecipientTypeDetails"]),
    (
        "DistributionGroup",
        &["DisplayName", "PrimarySmtpAddress", "RecipientTypeDetails", "ManagedBy"],
    ),
    ("DistributionGroupMember", &["Name", "PrimarySmtpAddress", "RecipientType"]),
    ("DynamicDistributionGroup", &["DisplayName", "PrimarySmtpAddress", "RecipientFilter"]),
    ("InboundConnector", &["Name", "SenderDomains", "SenderIPAddresses", "Enabled"]),
    ("InboxRule", &["Name", "Enabled", "Priority", "RuleIdentity"]),
    ("MailContact", &["DisplayName", "PrimarySmtpAddress", "ExternalEmailAddress"]),
    ("MailUser", &["DisplayName", "PrimarySmtpAddress", "RecipientTypeDetails"]),
    ("Mailbox", &["DisplayName", "PrimarySmtpAddress", "RecipientTypeDetails", "WhenCreated"]),
    ("MailboxFolderPermission", &["FolderName", "User", "AccessRights"]),
    ("MailboxFolderStatistics", &["Name", "FolderPath", "ItemsInFolder", "FolderSize"]),
    ("MailboxPermission", &["Identity", "User", "AccessRights", "IsInherited", "Deny"]),
    ("MailboxStatistics", &["DisplayName", "ItemCount", "TotalItemSize", "LastLogonTime"]),
    ("ManagementRole", &["Name", "RoleType"]),
    ("ManagementRoleAssignment", &["Name", "Role", "RoleAssigneeName", "RoleAssigneeType"]),
    ("MessageTrace", &["Received", "SenderAddress", "RecipientAddress", "Subject", "Status"]),
    ("MessageTraceV2", &["Received", "SenderAddress", "RecipientAddress", "Subject", "Status"]),
    ("MobileDevice", &["FriendlyName", "UserDisplayName", "DeviceOS", "DeviceAccessState"]),
    ("OutboundConnector", &["Name", "RecipientDomains", "SmartHosts", "Enabled"]),
    ("Profile", &["name", "organization", "service", "current"]),
    ("QuarantineMessage", &["ReceivedTime", "Type", "SenderAddress", "Subject", "ReleaseStatus"]),
    ("Recipient", &["DisplayName", "PrimarySmtpAddress", "RecipientTypeDetails"]),
    ("RecipientPermission", &["Identity", "Trustee", "AccessControlType", "AccessRights"]),
    ("RoleGroup", &["Name", "AssignedRoles", "RoleAssignments", "ManagedBy"]),
    ("RoleGroupMember", &["Name", "RecipientType"]),
    ("ServicePrincipal", &["DisplayName", "ObjectId", "AppId"]),
    ("TenantAllowBlockListItems", &["Value", "Action", "ExpirationDate", "Notes"]),
    ("TransportRule", &["Name", "State", "Mode", "Priority", "Comments"]),
    ("UnifiedAuditLog", &["CreationDate", "UserIds", "Operations", "RecordType"]),
    ("UnifiedGroup", &["DisplayName", "PrimarySmtpAddress", "AccessType", "WhenCreated"]),
    ("User", &["DisplayName", "UserPrincipalName", "RecipientTypeDetails"]),
];
