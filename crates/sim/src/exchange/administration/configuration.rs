//! All configuration objects of the tenant, kept by noun.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::object::{Kind, Object, guid_of};
use crate::data::Organization;
use crate::exchange::cmdlet_error::CmdletError;

/// Configuration objects: connectors, rules, policies.
#[derive(Debug)]
pub(crate) struct Configuration {
    home: Organization,
    objects: BTreeMap<&'static str, Vec<Object>>,
}

impl Configuration {
    /// The objects that every tenant has, made some months before it was `started`.
    pub(crate) fn new(kinds: &[&'static Kind], home: &Organization, started: Timestamp) -> Self {
        let created =
            started.saturating_sub(SignedDuration::from_hours(24 * 400)).unwrap_or(started);
        let objects = kinds
            .iter()
            .map(|kind| {
                let first = kind
                    .first
                    .iter()
                    .map(|(name, values)| Object::first(kind, name, values, created, home))
                    .collect();
                (kind.noun, first)
            })
            .collect();
        Self { home: home.clone(), objects }
    }

    /// The tenant's names.
    pub(crate) fn home(&self) -> &Organization {
        &self.home
    }

    /// All objects of a noun.
    pub(crate) fn all(&self, noun: &str) -> &[Object] {
        self.objects.get(noun).map_or(&[], Vec::as_slice)
    }

    /// The object of a noun that `identity` names.
    pub(crate) fn find(&self, noun: &str, identity: &str) -> Result<&Object, CmdletError> {
        self.all(noun)
            .iter()
            .find(|object| object.is_named(identity, &self.home))
            .ok_or_else(|| CmdletError::not_found(identity))
    }

    /// The objects of a noun that `identity` names, which may begin or end with `*`; all of them
    /// without an identity. A name without a wildcard that names nothing is an error.
    pub(crate) fn matching(
        &self,
        noun: &str,
        identity: Option<&str>,
    ) -> Result<Vec<&Object>, CmdletError> {
        let Some(identity) = identity else { return Ok(self.all(noun).iter().collect()) };
        if !identity.contains('*') || self.find(noun, identity).is_ok() {
            return self.find(noun, identity).map(|object| vec![object]);
        }
        let wanted = identity.trim_matches('*').to_lowercase();
        let fits = |name: &str| match (identity.starts_with('*'), identity.ends_with('*')) {
            (true, true) => name.contains(&wanted),
            (true, false) => name.ends_with(&wanted),
            _ => name.starts_with(&wanted),
        };
        Ok(self.all(noun).iter().filter(|object| fits(&object.name.to_lowercase())).collect())
    }

    /// Adds a new object of `kind` with this name.
    pub(crate) fn add(&mut self, kind: &'static Kind, name: &str, now: Timestamp) -> &mut Object {
        // The same name after a removal is another object.
        let nonce = now.as_nanosecond().to_string();
        let guid = guid_of(self.home.seed, kind.noun, &format!("{name}\n{nonce}"));
        let object = Object::new(kind, name, guid, now, &self.home);
        let objects = self.objects.entry(kind.noun).or_default();
        objects.push(object);
        objects.last_mut().expect("it was pushed just now")
    }

    /// The object of a noun that `identity` names, to be changed.
    pub(crate) fn find_mut(
        &mut self,
        noun: &str,
        identity: &str,
    ) -> Result<&mut Object, CmdletError> {
        let home = &self.home;
        self.objects
            .get_mut(noun)
            .into_iter()
            .flatten()
            .find(|object| object.is_named(identity, home))
            .ok_or_else(|| CmdletError::not_found(identity))
    }

    /// All objects of a noun, to be changed.
    pub(crate) fn all_mut(&mut self, noun: &'static str) -> &mut Vec<Object> {
        self.objects.entry(noun).or_default()
    }

    /// Removes the object of a noun that `identity` names.
    pub(crate) fn remove(&mut self, noun: &str, identity: &str) {
        let home = &self.home;
        if let Some(objects) = self.objects.get_mut(noun) {
            objects.retain(|object| !object.is_named(identity, home));
        }
    }
}
