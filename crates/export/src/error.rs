//! Why an export did not come to its end.

use std::io;
use std::path::PathBuf;

use exoctl_certificate::SignError;

use crate::ledger::LedgerError;
use crate::manifest::ManifestError;
use crate::source::ReadError;
use crate::written::WrittenError;

/// An export that was broken off. What was done stays; the same again goes on there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Another process is at it.
    #[error("another export is writing to {}", directory.display())]
    Locked {
        /// Where.
        directory: PathBuf,
    },
    /// A directory or a file cannot be used.
    #[error("could not {operation} {}", path.display())]
    File {
        /// What was being done.
        operation: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The records that were read already cannot be kept or read again.
    #[error("could not use the spool of the export")]
    Spool {
        /// Why not.
        source: io::Error,
    },
    /// A sink could not write.
    #[error("could not write {sink}")]
    Sink {
        /// Which.
        sink: String,
        /// Why not.
        source: io::Error,
    },
    /// The source cannot be read at the moment, or not with these rights.
    #[error("the export stopped before it was complete; the same command goes on where it was")]
    Source(#[from] ReadError),
    /// The manifest of an export that is done cannot be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The manifest could not be signed.
    #[error("could not sign the manifest")]
    Sign(#[source] SignError),
    /// What was read is gone, and something else is to be written from it.
    #[error("the export in {} is done, and {sinks} cannot be added to it", directory.display())]
    SpoolGone {
        /// Where.
        directory: PathBuf,
        /// What.
        sinks: String,
    },
    /// The files that are there cannot be read again.
    #[error(transparent)]
    Written(#[from] WrittenError),
    /// An export that is to be added to was changed since it was made.
    #[error("the export in {} is not what its manifest says: {finding}", directory.display())]
    NotGenuine {
        /// Where.
        directory: PathBuf,
        /// The first thing that does not fit.
        finding: String,
    },
    /// It has windows that failed.
    #[error("the export in {} is not done: some of its windows could not be read", directory.display())]
    NotDone {
        /// Where.
        directory: PathBuf,
    },
    /// It is of another tenant than the one that would be asked.
    #[error("the export in {} is of {made}, and the connection is to {asked}", directory.display())]
    OtherTenant {
        /// Where.
        directory: PathBuf,
        /// Whose it is.
        made: String,
        /// Who would be asked.
        asked: String,
    },
    /// It was read from another source.
    #[error("the export in {} was read from {made}, not from {asked}", directory.display())]
    OtherSource {
        /// Where.
        directory: PathBuf,
        /// What it was read from.
        made: String,
        /// What would be read.
        asked: &'static str,
    },
    /// It is written in a form that nobody here can write.
    #[error("nothing can be added to files of the form {name}")]
    UnknownForm {
        /// The form, as the manifest has it.
        name: String,
    },
    /// Late records are in it, and another form would not have them.
    #[error("the export in {} was added to, and {sinks} cannot be made of it any more", directory.display())]
    Reconciled {
        /// Where.
        directory: PathBuf,
        /// What.
        sinks: String,
    },
    /// A part of the program failed.
    #[error("a part of the export ended without a result")]
    Lost,
}
