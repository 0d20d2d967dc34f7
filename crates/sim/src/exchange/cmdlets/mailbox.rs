//! `Get-Mailbox`.

use super::super::call::Call;
use super::super::cmdlet::Cmdlet;
use super::super::cmdlet_error::CmdletError;
use super::super::parameter::{ANY_IDENTITY, FILTER, RESULT_SIZE, SORT_BY};
use super::super::row::{Column, Columns, Output, column};
use super::super::value::Value;
use super::super::world::World;
use crate::data::{FindError, IdentifierKind, Mailbox};

const VIEWERS: &[&str] = &["View-Only Recipients", "Mail Recipients", "Mail Recipient Creation"];

pub(super) const CMDLETS: &[Cmdlet] =
    &[Cmdlet::read("Get-Mailbox", VIEWERS, &[ANY_IDENTITY, FILTER, RESULT_SIZE, SORT_BY], get)];

/// The properties of a `Get-Mailbox` row.
static COLUMNS: &[Column<Mailbox>] = &[
    column("ExchangeGuid", |m| m.id(IdentifierKind::Mailbox).into()),
    column("DisplayName", |m| m.names().display.as_str().into()),
    column("Alias", |m| m.names().alias.as_str().into()),
    column("EmailAddresses", |m| Value::from(m.addresses().into_owned())),
    column("WhenCreated", |m| Value::Local(m.created())),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    match call.string("Identity") {
        Some(identity) => {
            let item = world.mailboxes.find(identity).map_err(|error| match error {
                FindError::NotFound => CmdletError::not_found(identity),
                FindError::Ambiguous => CmdletError::ambiguous(identity),
            })?;
            Ok(Output::row(Columns { item, columns: COLUMNS }))
        }
        None => Ok(Output::seek(|from| {
            let mailboxes = world.mailboxes.from(from);
            mailboxes.map(|(position, item)| (position, Columns { item, columns: COLUMNS }))
        })),
    }
}
