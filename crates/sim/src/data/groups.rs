//! Distribution groups, security groups and Microsoft 365 groups. Their members are computed.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::company::{DEPARTMENTS, PLACES};
use super::identifier::{Identifiers, Kind};
use super::mailbox::{Mailbox, MailboxKind, Settings};
use super::mailboxes::Mailboxes;
use super::names::ascii;
use super::organization::Organization;
use crate::exchange::{Item, Value};

/// What kind of group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GroupKind {
    /// Mail only.
    Distribution,
    /// Mail and permissions.
    Security,
    /// A Microsoft 365 group.
    Unified,
}

/// Who is in a group before anybody changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Nobody,
    First(u64),
    Department(&'static str),
    City(&'static str),
    OneIn(u64, u64),
}

/// A group.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its number among all groups that ever were.
    pub(crate) number: u64,
    /// Its kind.
    pub(crate) kind: GroupKind,
    /// `Name`.
    pub(crate) name: String,
    /// `DisplayName`.
    pub(crate) display: String,
    /// `Alias`.
    pub(crate) alias: String,
    /// `EmailAddresses`.
    pub(crate) addresses: Vec<String>,
    /// `ManagedBy`.
    pub(crate) managed_by: Vec<String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// What cmdlets set on it.
    pub(crate) settings: Settings,
    rule: Rule,
    added: BTreeSet<u64>,
    removed: BTreeSet<u64>,
    organization: Arc<Organization>,
}

impl Group {
    /// `PrimarySmtpAddress`.
    pub(crate) fn primary_address(&self) -> String {
        let primary = self.addresses.iter().find_map(|address| address.strip_prefix("SMTP:"));
        primary.unwrap_or_default().to_owned()
    }

    /// The organization it belongs to.
    pub(crate) fn organization(&self) -> &Organization {
        &self.organization
    }

    /// `Guid` or `ExternalDirectoryObjectId`.
    pub(crate) fn id(&self, kind: Kind) -> Uuid {
        Identifiers::new(self.organization.seed).make(kind, self.number)
    }

    /// `RecipientTypeDetails`.
    pub(crate) const fn type_details(&self) -> &'static str {
        match self.kind {
            GroupKind::Distribution => "MailUniversalDistributionGroup",
            GroupKind::Security => "MailUniversalSecurityGroup",
            GroupKind::Unified => "GroupMailbox",
        }
    }

    /// Whether a mailbox is a member.
    pub(crate) fn has(&self, item: &Mailbox) -> bool {
        let number = item.number();
        if self.removed.contains(&number) {
            return false;
        }
        self.added.contains(&number)
            || match self.rule {
                Rule::Nobody => false,
                Rule::First(count) => number < count,
                _ if item.kind() != MailboxKind::User => false,
                Rule::Department(name) => item.department() == name,
                Rule::City(city) => item.place().city == city,
                Rule::OneIn(step, offset) => number % step == offset,
            }
    }

    /// Its members from a mailbox number on, each with the number after it.
    pub(crate) fn members<'m>(
        &'m self,
        all: &'m Mailboxes,
        from: u64,
    ) -> impl Iterator<Item = (u64, Mailbox)> + 'm {
        all.from(from).filter(|(_, item)| self.has(item))
    }

    /// Adds a member.
    pub(crate) fn add(&mut self, number: u64) {
        self.removed.remove(&number);
        self.added.insert(number);
    }

    /// Removes a member.
    pub(crate) fn remove(&mut self, number: u64) {
        self.added.remove(&number);
        self.removed.insert(number);
    }

    fn is_named(&self, key: &str) -> bool {
        let ids = [Kind::Group, Kind::GroupDirectory].map(|kind| self.id(kind).to_string());
        ids.iter().any(|id| id == key)
            || [&self.name, &self.display, &self.alias]
                .iter()
                .any(|name| name.to_lowercase() == key)
            || self.addresses.iter().any(|own| {
                own.split_once(':').is_some_and(|(_, address)| address.to_lowercase() == key)
            })
            || self.organization.distinguished_name(&self.name).to_lowercase() == key
    }
}

impl Item for Group {
    fn setting(&self, property: &str) -> Option<&Value<'static>> {
        self.settings.get(property)
    }
}

/// The groups of the organization.
#[derive(Debug)]
pub(crate) struct Groups {
    all: Vec<Group>,
    next: u64,
    organization: Arc<Organization>,
}

impl Groups {
    /// The groups of an organization of so many mailboxes: one for each department and city, some
    /// for permissions, and one project for every 25 mailboxes, 400 at most.
    pub(crate) fn new(mailboxes: u64, organization: &Organization) -> Self {
        let mut groups =
            Self { all: Vec::new(), next: 0, organization: Arc::new(organization.clone()) };
        let made: Timestamp = Timestamp::from_second(1_577_865_600).expect("2020 is a time");
        let mut make = |kind, display: &str, rule| {
            let group = groups.made(kind, display, &ascii(display), made);
            groups.all.push(Group { rule, ..group });
        };
        make(GroupKind::Distribution, "Leadership", Rule::First(8));
        for name in DEPARTMENTS {
            make(GroupKind::Distribution, &format!("{name} Team"), Rule::Department(name));
        }
        for place in &PLACES {
            make(
                GroupKind::Distribution,
                &format!("Everyone {}", place.city),
                Rule::City(place.city),
            );
        }
        for (nth, name) in
            ["Finance Approvers", "Payroll Access", "Building Access"].iter().enumerate()
        {
            make(GroupKind::Security, name, Rule::OneIn(60, 3 + nth as u64));
        }
        make(GroupKind::Unified, "All Contoso", Rule::First(8));
        let projects = (mailboxes / 25).clamp(4, 400);
        for nth in 0..projects {
            make(GroupKind::Unified, &format!("Project {}", nth + 1), Rule::OneIn(projects, nth));
        }
        groups
    }

    /// All groups.
    pub(crate) fn all(&self) -> &[Group] {
        &self.all
    }

    /// The group that an identity names, in any case.
    pub(crate) fn find(&self, identity: &str) -> Option<&Group> {
        let key = identity.trim().to_lowercase();
        self.all.iter().find(|group| group.is_named(&key))
    }

    /// The group with a number, to change it.
    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut Group> {
        self.all.iter_mut().find(|group| group.number == number)
    }

    /// Makes a group without members.
    pub(crate) fn create(
        &mut self,
        kind: GroupKind,
        name: &str,
        alias: &str,
        now: Timestamp,
    ) -> &mut Group {
        let group = self.made(kind, name, alias, now);
        self.all.push(group);
        self.all.last_mut().expect("it was pushed")
    }

    /// Removes a group.
    pub(crate) fn remove(&mut self, number: u64) {
        self.all.retain(|group| group.number != number);
    }

    fn made(&mut self, kind: GroupKind, name: &str, alias: &str, now: Timestamp) -> Group {
        let number = self.next;
        self.next += 1;
        let Organization { domain, initial_domain, .. } = &*self.organization;
        Group {
            number,
            kind,
            name: name.to_owned(),
            display: name.to_owned(),
            alias: alias.to_owned(),
            addresses: vec![
                format!("smtp:{alias}@{initial_domain}"),
                format!("SMTP:{alias}@{domain}"),
            ],
            managed_by: vec!["adele".to_owned()],
            created: now,
            settings: Settings::new(),
            rule: Rule::Nobody,
            added: BTreeSet::new(),
            removed: BTreeSet::new(),
            organization: Arc::clone(&self.organization),
        }
    }
}
