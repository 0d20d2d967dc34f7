//! The unified audit log of a period read whole, written in several forms, with proof that it is
//! complete or a verdict that says what is missing.
//!
//! ```text
//!  Source ──► Stage ──► spool + ledger ──► feed ──► Sinks ──► manifest
//!   one window at a time    the commit     in order   files     signed
//! ```
//!
//! An [`Export`] cuts the query's period into windows and reads them from a [`Source`], several at a
//! time. A window is the unit of commit: its records are sorted into a segment of the spool, and then
//! the ledger says so. As soon as all windows before are settled, its records go to the [`Sink`]s, in
//! the order of [`RecordKey`]. Killed anywhere and run again, it goes on, and the files are the same
//! byte for byte. [`manifest::verify`] checks them later, without a network.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use exoctl_exchange::Connection;
//! # use exoctl_export::{Progress, Watch};
//! # struct Nobody;
//! # impl Watch for Nobody { fn progress(&self, _: &Progress) {} }
//! # async fn example(connection: Connection) -> Result<(), Box<dyn std::error::Error>> {
//! use exoctl_export::manifest::Author;
//! use exoctl_export::sink::{CmdletCsv, Jsonl};
//! use exoctl_export::{AuditSearch, Export, Options, Period, Query, Verdict};
//! use exoctl_model::SystemClock;
//!
//! let october = Period::new("2026-10-01T00:00:00Z".parse()?, "2026-11-01T00:00:00Z".parse()?)?;
//! let export = Export {
//!     directory: "audit/2026-10".into(),
//!     query: Query::all(october),
//!     source: Arc::new(AuditSearch::new(connection)),
//!     sinks: vec![Arc::new(CmdletCsv::default()), Arc::new(Jsonl::default())],
//!     clock: Arc::new(SystemClock),
//!     author: Author::default(),
//!     signer: None,
//!     behaviour: None,
//!     options: Options::default(),
//!     watch: Arc::new(Nobody),
//! };
//! let outcome = export.run().await?;
//! assert_eq!(outcome.manifest.total.verdict, Verdict::Complete);
//! # Ok(())
//! # }
//! ```
//!
//! Pure and without I/O are `plan` (which windows), `search::session` (what makes a result doubtful)
//! and `record` (what a row is).

mod activity;
mod behaviour;
pub mod bucket;
mod codec;
mod conflict;
pub mod crosscheck;
mod disk;
mod error;
mod export;
mod feed;
mod known;
mod ledger;
pub mod manifest;
mod merge;
mod period;
mod plan;
mod proof;
mod query;
mod record;
pub mod report;
mod search;
mod segment;
pub mod sink;
mod source;
mod stage;
mod verdict;
mod written;

pub use activity::{ActivityError, ActivityFeed, ActivityOptions, ActivityRefusal};
pub use behaviour::Change;
pub use error::ExportError;
pub use export::{Export, Options, Outcome, Progress, Reconciled, Watch};
pub use ledger::LedgerError;
pub use period::{InvalidPeriod, Period};
pub use proof::Proof;
pub use query::{Filter, Query, Window};
pub use record::{Quarantine, Record, RecordHash, RecordId, RecordKey, Row};
pub use search::AuditSearch;
pub use sink::{Checkpoint, Finished, Sink, SinkKind};
pub use source::{Anomaly, Axis, Notes, ReadError, Reading, Source, Survey};
pub use stage::{Counts, Sample, Stage, Taken};
pub use verdict::{UnknownVerdict, Verdict};
pub use written::WrittenError;
