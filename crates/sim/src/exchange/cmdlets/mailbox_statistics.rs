//! `Get-MailboxStatistics`.

use jiff::{SignedDuration, Timestamp};

use super::mailbox::has_archive;
use super::recipient_type::{VIEWERS, mailbox};
use crate::data::{IdentifierKind, Mailbox, MailboxKind};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{IDENTITY, Parameter, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

pub(super) const CMDLETS: &[Cmdlet] = &[Cmdlet::read(
    "Get-MailboxStatistics",
    VIEWERS,
    &[
        IDENTITY,
        Parameter::new("Archive", Type::Switch),
        Parameter::new("IncludeSoftDeletedRecipients", Type::Switch),
        Parameter::new("UseCustomRouting", Type::Switch),
    ],
    get,
)];

/// How many bytes are in a mailbox: most hold a few gigabytes, some are almost full.
pub(super) fn total_size(item: &Mailbox) -> u64 {
    let limit = if item.kind() == MailboxKind::User { 99 << 30 } else { 49 << 30 };
    // The product of three draws is small for most and large for a few.
    let share =
        [90, 91, 92].iter().fold(1.0, |share, n| share * item.draw(*n, 1000) as f64 / 1000.0);
    (share * f64::from(1 << 20)) as u64 * (limit >> 20)
}

/// How many items are in a mailbox.
pub(super) fn item_count(item: &Mailbox) -> i32 {
    (total_size(item) / 75_000) as i32 + item.draw(93, 90) as i32
}

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(world, call.required("Identity"))?;
    let archive = call.switch("Archive");
    if archive && !has_archive(&item) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Configuration.Tasks.RecipientTaskException",
            format!("The user \"{}\" doesn't have an archive mailbox.", item.name()),
        ));
    }
    let kind = if archive { IdentifierKind::Archive } else { IdentifierKind::Mailbox };
    let size = if archive { total_size(&item) / 2 } else { total_size(&item) };
    let deleted = size / 40;
    Ok(Output::row(
        Record::new()
            .with("AssociatedItemCount", 80 + item.draw(94, 400) as i32)
            .with("AttachmentTableAvailableSize", Value::Size(0))
            .with("AttachmentTableTotalSize", Value::Size(size / 2))
            .with("DeletedItemCount", item_count(&item) / 30)
            .with("DisconnectDate", Value::Null)
            .with("DisconnectReason", Value::Null)
            .with("DisplayName", item.names().display.clone())
            .with("ExternalDirectoryOrganizationId", world.organization.tenant_id)
            .with("IsAbandonedMoveDestination", false)
            .with("IsArchiveMailbox", archive)
            .with("IsDatabaseCopyActive", true)
            .with("IsQuarantined", false)
            .with("ItemCount", if archive { item_count(&item) / 2 } else { item_count(&item) })
            .with("LastInteractionTime", last_logon(&item, call.now).map(Value::Local))
            .with("LastLogoffTime", Value::Null)
            .with("LastLogonTime", last_logon(&item, call.now).map(Value::Local))
            .with("LastUserActionTime", last_logon(&item, call.now).map(Value::Local))
            .with("LegacyDN", item.legacy_name())
            .with("MailboxGuid", item.id(kind))
            .with("MailboxType", "Private")
            .with("MailboxTypeDetail", item.kind().name())
            .with("MessageTableTotalSize", Value::Size(size / 10))
            .with("ObjectClass", "Mailbox, ExOleDbSystemMailbox")
            .with("OwnerADGuid", item.id(IdentifierKind::Object))
            .with("StorageLimitStatus", Value::Null)
            .with("SystemMessageCount", 200 + item.draw(95, 900) as i32)
            .with("SystemMessageSize", Value::Size(size / 100))
            .with("TotalDeletedItemSize", Value::Size(deleted))
            .with("TotalItemSize", Value::Size(size))
            .with(
                "Database",
                format!("EURPR01DG{:03}-db{:03}", item.draw(10, 40) + 1, item.draw(11, 120) + 1),
            )
            .with("ServerName", format!("AM0PR01MB{:04}", item.draw(12, 9000) + 1000))
            .with("Identity", item.id(kind).to_string())
            .with("MailboxIdentity", item.name().to_owned())
            .with("IsValid", true)
            .with("ObjectState", "Unchanged"),
    ))
}

/// When somebody logged on last. One in twenty has not for months, one in fifty never did.
fn last_logon(item: &Mailbox, now: Timestamp) -> Option<Timestamp> {
    let hours = match item.draw(96, 100) {
        0 | 1 => return None,
        2..=6 => 24 * (90 + item.draw(97, 400)),
        _ => item.draw(97, 140),
    };
    let second = SignedDuration::from_secs(item.draw(98, 3600) as i64);
    now.checked_sub(SignedDuration::from_hours(hours as i64) + second).ok()
}
