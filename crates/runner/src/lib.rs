//! The scheduler and its workers.

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
