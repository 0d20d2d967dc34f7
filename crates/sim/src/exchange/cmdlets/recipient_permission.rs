//! `Get-`, `Add-` and `Remove-RecipientPermission`: sending as somebody.

use super::mailbox_permission::{sid, user_name};
use super::recipient_type::{EDITORS, VIEWERS, mailbox};
use crate::data::Mailbox;
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::grant::Grant;
use crate::exchange::parameter::{
    ANY_IDENTITY, Enumeration, IDENTITY, Parameter, RESULT_SIZE, Type,
};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const RIGHTS: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.RecipientTasks.RecipientAccessRight",
    members: &["SendAs"],
};
const ACCESS_RIGHTS: Parameter = Parameter::new("AccessRights", Type::Enums(&RIGHTS));
const TRUSTEE: Parameter = Parameter::new("Trustee", Type::Identity);

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-RecipientPermission",
        VIEWERS,
        &[ANY_IDENTITY, ACCESS_RIGHTS, RESULT_SIZE, TRUSTEE],
        get,
    ),
    Cmdlet::write(
        "Add-RecipientPermission",
        EDITORS,
        Impact::High,
        &[IDENTITY, ACCESS_RIGHTS.mandatory(), TRUSTEE.mandatory()],
        add,
    )
    .prompt("Are you sure you want to perform this action?\nAdding recipient permission '{Identity}' for user or group '{Trustee}' with access rights '{AccessRights}'."),
    Cmdlet::write(
        "Remove-RecipientPermission",
        EDITORS,
        Impact::High,
        &[
            IDENTITY,
            ACCESS_RIGHTS.mandatory(),
            Parameter::new("Deny", Type::Switch),
            TRUSTEE.mandatory(),
        ],
        remove,
    )
    .prompt("Are you sure you want to perform this action?\nRemoving recipient permission '{Identity}' for user or group '{Trustee}' with access rights '{AccessRights}'."),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let trustee = match call.string("Trustee") {
        Some(user) => Some(user_name(world, user)?),
        None => None,
    };
    if let Some(identity) = call.string("Identity") {
        let rows = rows(world, &mailbox(world, identity)?, trustee.as_deref());
        return Ok(Output::rows(rows));
    }
    // Every mailbox is one position, so a page may end inside of a mailbox only at its first row.
    Ok(Output::seek(move |from| {
        world.mailboxes.from(from >> 8).flat_map(move |(after, item)| {
            let rows = rows(world, &item, trustee.as_deref());
            let last = rows.len() as u64;
            let skip = if after - 1 == from >> 8 { from & 0xff } else { 0 };
            let positioned = rows.into_iter().zip(1..).skip(skip as usize);
            positioned.map(move |(row, nth)| {
                (if nth == last { after << 8 } else { (after - 1) << 8 | nth }, row)
            })
        })
    }))
}

fn rows(world: &World, item: &Mailbox, trustee: Option<&str>) -> Vec<Record<'static>> {
    let own = Grant {
        user: "NT AUTHORITY\\SELF".to_owned(),
        rights: vec!["SendAs".to_owned()],
        deny: false,
    };
    std::iter::once(own)
        .chain(world.grants.send_as(item, &world.mailboxes))
        .filter(|grant| trustee.is_none_or(|user| user.eq_ignore_ascii_case(&grant.user)))
        .map(|grant| row(item.name(), &grant.user))
        .collect()
}

fn row(identity: &str, trustee: &str) -> Record<'static> {
    let address = if trustee.starts_with("NT AUTHORITY") { "" } else { trustee };
    Record::new()
        .with("Identity", identity.to_owned())
        .with("Trustee", trustee.to_owned())
        .with("AccessRights", Value::Array(vec!["SendAs".into()]))
        .with("AccessControlType", "Allow")
        .with("IsInherited", false)
        .with("InheritanceType", "None")
        .with("TrusteeSidString", sid(trustee))
        .with("TrusteeWithPrimarySmtpAddress", address.to_owned())
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}

fn add<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    let user = user_name(&world, call.required("Trustee"))?;
    let mut grants = world.grants.send_as(&item, &world.mailboxes);
    if grants.iter().any(|grant| grant.user.eq_ignore_ascii_case(&user)) {
        call.warn(format!("The appropriate access control entry is already present on the object \"{}\" for account \"{user}\".", item.name()));
    } else {
        grants.push(Grant { user: user.clone(), rights: vec!["SendAs".to_owned()], deny: false });
    }
    world.change(call)?.grants.put_send_as(item.number(), grants);
    Ok(Output::row(row(item.name(), &user)))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    let user = user_name(&world, call.required("Trustee"))?;
    let mut grants = world.grants.send_as(&item, &world.mailboxes);
    let before = grants.len();
    grants.retain(|grant| !grant.user.eq_ignore_ascii_case(&user));
    if grants.len() == before {
        call.warn(format!("Can't remove the access control entry on the object \"{}\" for account \"{user}\" because the ACE isn't present.", item.name()));
    }
    world.change(call)?.grants.put_send_as(item.number(), grants);
    Ok(Output::nothing())
}
