//! The files that are there, beside those that there should be.

use std::fs;
use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::install::{belongings, needs};
use super::options::Options;
use super::place::PlaceArgs;
use crate::context::Context;
use crate::error::CommandError;
use crate::job_files::JobFile;

/// How a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it would be written now.
    Current,
    /// Otherwise: the job file or the file itself was changed.
    Differs,
    /// One of a job's files is not there.
    Missing,
    /// Its job is gone, has no schedule any longer, or cannot be read.
    Orphan,
}

/// A file of a job.
#[derive(Debug)]
pub(super) struct Found {
    /// The job.
    pub(super) job: String,
    /// The file.
    pub(super) path: PathBuf,
    /// How it is.
    pub(super) state: State,
}

impl State {
    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Differs => "differs",
            Self::Missing => "missing",
            Self::Orphan => "orphan",
        }
    }
}

/// Looks at the files of all jobs in a directory that `schedule install` has written.
pub(super) fn look(
    place: &PlaceArgs,
    directory: &Path,
    context: &Context,
) -> Result<Vec<Found>, CommandError> {
    let mut found = Vec::new();
    for (job, options) in installed(place, directory) {
        found.extend(look_at(&job, &options, place, directory, context)?);
    }
    Ok(found)
}

/// The jobs that have files in a directory, with the options that these were written with.
pub(super) fn installed(place: &PlaceArgs, directory: &Path) -> Vec<(String, Options)> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let mut jobs: Vec<(String, Options)> = Vec::new();
    for name in names {
        let Some(job) = place.with.job_of(&name) else { continue };
        let Ok(bytes) = fs::read(directory.join(&name)) else { continue };
        let Some(options) = Options::of_file(&place.with.text(&bytes)) else { continue };
        if jobs.iter().all(|(known, _)| known != job) {
            jobs.push((job.to_owned(), options));
        }
    }
    jobs
}

fn look_at(
    job: &str,
    options: &Options,
    place: &PlaceArgs,
    directory: &Path,
    context: &Context,
) -> Result<Vec<Found>, CommandError> {
    let found =
        |name: &str, state| Found { job: job.to_owned(), path: directory.join(name), state };
    let (files, profiles) = belongings(options.home.as_deref(), context)?;
    let file = files.find(job).ok().filter(|file| file.job.schedule.is_some());
    let Some(JobFile { job: read, text, .. }) = file else {
        let names = place.with.names(job);
        let there = names.iter().filter(|name| directory.join(name).exists());
        return Ok(there.map(|name| found(name, State::Orphan)).collect());
    };
    let home = options.home.as_deref();
    let (count, credentials) = needs(&read, &profiles, home, place)?;
    let options = Options { credentials, ..options.clone() };
    let now = context.clock().now();
    let entry = Entry { job: &read, text: &text, options: &options, profiles: count, now };
    let wanted = place.with.files(&entry)?;
    Ok(wanted
        .iter()
        .map(|file| {
            let state = match fs::read(directory.join(&file.name)) {
                Ok(bytes) if bytes == file.bytes => State::Current,
                Ok(_) => State::Differs,
                Err(_) => State::Missing,
            };
            found(&file.name, state)
        })
        .collect())
}
