//! Which tenants a job is run for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Names of profiles, or patterns of them with `*` and `?`. One occurrence of the schedule becomes
/// one run for each profile that is meant; the run's tenant is the profile's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profiles(Vec<Pattern>);

impl Profiles {
    /// One profile, by its name.
    pub fn one(name: &str) -> Option<Self> {
        let pattern: Pattern = name.parse().ok()?;
        (!pattern.is_glob()).then(|| Self(vec![pattern]))
    }

    /// These patterns; none if there are none.
    pub(crate) fn new(patterns: Vec<Pattern>) -> Option<Self> {
        (!patterns.is_empty()).then_some(Self(patterns))
    }

    /// The only profile that is meant, if it is known without looking at which there are.
    pub fn only(&self) -> Option<&str> {
        match self.0.as_slice() {
            [one] if !one.is_glob() => Some(&one.0),
            _ => None,
        }
    }

    /// Those that are meant, of all that there are, in their order and each once.
    pub fn of<'a>(&self, all: &'a [String]) -> Vec<&'a str> {
        let meant = |name: &&str| self.0.iter().any(|pattern| pattern.matches(name));
        all.iter().map(String::as_str).filter(meant).collect()
    }

    /// The patterns as they were written.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|pattern| pattern.0.as_str())
    }

    /// The patterns and names that no profile matches.
    pub fn unmatched<'a>(&'a self, all: &[String]) -> Vec<&'a str> {
        let lonely = |pattern: &&Pattern| !all.iter().any(|name| pattern.matches(name));
        self.0.iter().filter(lonely).map(|pattern| pattern.0.as_str()).collect()
    }
}

impl fmt::Display for Profiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.patterns().collect::<Vec<_>>().join(", "))
    }
}

/// A name of a profile, in which `*` stands for any signs and `?` for any one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Pattern(String);

/// A text that is neither a profile's name nor a pattern of some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a connection, nor a pattern of such names with * and ?")]
pub(crate) struct InvalidPattern(String);

impl Pattern {
    /// What patterns look like, as a regular expression of JSON Schema.
    pub(crate) const SYNTAX: &str = "^[A-Za-z0-9_*?-]+$";

    pub(crate) fn is_glob(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    fn matches(&self, name: &str) -> bool {
        matches(self.0.to_ascii_lowercase().as_bytes(), name.to_ascii_lowercase().as_bytes())
    }
}

fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skipped| matches(rest, &name[skipped..])),
        Some((b'?', rest)) => name.split_first().is_some_and(|(_, name)| matches(rest, name)),
        Some((sign, rest)) => {
            name.split_first().is_some_and(|(first, name)| first == sign && matches(rest, name))
        }
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '?');
        // Each * multiplies the work of matching.
        let right = !text.is_empty() && text.chars().all(plain) && text.matches('*').count() <= 4;
        if right { Ok(Self(text.to_owned())) } else { Err(InvalidPattern(text.to_owned())) }
    }
}

impl TryFrom<String> for Pattern {
    type Error = InvalidPattern;

    fn try_from(text: String) -> Result<Self, InvalidPattern> {
        text.parse()
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl From<&Profiles> for Vec<Pattern> {
    fn from(profiles: &Profiles) -> Self {
        profiles.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_choose_among_the_profiles_that_there_are() {
        let all = ["contoso", "contoso-test", "fabrikam"].map(str::to_owned);
        let meant = |patterns: &[&str]| {
            let patterns = patterns.iter().map(|one| one.parse().unwrap()).collect();
            Profiles::new(patterns).unwrap().of(&all).join(" ")
        };
        assert_eq!(meant(&["*"]), "contoso contoso-test fabrikam");
        assert_eq!(meant(&["contoso*"]), "contoso contoso-test");
        assert_eq!(meant(&["*-test", "Contoso?test", "fabrikam"]), "contoso-test fabrikam");
        assert_eq!(meant(&["contoso"]), "contoso");
        assert_eq!(meant(&["nobody", "?"]), "");
        assert!("a b".parse::<Pattern>().is_err() && "".parse::<Pattern>().is_err());
        assert_eq!(Profiles::one("*"), None);
        assert_eq!(Profiles::one("contoso").unwrap().only(), Some("contoso"));
    }
}
