//! Programs that exoctl runs, `exoctl exec` one of the user's, a job's step one of its own: their
//! processes, what they write without the secrets in it, and how they end.

mod end;
mod output;
#[cfg_attr(unix, path = "program/processes/unix.rs")]
#[cfg_attr(not(unix), path = "program/processes/other.rs")]
mod processes;
mod redaction;
mod run_log;
mod secrets;
pub(crate) mod supervised;

pub(crate) use end::End;
pub(crate) use output::Output;
pub(crate) use processes::{Processes, Signals};
pub(crate) use run_log::RunLog;
pub(crate) use secrets::{Secrets, Watched};
