//! The options of bulk input.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// How a cmdlet runs once for each row of a file.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Bulk input")]
pub(crate) struct BulkArgs {
    /// Run the cmdlet once for each row of a CSV or JSON lines file, or of stdin (-)
    ///
    /// {Column} in a parameter stands for the row's value; {{ and }} are the signs themselves.
    /// Between the quotes of a -Filter, quotes in the value are doubled.
    /// Without any placeholder, columns that are named like parameters are bound to them.
    #[arg(long, value_name = "FILE")]
    pub(crate) input: Option<String>,
    /// What the input is [default: as the file's extension says]
    #[arg(long, value_name = "FORMAT", requires = "input")]
    pub(crate) input_format: Option<InputFormat>,
    /// Send so many requests at the same time
    #[arg(long, value_name = "N", requires = "input", default_value_t = 4,
          value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) concurrency: u16,
    /// Send every row in a request of its own instead of ten in one
    #[arg(long, requires = "input")]
    pub(crate) no_batch: bool,
    /// Write the failed rows to this file [default: NAME.failed.csv beside the input]
    #[arg(long, value_name = "FILE", requires = "input")]
    pub(crate) failed: Option<PathBuf>,
    /// Show the call for each row in PowerShell's syntax and send nothing
    #[arg(long, requires = "input")]
    pub(crate) dry_run: bool,
}

/// What the rows are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma, semicolon or tab separated values with a header line.
    Csv,
    /// One JSON object a line.
    #[value(alias = "ndjson")]
    Jsonl,
}

impl InputFormat {
    /// The extension of a file of this format.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }

    /// The format of a file with this extension.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}
