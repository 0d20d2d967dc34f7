//! Whether what was exported is all that there was.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the reading of a window, or of a whole export, ended. The worse the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// Everything that the service had is there.
    Complete,
    /// The service does not keep records that old.
    OutsideRetention,
    /// The service collected a part of what happened only after somebody asked for it, and that was
    /// later than the period began. Of exports from the Management Activity API only.
    Unsubscribed,
    /// Auditing is switched off in the tenant: what happens is not recorded. Of exports only.
    AuditingOff,
    /// Read in parts by values that were seen, and nothing proves that there are no others. What came
    /// is kept.
    Unproven,
    /// More than the service gives in one second, of one record type, one operation and one user.
    /// What it gave is kept.
    Undividable,
    /// Read wrongly at every try. Nothing of the window is there.
    Failed,
}

impl Verdict {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Complete, "complete"),
        (Self::OutsideRetention, "outside-retention"),
        (Self::Unsubscribed, "unsubscribed"),
        (Self::AuditingOff, "auditing-off"),
        (Self::Unproven, "unproven"),
        (Self::Undividable, "undividable"),
        (Self::Failed, "failed"),
    ];

    /// Its name, as the manifest has it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(verdict, _)| *verdict == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, UnknownVerdict> {
        let known = Self::ALL.iter().find(|(_, name)| *name == text);
        known.map(|(verdict, _)| *verdict).ok_or_else(|| UnknownVerdict(text.to_owned()))
    }
}

/// No verdict has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is no verdict of an export")]
pub struct UnknownVerdict(pub String);
