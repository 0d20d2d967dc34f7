//! Property sets, after the documentation's list.

use super::Query;

const MAILBOX: &[(&str, &[&str])] = &[
    (
        "Minimum",
        &[
            "Alias",
            "DisplayName",
            "DistinguishedName",
            "EmailAddresses",
            "ExchangeVersion",
            "ExternalDirectoryObjectId",
            "Guid",
            "Id",
            "Name",
            "OrganizationId",
            "PrimarySmtpAddress",
            "RecipientType",
            "RecipientTypeDetails",
            "UserPrincipalName",
        ],
    ),
    (
        "Archive",
        &[
            "ArchiveDatabase",
            "ArchiveDomain",
            "ArchiveGuid",
            "ArchiveName",
            "ArchiveQuota",
            "ArchiveRelease",
            "ArchiveState",
            "ArchiveStatus",
            "ArchiveWarningQuota",
            "AutoExpandingArchiveEnabled",
            "DisabledArchiveDatabase",
            "DisabledArchiveGuid",
        ],
    ),
    (
        "Audit",
        &[
            "AuditAdmin",
            "AuditDelegate",
            "AuditEnabled",
            "AuditLogAgeLimit",
            "AuditOwner",
            "DefaultAuditSet",
        ],
    ),
    (
        "Custom",
        &[
            "CustomAttribute1",
            "CustomAttribute2",
            "CustomAttribute3",
            "CustomAttribute4",
            "CustomAttribute5",
            "CustomAttribute6",
            "CustomAttribute7",
            "CustomAttribute8",
            "CustomAttribute9",
            "CustomAttribute10",
            "CustomAttribute11",
            "CustomAttribute12",
            "CustomAttribute13",
            "CustomAttribute14",
            "CustomAttribute15",
        ],
    ),
    (
        "Delivery",
        &[
            "DeliverToMailboxAndForward",
            "ForwardingAddress",
            "ForwardingSmtpAddress",
            "GrantSendOnBehalfTo",
            "MaxReceiveSize",
            "MaxSendSize",
            "RecipientLimits",
            "RulesQuota",
        ],
    ),
    (
        "Hold",
        &[
            "ComplianceTagHoldApplied",
            "DelayHoldApplied",
            "InPlaceHolds",
            "LitigationHoldDate",
            "LitigationHoldDuration",
            "LitigationHoldEnabled",
            "LitigationHoldOwner",
            "RetentionHoldEnabled",
        ],
    ),
    (
        "Quota",
        &[
            "CalendarLoggingQuota",
            "IssueWarningQuota",
            "ProhibitSendQuota",
            "ProhibitSendReceiveQuota",
            "RecoverableItemsQuota",
            "RecoverableItemsWarningQuota",
            "UseDatabaseQuotaDefaults",
        ],
    ),
    ("Resource", &["IsResource", "ResourceCapacity", "ResourceCustom", "ResourceType"]),
    (
        "Retention",
        &[
            "LitigationHoldEnabled",
            "RetainDeletedItemsFor",
            "RetentionPolicy",
            "SingleItemRecoveryEnabled",
        ],
    ),
    ("Policy", &["AddressBookPolicy", "RetentionPolicy", "RoleAssignmentPolicy", "SharingPolicy"]),
    (
        "SoftDelete",
        &[
            "IncludeInGarbageCollection",
            "IsInactiveMailbox",
            "IsSoftDeletedByRemove",
            "WhenSoftDeleted",
        ],
    ),
    ("StatisticsSeed", &["ArchiveDatabaseGuid", "DatabaseGuid", "ExchangeGuid"]),
];

/// The properties that a request gets without `$select`; all of them for `None`.
pub(super) fn of(cmdlet: &str, query: &Query) -> Option<Vec<String>> {
    if cmdlet != "Get-Mailbox" {
        return None;
    }
    let wanted = query.list("PropertySet").unwrap_or_else(|| vec!["Minimum".to_owned()]);
    if wanted.iter().any(|set| set.eq_ignore_ascii_case("All")) {
        return None;
    }
    let has = |name: &str| wanted.iter().any(|set| set.eq_ignore_ascii_case(name));
    let sets = MAILBOX.iter().filter(|(name, _)| *name == "Minimum" || has(name));
    Some(sets.flat_map(|(_, names)| *names).map(|name| (*name).to_owned()).collect())
}
