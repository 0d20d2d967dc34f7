//! What can be wrong with a command line, and where.

use std::fmt;

/// A command line that cannot be read. Its message says what is wrong; [`ParseError::pointer`]
/// shows where, [`ParseError::help`] what to do.
#[derive(Debug)]
pub struct ParseError {
    /// What is wrong.
    pub kind: Box<Fault>,
    /// Where.
    pub place: Place,
}

impl ParseError {
    pub(super) fn new(kind: Fault, place: Place) -> Self {
        Self { kind: Box::new(kind), place }
    }

    /// The place in two lines: the text, and a caret below it.
    pub fn pointer(&self) -> String {
        self.place.to_string()
    }

    /// What to do about it, in one sentence, if there is something to say.
    pub fn help(&self) -> Option<String> {
        self.kind.help()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl std::error::Error for ParseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.kind.source()
    }
}

/// What is wrong with a command line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The cmdlet has no such parameter.
    #[error("there is no parameter -{name}")]
    UnknownParameter {
        /// As it was written.
        name: String,
        /// Parameters that look like it.
        nearest: Vec<String>,
    },
    /// The beginning of several parameters' names.
    #[error("-{name} may stand for {}", dashed(candidates))]
    AmbiguousParameter {
        /// As it was written.
        name: String,
        /// All that begin with it.
        candidates: Vec<String>,
    },
    /// A parameter that is given twice.
    #[error("-{name} is given more than once")]
    DuplicateParameter {
        /// Its name.
        name: String,
    },
    /// A parameter without its value.
    #[error("-{name} needs a value")]
    MissingValue {
        /// Its name.
        name: String,
    },
    /// A value that belongs to no parameter.
    #[error("the value {value:?} belongs to no parameter")]
    StrayValue {
        /// The value.
        value: String,
    },
    /// A value of a wrong kind.
    #[error("-{name} takes {expected}")]
    WrongValue {
        /// The parameter.
        name: String,
        /// What it takes.
        expected: &'static str,
    },
    /// A secret in plain sight of the process list and the shell's history.
    #[error("-{name} is a secret and cannot be given on the command line")]
    SecretOnCommandLine {
        /// The parameter.
        name: String,
    },
    /// Something was opened and not closed.
    #[error("the {what} that begins here does not end")]
    Unclosed {
        /// What was opened.
        what: &'static str,
    },
    /// Something else should stand here.
    #[error("{expected} is missing here")]
    Expected {
        /// What should stand here.
        expected: &'static str,
    },
    /// Text after a complete value.
    #[error("there is text after the end of the value")]
    TrailingText,
    /// A key that a hashtable has twice.
    #[error("the hashtable has the key {key:?} more than once")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A PowerShell variable; exoctl has none.
    #[error("there is no variable ${name}")]
    Variable {
        /// Its name.
        name: String,
    },
    /// A PowerShell expression that exoctl does not evaluate.
    #[error("exoctl does not evaluate this PowerShell expression")]
    Expression,
    /// The shell ate the braces of a hashtable.
    #[error("this is a hashtable of which the shell has taken the braces")]
    BracesExpanded,
    /// PowerShell made its own text of an object.
    #[error("PowerShell passed the name of a type, {name}, instead of a value")]
    EvaluatedByPowerShell {
        /// The .NET type.
        name: String,
    },
    /// A text that a cast cannot convert.
    #[error("{text:?} is not {expected}")]
    NotA {
        /// The text.
        text: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A file that cannot be read.
    #[error("could not read {path}")]
    File {
        /// Its path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Too many levels.
    #[error("values are nested more than {limit} levels deep")]
    TooDeep {
        /// How many there may be.
        limit: usize,
    },
    /// A value too long.
    #[error("the value is longer than {limit} bytes")]
    TooLong {
        /// How long it may be.
        limit: usize,
    },
}

impl Fault {
    fn help(&self) -> Option<String> {
        let text = match self {
            Self::UnknownParameter { nearest, .. } if !nearest.is_empty() => {
                return Some(format!("did you mean {}?", dashed(nearest)));
            }
            Self::AmbiguousParameter { .. } => "write more of the name",
            Self::MissingValue { .. } => {
                "bash and zsh remove $true, $false and $null unless they are in single quotes"
            }
            Self::StrayValue { .. } => {
                "name its parameter; if it is part of a list, put the list in quotes: 'a,b'"
            }
            Self::SecretOnCommandLine { name } => {
                return Some(format!(
                    "other users see it in the process list; use --secure {name}=file:PATH, \
                     {name}=env:NAME, {name}=stdin or {name}=prompt"
                ));
            }
            Self::Unclosed { what: "hashtable" | "array" | "string" } | Self::BracesExpanded => {
                "put the whole value in quotes that your shell leaves alone: \
                 '@{Add=\"smtp:a@contoso.com\"}'"
            }
            Self::Variable { .. } => {
                "let the shell expand it, or keep the text as it is in single quotes inside the \
                 shell's quotes: \"'$name'\""
            }
            Self::Expression => {
                "known are Get-Date with its Add methods, [datetime], [guid], [int], [byte[]], \
                 [System.IO.File]::ReadAllBytes and ReadAllText, [Convert]::FromBase64String"
            }
            Self::EvaluatedByPowerShell { .. } => {
                "put the value in single quotes, so that PowerShell passes it as it is"
            }
            Self::TrailingText => "put a value that holds quotes into another pair of quotes",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

fn dashed(names: &[String]) -> String {
    names.iter().map(|name| format!("-{name}")).collect::<Vec<_>>().join(", ")
}

/// A place on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the arguments after the cmdlet's name, from 0.
    pub argument: usize,
    /// Which character of it, from 0.
    pub column: usize,
    /// What to show: the parameter and its value on one line.
    pub(super) line: String,
    /// The character of `line` that is meant.
    pub(super) caret: usize,
}

impl Place {
    /// The first character of an argument, of which nothing but `line` is shown.
    pub(super) fn of_argument(argument: usize, line: impl Into<String>) -> Self {
        Self { argument, column: 0, line: line.into(), caret: 0 }
    }
}

/// Characters shown before and after the place.
const SHOWN: usize = 56;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = self.caret.saturating_sub(SHOWN);
        let dots = if from > 0 { "…" } else { "" };
        let shown = self.line.chars().skip(from).take(2 * SHOWN);
        let shown: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
        let more = if self.line.chars().count() > from + 2 * SHOWN { "…" } else { "" };
        let indent = self.caret - from + dots.chars().count();
        write!(f, "{dots}{shown}{more}\n{:indent$}^", "")
    }
}
