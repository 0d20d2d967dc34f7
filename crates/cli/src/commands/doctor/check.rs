//! A check, the list of all of them, and how they depend on each other.
//!
//! A new check is a type in a file of its group and a row of [`ALL`]. What it learns for those after
//! it goes into the [`Visit`]; what it thinks of what it saw is a pure function beside it.

mod certificate;
mod configuration;
mod directory;
mod exchange;
mod files;
mod key;
mod network;
mod paths;
mod rights;
mod sign_in;

use std::pin::Pin;

use super::finding::Finding;
use super::visit::Visit;

/// A check being made.
pub(super) type Looking<'a> = Pin<Box<dyn Future<Output = Finding> + 'a>>;

/// Something that is looked at.
pub(super) trait Check: Sync {
    /// What it is called; others need it by this name.
    fn name(&self) -> &'static str;

    /// The checks without which it cannot be made.
    fn needs(&self) -> &'static [&'static str];

    /// Whether it is wanted at all in this visit.
    fn is_wanted(&self, visit: &Visit<'_>) -> bool {
        let _ = visit;
        true
    }

    /// Whether it may have to ask somebody at the terminal.
    fn may_ask(&self) -> bool {
        false
    }

    /// Looks.
    fn run<'a>(&'a self, visit: &'a mut Visit<'_>) -> Looking<'a>;
}

/// All checks, in their order.
pub(super) static ALL: &[&dyn Check] = &[
    &configuration::Settings,
    &configuration::Means,
    &paths::WritePaths,
    &network::Names,
    &network::Proxy,
    &network::Tls,
    &network::ClockSkew,
    &key::PrivateKey,
    &files::Permissions,
    &key::Pair,
    &key::Validity,
    &directory::Tenant,
    &directory::Registration,
    &sign_in::Application,
    &certificate::Registered,
    &sign_in::Token,
    &rights::Consent,
    &rights::Role,
    &exchange::Exchange,
    &exchange::Compliance,
    &rights::Cmdlets,
    &exchange::AuditLog,
    &rights::Impersonation,
];

/// The first of the needed checks that is in the way.
pub(super) fn in_the_way<'a>(
    check: &dyn Check,
    made: &'a [(&'static str, Finding)],
) -> Option<&'a str> {
    check.needs().iter().find_map(|need| {
        let (name, finding) = made.iter().find(|(name, _)| name == need)?;
        finding.blocks.then_some(*name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_needs_only_what_comes_before_it() {
        for (at, check) in ALL.iter().enumerate() {
            for need in check.needs() {
                let before = ALL[..at].iter().any(|other| other.name() == *need);
                assert!(before, "{} needs {need}, which does not come before it", check.name());
            }
            let same = ALL.iter().filter(|other| other.name() == check.name()).count();
            assert_eq!(same, 1, "{}", check.name());
        }
    }
}
