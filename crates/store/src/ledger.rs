//! What a ledger does.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::error::StoreError;
use crate::record::{
    Admitted, AttemptRow, CancelOutcome, Claim, ClaimOutcome, ClaimRequest, Created, Fence, Finish,
    FinishOutcome, JobStatus, NewNotice, NewOccurrence, NoticeEnd, NoticeId, OutboxQuery,
    OutboxRow, Reaped, Renewal, RunId, RunQuery, RunRow, RunState, Stats, StepRow, TenantRow,
};

/// What a ledger gives back.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What is told when a run has got into a state without a worker to say so.
pub type NoticesOf<'a> = &'a (dyn Fn(&RunRow, RunState) -> Vec<NewNotice> + Send + Sync);

/// What was decided, started and finished.
///
/// Every call is one transaction that is on the disk when it returns. A call that failed with an
/// error that [is transient](StoreError::is_transient) may be made again: what it wrote, if it wrote
/// anything, is then there once.
///
/// `now` is the time by which schedules go, which in a simulation is moved. Leases go by a clock of
/// the ledger's own: that of the database server, or the one it was opened with.
pub trait Ledger: History + Outbox + Debug + Send + Sync {
    /// Writes down an occurrence: for each tenant a run, unless the ledger has one of that key, and
    /// that the job is decided for it up to the occurrence's instant.
    ///
    /// If an earlier run of the job and the tenant has not ended, the new one is skipped, waits, or
    /// makes the earlier one end. Of several scheduled ones that wait without having begun, the
    /// newest stays; those that are made up for all stay.
    fn create<'a>(&'a self, new: &'a NewOccurrence, now: Timestamp) -> Answer<'a, Created>;

    /// Writes down that a job is decided for tenants up to an instant, without runs. An earlier instant
    /// than the one that is known changes nothing, but for one that is more than a day earlier: then the
    /// clock was wrong before.
    fn decide<'a>(&'a self, job: &'a str, tenants: &'a [String], at: Timestamp) -> Answer<'a, ()>;

    /// Up to which instant a job is decided, for each tenant it ever was decided for.
    fn decided<'a>(&'a self, job: &'a str) -> Answer<'a, BTreeMap<String, Timestamp>>;

    /// Takes runs that are due: the most urgent class first, in it the tenant that was served
    /// longest ago, of the tenant the run that has waited longest. Never more of a tenant than it
    /// may have, never two of a job and a tenant at once.
    fn claim<'a>(&'a self, wanted: &'a ClaimRequest, now: Timestamp) -> Answer<'a, Vec<Claim>>;

    /// Takes a certain run, which the delivery engine has brought or somebody has asked for.
    fn claim_run<'a>(
        &'a self,
        run: RunId,
        wanted: &'a ClaimRequest,
        now: Timestamp,
    ) -> Answer<'a, ClaimOutcome>;

    /// Takes runs in the same order to give them to the delivery engine.
    fn admit(&self, limit: usize, now: Timestamp) -> Answer<'_, Vec<Admitted>>;

    /// Runs that were admitted before then and that nobody has taken: to be offered again. They
    /// count as admitted now.
    fn overdue(&self, before: Timestamp, limit: usize, now: Timestamp)
    -> Answer<'_, Vec<Admitted>>;

    /// Makes runs ready again that were admitted before then and that nobody has taken.
    fn withdraw(&self, before: Timestamp, now: Timestamp) -> Answer<'_, u64>;

    /// Says that a run's worker is alive.
    fn renew(&self, run: RunId, fence: Fence, lease: Duration) -> Answer<'_, Renewal>;

    /// Writes down where a run's files are. False: the run is somebody else's.
    fn put_place<'a>(&'a self, run: RunId, fence: Fence, place: &'a str) -> Answer<'a, bool>;

    /// Writes down a step, before it begins and when it has ended. False: the run is somebody
    /// else's; a step that must not be done twice is not to be begun then.
    fn put_step<'a>(&'a self, run: RunId, fence: Fence, step: &'a StepRow) -> Answer<'a, bool>;

    /// Writes down how an attempt ended, and in the same transaction what is told about it.
    fn finish<'a>(
        &'a self,
        run: RunId,
        fence: Fence,
        finish: &'a Finish,
        now: Timestamp,
    ) -> Answer<'a, FinishOutcome>;

    /// Hands back a run that was not begun, or whose worker goes in good order. False: it is
    /// somebody else's.
    fn release(&self, run: RunId, fence: Fence, now: Timestamp) -> Answer<'_, bool>;

    /// Judges runs whose lease is over: one that must not be repeated and has [begun a
    /// step](Self::put_step) is unknown, one that has lost too many workers has crashed, all others
    /// are ready again. What `notices` says about a run
    /// that has ended by it is written in the same transaction.
    fn reap<'a>(
        &'a self,
        limit: usize,
        notices: NoticesOf<'a>,
        now: Timestamp,
    ) -> Answer<'a, Vec<Reaped>>;

    /// Wants a run to end.
    fn cancel<'a>(
        &'a self,
        run: RunId,
        reason: &'a str,
        now: Timestamp,
    ) -> Answer<'a, CancelOutcome>;

    /// Says how a run ended whose outcome nobody knew. False: it is not unknown.
    fn resolve<'a>(&'a self, run: RunId, state: RunState, reason: &'a str) -> Answer<'a, bool>;

    /// Lets no run of a job begin.
    fn pause_job<'a>(
        &'a self,
        job: &'a str,
        by: &'a str,
        reason: Option<&'a str>,
        now: Timestamp,
    ) -> Answer<'a, ()>;

    /// Lets them begin again. False: it was not paused.
    fn resume_job<'a>(&'a self, job: &'a str, now: Timestamp) -> Answer<'a, bool>;

    /// Lets no run of a tenant begin.
    fn pause_tenant<'a>(
        &'a self,
        tenant: &'a str,
        by: &'a str,
        reason: Option<&'a str>,
        now: Timestamp,
    ) -> Answer<'a, ()>;

    /// Lets them begin again. False: it was not paused.
    fn resume_tenant<'a>(&'a self, tenant: &'a str, now: Timestamp) -> Answer<'a, bool>;

    /// How many runs of tenants may be running at once, from now on.
    fn limit_tenants<'a>(&'a self, tenants: &'a [String], max_running: u32) -> Answer<'a, ()>;

    /// Says that the service throttled a tenant outside the end of a run.
    fn throttled<'a>(
        &'a self,
        tenant: &'a str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Answer<'a, ()>;

    /// Takes or keeps a duty that one of several processes has, like the scheduler's. None: another
    /// has it. That the duty is done once does not depend on it.
    fn lead<'a>(
        &'a self,
        duty: &'a str,
        owner: &'a str,
        lease: Duration,
    ) -> Answer<'a, Option<Fence>>;

    /// Gives a duty back.
    fn abdicate<'a>(&'a self, duty: &'a str, owner: &'a str) -> Answer<'a, ()>;

    /// Forgets runs that have ended, with their attempts and steps, and what was told about them.
    fn forget<'a>(&'a self, runs: &'a [RunId]) -> Answer<'a, u64>;

    /// Looks whether everything in it agrees; gives what does not, in sentences.
    fn check(&self) -> Answer<'_, Vec<String>>;
}

/// What there is to read in a ledger.
pub trait History: Debug + Send + Sync {
    /// A run.
    fn run(&self, run: RunId) -> Answer<'_, Option<RunRow>>;

    /// Runs, newest first, a page of them.
    fn runs<'a>(&'a self, query: &'a RunQuery) -> Answer<'a, Vec<RunRow>>;

    /// The attempts of a run, first to last.
    fn attempts(&self, run: RunId) -> Answer<'_, Vec<AttemptRow>>;

    /// The steps of a run, first to last, each as the latest attempt that came to it left it: what an
    /// attempt has done is known even if one after it did not get as far.
    fn steps(&self, run: RunId) -> Answer<'_, Vec<StepRow>>;

    /// The jobs that there are runs of, or that are paused, in short.
    fn jobs(&self) -> Answer<'_, Vec<JobStatus>>;

    /// The tenants that there are, or were, runs for.
    fn tenants(&self) -> Answer<'_, Vec<TenantRow>>;

    /// Runs of a job that ended before then, oldest first, without its last good one for each tenant
    /// and without those whose outcome nobody knows.
    fn forgettable<'a>(
        &'a self,
        job: &'a str,
        before: Timestamp,
        limit: usize,
    ) -> Answer<'a, Vec<RunRow>>;

    /// The ledger in numbers.
    fn stats(&self) -> Answer<'_, Stats>;
}

/// What is to be told, and was.
pub trait Outbox: Debug + Send + Sync {
    /// Writes down what is to be told. One whose key there is already is not written.
    fn put_notices<'a>(&'a self, notices: &'a [NewNotice], now: Timestamp) -> Answer<'a, u64>;

    /// Takes notifications that are due, and those whose sender was lost.
    fn claim_notices<'a>(
        &'a self,
        wanted: &'a ClaimRequest,
        now: Timestamp,
    ) -> Answer<'a, Vec<OutboxRow>>;

    /// Writes down how telling ended. False: it is somebody else's.
    fn settle_notice<'a>(
        &'a self,
        notice: NoticeId,
        fence: Fence,
        end: &'a NoticeEnd,
        now: Timestamp,
    ) -> Answer<'a, bool>;

    /// Lets one that was given up be tried again, as often as a new one. False: it was not given up.
    fn retry_notice(&self, notice: NoticeId, now: Timestamp) -> Answer<'_, bool>;

    /// Notifications, newest first, a page of them.
    fn notices<'a>(&'a self, query: &'a OutboxQuery) -> Answer<'a, Vec<OutboxRow>>;

    /// Forgets notifications about no run that ended before then.
    fn forget_notices(&self, before: Timestamp, limit: usize) -> Answer<'_, u64>;
}
