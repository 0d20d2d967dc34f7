//! One Parquet file.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::page::{CompressedPage, PageWriteSpec, PageWriter};
use parquet::column::writer::{ColumnWriter, get_column_writer};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnPath;

use super::batch::{AUDIT_DATA, BATCH, Batch, SCHEMA};
use crate::disk;
use crate::record::Record;

/// The most records of a row group.
pub(super) const GROUP: u64 = 1 << 17;
/// A row group ends when its compressed pages, which are held in memory, are larger.
const GROUP_BYTES: usize = 16 << 20;
/// A part ends when its row groups are larger.
const PART_BYTES: usize = 128 << 20;

/// Nothing but the records and this program's version goes into a file.
static PROPERTIES: LazyLock<WriterPropertiesPtr> = LazyLock::new(|| {
    // The time of an export goes here; who keeps files for years can pack them again.
    let level = ZstdLevel::try_new(1).expect("there is a level 1");
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("exoctl version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(level));
    // No two are alike.
    for column in ["id", AUDIT_DATA, "audit_data_sha256"] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), false);
    }
    for column in [AUDIT_DATA, "audit_data_sha256"] {
        let column = ColumnPath::from(column);
        properties = properties.set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    Arc::new(properties.build())
});

/// A file that is being written.
pub(super) struct Part {
    file: File,
    writer: SerializedFileWriter<File>,
    batch: Batch,
    group: Group,
    records: u64,
}

impl Part {
    /// Begins a file; one that was there is overwritten.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        if let Some(directory) = path.parent() {
            disk::create_directory(directory)?;
        }
        let file = disk::open_private(path)?;
        file.set_len(0)?;
        let to = file.try_clone()?;
        let writer = SerializedFileWriter::new(to, SCHEMA.clone(), PROPERTIES.clone());
        let writer = writer.map_err(failed)?;
        let group = Group::begin(&writer);
        Ok(Self { file, writer, batch: Batch::default(), group, records: 0 })
    }

    /// How many records are in it.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Whether it is as large as it should become.
    pub(super) fn is_large(&self) -> bool {
        self.writer.bytes_written() >= PART_BYTES
    }

    /// Adds a record.
    pub(super) fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.batch.push(record);
        self.records += 1;
        if self.batch.records() == BATCH {
            self.group.write(&mut self.batch).map_err(failed)?;
            if self.group.records >= GROUP || self.group.bytes() >= GROUP_BYTES {
                self.end_group().map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Ends the file and makes it durable; gives the number of its records.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.group.write(&mut self.batch).map_err(failed)?;
        if self.group.records > 0 {
            self.end_group().map_err(failed)?;
        }
        self.writer.finish().map_err(failed)?;
        self.file.sync_all()?;
        Ok(self.records)
    }

    fn end_group(&mut self) -> Result<()> {
        let next = Group::begin(&self.writer);
        std::mem::replace(&mut self.group, next).end(&mut self.writer)
    }
}

/// A row group that is being gathered: each column's pages, encoded and compressed.
struct Group {
    columns: Vec<Column>,
    records: u64,
}

struct Column {
    writer: ColumnWriter<'static>,
    pages: Pages,
}

impl Group {
    fn begin(file: &SerializedFileWriter<File>) -> Self {
        let column = |descriptor: &Arc<_>| {
            let pages = Pages::default();
            let to = Box::new(pages.clone());
            Column {
                writer: get_column_writer(Arc::clone(descriptor), PROPERTIES.clone(), to),
                pages,
            }
        };
        Self { columns: file.schema_descr().columns().iter().map(column).collect(), records: 0 }
    }

    fn write(&mut self, batch: &mut Batch) -> Result<()> {
        self.records += batch.records();
        batch.write(self.columns.iter_mut().map(|column| &mut column.writer))
    }

    fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.pages.with(|pages| pages.bytes_written())).sum()
    }

    /// Puts the columns into the file, one behind the other.
    fn end(self, file: &mut SerializedFileWriter<File>) -> Result<()> {
        let mut group = file.next_row_group()?;
        for Column { writer, pages } in self.columns {
            let closed = writer.close()?;
            group.append_column(&pages.into_bytes()?, closed)?;
        }
        group.close().map(drop)
    }
}

/// The pages of a column, in memory.
#[derive(Clone)]
struct Pages(Arc<Mutex<TrackedWrite<Vec<u8>>>>);

impl Default for Pages {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(TrackedWrite::new(Vec::new()))))
    }
}

impl Pages {
    fn with<T>(&self, does: impl FnOnce(&mut TrackedWrite<Vec<u8>>) -> T) -> T {
        does(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn into_bytes(self) -> Result<Bytes> {
        let empty = TrackedWrite::new(Vec::new());
        self.with(|pages| std::mem::replace(pages, empty)).into_inner().map(Bytes::from)
    }
}

impl PageWriter for Pages {
    fn write_page(&mut self, page: CompressedPage) -> Result<PageWriteSpec> {
        self.with(|pages| SerializedPageWriter::new(pages).write_page(page))
    }

    fn close(&mut self) -> Result<()> {
        Ok(())
    }
}

/// How many rows a Parquet file has, summed over its row groups.
pub(in crate::sink) fn count_rows(path: &Path) -> io::Result<u64> {
    let reader = SerializedFileReader::new(File::open(path)?).map_err(failed)?;
    let groups = reader.metadata().row_groups().iter();
    groups.map(|group| u64::try_from(group.num_rows()).map_err(damaged)).sum()
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::new(io::ErrorKind::InvalidData, source),
        },
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}

fn damaged(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
