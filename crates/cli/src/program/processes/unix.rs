//! Process groups and signals.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use tokio::process::Child;
use tokio::signal::unix::{self, SignalKind, signal};

/// The program, and what it has started.
#[derive(Debug)]
pub(crate) struct Processes {
    leader: Option<Pid>,
    alone: bool,
}

impl Processes {
    /// Before the start.
    pub(crate) fn arrange(command: &mut Command, alone: bool) {
        if alone {
            command.process_group(0);
        }
    }

    /// After the start.
    pub(crate) fn of(child: &Child, alone: bool) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: id.and_then(Pid::from_raw), alone }
    }

    /// Passes a signal of ours on. The keyboard's reach a program that shares our terminal by themselves.
    pub(crate) fn pass_on(&self, signal: Signal) {
        if self.alone || !matches!(signal, Signal::INT | Signal::QUIT) {
            self.send(signal);
        }
    }

    /// Asks all to end.
    pub(crate) fn ask_to_end(&self) {
        self.send(Signal::TERM);
        // One that was stopped hears nothing before it goes on.
        self.send(Signal::CONT);
    }

    /// Ends all.
    pub(crate) fn kill(&self) {
        self.send(Signal::KILL);
    }

    /// Whether any is left. The group's number is nobody else's as long as one is.
    pub(crate) fn are_left(&self) -> bool {
        self.alone && self.leader.is_some_and(|group| test_kill_process_group(group).is_ok())
    }

    fn send(&self, signal: Signal) {
        let Some(leader) = self.leader else { return };
        // Who is gone already needs no signal.
        let _ = if self.alone {
            kill_process_group(leader, signal)
        } else {
            kill_process(leader, signal)
        };
    }
}

/// The signals that end programs, kept from ending this one before its program.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: unix::Signal,
    quit: unix::Signal,
    hangup: unix::Signal,
    terminate: unix::Signal,
}

impl Signals {
    /// From here on they come here.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.quit.recv() => Signal::QUIT,
            _ = self.hangup.recv() => Signal::HUP,
            _ = self.terminate.recv() => Signal::TERM,
        }
    }
}
