//! Where there are no process groups: the program alone is ended, by ending it.

use std::io;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::process::Child;

/// The program. What it has started is not known.
#[derive(Debug)]
pub(crate) struct Processes {
    id: Option<u32>,
    ended: AtomicBool,
}

impl Processes {
    /// Before the start.
    pub(crate) fn arrange(_: &mut Command, _: bool) {}

    /// After the start.
    pub(crate) fn of(child: &Child, _: bool) -> Self {
        Self { id: child.id(), ended: AtomicBool::new(false) }
    }

    /// The console has told the program itself.
    pub(crate) fn pass_on(&self, (): ()) {}

    /// There is no asking.
    pub(crate) fn ask_to_end(&self) {
        self.kill();
    }

    /// Ends it, with what it has started: that is what `taskkill /T` does.
    pub(crate) fn kill(&self) {
        let Some(id) = self.id.filter(|_| !self.ended.swap(true, Ordering::Relaxed)) else {
            return;
        };
        let arguments = ["/F", "/T", "/PID", &id.to_string()];
        let _ = Command::new("taskkill").args(arguments).output();
    }

    /// Nobody knows.
    pub(crate) fn are_left(&self) -> bool {
        false
    }
}

/// Ctrl-C, kept from ending this program before its program.
#[derive(Debug)]
pub(crate) struct Signals;

impl Signals {
    /// From here on it comes here.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    /// The next one.
    pub(crate) async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
