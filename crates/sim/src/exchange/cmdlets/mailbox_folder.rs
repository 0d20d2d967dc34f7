//! Folders of a mailbox: their statistics and who may see them.

use super::mailbox_statistics::{item_count, total_size};
use super::recipient_type::{OPTIONS, VIEWERS, mailbox};
use crate::data::{IdentifierKind, Mailbox};
use crate::exchange::call::Call;
use crate::exchange::cmdlet::{Cmdlet, Impact, Pending};
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::grant::FolderGrant;
use crate::exchange::parameter::{Enumeration, IDENTITY, Parameter, RESULT_SIZE, Type};
use crate::exchange::row::{Output, Record};
use crate::exchange::value::Value;
use crate::exchange::world::World;

/// Path, type, share of items in a thousand.
const FOLDERS: [(&str, &str, u64); 18] = [
    ("/Top of Information Store", "Root", 0),
    ("/Archive", "Archive", 220),
    ("/Calendar", "Calendar", 60),
    ("/Contacts", "Contacts", 5),
    ("/Conversation History", "ConversationHistory", 3),
    ("/Deleted Items", "DeletedItems", 110),
    ("/Drafts", "Drafts", 2),
    ("/Inbox", "Inbox", 380),
    ("/Inbox/Newsletters", "User Created", 40),
    ("/Inbox/Projects", "User Created", 60),
    ("/Journal", "Journal", 0),
    ("/Junk Email", "JunkEmail", 5),
    ("/Notes", "Notes", 1),
    ("/Outbox", "Outbox", 0),
    ("/Sent Items", "SentItems", 100),
    ("/Tasks", "Tasks", 2),
    ("/Recoverable Items", "RecoverableItemsRoot", 0),
    ("/Deletions", "RecoverableItemsDeletions", 12),
];

const SCOPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.ElcFolderType",
    members: &[
        "Calendar",
        "Contacts",
        "DeletedItems",
        "Drafts",
        "Inbox",
        "JunkEmail",
        "Journal",
        "Notes",
        "Outbox",
        "SentItems",
        "Tasks",
        "All",
        "ManagedCustomFolder",
        "RssSubscriptions",
        "SyncIssues",
        "ConversationHistory",
        "Personal",
        "RecoverableItems",
        "NonIpmRoot",
        "LegacyArchiveJournals",
        "Archive",
    ],
};
const RIGHTS: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.StoreTasks.MailboxFolderAccessRight",
    members: &[
        "None",
        "Owner",
        "PublishingEditor",
        "Editor",
        "PublishingAuthor",
        "Author",
        "NonEditingAuthor",
        "Reviewer",
        "Contributor",
        "AvailabilityOnly",
        "LimitedDetails",
        "ReadItems",
        "CreateItems",
        "EditOwnedItems",
        "DeleteOwnedItems",
        "EditAllItems",
        "DeleteAllItems",
        "CreateSubfolders",
        "FolderOwner",
        "FolderContact",
        "FolderVisible",
    ],
};
const FLAGS: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Management.StoreTasks.MailboxFolderPermissionFlags",
    members: &["None", "Delegate", "CanViewPrivateItems"],
};

const USER: Parameter = Parameter::new("User", Type::Identity);
const CHANGE: &[Parameter] = &[
    IDENTITY,
    Parameter::new("AccessRights", Type::Enums(&RIGHTS)).mandatory(),
    Parameter::new("SendNotificationToUser", Type::Bool),
    Parameter::new("SharingPermissionFlags", Type::Enums(&FLAGS)),
    USER.mandatory(),
];

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-MailboxFolderStatistics",
        VIEWERS,
        &[
            IDENTITY,
            Parameter::new("Archive", Type::Switch),
            Parameter::new("FolderScope", Type::Enum(&SCOPE)),
            Parameter::new("IncludeAnalysis", Type::Switch),
            Parameter::new("IncludeOldestAndNewestItems", Type::Switch),
            RESULT_SIZE,
            Parameter::new("UseCustomRouting", Type::Switch),
        ],
        statistics,
    ),
    Cmdlet::read(
        "Get-MailboxFolderPermission",
        &["View-Only Recipients", "Mail Recipients", "User Options"],
        &[
            IDENTITY,
            Parameter::new("GroupMailbox", Type::Switch),
            RESULT_SIZE,
            Parameter::new("UseCustomRouting", Type::Switch),
            USER,
        ],
        permissions,
    ),
    Cmdlet::write("Add-MailboxFolderPermission", OPTIONS, Impact::Medium, CHANGE, add)
        .prompt("Adding mailbox folder permission on \"{Identity}\" for user \"{User}\" with access rights \"{AccessRights}\"."),
    Cmdlet::write("Set-MailboxFolderPermission", OPTIONS, Impact::Medium, CHANGE, set)
        .prompt("Setting mailbox folder permission on \"{Identity}\" for user \"{User}\" with access rights \"{AccessRights}\"."),
    Cmdlet::write(
        "Remove-MailboxFolderPermission",
        OPTIONS,
        Impact::High,
        &[IDENTITY, Parameter::new("SendNotificationToUser", Type::Bool), USER.mandatory()],
        remove,
    )
    .prompt("Are you sure you want to perform this action?\nRemoving mailbox folder permission on \"{Identity}\" for user \"{User}\"."),
];

fn statistics<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let item = mailbox(world, call.required("Identity"))?;
    let scope = call.string("FolderScope").unwrap_or("All");
    let wanted = FOLDERS.iter().enumerate().filter(move |(_, (path, kind, _))| match scope {
        "All" => true,
        "RecoverableItems" => kind.starts_with("Recoverable"),
        kind_wanted => {
            *kind == kind_wanted
                || (*kind == "User Created" && path.starts_with(&format!("/{kind_wanted}/")))
        }
    });
    let dates = call.switch("IncludeOldestAndNewestItems");
    Ok(Output::rows(
        wanted.map(move |(nth, folder)| statistics_row(&item, nth as u64, folder, dates)),
    ))
}

fn statistics_row(
    item: &Mailbox,
    nth: u64,
    (path, kind, share): &(&str, &str, u64),
    dates: bool,
) -> Record<'static> {
    let count = (item_count(item) as u64 * share / 1000) as i32;
    let size = total_size(item) / 1000 * share;
    let name = path.rsplit('/').next().unwrap_or_default();
    let date = |time| if dates && count > 0 { Value::Local(time) } else { Value::Null };
    Record::new()
        .with("Name", name.to_owned())
        .with("FolderPath", (*path).to_owned())
        .with("FolderId", format!("LgAAAA{:016x}{nth:02x}AAAAAB", item.draw(30, u64::MAX)))
        .with("FolderType", (*kind).to_owned())
        .with("ContainerClass", if *kind == "Calendar" { "IPF.Appointment" } else { "IPF.Note" })
        .with("ItemsInFolder", count)
        .with("DeletedItemsInFolder", 0)
        .with("FolderSize", Value::Size(size))
        .with("ItemsInFolderAndSubfolders", count)
        .with("FolderAndSubfolderSize", Value::Size(size))
        .with("OldestItemReceivedDate", date(item.created()))
        .with("NewestItemReceivedDate", date(item.changed()))
        .with("CreationTime", Value::Local(item.created()))
        .with("LastModifiedTime", Value::Local(item.changed()))
        .with("Date", Value::Local(item.created()))
        .with("Movable", matches!(*kind, "User Created"))
        .with("RecoverableItemsFolder", kind.starts_with("Recoverable"))
        .with("ContentMailboxGuid", item.id(IdentifierKind::Mailbox))
        .with("Identity", format!("{}{}", item.name(), path.replace('/', "\\")))
        .with("IsValid", true)
        .with("ObjectState", "Unchanged")
}

/// A folder: mailbox, path in lower case with backslashes, and the name for display.
struct Folder {
    item: Mailbox,
    path: String,
    name: String,
}

/// Reads `mailbox:\Folder`, or `mailbox` for the root.
fn folder(world: &World, identity: &str) -> Result<Folder, CmdletError> {
    let (name, path) = identity.split_once(":\\").unwrap_or((identity, ""));
    let item = mailbox(world, name.trim_end_matches(':'))?;
    let path = path.trim_matches('\\').replace('/', "\\");
    let is_wanted =
        |known: &str| known.trim_start_matches('/').replace('/', "\\").eq_ignore_ascii_case(&path);
    let known = path.is_empty() || FOLDERS.iter().any(|(known, ..)| is_wanted(known));
    if !known {
        return Err(CmdletError::not_found(identity));
    }
    let display = path.rsplit('\\').next().unwrap_or_default();
    let name = if display.is_empty() { "Top of Information Store" } else { display };
    Ok(Folder { item, path: format!("\\{}", path.to_lowercase()), name: name.to_owned() })
}

fn permissions<'a>(call: &'a Call, world: &'a World) -> Result<Output<'a>, CmdletError> {
    let folder = folder(world, call.required("Identity"))?;
    let mut grants = world.grants.folder(&folder.item, &folder.path);
    if let Some(user) = call.string("User") {
        let name = who(world, user)?;
        grants.retain(|grant| grant.user == name);
        if grants.is_empty() {
            return Err(no_entry(&name));
        }
    }
    Ok(Output::rows(grants.into_iter().map(move |grant| permission_row(&folder, &grant))))
}

fn permission_row(folder: &Folder, grant: &FolderGrant) -> Record<'static> {
    let texts =
        |items: &[String]| Value::Array(items.iter().map(|item| item.clone().into()).collect());
    Record::new()
        .with("FolderName", folder.name.clone())
        .with("User", grant.user.clone())
        .with("AccessRights", texts(&grant.rights))
        .with("SharingPermissionFlags", (!grant.flags.is_empty()).then(|| grant.flags.join(", ")))
        .with("Identity", format!("{}:{}", folder.item.name(), folder.path))
        .with("IsValid", true)
        .with("ObjectState", "New")
}

/// The name that a permission shows.
fn who(world: &World, user: &str) -> Result<String, CmdletError> {
    for name in ["Default", "Anonymous"] {
        if user.eq_ignore_ascii_case(name) {
            return Ok(name.to_owned());
        }
    }
    let item = mailbox(world, user).map_err(|_| {
        CmdletError::failed(
            "Microsoft.Exchange.Management.StoreTasks.InvalidExternalUserIdException",
            format!("The user \"{user}\" is either not valid SMTP address, or there is no matching information."),
        )
    })?;
    Ok(item.names().display.clone())
}

fn no_entry(user: &str) -> CmdletError {
    CmdletError::failed(
        "Microsoft.Exchange.Management.StoreTasks.UserNotFoundInPermissionEntryException",
        format!("There is no existing permission entry found for user: {user}."),
    )
}

fn add<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let folder = folder(&world, call.required("Identity"))?;
    let user = who(&world, call.required("User"))?;
    let mut grants = world.grants.folder(&folder.item, &folder.path);
    if grants.iter().any(|grant| grant.user == user) {
        return Err(CmdletError::failed(
            "Microsoft.Exchange.Management.StoreTasks.UserAlreadyExistsInPermissionEntryException",
            format!("An existing permission entry was found for user: {user}."),
        ));
    }
    let grant = FolderGrant {
        user,
        rights: call.strings("AccessRights").to_vec(),
        flags: call.strings("SharingPermissionFlags").to_vec(),
    };
    let shown = permission_row(&folder, &grant);
    grants.push(grant);
    world.change(call)?.grants.put_folder(folder.item.number(), &folder.path, grants);
    Ok(Output::row(shown))
}

fn set<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let folder = folder(&world, call.required("Identity"))?;
    let user = who(&world, call.required("User"))?;
    let mut grants = world.grants.folder(&folder.item, &folder.path);
    let grant =
        grants.iter_mut().find(|grant| grant.user == user).ok_or_else(|| no_entry(&user))?;
    let rights = call.strings("AccessRights").to_vec();
    if grant.rights == rights && !call.has("SharingPermissionFlags") {
        call.warn_unmodified(call.required("Identity"));
    }
    grant.rights = rights;
    grant.flags = call.strings("SharingPermissionFlags").to_vec();
    world.change(call)?.grants.put_folder(folder.item.number(), &folder.path, grants);
    Ok(Output::nothing())
}

fn remove<'a>(call: &'a Call, world: Pending<'a>) -> Result<Output<'a>, CmdletError> {
    let folder = folder(&world, call.required("Identity"))?;
    let user = who(&world, call.required("User"))?;
    let mut grants = world.grants.folder(&folder.item, &folder.path);
    let before = grants.len();
    grants.retain(|grant| grant.user != user);
    if grants.len() == before {
        return Err(no_entry(&user));
    }
    world.change(call)?.grants.put_folder(folder.item.number(), &folder.path, grants);
    Ok(Output::nothing())
}
