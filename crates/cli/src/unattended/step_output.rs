//! Where what a step writes to its stdout ends up.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use exoctl_job::{RunPlace, Step};
use exoctl_runner::StepEnd;

use super::step_process::Stdout;
use crate::profile::create_private_directory;

/// A file that takes a step's stdout.
pub(super) enum Output {
    /// It has its name from the beginning.
    Talk(PathBuf),
    /// It gets its name when it is whole.
    Data { part: PathBuf, whole: PathBuf },
}

/// Opens the file that takes a step's stdout.
pub(super) fn output(
    step: &Step,
    name: &str,
    place: &RunPlace<'_>,
) -> io::Result<(Output, Stdout)> {
    let Some(whole) = step.output_file(place) else {
        let path = place.directory.join(format!("{name}.out"));
        let file = private(&path)?;
        return Ok((Output::Talk(path), Stdout::Talk(file)));
    };
    if let Some(parent) = whole.parent() {
        create_private_directory(parent)?;
    }
    let mut part = whole.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = private(&part)?;
    Ok((Output::Data { part, whole }, Stdout::Data(file)))
}

impl Output {
    /// Gives the file its name if it is whole. Where it is, from the run's directory.
    pub(super) fn keep(self, end: &StepEnd, directory: &Path) -> (Option<String>, io::Result<()>) {
        let (path, kept) = match self {
            Self::Talk(path) => (path, Ok(())),
            Self::Data { part, whole } if end.is_success() => {
                let synced = File::open(&part).and_then(|file| file.sync_all());
                let kept = synced.and_then(|()| std::fs::rename(&part, &whole));
                (whole, kept)
            }
            Self::Data { part, .. } => (part, Ok(())),
        };
        let shown = path.strip_prefix(directory).unwrap_or(&path).display().to_string();
        (Some(shown), kept)
    }
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
