//! A step of a run as a process of exoctl's own: started, held, ended.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use exoctl_runner::{StepEnd, Stopping};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin};
use tokio::time::{Instant, sleep, sleep_until};

use super::leftover::Group;
use crate::program::{End, Output, Processes, RunLog};

/// Where what a step writes to its stdout goes.
#[derive(Debug)]
pub(super) enum Stdout {
    /// Into a file, byte for byte: it is data.
    Data(File),
    /// Into the run log and a file, line for line and without secrets.
    Talk(File),
}

/// A step that runs.
pub(super) struct StepProcess {
    child: Child,
    processes: Processes,
    output: Output,
    group: Option<Group>,
    /// Whoever holds this and writes to it keeps the step alive, see [`crate::program::supervised`].
    held: Option<ChildStdin>,
}

impl StepProcess {
    /// Starts it, and writes down in the run's directory which processes it is.
    pub(super) fn start(
        mut command: Command,
        stdout: Stdout,
        log: &RunLog,
        directory: &Path,
    ) -> io::Result<Self> {
        let copy = match stdout {
            Stdout::Data(file) => {
                command.stdout(file);
                None
            }
            Stdout::Talk(file) => {
                command.stdout(Stdio::piped());
                Some(file)
            }
        };
        command.stdin(Stdio::piped()).stderr(Stdio::piped());
        Processes::arrange(&mut command, true);
        let mut child = tokio::process::Command::from(command).kill_on_drop(true).spawn()?;
        let processes = Processes::of(&child, true);
        let held = child.stdin.take();
        let group = child.id().and_then(Group::led_by);
        if let Some(group) = &group {
            group.note(directory)?;
        }
        let output = Output::keep(&mut child, log, copy);
        Ok(Self { child, processes, output, group, held })
    }

    /// Which processes it is, where that can be known.
    pub(super) fn group(&self) -> Option<Group> {
        self.group.clone()
    }

    /// Waits for its end, or ends it when its time is up or its worker says so. When this is done,
    /// nothing of its process group runs any more.
    pub(super) async fn end(
        mut self,
        limit: Duration,
        grace: Duration,
        mut stopping: Stopping,
    ) -> io::Result<StepEnd> {
        let deadline = Instant::now() + limit;
        let mut renewals = stopping.clone();
        let mut forced = loop {
            tokio::select! {
                status = self.child.wait() => {
                    let status = status?;
                    self.rest().await;
                    return Ok(step_end(status));
                }
                () = sleep_until(deadline) => break StepEnd::TimedOut,
                why = stopping.stopped() => break StepEnd::Stopped(why),
                () = renewals.renewal() => if let Some(held) = &mut self.held {
                    // One that does not listen any more is about to end.
                    let _ = held.write_all(b".").await;
                },
            }
        };
        if !matches!(forced, StepEnd::Stopped(why) if why.is_urgent()) {
            self.processes.ask_to_end();
            tokio::select! {
                ended = self.child.wait() => {
                    // One that ends well in spite of it has done its work.
                    let end = step_end(ended?);
                    if end.is_success() {
                        forced = end;
                    }
                }
                () = sleep(grace) => {}
                why = stopping.urgently() => forced = StepEnd::Stopped(why),
            }
        }
        self.processes.kill();
        self.child.wait().await?;
        self.rest().await;
        Ok(forced)
    }

    /// Ends what the step has started and left, and takes what it wrote last.
    async fn rest(&mut self) {
        let patience = Instant::now() + PATIENCE;
        while self.processes.are_left() && Instant::now() < patience {
            self.processes.kill();
            sleep(LOOK).await;
        }
        // A stream may be held open by what has left the group; that is not waited for.
        let last = async {
            while !self.output.has_ended() {
                self.output.end().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, last).await;
    }
}

/// `exoctl exec` ends as its program does, or says how that was ended: 124 when its time was up,
/// 128 and the number of a signal. Neither says whether the program had done its work.
fn step_end(status: ExitStatus) -> StepEnd {
    match (status.code(), End::Status(status).code()) {
        (None, code @ 128..) | (Some(_), code @ 129..=192) => StepEnd::Killed(code - 128),
        (Some(_), 124) => StepEnd::TimedOut,
        (_, code) => StepEnd::Exited(code),
    }
}

const LOOK: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(2);
