//! A process of exoctl's own that runs a step of a job, and does not outlive the worker that started it.
//!
//! Its stdin is a pipe of which only the worker holds the other end. A worker that is killed can
//! end nothing; its end of the pipe is closed by the system, and the step ends itself, with all that
//! it has started in its process group. A worker that is stopped, or hangs, writes nothing: it sends a
//! byte whenever it has renewed its lease, and without one for too long the step ends itself too. So a
//! step and its repetition never run at once.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The first word of the command line of such a process: for how long it may be without word from its
/// worker. What follows is an ordinary command line.
pub(crate) fn word(patience: Duration) -> String {
    format!("{WORD}{}", patience.as_millis())
}

/// The command line without that word, and what it said.
pub(crate) fn command_line(
    mut line: impl Iterator<Item = OsString>,
) -> (impl Iterator<Item = OsString>, Option<Duration>) {
    let program = line.next();
    let mut rest = line.peekable();
    let patience = rest.peek().and_then(|word| patience(word));
    if patience.is_some() {
        rest.next();
    }
    (program.into_iter().chain(rest), patience)
}

fn patience(word: &OsStr) -> Option<Duration> {
    word.to_str()?.strip_prefix(WORD)?.parse().ok().map(Duration::from_millis)
}

/// Ends this process and its group as soon as nobody holds the other end of stdin, or whoever does
/// has written nothing for so long. From here on stdin is empty, for this process and for what it starts.
pub(crate) fn watch(patience: Duration) -> io::Result<()> {
    let mut held = system::take_stdin()?;
    let (sender, words) = mpsc::channel();
    let listen = move || {
        let mut word = [0; 16];
        // That reading ends is a message too: the sender is gone then.
        while matches!(held.read(&mut word), Ok(1..)) {
            let _ = sender.send(());
        }
    };
    let wait = move || {
        while words.recv_timeout(patience).is_ok() {}
        system::end_group();
    };
    let spawn = |name: &str| thread::Builder::new().name(name.to_owned());
    spawn("words").spawn(listen)?;
    spawn("supervision").spawn(wait)?;
    Ok(())
}

const WORD: &str = "__step=";

#[cfg(unix)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsFd as _;

    use rustix::process::{Signal, kill_current_process_group};
    use rustix::stdio::dup2_stdin;

    pub(super) fn take_stdin() -> io::Result<File> {
        let held = io::stdin().as_fd().try_clone_to_owned()?;
        dup2_stdin(File::open("/dev/null")?)?;
        Ok(held.into())
    }

    pub(super) fn end_group() {
        let _ = kill_current_process_group(Signal::KILL);
    }
}

#[cfg(windows)]
mod system {
    use std::fs::File;
    use std::io;
    use std::os::windows::io::AsHandle as _;

    pub(super) fn take_stdin() -> io::Result<File> {
        Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
    }

    /// There are no groups; what this process has started is ended with it.
    pub(super) fn end_group() {
        let arguments = ["/F", "/T", "/PID", &std::process::id().to_string()];
        let _ = std::process::Command::new("taskkill").args(arguments).output();
        std::process::exit(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[&str]) -> (Vec<OsString>, Option<Duration>) {
        let (rest, patience) = command_line(line.iter().map(OsString::from));
        (rest.collect(), patience)
    }

    #[test]
    fn only_the_first_word_makes_a_step() {
        let plain: Vec<OsString> = ["exoctl", "doctor"].map(OsString::from).into();
        let patience = Duration::from_millis(1500);
        assert_eq!(read(&["exoctl", &word(patience), "doctor"]), (plain.clone(), Some(patience)));
        assert_eq!(read(&["exoctl", "doctor"]), (plain, None));
        assert_eq!(read(&["exoctl", "doctor", "__step=1500"]).1, None);
        assert_eq!(read(&["exoctl", "__step=", "doctor"]).1, None);
        assert_eq!(read(&["exoctl"]).1, None);
    }
}
