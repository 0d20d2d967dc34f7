//! How the simulated service misbehaves when the audit log is searched.
//!
//! The default is the service's behaviour of 2026 without its accidents; every accident was seen in
//! the wild and can be switched on by name.

use std::str::FromStr;

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

    /// How often a trap snaps in a million.
    pub fn rate(&self, trap: Trap) -> u32 {
        self.traps.iter().rev().find(|(known, _)| *known == trap).map_or(0, |(_, rate)| *rate)
    }
}
