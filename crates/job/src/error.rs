//! What is wrong with a job file, and where.

use std::fmt;
use std::ops::Range;

/// A job file that is not a job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct InvalidJob(pub Vec<Problem>);

/// Something that is wrong, with the place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// The text at the place, to its line's end at most.
    pub text: String,
    /// What is wrong with it, in one sentence.
    pub message: String,
}

impl Problem {
    /// Something that is wrong with the first place that has this text.
    pub fn about(file: &str, text: &str, message: impl Into<String>) -> Self {
        let span = file.find(text).map(|start| start..start + text.len());
        Self::at(file, span, message)
    }

    pub(crate) fn at(file: &str, span: Option<Range<usize>>, message: impl Into<String>) -> Self {
        let span = span.unwrap_or(0..0);
        let start = span.start.min(file.len());
        let before = &file[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = &file[start..span.end.clamp(start, file.len())];
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            text: rest.lines().next().unwrap_or_default().trim_end().to_owned(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if !self.text.is_empty() && !self.message.contains(&self.text) {
            write!(f, " ({})", self.text)?;
        }
        write!(f, ": {}", self.message)
    }
}
