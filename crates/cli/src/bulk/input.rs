//! A file of rows, looked through as a whole before the first row is used. It is read again for
//! every pass and never held in memory.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::args::InputFormat;
use super::column::{Columns, Row};
use super::dialect::Dialect;
use super::error::{InputError, RowError};
use super::reader::{CsvReader, Fault, FaultKind, JsonReader, Reader};

/// A file of rows that has been checked.
#[derive(Debug)]
pub(super) struct Input {
    name: String,
    path: Option<PathBuf>,
    file: File,
    format: InputFormat,
    dialect: Dialect,
    columns: Columns,
    rows: u64,
}

/// One pass over the rows.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    input: &'a Input,
    reader: Reader,
    number: u64,
}

impl Input {
    /// Opens a file, or stdin for `-`, and checks every row of it.
    pub(super) fn open(named: &str, format: Option<InputFormat>) -> Result<Self, InputError> {
        let (name, path) = match named {
            "-" => ("stdin".to_owned(), None),
            path => (path.to_owned(), Some(PathBuf::from(path))),
        };
        let extension = path.as_deref().and_then(Path::extension).and_then(|e| e.to_str());
        let format = format.or_else(|| extension.and_then(InputFormat::of_extension));
        let format = format.ok_or_else(|| InputError::Format { name: name.clone() })?;
        let file = match &path {
            None => spooled(io::stdin().lock())?,
            Some(path) => open(path).map_err(|source| read_error(&name, source))??,
        };
        Self::check(name, path, file, format)
    }

    /// Looks through a file.
    pub(super) fn check(
        name: String,
        path: Option<PathBuf>,
        mut file: File,
        format: InputFormat,
    ) -> Result<Self, InputError> {
        let failed = |source| read_error(&name, source);
        file.rewind().map_err(failed)?;
        let dialect = Dialect::sniff(&mut file).map_err(failed)?;
        let dialect = dialect.map_err(|_| InputError::Utf16 { name: name.clone() })?;
        let columns = Columns::default();
        let mut input = Self { name, path, file, format, dialect, columns, rows: 0 };
        match format {
            InputFormat::Csv => input.scan_csv()?,
            InputFormat::Jsonl => input.scan_json()?,
        }
        Ok(input)
    }

    /// The file as it was given, or `stdin`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What it is written in.
    pub(super) fn format(&self) -> InputFormat {
        self.format
    }

    /// How it is written.
    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Its columns.
    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Reads the rows from the first one on. One pass at a time: they share the file's place.
    pub(super) fn read(&self) -> Result<Rows<'_>, InputError> {
        let reader = match self.format {
            InputFormat::Csv => {
                let mut reader = CsvReader::new(self.body()?, self.dialect.delimiter);
                reader.next().map_err(|fault| self.fault(fault))?;
                Reader::Csv(reader)
            }
            InputFormat::Jsonl => Reader::Json(JsonReader::new(self.body()?)),
        };
        Ok(Rows { input: self, reader, number: 0 })
    }

    /// The error that a row cannot be used.
    pub(super) fn refused(&self, row: &Row, source: RowError) -> InputError {
        match self.line(row.offset) {
            Ok(line) => InputError::Row { name: self.name.clone(), line, row: row.number, source },
            Err(error) => error,
        }
    }

    fn scan_csv(&mut self) -> Result<(), InputError> {
        let mut reader = CsvReader::new(self.body()?, self.dialect.delimiter);
        let header = reader.next().map_err(|fault| self.fault(fault))?;
        let empty = || InputError::Empty { name: self.name.clone() };
        let header = header.ok_or_else(empty)?;
        self.columns = Columns::of_header(header.fields.iter(), &self.name)?;
        if self.columns.names().is_empty() {
            return Err(InputError::Empty { name: self.name.clone() });
        }
        let mut rows = self.read()?;
        while rows.next()?.is_some() {}
        let (number, open_quote) = (rows.number, rows.reader.open_quote());
        if let Some(offset) = open_quote {
            let line = self.line(offset)?;
            return Err(InputError::OpenQuote { name: self.name.clone(), line });
        }
        if number == 0 {
            return Err(InputError::HeaderOnly { name: self.name.clone() });
        }
        self.rows = number;
        Ok(())
    }

    fn scan_json(&mut self) -> Result<(), InputError> {
        let mut reader = JsonReader::new(self.body()?);
        let mut columns = Columns::default();
        while let Some(object) = reader.next().map_err(|fault| self.fault(fault))? {
            columns.learn(&object.members).map_err(|column| InputError::DuplicateColumn {
                name: self.name.clone(),
                column,
            })?;
            self.rows += 1;
        }
        if columns.names().is_empty() {
            return Err(InputError::Empty { name: self.name.clone() });
        }
        self.columns = columns;
        Ok(())
    }

    /// The file from where the header or the first row begins.
    fn body(&self) -> Result<File, InputError> {
        let failed = |source| read_error(&self.name, source);
        let mut file = self.file.try_clone().map_err(failed)?;
        file.seek(SeekFrom::Start(self.dialect.start)).map_err(failed)?;
        Ok(file)
    }

    fn fault(&self, fault: Fault) -> InputError {
        let name = self.name.clone();
        let line = match self.line(fault.offset) {
            Ok(line) => line + fault.lines,
            Err(error) => return error,
        };
        match fault.kind {
            FaultKind::Io(source) => InputError::Read { name, source },
            FaultKind::NotUtf8 => InputError::NotUtf8 { name, line },
            FaultKind::Json(source) => InputError::Json { name, line, source },
            FaultKind::Ragged { found, expected } => {
                InputError::Ragged { name, line, found, expected }
            }
        }
    }

    /// The number of the line at an offset from where the rows begin, blank lines passed over.
    /// Only errors need it, so it is counted when there is one.
    fn line(&self, offset: u64) -> Result<u64, InputError> {
        let failed = |source| read_error(&self.name, source);
        let mut file = self.file.try_clone().map_err(failed)?;
        file.rewind().map_err(failed)?;
        let mut line = 1;
        let mut before = self.dialect.start + offset;
        let mut file = BufReader::new(file);
        loop {
            let buffer = file.fill_buf().map_err(failed)?;
            if buffer.is_empty() {
                return Ok(line);
            }
            for byte in buffer {
                if before == 0 && !matches!(byte, b'\r' | b'\n') {
                    return Ok(line);
                }
                before = before.saturating_sub(1);
                line += u64::from(*byte == b'\n');
            }
            let read = buffer.len();
            file.consume(read);
        }
    }
}

impl Rows<'_> {
    /// The next row. A line without any value is none.
    pub(super) fn next(&mut self) -> Result<Option<Row>, InputError> {
        let columns = &self.input.columns;
        let next = match &mut self.reader {
            Reader::Csv(reader) => reader.next_row(columns),
            Reader::Json(reader) => reader.next_row(columns),
        };
        let Some((offset, cells)) = next.map_err(|fault| self.input.fault(fault))? else {
            return Ok(None);
        };
        self.number += 1;
        Ok(Some(Row { number: self.number, offset, cells }))
    }
}

/// What can be read once only is kept in a temporary file without a name.
fn spooled(mut from: impl Read) -> Result<File, InputError> {
    let mut file = tempfile::tempfile().map_err(InputError::Spool)?;
    io::copy(&mut from, &mut file).map_err(InputError::Spool)?;
    Ok(file)
}

fn open(path: &Path) -> io::Result<Result<File, InputError>> {
    let file = File::open(path)?;
    let kind = file.metadata()?;
    // A named pipe, `<(…)` of a shell for example.
    Ok(if kind.is_file() || kind.is_dir() { Ok(file) } else { spooled(file) })
}

fn read_error(name: &str, source: io::Error) -> InputError {
    InputError::Read { name: name.to_owned(), source }
}
