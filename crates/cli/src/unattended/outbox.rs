//! The ledger's outbox, as who carries notifications sees it; and carrying them until told to stop.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use exoctl_http::BoxFuture;
use exoctl_notify::{Outbox, OutboxError, Round, Settlement, Waiting};
use exoctl_runner::Stopping;
use exoctl_store::{ClaimRequest, Fence, Ledger, NoticeEnd, NoticeId, StoreError};
use jiff::Timestamp;
use tracing::warn;

use super::machine;
use crate::context::Context;
use crate::notification;

/// A ledger's.
pub(crate) struct LedgerOutbox {
    ledger: Arc<dyn Ledger>,
    /// Under which the ends of those that were taken are written.
    fences: Mutex<BTreeMap<NoticeId, Fence>>,
}

impl LedgerOutbox {
    /// Nothing is taken yet.
    pub(crate) fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger, fences: Mutex::default() }
    }

    async fn take(&self, now: Timestamp, most: usize) -> Result<Vec<Waiting>, OutboxError> {
        let wanted = ClaimRequest { owner: machine::owner(), limit: most, lease: LEASE };
        let rows = self.ledger.claim_notices(&wanted, now).await.map_err(failed)?;
        let mut waiting = Vec::new();
        for row in rows {
            self.fences.lock().unwrap_or_else(PoisonError::into_inner).insert(row.id, row.fence);
            match serde_json::from_value(row.body) {
                Ok(notice) => waiting.push(Waiting {
                    id: row.id.to_string(),
                    channel: row.channel,
                    attempts: row.tries.saturating_sub(1),
                    since: row.created_at,
                    notice,
                }),
                Err(error) => {
                    let end = NoticeEnd::Failed { error: format!("it cannot be read: {error}") };
                    self.ledger
                        .settle_notice(row.id, row.fence, &end, now)
                        .await
                        .map_err(failed)?;
                }
            }
        }
        Ok(waiting)
    }

    async fn note(
        &self,
        id: &str,
        now: Timestamp,
        settlement: &Settlement,
    ) -> Result<(), OutboxError> {
        let Ok(id) = id.parse::<NoticeId>() else { return Ok(()) };
        let fence = self.fences.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        let Some(fence) = fence else { return Ok(()) };
        let end = match settlement {
            Settlement::Sent { .. } | Settlement::Passed => NoticeEnd::Sent,
            Settlement::Wait { until } => NoticeEnd::Wait { at: *until },
            Settlement::Retry { at, error } => NoticeEnd::Retry { at: *at, error: error.clone() },
            Settlement::GivenUp { error } => NoticeEnd::Failed { error: error.clone() },
        };
        self.ledger.settle_notice(id, fence, &end, now).await.map_err(failed)?;
        Ok(())
    }
}

impl Outbox for LedgerOutbox {
    fn claim(
        &self,
        now: Timestamp,
        most: usize,
    ) -> BoxFuture<'_, Result<Vec<Waiting>, OutboxError>> {
        Box::pin(self.take(now, most))
    }

    fn settle<'a>(
        &'a self,
        id: &'a str,
        now: Timestamp,
        settlement: &'a Settlement,
    ) -> BoxFuture<'a, Result<(), OutboxError>> {
        Box::pin(self.note(id, now, settlement))
    }
}

/// Carries what is due, once, with the channels as they are now.
pub(crate) async fn carry(outbox: &LedgerOutbox, context: &Context) -> Option<Round> {
    let courier = match notification::courier(context) {
        Ok(courier) => courier,
        Err(error) => {
            warn!(error = error.message(), "nothing can be told: the channels cannot be read");
            return None;
        }
    };
    match courier.round(outbox).await {
        Ok(round) => {
            for warning in &round.warnings {
                warn!(warning, "a notification was not taken");
            }
            Some(round)
        }
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "the outbox could not be emptied");
            None
        }
    }
}

/// Carries until told to stop.
pub(crate) async fn carry_on(outbox: LedgerOutbox, context: Arc<Context>, mut stopping: Stopping) {
    loop {
        carry(&outbox, &context).await;
        tokio::select! {
            _ = stopping.stopped() => return,
            () = tokio::time::sleep(context.clock().longest_sleep().min(AGAIN)) => {}
        }
    }
}

fn failed(error: StoreError) -> OutboxError {
    OutboxError(Box::new(error))
}

const LEASE: Duration = Duration::from_mins(5);
const AGAIN: Duration = Duration::from_secs(2);
