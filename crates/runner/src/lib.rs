//! The scheduler and its workers.
//!
//! A [`Scheduler`] writes down what is due and judges runs whose worker was lost; how many of them there
//! are, and what happened to them, changes nothing: each run is made once, and what was missed is
//! computed from the ledger. A [`Worker`] holds a run by a lease, has an [`Executor`] carry out its steps,
//! and stops before the lease is over if it could not renew it. Both are told the time, and neither knows
//! what a step is made of.
//!
//! What becomes of a run is decided by [`conclude`], which is pure:
//!
//! ```
//! use exoctl_job::{Effect, Retry};
//! use exoctl_runner::{Fate, StepEnd, StepReport, conclude};
//! use exoctl_store::RunState;
//! use jiff::Timestamp;
//!
//! let step = |effect, end: StepEnd| StepReport {
//!     number: 1,
//!     name: "1-export".to_owned(),
//!     effect,
//!     began: Timestamp::UNIX_EPOCH,
//!     ended: Timestamp::UNIX_EPOCH,
//!     outcome: end.bare(),
//! };
//! let fate = |step| conclude(&Retry::default(), 1, &[step], None).fate;
//! // Throttled: it is tried again. Killed in the middle, it is only if that does no harm.
//! assert!(matches!(fate(step(Effect::Once, StepEnd::Exited(7))), Fate::Retry(_)));
//! assert!(matches!(fate(step(Effect::Read, StepEnd::Killed(9))), Fate::Retry(_)));
//! assert_eq!(fate(step(Effect::Once, StepEnd::Killed(9))), Fate::Final(RunState::Unknown));
//! ```

mod attempt;
mod conclusion;
mod crew;
mod decide;
mod executor;
mod journal;
mod lease;
mod observer;
mod roster;
mod scheduler;
mod stopping;
mod wall;
mod worker;

pub use attempt::{Ended, step_name};
pub use conclusion::{Conclusion, Fate, conclude};
pub use crew::Crew;
pub use decide::{MadeDue, asked_for, create_due};
pub use executor::{Attempt, Closing, Executor, StepEnd, StepOutcome, StepReport};
pub use lease::LeaseTimes;
pub use observer::{Nobody, Observer};
pub use roster::{Archive, Jobs, Listed, Roster, Teller};
pub use scheduler::{Scheduler, SchedulerParts, Tick};
pub use stopping::{Stop, Stopper, Stopping};
pub use worker::{Worker, WorkerParts};
