//! Parameters of a `Set-` cmdlet that are properties of the same name.

use std::borrow::Cow;

use super::recipient_type::mailbox;
use crate::data::{Mailbox, Settings, Stored};
use crate::exchange::call::{Argument, Call};
use crate::exchange::cmdlet::Pending;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::row::{Column, Columns, Output, Row};
use crate::exchange::value::Value;

/// A `Set-` cmdlet of which every parameter but `Identity` is a property of the mailbox.
pub(super) fn set<'a>(
    call: &'a Call,
    world: Pending<'a>,
    columns: &'static [Column<Mailbox>],
) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    let mut stored = item.to_stored(call.now);
    let row = Columns { item, columns };
    let changed = apply(call, &row, &["Identity"], &mut stored.settings);
    keep(call, world, &row.item, changed.then_some(stored))
}

/// Keeps what a `Set-` cmdlet made of a mailbox; warns if it changed nothing.
pub(super) fn keep<'a>(
    call: &Call,
    world: Pending<'a>,
    item: &Mailbox,
    changed: Option<Stored>,
) -> Result<Output<'a>, CmdletError> {
    let world = world.change(call)?;
    match changed {
        Some(stored) => world.mailboxes.put(item.number(), stored),
        None => call.warn_unmodified(item.name()),
    }
    Ok(Output::nothing())
}

/// Takes over every given parameter that the row has as a property and that is not among `except`.
/// Tells whether anything differs from what the row shows.
pub(super) fn apply(call: &Call, row: &dyn Row, except: &[&str], settings: &mut Settings) -> bool {
    let mut changed = false;
    for (name, argument) in &call.arguments {
        if except.contains(name) {
            continue;
        }
        let Some(present) = row.get(name) else { continue };
        let value = value_of(call, name, argument, &present);
        if value.text() != present.text() || (value == Value::Null) != (present == Value::Null) {
            changed = true;
            settings.insert(name, value);
        }
    }
    changed
}

fn value_of(call: &Call, name: &str, argument: &Argument, present: &Value<'_>) -> Value<'static> {
    let texts = || match present {
        Value::Strings(items) => items.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    match (argument, present) {
        (Argument::Edit { .. } | Argument::Texts(_), _) | (Argument::Null, Value::Strings(_)) => {
            let mut texts = texts();
            call.edit(name, &mut texts);
            Value::from(texts)
        }
        (Argument::Text(text), Value::Strings(_)) => Value::from(vec![text.clone()]),
        (Argument::Null, Value::Str(_)) => Value::Str(Cow::Borrowed("")),
        _ => plain(argument),
    }
}

fn plain(argument: &Argument) -> Value<'static> {
    match argument {
        Argument::Text(text) => Value::from(text.clone()),
        Argument::Flag(flag) => Value::Bool(*flag),
        Argument::Number(number) => Value::Int32(*number as i32),
        Argument::Unlimited => Value::Unlimited,
        Argument::Guid(id) => Value::Guid(*id),
        Argument::Time(time) => Value::Local(*time),
        Argument::Span(span) => Value::TimeSpan(*span),
        Argument::Texts(items) => Value::from(items.clone()),
        _ => Value::Null,
    }
}
