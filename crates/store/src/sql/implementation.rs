//! The trait, which hands each call to where it is done.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::SqlLedger;
use crate::ledger::{Answer, Ledger, NoticesOf};
use crate::record::{
    Admitted, CancelOutcome, Claim, ClaimOutcome, ClaimRequest, Created, Fence, Finish,
    FinishOutcome, NewOccurrence, Reaped, Renewal, RunId, RunState, StepRow,
};

impl Ledger for SqlLedger {
    fn create<'a>(&'a self, new: &'a NewOccurrence, now: Timestamp) -> Answer<'a, Created> {
        Box::pin(self.create_occurrence(new, now))
    }

    fn decide<'a>(&'a self, job: &'a str, tenants: &'a [String], at: Timestamp) -> Answer<'a, ()> {
        Box::pin(self.put_decision(job, tenants, at))
    }

    fn decided<'a>(&'a self, job: &'a str) -> Answer<'a, BTreeMap<String, Timestamp>> {
        Box::pin(self.decisions(job))
    }

    fn claim<'a>(&'a self, wanted: &'a ClaimRequest, now: Timestamp) -> Answer<'a, Vec<Claim>> {
        Box::pin(self.claim_due(wanted, now))
    }

    fn claim_run<'a>(
        &'a self,
        run: RunId,
        wanted: &'a ClaimRequest,
        now: Timestamp,
    ) -> Answer<'a, ClaimOutcome> {
        Box::pin(self.claim_this(run, wanted, now))
    }

    fn admit(&self, limit: usize, now: Timestamp) -> Answer<'_, Vec<Admitted>> {
        Box::pin(self.admit_due(limit, now))
    }

    fn overdue(
        &self,
        before: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Answer<'_, Vec<Admitted>> {
        Box::pin(self.readmit(before, limit, now))
    }

    fn withdraw(&self, before: Timestamp, now: Timestamp) -> Answer<'_, u64> {
        Box::pin(self.withdraw_admitted(before, now))
    }

    fn renew(&self, run: RunId, fence: Fence, lease: Duration) -> Answer<'_, Renewal> {
        Box::pin(self.renew_lease(run, fence, lease))
    }

    fn put_place<'a>(&'a self, run: RunId, fence: Fence, place: &'a str) -> Answer<'a, bool> {
        Box::pin(self.write_place(run, fence, place))
    }

    fn put_step<'a>(&'a self, run: RunId, fence: Fence, step: &'a StepRow) -> Answer<'a, bool> {
        Box::pin(self.write_step(run, fence, step))
    }

    fn finish<'a>(
        &'a self,
        run: RunId,
        fence: Fence,
        finish: &'a Finish,
        now: Timestamp,
    ) -> Answer<'a, FinishOutcome> {
        Box::pin(self.finish_run(run, fence, finish, now))
    }

    fn release(&self, run: RunId, fence: Fence, now: Timestamp) -> Answer<'_, bool> {
        Box::pin(self.release_run(run, fence, now))
    }

    fn reap<'a>(
        &'a self,
        limit: usize,
        notices: NoticesOf<'a>,
        now: Timestamp,
    ) -> Answer<'a, Vec<Reaped>> {
        Box::pin(self.reap_lost(limit, notices, now))
    }

    fn cancel<'a>(
        &'a self,
        run: RunId,
        reason: &'a str,
        now: Timestamp,
    ) -> Answer<'a, CancelOutcome> {
        Box::pin(self.cancel_run(run, reason, now))
    }

    fn resolve<'a>(&'a self, run: RunId, state: RunState, reason: &'a str) -> Answer<'a, bool> {
        Box::pin(self.resolve_run(run, state, reason))
    }

    fn pause_job<'a>(
        &'a self,
        job: &'a str,
        by: &'a str,
        reason: Option<&'a str>,
        now: Timestamp,
    ) -> Answer<'a, ()> {
        Box::pin(self.hold_job(job, by, reason, now))
    }

    fn resume_job<'a>(&'a self, job: &'a str, now: Timestamp) -> Answer<'a, bool> {
        Box::pin(self.let_job(job, now))
    }

    fn pause_tenant<'a>(
        &'a self,
        tenant: &'a str,
        by: &'a str,
        reason: Option<&'a str>,
        now: Timestamp,
    ) -> Answer<'a, ()> {
        Box::pin(self.hold_tenant(tenant, by, reason, now))
    }

    fn resume_tenant<'a>(&'a self, tenant: &'a str, now: Timestamp) -> Answer<'a, bool> {
        Box::pin(self.let_tenant(tenant, now))
    }

    fn limit_tenants<'a>(&'a self, tenants: &'a [String], max_running: u32) -> Answer<'a, ()> {
        Box::pin(self.put_limits(tenants, max_running))
    }

    fn throttled<'a>(
        &'a self,
        tenant: &'a str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Answer<'a, ()> {
        Box::pin(self.throttle(tenant, until, now))
    }

    fn lead<'a>(
        &'a self,
        duty: &'a str,
        owner: &'a str,
        lease: Duration,
    ) -> Answer<'a, Option<Fence>> {
        Box::pin(self.take_duty(duty, owner, lease))
    }

    fn abdicate<'a>(&'a self, duty: &'a str, owner: &'a str) -> Answer<'a, ()> {
        Box::pin(self.give_duty(duty, owner))
    }

    fn forget<'a>(&'a self, runs: &'a [RunId]) -> Answer<'a, u64> {
        Box::pin(self.forget_runs(runs))
    }

    fn check(&self) -> Answer<'_, Vec<String>> {
        Box::pin(self.contradictions())
    }
}
