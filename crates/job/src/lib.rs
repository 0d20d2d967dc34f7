//! What runs unattended: job files, schedules, policies, and what each promises.
//!
//! Pure: nothing here reads a file, a clock or a store. A [`Job`] is what a file `jobs/NAME.toml`
//! says; [`due`] decides which occurrences of its [`Schedule`] become runs; [`Step::command_line`]
//! says what a run starts.
//!
//! ```
//! use exoctl_job::{Effect, Job};
//! use jiff::Timestamp;
//!
//! let text = r#"
//! name = "mailboxes"
//! profile = "contoso"
//! schedule = "daily at 02:30 Europe/Berlin"
//!
//! [[steps]]
//! cmdlet = "Get-Mailbox -ResultSize Unlimited"
//! output = "mailboxes.csv"
//! "#;
//! let job = Job::parse("mailboxes", text)?;
//! assert_eq!(job.effect(), Effect::Read);
//! // On the day on which the clock is put forward, half past two is at three.
//! let next = job.schedule.as_ref().unwrap().next_after("2026-03-28T12:00:00Z".parse()?);
//! assert_eq!(next, Some("2026-03-29T01:00:00Z".parse::<Timestamp>()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod due;
mod duration;
mod effect;
mod error;
mod file;
mod jitter;
mod job;
mod name;
mod notify;
mod place;
mod policy;
mod profiles;
mod promise;
mod retry;
mod schedule;
mod schema;
mod step;

pub use due::{CatchUp, CatchUpMode, Decision, Due, SkipReason, Verdict, due};
pub use duration::{Duration, InvalidDuration};
pub use effect::Effect;
pub use error::{InvalidJob, Problem};
pub use job::Job;
pub use name::{ChannelName, InvalidName, JobName};
pub use notify::{Event, Notify};
pub use place::{InvalidTemplate, RunPlace, Template, occurrence_key, run_directory};
pub use policy::{Keep, Limits, Overlap, Priority, Retention};
pub use profiles::Profiles;
pub use promise::{KINDS, Kind};
pub use retry::Retry;
pub use schedule::{Calendar, Expression, InvalidSchedule, Occurrences, Schedule, Timing};
pub use schema::schema;
pub use step::{
    Action, AuditExport, AuditReport, CertCheck, CertRotate, CmdletLine, Doctor, Format,
    InvalidCmdletLine, Period, Program, Step,
};
