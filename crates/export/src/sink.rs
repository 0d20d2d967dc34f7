//! Where an export is written to.

use std::fmt::Debug;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::record::Record;

mod cmdlet_csv;
mod count;
mod csv;
mod file;
mod jsonl;
mod parquet;
mod portal_csv;
mod quarantined;
mod reviewer_csv;

pub use cmdlet_csv::CmdletCsv;
pub(crate) use count::count_records;
pub use file::{Compression, PartFile};
pub use jsonl::Jsonl;
pub use parquet::Parquet;
pub use portal_csv::PortalCsv;
pub use quarantined::Quarantined;
pub use reviewer_csv::ReviewerCsv;

/// A form of output: makes the sink that writes it. Settings that change the bytes are in its name.
pub trait SinkKind: Debug + Send + Sync {
    /// What it is called on the command line and in the ledger, `jsonl` for example; with everything
    /// that changes its bytes, `jsonl+gzip`.
    fn name(&self) -> String;

    /// Begins to write under `directory`, or goes on where `checkpoint` was.
    fn open(&self, directory: &Path, checkpoint: Option<&Checkpoint>) -> io::Result<Box<dyn Sink>>;
}

/// Takes the records of an export in their order: by second, then id, then hash.
///
/// It runs in a thread of its own and may block. The contract, which `tests/it/sink_contract.rs`
/// holds every sink to:
/// - The files depend on the records and on nothing else: not on when it was asked for checkpoints,
///   nor on how often it was killed and opened again.
/// - A sink that is opened with a checkpoint and given the records from [`Checkpoint::records`] on
///   ends as if it had never stopped, whatever was written behind the checkpoint.
/// - Nothing outside of the directory is touched, and files in it that are not the sink's stay.
pub trait Sink: Send {
    /// Takes the next record.
    fn write(&mut self, record: &Record<'_>) -> io::Result<()>;

    /// Makes durable what it can, and says how far that is. Called now and then.
    fn checkpoint(&mut self) -> io::Result<Checkpoint>;

    /// There are no more records: makes everything durable and says what there is to publish.
    fn finish(self: Box<Self>) -> io::Result<Vec<Finished>>;
}

/// How far a sink is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// It is opened again with the record of this number, from 0: so many are durable. May be fewer
    /// than it was given; the others are given again.
    pub records: u64,
    /// What it needs to know to go on, in its own words.
    pub state: String,
}

/// A file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the export's directory; parts are separated by `/`.
    pub name: String,
    /// How many records are in it.
    pub records: u64,
}

/// The kind of sink that has this name, if there is one.
pub fn named(name: &str) -> Option<Arc<dyn SinkKind>> {
    let (kind, setting) = name.split_once('+').unwrap_or((name, ""));
    let all = [Compression::None, Compression::Gzip, Compression::Zstd];
    let compression = all.into_iter().find(|compression| compression.name() == setting);
    Some(match (kind, compression) {
        ("cmdlet-csv", Some(compression)) => Arc::new(CmdletCsv { compression }),
        ("jsonl", Some(compression)) => Arc::new(Jsonl { compression }),
        ("portal-csv", Some(compression)) => Arc::new(PortalCsv { compression }),
        ("reviewer-csv", Some(Compression::None)) => Arc::new(ReviewerCsv::default()),
        ("reviewer-csv", _) => Arc::new(ReviewerCsv { records: setting.parse().ok()? }),
        ("parquet", Some(Compression::None)) => Arc::new(Parquet::default()),
        ("parquet", _) => Arc::new(Parquet { records: setting.parse().ok()? }),
        ("quarantine", Some(Compression::None)) => Arc::new(Quarantined),
        _ => return None,
    })
}

/// A kind's name with the compression behind it, if there is one.
fn compressed_name(kind: &str, compression: Compression) -> String {
    match compression {
        Compression::None => kind.to_owned(),
        compression => format!("{kind}+{}", compression.name()),
    }
}
