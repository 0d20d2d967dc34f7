//! A process of exoctl's own that runs a step of a job, and does not outlive the worker that started it.
//!
//! Its stdin is a pipe of which only the worker holds the other end. A worker that is killed can
//! end nothing; its end of the pipe is closed by the system, and the step ends itself, with all that
//! it has started in its process group. So a step and its repetition never run at once.

use std::ffi::OsString;
use std::io;
use std::thread;

/// The first word of the command line of such a process. What follows is an ordinary command line.
pub(crate) const WORD: &str = "__step";

/// The command line without that word, and whether it was there.
pub(crate) fn command_line(
    mut line: impl Iterator<Item = OsString>,
) -> (impl Iterator<Item = OsString>, bool) {
    let program = line.next();
    let mut rest = line.peekable();
    let is_step = rest.next_if(|word| word == WORD).is_some();
    (program.into_iter().chain(rest), is_step)
}

/// Ends this process and its group as soon as nobody holds the other end of stdin. From here on
/// stdin is empty, for this process and for what it starts.
pub(crate) fn watch() -> io::Result<()> {
    let mut held = system::take_stdin()?;
    let wait = move || {
        // Nothing is ever written; that reading ends is the message.
        let _ = io::copy(&mut held, &mut io::sink());
        system::end_group();
    };
    thread::Builder::new().name("supervision".to_owned()).spawn(wait)?;
    Ok(())
}

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

    fn read(line: &[&str]) -> (Vec<OsString>, bool) {
        let (rest, is_step) = command_line(line.iter().map(OsString::from));
        (rest.collect(), is_step)
    }

    #[test]
    fn only_the_first_word_makes_a_step() {
        let plain: Vec<OsString> = ["exoctl", "doctor"].map(OsString::from).into();
        assert_eq!(read(&["exoctl", "__step", "doctor"]), (plain.clone(), true));
        assert_eq!(read(&["exoctl", "doctor"]), (plain, false));
        assert!(!read(&["exoctl", "doctor", "__step"]).1);
        assert!(!read(&["exoctl"]).1);
    }
}
