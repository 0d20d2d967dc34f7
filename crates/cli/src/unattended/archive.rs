//! The files of runs, removed when they are kept no longer.

use std::fs;
use std::path::{Path, PathBuf};

use exoctl_job::{Job, Keep};
use exoctl_runner::Archive;
use exoctl_store::RunRow;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use tracing::warn;

/// The directories of runs, `job/tenant/time-run` below one.
#[derive(Debug)]
pub(crate) struct Directories {
    runs: PathBuf,
}

impl Directories {
    /// Those below this one.
    pub(crate) fn new(data: &Path) -> Self {
        Self { runs: data.join("runs") }
    }
}

impl Archive for Directories {
    /// A directory's name says of when it is; links are left alone.
    fn sweep(&self, job: &Job, now: Timestamp) -> usize {
        let older = |keep: Keep, at: Timestamp| {
            keep.duration().is_some_and(|length| now.duration_since(at) > length.signed())
        };
        let mut swept = 0;
        for tenant in directories(&self.runs.join(job.name.as_str())) {
            for run in directories(&tenant) {
                let Some(at) = time_of(&run) else { continue };
                if older(job.retention.artifacts, at) && older(job.retention.logs, at) {
                    swept += usize::from(removed(&fs::remove_dir_all(&run), &run));
                } else if older(job.retention.artifacts, at) {
                    swept += usize::from(remove_files(&run, |name| !is_log(name)));
                } else if older(job.retention.logs, at) {
                    swept += usize::from(remove_files(&run, is_log));
                }
            }
        }
        swept
    }

    fn remove(&self, runs: &[RunRow]) {
        for run in runs {
            let Some(place) = run.place.as_ref().map(PathBuf::from) else { continue };
            // Another machine's directories are its own to remove, and nothing else is a run's.
            if place.starts_with(&self.runs) && place != self.runs && place.is_dir() {
                removed(&fs::remove_dir_all(&place), &place);
            }
        }
    }
}

/// The log, the record, and what steps have said: not their data.
fn is_log(name: &str) -> bool {
    name == "run.log" || name == "run.json" || name.strip_suffix(".out").is_some()
}

/// Whether any was removed.
fn remove_files(directory: &Path, meant: impl Fn(&str) -> bool) -> bool {
    let mut any = false;
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if !meant(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let result = if kind.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        any |= removed(&result, &path);
    }
    any
}

fn removed(result: &std::io::Result<()>, path: &Path) -> bool {
    if let Err(error) = result {
        warn!(path = %path.display(), %error, "what is kept no longer could not be removed");
    }
    result.is_ok()
}

fn directories(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).into_iter().flatten().flatten();
    let is_directory = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries.filter(is_directory).map(|entry| entry.path()).collect()
}

/// `2026-11-01T050000Z-…`
fn time_of(run: &Path) -> Option<Timestamp> {
    let name = run.file_name()?.to_str()?;
    let time = DateTime::strptime("%Y-%m-%dT%H%M%SZ", name.get(..18)?).ok()?;
    time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = r#"
name = "mailboxes"
profile = "contoso"
schedule = "daily at 02:30 UTC"
retention = { logs = "90d", artifacts = "30d" }

[[steps]]
cmdlet = "Get-Mailbox"
"#;

    #[test]
    fn data_and_logs_are_kept_for_as_long_as_the_job_says() {
        let home = tempfile::tempdir().unwrap();
        let tenant = home.path().join("runs/mailboxes/contoso");
        let job = Job::parse("mailboxes", JOB).unwrap();
        let names =
            ["2026-11-01T023000Z-a", "2026-09-01T023000Z-b", "2026-06-01T023000Z-c", "notes"];
        for name in names {
            fs::create_dir_all(tenant.join(name)).unwrap();
            fs::write(tenant.join(name).join("run.log"), "").unwrap();
            fs::write(tenant.join(name).join("a.csv"), "").unwrap();
        }
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        assert_eq!(Directories::new(home.path()).sweep(&job, now), 2);
        let left =
            |name: &str| ["run.log", "a.csv"].map(|file| tenant.join(name).join(file).exists());
        assert_eq!(names.map(left), [[true, true], [true, false], [false, false], [true, true]]);
        assert!(!tenant.join(names[2]).exists());
    }
}
