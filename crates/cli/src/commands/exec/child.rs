//! A program from its start to its end: signals, time limit, output.

use std::io::IsTerminal as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use exoctl_broker::Endpoint;
use tokio::process::Child;
use tokio::time::{Instant, sleep, sleep_until};

use crate::error::ExecError;
use crate::program::{End, Output, Processes, RunLog, Signals};
use crate::ui::Ui;

/// How long a program may run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// After this it is asked to end.
    pub(super) after: Duration,
    /// And after this it is killed.
    pub(super) grace: Duration,
}

/// A program that runs.
pub(super) struct Supervised {
    child: Child,
    processes: Processes,
    signals: Signals,
    output: Output,
    log: Option<RunLog>,
}

impl Supervised {
    /// Starts it: `alone` in a process group of its own, else as a part of ours, with the terminal.
    pub(super) fn start(
        mut command: Command,
        alone: bool,
        log: Option<RunLog>,
    ) -> Result<Self, ExecError> {
        if log.is_some() {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        if alone && std::io::stdin().is_terminal() {
            // A group without the terminal would be stopped where it reads from it.
            command.stdin(Stdio::null());
        }
        let signals = Signals::listen().map_err(|error| ExecError::Program("watch", error))?;
        Processes::arrange(&mut command, alone);
        let program = command.get_program().to_owned();
        let mut child = tokio::process::Command::from(command)
            .spawn()
            .map_err(|source| ExecError::Start { program, source })?;
        let processes = Processes::of(&child, alone);
        let output = Output::pass_on(&mut child, log.as_ref());
        Ok(Self { child, processes, signals, output, log })
    }

    /// Waits for its end, and for that of what it writes. The endpoint ends with the program.
    pub(super) async fn end(
        mut self,
        limit: Option<Limit>,
        endpoint: Endpoint,
        ui: &mut Ui,
    ) -> Result<End, ExecError> {
        let mut patience = limit.map(Patience::new);
        let mut endpoint = Some(endpoint);
        let mut status: Option<ExitStatus> = None;
        loop {
            let step = patience.as_ref().map(|patience| patience.next);
            tokio::select! {
                ended = self.child.wait(), if status.is_none() => {
                    status = Some(ended.map_err(|error| ExecError::Program("wait for", error))?);
                    if let Some(endpoint) = endpoint.take() {
                        let refused = endpoint.refused();
                        endpoint.close().await;
                        tell(&refused, ui);
                    }
                }
                () = self.output.end(), if !self.output.has_ended() => {}
                signal = self.signals.next() => self.processes.pass_on(signal),
                () = until(step), if step.is_some() => {
                    if let Some(patience) = &mut patience {
                        patience.spend(&self.processes);
                    }
                }
            }
            if let Some(status) = status
                && self.output.has_ended()
            {
                let end = match patience {
                    Some(patience) if patience.asked => {
                        patience.see_to_the_rest(&self.processes).await;
                        End::TimedOut
                    }
                    _ => End::Status(status),
                };
                if let Some(log) = &self.log {
                    log.end(end);
                }
                return Ok(end);
            }
        }
    }
}

/// What is left of the time, and what happens next.
struct Patience {
    next: Instant,
    grace: Duration,
    asked: bool,
}

impl Patience {
    fn new(limit: Limit) -> Self {
        Self { next: Instant::now() + limit.after, grace: limit.grace, asked: false }
    }

    /// The time is up: asks first, then kills.
    fn spend(&mut self, processes: &Processes) {
        if self.asked {
            processes.kill();
            // Whoever cannot be killed is waited for and killed again.
            self.next = Instant::now() + AGAIN;
        } else {
            processes.ask_to_end();
            self.asked = true;
            self.next = Instant::now() + self.grace;
        }
    }

    /// The program has ended; what it has started has the rest of the grace.
    async fn see_to_the_rest(&self, processes: &Processes) {
        while processes.are_left() && Instant::now() < self.next {
            sleep(LOOK).await;
        }
        processes.kill();
    }
}

async fn until(at: Option<Instant>) {
    if let Some(at) = at {
        sleep_until(at).await;
    }
}

/// What the program was refused, in case that it says nothing of it.
fn tell(refused: &[String], ui: &mut Ui) {
    for resource in refused {
        ui.warning(format_args!(
            "the program asked for a token for {resource} and got none. To allow it: \
            exoctl exec --allow-resource {resource} …, or exoctl profile allow {resource}"
        ));
    }
}

const AGAIN: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(20);
