//! Objects that were just made and that reads do not find yet.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::call::Argument;

/// Parameters of `New-` cmdlets that name what they make.
const NAMES: [&str; 6] = [
    "Alias",
    "DisplayName",
    "Name",
    "PrimarySmtpAddress",
    "MicrosoftOnlineServicesID",
    "UserPrincipalName",
];

/// Names that are hidden, each with the number of calls that will not find it.
#[derive(Debug, Default)]
pub(crate) struct Replication(Mutex<HashMap<String, u32>>);

impl Replication {
    /// Hides what a `New-` cmdlet with these arguments made.
    pub(crate) fn hide(&self, arguments: &BTreeMap<&'static str, Argument>, calls: u32) {
        let mut hidden = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in NAMES {
            if let Some(Argument::Text(text)) = arguments.get(name) {
                hidden.insert(text.to_lowercase(), calls);
            }
        }
    }

    /// Lets every call find everything.
    pub(crate) fn settle(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The identity that a call asks for, if it is still hidden.
    pub(crate) fn hides(&self, arguments: &BTreeMap<&'static str, Argument>) -> Option<String> {
        let Some(Argument::Text(identity)) = arguments.get("Identity") else { return None };
        let mut hidden = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = hidden.get_mut(&identity.to_lowercase()).filter(|calls| **calls > 0)?;
        *calls -= 1;
        Some(identity.clone())
    }
}
