//! The processes of a step whose worker has vanished, found again and ended before the run is repeated.
//!
//! A step ends itself when its worker is gone ([`crate::program::supervised`]). What is left is what a
//! step had started that was killed together with its worker. Only this machine's are found: what ran
//! elsewhere is none of its processes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A process group, as it is written down when a step starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    /// Where its number means it: this machine since it was started, and the numbering of processes.
    place: String,
    /// The number of the group, and of the process that leads it.
    number: u32,
    /// When the leader began, in the system's ticks.
    started: u64,
}

impl Group {
    /// The group that a process leads which was just started. None where this cannot be known.
    pub(super) fn led_by(number: u32) -> Option<Self> {
        let started = system::process(number)?.started;
        Some(Self { place: system::place()?, number, started })
    }

    /// Where it is written down: in the run's directory.
    fn file(directory: &Path) -> PathBuf {
        directory.join(".processes.json")
    }

    /// Writes it down.
    pub(super) fn note(&self, directory: &Path) -> std::io::Result<()> {
        crate::profile::write_private(&Self::file(directory), &serde_json::to_vec(self)?)
    }

    /// What was written down there last.
    pub(super) fn noted(directory: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::file(directory)).ok()?).ok()
    }

    /// It runs no more. What another attempt has written down by now is left.
    pub(super) fn forget(&self, directory: &Path) {
        if Self::noted(directory).as_ref() == Some(self) {
            let _ = std::fs::remove_file(Self::file(directory));
        }
    }

    /// Whether any of it runs here. The number of a group that is gone may be another's by now, which
    /// was started later.
    pub(super) fn runs(&self) -> bool {
        let is_here = || system::place().is_some_and(|place| place == self.place);
        let leader = system::process(self.number);
        let is_another = leader.is_some_and(|leader| leader.started != self.started);
        is_here()
            && !is_another
            && system::members(self.number).any(|member| member.started >= self.started)
    }

    /// Ends it.
    pub(super) fn end(&self) {
        system::kill(self.number);
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;

    use rustix::process::{Pid, Signal, kill_process_group};

    /// What the system says of a process.
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Process {
        group: u32,
        /// In ticks since the machine was started.
        pub(super) started: u64,
        has_ended: bool,
    }

    /// This start of the machine, and this numbering of processes.
    pub(super) fn place() -> Option<String> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let numbering = fs::read_link("/proc/self/ns/pid").ok()?;
        Some(format!("{} {}", boot.trim(), numbering.display()))
    }

    /// proc(5): the name in parentheses may hold anything; the state is field 3, the group 5, the start 22.
    pub(super) fn process(number: u32) -> Option<Process> {
        let text = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
        let has_ended = matches!(*fields.first()?, "Z" | "X");
        let (group, started) = (fields.get(2)?.parse().ok()?, fields.get(19)?.parse().ok()?);
        Some(Process { group, started, has_ended })
    }

    /// The processes of a group that run.
    pub(super) fn members(group: u32) -> impl Iterator<Item = Process> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.filter_map(process).filter(move |one| one.group == group && !one.has_ended)
    }

    pub(super) fn kill(group: u32) {
        if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Process {
        pub(super) started: u64,
    }

    pub(super) fn place() -> Option<String> {
        None
    }

    pub(super) fn process(_: u32) -> Option<Process> {
        None
    }

    pub(super) fn members(_: u32) -> impl Iterator<Item = Process> {
        std::iter::empty()
    }

    pub(super) fn kill(_: u32) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_group_is_found_again_after_its_leader_has_ended_and_no_other_is_taken_for_it() {
        let home = tempfile::tempdir().unwrap();
        // The leader waits for its stdin to close; what it has started waits for ever.
        let mut leader = Command::new("sh")
            .args(["-c", "cat /dev/zero >/dev/null & read line"])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let group = Group::led_by(leader.id()).unwrap();
        group.note(home.path()).unwrap();
        let later = Group { started: group.started + 1, ..group.clone() };
        let elsewhere = Group { place: "another machine".to_owned(), ..group.clone() };
        assert!(group.runs() && !later.runs() && !elsewhere.runs());
        drop(leader.stdin.take());
        leader.wait().unwrap();
        let group = Group::noted(home.path()).unwrap();
        assert!(group.runs(), "what the leader has started is left");
        group.end();
        while group.runs() {
            std::thread::yield_now();
        }
        later.forget(home.path());
        assert_eq!(Group::noted(home.path()).as_ref(), Some(&group));
        group.forget(home.path());
        assert_eq!(Group::noted(home.path()), None);
    }
}
