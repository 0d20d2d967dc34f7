//! A worker that is killed, paused and lied to by the tests of deliveries: a process of its own, which
//! is this program of tests with [`PLACE`] and so on in its environment.
//!
//! What it does with a run is the run's job: `quick` ends at once, `long` ends when the file `go` is
//! in the directory, `poison` aborts the process. What happens is a line in the file `log` there.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use exoctl_model::{Clock as _, SystemClock};
use exoctl_store::{
    Claim, ClaimRequest, Delivery, Direct, Finish, Graphile, Handler, Ledger, Renewal, SqlLedger,
};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

pub(crate) const LEASE: Duration = Duration::from_secs(4);

#[derive(Debug)]
struct Hand {
    ledger: Arc<SqlLedger>,
    directory: PathBuf,
}

impl Hand {
    fn note(&self, what: &str, claim: &Claim) {
        let path = self.directory.join("log");
        let mut log = OpenOptions::new().create(true).append(true).open(path).unwrap();
        let line = format!("{what} {} {} {}\n", claim.run, claim.fence, std::process::id());
        log.write_all(line.as_bytes()).unwrap();
    }

    async fn work(&self, claim: Claim) {
        self.note("begun", &claim);
        match claim.job.as_str() {
            "poison" => std::process::abort(),
            "long" => {
                while !self.directory.join("go").exists() {
                    sleep(Duration::from_millis(200)).await;
                    match self.ledger.renew(claim.run, claim.fence, LEASE).await {
                        Ok(Renewal::Held { .. }) => {}
                        Ok(Renewal::Stale) => {
                            self.note("stale", &claim);
                            break;
                        }
                        Err(_) => self.note("outage", &claim),
                    }
                }
            }
            _ => {}
        }
        // One that has lost its run says so, and is refused.
        loop {
            let end = Finish::done(0);
            let now = SystemClock.now();
            match self.ledger.finish(claim.run, claim.fence, &end, now).await {
                Ok(outcome) => return self.note(&format!("{outcome:?}"), &claim),
                Err(_) => sleep(Duration::from_millis(200)).await,
            }
        }
    }
}

impl Handler for Hand {
    fn handle(&self, claim: Claim, _: Instant) -> BoxFuture<'_, ()> {
        Box::pin(self.work(claim))
    }
}

/// Where the ledger is, how runs get here, and the directory, for the worker's process.
pub(crate) const PLACE: &str = "EXOCTL_TEST_WORKER_PLACE";
pub(crate) const DELIVERY: &str = "EXOCTL_TEST_WORKER_DELIVERY";
pub(crate) const DIRECTORY: &str = "EXOCTL_TEST_WORKER_DIRECTORY";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other tests start it as a process"]
#[expect(clippy::disallowed_methods, reason = "a process of the tests, not the program")]
async fn worker_process() {
    let said = |name| std::env::var(name).unwrap();
    let clock = Arc::new(SystemClock);
    let place = said(PLACE).parse().unwrap();
    let ledger = Arc::new(SqlLedger::open(&place, clock.clone()).await.unwrap());
    let delivery: Box<dyn Delivery> = match said(DELIVERY).as_str() {
        "graphile" => {
            let engine = Graphile::connect(ledger.clone(), clock).await.unwrap();
            Box::new(engine.with_heartbeat(Duration::from_millis(500), LEASE))
        }
        _ => Box::new(Direct::new(ledger.clone(), clock)),
    };
    let hand = Hand { ledger, directory: said(DIRECTORY).into() };
    let owner = std::process::id().to_string();
    let wanted = ClaimRequest { owner, limit: 4, lease: LEASE };
    delivery.work(&wanted, &hand, Box::pin(std::future::pending())).await.unwrap();
}
