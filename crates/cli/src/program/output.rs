//! What the program writes: passed on as it is, and into the log without secrets.

use std::fs::File;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::task::JoinSet;

use super::run_log::{Lines, RunLog};
use crate::ui;

/// Its streams, if they come this way.
#[derive(Debug)]
pub(crate) struct Output(JoinSet<()>);

impl Output {
    /// Passes on what comes from now on. Without a log the program writes where we would.
    pub(crate) fn pass_on(child: &mut Child, log: Option<&RunLog>) -> Self {
        let mut streams = JoinSet::new();
        if let Some(log) = log {
            if let Some(stream) = child.stdout.take() {
                streams.spawn(pump(stream, ui::raw_stdout(), log.stream("stdout")));
            }
            if let Some(stream) = child.stderr.take() {
                streams.spawn(pump(stream, ui::raw_stderr(), log.stream("stderr")));
            }
        }
        Self(streams)
    }

    /// Keeps what comes from now on: all in the log, stdout in a file of its own too. A stream that the
    /// program writes elsewhere is none.
    pub(crate) fn keep(child: &mut Child, log: &RunLog, copy: Option<File>) -> Self {
        let mut streams = JoinSet::new();
        if let Some(stream) = child.stdout.take() {
            let lines = log.stream("stdout");
            let lines = match copy {
                Some(file) => lines.and_to(file),
                None => lines,
            };
            streams.spawn(pump(stream, tokio::io::sink(), lines));
        }
        if let Some(stream) = child.stderr.take() {
            streams.spawn(pump(stream, tokio::io::sink(), log.stream("stderr")));
        }
        Self(streams)
    }

    /// Whether nothing more can come.
    pub(crate) fn has_ended(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits for the end of one of the streams.
    pub(crate) async fn end(&mut self) {
        let _ = self.0.join_next().await;
    }
}

async fn pump(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mut lines: Lines) {
    let mut buffer = vec![0; 16 * 1024];
    // A stream that cannot be read is at its end. One whose reader has gone away is closed, so that
    // the program learns of it as it would without us.
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        lines.push(&buffer[..length]);
        if to.write_all(&buffer[..length]).await.is_err() || to.flush().await.is_err() {
            break;
        }
    }
    lines.close();
}
