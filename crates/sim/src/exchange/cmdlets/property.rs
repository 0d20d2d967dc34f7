//! What properties show that are the same in every row, whatever the row is of.

use std::borrow::Cow;

use jiff::SignedDuration;
use uuid::Uuid;

use crate::data::Mailbox;
use crate::exchange::value::Value;

/// `null`.
pub(super) fn none<T>(_: &T) -> Value<'_> {
    Value::Null
}

/// The empty text.
pub(super) fn empty<T>(_: &T) -> Value<'_> {
    Value::Str(Cow::Borrowed(""))
}

/// A list without texts.
pub(super) fn no_texts<T>(_: &T) -> Value<'_> {
    Value::Strings(Vec::new())
}

/// `true`.
pub(super) fn yes<T>(_: &T) -> Value<'_> {
    Value::Bool(true)
}

/// `false`.
pub(super) fn no<T>(_: &T) -> Value<'_> {
    Value::Bool(false)
}

/// `Unlimited`.
pub(super) fn unlimited<T>(_: &T) -> Value<'_> {
    Value::Unlimited
}

/// A time span of so many days.
pub(super) fn days<const N: i64, T>(_: &T) -> Value<'_> {
    Value::TimeSpan(SignedDuration::from_hours(24 * N))
}

/// The GUID of nothing.
pub(super) fn no_guid<T>(_: &T) -> Value<'_> {
    Value::Guid(Uuid::nil())
}

/// The name of a mailbox, which is its identity too.
pub(super) fn mailbox_name(item: &Mailbox) -> Value<'_> {
    item.name().into()
}
