//! `Get-` and `Set-CASMailbox`: protocols of a mailbox.

use super::property::{mailbox_name as name, no, no_texts, none, yes};
use super::recipient_type::{EDITORS, RECIPIENT_TYPE, VIEWERS, list};
use super::setting;
use crate::data::{IdentifierKind, Mailbox};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, FILTER, IDENTITY, Parameter, RESULT_SIZE, SORT_BY, Type,
};
use crate::exchange::row::{Column, Output, column};
use crate::exchange::value::Value;
use crate::exchange::world::World;

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-CASMailbox",
        VIEWERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Anr", Type::String),
            FILTER,
            Parameter::new("OrganizationalUnit", Type::Identity),
            Parameter::new("ProtocolSettings", Type::Switch),
            Parameter::new("RecipientTypeDetails", Type::Enums(&RECIPIENT_TYPE)),
            RESULT_SIZE,
            SORT_BY,
        ],
        get,
    ),
    Cmdlet::write(
        "Set-CASMailbox",
        EDITORS,
        Impact::Medium,
        &[
            IDENTITY,
            Parameter::new("ActiveSyncAllowedDeviceIDs", Type::Multivalued),
            Parameter::new("ActiveSyncBlockedDeviceIDs", Type::Multivalued),
            Parameter::new("ActiveSyncEnabled", Type::Bool),
            Parameter::new("ActiveSyncMailboxPolicy", Type::Identity),
            Parameter::new("EwsEnabled", Type::Bool),
            Parameter::new("ImapEnabled", Type::Bool),
            Parameter::new("ImapForceICalForCalendarRetrievalOption", Type::Bool),
            Parameter::new("MacOutlookEnabled", Type::Bool),
            Parameter::new("MAPIEnabled", Type::Bool),
            Parameter::new("OneWinNativeOutlookEnabled", Type::Bool),
            Parameter::new("OutlookMobileEnabled", Type::Bool),
            Parameter::new("OWAEnabled", Type::Bool),
            Parameter::new("OWAforDevicesEnabled", Type::Bool),
            Parameter::new("OwaMailboxPolicy", Type::Identity),
            Parameter::new("PopEnabled", Type::Bool),
            Parameter::new("PopForceICalForCalendarRetrievalOption", Type::Bool),
            Parameter::new("SmtpClientAuthenticationDisabled", Type::Bool),
            Parameter::new("UniversalOutlookEnabled", Type::Bool),
        ],
        set,
    )
    .prompt("Setting client access settings of mailbox Identity:\"{Identity}\"."),
];

/// A few percent still use the old protocols, which audits look for.
fn legacy(m: &Mailbox) -> Value<'_> {
    Value::Bool(m.draw(70, 25) == 0)
}

static COLUMNS: &[Column<Mailbox>] = &[
    column("EmailAddresses", |m| Value::from(m.addresses().into_owned())),
    column("LegacyExchangeDN", |m| m.legacy_name().into()),
    column("LinkedMasterAccount", |_| "".into()),
    column("PrimarySmtpAddress", |m| m.primary_address().into()),
    column("ProtocolSettings", no_texts),
    column("SamAccountName", |m| format!("$CAS-{:012X}", m.number()).into()),
    column("ServerLegacyDN", |_| "".into()),
    column("ServerName", |m| format!("am0pr01mb{:04}", m.draw(12, 9000) + 1000).into()),
    column("DisplayName", |m| m.names().display.as_str().into()),
    column("ActiveSyncAllowedDeviceIDs", no_texts),
    column("ActiveSyncBlockedDeviceIDs", no_texts),
    column("ActiveSyncMailboxPolicy", |_| "Default".into()),
    column("ActiveSyncMailboxPolicyIsDefaulted", yes),
    column("ActiveSyncDebugLogging", none),
    column("ActiveSyncEnabled", yes),
    column("HasActiveSyncDevicePartnership", |m| (m.draw(71, 3) == 0).into()),
    column("ExternalImapSettings", none),
    column("InternalImapSettings", none),
    column("ExternalPopSettings", none),
    column("InternalPopSettings", none),
    column("ExternalSmtpSettings", none),
    column("InternalSmtpSettings", none),
    column("OwaMailboxPolicy", |_| "OwaMailboxPolicy-Default".into()),
    column("OWAEnabled", yes),
    column("ECPEnabled", yes),
    column("OWAforDevicesEnabled", yes),
    column("PopEnabled", legacy),
    column("PopUseProtocolDefaults", yes),
    column("PopMessagesRetrievalMimeFormat", |_| "BestBodyFormat".into()),
    column("PopForceICalForCalendarRetrievalOption", no),
    column("ImapEnabled", legacy),
    column("ImapUseProtocolDefaults", yes),
    column("ImapMessagesRetrievalMimeFormat", |_| "BestBodyFormat".into()),
    column("ImapForceICalForCalendarRetrievalOption", no),
    column("MAPIEnabled", yes),
    column("MAPIBlockOutlookVersions", |_| "".into()),
    column("MAPIBlockOutlookRpcHttp", no),
    column("MapiHttpEnabled", none),
    column("UniversalOutlookEnabled", yes),
    column("OutlookMobileEnabled", yes),
    column("MacOutlookEnabled", yes),
    column("OneWinNativeOutlookEnabled", yes),
    column("EwsEnabled", yes),
    column("EwsAllowOutlook", none),
    column("EwsAllowMacOutlook", none),
    column("EwsAllowEntourage", none),
    column("EwsApplicationAccessPolicy", none),
    column("EwsAllowList", none),
    column("EwsBlockList", none),
    column("ShowGalAsDefaultView", yes),
    column("SmtpClientAuthenticationDisabled", none),
    column("Identity", name),
    column("IsValid", yes),
    column("ExchangeVersion", |_| "0.20 (15.0.0.0)".into()),
    column("Name", name),
    column("DistinguishedName", |m| m.distinguished_name().into()),
    column("Guid", |m| m.id(IdentifierKind::Object).into()),
    column("ExternalDirectoryObjectId", |m| m.id(IdentifierKind::Directory).to_string().into()),
    column("WhenChanged", |m| Value::Local(m.changed())),
    column("WhenCreated", |m| Value::Local(m.created())),
    column("OrganizationId", |m| m.organization().organization_id().into()),
    column("Id", name),
    column("ObjectState", |_| "Unchanged".into()),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    list(call, world, COLUMNS)
}

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    setting::set(call, world, COLUMNS)
}
