//! Whether the parts of a window that was split by values are all of it. A pure function, so that the
//! manifest can be checked by it later.
//!
//! Parts of a time are that time. Parts by record type, operation or user are the whole only if it is
//! known that nothing has another value, and the service has no way of asking for all others.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::plan::{RECORD_TYPES, SplitBy};
use crate::query::Filter;

/// So many numbers of record types at the end must be unknown to the service: then it knows none
/// beyond either.
const BEYOND: u32 = 20;

/// Why the parts are all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Proof {
    /// The service counts as many rows in the parts as in the whole.
    Counted,
    /// The parts are what the query asked for, and it asked for nothing else.
    Asked,
    /// All record types were asked for that the service takes.
    RecordTypes,
}

/// A window that was split, or one of its parts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'a> {
    pub(crate) filter: &'a Filter,
    /// How many rows the service says that it has.
    pub(crate) told: Option<u64>,
    /// The service knows no such record type.
    pub(crate) refused: bool,
}

/// Why there is no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The service counts fewer rows in the parts than in the whole.
    Fewer { whole: u64, parts: u64 },
    /// By the values that were seen; there may be others.
    Seen { by: &'static str },
    /// The service takes record types that were not asked for.
    MoreTypes,
    /// Records came without the limits, and with none of them.
    Lacking(u64),
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fewer { whole, parts } => {
                write!(f, "the service counts {whole} rows, and {parts} in its parts")
            }
            Self::Seen { by } => write!(
                f,
                "read by each {by} that was among the rows it gave; whether there are others nobody can ask"
            ),
            Self::MoreTypes => {
                f.write_str("the service takes record types that were not asked for")
            }
            Self::Lacking(records) => {
                write!(f, "{records} records came with the whole and with none of its parts")
            }
        }
    }
}

/// Proves that the parts are all of the whole.
pub(crate) fn prove(whole: Piece<'_>, by: SplitBy, parts: &[Piece<'_>]) -> Result<Proof, Doubt> {
    let told: Option<u64> = parts.iter().map(|part| part.told).sum();
    if let Some((whole, parts)) = whole.told.zip(told) {
        if parts == whole {
            return Ok(Proof::Counted);
        }
        // More may have arrived in between; fewer cannot be all.
        if parts < whole {
            return Err(Doubt::Fewer { whole, parts });
        }
    }
    let asked = |asked: &[String], of: fn(&Filter) -> &Vec<String>| {
        asked.len() > 1
            && asked.iter().all(|value| {
                parts.iter().any(|part| matches!(&of(part.filter)[..], [only] if only == value))
            })
    };
    match by {
        SplitBy::RecordType => types(parts),
        SplitBy::Operation if asked(&whole.filter.operations, |f| &f.operations) => {
            Ok(Proof::Asked)
        }
        SplitBy::User if asked(&whole.filter.user_ids, |f| &f.user_ids) => Ok(Proof::Asked),
        by => Err(Doubt::Seen { by: by.name() }),
    }
}

/// Were all types asked for that the service takes?
fn types(parts: &[Piece<'_>]) -> Result<Proof, Doubt> {
    let part = |number: u32| {
        let number = number.to_string();
        parts.iter().find(move |part| part.filter.record_type.as_ref() == Some(&number))
    };
    let all = RECORD_TYPES.clone().all(|number| part(number).is_some());
    let mut beyond = RECORD_TYPES.end - BEYOND..RECORD_TYPES.end;
    let ends = beyond.all(|number| part(number).is_some_and(|part| part.refused));
    if all && ends { Ok(Proof::RecordTypes) } else { Err(Doubt::MoreTypes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(number: u32) -> Filter {
        Filter { record_type: Some(number.to_string()), ..Filter::default() }
    }

    fn operations(values: &[&str]) -> Filter {
        let operations = values.iter().map(|value| (*value).to_owned()).collect();
        Filter { operations, ..Filter::default() }
    }

    fn piece(filter: &Filter, told: impl Into<Option<u64>>) -> Piece<'_> {
        Piece { filter, told: told.into(), refused: false }
    }

    #[test]
    fn parts_that_are_counted_are_the_whole_if_they_are_as_many() {
        let (whole, one, two) = (typed(1), operations(&["a"]), operations(&["b"]));
        let prove = |told: [Option<u64>; 3]| {
            prove(
                piece(&whole, told[0]),
                SplitBy::Operation,
                &[piece(&one, told[1]), piece(&two, told[2])],
            )
        };
        assert_eq!(prove([Some(7), Some(3), Some(4)]), Ok(Proof::Counted));
        assert_eq!(prove([Some(8), Some(3), Some(4)]), Err(Doubt::Fewer { whole: 8, parts: 7 }));
        let seen = Err(Doubt::Seen { by: "operation" });
        assert_eq!(
            prove([Some(6), Some(3), Some(4)]),
            seen,
            "some came later, others may be missing"
        );
        assert_eq!(prove([None, Some(3), Some(4)]), seen);
        assert_eq!(prove([Some(3), Some(3), None]), seen);
    }

    #[test]
    fn what_the_query_is_limited_to_is_all_that_it_asks_for() {
        let (whole, one, two) = (operations(&["a", "b"]), operations(&["a"]), operations(&["b"]));
        let [a, b] = [piece(&one, None), piece(&two, None)];
        assert_eq!(prove(piece(&whole, None), SplitBy::Operation, &[a, b]), Ok(Proof::Asked));
        assert_eq!(
            prove(piece(&whole, None), SplitBy::Operation, &[a]),
            Err(Doubt::Seen { by: "operation" })
        );
    }

    #[test]
    fn all_record_types_are_those_up_to_where_the_service_knows_no_more() {
        let filters: Vec<Filter> = RECORD_TYPES.map(typed).collect();
        let known = |to: u32| -> Vec<Piece<'_>> {
            let piece = |filter| Piece { filter, told: None, refused: false };
            let numbered = filters.iter().zip(RECORD_TYPES);
            numbered.map(|(filter, n)| Piece { refused: n > to, ..piece(filter) }).collect()
        };
        let whole = Filter::default();
        let prove = |parts: &[Piece<'_>]| prove(piece(&whole, None), SplitBy::RecordType, parts);
        assert_eq!(prove(&known(476)), Ok(Proof::RecordTypes));
        assert_eq!(prove(&known(480)), Err(Doubt::MoreTypes));
        assert_eq!(prove(&known(476)[1..]), Err(Doubt::MoreTypes), "one was left out");
    }
}
