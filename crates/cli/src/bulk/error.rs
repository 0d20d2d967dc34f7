//! What can be wrong with bulk input. All of it is found before the first call is sent.

use std::io;

use exoctl_exchange::{CmdletName, EncodingError, InvalidResultSize};

use crate::error::CommandError;
use crate::exit::ExitCode;

/// Why an input cannot be used. `name` is the file as it was given, or `stdin`.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    #[error("could not read {name}")]
    Read { name: String, source: io::Error },
    #[error("could not keep stdin in a temporary file")]
    Spool(#[source] io::Error),
    #[error("it is not known whether {name} is CSV or JSON lines")]
    Format { name: String },
    #[error("{name} is empty")]
    Empty { name: String },
    #[error("{name} has a header and no rows")]
    HeaderOnly { name: String },
    #[error("{name} is UTF-16 text")]
    Utf16 { name: String },
    #[error("{name} is not UTF-8 text in line {line}")]
    NotUtf8 { name: String, line: u64 },
    #[error("{name} has the column {column} twice")]
    DuplicateColumn { name: String, column: String },
    #[error("column {number} of {name} has no name")]
    UnnamedColumn { name: String, number: usize },
    #[error("line {line} of {name} has {} and the header has {expected}", fields(*found))]
    Ragged { name: String, line: u64, found: usize, expected: usize },
    #[error("line {line} of {name} begins a quoted field that never ends")]
    OpenQuote { name: String, line: u64 },
    #[error("line {line} of {name} is no JSON object")]
    Json { name: String, line: u64, source: JsonError },
    #[error("line {line} of {name} (row {row}) cannot be used")]
    Row { name: String, line: u64, row: u64, source: RowError },
    #[error("{name} was changed while it was read")]
    Changed { name: String },
    #[error("the failed rows would be written over the input {name}")]
    FailedIsInput { name: String },
    #[error("{cmdlet} is answered by exoctl itself and takes no --input")]
    OwnCmdlet { cmdlet: CmdletName },
}

/// What the JSON parser says, whose line is always the first.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct JsonError(String);

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        let what = text.split_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        Self(match error.column() {
            0 => what.to_owned(),
            column => format!("{what} at column {column}"),
        })
    }
}

/// Why a row cannot become a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    #[error("it has no {0}")]
    Missing(String),
    #[error("{0} is a list or an object, which cannot stand inside a text")]
    NotText(String),
    #[error(transparent)]
    Value(#[from] EncodingError),
    #[error(transparent)]
    ResultSize(#[from] InvalidResultSize),
}

/// Why the parameters do not go with the columns.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    #[error("the input has no column {column}, which -{parameter} asks for")]
    UnknownColumn { parameter: String, column: String, columns: Vec<String>, similar: Vec<String> },
    #[error("-{parameter} has a {brace} that belongs to no placeholder")]
    StrayBrace { parameter: String, brace: char },
    #[error("no placeholder is used and no column is a parameter of {cmdlet}")]
    NothingBinds { cmdlet: CmdletName, columns: Vec<String> },
    #[error("no placeholder is used and the parameters of {cmdlet} are not known")]
    UnknownCmdlet { cmdlet: CmdletName, columns: Vec<String> },
    #[error("the columns {first} and {second} are both the parameter {parameter}")]
    SameParameter { first: String, second: String, parameter: String },
}

impl From<InputError> for CommandError {
    fn from(error: InputError) -> Self {
        let (exit, fix) = match &error {
            InputError::Read { source, .. } if source.kind() != io::ErrorKind::NotFound => {
                (ExitCode::Failed, None)
            }
            InputError::Spool(_) | InputError::Changed { .. } => (ExitCode::Failed, None),
            InputError::Format { .. } => {
                (ExitCode::Usage, Some("say it: --input-format csv or --input-format jsonl"))
            }
            InputError::Utf16 { .. } | InputError::NotUtf8 { .. } => (
                ExitCode::Usage,
                Some("save it as UTF-8; in Excel: Save As, CSV UTF-8 (Comma delimited)"),
            ),
            InputError::Ragged { .. } => (
                ExitCode::Usage,
                Some("put a field with a separator or a line break into double quotes"),
            ),
            InputError::OpenQuote { .. } => {
                (ExitCode::Usage, Some("a double quote inside a quoted field is written twice"))
            }
            InputError::Json { .. } => (
                ExitCode::Usage,
                Some("JSON lines have one object a line; from an array: jq -c '.[]' FILE"),
            ),
            InputError::FailedIsInput { .. } => {
                (ExitCode::Usage, Some("name another file: --failed FILE"))
            }
            InputError::Row { .. } => (ExitCode::Usage, Some("nothing was sent; correct the row")),
            _ => (ExitCode::Usage, None),
        };
        let command = match exit {
            ExitCode::Usage => Self::explained_as("bulk-input", error),
            _ => Self::explained(exit, error),
        };
        fix.into_iter().fold(command, Self::fix_first)
    }
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        let fixes = match &error {
            PlanError::UnknownColumn { columns, similar, .. } => {
                let meant =
                    (!similar.is_empty()).then(|| format!("did you mean {}?", braced(similar)));
                let there = format!("the columns are {}", columns.join(", "));
                let literal = "for a brace itself write {{ or }}".to_owned();
                meant.into_iter().chain([there, literal]).collect()
            }
            PlanError::StrayBrace { .. } => {
                vec!["a placeholder is written {Column}, and a brace itself {{ or }}".to_owned()]
            }
            PlanError::NothingBinds { columns, .. } | PlanError::UnknownCmdlet { columns, .. } => {
                vec![format!(
                    "say where the columns go, for example -Identity '{{{}}}'; they are {}",
                    columns[0],
                    columns.join(", ")
                )]
            }
            PlanError::SameParameter { .. } => {
                vec!["rename one, or say where the columns go with placeholders".to_owned()]
            }
        };
        let command = Self::explained_as("bulk-input", error);
        fixes.into_iter().rev().fold(command, Self::fix_first)
    }
}

fn fields(count: usize) -> String {
    format!("{count} {}", if count == 1 { "field" } else { "fields" })
}

fn braced(names: &[String]) -> String {
    names.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ")
}
