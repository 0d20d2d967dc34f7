//! `Get-UnifiedGroup` and `Get-UnifiedGroupLinks`. Making and changing them is not for app-only
//! callers.

use super::distribution_group::member_row;
use super::property::{no, no_texts, yes};
use crate::data::{Group, GroupKind, IdentifierKind};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{
    ANY_IDENTITY, Enumeration, FILTER, IDENTITY, Parameter, RESULT_SIZE, SORT_BY, Type,
};
use crate::exchange::row::{Column, Columns, Output, column};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const VIEWERS: &[&str] = &["View-Only Recipients", "Mail Recipients", "Mail Recipient Creation"];

const LINK_TYPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.RecipientTasks.LinkType",
    members: &["Members", "Owners", "Subscribers", "Aggregators"],
};

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-UnifiedGroup",
        VIEWERS,
        &[
            ANY_IDENTITY,
            Parameter::new("Anr", Type::String),
            FILTER,
            Parameter::new("IncludeAllProperties", Type::Switch),
            Parameter::new("IncludeSoftDeletedGroups", Type::Switch),
            RESULT_SIZE,
            SORT_BY,
        ],
        get,
    ),
    Cmdlet::read(
        "Get-UnifiedGroupLinks",
        VIEWERS,
        &[IDENTITY, Parameter::new("LinkType", Type::Enum(&LINK_TYPE)).mandatory(), RESULT_SIZE],
        links,
    ),
];

fn name(g: &Group) -> Value<'_> {
    format!("{}_{}", g.alias, g.id(IdentifierKind::GroupDirectory).as_simple()).into()
}
fn site(g: &Group) -> String {
    let tenant = g.organization().initial_domain.split('.').next().unwrap_or_default().to_owned();
    format!("https://{tenant}.sharepoint.com/sites/{}", g.alias)
}

static COLUMNS: &[Column<Group>] = &[
    column("AccessType", |g| if g.number % 3 == 0 { "Public".into() } else { "Private".into() }),
    column("AllowAddGuests", yes),
    column("AlwaysSubscribeMembersToCalendarEvents", no),
    column("AuditLogAgeLimit", |_| "90.00:00:00".into()),
    column("AutoSubscribeNewMembers", no),
    column("CalendarUrl", |g| {
        format!(
            "https://outlook.office365.com/calendar/group/{}/{}/view/week",
            g.organization().domain,
            g.alias
        )
        .into()
    }),
    column("ConnectorsEnabled", yes),
    column("Database", |_| "EURPR01DG001-db001".into()),
    column("ExchangeGuid", |g| g.id(IdentifierKind::Other).into()),
    column("ExpirationTime", |_| Value::Null),
    column("FileNotificationsSettings", no_texts),
    column("GroupExternalMemberCount", |_| 0.into()),
    column("GroupMemberCount", |_| Value::Null),
    column("GroupSKU", |_| "None".into()),
    column("HiddenFromExchangeClientsEnabled", |g| (g.number % 4 == 0).into()),
    column("HiddenGroupMembershipEnabled", no),
    column("InboxUrl", |g| {
        format!(
            "https://outlook.office365.com/mail/group/{}/{}/email",
            g.organization().domain,
            g.alias
        )
        .into()
    }),
    column("IsExternalResourcesPublished", yes),
    column("IsMailboxConfigured", yes),
    column("IsMembershipDynamic", no),
    column("Language", |_| "en-US".into()),
    column("MailboxRegion", |_| "EUR".into()),
    column("ManagedByDetails", |g| Value::from(&g.managed_by)),
    column("Notes", |_| "".into()),
    column("ResourceProvisioningOptions", |g| match g.number % 4 {
        0 => Value::from(vec!["Team".to_owned()]),
        _ => Value::Strings(Vec::new()),
    }),
    column("SharePointDocumentsUrl", |g| format!("{}/Shared Documents", site(g)).into()),
    column("SharePointSiteUrl", |g| site(g).into()),
    column("SubscriptionEnabled", yes),
    column("WelcomeMessageEnabled", yes),
    column("Alias", |g| g.alias.as_str().into()),
    column("DisplayName", |g| g.display.as_str().into()),
    column("EmailAddresses", |g| Value::from(&g.addresses)),
    column("ExternalDirectoryObjectId", |g| {
        g.id(IdentifierKind::GroupDirectory).to_string().into()
    }),
    column("GrantSendOnBehalfTo", no_texts),
    column("GroupType", |_| "Universal".into()),
    column("HiddenFromAddressListsEnabled", no),
    column("ManagedBy", |g| Value::from(&g.managed_by)),
    column("ModeratedBy", no_texts),
    column("ModerationEnabled", no),
    column("PrimarySmtpAddress", |g| g.primary_address().into()),
    column("RecipientType", |_| "MailUniversalDistributionGroup".into()),
    column("RecipientTypeDetails", |_| "GroupMailbox".into()),
    column("RequireSenderAuthenticationEnabled", yes),
    column("Identity", name),
    column("Id", name),
    column("IsValid", yes),
    column("Name", name),
    column("DistinguishedName", |g| g.organization().distinguished_name(&name(g).text()).into()),
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

fn unified(group: &Group) -> bool {
    group.kind == GroupKind::Unified
}

fn find<'w>(world: &'w World, identity: &str) -> Result<&'w Group, CmdletError> {
    let found = world.groups.find(identity).filter(|group| unified(group));
    found.ok_or_else(|| CmdletError::not_found(identity))
}

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    if let Some(identity) = call.string("Identity") {
        return Ok(Output::row(row(find(world, identity)?.clone())));
    }
    let wanted = world.groups.all().iter().filter(|group| {
        unified(group)
            && super::recipient_type::is_wanted(
                call,
                group.type_details(),
                &[&group.display, &group.alias],
            )
    });
    Ok(Output::rows(wanted.map(|group| row(group.clone()))))
}

fn links<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let group = find(world, call.required("Identity"))?;
    match call.required("LinkType") {
        "Members" => Ok(Output::seek(move |from| {
            let members = group.members(&world.mailboxes, from);
            members.map(|(position, item)| (position, member_row(&item)))
        })),
        "Owners" => {
            let owners = group.managed_by.iter().filter_map(|name| world.mailboxes.find(name).ok());
            Ok(Output::rows(owners.map(|item| member_row(&item))))
        }
        _ => Ok(Output::nothing()),
    }
}
