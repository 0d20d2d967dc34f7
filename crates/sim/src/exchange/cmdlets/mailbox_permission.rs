//! `Get-`, `Add-` and `Remove-MailboxPermission`.

use super::recipient_type::{EDITORS, VIEWERS, mailbox};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::grant::Grant;
use crate::exchange::parameter::{Enumeration, IDENTITY, Parameter, RESULT_SIZE, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

const RIGHTS: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.RecipientTasks.MailboxRights",
    members: &[
        "ChangeOwner",
        "ChangePermission",
        "DeleteItem",
        "ExternalAccount",
        "FullAccess",
        "ReadPermission",
    ],
};
const INHERITANCE: Enumeration = Enumeration {
    name: "System.DirectoryServices.ActiveDirectorySecurityInheritance",
    members: &["None", "All", "Descendents", "SelfAndChildren", "Children"],
};

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-MailboxPermission",
        VIEWERS,
        &[
            IDENTITY,
            Parameter::new("Owner", Type::Switch),
            RESULT_SIZE,
            Parameter::new("UseCustomRouting", Type::Switch),
            Parameter::new("User", Type::Identity),
        ],
        get,
    ),
    Cmdlet::write(
        "Add-MailboxPermission",
        EDITORS,
        Impact::Medium,
        &[
            IDENTITY,
            Parameter::new("AccessRights", Type::Enums(&RIGHTS)).mandatory(),
            Parameter::new("AutoMapping", Type::Bool),
            Parameter::new("Deny", Type::Switch),
            Parameter::new("InheritanceType", Type::Enum(&INHERITANCE)),
            Parameter::new("User", Type::Identity).mandatory(),
        ],
        add,
    )
    .prompt("Adding mailbox permission \"{Identity}\" for user \"{User}\" with access rights \"{AccessRights}\"."),
    Cmdlet::write(
        "Remove-MailboxPermission",
        EDITORS,
        Impact::High,
        &[
            IDENTITY,
            Parameter::new("AccessRights", Type::Enums(&RIGHTS)).mandatory(),
            Parameter::new("Deny", Type::Switch),
            Parameter::new("InheritanceType", Type::Enum(&INHERITANCE)),
            Parameter::new("User", Type::Identity).mandatory(),
        ],
        remove,
    )
    .prompt("Are you sure you want to perform this action?\nRemoving mailbox permission \"{Identity}\" for user \"{User}\" with access rights \"{AccessRights}\"."),
];

fn get<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(world, call.required("Identity"))?;
    let wanted = match call.string("User") {
        Some(user) => Some(user_name(world, user)?),
        None => None,
    };
    let name = item.name().to_owned();
    let owner = Grant {
        user: "NT AUTHORITY\\SELF".to_owned(),
        rights: vec!["FullAccess, ReadPermission".to_owned()],
        deny: false,
    };
    let grants = std::iter::once(owner).chain(world.grants.access(&item, &world.mailboxes));
    let shown = grants.filter(move |grant| {
        wanted.as_ref().is_none_or(|user| user.eq_ignore_ascii_case(&grant.user))
    });
    Ok(Output::rows(shown.map(move |grant| row(&name, &grant))))
}

fn row(identity: &str, grant: &Grant) -> Record<'static> {
    let is_self = grant.user.starts_with("NT AUTHORITY");
    let address = if is_self { String::new() } else { grant.user.clone() };
    Record::new()
        .with("User", grant.user.clone())
        .with("AccessRights", Value::Array(grant.rights.iter().map(|r| r.clone().into()).collect()))
        .with("Deny", grant.deny)
        .with("IsInherited", false)
        .with("UserSid", sid(&grant.user))
        .with("PrimarySmtpAddress", address)
        .with("Identity", identity.to_owned())
        .with("InheritanceType", "All")
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}

/// A security identifier that follows from the name.
pub(super) fn sid(user: &str) -> String {
    if user.starts_with("NT AUTHORITY") {
        return "S-1-5-10".to_owned();
    }
    let hash = user.bytes().fold(0, |hash, byte| crate::config::mix(hash ^ u64::from(byte)));
    format!("S-1-5-21-3652101425-1107352312-1870114212-{}", hash % 90_000_000 + 1_000_000)
}

/// The sign-in name behind an identity.
pub(super) fn user_name(world: &World, identity: &str) -> Result<String, CmdletError> {
    if identity.to_uppercase().starts_with("NT AUTHORITY") {
        return Ok("NT AUTHORITY\\SELF".to_owned());
    }
    if let Some(group) = world.groups.find(identity) {
        return Ok(group.primary_address());
    }
    let user = mailbox(world, identity).map_err(|_| CmdletError::no_such_recipient(identity))?;
    Ok(user.user_principal_name().into_owned())
}

fn add<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    let user = user_name(&world, call.required("User"))?;
    let deny = call.switch("Deny");
    let mut grants = world.grants.access(&item, &world.mailboxes);
    let found = grants
        .iter()
        .position(|grant| grant.user.eq_ignore_ascii_case(&user) && grant.deny == deny);
    let index = found.unwrap_or_else(|| {
        grants.push(Grant { user: user.clone(), rights: Vec::new(), deny });
        grants.len() - 1
    });
    let mut changed = false;
    for right in call.strings("AccessRights") {
        if !grants[index].rights.contains(right) {
            grants[index].rights.push(right.clone());
            changed = true;
        }
    }
    if !changed {
        call.warn(format!("The appropriate access control entry is already present on the object \"{}\" for account \"{user}\".", item.name()));
    }
    let shown = row(item.name(), &grants[index]);
    world.change(call)?.grants.put_access(item.number(), grants);
    Ok(Output::row(shown))
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(&world, call.required("Identity"))?;
    let user = user_name(&world, call.required("User"))?;
    let mut grants = world.grants.access(&item, &world.mailboxes);
    let before = grants.clone();
    for grant in &mut grants {
        if grant.user.eq_ignore_ascii_case(&user) && grant.deny == call.switch("Deny") {
            grant.rights.retain(|right| !call.strings("AccessRights").contains(right));
        }
    }
    grants.retain(|grant| !grant.rights.is_empty());
    if grants == before {
        call.warn(format!("Can't remove the access control entry on the object \"{}\" for account \"{user}\" because the ACE isn't present.", item.name()));
    }
    world.change(call)?.grants.put_access(item.number(), grants);
    Ok(Output::nothing())
}
