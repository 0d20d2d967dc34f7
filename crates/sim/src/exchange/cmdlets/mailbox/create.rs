//! `New-` and `Remove-Mailbox`.

use super::super::recipient_type::mailbox;
use super::{address, kind_named, row};
use crate::data::{FindError, MailboxKind, Names, Settings, Stored};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::Pending;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::row::Output;
use crate::exchange::value::Value;

/// `New-Mailbox`.
pub(super) fn new<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let name = call.required("Name");
    let kind = ["Shared", "Room", "Equipment"].iter().find(|kind| call.switch(kind));
    let kind = kind.map_or(MailboxKind::User, |kind| kind_named(kind));
    let sign_in = call.string("MicrosoftOnlineServicesID");
    let alias = call.string("Alias").map_or_else(
        || {
            sign_in
                .and_then(|name| name.split('@').next())
                .map_or_else(|| alias_of(name), str::to_owned)
        },
        str::to_owned,
    );
    for taken in [name, alias.as_str()] {
        if !matches!(world.mailboxes.find(taken), Err(FindError::NotFound)) {
            return Err(CmdletError::already_exists(taken));
        }
    }
    let organization = &world.organization;
    let primary = call
        .string("PrimarySmtpAddress")
        .or(sign_in)
        .map_or_else(|| format!("{alias}@{}", organization.domain), str::to_owned);
    let initial = format!("{alias}@{}", organization.initial_domain);
    let mut addresses = vec![format!("SMTP:{primary}")];
    if !initial.eq_ignore_ascii_case(&primary) {
        addresses.insert(0, format!("smtp:{initial}"));
    }
    address::check(&world, None, &addresses)?;
    let mut settings = Settings::new();
    if let Some(capacity) =
        call.arguments.get("ResourceCapacity").and_then(|_| call.number("ResourceCapacity"))
    {
        settings.insert("ResourceCapacity", Value::Int32(capacity as i32));
    }
    let text = |parameter| call.string(parameter).unwrap_or_default().to_owned();
    let stored = Stored {
        kind,
        names: Names {
            given: text("FirstName"),
            surname: text("LastName"),
            display: call.string("DisplayName").unwrap_or(name).to_owned(),
            alias,
            other_alias: String::new(),
        },
        name: name.to_owned(),
        user_principal_name: sign_in.map_or_else(|| primary.clone(), str::to_owned),
        addresses,
        created: Some(call.now),
        changed: call.now,
        settings,
    };
    let world = world.change(call)?;
    let number = world.mailboxes.create(stored);
    Ok(Output::rows(world.mailboxes.get(number).map(row)))
}

/// `Remove-Mailbox`. The mailbox is soft-deleted.
pub(super) fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let number = mailbox(&world, call.required("Identity"))?.number();
    world.change(call)?.mailboxes.remove(number, call.now);
    Ok(Output::nothing())
}

/// The alias that the service makes from a name: letters, digits, dots and hyphens.
fn alias_of(name: &str) -> String {
    crate::data::ascii_of(name)
}
