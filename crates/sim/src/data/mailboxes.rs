//! All mailboxes of the organization: a computed population, and what was changed in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::identifier::{Identifiers, Kind};
use super::mailbox::{Mailbox, Stored};
use super::organization::Organization;
use super::person;

/// Why an identity names no mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FindError {
    /// None has it.
    NotFound,
    /// Several have it.
    Ambiguous,
}

/// The mailboxes. Those below `computed` are pure functions of their number.
#[derive(Debug)]
pub(crate) struct Mailboxes {
    organization: Arc<Organization>,
    computed: u64,
    next: u64,
    stored: HashMap<u64, Arc<Stored>>,
    removed: BTreeMap<u64, jiff::Timestamp>,
    /// Names and addresses of the stored ones, in lower case.
    names: HashMap<String, Vec<u64>>,
}

impl Mailboxes {
    /// `computed` mailboxes.
    pub(crate) fn new(computed: u64, organization: &Organization) -> Self {
        Self {
            organization: Arc::new(organization.clone()),
            computed,
            next: computed,
            stored: HashMap::new(),
            removed: BTreeMap::new(),
            names: HashMap::new(),
        }
    }

    /// The mailbox with a number, unless it is removed.
    pub(crate) fn get(&self, number: u64) -> Option<Mailbox> {
        if number >= self.next || self.removed.contains_key(&number) {
            return None;
        }
        Some(self.any(number))
    }

    /// The mailboxes from a number on, each with the number after it.
    pub(crate) fn from(&self, number: u64) -> impl Iterator<Item = (u64, Mailbox)> + '_ {
        (number..self.next).filter_map(|number| Some((number + 1, self.get(number)?)))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        self.next - self.removed.len() as u64
    }

    /// The removed ones, with the time.
    pub(crate) fn removed(&self) -> impl Iterator<Item = (Mailbox, jiff::Timestamp)> + '_ {
        self.removed.iter().map(|(number, time)| (self.any(*number), *time))
    }

    /// The mailbox that an identity names: GUID, alias, name, address, sign-in name, distinguished
    /// name, legacy name or display name, in any case.
    pub(crate) fn find(&self, identity: &str) -> Result<Mailbox, FindError> {
        let key = identity.trim().to_lowercase();
        let mut found = self.candidates(&key);
        found.retain(|number| self.get(*number).is_some_and(|mailbox| is_named(&mailbox, &key)));
        found.sort_unstable();
        found.dedup();
        match found[..] {
            [] => Err(FindError::NotFound),
            [number] => Ok(self.any(number)),
            _ => Err(FindError::Ambiguous),
        }
    }

    /// Adds a mailbox and gives its number.
    pub(crate) fn create(&mut self, stored: Stored) -> u64 {
        let number = self.next;
        self.next += 1;
        self.put(number, stored);
        number
    }

    /// Replaces a mailbox by its changed form.
    pub(crate) fn put(&mut self, number: u64, stored: Stored) {
        let stored = Arc::new(stored);
        let mailbox = Mailbox::stored(number, Arc::clone(&stored), Arc::clone(&self.organization));
        for name in names_of(&mailbox) {
            let numbers = self.names.entry(name).or_default();
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        self.stored.insert(number, stored);
    }

    /// Removes a mailbox.
    pub(crate) fn remove(&mut self, number: u64, now: jiff::Timestamp) {
        self.removed.insert(number, now);
    }

    fn any(&self, number: u64) -> Mailbox {
        match self.stored.get(&number) {
            Some(stored) => {
                Mailbox::stored(number, Arc::clone(stored), Arc::clone(&self.organization))
            }
            None => Mailbox::computed(number, Arc::clone(&self.organization)),
        }
    }

    /// Everything that could have a name; what a stored one no longer has is sorted out later.
    fn candidates(&self, key: &str) -> Vec<u64> {
        let seed = self.organization.seed;
        if let Ok(id) = Uuid::parse_str(key) {
            let ids = Identifiers::new(seed);
            let kinds = [Kind::Directory, Kind::Mailbox, Kind::Object, Kind::Archive];
            return kinds.iter().filter_map(|kind| ids.read(*kind, id)).collect();
        }
        let mut found = self.names.get(key).cloned().unwrap_or_default();
        let short = short_name(key, &self.organization);
        found.extend(person::by_alias(short, self.computed, seed));
        if !key.contains('@') {
            found.extend(person::by_display_name(key, self.computed, seed));
        }
        found
    }
}

/// The part of an identity that can be an alias: of an address the part before `@`, of a
/// distinguished or canonical name the last name.
fn short_name<'a>(key: &'a str, organization: &Organization) -> &'a str {
    if let Some((local, domain)) = key.split_once('@') {
        let own = [&organization.domain, &organization.initial_domain];
        return if own.iter().any(|own| own.eq_ignore_ascii_case(domain)) { local } else { "" };
    }
    if let Some(rest) = key.strip_prefix("cn=") {
        return rest.split(',').next().unwrap_or_default();
    }
    if key.starts_with("/o=") {
        // cn=<32 digits>-<alias>
        return key.rsplit_once("/cn=").and_then(|(_, last)| last.get(33..)).unwrap_or_default();
    }
    key.rsplit('/').next().unwrap_or(key)
}

/// Everything by which a mailbox can be named, in lower case, without its GUIDs.
fn names_of(mailbox: &Mailbox) -> Vec<String> {
    let mut names: Vec<String> = mailbox
        .addresses()
        .iter()
        .filter_map(|address| address.split_once(':'))
        .map(|(_, address)| address.to_lowercase())
        .collect();
    let own = mailbox.names();
    for name in [&own.alias, &own.display, &own.other_alias, mailbox.name()] {
        names.push(name.to_lowercase());
    }
    names.push(mailbox.user_principal_name().to_lowercase());
    names.push(mailbox.distinguished_name().to_lowercase());
    names.push(mailbox.legacy_name().to_lowercase());
    names.push(format!("{}/{}", mailbox.organization().unit(), mailbox.name()).to_lowercase());
    names
}

fn is_named(mailbox: &Mailbox, key: &str) -> bool {
    Uuid::parse_str(key).is_ok() || names_of(mailbox).iter().any(|name| name == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SimConfig;

    fn mailboxes(size: u64) -> Mailboxes {
        Mailboxes::new(size, &Organization::new(&SimConfig::new("unused")))
    }

    #[test]
    fn adele_is_found_by_everything_that_names_her() {
        let mailboxes = mailboxes(100);
        let adele = mailboxes.get(0).unwrap();
        for identity in [
            "adele",
            "ADELE",
            "AdeleV",
            "adele@contoso.com",
            "Adele Vance",
            "adele@contoso.onmicrosoft.com",
            "adelev@contoso.onmicrosoft.com",
            &adele.id(Kind::Directory).to_string(),
            &adele.id(Kind::Mailbox).to_string(),
            &adele.distinguished_name(),
            &adele.legacy_name(),
        ] {
            assert_eq!(mailboxes.find(identity).map(|m| m.number()), Ok(0), "{identity}");
        }
        for identity in ["adele@fabrikam.com", "adel", "", "zzz@contoso.com"] {
            assert_eq!(mailboxes.find(identity).map(|m| m.number()), Err(FindError::NotFound));
        }
    }

    #[test]
    fn everybody_in_a_large_tenant_is_found_by_alias_and_guid() {
        let mailboxes = mailboxes(1_000_000);
        for number in (0..1_000_000).step_by(9_973) {
            let mailbox = mailboxes.get(number).unwrap();
            assert_eq!(mailboxes.find(&mailbox.names().alias).unwrap().number(), number);
            let id = mailbox.id(Kind::Object).to_string();
            assert_eq!(mailboxes.find(&id).unwrap().number(), number);
        }
        let display = mailboxes.get(999_944).unwrap().names().display.clone();
        assert_eq!(mailboxes.find(&display).unwrap_err(), FindError::Ambiguous);
    }

    #[test]
    fn a_renamed_mailbox_is_found_by_its_new_names_only() {
        let mut mailboxes = mailboxes(100);
        let mut stored = mailboxes.get(1).unwrap().to_stored(jiff::Timestamp::UNIX_EPOCH);
        stored.names.alias = "renamed".to_owned();
        stored.names.other_alias.clear();
        stored.name = "renamed".to_owned();
        stored.user_principal_name = "renamed@contoso.com".to_owned();
        stored.addresses = vec!["SMTP:renamed@contoso.com".to_owned()];
        mailboxes.put(1, stored);
        assert_eq!(mailboxes.find("renamed").unwrap().number(), 1);
        assert_eq!(mailboxes.find("AlexW").unwrap_err(), FindError::NotFound);
        mailboxes.remove(1, jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(mailboxes.find("renamed").unwrap_err(), FindError::NotFound);
        assert_eq!(mailboxes.len(), 99);
    }
}
