//! How the simulated service misbehaves when the audit log is searched.
//!
//! The default is the service's behaviour of 2026 without its accidents; every accident was seen in
//! the wild and can be switched on by name.

use std::str::FromStr;

use super::Surge;

/// One accident of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Trap {
    /// Fewer rows than asked for although there are more.
    ShortPage,
    /// No rows although there are more.
    EmptyPage,
    /// One row with `ResultIndex` -1 and `ResultCount` 0: a time-out on the server.
    BogusPage,
    /// HTTP 200 with a warning, half of the rows, and the other half never delivered.
    PartialWithWarning,
    /// The session starts again at its first page.
    SessionForgotten,
    /// Rows twice in a result set, byte for byte (4 % in one real export).
    Duplicates,
    /// One row of the result set 59 times.
    HotDuplicate,
    /// Rows from just outside of the window.
    BoundaryDuplicates,
    /// A duplicate whose `AuditData` differs.
    ConflictingBytes,
    /// `AuditData` that breaks off.
    Unterminated,
    /// Numbers written as strings.
    NumbersAsStrings,
    /// An object with the same key twice.
    DuplicateKeys,
}

/// Every trap with the name that the command line and the control port use.
pub const TRAPS: [(Trap, &str); 12] = [
    (Trap::ShortPage, "short-page"),
    (Trap::EmptyPage, "empty-page"),
    (Trap::BogusPage, "bogus-page"),
    (Trap::PartialWithWarning, "partial-with-warning"),
    (Trap::SessionForgotten, "session-forgotten"),
    (Trap::Duplicates, "duplicates"),
    (Trap::HotDuplicate, "hot-duplicate"),
    (Trap::BoundaryDuplicates, "boundary-duplicates"),
    (Trap::ConflictingBytes, "conflicting-bytes"),
    (Trap::Unterminated, "unterminated"),
    (Trap::NumbersAsStrings, "numbers-as-strings"),
    (Trap::DuplicateKeys, "duplicate-keys"),
];

impl FromStr for Trap {
    type Err = UnknownTrap;

    fn from_str(name: &str) -> Result<Self, UnknownTrap> {
        TRAPS
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(trap, _)| *trap)
            .ok_or_else(|| UnknownTrap { name: name.to_owned() })
    }
}

/// No trap has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no trap of the audit log is called '{name}'")]
pub struct UnknownTrap {
    /// What was asked for.
    pub name: String,
}

/// A text that is no audit profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuditProfileError {
    /// Neither a trap nor a setting.
    #[error(transparent)]
    Trap(#[from] UnknownTrap),
    /// A value that the setting does not take.
    #[error("'{value}' is no value for {setting} of an audit profile")]
    Value {
        /// The setting or trap.
        setting: String,
        /// What was given.
        value: String,
    },
}

/// What `ResultCount` means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResultCount {
    /// The requested `ResultSize`, as the service answers since spring 2026.
    #[default]
    PageSize,
    /// The number of rows of the whole query, as it used to be.
    Total,
}

/// Behaviour of the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditProfile {
    /// Meaning of `ResultCount`.
    pub result_count: ResultCount,
    /// Whether rows carry `AuditSearchRequestMetadata` (since June 2026).
    pub metadata: bool,
    /// Whether a record whose second equals the end date belongs to the result (not documented).
    pub end_inclusive: bool,
    /// Whether records can be found only after a delay.
    pub late: bool,
    /// How many days back a search may begin.
    pub retention_days: u32,
    /// Records, in a million, that no search finds.
    pub withhold: u32,
    /// A second on which very much happens, in a log that is laid out for this behaviour.
    pub surge: Option<Surge>,
    /// Traps and how often they snap, in a million pages or rows.
    pub traps: Vec<(Trap, u32)>,
}

impl Default for AuditProfile {
    fn default() -> Self {
        Self {
            result_count: ResultCount::PageSize,
            metadata: true,
            end_inclusive: false,
            late: false,
            retention_days: 180,
            withhold: 0,
            surge: None,
            traps: Vec::new(),
        }
    }
}

impl AuditProfile {
    /// Every accident at the rate that was seen, or a rate that a test meets within minutes.
    pub fn wild() -> Self {
        let traps = TRAPS
            .iter()
            .map(|&(trap, _)| match trap {
                Trap::Duplicates => (trap, 41_000),
                Trap::HotDuplicate => (trap, 100_000),
                Trap::BoundaryDuplicates => (trap, 200_000),
                Trap::ConflictingBytes | Trap::Unterminated => (trap, 20),
                Trap::NumbersAsStrings | Trap::DuplicateKeys => (trap, 200),
                _ => (trap, 30_000),
            })
            .collect();
        Self { late: true, traps, ..Self::default() }
    }

    /// Adds a trap that snaps `per_million` times in a million.
    pub fn with_trap(mut self, trap: Trap, per_million: u32) -> Self {
        self.traps.push((trap, per_million));
        self
    }

    /// Reads `wild`, or a list like `late,count=total,duplicates=0.041,short-page=1`: settings
    /// (`late`, `count=total`, `end=inclusive`, `metadata=off`, `retention=90`, `withhold=0.01`,
    /// `surge=2026-10-03T10:00:00Z*52000`, and `crowd=` with the same for records that are all alike)
    /// and traps with the share of pages or rows that they spoil (all of them when no number is given).
    pub fn parse(text: &str) -> Result<Self, AuditProfileError> {
        let mut profile = Self::default();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            let wrong =
                || AuditProfileError::Value { setting: name.to_owned(), value: value.to_owned() };
            match (name, value) {
                ("wild", "") => profile = Self::wild(),
                ("late", "") => profile.late = true,
                ("count", "total") => profile.result_count = ResultCount::Total,
                ("count", "page") => profile.result_count = ResultCount::PageSize,
                ("end", "inclusive") => profile.end_inclusive = true,
                ("end", "exclusive") => profile.end_inclusive = false,
                ("metadata", "off") => profile.metadata = false,
                ("retention", days) => {
                    profile.retention_days = days.parse().map_err(|_| wrong())?;
                }
                ("withhold", share) => {
                    let share: f64 = share.parse().map_err(|_| wrong())?;
                    if !(0.0..=1.0).contains(&share) {
                        return Err(wrong());
                    }
                    profile.withhold = (share * 1e6) as u32;
                }
                ("surge" | "crowd", value) => {
                    let (at, records) = value.split_once('*').ok_or_else(wrong)?;
                    let at = at.parse().map_err(|_| wrong())?;
                    let records = records.parse().map_err(|_| wrong())?;
                    profile.surge = Some(Surge { at, records, alike: name == "crowd" });
                }
                ("wild" | "late" | "count" | "end" | "metadata", _) => return Err(wrong()),
                (trap, share) => {
                    let trap = trap.parse()?;
                    let share: f64 =
                        if share.is_empty() { 1.0 } else { share.parse().map_err(|_| wrong())? };
                    if !(0.0..=1.0).contains(&share) {
                        return Err(wrong());
                    }
                    profile = profile.with_trap(trap, (share * 1e6) as u32);
                }
            }
        }
        Ok(profile)
    }

    /// How often a trap snaps in a million.
    pub fn rate(&self, trap: Trap) -> u32 {
        self.traps.iter().rev().find(|(known, _)| *known == trap).map_or(0, |(_, rate)| *rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_from_a_list() {
        let profile = AuditProfile::parse("late, count=total,duplicates=0.041,short-page").unwrap();
        assert!(profile.late);
        assert_eq!(profile.result_count, ResultCount::Total);
        assert_eq!(profile.rate(Trap::Duplicates), 41_000);
        assert_eq!(profile.rate(Trap::ShortPage), 1_000_000);
        assert_eq!(profile.rate(Trap::EmptyPage), 0);
        let crowd = AuditProfile::parse("crowd=2026-10-03T10:00:00Z*60000").unwrap().surge.unwrap();
        assert_eq!(
            (crowd.at.as_second(), crowd.records, crowd.alike),
            (1_791_021_600, 60_000, true)
        );
        assert_eq!(AuditProfile::parse("").unwrap(), AuditProfile::default());
        assert_eq!(AuditProfile::parse("wild").unwrap().rate(Trap::Duplicates), 41_000);
    }

    #[test]
    fn wrong_profiles_name_what_is_wrong() {
        for (text, message) in [
            ("no-such-trap", "no trap of the audit log is called 'no-such-trap'"),
            ("count=many", "'many' is no value for count of an audit profile"),
            ("crowd=noon*7", "'noon*7' is no value for crowd of an audit profile"),
            ("duplicates=2", "'2' is no value for duplicates of an audit profile"),
        ] {
            assert_eq!(AuditProfile::parse(text).unwrap_err().to_string(), message);
        }
    }
}
