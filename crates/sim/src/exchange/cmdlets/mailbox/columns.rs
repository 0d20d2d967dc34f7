//! The properties of a `Get-Mailbox` row, in the order of the recorded one as far as it is known.

use std::borrow::Cow;

use jiff::SignedDuration;
use uuid::Uuid;

use crate::data::{FOREST, IdentifierKind as Id, Mailbox, MailboxKind};
use crate::exchange::row::{Column, column};
use crate::exchange::value::Value;

const GB: u64 = 1 << 30;

/// The administrator's actions that are audited by default.
const AUDIT_ADMIN: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "SendAs",
    "SendOnBehalf",
    "Create",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "UpdateCalendarDelegation",
    "ApplyRecord",
    "MailItemsAccessed",
];
const AUDIT_DELEGATE: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "SendAs",
    "SendOnBehalf",
    "Create",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "ApplyRecord",
    "MailItemsAccessed",
];
const AUDIT_OWNER: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "UpdateCalendarDelegation",
    "ApplyRecord",
    "MailItemsAccessed",
    "Send",
];

fn none(_: &Mailbox) -> Value<'_> {
    Value::Null
}
fn empty(_: &Mailbox) -> Value<'_> {
    Value::Str(Cow::Borrowed(""))
}
fn no_texts(_: &Mailbox) -> Value<'_> {
    Value::Strings(Vec::new())
}
fn yes(_: &Mailbox) -> Value<'_> {
    Value::Bool(true)
}
fn no(_: &Mailbox) -> Value<'_> {
    Value::Bool(false)
}
fn unlimited(_: &Mailbox) -> Value<'_> {
    Value::Unlimited
}
fn days<const N: i64>(_: &Mailbox) -> Value<'_> {
    Value::TimeSpan(SignedDuration::from_hours(24 * N))
}
fn no_guid(_: &Mailbox) -> Value<'_> {
    Value::Guid(Uuid::nil())
}
fn name(m: &Mailbox) -> Value<'_> {
    m.name().into()
}

/// Whether the mailbox has an archive: a fifth of the users.
pub(in crate::exchange::cmdlets) fn has_archive(m: &Mailbox) -> bool {
    m.kind() == MailboxKind::User && m.draw(20, 5) == 0
}

/// Whether it is on litigation hold: one in thirty users.
pub(in crate::exchange::cmdlets) fn on_hold(m: &Mailbox) -> bool {
    m.kind() == MailboxKind::User && m.number() > 0 && m.draw(21, 30) == 0
}

fn archive_guid(m: &Mailbox) -> Value<'_> {
    Value::Guid(if has_archive(m) { m.id(Id::Archive) } else { Uuid::nil() })
}
fn database(m: &Mailbox) -> Value<'_> {
    format!("EURPR01DG{:03}-db{:03}", m.draw(10, 40) + 1, m.draw(11, 120) + 1).into()
}
fn send_quota(m: &Mailbox) -> Value<'_> {
    Value::Size(if m.kind() == MailboxKind::User { 99 * GB } else { 49 * GB + GB / 2 })
}
fn full_quota(m: &Mailbox) -> Value<'_> {
    Value::Size(if m.kind() == MailboxKind::User { 100 * GB } else { 50 * GB })
}
fn warning_quota(m: &Mailbox) -> Value<'_> {
    Value::Size(if m.kind() == MailboxKind::User { 98 * GB } else { 49 * GB })
}
fn server(m: &Mailbox) -> Value<'_> {
    format!("am0pr01mb{:04}", m.draw(12, 9000) + 1000).into()
}
fn forwarding(m: &Mailbox) -> Value<'_> {
    // One in two hundred forwards to the outside, which audits look for.
    if m.number() > 7 && m.draw(22, 200) == 0 {
        format!("smtp:{}@fabrikam.example", m.names().alias).into()
    } else {
        Value::Null
    }
}
fn strings<'a>(items: &'static [&'static str]) -> Value<'a> {
    Value::Strings(items.iter().map(|item| Cow::Borrowed(*item)).collect())
}
fn languages(m: &Mailbox) -> Value<'_> {
    Value::Strings(vec![Cow::Borrowed(m.place().language)])
}
fn protocols(_: &Mailbox) -> Value<'_> {
    strings(&["HTTP§1§1§§§§§§", "OWA§1", "IMAP4§0§§§§§§§", "POP3§0§§§§§§§"])
}

/// The properties.
pub(in crate::exchange::cmdlets) static COLUMNS: &[Column<Mailbox>] = &[
    column("Database", database),
    column("DatabaseGuid", |m| {
        Value::Guid(Uuid::from_u64_pair(m.draw(10, 40), m.draw(11, 120) | 1 << 63))
    }),
    column("MailboxProvisioningConstraint", none),
    column("MailboxRegion", |_| "EUR".into()),
    column("MailboxRegionLastUpdateTime", none),
    column("MailboxRegionSuffix", |_| "None".into()),
    column("MessageCopyForSentAsEnabled", no),
    column("MessageCopyForSendOnBehalfEnabled", no),
    column("MailboxProvisioningPreferences", no_texts),
    column("UseDatabaseRetentionDefaults", no),
    column("RetainDeletedItemsUntilBackup", no),
    column("DeliverToMailboxAndForward", |m| Value::Bool(forwarding(m) != Value::Null)),
    column("IsExcludedFromServingHierarchy", no),
    column("IsHierarchyReady", yes),
    column("IsHierarchySyncEnabled", yes),
    column("IsPublicFolderSystemMailbox", no),
    column("HasSnackyAppData", no),
    column("LitigationHoldEnabled", |m| on_hold(m).into()),
    column("SingleItemRecoveryEnabled", yes),
    column("RetentionHoldEnabled", no),
    column("EndDateForRetentionHold", none),
    column("StartDateForRetentionHold", none),
    column("RetentionComment", empty),
    column("RetentionUrl", empty),
    column("LitigationHoldDate", |m| on_hold(m).then(|| Value::Local(m.created())).into()),
    column(
        "LitigationHoldOwner",
        |m| if on_hold(m) { "MeganB@contoso.com".into() } else { "".into() },
    ),
    column("ElcProcessingDisabled", no),
    column("ComplianceTagHoldApplied", no),
    column("WasInactiveMailbox", no),
    column("DelayHoldApplied", no),
    column("DelayReleaseHoldApplied", no),
    column("PitrEnabled", no),
    column("PitrCopyIntervalInSeconds", |_| Value::Int16(0)),
    column("PitrPaused", no),
    column("PitrPausedTimestamp", none),
    column("PitrOffboardedTimestamp", none),
    column("PitrState", |_| "None".into()),
    column("InactiveMailboxRetireTime", none),
    column("OrphanSoftDeleteTrackingTime", none),
    column("LitigationHoldDuration", unlimited),
    column("ManagedFolderMailboxPolicy", none),
    column("RetentionPolicy", |_| "Default MRM Policy".into()),
    column("AddressBookPolicy", none),
    column("CalendarRepairDisabled", no),
    column("ExchangeGuid", |m| m.id(Id::Mailbox).into()),
    column("MailboxContainerGuid", none),
    column("UnifiedMailbox", none),
    column("MailboxLocations", |m| {
        Value::from(vec![format!(
            "1;{};Primary;eurprd01.prod.outlook.com;{}",
            m.id(Id::Mailbox),
            database(m).text()
        )])
    }),
    column("AggregatedMailboxGuids", no_texts),
    column("ExchangeSecurityDescriptor", |_| {
        "System.Security.AccessControl.RawSecurityDescriptor".into()
    }),
    column("ExchangeUserAccountControl", |m| match m.kind() {
        MailboxKind::User => "None".into(),
        _ => "AccountDisabled".into(),
    }),
    column("AdminDisplayVersion", |_| "Version 15.20 (Build 9115.0)".into()),
    column("MessageTrackingReadStatusEnabled", yes),
    column("ExternalOofOptions", |_| "External".into()),
    column("ForwardingAddress", none),
    column("ForwardingSmtpAddress", forwarding),
    column("RetainDeletedItemsFor", days::<14>),
    column("IsMailboxEnabled", yes),
    column("Languages", languages),
    column("OfflineAddressBook", none),
    column("ProhibitSendQuota", send_quota),
    column("ProhibitSendReceiveQuota", full_quota),
    column("RecoverableItemsQuota", |m| Value::Size(if on_hold(m) { 100 * GB } else { 30 * GB })),
    column("RecoverableItemsWarningQuota", |m| {
        Value::Size(if on_hold(m) { 90 * GB } else { 20 * GB })
    }),
    column("CalendarLoggingQuota", |_| Value::Size(6 * GB)),
    column("DowngradeHighPriorityMessagesEnabled", no),
    column("ProtocolSettings", protocols),
    column("RecipientLimits", |_| "500".into()),
    column("ImListMigrationCompleted", no),
    column("SiloName", none),
    column("IsResource", |m| m.kind().resource().is_some().into()),
    column("IsLinked", no),
    column("IsShared", |m| (m.kind() == MailboxKind::Shared).into()),
    column("IsRootPublicFolderMailbox", no),
    column("LinkedMasterAccount", empty),
    column("ResetPasswordOnNextLogon", no),
    column("ResourceCapacity", |m| match m.kind() {
        MailboxKind::Room => Value::Int32(4 + 2 * m.draw(23, 12) as i32),
        _ => Value::Null,
    }),
    column("ResourceCustom", no_texts),
    column("ResourceType", |m| m.kind().resource().into()),
    column("RoomMailboxAccountEnabled", |m| match m.kind() {
        MailboxKind::Room => Value::Bool(false),
        _ => Value::Null,
    }),
    column("SamAccountName", |m| {
        format!("$1{:05X}-{:012X}", m.draw(24, 1 << 20), m.number() << 8 | 0xa1).into()
    }),
    column("SCLDeleteThreshold", none),
    column("SCLDeleteEnabled", none),
    column("SCLRejectThreshold", none),
    column("SCLRejectEnabled", none),
    column("SCLQuarantineThreshold", none),
    column("SCLQuarantineEnabled", none),
    column("SCLJunkThreshold", none),
    column("SCLJunkEnabled", none),
    column("AntispamBypassEnabled", no),
    column("ServerLegacyDN", |m| {
        format!("/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Configuration/cn=Servers/cn={}", server(m).text().to_uppercase()).into()
    }),
    column("ServerName", server),
    column("UseDatabaseQuotaDefaults", no),
    column("IssueWarningQuota", warning_quota),
    column("RulesQuota", |_| Value::Size(256 << 10)),
    column("Office", |m| m.place().city.into()),
    column("UserPrincipalName", |m| m.user_principal_name().into()),
    column("MicrosoftOnlineServicesID", |m| m.user_principal_name().into()),
    column("WindowsLiveID", |m| m.user_principal_name().into()),
    column("MaxSafeSenders", none),
    column("MaxBlockedSenders", none),
    column("NetID", |m| format!("1003{:012X}", m.draw(25, 1 << 48)).into()),
    column("ReconciliationId", none),
    column("IsAccountDisabled", |m| (m.kind() != MailboxKind::User).into()),
    column("RulesQuotaUsed", none),
    column("SharingPolicy", |_| "Default Sharing Policy".into()),
    column("RemoteAccountPolicy", none),
    column("MailboxPlan", |m| match m.kind() {
        MailboxKind::User => "ExchangeOnlineEnterprise-0527a260-bea3-46a3-9f4f-215fdd24f4d9".into(),
        _ => Value::Null,
    }),
    column("ArchiveDatabase", |m| if has_archive(m) { database(m) } else { Value::Null }),
    column("ArchiveDatabaseGuid", no_guid),
    column("ArchiveGuid", archive_guid),
    column("ArchiveName", |m| {
        let archive = format!("In-Place Archive -{}", m.names().display);
        Value::from(if has_archive(m) { vec![archive] } else { Vec::new() })
    }),
    column("JournalArchiveAddress", empty),
    column("ArchiveQuota", |_| Value::Size(100 * GB)),
    column("ArchiveWarningQuota", |_| Value::Size(90 * GB)),
    column("ArchiveDomain", none),
    column("ArchiveStatus", |m| if has_archive(m) { "Active".into() } else { "None".into() }),
    column("ArchiveState", |m| if has_archive(m) { "Local".into() } else { "None".into() }),
    column("AutoExpandingArchiveEnabled", no),
    column("DisabledMailboxLocations", no),
    column("RemoteRecipientType", |_| "None".into()),
    column("DisabledArchiveDatabase", none),
    column("DisabledArchiveGuid", no_guid),
    column("QueryBaseDN", none),
    column("QueryBaseDNRestrictionEnabled", no),
    column("MailboxMoveTargetMDB", none),
    column("MailboxMoveSourceMDB", none),
    column("MailboxMoveFlags", |_| "None".into()),
    column("MailboxMoveRemoteHostName", empty),
    column("MailboxMoveBatchName", empty),
    column("MailboxMoveStatus", |_| "None".into()),
    column("MailboxRelease", empty),
    column("ArchiveRelease", empty),
    column("IsPersonToPersonTextMessagingEnabled", no),
    column("IsMachineToPersonTextMessagingEnabled", no),
    column("UserSMimeCertificate", no_texts),
    column("UserCertificate", no_texts),
    column("CalendarVersionStoreDisabled", no),
    column("ImmutableId", empty),
    column("PersistedCapabilities", |m| match m.kind() {
        MailboxKind::User => strings(&["BPOS_S_Enterprise"]),
        _ => Value::Strings(Vec::new()),
    }),
    column("SKUAssigned", |m| match m.kind() {
        MailboxKind::User => Value::Bool(true),
        _ => Value::Null,
    }),
    column("AuditEnabled", yes),
    column("AuditLogAgeLimit", days::<90>),
    column("AuditAdmin", |_| strings(AUDIT_ADMIN)),
    column("AuditDelegate", |_| strings(AUDIT_DELEGATE)),
    column("AuditOwner", |_| strings(AUDIT_OWNER)),
    column("DefaultAuditSet", |_| strings(&["Admin", "Delegate", "Owner"])),
    column("WhenMailboxCreated", |m| Value::Local(m.created())),
    column("SourceAnchor", empty),
    column("UsageLocation", |m| match m.kind() {
        MailboxKind::User => m.place().country.into(),
        _ => Value::Null,
    }),
    column("IsSoftDeletedByRemove", no),
    column("IsSoftDeletedByDisable", no),
    column("IsInactiveMailbox", no),
    column("IncludeInGarbageCollection", no),
    column("WhenSoftDeleted", none),
    column("InPlaceHolds", no_texts),
    column("GeneratedOfflineAddressBooks", no_texts),
    column("AccountDisabled", |m| (m.kind() != MailboxKind::User).into()),
    column("StsRefreshTokensValidFrom", none),
    column("DataEncryptionPolicy", none),
    column("NonCompliantDevices", no_texts),
    column("EnforcedTimestamps", empty),
    column("HasPicture", no),
    column("HasSpokenName", no),
    column("IsDirSynced", no),
    column("AcceptMessagesOnlyFrom", no_texts),
    column("AcceptMessagesOnlyFromDLMembers", no_texts),
    column("AcceptMessagesOnlyFromSendersOrMembers", no_texts),
    column("AddressListMembership", |m| {
        let list =
            if m.kind().resource().is_some() { "All Rooms(VLV)" } else { "All Mailboxes(VLV)" };
        strings(if list == "All Rooms(VLV)" {
            &["\\All Rooms(VLV)", "\\All Recipients(VLV)", "\\Default Global Address List"]
        } else {
            &["\\All Mailboxes(VLV)", "\\All Recipients(VLV)", "\\Default Global Address List"]
        })
    }),
    column("AdministrativeUnits", no_texts),
    column("Alias", |m| m.names().alias.as_str().into()),
    column("ArbitrationMailbox", none),
    column("BypassModerationFromSendersOrMembers", no_texts),
    column("OrganizationalUnit", |m| m.organization().unit().into()),
    column("CustomAttribute1", |m| format!("{:06}", 100_000 + m.number() % 900_000).into()),
    column("CustomAttribute2", |m| m.department().into()),
    column("CustomAttribute3", empty),
    column("CustomAttribute4", empty),
    column("CustomAttribute5", empty),
    column("CustomAttribute6", empty),
    column("CustomAttribute7", empty),
    column("CustomAttribute8", empty),
    column("CustomAttribute9", empty),
    column("CustomAttribute10", empty),
    column("CustomAttribute11", empty),
    column("CustomAttribute12", empty),
    column("CustomAttribute13", empty),
    column("CustomAttribute14", empty),
    column("CustomAttribute15", empty),
    column("ExtensionCustomAttribute1", no_texts),
    column("ExtensionCustomAttribute2", no_texts),
    column("ExtensionCustomAttribute3", no_texts),
    column("ExtensionCustomAttribute4", no_texts),
    column("ExtensionCustomAttribute5", no_texts),
    column("DisplayName", |m| m.names().display.as_str().into()),
    column("EmailAddresses", |m| Value::from(m.addresses().into_owned())),
    column("GrantSendOnBehalfTo", no_texts),
    column("ExternalDirectoryObjectId", |m| m.id(Id::Directory).to_string().into()),
    column("HiddenFromAddressListsEnabled", no),
    column("LastExchangeChangedTime", none),
    column("LegacyExchangeDN", |m| m.legacy_name().into()),
    column("MaxSendSize", |_| Value::Size(35 << 20)),
    column("MaxReceiveSize", |_| Value::Size(36 << 20)),
    column("ModeratedBy", no_texts),
    column("ModerationEnabled", no),
    column("PoliciesIncluded", no_texts),
    column("PoliciesExcluded", |_| strings(&["{26491cfc-9e50-4857-861b-0cb8df22b5d7}"])),
    column("EmailAddressPolicyEnabled", no),
    column("PrimarySmtpAddress", |m| m.primary_address().into()),
    column("RecipientType", |_| "UserMailbox".into()),
    column("RecipientTypeDetails", |m| m.kind().name().into()),
    column("RejectMessagesFrom", no_texts),
    column("RejectMessagesFromDLMembers", no_texts),
    column("RejectMessagesFromSendersOrMembers", no_texts),
    column("RequireSenderAuthenticationEnabled", no),
    column("WindowsEmailAddress", |m| m.primary_address().into()),
    column("MailTip", none),
    column("MailTipTranslations", no_texts),
    column("Identity", name),
    column("IsValid", yes),
    column("ExchangeVersion", |_| "0.20 (15.0.0.0)".into()),
    column("Name", name),
    column("DistinguishedName", |m| m.distinguished_name().into()),
    column("ObjectCategory", |_| {
        format!("{}/Configuration/Schema/Person", FOREST.to_lowercase()).into()
    }),
    column("ObjectClass", |_| strings(&["top", "person", "organizationalPerson", "user"])),
    column("WhenChanged", |m| Value::Local(m.changed())),
    column("WhenCreated", |m| Value::Local(m.created())),
    column("WhenChangedUTC", |m| Value::Utc(m.changed())),
    column("WhenCreatedUTC", |m| Value::Utc(m.created())),
    column("ExchangeObjectId", |m| m.id(Id::Object).into()),
    column("OrganizationalUnitRoot", |m| m.organization().initial_domain.as_str().into()),
    column("OrganizationId", |m| m.organization().organization_id().into()),
    column("Id", name),
    column("Guid", |m| m.id(Id::Object).into()),
    column("OriginatingServer", |_| crate::exchange::cmdlet_error::DOMAIN_CONTROLLER.into()),
    column("ObjectState", |_| "Changed".into()),
];
