//! Configuration objects: kinds described by a template, objects as lists of properties.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::config::mix;
use crate::data::Organization;
use crate::exchange::cmdlet_error::DOMAIN_CONTROLLER;
use crate::exchange::row::Record;
use crate::exchange::value::Value;

/// What a property of a template starts with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Preset {
    /// Not set.
    Null,
    /// Text; `{domain}` stands for the tenant's mail domain, `{organization}` for its first one.
    Text(&'static str),
    /// A truth value.
    Bool(bool),
    /// `System.Int32`.
    Int(i32),
    /// A collection of strings, with the same place holders.
    List(&'static [&'static str]),
    /// `Unlimited`.
    Unlimited,
    /// A time span of whole days.
    Days(i64),
    /// A GUID, made from the object's own.
    Id,
}

/// Names of properties with what they start with.
pub(crate) type Properties = &'static [(&'static str, Preset)];

/// One kind of configuration object, named like the noun of its cmdlets.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The noun: `RemoteDomain`.
    pub(crate) noun: &'static str,
    /// Its properties in the order in which rows have them.
    pub(crate) template: Properties,
    /// The objects that every tenant has: name, and what differs from the template.
    pub(crate) first: &'static [(&'static str, Properties)],
}

/// One configuration object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// `Name`.
    pub(crate) name: String,
    /// `Guid`.
    pub(crate) guid: Uuid,
    /// `WhenCreatedUTC`.
    pub(crate) created: Timestamp,
    /// `WhenChangedUTC`.
    pub(crate) changed: Timestamp,
    properties: Vec<(&'static str, Value<'static>)>,
}

impl Object {
    /// An object of `kind` as its template describes it.
    pub(crate) fn new(
        kind: &Kind,
        name: &str,
        guid: Uuid,
        now: Timestamp,
        home: &Organization,
    ) -> Self {
        let properties = kind
            .template
            .iter()
            .map(|(property, preset)| (*property, preset.value(guid, home)))
            .collect();
        Self { name: name.to_owned(), guid, created: now, changed: now, properties }
    }

    /// One of the objects that every tenant has.
    pub(crate) fn first(
        kind: &Kind,
        name: &str,
        values: Properties,
        now: Timestamp,
        home: &Organization,
    ) -> Self {
        let name = fill(name, home);
        let mut object = Self::new(kind, &name, guid_of(home.seed, kind.noun, &name), now, home);
        for (property, preset) in values {
            object.set(property, preset.value(object.guid, home));
        }
        object
    }

    /// The value of a property.
    pub(crate) fn get(&self, property: &str) -> Option<&Value<'static>> {
        self.properties.iter().find(|(name, _)| name.eq_ignore_ascii_case(property)).map(|(_, v)| v)
    }

    /// Sets a property of the template; false when the kind does not have it.
    pub(crate) fn set(&mut self, property: &str, value: Value<'static>) -> bool {
        let found =
            self.properties.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(property));
        match found {
            Some((_, place)) => {
                *place = value;
                true
            }
            None => false,
        }
    }

    /// The texts of a multivalued property.
    pub(crate) fn texts(&self, property: &str) -> Vec<String> {
        match self.get(property) {
            Some(Value::Strings(items) | Value::Array(items)) => {
                items.iter().map(|item| item.clone().into_owned()).collect()
            }
            Some(Value::Str(text)) => vec![text.clone().into_owned()],
            _ => Vec::new(),
        }
    }

    /// A property as text.
    pub(crate) fn text(&self, property: &str) -> Cow<'_, str> {
        self.get(property).map_or(Cow::Borrowed(""), Value::text)
    }

    /// Whether `identity` names it: its name, GUID or distinguished name, or `anything\name`.
    pub(crate) fn is_named(&self, identity: &str, home: &Organization) -> bool {
        let leaf = identity.rsplit('\\').next().unwrap_or(identity);
        self.name.eq_ignore_ascii_case(identity)
            || self.name.eq_ignore_ascii_case(leaf)
            || identity.parse::<Uuid>().is_ok_and(|guid| guid == self.guid)
            || identity.eq_ignore_ascii_case(&distinguished_name(&self.name, home))
    }

    /// The row that the `Get` cmdlet shows.
    pub(crate) fn record(&self, home: &Organization) -> Record<'_> {
        let mut record = Record::new();
        for (name, value) in &self.properties {
            record = record.with(*name, value.clone());
        }
        record
            .with("AdminDisplayName", "")
            .with("ExchangeVersion", "0.20 (15.0.0.0)")
            .with("Name", &self.name)
            .with("DistinguishedName", distinguished_name(&self.name, home))
            .with("Identity", &self.name)
            .with("ObjectState", "Unchanged")
            .with("WhenChanged", Value::Local(self.changed))
            .with("WhenCreated", Value::Local(self.created))
            .with("WhenChangedUTC", Value::Utc(self.changed))
            .with("WhenCreatedUTC", Value::Utc(self.created))
            .with("ExchangeObjectId", self.guid)
            .with("OrganizationId", home.organization_id())
            .with("Id", &self.name)
            .with("Guid", self.guid)
            .with("OriginatingServer", DOMAIN_CONTROLLER)
            .with("IsValid", true)
    }
}

impl Preset {
    fn value(self, guid: Uuid, home: &Organization) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::from(fill(text, home)),
            Self::Bool(truth) => Value::Bool(truth),
            Self::Int(number) => Value::Int32(number),
            Self::List(items) => {
                Value::from(items.iter().map(|item| fill(item, home)).collect::<Vec<_>>())
            }
            Self::Unlimited => Value::Unlimited,
            Self::Days(days) => Value::TimeSpan(SignedDuration::from_hours(24 * days)),
            Self::Id => Value::Guid(Uuid::from_u128(guid.as_u128() ^ 0x1d << 64)),
        }
    }
}

/// Puts the tenant's names for the place holders.
fn fill(text: &str, home: &Organization) -> String {
    text.replace("{domain}", &home.domain).replace("{organization}", &home.initial_domain)
}

fn distinguished_name(name: &str, home: &Organization) -> String {
    home.configuration_name(name, "CN=Settings")
}

/// A GUID that follows from seed, noun and name.
pub(crate) fn guid_of(seed: u64, noun: &str, name: &str) -> Uuid {
    let fold = |start: u64| {
        noun.bytes()
            .chain([0])
            .chain(name.bytes())
            .fold(mix(seed ^ start), |hash, byte| mix(hash ^ u64::from(byte)))
    };
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&fold(1).to_be_bytes());
    bytes[8..].copy_from_slice(&fold(2).to_be_bytes());
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
