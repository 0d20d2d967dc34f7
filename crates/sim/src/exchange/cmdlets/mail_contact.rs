//! `MailContact` and `MailUser`: people elsewhere, without and with a sign-in here; `Contact` shows
//! the personal side of the former.

mod kind;

use super::configuration::{apply, check_free, keep, kind, noun, show};
use crate::exchange::administration::object::Object;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, FILTER, IDENTITY, Parameter, RESULT_SIZE, SORT_BY, Type,
};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;
pub(super) use kind::{CONTACT, USER};

const READERS: &[&str] = &["View-Only Recipients", "Mail Recipients", "Mail Recipient Creation"];
const MAKERS: &[&str] = &["Mail Recipient Creation"];
const WRITERS: &[&str] = &["Mail Recipients", "Mail Recipient Creation"];
const LIST: &[Parameter] =
    &[ANY_IDENTITY, Parameter::new("Anr", Type::String), FILTER, RESULT_SIZE, SORT_BY];
const NAME: Parameter = Parameter::new("Name", Type::String).mandatory().at(0);
const EXTERNAL: Parameter = Parameter::new("ExternalEmailAddress", Type::String);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read("Get-MailContact", READERS, LIST, list),
    Cmdlet::read("Get-Contact", READERS, LIST, contacts),
    Cmdlet::write(
        "New-MailContact",
        MAKERS,
        Impact::Medium,
        &[
            NAME,
            EXTERNAL.mandatory(),
            Parameter::new("Alias", Type::String),
            Parameter::new("DisplayName", Type::String),
            Parameter::new("FirstName", Type::String),
            Parameter::new("LastName", Type::String),
        ],
        new,
    ),
    Cmdlet::write("Set-MailContact", WRITERS, Impact::Medium, SET, set),
    Cmdlet::write("Remove-MailContact", MAKERS, Impact::High, &[IDENTITY], remove)
        .prompt("Removing mail contact \"{Identity}\"."),
    Cmdlet::read("Get-MailUser", READERS, LIST, list),
    Cmdlet::write(
        "New-MailUser",
        MAKERS,
        Impact::Medium,
        &[
            NAME,
            EXTERNAL,
            Parameter::new("Alias", Type::String),
            Parameter::new("DisplayName", Type::String),
            Parameter::new("FirstName", Type::String),
            Parameter::new("LastName", Type::String),
            Parameter::new("MicrosoftOnlineServicesID", Type::String).mandatory(),
            Parameter::new("Password", Type::Secret),
            Parameter::new("PrimarySmtpAddress", Type::String),
        ],
        new,
    ),
    Cmdlet::write("Set-MailUser", WRITERS, Impact::Medium, SET, set),
    Cmdlet::write("Remove-MailUser", MAKERS, Impact::High, &[IDENTITY], remove)
        .prompt("Removing mail user \"{Identity}\"."),
];

const SET: &[Parameter] = &[
    IDENTITY,
    EXTERNAL,
    Parameter::new("Alias", Type::String),
    Parameter::new("CustomAttribute1", Type::String),
    Parameter::new("DisplayName", Type::String),
    Parameter::new("EmailAddresses", Type::Multivalued),
    Parameter::new("GrantSendOnBehalfTo", Type::Multivalued),
    Parameter::new("HiddenFromAddressListsEnabled", Type::Bool),
    Parameter::new("MailTip", Type::String),
    Parameter::new("ModerationEnabled", Type::Bool),
    Parameter::new("Name", Type::String),
    Parameter::new("RequireSenderAuthenticationEnabled", Type::Bool),
];

fn list<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let found = found(call, world, noun(call))?;
    let home = &world.organization;
    Ok(Output::rows(found.into_iter().map(move |object| object.record(home))))
}

/// The personal side of a contact.
fn contacts<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let found = found(call, world, CONTACT.noun)?;
    Ok(Output::rows(found.into_iter().map(|object| {
        let property = |name: &str| object.get(name).cloned().unwrap_or(Value::Null);
        Record::new()
            .with("FirstName", property("FirstName"))
            .with("LastName", property("LastName"))
            .with("Company", property("Company"))
            .with("DisplayName", property("DisplayName"))
            .with("Phone", property("Phone"))
            .with("Title", property("Title"))
            .with("RecipientType", "MailContact")
            .with("RecipientTypeDetails", "MailContact")
            .with("WindowsEmailAddress", property("WindowsEmailAddress"))
            .with("Name", &object.name)
            .with("Identity", &object.name)
            .with("Id", &object.name)
            .with("Guid", object.guid)
            .with("WhenCreatedUTC", Value::Utc(object.created))
            .with("WhenChangedUTC", Value::Utc(object.changed))
            .with("IsValid", true)
            .with("ObjectState", "Unchanged")
    })))
}

fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let kind = kind(noun(call));
    let name = call.required("Name");
    check_free(&world, kind.noun, name)?;
    let id = if kind.noun == USER.noun { call.string("MicrosoftOnlineServicesID") } else { None };
    let external = call.string("ExternalEmailAddress").map(|address| bare(address).to_owned());
    let given = if id.is_some() { call.string("PrimarySmtpAddress") } else { None };
    let primary = given
        .map(str::to_owned)
        .or_else(|| external.clone())
        .or_else(|| id.map(str::to_owned))
        .unwrap_or_default();
    check_address(&world, &primary, name)?;
    let configuration = &mut world.change(call)?.administration.configuration;
    let object = configuration.add(kind, name, call.now);
    apply(call, object);
    if let Some(external) = &external {
        object.set("ExternalEmailAddress", Value::from(format!("SMTP:{external}")));
    }
    object.set("PrimarySmtpAddress", Value::from(primary.clone()));
    object.set("WindowsEmailAddress", Value::from(primary.clone()));
    object.set("EmailAddresses", Value::from(vec![format!("SMTP:{primary}")]));
    if let Some(id) = id {
        object.set("UserPrincipalName", Value::from(id.to_owned()));
    }
    if call.string("Alias").is_none() {
        object.set("Alias", Value::from(name.replace(' ', "")));
    }
    if call.string("DisplayName").is_none() {
        object.set("DisplayName", Value::from(name.to_owned()));
    }
    show(configuration, kind.noun, name)
}

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let noun = noun(call);
    let object = find(&world, noun, call.required("Identity"))?;
    let name = object.name.clone();
    let mut changed = object.clone();
    let mut differs = apply(call, &mut changed);
    if let Some(external) = call.string("ExternalEmailAddress") {
        let external = format!("SMTP:{}", bare(external));
        differs = object.text("ExternalEmailAddress") != external;
        changed.set("ExternalEmailAddress", Value::from(external));
    }
    if call.has("EmailAddresses") {
        let addresses = changed.texts("EmailAddresses");
        for address in &addresses {
            if !object.texts("EmailAddresses").contains(address) {
                check_address(&world, bare(address), &name)?;
            }
        }
        let primary = addresses.iter().find_map(|address| address.strip_prefix("SMTP:"));
        changed.set("PrimarySmtpAddress", Value::from(primary.unwrap_or_default().to_owned()));
    }
    keep(call, world, noun, &name, differs.then_some(changed))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let noun = noun(call);
    let name = find(&world, noun, call.required("Identity"))?.name.clone();
    world.change(call)?.administration.configuration.remove(noun, &name);
    Ok(Output::nothing())
}

fn found<'a>(call: &Call, world: &'a World, noun: &str) -> Result<Vec<&'a Object>, CmdletError> {
    if let Some(start) = call.string("Anr") {
        let start = start.to_lowercase();
        let begins = |text: &str| text.to_lowercase().starts_with(&start);
        return Ok(world
            .administration
            .configuration
            .all(noun)
            .iter()
            .filter(|object| begins(&object.name) || begins(&object.text("Alias")))
            .collect());
    }
    match call.string("Identity") {
        Some(identity) if !identity.contains('*') => Ok(vec![find(world, noun, identity)?]),
        identity => world.administration.configuration.matching(noun, identity),
    }
}

/// By name, GUID, alias, display name or one of the addresses.
fn find<'a>(world: &'a World, noun: &str, identity: &str) -> Result<&'a Object, CmdletError> {
    let configuration = &world.administration.configuration;
    configuration.find(noun, identity).or_else(|error| {
        let same = |text: &str| text.eq_ignore_ascii_case(identity);
        configuration
            .all(noun)
            .iter()
            .find(|object| {
                same(&object.text("Alias"))
                    || same(&object.text("DisplayName"))
                    || object.get("UserPrincipalName").is_some_and(|name| same(&name.text()))
                    || object.texts("EmailAddresses").iter().any(|address| same(bare(address)))
            })
            .ok_or(error)
    })
}

/// An address belongs to one recipient.
fn check_address(world: &World, address: &str, own: &str) -> Result<(), CmdletError> {
    if !address.contains('@') {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Data.DataValidationException",
            format!(
                "The email address \"{address}\" isn't correct. Please use this format: user name, the @ sign, followed by the domain name."
            ),
        ));
    }
    if let Ok(mailbox) = world.mailboxes.find(address) {
        return Err(CmdletError::proxy_exists(&format!("SMTP:{address}"), mailbox.name()));
    }
    for noun in [CONTACT.noun, USER.noun] {
        if let Ok(other) = find(world, noun, address)
            && other.name != own
        {
            return Err(CmdletError::proxy_exists(&format!("SMTP:{address}"), &other.name));
        }
    }
    Ok(())
}

/// An address without its `smtp:`.
fn bare(address: &str) -> &str {
    match address.get(..5) {
        Some(prefix) if prefix.eq_ignore_ascii_case("smtp:") => &address[5..],
        _ => address,
    }
}
