//! Cmdlets by name: which there are to be treated specially, and which change something.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a cmdlet, `Get-Mailbox` for example: an approved-looking verb and a noun.
///
/// The service reads names in any letter case; two names that differ only in case are equal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CmdletName {
    name: String,
    hyphen: usize,
}

impl CmdletName {
    /// The whole name as it was written.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The part before the hyphen.
    pub fn verb(&self) -> &str {
        &self.name[..self.hyphen]
    }

    /// The part after the hyphen.
    pub fn noun(&self) -> &str {
        &self.name[self.hyphen + 1..]
    }

    /// Whether the cmdlet only reads, judged by its verb; what is not known to read is taken
    /// for a write, because a write is never repeated blindly.
    pub fn is_read(&self) -> bool {
        /// Verbs of the module's 787 cmdlets that look and do not touch.
        const READS: [&str; 10] = [
            "Get", "Test", "Search", "Find", "Measure", "Compare", "Check", "Validate", "Resolve",
            "Read",
        ];
        READS.iter().any(|verb| verb.eq_ignore_ascii_case(self.verb()))
    }

    /// Whether the name is this one, in any letter case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The parameter by which requests of this cmdlet are routed to a mailbox's own server: the
    /// 16 cmdlets that have `-UseCustomRouting` in the module. They are never batched.
    pub fn routing_parameter(&self) -> Option<&'static str> {
        CUSTOM_ROUTING.iter().find(|(name, _)| self.is(name)).map(|(_, parameter)| *parameter)
    }

    /// How long the service may work on one request, in seconds: the module's own limits.
    pub fn time_limit(&self) -> std::time::Duration {
        let seconds = match () {
            () if LONGEST.iter().any(|name| self.is(name)) => 3660,
            () if LONGER.iter().any(|name| self.is(name)) => 1860,
            () => 960,
        };
        std::time::Duration::from_secs(seconds)
    }
}

/// A text that is not the name of a cmdlet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cmdlet is named like Get-Mailbox, a verb, a hyphen and a noun, not {0:?}")]
pub struct InvalidCmdletName(pub String);

impl FromStr for CmdletName {
    type Err = InvalidCmdletName;

    fn from_str(text: &str) -> Result<Self, InvalidCmdletName> {
        let name = text.trim();
        let invalid = || InvalidCmdletName(text.to_owned());
        let (verb, noun) = name.split_once('-').ok_or_else(invalid)?;
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_alphabetic())
                && word.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let verb_of_letters = verb.chars().all(|c| c.is_ascii_alphabetic());
        if name.len() <= 128 && word(verb) && verb_of_letters && word(noun) {
            Ok(Self { name: name.to_owned(), hyphen: verb.len() })
        } else {
            Err(invalid())
        }
    }
}

impl TryFrom<String> for CmdletName {
    type Error = InvalidCmdletName;

    fn try_from(text: String) -> Result<Self, InvalidCmdletName> {
        text.parse()
    }
}

impl From<CmdletName> for String {
    fn from(cmdlet: CmdletName) -> Self {
        cmdlet.name
    }
}

impl fmt::Display for CmdletName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl PartialEq for CmdletName {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.name)
    }
}

impl Eq for CmdletName {}

const CUSTOM_ROUTING: [(&str, &str); 16] = [
    ("Get-InboxRule", "Mailbox"),
    ("Get-MobileDeviceStatistics", "Mailbox"),
    ("Get-MailboxAutoReplyConfiguration", "Identity"),
    ("Get-MailboxCalendarFolder", "Identity"),
    ("Get-MailboxFolderPermission", "Identity"),
    ("Get-MailboxFolderStatistics", "Identity"),
    ("Get-MailboxMessageConfiguration", "Identity"),
    ("Get-MailboxPermission", "Identity"),
    ("Get-MailboxRegionalConfiguration", "Identity"),
    ("Set-MailboxRegionalConfiguration", "Identity"),
    ("Get-MailboxStatistics", "Identity"),
    ("Remove-CalendarEvents", "Identity"),
    ("Get-Clutter", "Identity"),
    ("Set-Clutter", "Identity"),
    ("Get-FocusedInbox", "Identity"),
    ("Set-FocusedInbox", "Identity"),
];

const LONGEST: [&str; 4] = [
    "Get-DistributionGroupMember",
    "Import-TransportRuleCollection",
    "Set-UnifiedGroup",
    "Update-DistributionGroupMember",
];

const LONGER: [&str; 2] = ["Set-OrganizationConfig", "Update-RoleGroupMember"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_verb_and_noun() {
        let cmdlet: CmdletName = " get-EXOMailbox ".parse().unwrap();
        assert_eq!((cmdlet.verb(), cmdlet.noun()), ("get", "EXOMailbox"));
        assert_eq!(cmdlet, "Get-ExoMailbox".parse().unwrap());
        for bad in ["", "Get", "Get-", "-Mailbox", "Get Mailbox", "Get-Mail-box", "Get-Mailbox;x"] {
            assert_eq!(bad.parse::<CmdletName>(), Err(InvalidCmdletName(bad.to_owned())));
        }
    }

    #[test]
    fn what_is_not_known_to_read_is_a_write() {
        let reads = |name: &str| name.parse::<CmdletName>().unwrap().is_read();
        for read in ["Get-Mailbox", "test-OutboundSpam", "Search-UnifiedAuditLog"] {
            assert!(reads(read), "{read}");
        }
        for write in ["Set-Mailbox", "New-Mailbox", "Start-MigrationBatch", "Invent-Thing"] {
            assert!(!reads(write), "{write}");
        }
    }

    #[test]
    fn sixteen_cmdlets_of_the_module_are_routed_by_a_parameter() {
        let parameter = |name: &str| name.parse::<CmdletName>().unwrap().routing_parameter();
        assert_eq!(parameter("Get-InboxRule"), Some("Mailbox"));
        assert_eq!(parameter("set-clutter"), Some("Identity"));
        assert_eq!(parameter("Get-Mailbox"), None);
    }
}
