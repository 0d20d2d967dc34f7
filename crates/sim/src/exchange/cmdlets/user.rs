//! `Get-` and `Set-User`: the person behind a mailbox.

use super::property::{empty, mailbox_name as name, no_texts, none};
use super::recipient_type::{OPTIONS, RECIPIENT_TYPE, VIEWERS, list, mailbox};
use super::setting;
use crate::data::{IdentifierKind, Mailbox, MailboxKind};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, FILTER, IDENTITY, Parameter, RESULT_SIZE, SORT_BY, Type,
};
use crate::exchange::row::{Column, Columns, Output, column};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const fn text(name: &'static str) -> Parameter {
    Parameter::new(name, Type::String)
}

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-User",
        VIEWERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Anr", Type::String),
            FILTER,
            Parameter::new("OrganizationalUnit", Type::Identity),
            Parameter::new("RecipientTypeDetails", Type::Enums(&RECIPIENT_TYPE)),
            RESULT_SIZE,
            SORT_BY,
        ],
        get,
    ),
    Cmdlet::write(
        "Set-User",
        OPTIONS,
        Impact::High,
        &[
            IDENTITY,
            Parameter::new("AuthenticationPolicy", Type::Identity),
            text("City"),
            text("Company"),
            Parameter::new("CountryOrRegion", Type::String),
            text("Department"),
            text("DisplayName"),
            text("Fax"),
            text("FirstName"),
            text("HomePhone"),
            text("Initials"),
            text("LastName"),
            Parameter::new("Manager", Type::Identity),
            text("MobilePhone"),
            text("Name"),
            text("Notes"),
            text("Office"),
            Parameter::new("OtherTelephone", Type::Multivalued),
            text("Phone"),
            text("PostalCode"),
            text("StateOrProvince"),
            text("StreetAddress"),
            text("Title"),
            text("WebPage"),
        ],
        set,
    )
    .prompt("Are you sure you want to perform this action?\nSetting user \"{Identity}\"."),
];

fn is_person(m: &Mailbox) -> bool {
    m.kind() == MailboxKind::User
}
fn of_person<'a>(m: &Mailbox, value: impl Into<Value<'a>>) -> Value<'a> {
    if is_person(m) { value.into() } else { "".into() }
}

static COLUMNS: &[Column<Mailbox>] = &[
    column("IsSecurityPrincipal", |_| true.into()),
    column("UserPrincipalName", |m| m.user_principal_name().into()),
    column("ResetPasswordOnNextLogon", |_| false.into()),
    column("CertificateSubject", no_texts),
    column("RemotePowerShellEnabled", |m| is_person(m).into()),
    column("EXOModuleEnabled", |m| is_person(m).into()),
    column("WindowsLiveID", |m| m.user_principal_name().into()),
    column("MicrosoftOnlineServicesID", |m| m.user_principal_name().into()),
    column("StsRefreshTokensValidFrom", none),
    column("AccountDisabled", |m| (!is_person(m)).into()),
    column("AuthenticationPolicy", none),
    column("City", |m| of_person(m, m.place().city)),
    column("Company", |m| of_person(m, "Contoso")),
    column("CountryOrRegion", |m| of_person(m, m.place().country)),
    column("Department", |m| of_person(m, m.department())),
    column("DirectReports", no_texts),
    column("DisplayName", |m| m.names().display.as_str().into()),
    column("Fax", empty),
    column("FirstName", |m| m.names().given.as_str().into()),
    column("GeoCoordinates", none),
    column("HomePhone", empty),
    column("Initials", empty),
    column("LastName", |m| m.names().surname.as_str().into()),
    column("Manager", none),
    column("MobilePhone", empty),
    column("Notes", empty),
    column("Office", |m| m.place().city.into()),
    column("OtherTelephone", no_texts),
    column("Phone", |m| of_person(m, format!("{} 555 {:04}", m.place().dial, m.draw(80, 10_000)))),
    column("PostalCode", empty),
    column("RecipientType", |_| "UserMailbox".into()),
    column("RecipientTypeDetails", |m| m.kind().name().into()),
    column("SimpleDisplayName", empty),
    column("StateOrProvince", empty),
    column("StreetAddress", empty),
    column("Title", |m| of_person(m, m.title())),
    column("UsageLocation", |m| is_person(m).then(|| m.place().country).into()),
    column("WebPage", empty),
    column("WindowsEmailAddress", |m| m.primary_address().into()),
    column("SKUAssigned", |m| if is_person(m) { true.into() } else { Value::Null }),
    column("IsDirSynced", |_| false.into()),
    column("ExternalDirectoryObjectId", |m| m.id(IdentifierKind::Directory).to_string().into()),
    column("Identity", name),
    column("IsValid", |_| true.into()),
    column("ExchangeVersion", |_| "0.10 (14.0.100.0)".into()),
    column("Name", name),
    column("DistinguishedName", |m| m.distinguished_name().into()),
    column("Guid", |m| m.id(IdentifierKind::Object).into()),
    column("WhenChanged", |m| Value::Local(m.changed())),
    column("WhenCreated", |m| Value::Local(m.created())),
    column("WhenChangedUTC", |m| Value::Utc(m.changed())),
    column("WhenCreatedUTC", |m| Value::Utc(m.created())),
    column("OrganizationId", |m| m.organization().organization_id().into()),
    column("Id", name),
    column("ObjectState", |_| "Unchanged".into()),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    list(call, world, COLUMNS)
}

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    let before = item.to_stored(call.now);
    let mut stored = before.clone();
    for (parameter, name) in [
        ("DisplayName", &mut stored.names.display),
        ("FirstName", &mut stored.names.given),
        ("LastName", &mut stored.names.surname),
        ("Name", &mut stored.name),
    ] {
        if let Some(text) = call.string(parameter) {
            text.clone_into(name);
        }
    }
    if let Some(manager) = call.string("Manager") {
        let manager =
            mailbox(&world, manager).map_err(|_| CmdletError::no_such_recipient(manager))?;
        stored.settings.insert("Manager", Value::from(manager.name().to_owned()));
    }
    let except = ["DisplayName", "FirstName", "Identity", "LastName", "Manager", "Name"];
    let mut changed = stored.names != before.names
        || stored.name != before.name
        || stored.settings != before.settings;
    let row = Columns { item, columns: COLUMNS };
    changed |= setting::apply(call, &row, &except, &mut stored.settings);
    setting::keep(call, world, &row.item, changed.then_some(stored))
}
