//! What was decided, started and finished: the ledger of runs, and their delivery to workers.
//!
//! The ledger is the only truth about runs. It is kept in SQL, by the same statements in an SQLite
//! file on one machine and in PostgreSQL for several. What carries a run to a worker ([`Delivery`])
//! carries its id only, and may lose it or bring it twice: whoever starts a run claims it here, gets
//! a [`Fence`] with it, and whatever is written under an older fence is refused.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use exoctl_model::{Clock as _, SystemClock};
//! use exoctl_store::{ClaimRequest, Finish, Ledger as _, LedgerPlace, NewOccurrence, SqlLedger};
//!
//! let directory = tempfile::tempdir()?;
//! let place = LedgerPlace::File(directory.path().join("ledger.db"));
//! let ledger = SqlLedger::open(&place, Arc::new(SystemClock)).await?;
//! let now = SystemClock.now();
//!
//! ledger.create(&NewOccurrence::of("nightly", now, ["contoso"]), now).await?;
//! let request = ClaimRequest { owner: "worker-1".into(), limit: 4, lease: Duration::from_secs(60) };
//! for claim in ledger.claim(&request, now).await? {
//!     ledger.finish(claim.run, claim.fence, &Finish::done(0), now).await?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod delivery;
mod error;
mod ledger;
mod place;
mod record;
mod sql;

pub use delivery::{Delivery, Direct, Graphile, Handler};
pub use error::StoreError;
pub use exoctl_job::{Effect, Overlap};
pub use ledger::{Answer, History, Ledger, NoticesOf, Outbox};
pub use place::{InvalidPlace, LedgerPlace};
pub use record::{
    Admitted, AttemptRow, CancelOutcome, Claim, ClaimOutcome, ClaimRequest, Class, Created, End,
    Fence, Finish, FinishOutcome, JobStatus, NewNotice, NewOccurrence, NewRun, NewRunState,
    NoticeEnd, NoticeId, NoticeState, OutboxQuery, OutboxRow, Pause, Reaped, Refusal, Renewal,
    RunId, RunQuery, RunRow, RunState, Stats, StepRow, TenantLimit, TenantRow, Throttled, Trigger,
};
pub use sql::SqlLedger;
