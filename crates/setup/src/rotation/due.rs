//! Whether a new rotation is to begin.

use jiff::Timestamp;

use super::journal::{Certified, Journal, State};

/// Whether a new rotation is to begin, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// It is.
    Yes,
    /// One is under way and is to be finished first.
    UnderWay,
    /// The certificate is good for longer than was asked.
    NotYet {
        /// Its end.
        not_after: Timestamp,
    },
    /// It was replaced a moment ago, and the old one is still there for those who use it.
    Overlap {
        /// When the old one goes.
        until: Timestamp,
    },
}

/// Whether the certificate in use is to be replaced at `now`; with `limit`, only if it ends before
/// that.
pub fn due(journal: &Journal, current: Certified, limit: Option<Timestamp>, now: Timestamp) -> Due {
    let Certified { thumbprint, not_after } = current;
    if journal.rotation.is_some() {
        return Due::UnderWay;
    }
    let overlap = journal
        .retired
        .iter()
        .filter(|retired| retired.state == State::Registered && retired.remove_after > now)
        .filter(|retired| journal.current_of(retired.old.thumbprint) == thumbprint)
        .map(|retired| retired.remove_after)
        .max();
    match (limit, overlap) {
        (Some(limit), _) if not_after > limit => Due::NotYet { not_after },
        // Asked for by its end, it is replaced even so soon.
        (None, Some(until)) => Due::Overlap { until },
        _ => Due::Yes,
    }
}
