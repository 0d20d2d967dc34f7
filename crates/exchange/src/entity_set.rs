//! Where the entities of the `Get-EXO…` cmdlets are.

use crate::cmdlet::CmdletName;

/// What a cmdlet reads.
pub(crate) struct Entity {
    /// Its name.
    pub(crate) cmdlet: &'static str,
    /// The set of all of them, if they can be listed.
    pub(crate) list: Option<&'static str>,
    /// The path of one, with `{key}` for its key and `{folder}` for a folder's.
    pub(crate) one: &'static str,
    /// Whether keys are base64 of their text.
    pub(crate) encoded: bool,
    /// Query options that always stand.
    pub(crate) fixed: &'static str,
}

/// The nine cmdlets. Paths: Exchange's CSDL and the requests of older modules.
const ENTITIES: [Entity; 9] = [
    Entity {
        cmdlet: "Get-EXOMailbox",
        list: Some("Mailbox"),
        one: "Mailbox('{key}')",
        encoded: false,
        fixed: "",
    },
    Entity {
        cmdlet: "Get-EXOCasMailbox",
        list: Some("CasMailbox"),
        one: "CasMailbox('{key}')",
        encoded: false,
        fixed: "",
    },
    Entity {
        cmdlet: "Get-EXORecipient",
        list: Some("Recipient"),
        one: "Recipient('{key}')",
        encoded: false,
        fixed: "",
    },
    Entity {
        cmdlet: "Get-EXORecipientPermission",
        list: Some("Recipient"),
        one: "Recipient('{key}')",
        encoded: false,
        fixed: "$expand=RecipientPermission&$select=RecipientPermission",
    },
    Entity {
        cmdlet: "Get-EXOMailboxStatistics",
        list: None,
        one: "Mailbox('{key}')/Exchange.GetMailboxStatistics()",
        encoded: true,
        fixed: "isEncoded=true",
    },
    Entity {
        cmdlet: "Get-EXOMailboxFolderStatistics",
        list: None,
        one: "Mailbox('{key}')/MailboxFolder/Exchange.GetMailboxFolderStatistics(folderscope=Exchange.ElcFolderType'{scope}')",
        encoded: true,
        fixed: "isEncoded=true",
    },
    Entity {
        cmdlet: "Get-EXOMailboxFolderPermission",
        list: None,
        one: "Mailbox('{key}')/MailboxFolder('{folder}')/MailboxFolderPermission",
        encoded: true,
        fixed: "IsUsingMailboxFolderId=True&isEncoded=true",
    },
    Entity {
        cmdlet: "Get-EXOMailboxPermission",
        list: None,
        one: "Mailbox('{key}')/MailboxPermission",
        encoded: true,
        fixed: "isEncoded=true",
    },
    Entity {
        cmdlet: "Get-EXOMobileDeviceStatistics",
        list: None,
        one: "Mailbox('{key}')/MobileDevice/Exchange.GetMobileDeviceStatistics()",
        encoded: true,
        fixed: "isEncoded=true",
    },
];

/// The entity of a cmdlet, if it is one of the nine.
pub(crate) fn find(cmdlet: &CmdletName) -> Option<&'static Entity> {
    ENTITIES.iter().find(|entity| cmdlet.is(entity.cmdlet))
}
