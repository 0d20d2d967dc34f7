//! What a step's program said of why it failed, out of the last that it wrote to stderr.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Why, and what to do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// One line.
    pub(super) cause: Option<String>,
    /// The row of the catalogue, if exoctl itself has said it.
    pub(super) code: Option<String>,
    /// The first fix.
    pub(super) next_action: Option<String>,
}

impl Said {
    /// Reads it from the run log, from a place on.
    pub(super) fn in_log(path: &Path, from: u64) -> Self {
        last_part(path, from).map(|text| Self::read(&text)).unwrap_or_default()
    }

    /// exoctl says `error:`, `Cause [code]:` and `Fix:`; of others the last line is taken.
    fn read(log: &str) -> Self {
        let stderr = |line: &'_ str| {
            let mut words = line.splitn(3, ' ');
            let (_, name, text) = (words.next()?, words.next()?, words.next()?);
            (name == "stderr").then(|| text.to_owned())
        };
        let lines: Vec<String> = log.lines().filter_map(stderr).collect();
        let begins = |line: &&String| line.starts_with("error: ");
        let Some(at) = lines.iter().rposition(|line| begins(&line)) else {
            let last = lines.iter().rev().find(|line| !line.trim().is_empty());
            return Self { cause: last.map(|line| short(line.trim())), ..Self::default() };
        };
        let after = &lines[at..];
        let part = |head: &str| after.iter().find_map(|line| line.strip_prefix(head));
        let coded = part("Cause [").and_then(|rest| rest.split_once("]: "));
        let message = part("error: ").unwrap_or_default();
        let cause = match coded {
            Some((_, cause)) => format!("{message} ({cause})"),
            None => message.to_owned(),
        };
        Self {
            cause: Some(short(&cause)),
            code: coded.map(|(code, _)| code.to_owned()),
            next_action: part("Fix: ").map(short),
        }
    }
}

/// How long the log is now.
pub(super) fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map(|about| about.len()).unwrap_or_default()
}

/// The last lines of a log, for people.
pub(super) fn last_lines(path: &Path, most: usize) -> String {
    let text = last_part(path, 0).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(most)..].join("\n")
}

fn last_part(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(MOST))))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

const MOST: u64 = 64 * 1024;
const LONGEST: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_exoctl_says_is_understood_and_of_others_the_last_line_is_taken() {
        let log = "\
2026-11-01T05:00:00.000Z step   1-get-mailbox begins
2026-11-01T05:00:01.000Z stderr error: could not sign in
2026-11-01T05:00:01.000Z stderr Caused by:
2026-11-01T05:00:01.000Z stderr   AADSTS700027: no certificate
2026-11-01T05:00:01.000Z stderr Cause [AADSTS700027]: the certificate is not registered
2026-11-01T05:00:01.000Z stderr Fix: exoctl setup
2026-11-01T05:00:01.000Z stderr Fix: exoctl doctor
";
        let said = Said::read(log);
        assert_eq!(
            said.cause.as_deref(),
            Some("could not sign in (the certificate is not registered)")
        );
        assert_eq!(said.code.as_deref(), Some("AADSTS700027"));
        assert_eq!(said.next_action.as_deref(), Some("exoctl setup"));

        let log = "\
2026-11-01T05:00:00.000Z stdout fine
2026-11-01T05:00:01.000Z stderr Traceback
2026-11-01T05:00:01.000Z stderr KeyError: 'x'
2026-11-01T05:00:01.000Z stderr
2026-11-01T05:00:01.000Z step   ended
";
        assert_eq!(Said::read(log).cause.as_deref(), Some("KeyError: 'x'"));
        assert_eq!(Said::read(""), Said::default());
    }
}
