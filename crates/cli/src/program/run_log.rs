//! The log of a run: what the program wrote, a line each, with the time and without secrets.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use exoctl_model::Clock;

use super::end::End;
use super::redaction::Redaction;
use super::secrets::Secrets;
use crate::error::FileError;

/// A log that several write to; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct RunLog {
    file: Arc<Mutex<File>>,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
}

impl RunLog {
    /// Opens a log, or goes on with one. It is for its owner only.
    pub(crate) fn open(
        path: &Path,
        secrets: &Secrets,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, FileError> {
        let mut options = File::options();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let failed = |source| FileError { operation: "open", path: path.to_owned(), source };
        let file = Arc::new(Mutex::new(options.open(path).map_err(failed)?));
        Ok(Self { file, secrets: secrets.clone(), clock })
    }

    /// Says what begins.
    pub(crate) fn begin(&self, program: &[OsString], organization: &str) {
        let words: Vec<_> = program.iter().map(|word| word.to_string_lossy()).collect();
        self.say("exec", &format!("{} as the application of {organization}", words.join(" ")));
    }

    /// Says how it ended.
    pub(crate) fn end(&self, end: End) {
        self.say("exec", &end.words());
    }

    /// The lines of one of the program's streams.
    pub(crate) fn stream(&self, name: &'static str) -> Lines {
        let redaction = Redaction::new(self.secrets.clone());
        Lines { log: self.clone(), name, redaction, pending: Vec::new(), cut: false, copy: None }
    }

    /// Says something of our own, under the name of who says it.
    pub(crate) fn say(&self, name: &str, text: &str) {
        let mut redaction = Redaction::new(self.secrets.clone());
        if let Some(text) = redaction.line(text) {
            self.write(name, &text);
        }
    }

    fn write(&self, name: &str, text: &str) {
        // Times are for people: to the millisecond.
        let now = self.clock.now();
        let text: String =
            text.chars().map(|c| if c.is_control() && c != '\t' { ' ' } else { c }).collect();
        let line = format!("{now:.3} {name:6} {text}\n");
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A full disk must not end the run; that the log is short is seen by its missing end.
        let _ = file.write_all(line.as_bytes());
    }
}

/// Puts what comes in pieces together to lines.
#[derive(Debug)]
pub(crate) struct Lines {
    log: RunLog,
    name: &'static str,
    redaction: Redaction,
    pending: Vec<u8>,
    /// Whether the rest of the line is left out.
    cut: bool,
    /// Where the lines go too, as they are.
    copy: Option<File>,
}

impl Lines {
    /// With a file that gets the lines too, without time and name.
    pub(crate) fn and_to(self, file: File) -> Self {
        Self { copy: Some(file), ..self }
    }

    /// The next piece.
    pub(crate) fn push(&mut self, mut piece: &[u8]) {
        while let Some(at) = piece.iter().position(|byte| *byte == b'\n') {
            self.take(&piece[..at]);
            self.finish();
            piece = &piece[at + 1..];
        }
        self.take(piece);
    }

    /// Writes a last line that has no end.
    pub(crate) fn close(mut self) {
        if !self.pending.is_empty() {
            self.finish();
        }
    }

    fn take(&mut self, piece: &[u8]) {
        if self.cut {
            return;
        }
        self.pending.extend_from_slice(piece);
        if self.pending.len() > LONGEST {
            // What the cut goes through could be the beginning of a secret.
            self.pending.truncate(LONGEST - LONGEST_SECRET);
            self.cut = true;
        }
    }

    fn finish(&mut self) {
        let bytes = std::mem::take(&mut self.pending);
        let text = String::from_utf8_lossy(&bytes);
        let cut = std::mem::take(&mut self.cut);
        if let Some(mut text) = self.redaction.line(text.trim_end_matches('\r')) {
            if cut {
                text.push_str(" … (the rest of the line is left out)");
            }
            self.log.write(self.name, &text);
            if let Some(copy) = &mut self.copy {
                let _ = writeln!(copy, "{text}");
            }
        }
    }
}

const LONGEST: usize = 256 * 1024;
const LONGEST_SECRET: usize = 32 * 1024;

#[cfg(test)]
mod tests {
    use exoctl_model::ManualClock;
    use jiff::Timestamp;

    use super::*;

    fn logged(pieces: &[&[u8]]) -> String {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run.log");
        let secrets = Secrets::default();
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let log = RunLog::open(&path, &secrets, clock).unwrap();
        let mut lines = log.stream("stdout");
        secrets.add("Correct-Horse-77".into());
        for piece in pieces {
            lines.push(piece);
        }
        lines.close();
        std::fs::read_to_string(&path).unwrap()
    }

    #[test]
    fn a_secret_that_comes_in_two_pieces_is_taken_out() {
        let text = logged(&[b"one\r\npass Correct-", b"Horse-77\n", b"no end\x1b[1m"]);
        let expected = "\
1970-01-01T00:00:00.000Z stdout one
1970-01-01T00:00:00.000Z stdout pass ***
1970-01-01T00:00:00.000Z stdout no end [1m
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_line_without_end_is_cut_before_a_secret_can_be() {
        let mut piece = vec![b'x'; LONGEST - 8];
        piece.extend_from_slice(b"Correct-Horse-77");
        let text = logged(&[&piece, b" more\nnext\n"]);
        assert!(!text.contains("Correct"), "{}", &text[text.len() - 200..]);
        assert!(text.contains("the rest of the line is left out)\n1970"));
        assert!(text.ends_with("stdout next\n"));
        assert!(text.len() < LONGEST);
    }

    #[cfg(unix)]
    #[test]
    fn a_log_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("run.log");
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let _log = RunLog::open(&path, &Secrets::default(), clock).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
