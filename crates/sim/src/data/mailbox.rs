//! One mailbox: computed, or as a cmdlet left it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::company::{DEPARTMENTS, PLACES, Place, TITLES};
use super::identifier::{Identifiers, Kind};
use super::organization::Organization;
use super::person::{self, Names};
use crate::config::mix;
use crate::exchange::{Item, Value};

/// What cmdlets set, by property; a property that is not here has its computed value.
pub(crate) type Settings = BTreeMap<&'static str, Value<'static>>;

/// `RecipientTypeDetails` of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MailboxKind {
    /// A person's.
    User,
    /// A team's.
    Shared,
    /// A room's calendar.
    Room,
    /// A thing's calendar.
    Equipment,
}

impl MailboxKind {
    /// As `RecipientTypeDetails` spells it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::User => "UserMailbox",
            Self::Shared => "SharedMailbox",
            Self::Room => "RoomMailbox",
            Self::Equipment => "EquipmentMailbox",
        }
    }

    /// As `ResourceType` spells it, if it is a resource.
    pub(crate) const fn resource(self) -> Option<&'static str> {
        match self {
            Self::Room => Some("Room"),
            Self::Equipment => Some("Equipment"),
            _ => None,
        }
    }
}

/// A mailbox that was created or changed: names and addresses in full, settings where they differ.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    /// Its kind.
    pub(crate) kind: MailboxKind,
    /// Its names.
    pub(crate) names: Names,
    /// `Name`.
    pub(crate) name: String,
    /// `UserPrincipalName`.
    pub(crate) user_principal_name: String,
    /// `EmailAddresses`, the primary one with `SMTP:`.
    pub(crate) addresses: Vec<String>,
    /// When it was made; `None` for a computed one.
    pub(crate) created: Option<Timestamp>,
    /// When it was changed last.
    pub(crate) changed: Timestamp,
    /// What cmdlets set on it.
    pub(crate) settings: Settings,
}

/// A mailbox as cmdlets see it. Cheap to make and thrown away after use.
#[derive(Debug, Clone)]
pub(crate) struct Mailbox {
    number: u64,
    kind: MailboxKind,
    names: Names,
    stored: Option<Arc<Stored>>,
    organization: Arc<Organization>,
}

impl Mailbox {
    /// The computed mailbox `number`.
    pub(super) fn computed(number: u64, organization: Arc<Organization>) -> Self {
        let names = person::names(number, organization.seed);
        Self { number, kind: person::kind(number), names, stored: None, organization }
    }

    /// A mailbox that was created or changed.
    pub(super) fn stored(
        number: u64,
        stored: Arc<Stored>,
        organization: Arc<Organization>,
    ) -> Self {
        let names = stored.names.clone();
        Self { number, kind: stored.kind, names, stored: Some(stored), organization }
    }

    /// A copy to change and to [`put`](super::Mailboxes::put) back.
    pub(crate) fn to_stored(&self, now: Timestamp) -> Stored {
        let mut stored = self.stored.as_deref().cloned().unwrap_or_else(|| Stored {
            kind: self.kind,
            names: self.names.clone(),
            name: self.names.alias.clone(),
            user_principal_name: self.user_principal_name().into_owned(),
            addresses: self.addresses().into_owned(),
            created: None,
            changed: now,
            settings: Settings::new(),
        });
        stored.changed = now;
        stored
    }

    /// Its number among all mailboxes.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// Its kind.
    pub(crate) const fn kind(&self) -> MailboxKind {
        self.kind
    }

    /// Its names.
    pub(crate) const fn names(&self) -> &Names {
        &self.names
    }

    /// The organization it belongs to.
    pub(crate) fn organization(&self) -> &Organization {
        &self.organization
    }

    /// `Name`, which is also `Identity` and `Id`.
    pub(crate) fn name(&self) -> &str {
        self.stored.as_ref().map_or(&self.names.alias, |stored| &stored.name)
    }

    /// `UserPrincipalName`.
    pub(crate) fn user_principal_name(&self) -> Cow<'_, str> {
        match &self.stored {
            Some(stored) => Cow::Borrowed(&stored.user_principal_name),
            None => Cow::Owned(format!("{}@{}", self.names.alias, self.organization.domain)),
        }
    }

    /// `PrimarySmtpAddress`.
    pub(crate) fn primary_address(&self) -> Cow<'_, str> {
        match &self.stored {
            Some(stored) => Cow::Borrowed(
                stored.addresses.iter().find_map(|a| a.strip_prefix("SMTP:")).unwrap_or_default(),
            ),
            None => Cow::Owned(format!("{}@{}", self.names.alias, self.organization.domain)),
        }
    }

    /// `EmailAddresses`.
    pub(crate) fn addresses(&self) -> Cow<'_, [String]> {
        if let Some(stored) = &self.stored {
            return Cow::Borrowed(&stored.addresses);
        }
        let Organization { domain, initial_domain, .. } = &*self.organization;
        let Names { alias, other_alias, .. } = &self.names;
        let mut addresses = vec![format!("smtp:{alias}@{initial_domain}")];
        if !other_alias.is_empty() {
            addresses.push(format!("smtp:{other_alias}@{initial_domain}"));
        }
        if self.kind == MailboxKind::User {
            addresses.push(format!("SIP:{alias}@{domain}"));
        }
        addresses.push(format!("SMTP:{alias}@{domain}"));
        Cow::Owned(addresses)
    }

    /// Whether an e-mail address is one of its own, in any case.
    pub(crate) fn has_address(&self, address: &str) -> bool {
        self.addresses().iter().any(|own| {
            own.get(..5).is_some_and(|prefix| prefix.eq_ignore_ascii_case("smtp:"))
                && own[5..].eq_ignore_ascii_case(address)
        })
    }

    /// One of its GUIDs.
    pub(crate) fn id(&self, kind: Kind) -> Uuid {
        Identifiers::new(self.organization.seed).make(kind, self.number)
    }

    /// `DistinguishedName`.
    pub(crate) fn distinguished_name(&self) -> String {
        self.organization.distinguished_name(self.name())
    }

    /// `LegacyExchangeDN`.
    pub(crate) fn legacy_name(&self) -> String {
        format!(
            "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={}-{}",
            self.id(Kind::Other).as_simple(),
            self.names.alias
        )
    }

    /// Where it works.
    pub(crate) fn place(&self) -> &'static Place {
        &PLACES[self.draw(1, PLACES.len() as u64) as usize]
    }

    /// In which department; the first ones of the list are the largest.
    pub(crate) fn department(&self) -> &'static str {
        let length = DEPARTMENTS.len() as u64;
        DEPARTMENTS[self.draw(2, length).min(self.draw(3, length)) as usize]
    }

    /// What its owner does.
    pub(crate) fn title(&self) -> &'static str {
        TITLES[self.draw(4, TITLES.len() as u64) as usize]
    }

    /// When it was made.
    pub(crate) fn created(&self) -> Timestamp {
        let computed = || {
            // 2019-01-07 and six years after it, in working hours.
            let day = 1_546_819_200 + 86_400 * self.draw(5, 2_190) as i64;
            Timestamp::from_second(day + 25_200 + self.draw(6, 36_000) as i64)
                .expect("six years after 2019 is a time")
        };
        self.stored.as_ref().and_then(|stored| stored.created).unwrap_or_else(computed)
    }

    /// When it was changed last.
    pub(crate) fn changed(&self) -> Timestamp {
        self.stored.as_ref().map_or_else(|| self.created(), |stored| stored.changed)
    }

    /// A number below `bound` that belongs to this mailbox and `purpose`.
    pub(crate) fn draw(&self, purpose: u64, bound: u64) -> u64 {
        mix(mix(self.organization.seed ^ (purpose << 48)) ^ self.number) % bound
    }
}

impl Item for Mailbox {
    fn setting(&self, property: &str) -> Option<&Value<'static>> {
        self.stored.as_ref()?.settings.get(property)
    }
}
