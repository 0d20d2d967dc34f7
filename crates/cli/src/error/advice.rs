//! What to do about an error of a library, found by walking its causes.
//!
//! Advice comes from tables, so that a test can hold `docs/errors.md` against them.

mod entra;
mod exchange;
mod graph;
mod key;
mod network;

use std::error::Error;

use super::CommandError;
use crate::exit::ExitCode;

/// What is known about a code or a condition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Advice {
    /// The service's code, or exoctl's name of the condition; a row of `docs/errors.md`.
    pub(super) code: &'static str,
    /// How the program ends.
    pub(super) exit: ExitCode,
    /// What to do, the most likely first.
    pub(super) fixes: &'static [&'static str],
}

/// The error with the advice that its causes call for.
pub(super) fn with_fixes(
    exit: ExitCode,
    error: impl Error + Send + Sync + 'static,
) -> CommandError {
    let advice = find(&error);
    let mut command = CommandError::new(advice.map_or(exit, |advice| advice.exit), error);
    for fix in advice.map(|advice| advice.fixes).unwrap_or_default() {
        command = command.fix(*fix);
    }
    match advice {
        Some(advice) if !advice.code.is_empty() => {
            command.fix(format!("exoctl's docs/errors.md explains {}", advice.code))
        }
        _ => command,
    }
}

/// The advice of the deepest cause that there is some for. What came of a call counts more than
/// why: a write that may have been done must not be advised to be tried again.
fn find(error: &(dyn Error + 'static)) -> Option<&'static Advice> {
    let mut found = None;
    let mut next = Some(error);
    while let Some(cause) = next {
        let advice = entra::find(cause)
            .or_else(|| exchange::find(cause))
            .or_else(|| graph::find(cause))
            .or_else(|| key::find(cause))
            .or_else(|| network::find(cause));
        found = advice.or(found);
        if advice.is_some_and(|advice| DECISIVE.contains(&advice.code)) {
            return advice;
        }
        next = cause.source();
    }
    found
}

/// Conditions whose causes are not looked at.
const DECISIVE: [&str; 2] = ["outcome-unknown", "incomplete"];

/// A cause as a type, whether it is boxed or not.
fn cause<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    error.downcast_ref::<T>().or_else(|| error.downcast_ref::<Box<T>>().map(Box::as_ref))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = include_str!("../../../../docs/errors.md");

    #[test]
    fn every_code_that_is_treated_has_a_row_with_its_exit_code() {
        let rows: Vec<Vec<&str>> = TABLE
            .lines()
            .filter(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        let tables = [entra::TABLE, exchange::TABLE, graph::TABLE, key::TABLE, network::TABLE];
        let all = tables.into_iter().flatten();
        for advice in all {
            let code = format!("`{}`", advice.code);
            let row = rows.iter().find(|row| row[0].split(", ").any(|cell| cell == code));
            let row = row.unwrap_or_else(|| panic!("docs/errors.md has no row for {code}"));
            assert_eq!(row[3], advice.exit.number().to_string(), "exit code of {code}");
            assert!(!row[1].is_empty() && !row[2].is_empty(), "{code}");
            assert!(!advice.fixes.is_empty(), "{code} has no fix");
        }
    }
}
