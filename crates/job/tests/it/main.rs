//! Jobs as their files have them, and what follows from their schedules.

#![expect(clippy::unwrap_used, reason = "a harness that cannot work fails the test")]

mod decisions;
mod documents;
mod files;
mod occurrences;
mod round_trip;
mod steps;
