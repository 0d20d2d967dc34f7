//! `TenantAllowBlockListItems`: senders, addresses, files and networks that are let in or kept out.

use jiff::SignedDuration;

use crate::exchange::administration::ListEntry;
use crate::exchange::administration::object::guid_of;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{Enumeration, Parameter, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const READERS: &[&str] = &[
    "Tenant AllowBlockList Manager",
    "Transport Hygiene",
    "Security Reader",
    "Security Admin",
    "View-Only Configuration",
];
const WRITERS: &[&str] = &["Tenant AllowBlockList Manager", "Transport Hygiene"];
const LIST_TYPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.FilteringConfiguration.TenantAllowBlockList.ListType",
    members: &["Sender", "Url", "FileHash", "IP"],
};
const LIST: Parameter = Parameter::new("ListType", Type::Enum(&LIST_TYPE)).mandatory();
/// How long an entry lives that does not say: documented for blocks.
const USUAL_LIFE: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-TenantAllowBlockListItems",
        READERS,
        &[
            LIST,
            Parameter::new("Allow", Type::Switch),
            Parameter::new("Block", Type::Switch),
            Parameter::new("Entry", Type::String),
            Parameter::new("ExpirationDate", Type::DateTime),
            Parameter::new("NoExpiration", Type::Switch),
        ],
        get,
    ),
    Cmdlet::write(
        "New-TenantAllowBlockListItems",
        WRITERS,
        Impact::Medium,
        &[
            LIST,
            Parameter::new("Entries", Type::Strings).mandatory(),
            Parameter::new("Allow", Type::Switch),
            Parameter::new("Block", Type::Switch),
            Parameter::new("ExpirationDate", Type::DateTime),
            Parameter::new("NoExpiration", Type::Switch),
            Parameter::new("Notes", Type::String),
        ],
        new,
    ),
    Cmdlet::write(
        "Remove-TenantAllowBlockListItems",
        WRITERS,
        Impact::Medium,
        &[LIST, Parameter::new("Entries", Type::Strings), Parameter::new("Ids", Type::Strings)],
        remove,
    ),
];

#[expect(clippy::unnecessary_wraps, reason = "handlers have this type")]
fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let action =
        if call.switch("Allow") { Some("Allow") } else { call.switch("Block").then_some("Block") };
    let entry = call.string("Entry");
    let list = call.required("ListType");
    let now = call.now;
    Ok(Output::rows(
        world
            .administration
            .allow_block_list
            .iter()
            .filter(move |item| item.list == list)
            .filter(move |item| item.expires.is_none_or(|time| time > now))
            .filter(move |item| action.is_none_or(|action| item.action == action))
            .filter(move |item| entry.is_none_or(|entry| item.value.eq_ignore_ascii_case(entry)))
            .filter(move |item| !call.switch("NoExpiration") || item.expires.is_none())
            .map(row),
    ))
}

fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let (allow, block) = (call.switch("Allow"), call.switch("Block"));
    if allow == block {
        return Err(CmdletError::invalid(
            "You need to specify either the Allow or the Block switch.",
        ));
    }
    let list = call.required("ListType").to_owned();
    let entries = call.strings("Entries");
    let known = &world.administration.allow_block_list;
    for entry in entries {
        if known.iter().any(|item| item.list == list && item.value.eq_ignore_ascii_case(entry)) {
            return Err(CmdletError::failed(
                "Microsoft.Exchange.Management.Tasks.DuplicateEntryException",
                format!("The entry \"{entry}\" already exists in the tenant allow/block list."),
            ));
        }
    }
    let expires = match call.time("ExpirationDate") {
        _ if call.switch("NoExpiration") => None,
        Some(time) if time <= call.now => {
            return Err(CmdletError::invalid("The expiration date must be in the future."));
        }
        Some(time) => Some(time),
        None => call.now.checked_add(USUAL_LIFE).ok(),
    };
    let seed = world.organization.seed;
    let first = known.len();
    let items = &mut world.change(call)?.administration.allow_block_list;
    for entry in entries {
        items.push(ListEntry {
            id: guid_of(
                seed,
                "TenantAllowBlockListItems",
                &format!("{list}\n{entry}\n{}", call.now),
            ),
            list: list.clone(),
            value: entry.clone(),
            action: if allow { "Allow" } else { "Block" },
            notes: call.string("Notes").map(str::to_owned),
            expires,
            modified_by: call.caller.display_name.clone(),
            created: call.now,
        });
    }
    Ok(Output::rows(items[first..].iter().map(row)))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let list = call.required("ListType");
    let named = |item: &ListEntry, name: &str| {
        item.list == list && (item.value.eq_ignore_ascii_case(name) || identity(item) == name)
    };
    let names: Vec<&String> = call.strings("Entries").iter().chain(call.strings("Ids")).collect();
    if names.is_empty() {
        return Err(CmdletError::invalid("You need to specify either Entries or Ids."));
    }
    let known = &world.administration.allow_block_list;
    if let Some(missing) = names.iter().find(|name| !known.iter().any(|item| named(item, name))) {
        return Err(CmdletError::not_found(missing));
    }
    let items = &mut world.change(call)?.administration.allow_block_list;
    items.retain(|item| !names.iter().any(|name| named(item, name)));
    Ok(Output::nothing())
}

/// `Identity`: an opaque text that begins like an entry id.
fn identity(item: &ListEntry) -> String {
    format!("RgAAAA{}", item.id.as_simple())
}

/// The recorded row, its odd key included.
fn row(item: &ListEntry) -> Record<'_> {
    Record::new()
        .with("LastUsedDate", Value::Null)
        .with("Error", Value::Null)
        .with("Identity", identity(item))
        .with("Value", &item.value)
        .with("Action", item.action)
        .with("Notes", item.notes.as_deref())
        .with("SubmissionID", "Non-Submission")
        .with("ListSubType", "Tenant")
        .with("SysManaged", false)
        .with("LastModifiedDateTime", Value::Utc(item.created))
        .with("ExpirationDate", item.expires.map_or(Value::Null, Value::Utc))
        .with("ObjectState", "Unchanged")
        .with("EntryValueHash", format!("{}=", item.id.as_simple()))
        .with("ModifiedBy", &item.modified_by)
        .with("LastUsedDate(DateTime])", Value::Null)
        .with("RemoveAfter", Value::Null)
        .with("CreatedDateTime", Value::Utc(item.created))
}
