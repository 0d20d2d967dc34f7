//! Distribution groups and their members.

use super::property::{empty, no, no_texts, none, yes};
use super::recipient_type::{RECIPIENT_TYPE, mailbox};
use super::setting;
use crate::data::{Group, GroupKind, IdentifierKind, Mailbox, ascii_of};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, Enumeration, FILTER, IDENTITY, Parameter, RESULT_SIZE, SORT_BY, Type,
};
use crate::exchange::row::{Column, Columns, Output, Record, column};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const VIEWERS: &[&str] = &["View-Only Recipients", "Distribution Groups", "Mail Recipients"];
const EDITORS: &[&str] = &["Distribution Groups"];

const GROUP_TYPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.Recipient.GroupType",
    members: &["Distribution", "Security"],
};
const JOIN: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.Recipient.MemberUpdateType",
    members: &["Closed", "Open", "ApprovalRequired"],
};

const MEMBER: &[Parameter] = &[
    IDENTITY,
    Parameter::new("BypassSecurityGroupManagerCheck", Type::Switch),
    Parameter::new("Member", Type::Identity).mandatory(),
];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-DistributionGroup",
        VIEWERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Anr", Type::String),
            FILTER,
            Parameter::new("ManagedBy", Type::Identity),
            Parameter::new("OrganizationalUnit", Type::Identity),
            Parameter::new("RecipientTypeDetails", Type::Enums(&RECIPIENT_TYPE)),
            RESULT_SIZE,
            SORT_BY,
        ],
        get,
    ),
    Cmdlet::write(
        "New-DistributionGroup",
        EDITORS,
        Impact::Medium,
        &[
            Parameter::new("Name", Type::String).mandatory().at(0),
            Parameter::new("Alias", Type::String),
            Parameter::new("Description", Type::Multivalued),
            Parameter::new("DisplayName", Type::String),
            Parameter::new("ManagedBy", Type::Multivalued),
            Parameter::new("MemberJoinRestriction", Type::Enum(&JOIN)),
            Parameter::new("Members", Type::Multivalued),
            Parameter::new("Notes", Type::String),
            Parameter::new("PrimarySmtpAddress", Type::String),
            Parameter::new("RequireSenderAuthenticationEnabled", Type::Bool),
            Parameter::new("Type", Type::Enum(&GROUP_TYPE)),
        ],
        new,
    )
    .prompt("Creating distribution group \"{Name}\"."),
    Cmdlet::write(
        "Set-DistributionGroup",
        EDITORS,
        Impact::Medium,
        &[
            IDENTITY,
            Parameter::new("AcceptMessagesOnlyFrom", Type::Multivalued),
            Parameter::new("Alias", Type::String),
            Parameter::new("BypassSecurityGroupManagerCheck", Type::Switch),
            Parameter::new("CustomAttribute1", Type::String),
            Parameter::new("Description", Type::Multivalued),
            Parameter::new("DisplayName", Type::String),
            Parameter::new("EmailAddresses", Type::Multivalued),
            Parameter::new("GrantSendOnBehalfTo", Type::Multivalued),
            Parameter::new("HiddenFromAddressListsEnabled", Type::Bool),
            Parameter::new("MailTip", Type::String),
            Parameter::new("ManagedBy", Type::Multivalued),
            Parameter::new("MaxReceiveSize", Type::UnlimitedSize),
            Parameter::new("MemberJoinRestriction", Type::Enum(&JOIN)),
            Parameter::new("ModeratedBy", Type::Multivalued),
            Parameter::new("ModerationEnabled", Type::Bool),
            Parameter::new("Name", Type::String),
            Parameter::new("RequireSenderAuthenticationEnabled", Type::Bool),
        ],
        set,
    )
    .prompt("Setting distribution group \"{Identity}\"."),
    Cmdlet::write(
        "Remove-DistributionGroup",
        EDITORS,
        Impact::High,
        &[IDENTITY, Parameter::new("BypassSecurityGroupManagerCheck", Type::Switch)],
        remove,
    )
    .prompt("Are you sure you want to perform this action?\nRemoving distribution group Identity:\"{Identity}\"."),
    Cmdlet::read("Get-DistributionGroupMember", VIEWERS, &[IDENTITY, RESULT_SIZE], members),
    Cmdlet::write("Add-DistributionGroupMember", EDITORS, Impact::Medium, MEMBER, add_member)
        .prompt("Adding distribution group member \"{Member}\" on distribution group \"{Identity}\"."),
    Cmdlet::write("Remove-DistributionGroupMember", EDITORS, Impact::High, MEMBER, remove_member)
        .prompt("Are you sure you want to perform this action?\nRemoving distribution group member \"{Member}\" on distribution group \"{Identity}\"."),
];

fn name(g: &Group) -> Value<'_> {
    g.name.as_str().into()
}

static COLUMNS: &[Column<Group>] = &[
    column("GroupType", |g| match g.kind {
        GroupKind::Security => "Universal, SecurityEnabled".into(),
        _ => "Universal".into(),
    }),
    column("SamAccountName", |g| format!("{}{:06}", g.alias, g.number).into()),
    column("BypassNestedModerationEnabled", no),
    column("IsDirSynced", no),
    column("ManagedBy", |g| Value::from(&g.managed_by)),
    column("MemberJoinRestriction", |_| "Closed".into()),
    column("MemberDepartRestriction", |g| match g.kind {
        GroupKind::Security => "Closed".into(),
        _ => "Open".into(),
    }),
    column("MigrationToUnifiedGroupInProgress", no),
    column("ExpansionServer", empty),
    column("ReportToManagerEnabled", no),
    column("ReportToOriginatorEnabled", yes),
    column("SendOofMessageToOriginatorEnabled", no),
    column("Description", no_texts),
    column("HiddenGroupMembershipEnabled", no),
    column("AcceptMessagesOnlyFrom", no_texts),
    column("AcceptMessagesOnlyFromDLMembers", no_texts),
    column("AcceptMessagesOnlyFromSendersOrMembers", no_texts),
    column("AddressListMembership", no_texts),
    column("AdministrativeUnits", no_texts),
    column("Alias", |g| g.alias.as_str().into()),
    column("OrganizationalUnit", |g| g.organization().unit().into()),
    column("CustomAttribute1", empty),
    column("CustomAttribute2", empty),
    column("CustomAttribute3", empty),
    column("ExtensionCustomAttribute1", no_texts),
    column("DisplayName", |g| g.display.as_str().into()),
    column("EmailAddresses", |g| Value::from(&g.addresses)),
    column("GrantSendOnBehalfTo", no_texts),
    column("ExternalDirectoryObjectId", |g| {
        g.id(IdentifierKind::GroupDirectory).to_string().into()
    }),
    column("HiddenFromAddressListsEnabled", no),
    column("LegacyExchangeDN", |g| {
        format!("/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={}-{}", g.id(IdentifierKind::Group).as_simple(), g.alias).into()
    }),
    column("MaxSendSize", |_| Value::Unlimited),
    column("MaxReceiveSize", |_| Value::Unlimited),
    column("ModeratedBy", no_texts),
    column("ModerationEnabled", no),
    column("PoliciesIncluded", no_texts),
    column("PoliciesExcluded", no_texts),
    column("EmailAddressPolicyEnabled", no),
    column("PrimarySmtpAddress", |g| g.primary_address().into()),
    column("RecipientType", |g| g.type_details().into()),
    column("RecipientTypeDetails", |g| g.type_details().into()),
    column("RejectMessagesFrom", no_texts),
    column("RequireSenderAuthenticationEnabled", yes),
    column("SimpleDisplayName", empty),
    column("SendModerationNotifications", |_| "Always".into()),
    column("WindowsEmailAddress", |g| g.primary_address().into()),
    column("MailTip", none),
    column("MailTipTranslations", no_texts),
    column("Identity", name),
    column("Id", name),
    column("IsValid", yes),
    column("ExchangeVersion", |_| "0.10 (14.0.100.0)".into()),
    column("Name", name),
    column("DistinguishedName", |g| g.organization().distinguished_name(&g.name).into()),
    column("WhenChanged", |g| Value::Local(g.created)),
    column("WhenCreated", |g| Value::Local(g.created)),
    column("WhenChangedUTC", |g| Value::Utc(g.created)),
    column("WhenCreatedUTC", |g| Value::Utc(g.created)),
    column("OrganizationId", |g| g.organization().organization_id().into()),
    column("Guid", |g| g.id(IdentifierKind::Group).into()),
    column("ObjectState", |_| "Unchanged".into()),
];

fn row(item: Group) -> Columns<Group> {
    Columns { item, columns: COLUMNS }
}

/// The group that an identity names, unless it is a Microsoft 365 group.
fn group<'w>(world: &'w World, identity: &str) -> Result<&'w Group, CmdletError> {
    let found = world.groups.find(identity).filter(|group| group.kind != GroupKind::Unified);
    found.ok_or_else(|| CmdletError::not_found(identity))
}

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    if let Some(identity) = call.string("Identity") {
        return Ok(Output::row(row(group(world, identity)?.clone())));
    }
    let manager = call.string("ManagedBy");
    let wanted = world.groups.all().iter().filter(move |group| {
        group.kind != GroupKind::Unified
            && super::recipient_type::is_wanted(
                call,
                group.type_details(),
                &[&group.display, &group.alias],
            )
            && manager
                .is_none_or(|who| group.managed_by.iter().any(|m| m.eq_ignore_ascii_case(who)))
    });
    Ok(Output::rows(wanted.map(|group| row(group.clone()))))
}

fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let name = call.required("Name");
    let alias = call.string("Alias").map_or_else(|| ascii_of(name), str::to_owned);
    for taken in [name, alias.as_str()] {
        if world.groups.find(taken).is_some() || world.mailboxes.find(taken).is_ok() {
            return Err(CmdletError::already_exists(taken));
        }
    }
    let mut members = Vec::new();
    for member in call.strings("Members") {
        let found = mailbox(&world, member).map_err(|_| CmdletError::no_such_recipient(member))?;
        members.push(found.number());
    }
    let kind = match call.string("Type") {
        Some("Security") => GroupKind::Security,
        _ => GroupKind::Distribution,
    };
    let world = world.change(call)?;
    let group = world.groups.create(kind, name, &alias, call.now);
    group.managed_by = call.strings("ManagedBy").to_vec();
    if let Some(display) = call.string("DisplayName") {
        display.clone_into(&mut group.display);
    }
    if let Some(primary) = call.string("PrimarySmtpAddress") {
        group.addresses.retain(|address| !address.starts_with("SMTP:"));
        group.addresses.push(format!("SMTP:{primary}"));
    }
    for number in members {
        group.add(number);
    }
    let mut settings = group.settings.clone();
    setting::apply(call, &row(group.clone()), OWN, &mut settings);
    group.settings = settings;
    Ok(Output::row(row(group.clone())))
}

/// Parameters that are fields of a group.
const OWN: &[&str] = &[
    "Alias",
    "DisplayName",
    "EmailAddresses",
    "Identity",
    "ManagedBy",
    "Members",
    "Name",
    "PrimarySmtpAddress",
    "Type",
];

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let before = group(&world, call.required("Identity"))?.clone();
    let mut after = before.clone();
    for (parameter, field) in [
        ("Alias", &mut after.alias),
        ("DisplayName", &mut after.display),
        ("Name", &mut after.name),
    ] {
        if let Some(text) = call.string(parameter) {
            text.clone_into(field);
        }
    }
    let mut changed = call.edit("EmailAddresses", &mut after.addresses);
    changed |= call.edit("ManagedBy", &mut after.managed_by);
    changed |= [&after.alias, &after.display, &after.name]
        != [&before.alias, &before.display, &before.name];
    changed |= setting::apply(call, &row(before.clone()), OWN, &mut after.settings);
    let world = world.change(call)?;
    if !changed {
        call.warn_unmodified(&before.name);
    }
    if let Some(group) = world.groups.get_mut(before.number) {
        *group = after;
    }
    Ok(Output::nothing())
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let number = group(&world, call.required("Identity"))?.number;
    world.change(call)?.groups.remove(number);
    Ok(Output::nothing())
}

fn members<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let group = group(world, call.required("Identity"))?;
    Ok(Output::seek(move |from| {
        let members = group.members(&world.mailboxes, from);
        members.map(|(position, item)| (position, member_row(&item)))
    }))
}

/// A member as `Get-DistributionGroupMember` and `Get-UnifiedGroupLinks` show it.
pub(super) fn member_row(item: &Mailbox) -> Record<'static> {
    Record::new()
        .with("Alias", item.names().alias.clone())
        .with("City", item.place().city)
        .with("Company", "Contoso")
        .with("CountryOrRegion", item.place().country)
        .with("Department", item.department())
        .with("DisplayName", item.names().display.clone())
        .with("EmailAddresses", item.addresses().into_owned())
        .with("ExternalDirectoryObjectId", item.id(IdentifierKind::Directory).to_string())
        .with("FirstName", item.names().given.clone())
        .with("LastName", item.names().surname.clone())
        .with("HiddenFromAddressListsEnabled", false)
        .with("Identity", item.name().to_owned())
        .with("Name", item.name().to_owned())
        .with("DistinguishedName", item.distinguished_name())
        .with("PrimarySmtpAddress", item.primary_address().into_owned())
        .with("RecipientType", "UserMailbox")
        .with("RecipientTypeDetails", item.kind().name())
        .with("Title", item.title())
        .with("WhenCreated", Value::Local(item.created()))
        .with("Guid", item.id(IdentifierKind::Object))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}

fn add_member<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let group = group(&world, call.required("Identity"))?;
    let member = call.required("Member");
    let item = mailbox(&world, member).map_err(|_| CmdletError::no_such_recipient(member))?;
    if group.has(&item) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.MemberAlreadyExistsException",
            format!(
                "The recipient \"{member}\" is already a member of the group \"{}\".",
                group.name
            ),
        ));
    }
    let number = group.number;
    if let Some(group) = world.change(call)?.groups.get_mut(number) {
        group.add(item.number());
    }
    Ok(Output::nothing())
}

fn remove_member<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let group = group(&world, call.required("Identity"))?;
    let member = call.required("Member");
    let item = mailbox(&world, member).map_err(|_| CmdletError::no_such_recipient(member))?;
    if !group.has(&item) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.Tasks.MemberNotFoundException",
            format!("The recipient \"{member}\" isn't a member of the group \"{}\".", group.name),
        ));
    }
    let number = group.number;
    if let Some(group) = world.change(call)?.groups.get_mut(number) {
        group.remove(item.number());
    }
    Ok(Output::nothing())
}
