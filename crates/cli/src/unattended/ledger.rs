//! The ledger of this installation: where it is, and opening it.

use std::sync::Arc;

use exoctl_model::SystemClock;
use exoctl_store::{LedgerPlace, SqlLedger};
use secrecy::ExposeSecret as _;

use crate::context::Context;
use crate::env;
use crate::error::{CommandError, FileError, RunError};

/// Where it is: what `EXOCTL_LEDGER` says, else a file with the data.
pub(crate) fn place(context: &Context) -> Result<LedgerPlace, CommandError> {
    let Some(text) = context.environment().secret(env::EXOCTL_LEDGER.name) else {
        return Ok(LedgerPlace::File(context.paths()?.data.join("ledger.db")));
    };
    let text = text.expose_secret();
    let read = match text.strip_prefix("file:") {
        None => text.parse(),
        Some(path) => {
            let failed = |source| FileError { operation: "read", path: path.into(), source };
            std::fs::read_to_string(path).map_err(failed)?.parse()
        }
    };
    Ok(read.map_err(RunError::LedgerPlace)?)
}

/// Opens it if it is there: who only looks makes none.
pub(crate) async fn open_existing(
    context: &Context,
) -> Result<Option<Arc<SqlLedger>>, CommandError> {
    match place(context)? {
        LedgerPlace::File(path) if !path.exists() => Ok(None),
        _ => open(context).await.map(Some),
    }
}

/// Opens it. Leases go by the machine's clock, also while a simulated tenant's clock is moved.
pub(crate) async fn open(context: &Context) -> Result<Arc<SqlLedger>, CommandError> {
    let place = place(context)?;
    Ok(Arc::new(SqlLedger::open(&place, Arc::new(SystemClock)).await?))
}
