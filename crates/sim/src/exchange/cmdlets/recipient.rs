//! `Get-Recipient`: everything that can get mail.

use super::mailbox;
use super::recipient_type::{RECIPIENT_TYPE, VIEWERS, is_wanted};
use crate::data::{FindError, Group, IdentifierKind, Mailbox};
use crate::exchange::administration::object::Object;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{ANY_IDENTITY, FILTER, Parameter, RESULT_SIZE, SORT_BY, Type};
use crate::exchange::row::{Output, Record, Row, RowWriter};
use crate::exchange::value::Value;
use crate::exchange::world::World;

pub(super) const CMDLETS: &[Cmdlet] = &[Cmdlet::read(
    "Get-Recipient",
    VIEWERS,
    &[
        ANY_IDENTITY,
        Parameter::new("Anr", Type::String),
        FILTER,
        Parameter::new("IncludeSoftDeletedRecipients", Type::Switch),
        Parameter::new("OrganizationalUnit", Type::Identity),
        Parameter::new("Properties", Type::Strings),
        Parameter::new("RecipientType", Type::Enums(&RECIPIENT_TYPE)),
        Parameter::new("RecipientTypeDetails", Type::Enums(&RECIPIENT_TYPE)),
        RESULT_SIZE,
        SORT_BY,
    ],
    get,
)];

/// Where the other recipients begin: after every mailbox that there can be.
const OTHERS: u64 = 1 << 41;

/// Any recipient.
enum Recipient<'w> {
    Mailbox(Mailbox),
    Group(&'w Group),
    Contact(&'w Object, &'static str),
}

impl Recipient<'_> {
    fn type_details(&self) -> &'static str {
        match self {
            Self::Mailbox(item) => item.kind().name(),
            Self::Group(group) => group.type_details(),
            Self::Contact(_, noun) => noun,
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Mailbox(item) => vec![item.names().display.clone(), item.names().alias.clone()],
            Self::Group(group) => vec![group.display.clone(), group.alias.clone()],
            Self::Contact(object, _) => {
                vec![object.text("DisplayName").into_owned(), object.text("Alias").into_owned()]
            }
        }
    }

    fn record(&self) -> Record<'_> {
        match self {
            Self::Mailbox(item) => of_mailbox(item),
            Self::Group(group) => of_group(group),
            Self::Contact(object, noun) => of_contact(object, noun),
        }
    }
}

impl Row for Recipient<'_> {
    fn write(&self, to: &mut RowWriter<'_>) {
        self.record().write(to);
    }

    fn get(&self, property: &str) -> Option<Value<'_>> {
        self.record().take(property)
    }
}

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    if let Some(identity) = call.string("Identity") {
        return Ok(Output::row(find(world, identity)?));
    }
    Ok(Output::seek(move |from| {
        let mailboxes =
            world.mailboxes.from(from).map(|(position, item)| (position, Recipient::Mailbox(item)));
        let skip = from.saturating_sub(OTHERS) as usize;
        let others = others(world).zip(OTHERS + 1..).skip(skip);
        let others = others.map(|(recipient, position)| (position, recipient));
        mailboxes.chain(others).filter(move |(_, recipient)| wants(call, recipient))
    }))
}

fn wants(call: &Call, recipient: &Recipient<'_>) -> bool {
    let kinds = call.strings("RecipientType");
    let is_mailbox = matches!(recipient, Recipient::Mailbox(_));
    let basic = if is_mailbox { "UserMailbox" } else { recipient.type_details() };
    if !kinds.is_empty() && !kinds.iter().any(|kind| kind == basic) {
        return false;
    }
    if !call.has("Anr") && !call.has("RecipientTypeDetails") {
        return true;
    }
    let names = recipient.names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    is_wanted(call, recipient.type_details(), &names)
}

/// Groups, then contacts and mail users.
fn others(world: &World) -> impl Iterator<Item = Recipient<'_>> {
    let configuration = &world.administration.configuration;
    let groups = world.groups.all().iter().map(Recipient::Group);
    let contacts = ["MailContact", "MailUser"].into_iter().flat_map(move |noun| {
        configuration.all(noun).iter().map(move |object| Recipient::Contact(object, noun))
    });
    groups.chain(contacts)
}

fn find<'w>(world: &'w World, identity: &str) -> Result<Recipient<'w>, CmdletError> {
    match world.mailboxes.find(identity) {
        Ok(item) => return Ok(Recipient::Mailbox(item)),
        Err(FindError::Ambiguous) => return Err(CmdletError::ambiguous(identity)),
        Err(FindError::NotFound) => {}
    }
    if let Some(group) = world.groups.find(identity) {
        return Ok(Recipient::Group(group));
    }
    let configuration = &world.administration.configuration;
    ["MailContact", "MailUser"]
        .iter()
        .find_map(|noun| Some(Recipient::Contact(configuration.find(noun, identity).ok()?, noun)))
        .ok_or_else(|| CmdletError::not_found(identity))
}

fn of_mailbox(item: &Mailbox) -> Record<'_> {
    let full = mailbox::row(item.clone());
    let copy = |name: &str| match full.get(name) {
        Some(value) => Value::from(value.text().into_owned()),
        None => Value::Null,
    };
    let archive = copy("ArchiveStatus");
    Record::new()
        .with("Alias", item.names().alias.as_str())
        .with("ArchiveStatus", archive)
        .with("City", item.place().city)
        .with("Company", "Contoso")
        .with("CountryOrRegion", item.place().country)
        .with("CustomAttribute1", copy("CustomAttribute1"))
        .with("CustomAttribute2", copy("CustomAttribute2"))
        .with("Department", item.department())
        .with("DisplayName", item.names().display.as_str())
        .with("DistinguishedName", item.distinguished_name())
        .with("EmailAddresses", item.addresses().into_owned())
        .with("ExchangeGuid", item.id(IdentifierKind::Mailbox))
        .with("ExternalDirectoryObjectId", item.id(IdentifierKind::Directory).to_string())
        .with("FirstName", item.names().given.as_str())
        .with("LastName", item.names().surname.as_str())
        .with(
            "HiddenFromAddressListsEnabled",
            copy("HiddenFromAddressListsEnabled").text() == "True",
        )
        .with("Identity", item.name())
        .with("Name", item.name())
        .with("OrganizationId", item.organization().organization_id())
        .with("PrimarySmtpAddress", item.primary_address())
        .with("RecipientType", "UserMailbox")
        .with("RecipientTypeDetails", item.kind().name())
        .with("Title", item.title())
        .with("WhenChanged", Value::Local(item.changed()))
        .with("WhenCreated", Value::Local(item.created()))
        .with("WindowsLiveID", item.user_principal_name())
        .with("ExchangeVersion", "0.20 (15.0.0.0)")
        .with("Id", item.name())
        .with("Guid", item.id(IdentifierKind::Object))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}

fn of_group(group: &Group) -> Record<'_> {
    Record::new()
        .with("Alias", group.alias.as_str())
        .with("DisplayName", group.display.as_str())
        .with("DistinguishedName", group.organization().distinguished_name(&group.name))
        .with("EmailAddresses", &group.addresses)
        .with("ExternalDirectoryObjectId", group.id(IdentifierKind::GroupDirectory).to_string())
        .with("HiddenFromAddressListsEnabled", false)
        .with("Identity", group.name.as_str())
        .with("ManagedBy", &group.managed_by)
        .with("Name", group.name.as_str())
        .with("OrganizationId", group.organization().organization_id())
        .with("PrimarySmtpAddress", group.primary_address())
        .with("RecipientType", "MailUniversalDistributionGroup")
        .with("RecipientTypeDetails", group.type_details())
        .with("WhenCreated", Value::Local(group.created))
        .with("Id", group.name.as_str())
        .with("Guid", group.id(IdentifierKind::Group))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}

fn of_contact<'o>(object: &'o Object, noun: &'static str) -> Record<'o> {
    Record::new()
        .with("Alias", object.text("Alias").into_owned())
        .with("DisplayName", object.text("DisplayName").into_owned())
        .with("EmailAddresses", object.texts("EmailAddresses"))
        .with("ExternalEmailAddress", object.text("ExternalEmailAddress").into_owned())
        .with("Identity", object.name.as_str())
        .with("Name", object.name.as_str())
        .with("PrimarySmtpAddress", object.text("PrimarySmtpAddress").into_owned())
        .with("RecipientType", noun)
        .with("RecipientTypeDetails", noun)
        .with("WhenCreated", Value::Local(object.created))
        .with("Id", object.name.as_str())
        .with("Guid", object.guid)
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}
