//! The files of jobs: which there are, what they say.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use exoctl_job::{Job, JobName};

use crate::context::Context;
use crate::error::{CommandError, FileError, JobError};

/// Where the files are, for commands that read them.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct JobsArgs {
    /// The directory of the job files [default: jobs, beside the profiles]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) jobs: Option<PathBuf>,
}

impl JobsArgs {
    /// The files that are meant.
    pub(crate) fn files(&self, context: &Context) -> Result<JobFiles, CommandError> {
        Ok(match &self.jobs {
            Some(directory) => JobFiles::new(directory),
            None => JobFiles::new(&context.paths()?.jobs),
        })
    }
}

/// A directory of job files; it may not be there yet.
#[derive(Clone, Debug)]
pub(crate) struct JobFiles {
    directory: PathBuf,
}

/// A file that is a job.
#[derive(Clone, Debug)]
pub(crate) struct JobFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it says, as it is written.
    pub(crate) text: String,
    /// What it says.
    pub(crate) job: Job,
}

impl JobFiles {
    /// The files of a directory.
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// The directory.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a job, there or not.
    pub(crate) fn path(&self, name: &JobName) -> PathBuf {
        self.directory.join(format!("{name}.toml"))
    }

    /// All files, in the order of their names.
    pub(crate) fn paths(&self) -> Result<Vec<PathBuf>, FileError> {
        let failed = |source| FileError { operation: "list", path: self.directory.clone(), source };
        let entries = match fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            // Editors keep copies and locks beside a file, with a dot before its name.
            let hidden =
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if path.extension().is_some_and(|extension| extension == "toml") && !hidden {
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// The names of the files without `.toml`, jobs or not.
    pub(crate) fn names(&self) -> Result<Vec<String>, FileError> {
        Ok(self.paths()?.iter().map(|path| stem(path)).collect())
    }

    /// All files, those too that are no jobs.
    pub(crate) fn all(&self) -> Result<Vec<Result<JobFile, JobError>>, FileError> {
        Ok(self.paths()?.iter().map(|path| JobFile::read(path)).collect())
    }

    /// The job of this name, which must be there.
    pub(crate) fn find(&self, name: &str) -> Result<JobFile, JobError> {
        let unknown = || JobError::Unknown {
            name: name.to_owned(),
            directory: self.directory.clone(),
            known: self.names().unwrap_or_default(),
        };
        let name: JobName = name.parse().map_err(|_| unknown())?;
        match JobFile::read(&self.path(&name)) {
            Err(JobError::File(error)) if error.source.kind() == io::ErrorKind::NotFound => {
                Err(unknown())
            }
            read => read,
        }
    }
}

impl JobFile {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, JobError> {
        let text = fs::read_to_string(path).map_err(|source| FileError {
            operation: "read",
            path: path.to_owned(),
            source,
        })?;
        match Job::parse(&stem(path), &text) {
            Ok(job) => Ok(Self { path: path.to_owned(), text, job }),
            Err(source) => Err(JobError::Invalid { path: path.to_owned(), text, source }),
        }
    }
}

/// The name of a file without `.toml`.
pub(crate) fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
