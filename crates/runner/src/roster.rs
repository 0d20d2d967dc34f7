//! Where the scheduler has its jobs from, and what else it has others do.

use std::error::Error;
use std::fmt::Debug;

use exoctl_job::Job;
use exoctl_store::{NewNotice, RunRow, RunState};
use jiff::Timestamp;

/// The jobs that there are now, and whom they can be run for.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    /// The jobs.
    pub jobs: Vec<Listed>,
    /// The names of all profiles.
    pub profiles: Vec<String>,
    /// Files that are no jobs, a sentence each.
    pub problems: Vec<String>,
}

/// A job of the roster.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The job.
    pub job: Job,
    /// The text of its file, which goes into the ledger with each run.
    pub definition: String,
}

/// Reads the jobs. It is asked again whenever the scheduler looks.
pub trait Jobs: Debug + Send + Sync {
    /// The jobs that there are now.
    fn read(&self) -> Result<Roster, Box<dyn Error + Send + Sync>>;
}

/// Writes what is told about runs that have no worker to say it.
pub trait Teller: Debug + Send + Sync {
    /// A run was given up because its worker was lost.
    fn lost(&self, run: &RunRow, state: RunState) -> Vec<NewNotice>;

    /// There was no good run of a job for a tenant by the time that the job says.
    fn late(&self, job: &Job, tenant: &str, scheduled: Timestamp, now: Timestamp)
    -> Vec<NewNotice>;
}

/// Removes the files of runs that are kept no longer.
pub trait Archive: Debug + Send + Sync {
    /// Removes what a job's retention says of logs and outputs; how many runs lost something by it.
    fn sweep(&self, job: &Job, now: Timestamp) -> usize;

    /// Removes all files of runs that the ledger is about to forget.
    fn remove(&self, runs: &[RunRow]);
}
