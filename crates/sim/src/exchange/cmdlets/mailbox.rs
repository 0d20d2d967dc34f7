//! `Get-`, `Set-`, `New-`, `Remove-`, `Enable-` and `Disable-Mailbox`.

mod address;
mod change;
mod columns;
mod create;
mod state;

use super::recipient_type::{CREATORS, EDITORS, RECIPIENT_TYPE, VIEWERS, is_wanted, mailbox};
use crate::data::{Mailbox, MailboxKind};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, Enumeration, FILTER, IDENTITY, Parameter, RESULT_SIZE, SORT_BY, Type,
};
use crate::exchange::row::{Columns, Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;
use columns::COLUMNS;
pub(super) use state::has_archive;
use state::on_hold;

const MAILBOX_TYPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.Recipient.ConvertibleMailboxSubType",
    members: &["Regular", "Room", "Equipment", "Shared"],
};
const EXTERNAL_OOF: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.Recipient.ExternalOofOptions",
    members: &["InternalOnly", "External"],
};
const AUDIT_OPERATION: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.MailboxAuditOperations",
    members: &[
        "AddFolderPermissions",
        "ApplyRecord",
        "Copy",
        "Create",
        "FolderBind",
        "HardDelete",
        "MailboxLogin",
        "MailItemsAccessed",
        "MessageBind",
        "ModifyFolderPermissions",
        "Move",
        "MoveToDeletedItems",
        "RecordDelete",
        "RemoveFolderPermissions",
        "SearchQueryInitiated",
        "Send",
        "SendAs",
        "SendOnBehalf",
        "SoftDelete",
        "Update",
        "UpdateCalendarDelegation",
        "UpdateComplianceTag",
        "UpdateFolderPermissions",
        "UpdateInboxRules",
        "None",
    ],
};

const LISTED: &[&str] = &["AnrSet", "Default"];
const KIND: Parameter = Parameter::new("RecipientTypeDetails", Type::Enums(&RECIPIENT_TYPE));

const GET: &[Parameter] = &[
    ANY_IDENTITY.sets(&["Identity"]),
    Parameter::new("Anr", Type::String).sets(LISTED),
    Parameter::new("Archive", Type::Switch),
    FILTER.sets(LISTED),
    Parameter::new("GroupMailbox", Type::Switch),
    Parameter::new("InactiveMailboxOnly", Type::Switch),
    Parameter::new("IncludeInactiveMailbox", Type::Switch),
    Parameter::new("OrganizationalUnit", Type::Identity),
    Parameter::new("PropertySets", Type::Strings),
    Parameter::new("Properties", Type::Strings),
    Parameter::new("PublicFolder", Type::Switch),
    KIND,
    RESULT_SIZE,
    SORT_BY,
    Parameter::new("SoftDeletedMailbox", Type::Switch),
];

const SET: &[Parameter] = &[
    IDENTITY,
    Parameter::new("AcceptMessagesOnlyFrom", Type::Multivalued),
    Parameter::new("AccountDisabled", Type::Bool),
    Parameter::new("AddressBookPolicy", Type::Identity),
    Parameter::new("Alias", Type::String),
    Parameter::new("ArchiveName", Type::Multivalued),
    Parameter::new("AuditAdmin", Type::Multivalued),
    Parameter::new("AuditDelegate", Type::Multivalued),
    Parameter::new("AuditEnabled", Type::Bool),
    Parameter::new("AuditLogAgeLimit", Type::TimeSpan),
    Parameter::new("AuditOwner", Type::Enums(&AUDIT_OPERATION)),
    Parameter::new("CalendarRepairDisabled", Type::Bool),
    Parameter::new("CustomAttribute1", Type::String),
    Parameter::new("CustomAttribute2", Type::String),
    Parameter::new("CustomAttribute3", Type::String),
    Parameter::new("CustomAttribute4", Type::String),
    Parameter::new("CustomAttribute5", Type::String),
    Parameter::new("CustomAttribute6", Type::String),
    Parameter::new("CustomAttribute7", Type::String),
    Parameter::new("CustomAttribute8", Type::String),
    Parameter::new("CustomAttribute9", Type::String),
    Parameter::new("CustomAttribute10", Type::String),
    Parameter::new("CustomAttribute11", Type::String),
    Parameter::new("CustomAttribute12", Type::String),
    Parameter::new("CustomAttribute13", Type::String),
    Parameter::new("CustomAttribute14", Type::String),
    Parameter::new("CustomAttribute15", Type::String),
    Parameter::new("DeliverToMailboxAndForward", Type::Bool),
    Parameter::new("DisplayName", Type::String),
    Parameter::new("EmailAddresses", Type::Multivalued),
    Parameter::new("EndDateForRetentionHold", Type::DateTime),
    Parameter::new("ExtensionCustomAttribute1", Type::Multivalued),
    Parameter::new("ExtensionCustomAttribute2", Type::Multivalued),
    Parameter::new("ExtensionCustomAttribute3", Type::Multivalued),
    Parameter::new("ExtensionCustomAttribute4", Type::Multivalued),
    Parameter::new("ExtensionCustomAttribute5", Type::Multivalued),
    Parameter::new("ExternalOofOptions", Type::Enum(&EXTERNAL_OOF)),
    Parameter::new("Force", Type::Switch),
    Parameter::new("ForwardingAddress", Type::Identity),
    Parameter::new("ForwardingSmtpAddress", Type::String),
    Parameter::new("GrantSendOnBehalfTo", Type::Multivalued),
    Parameter::new("HiddenFromAddressListsEnabled", Type::Bool),
    Parameter::new("IssueWarningQuota", Type::UnlimitedSize),
    Parameter::new("Languages", Type::Multivalued),
    Parameter::new("LitigationHoldDate", Type::DateTime),
    Parameter::new("LitigationHoldDuration", Type::TimeSpan),
    Parameter::new("LitigationHoldEnabled", Type::Bool).roles(&["Legal Hold", "Mail Recipients"]),
    Parameter::new("LitigationHoldOwner", Type::String),
    Parameter::new("MailTip", Type::String),
    Parameter::new("MailTipTranslations", Type::Multivalued),
    Parameter::new("MaxReceiveSize", Type::UnlimitedSize),
    Parameter::new("MaxSendSize", Type::UnlimitedSize),
    Parameter::new("MessageCopyForSendOnBehalfEnabled", Type::Bool),
    Parameter::new("MessageCopyForSentAsEnabled", Type::Bool),
    Parameter::new("MicrosoftOnlineServicesID", Type::String),
    Parameter::new("ModeratedBy", Type::Multivalued),
    Parameter::new("ModerationEnabled", Type::Bool),
    Parameter::new("Name", Type::String),
    Parameter::new("Office", Type::String),
    Parameter::new("Password", Type::Secret).roles(&["Reset Password"]),
    Parameter::new("PrimarySmtpAddress", Type::String),
    Parameter::new("ProhibitSendQuota", Type::UnlimitedSize),
    Parameter::new("ProhibitSendReceiveQuota", Type::UnlimitedSize),
    Parameter::new("RecipientLimits", Type::UnlimitedInt),
    Parameter::new("RejectMessagesFrom", Type::Multivalued),
    Parameter::new("RemoveDelayHoldApplied", Type::Switch),
    Parameter::new("RequireSenderAuthenticationEnabled", Type::Bool),
    Parameter::new("ResetPasswordOnNextLogon", Type::Bool),
    Parameter::new("ResourceCapacity", Type::Int),
    Parameter::new("RetainDeletedItemsFor", Type::TimeSpan),
    Parameter::new("RetentionHoldEnabled", Type::Bool),
    Parameter::new("RetentionPolicy", Type::Identity),
    Parameter::new("RoomMailboxPassword", Type::Secret),
    Parameter::new("RulesQuota", Type::UnlimitedSize),
    Parameter::new("SharingPolicy", Type::Identity),
    Parameter::new("SingleItemRecoveryEnabled", Type::Bool),
    Parameter::new("StartDateForRetentionHold", Type::DateTime),
    Parameter::new("Type", Type::Enum(&MAILBOX_TYPE)),
    Parameter::new("WindowsEmailAddress", Type::String),
];

const NEW: &[Parameter] = &[
    Parameter::new("Name", Type::String).mandatory().at(0),
    Parameter::new("Alias", Type::String),
    Parameter::new("DisplayName", Type::String),
    Parameter::new("Equipment", Type::Switch).sets(&["Equipment"]).mandatory(),
    Parameter::new("FirstName", Type::String),
    Parameter::new("LastName", Type::String),
    Parameter::new("MicrosoftOnlineServicesID", Type::String).sets(&["User"]).mandatory(),
    Parameter::new("Password", Type::Secret).sets(&["User"]).mandatory(),
    Parameter::new("PrimarySmtpAddress", Type::String),
    Parameter::new("ResourceCapacity", Type::Int).sets(&["Room"]),
    Parameter::new("Room", Type::Switch).sets(&["Room"]).mandatory(),
    Parameter::new("RoomMailboxPassword", Type::Secret).sets(&["Room"]),
    Parameter::new("Shared", Type::Switch).sets(&["Shared"]).mandatory(),
];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read("Get-Mailbox", VIEWERS, GET, get),
    Cmdlet::write("Set-Mailbox", EDITORS, Impact::Medium, SET, change::set)
        .prompt("Setting mailbox Identity:\"{Identity}\"."),
    Cmdlet::write("New-Mailbox", CREATORS, Impact::Medium, NEW, create::new)
        .prompt("Creating mailbox \"{Name}\"."),
    Cmdlet::write(
        "Remove-Mailbox",
        CREATORS,
        Impact::High,
        &[
            IDENTITY,
            Parameter::new("Force", Type::Switch),
            Parameter::new("PermanentlyDelete", Type::Switch),
        ],
        create::remove,
    )
    .prompt("Are you sure you want to perform this action?\nRemoving mailbox Identity:\"{Identity}\" will remove the Microsoft Entra user object."),
    Cmdlet::write(
        "Enable-Mailbox",
        EDITORS,
        Impact::Medium,
        &[
            IDENTITY,
            Parameter::new("Archive", Type::Switch).sets(&["Archive"]).mandatory(),
            Parameter::new("AutoExpandingArchive", Type::Switch).sets(&["AutoExpandingArchive"]).mandatory(),
            Parameter::new("ArchiveName", Type::Multivalued).sets(&["Archive"]),
            Parameter::new("Force", Type::Switch),
        ],
        change::enable,
    )
    .prompt("Enabling mailbox Identity:\"{Identity}\"."),
    Cmdlet::write(
        "Disable-Mailbox",
        EDITORS,
        Impact::High,
        &[
            IDENTITY,
            Parameter::new("Archive", Type::Switch),
            Parameter::new("PermanentlyDisable", Type::Switch),
            Parameter::new("Force", Type::Switch),
        ],
        change::disable,
    )
    .prompt("Are you sure you want to perform this action?\nDisabling mailbox Identity:\"{Identity}\" will remove the Exchange properties from the user."),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    if call.switch("SoftDeletedMailbox") || call.switch("InactiveMailboxOnly") {
        return Ok(soft_deleted(call, world));
    }
    if let Some(identity) = call.string("Identity") {
        let item = mailbox(world, identity)?;
        // The wrong kind is as good as none.
        if !wants(call, &item) {
            return Err(CmdletError::not_found(identity));
        }
        return Ok(Output::row(row(item)));
    }
    if call.switch("GroupMailbox") || call.switch("PublicFolder") {
        return Ok(Output::nothing());
    }
    Ok(Output::seek(move |from| {
        let mailboxes = world.mailboxes.from(from).filter(move |(_, item)| wants(call, item));
        mailboxes.map(|(position, item)| (position, row(item)))
    }))
}

/// Whether a mailbox passes the parameters that choose.
fn wants(call: &Call, item: &Mailbox) -> bool {
    let names = item.names();
    let found = [names.display.as_str(), &names.alias, &names.surname];
    is_wanted(call, item.kind().name(), &found)
        && (!call.switch("Archive") || row_has_archive(item))
}

fn row_has_archive(item: &Mailbox) -> bool {
    use crate::exchange::row::Item;
    match item.setting("ArchiveStatus") {
        Some(status) => status.text() == "Active",
        None => has_archive(item),
    }
}

/// The row of a mailbox.
pub(super) fn row(item: Mailbox) -> Columns<Mailbox> {
    Columns { item, columns: COLUMNS }
}

fn soft_deleted<'a>(call: &'a Call, world: &'a World) -> Output<'a> {
    let wanted = call.string("Identity");
    let rows = world.mailboxes.removed().filter(move |(item, _)| {
        wanted.is_none_or(|name| {
            item.names().alias.eq_ignore_ascii_case(name) || item.has_address(name)
        })
    });
    Output::rows(rows.map(|(item, time)| {
        Record::new()
            .with("DisplayName", item.names().display.clone())
            .with("Alias", item.names().alias.clone())
            .with("PrimarySmtpAddress", item.primary_address().into_owned())
            .with("RecipientTypeDetails", item.kind().name())
            .with("IsSoftDeletedByRemove", true)
            .with("WhenSoftDeleted", Value::Local(time))
            .with("ExchangeGuid", item.id(crate::data::IdentifierKind::Mailbox))
            .with("Identity", format!("Soft Deleted Objects\\{}", item.name()))
            .with("Guid", item.id(crate::data::IdentifierKind::Object))
    }))
}

/// The kind that a switch or `-Type` asks for.
fn kind_named(name: &str) -> MailboxKind {
    match name {
        "Shared" => MailboxKind::Shared,
        "Room" => MailboxKind::Room,
        "Equipment" => MailboxKind::Equipment,
        _ => MailboxKind::User,
    }
}
