//! Who may open, send as, and see folders of which mailbox, and the rules of inboxes.
//!
//! What nobody changed is computed; the first change of a mailbox's list keeps the whole list.

use std::collections::HashMap;

use crate::data::{Mailbox, MailboxKind, Mailboxes};

/// A right on a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Sign-in name of who has it.
    pub(crate) user: String,
    /// `FullAccess`, `ReadPermission`…; `SendAs` among recipient permissions.
    pub(crate) rights: Vec<String>,
    /// Whether it denies.
    pub(crate) deny: bool,
}

/// A right on a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FolderGrant {
    /// `Default`, `Anonymous`, or a display name.
    pub(crate) user: String,
    /// `Editor`, `AvailabilityOnly`…
    pub(crate) rights: Vec<String>,
    /// `Delegate`, `CanViewPrivateItems`.
    pub(crate) flags: Vec<String>,
}

/// A rule of an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InboxRule {
    /// Its number, too large for an `i64` as a rule.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// Whether it runs.
    pub(crate) enabled: bool,
    /// Conditions and actions: property and texts, or a flag without texts.
    pub(crate) parts: Vec<(&'static str, Vec<String>)>,
}

/// What was granted on mailboxes.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    access: HashMap<u64, Vec<Grant>>,
    send_as: HashMap<u64, Vec<Grant>>,
    folders: HashMap<(u64, String), Vec<FolderGrant>>,
    rules: HashMap<u64, Vec<InboxRule>>,
}

impl Grants {
    /// Rights on a mailbox, without those of its owner.
    pub(crate) fn access(&self, item: &Mailbox, all: &Mailboxes) -> Vec<Grant> {
        self.access
            .get(&item.number())
            .cloned()
            .unwrap_or_else(|| computed(item, all, "FullAccess"))
    }

    /// Replaces the rights on a mailbox.
    pub(crate) fn put_access(&mut self, number: u64, grants: Vec<Grant>) {
        self.access.insert(number, grants);
    }

    /// Who may send as a mailbox, without its owner.
    pub(crate) fn send_as(&self, item: &Mailbox, all: &Mailboxes) -> Vec<Grant> {
        self.send_as.get(&item.number()).cloned().unwrap_or_else(|| computed(item, all, "SendAs"))
    }

    /// Replaces who may send as a mailbox.
    pub(crate) fn put_send_as(&mut self, number: u64, grants: Vec<Grant>) {
        self.send_as.insert(number, grants);
    }

    /// Rights on a folder, by its path in lower case.
    pub(crate) fn folder(&self, item: &Mailbox, path: &str) -> Vec<FolderGrant> {
        let kept = self.folders.get(&(item.number(), path.to_owned()));
        kept.cloned().unwrap_or_else(|| {
            let everybody = if path.ends_with("\\calendar") { "AvailabilityOnly" } else { "None" };
            [("Default", everybody), ("Anonymous", "None")]
                .map(|(user, right)| FolderGrant {
                    user: user.to_owned(),
                    rights: vec![right.to_owned()],
                    flags: Vec::new(),
                })
                .into()
        })
    }

    /// Replaces the rights on a folder.
    pub(crate) fn put_folder(&mut self, number: u64, path: &str, grants: Vec<FolderGrant>) {
        self.folders.insert((number, path.to_owned()), grants);
    }

    /// The rules of an inbox, in the order in which they run.
    pub(crate) fn rules(&self, item: &Mailbox) -> Vec<InboxRule> {
        self.rules.get(&item.number()).cloned().unwrap_or_else(|| computed_rules(item))
    }

    /// Replaces the rules of an inbox.
    pub(crate) fn put_rules(&mut self, number: u64, rules: Vec<InboxRule>) {
        self.rules.insert(number, rules);
    }
}

/// Two users share each shared mailbox; one in forty users has an assistant.
fn computed(item: &Mailbox, all: &Mailboxes, right: &str) -> Vec<Grant> {
    let count = match item.kind() {
        MailboxKind::Shared => 2,
        MailboxKind::User if item.number() > 7 && item.draw(40, 40) == 0 => 1,
        _ => 0,
    };
    (0..count)
        .filter_map(|nth| {
            let number = item.draw(41 + nth, all.len().max(1));
            all.get(number - number % 50)
        })
        .filter(|user| user.number() != item.number())
        .map(|user| Grant {
            user: user.user_principal_name().into_owned(),
            rights: vec![right.to_owned()],
            deny: false,
        })
        .fold(Vec::new(), |mut kept, grant| {
            if !kept.contains(&grant) {
                kept.push(grant);
            }
            kept
        })
}

/// One in four users sorts newsletters; one in fifty forwards invoices.
fn computed_rules(item: &Mailbox) -> Vec<InboxRule> {
    let mut rules = Vec::new();
    if item.kind() != MailboxKind::User {
        return rules;
    }
    let id = |nth: u64| 9_223_372_036_854_775_809 + item.draw(60 + nth, 1 << 62);
    let text = |text: &str| vec![text.to_owned()];
    if item.draw(50, 4) == 0 {
        rules.push(InboxRule {
            id: id(0),
            name: "Newsletters".to_owned(),
            enabled: true,
            parts: vec![
                ("SubjectContainsWords", text("newsletter")),
                ("MoveToFolder", text("Newsletters")),
            ],
        });
    }
    if item.number() > 7 && item.draw(51, 50) == 0 {
        rules.push(InboxRule {
            id: id(1),
            name: "fwd".to_owned(),
            enabled: true,
            parts: vec![
                ("SubjectContainsWords", text("invoice")),
                (
                    "ForwardTo",
                    vec![format!("\"{0}\" [SMTP:{0}@fabrikam.example]", item.names().alias)],
                ),
            ],
        });
    }
    rules
}
