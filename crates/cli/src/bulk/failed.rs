//! The file of failed rows: the columns of the input, what was wrong and the row's number. It can
//! be given as input again.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tempfile::NamedTempFile;

use super::args::InputFormat;
use super::column::{Columns, ERROR, ROW, Row};
use super::dialect::Dialect;
use super::error::InputError;
use super::input::Input;
use crate::error::{CommandError, FileError};

/// Collects failed rows beside the place where they will be, readable by the owner only.
#[derive(Debug)]
pub(super) struct FailedFile {
    path: PathBuf,
    writer: Writer,
    rows: u64,
}

#[derive(Debug)]
enum Writer {
    Csv(Box<csv::Writer<BufWriter<NamedTempFile>>>),
    Json(BufWriter<NamedTempFile>),
}

impl FailedFile {
    /// Begins; that the directory can be written to shows now.
    pub(super) fn create(chosen: Option<&Path>, input: &Input) -> Result<Self, CommandError> {
        let path = chosen.map_or_else(|| default_path(input), Path::to_path_buf);
        if input.path().is_some_and(|input| is_same(input, &path)) {
            return Err(InputError::FailedIsInput { name: input.name().to_owned() }.into());
        }
        Self::begin(&path, input.format(), input.dialect(), input.columns()).map_err(|source| {
            let fix = "name a file that can be written: --failed FILE";
            CommandError::from(FileError { operation: "write", path, source }).fix(fix)
        })
    }

    fn begin(
        path: &Path,
        format: InputFormat,
        dialect: Dialect,
        columns: &Columns,
    ) -> io::Result<Self> {
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        // A missing directory is told by its own error, without the temporary file's name.
        fs::metadata(directory)?;
        let file =
            tempfile::Builder::new().prefix(".exoctl-").suffix(".tmp").tempfile_in(directory)?;
        let mut file = BufWriter::new(file);
        let writer = match format {
            InputFormat::Csv => Writer::Csv(Box::new(csv_writer(file, dialect, columns)?)),
            InputFormat::Jsonl => {
                if dialect.bom {
                    file.write_all("\u{feff}".as_bytes())?;
                }
                Writer::Json(file)
            }
        };
        Ok(Self { path: path.into(), writer, rows: 0 })
    }

    /// Adds a row and why it failed.
    pub(super) fn add(
        &mut self,
        row: &Row,
        columns: &Columns,
        error: &str,
    ) -> Result<(), CommandError> {
        self.rows += 1;
        let written = match &mut self.writer {
            Writer::Csv(writer) => {
                let number = row.number.to_string();
                let cells = row.cells.iter().map(|cell| cell.as_ref().map_or("", text));
                writer.write_record(cells.chain([error, &number])).map_err(io::Error::from)
            }
            Writer::Json(writer) => write_object(writer, row, columns, error),
        };
        written.map_err(|source| self.failed(source))
    }

    /// Puts the file in its place if there is a row in it, and says where.
    pub(super) fn finish(self) -> Result<Option<PathBuf>, CommandError> {
        if self.rows == 0 {
            return Ok(None);
        }
        let path = self.path;
        let failed = |source| FileError { operation: "write", path: path.clone(), source };
        let file = match self.writer {
            Writer::Csv(writer) => writer.into_inner().map_err(|e| failed(into_io(&e)))?,
            Writer::Json(writer) => writer,
        };
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(Some(path))
    }

    /// The file of an earlier run that is still in the place of this one.
    pub(super) fn earlier(&self) -> Option<PathBuf> {
        self.path.exists().then(|| self.path.clone())
    }

    fn failed(&self, source: io::Error) -> CommandError {
        FileError { operation: "write", path: self.path.clone(), source }.into()
    }
}

/// `users.failed.csv` beside `users.csv`; `failed.csv` here for stdin.
fn default_path(input: &Input) -> PathBuf {
    let extension = input.format().extension();
    match input.path() {
        None => PathBuf::from(format!("failed.{extension}")),
        Some(path) => {
            let mut name = path.file_stem().unwrap_or_default().to_owned();
            name.push(".failed.");
            name.push(extension);
            path.with_file_name(name)
        }
    }
}

fn is_same(input: &Path, path: &Path) -> bool {
    match (fs::canonicalize(input), fs::canonicalize(path)) {
        (Ok(input), Ok(path)) => input == path,
        _ => false,
    }
}

/// In the input's dialect, so that the same program opens it.
fn csv_writer(
    mut file: BufWriter<NamedTempFile>,
    dialect: Dialect,
    columns: &Columns,
) -> io::Result<csv::Writer<BufWriter<NamedTempFile>>> {
    if dialect.bom {
        file.write_all("\u{feff}".as_bytes())?;
    }
    let end = if dialect.crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let mut writer =
        csv::WriterBuilder::new().delimiter(dialect.delimiter).terminator(end).from_writer(file);
    let names = columns.names().iter().map(String::as_str);
    writer.write_record(names.chain([ERROR, ROW]))?;
    Ok(writer)
}

fn write_object(
    mut writer: impl Write,
    row: &Row,
    columns: &Columns,
    error: &str,
) -> io::Result<()> {
    let mut object = Map::new();
    for (name, cell) in columns.names().iter().zip(&row.cells) {
        if let Some(value) = cell {
            object.insert(name.clone(), value.clone());
        }
    }
    object.insert(ERROR.into(), error.into());
    object.insert(ROW.into(), row.number.into());
    serde_json::to_writer(&mut writer, &object)?;
    writer.write_all(b"\n")
}

/// A cell of CSV, which is always a text.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn into_io<W>(error: &csv::IntoInnerError<W>) -> io::Error {
    io::Error::new(error.error().kind(), error.error().to_string())
}
