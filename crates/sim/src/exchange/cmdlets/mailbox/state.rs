//! The state that mailboxes are in before anybody has changed them: archives, holds, quotas, what
//! is audited.

use std::borrow::Cow;

use uuid::Uuid;

use crate::data::{IdentifierKind as Id, Mailbox, MailboxKind};
use crate::exchange::value::Value;

/// A gigabyte, in bytes.
pub(super) const GB: u64 = 1 << 30;

/// The administrator's actions that are audited by default.
pub(super) const AUDIT_ADMIN: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "SendAs",
    "SendOnBehalf",
    "Create",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "UpdateCalendarDelegation",
    "ApplyRecord",
    "MailItemsAccessed",
];

/// A delegate's.
pub(super) const AUDIT_DELEGATE: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "SendAs",
    "SendOnBehalf",
    "Create",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "ApplyRecord",
    "MailItemsAccessed",
];

/// The owner's.
pub(super) const AUDIT_OWNER: &[&str] = &[
    "Update",
    "MoveToDeletedItems",
    "SoftDelete",
    "HardDelete",
    "UpdateFolderPermissions",
    "UpdateInboxRules",
    "UpdateCalendarDelegation",
    "ApplyRecord",
    "MailItemsAccessed",
    "Send",
];

/// Whether the mailbox has an archive: a fifth of the users.
pub(in crate::exchange::cmdlets) fn has_archive(m: &Mailbox) -> bool {
    m.kind() == MailboxKind::User && m.draw(20, 5) == 0
}

/// Whether it is on litigation hold: one in thirty users.
pub(in crate::exchange::cmdlets) fn on_hold(m: &Mailbox) -> bool {
    m.kind() == MailboxKind::User && m.number() > 0 && m.draw(21, 30) == 0
}

/// The archive; nothing where there is none.
pub(super) fn archive_guid(m: &Mailbox) -> Value<'_> {
    Value::Guid(if has_archive(m) { m.id(Id::Archive) } else { Uuid::nil() })
}

/// The database, of the 4,800 that there are.
pub(super) fn database(m: &Mailbox) -> Value<'_> {
    format!("EURPR01DG{:03}-db{:03}", m.draw(10, 40) + 1, m.draw(11, 120) + 1).into()
}

/// From which size on a mailbox no longer sends.
pub(super) fn send_quota(m: &Mailbox) -> Value<'_> {
    Value::Size(if m.kind() == MailboxKind::User { 99 * GB } else { 49 * GB + GB / 2 })
}

/// How large a mailbox may be.
pub(super) fn full_quota(m: &Mailbox) -> Value<'_> {
    Value::Size(if m.kind() == MailboxKind::User { 100 * GB } else { 50 * GB })
}

/// From which size on its owner is warned.
pub(super) fn warning_quota(m: &Mailbox) -> Value<'_> {
    Value::Size(if m.kind() == MailboxKind::User { 98 * GB } else { 49 * GB })
}

/// The server.
pub(super) fn server(m: &Mailbox) -> Value<'_> {
    format!("am0pr01mb{:04}", m.draw(12, 9000) + 1000).into()
}

/// Where mail is forwarded to: one in two hundred forwards to the outside, which audits look for.
pub(super) fn forwarding(m: &Mailbox) -> Value<'_> {
    if m.number() > 7 && m.draw(22, 200) == 0 {
        format!("smtp:{}@fabrikam.example", m.names().alias).into()
    } else {
        Value::Null
    }
}

/// A list of texts.
pub(super) fn strings<'a>(items: &'static [&'static str]) -> Value<'a> {
    Value::Strings(items.iter().map(|item| Cow::Borrowed(*item)).collect())
}

/// The language of the place.
pub(super) fn languages(m: &Mailbox) -> Value<'_> {
    Value::Strings(vec![Cow::Borrowed(m.place().language)])
}

/// Which protocols are on, as the directory keeps it.
pub(super) fn protocols(_: &Mailbox) -> Value<'_> {
    strings(&["HTTP§1§1§§§§§§", "OWA§1", "IMAP4§0§§§§§§§", "POP3§0§§§§§§§"])
}
