//! Straight from the ledger.

use std::sync::Arc;
use std::time::Duration;

use exoctl_model::Clock;
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _, OptionFuture};
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, interval, sleep};
use tracing::{debug, warn};

use super::{Delivery, Handler};
use crate::error::StoreError;
use crate::ledger::{Answer, Ledger};
use crate::record::{Claim, ClaimRequest};

/// How often to look when there was nothing.
const LOOK: Duration = Duration::from_millis(500);

/// How often to look for what nobody has taken, and how long that is left to others.
const TEND: Duration = Duration::from_mins(1);
const FORGOTTEN: Duration = Duration::from_mins(2);

/// How long to leave a ledger alone that does not answer.
const OUTAGE: Duration = Duration::from_secs(2);

/// Workers ask the ledger, each for as many runs as it has hands free. Needs nothing else, on one
/// machine or several.
#[derive(Clone, Debug)]
pub struct Direct {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
}

impl Direct {
    /// From this ledger; runs are due by this clock.
    pub fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self { ledger, clock }
    }

    /// Asks for as many, waiting while the ledger does not answer.
    async fn ask(&self, wanted: ClaimRequest) -> Result<(Vec<Claim>, Instant), StoreError> {
        loop {
            let claimed = Instant::now();
            match self.ledger.claim(&wanted, self.clock.now()).await {
                Ok(claims) => return Ok((claims, claimed)),
                Err(error) if error.is_transient() => {
                    warn!(
                        error = &error as &dyn std::error::Error,
                        "no run can be claimed at the moment"
                    );
                    sleep(OUTAGE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes ready again what was given to a delivery engine that nobody runs any more.
    async fn tend(&self) {
        let mut every = interval(TEND);
        loop {
            every.tick().await;
            let now = self.clock.now();
            let before = now.checked_sub(FORGOTTEN).unwrap_or(now);
            match self.ledger.withdraw(before, now).await {
                Ok(0) => {}
                Ok(runs) => debug!(runs, "took back what an engine had and nobody has taken"),
                Err(error) => {
                    warn!(error = &error as &dyn std::error::Error, "nothing can be taken back");
                }
            }
        }
    }

    /// Hands back what came when it was wanted no more.
    async fn hand_back(&self, claims: Vec<Claim>) {
        for claim in claims {
            let released = self.ledger.release(claim.run, claim.fence, self.clock.now()).await;
            if let Err(error) = released {
                warn!(error = &error as &dyn std::error::Error, run = %claim.run, "the run could not be handed back");
            }
        }
    }
}

impl Delivery for Direct {
    fn name(&self) -> &'static str {
        "direct"
    }

    fn work<'a>(
        &'a self,
        wanted: &'a ClaimRequest,
        handler: &'a dyn Handler,
        stop: BoxFuture<'a, ()>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut stop = stop.fuse();
            let mut busy = FuturesUnordered::new();
            let mut asking = None;
            let mut result = Ok(());
            let mut rest = Box::pin(sleep(Duration::ZERO));
            let mut tending = std::pin::pin!(self.tend());
            loop {
                let free = wanted.limit.saturating_sub(busy.len());
                tokio::select! {
                    biased;
                    () = &mut stop => break,
                    Some(()) = busy.next() => {}
                    () = &mut tending => {}
                    Some(answer) = OptionFuture::from(asking.as_mut()) => {
                        asking = None;
                        let (claims, claimed): (Vec<Claim>, Instant) = match answer {
                            Ok(answer) => answer,
                            // What is under way is not given up for it.
                            Err(error) => {
                                result = Err(error);
                                break;
                            }
                        };
                        // Where there were as many as asked for, there may be more.
                        let wait = if claims.len() == free { Duration::ZERO } else { LOOK };
                        rest = Box::pin(sleep(wait));
                        busy.extend(claims.into_iter().map(|claim| handler.handle(claim, claimed)));
                    }
                    () = &mut rest, if free > 0 && asking.is_none() => {
                        let wanted = ClaimRequest { limit: free, ..wanted.clone() };
                        asking = Some(Box::pin(self.ask(wanted)));
                    }
                }
            }
            // A question that is being answered may have taken runs.
            if let Some(Ok((claims, _))) = OptionFuture::from(asking).await {
                self.hand_back(claims).await;
            }
            while busy.next().await.is_some() {}
            result
        })
    }
}
