//! `Set-`, `Enable-` and `Disable-Mailbox`.

use uuid::Uuid;

use super::super::recipient_type::mailbox;
use super::super::setting;
use super::{address, kind_named, row};
use crate::data::IdentifierKind;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::Pending;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::row::{Item, Output};
use crate::exchange::value::Value;

/// Parameters that are more than a property, and properties that are part of the names.
const NAMES: &[&str] = &[
    "Alias",
    "DisplayName",
    "EmailAddresses",
    "Identity",
    "MicrosoftOnlineServicesID",
    "Name",
    "PrimarySmtpAddress",
    "Type",
    "WindowsEmailAddress",
];

/// `Set-Mailbox`.
pub(super) fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let identity = call.required("Identity");
    let item = mailbox(&world, identity)?;
    let number = item.number();
    let before = item.to_stored(call.now);
    let mut stored = before.clone();
    if let Some(alias) = call.string("Alias") {
        check_alias(&world, number, alias)?;
        alias.clone_into(&mut stored.names.alias);
    }
    if let Some(display) = call.string("DisplayName") {
        display.clone_into(&mut stored.names.display);
    }
    if let Some(name) = call.string("Name") {
        name.clone_into(&mut stored.name);
    }
    if let Some(name) = call.string("MicrosoftOnlineServicesID") {
        name.clone_into(&mut stored.user_principal_name);
    }
    if let Some(kind) = call.string("Type") {
        stored.kind = kind_named(kind);
    }
    edit_addresses(call, &mut stored.addresses);
    for parameter in ["PrimarySmtpAddress", "WindowsEmailAddress"] {
        if let Some(primary) = call.string(parameter) {
            address::make_primary(&mut stored.addresses, primary);
        }
    }
    if stored.addresses != before.addresses {
        address::check(&world, Some(number), &stored.addresses)?;
    }
    if let Some(target) = call.string("ForwardingAddress") {
        mailbox(&world, target).map_err(|_| CmdletError::no_such_recipient(target))?;
    }
    let mut changed = stored.names != before.names
        || stored.name != before.name
        || stored.kind != before.kind
        || stored.user_principal_name != before.user_principal_name
        || stored.addresses != before.addresses;
    let row = row(item);
    changed |= setting::apply(call, &row, NAMES, &mut stored.settings);
    changed |= call.has("Password") || call.has("RoomMailboxPassword");
    setting::keep(call, world, &row.item, changed.then_some(stored))
}

/// Adds and removes addresses. `SMTP:` makes an added address the primary one.
fn edit_addresses(call: &Call, addresses: &mut Vec<String>) {
    let old = addresses.clone();
    if !call.edit("EmailAddresses", addresses) {
        return;
    }
    for address in addresses.iter_mut() {
        *address = address::with_prefix(address);
    }
    let added = addresses.iter().find(|a| a.starts_with("SMTP:") && !old.contains(a)).cloned();
    if let Some(primary) = added {
        address::make_primary(addresses, &primary[5..]);
    }
}

fn check_alias(world: &Pending<'_>, number: u64, alias: &str) -> Result<(), CmdletError> {
    match world.mailboxes.find(alias) {
        Ok(other)
            if other.number() != number && other.names().alias.eq_ignore_ascii_case(alias) =>
        {
            Err(CmdletError::invalid(format!(
                "The value \"{alias}\" of property \"Alias\" is used by another recipient object. Please specify a unique value."
            )))
        }
        _ => Ok(()),
    }
}

/// `Enable-Mailbox -Archive` and `-AutoExpandingArchive`.
pub(super) fn enable<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    let status = row(item.clone());
    let active = crate::exchange::row::Row::get(&status, "ArchiveStatus")
        .is_some_and(|status| status.text() == "Active");
    if call.switch("Archive") && active {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Configuration.Tasks.RecipientTaskException",
            format!("The user \"{}\" already has an archive.", item.name()),
        ));
    }
    let mut stored = item.to_stored(call.now);
    if call.switch("AutoExpandingArchive") {
        stored.settings.insert("AutoExpandingArchiveEnabled", Value::Bool(true));
    } else {
        stored.settings.insert("ArchiveStatus", Value::from("Active"));
        stored.settings.insert("ArchiveState", Value::from("Local"));
        stored.settings.insert("ArchiveGuid", Value::Guid(item.id(IdentifierKind::Archive)));
        let mut names = vec![format!("In-Place Archive -{}", item.names().display)];
        call.edit("ArchiveName", &mut names);
        stored.settings.insert("ArchiveName", Value::from(names));
    }
    let world = world.change(call)?;
    world.mailboxes.put(item.number(), stored);
    let shown = world.mailboxes.get(item.number()).map(row);
    Ok(Output::rows(shown))
}

/// `Disable-Mailbox`: the archive, or the whole mailbox.
pub(super) fn disable<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    if !call.switch("Archive") {
        if item
            .setting("LitigationHoldEnabled")
            .map_or(super::on_hold(&item), |held| *held == Value::Bool(true))
        {
            return Err(CmdletError::failed(
                "Microsoft.Exchange.Configuration.Tasks.RecipientTaskException",
                format!(
                    "The mailbox \"{}\" is on litigation hold and can't be disabled.",
                    item.name()
                ),
            ));
        }
        let number = item.number();
        world.change(call)?.mailboxes.remove(number, call.now);
        return Ok(Output::nothing());
    }
    let mut stored = item.to_stored(call.now);
    stored.settings.insert("ArchiveStatus", Value::from("None"));
    stored.settings.insert("ArchiveState", Value::from("None"));
    stored.settings.insert("ArchiveGuid", Value::Guid(Uuid::nil()));
    stored.settings.insert("ArchiveName", Value::Strings(Vec::new()));
    world.change(call)?.mailboxes.put(item.number(), stored);
    Ok(Output::nothing())
}
