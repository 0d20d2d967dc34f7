//! `RecipientTypeDetails` and finding a mailbox, which many cmdlets share.

use crate::data::{FindError, Mailbox};
use crate::exchange::call::Call;
use crate::exchange::cmdlet_error::CmdletError;
use crate::exchange::parameter::Enumeration;
use crate::exchange::row::{Column, Columns, Output};
use crate::exchange::world::World;

/// Roles that may look at recipients.
pub(super) const VIEWERS: &[&str] =
    &["View-Only Recipients", "Mail Recipients", "Mail Recipient Creation"];
/// The role that may change mailboxes.
pub(super) const EDITORS: &[&str] = &["Mail Recipients"];
/// The role that may make and remove mailboxes.
pub(super) const CREATORS: &[&str] = &["Mail Recipient Creation"];
/// Roles that may change a person's own settings.
pub(super) const OPTIONS: &[&str] = &["Mail Recipients", "User Options"];

/// What kinds of recipients there are.
pub(super) const RECIPIENT_TYPE: Enumeration = Enumeration {
    name: "Microsoft.Exchange.Data.Directory.Recipient.RecipientTypeDetails",
    members: &[
        "UserMailbox",
        "SharedMailbox",
        "RoomMailbox",
        "EquipmentMailbox",
        "LinkedMailbox",
        "LegacyMailbox",
        "SchedulingMailbox",
        "DiscoveryMailbox",
        "TeamMailbox",
        "GroupMailbox",
        "PublicFolderMailbox",
        "MailContact",
        "MailUser",
        "GuestMailUser",
        "MailUniversalDistributionGroup",
        "MailUniversalSecurityGroup",
        "MailNonUniversalGroup",
        "DynamicDistributionGroup",
        "RoomList",
        "User",
        "DisabledUser",
    ],
};

/// The mailbox that an identity names.
pub(super) fn mailbox(world: &World, identity: &str) -> Result<Mailbox, CmdletError> {
    world.mailboxes.find(identity).map_err(|error| match error {
        FindError::NotFound => CmdletError::not_found(identity),
        FindError::Ambiguous => CmdletError::ambiguous(identity),
    })
}

/// The mailboxes as these columns show them: the one that `Identity` names, or all that pass
/// `-RecipientTypeDetails` and `-Anr`.
pub(super) fn list<'a>(
    call: &'a Call,
    world: &'a World,
    columns: &'static [Column<Mailbox>],
) -> Result<Output<'a>, CmdletError> {
    if let Some(identity) = call.string("Identity") {
        let item = mailbox(world, identity)?;
        return Ok(Output::row(Columns { item, columns }));
    }
    Ok(Output::seek(move |from| {
        let all = world.mailboxes.from(from);
        let wanted = all.filter(move |(_, item)| {
            is_wanted(call, item.kind().name(), &[&item.names().display, &item.names().alias])
        });
        wanted.map(move |(position, item)| (position, Columns { item, columns }))
    }))
}

/// Whether a recipient passes `-RecipientTypeDetails` and `-Anr`.
pub(super) fn is_wanted(call: &Call, kind: &str, names: &[&str]) -> bool {
    let kinds = call.arguments.contains_key("RecipientTypeDetails");
    let kind_wanted = !kinds || call.strings("RecipientTypeDetails").iter().any(|k| k == kind);
    let anr = call.arguments.get("Anr").and_then(|_| call.string("Anr"));
    kind_wanted
        && anr.is_none_or(|text| {
            let text = text.to_lowercase();
            names.iter().any(|name| {
                let name = name.to_lowercase();
                name.starts_with(&text)
                    || name.split([' ', '.']).any(|part| part.starts_with(&text))
            })
        })
}
