//! Parameters of a `Set-` cmdlet that are properties of the same name.

use std::borrow::Cow;

use crate::data::Settings;
use crate::exchange::call::{Argument, Call};
use crate::exchange::row::Row;
use crate::exchange::value::Value;

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
