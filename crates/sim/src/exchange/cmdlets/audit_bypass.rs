//! `MailboxAuditBypassAssociation`: mailboxes whose owners leave no audit records.

use crate::data::{FindError, IdentifierKind, Mailbox};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::{ANY_IDENTITY, IDENTITY, Parameter, RESULT_SIZE, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-MailboxAuditBypassAssociation",
        &["View-Only Configuration", "Audit Logs", "View-Only Audit Logs", "View-Only Recipients"],
        &[ANY_IDENTITY, RESULT_SIZE],
        get,
    ),
    Cmdlet::write(
        "Set-MailboxAuditBypassAssociation",
        &["Audit Logs", "Organization Configuration"],
        Impact::Medium,
        &[IDENTITY, Parameter::new("AuditBypassEnabled", Type::Bool)],
        set,
    ),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    match call.string("Identity") {
        Some(identity) => Ok(Output::row(row(world, &find(world, identity)?))),
        None => Ok(Output::seek(move |from| {
            world.mailboxes.from(from).map(|(position, mailbox)| (position, row(world, &mailbox)))
        })),
    }
}

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let mailbox = find(&world, call.required("Identity"))?;
    let number = mailbox.number();
    let bypassed = world.administration.audit_bypass.contains(&number);
    let wanted = call.flag("AuditBypassEnabled").unwrap_or(bypassed);
    if wanted == bypassed {
        call.warn_unmodified(mailbox.name());
    }
    let bypass = &mut world.change(call)?.administration.audit_bypass;
    if wanted {
        bypass.insert(number);
    } else {
        bypass.remove(&number);
    }
    Ok(Output::nothing())
}

/// The mailbox that `identity` names.
pub(super) fn find(world: &World, identity: &str) -> Result<Mailbox, CmdletError> {
    world.mailboxes.find(identity).map_err(|error| match error {
        FindError::NotFound => CmdletError::not_found(identity),
        FindError::Ambiguous => CmdletError::ambiguous(identity),
    })
}

fn row(world: &World, mailbox: &Mailbox) -> Record<'static> {
    let bypassed = world.administration.audit_bypass.contains(&mailbox.number());
    Record::new()
        .with("ObjectId", mailbox.id(IdentifierKind::Object))
        .with("AuditBypassEnabled", bypassed)
        .with("Name", mailbox.name().to_owned())
        .with("DistinguishedName", mailbox.distinguished_name())
        .with("Identity", mailbox.name().to_owned())
        .with("Guid", mailbox.id(IdentifierKind::Object))
        .with("WhenChangedUTC", Value::Utc(mailbox.changed()))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}
