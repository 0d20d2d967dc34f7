//! What can happen in the tenant and how often: the mix of operations.
//!
//! The shares are an assumption about an office tenant (SharePoint and OneDrive 45 %, mailbox items
//! 20 %, sign-ins 12 %, Teams 10 %, Exchange's own upkeep 8 %, directory 3 %, the rest 2 %); the
//! operations, numbers and workloads are those of published records.

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doer {
    /// Somebody of the roster, the busy ones more often; now and then a guest.
    User,
    /// One of the few administrators.
    Admin,
    /// The service itself.
    Service,
    /// A service principal of the directory.
    Application,
}

/// Which body the record gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Cmdlet,
    Item,
    ItemGroup,
    ItemAggregated,
    File,
    Page,
    Sharing,
    List,
    Field,
    Directory,
    SignIn,
    Teams,
    ComplianceCmdlet,
    Alert,
    Insight,
    Threat,
    Investigation,
    Copilot,
}

/// One operation of the mix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) record_type: u16,
    pub(crate) operation: &'static str,
    pub(crate) shape: Shape,
    pub(crate) doer: Doer,
    /// Share in ten thousand records.
    pub(crate) share: u16,
}

const fn kind(
    record_type: u16,
    operation: &'static str,
    shape: Shape,
    doer: Doer,
    share: u16,
) -> Kind {
    Kind { record_type, operation, shape, doer, share }
}

/// The kind that a draw below [`SHARES`] selects.
pub(crate) fn kind_at(mut share: u64) -> &'static Kind {
    for kind in MIX {
        if share < u64::from(kind.share) {
            return kind;
        }
        share -= u64::from(kind.share);
    }
    &MIX[0]
}

/// The kind with this operation; panics for one that is not in the mix.
pub(crate) fn kind_named(operation: &str) -> &'static Kind {
    MIX.iter()
        .find(|kind| kind.operation == operation)
        .expect("planted incidents use operations of the mix")
}

/// Sum of all shares.
pub(crate) const SHARES: u64 = 10_000;

use Doer::{Admin, Application, Service, User};
use Shape as S;

/// All operations. Two end in a dot and one in a space, as the real ones do.
pub(crate) static MIX: &[Kind] = &[
    // SharePoint and OneDrive.
    kind(6, "FileAccessed", S::File, User, 1400),
    kind(6, "FilePreviewed", S::File, User, 500),
    kind(6, "FileModified", S::File, User, 500),
    kind(6, "FileUploaded", S::File, User, 350),
    kind(6, "FileDownloaded", S::File, User, 300),
    kind(6, "FileSyncDownloadedFull", S::File, User, 250),
    kind(6, "FileAccessedExtended", S::File, User, 200),
    kind(6, "FileSyncUploadedFull", S::File, User, 150),
    kind(6, "FolderModified", S::File, User, 120),
    kind(6, "FileDeleted", S::File, User, 80),
    kind(6, "FileRenamed", S::File, User, 40),
    kind(4, "PageViewed", S::Page, User, 350),
    kind(14, "SharingSet", S::Sharing, User, 60),
    kind(14, "AddedToSecureLink", S::Sharing, User, 40),
    kind(14, "AddedToGroup", S::Sharing, User, 20),
    kind(14, "AnonymousLinkCreated", S::Sharing, User, 10),
    kind(36, "ListViewed", S::List, User, 80),
    kind(36, "ListUpdated", S::List, User, 30),
    kind(56, "ListColumnUpdated", S::Field, User, 20),
    // Mailbox items.
    kind(50, "MailItemsAccessed", S::ItemAggregated, User, 1100),
    kind(2, "Send", S::Item, User, 500),
    kind(2, "Create", S::Item, User, 190),
    kind(2, "Update", S::Item, User, 60),
    kind(2, "SendAs", S::Item, User, 10),
    kind(3, "SoftDelete", S::ItemGroup, User, 60),
    kind(3, "MoveToDeletedItems", S::ItemGroup, User, 50),
    kind(3, "HardDelete", S::ItemGroup, User, 30),
    // Sign-ins.
    kind(15, "UserLoggedIn", S::SignIn, User, 1080),
    kind(15, "UserLoginFailed", S::SignIn, User, 120),
    // Teams.
    kind(25, "TeamsSessionStarted", S::Teams, User, 500),
    kind(25, "MessageCreatedHasLink", S::Teams, User, 200),
    kind(25, "MeetingParticipantDetail", S::Teams, User, 200),
    kind(25, "ChatCreated", S::Teams, User, 70),
    kind(25, "MemberAdded", S::Teams, User, 30),
    // Exchange looks after itself.
    kind(1, "Set-Mailbox", S::Cmdlet, Service, 400),
    kind(1, "Set-MailboxPlan", S::Cmdlet, Service, 150),
    kind(1, "Set-User", S::Cmdlet, Service, 76),
    kind(1, "Set-TransportConfig", S::Cmdlet, Service, 60),
    kind(1, "Set-OwaMailboxPolicy", S::Cmdlet, Service, 30),
    kind(1, "Install-DefaultSharingPolicy", S::Cmdlet, Service, 20),
    kind(1, "Enable-AddressListPaging", S::Cmdlet, Service, 20),
    kind(1, "New-InboxRule", S::Cmdlet, User, 15),
    kind(1, "Add-MailboxPermission", S::Cmdlet, Admin, 14),
    kind(1, "Set-CASMailbox", S::Cmdlet, Admin, 10),
    kind(1, "New-TransportRule", S::Cmdlet, Admin, 3),
    kind(1, "Set-AdminAuditLogConfig", S::Cmdlet, Admin, 1),
    kind(1, "Set-MailboxAuditBypassAssociation", S::Cmdlet, Admin, 1),
    // The directory.
    kind(8, "Update user.", S::Directory, Application, 110),
    kind(8, "Add member to group.", S::Directory, Admin, 60),
    kind(8, "Update service principal.", S::Directory, Application, 40),
    kind(8, "Change user license.", S::Directory, Admin, 30),
    kind(8, "Update application.", S::Directory, Admin, 20),
    kind(8, "Add service principal.", S::Directory, Admin, 15),
    kind(
        8,
        "Update application \u{2013} Certificates and secrets management ",
        S::Directory,
        Admin,
        10,
    ),
    kind(8, "Consent to application.", S::Directory, User, 8),
    kind(8, "Add member to role.", S::Directory, Admin, 7),
    // The rest.
    kind(52, "SearchDataInsightsSubscription", S::Insight, Admin, 60),
    kind(18, "Get-DlpSiDetectionsReport", S::ComplianceCmdlet, Admin, 60),
    kind(261, "CopilotInteraction", S::Copilot, User, 35),
    kind(40, "AlertTriggered", S::Alert, Service, 20),
    kind(28, "TIMailData", S::Threat, Service, 20),
    kind(64, "AirInvestigationData", S::Investigation, Service, 5),
];

#[cfg(test)]
mod tests {
    use super::super::record_type::RECORD_TYPES;
    use super::*;

    #[test]
    fn shares_add_up() {
        assert_eq!(MIX.iter().map(|kind| u64::from(kind.share)).sum::<u64>(), SHARES);
    }

    #[test]
    fn every_record_type_has_a_name() {
        for kind in MIX {
            assert!(RECORD_TYPES.iter().any(|(number, _)| *number == kind.record_type));
        }
    }
}
