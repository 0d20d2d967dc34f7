//! What is in the tenant: computed from a seed, not held.
//!
//! Object `i` is a pure function of the seed and `i`; only what cmdlets changed is kept. Names and
//! identifiers are made so that they can be inverted: an alias, address or GUID leads back to `i`
//! without an index.

mod company;
mod groups;
mod identifier;
mod mailbox;
mod mailboxes;
mod names;
mod organization;
mod person;

pub(crate) use groups::{Group, GroupKind, Groups};
pub(crate) use identifier::Kind as IdentifierKind;
pub(crate) use mailbox::{Mailbox, MailboxKind, Settings, Stored};
pub(crate) use mailboxes::{FindError, Mailboxes};
pub(crate) use names::ascii as ascii_of;
pub(crate) use organization::{FOREST, Organization};
pub(crate) use person::Names;
