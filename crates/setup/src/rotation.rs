//! A new certificate in the place of an old one, so that at every moment at least one works.
//!
//! [`Journal`] is what is known of an application's certificates and of a rotation that is under way;
//! it is kept before and after each thing that is done. [`next`] says from it what comes next, without
//! I/O, and [`carry_out`] has it done by [`Hands`] until nothing is left to do. Whoever is killed in
//! between reads the journal and goes on.
//!
//! ```
//! use exoctl_setup::rotation::{Journal, Next, Order, Place, next};
//!
//! let mut journal = Journal::new("36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse()?);
//! let now = "2026-11-21T17:30:00Z".parse()?;
//! let order = Order::new(now, now);
//! assert_eq!(next(&journal, &order), Next::Nothing);
//!
//! let old = "3D05D7A1F8C9BC4A9B0E0B0C0D0E0F1011121314".parse()?;
//! let place = Place::Store { name: "exoctl".to_owned() };
//! journal.begin(old, "2026-12-01T00:00:00Z".parse()?, vec![place], now);
//! assert_eq!(next(&journal, &order), Next::Make);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod carry_out;
mod credential;
mod due;
mod journal;
mod next;
mod plan;

#[cfg(test)]
mod tests;

pub use carry_out::{Added, Hands, Left, Outcome, Removal, carry_out};
pub use credential::{
    AddedKey, add_as_administrator, add_itself, prove, remove_as_administrator, remove_itself,
};
pub use due::{Due, due};
pub use journal::{Certified, Hook, Journal, Place, Retired, Rotation, Stage, State};
pub use next::{Next, Order, next};
pub use plan::{PlannedStep, RotationPlan};
