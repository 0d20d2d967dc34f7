//! Policies for mailboxes: Outlook on the web, retention and calendar sharing.

use super::configuration::get;
use crate::exchange::administration::object::{
    Kind,
    Preset::{Bool, Id, Int, List, Text},
};
use crate::exchange::cmdlet::Cmdlet;
use crate::exchange::parameter::ANY_IDENTITY;

pub(super) static OWA_MAILBOX_POLICY: Kind = Kind {
    noun: "OwaMailboxPolicy",
    template: &[
        ("OneDriveAttachmentsEnabled", Bool(true)),
        ("ThirdPartyFileProvidersEnabled", Bool(false)),
        ("ClassicAttachmentsEnabled", Bool(true)),
        ("ReferenceAttachmentsEnabled", Bool(true)),
        ("SaveAttachmentsToCloudEnabled", Bool(true)),
        ("DirectFileAccessOnPublicComputersEnabled", Bool(true)),
        ("DirectFileAccessOnPrivateComputersEnabled", Bool(true)),
        ("AllowedFileTypes", List(&[".docx", ".jpg", ".pdf", ".pptx", ".txt", ".xlsx"])),
        ("BlockedFileTypes", List(&[".exe", ".js", ".vbs"])),
        ("AllowOfflineOn", Text("AllComputers")),
        ("ConditionalAccessPolicy", Text("Off")),
        ("ExternalImageProxyEnabled", Bool(true)),
        ("AdditionalStorageProvidersAvailable", Bool(false)),
        ("PersonalAccountsEnabled", Bool(true)),
        ("ActiveSyncIntegrationEnabled", Bool(true)),
        ("CalendarEnabled", Bool(true)),
        ("ContactsEnabled", Bool(true)),
        ("JournalEnabled", Bool(true)),
        ("ChangePasswordEnabled", Bool(true)),
        ("RulesEnabled", Bool(true)),
        ("SignaturesEnabled", Bool(true)),
        ("InstantMessagingEnabled", Bool(true)),
        ("WacEditingEnabled", Bool(true)),
        ("LogonAndErrorLanguage", Int(0)),
        ("IsDefault", Bool(false)),
    ],
    first: &[
        ("OwaMailboxPolicy-Default", &[("IsDefault", Bool(true))]),
        (
            "Kiosk",
            &[("AllowOfflineOn", Text("NoComputers")), ("PersonalAccountsEnabled", Bool(false))],
        ),
    ],
};

pub(super) static RETENTION_POLICY: Kind = Kind {
    noun: "RetentionPolicy",
    template: &[
        ("RetentionId", Id),
        ("RetentionPolicyTagLinks", List(&[])),
        ("IsDefault", Bool(false)),
        ("IsDefaultArbitrationMailbox", Bool(false)),
    ],
    first: &[
        (
            "Default MRM Policy",
            &[
                (
                    "RetentionPolicyTagLinks",
                    List(&[
                        "5 Year Delete",
                        "1 Year Delete",
                        "6 Month Delete",
                        "Personal 5 year move to archive",
                        "1 Month Delete",
                        "1 Week Delete",
                        "Personal never move to archive",
                        "Personal 1 year move to archive",
                        "Default 2 year move to archive",
                        "Deleted Items",
                        "Junk Email",
                        "Recoverable Items 14 days move to archive",
                        "Never Delete",
                    ]),
                ),
                ("IsDefault", Bool(true)),
            ],
        ),
        (
            "ArbitrationMailbox",
            &[
                (
                    "RetentionPolicyTagLinks",
                    List(&["AutoGroup", "ModeratedRecipients", "AsyncOperationNotification"]),
                ),
                ("IsDefaultArbitrationMailbox", Bool(true)),
            ],
        ),
    ],
};

pub(super) static SHARING_POLICY: Kind = Kind {
    noun: "SharingPolicy",
    template: &[("Domains", List(&[])), ("Enabled", Bool(true)), ("Default", Bool(false))],
    first: &[(
        "Default Sharing Policy",
        &[
            (
                "Domains",
                List(&[
                    "Anonymous:CalendarSharingFreeBusyReviewer",
                    "*:CalendarSharingFreeBusySimple",
                ]),
            ),
            ("Default", Bool(true)),
        ],
    )],
};

pub(super) const CMDLETS: &[Cmdlet] = &[
    Cmdlet::read(
        "Get-OwaMailboxPolicy",
        &["View-Only Configuration", "Organization Client Access", "Mail Recipients"],
        &[ANY_IDENTITY],
        get,
    ),
    Cmdlet::read(
        "Get-RetentionPolicy",
        &["View-Only Configuration", "Retention Management"],
        &[ANY_IDENTITY],
        get,
    ),
    Cmdlet::read(
        "Get-SharingPolicy",
        &["View-Only Configuration", "Federated Sharing"],
        &[ANY_IDENTITY],
        get,
    ),
];
