//! The unified audit log read whole.

mod behaviour;
mod codec;
mod conflict;
mod disk;
mod error;
mod export;
mod feed;
mod ledger;
pub mod manifest;
mod period;
mod plan;
mod query;
mod record;
mod search;
mod segment;
pub mod sink;
mod source;
mod stage;
mod verdict;

pub use behaviour::Change;
pub use error::ExportError;
pub use export::{Export, Options, Outcome, Progress, Watch};
pub use ledger::LedgerError;
pub use period::{InvalidPeriod, Period};
pub use query::{Filter, Query, Window};
pub use record::{Quarantine, Record, RecordHash, RecordId, RecordKey, Row};
pub use search::AuditSearch;
pub use sink::{Checkpoint, Finished, Sink, SinkKind};
pub use source::{Anomaly, Axis, Notes, ReadError, Reading, Source, Survey};
pub use stage::{Counts, Sample, Stage, Taken};
pub use verdict::{UnknownVerdict, Verdict};
