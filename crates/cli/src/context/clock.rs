//! The time that a run goes by: the operating system's, or that of the simulated tenant it works with.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use exoctl_model::{Clock, SystemClock};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{CloudChoice, Context, read_cloud};

/// For how long an offset that was read is believed.
const FRESH: Duration = Duration::from_millis(50);

/// The operating system's clock, moved by as much as the simulated tenant's was.
///
/// The tenant keeps the offset in a file, and all programs that work with the tenant read it: a
/// scheduler, the jobs that it starts, and the tenant agree on the time, whenever it is moved.
#[derive(Debug)]
pub(super) struct SimulatedClock {
    path: PathBuf,
    read: Mutex<Read>,
}

#[derive(Debug)]
struct Read {
    at: Instant,
    offset: SignedDuration,
}

#[derive(Deserialize)]
struct ClockFile {
    offset: SignedDuration,
}

impl Context {
    /// Tells the time: the simulated tenant's, if the run works with one that moves its clock.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.get_or_init(|| clock_of(&self.cloud_in_general())).clone()
    }

    /// Goes by the clock of this cloud from now on, if no other was chosen before.
    pub(super) fn go_by_clock_of(&self, cloud: &CloudChoice) {
        self.clock.get_or_init(|| clock_of(cloud));
    }
}

/// A mistake in the environment file leaves the real clock: what needs the cloud says what is wrong.
fn clock_of(cloud: &CloudChoice) -> Arc<dyn Clock> {
    let named = match cloud {
        CloudChoice::File(environment) => read_cloud(environment).ok().and_then(|cloud| {
            Some(environment.parent().unwrap_or(Path::new("")).join(cloud.clock?))
        }),
        CloudChoice::Named(_) => None,
    };
    match named {
        Some(path) => Arc::new(SimulatedClock::new(path)),
        None => Arc::new(SystemClock),
    }
}

impl SimulatedClock {
    fn new(path: PathBuf) -> Self {
        let offset = read(&path).unwrap_or_default();
        Self { path, read: Mutex::new(Read { at: Instant::now(), offset }) }
    }

    fn offset(&self) -> SignedDuration {
        let mut last = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if last.at.elapsed() >= FRESH {
            last.at = Instant::now();
            // A tenant whose directory is gone leaves the time as it was.
            last.offset = read(&self.path).unwrap_or(last.offset);
        }
        last.offset
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let now = SystemClock.now();
        now.saturating_add(self.offset()).expect("a signed duration never fails to add")
    }

    fn longest_sleep(&self) -> Duration {
        Duration::from_millis(200)
    }
}

fn read(path: &Path) -> Option<SignedDuration> {
    let text = std::fs::read(path).ok()?;
    serde_json::from_slice::<ClockFile>(&text).ok().map(|file| file.offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("clock.json");
        let clock = SimulatedClock::new(path.clone());
        assert_eq!(clock.offset(), SignedDuration::ZERO);
        std::fs::write(&path, r#"{"offset":"-PT720H"}"#).unwrap();
        clock.read.lock().unwrap().at -= FRESH;
        assert_eq!(clock.offset(), SignedDuration::from_hours(-720));
        assert!(clock.now() < SystemClock.now());
        std::fs::remove_file(&path).unwrap();
        clock.read.lock().unwrap().at -= FRESH;
        assert_eq!(clock.offset(), SignedDuration::from_hours(-720), "as it was");
    }
}
