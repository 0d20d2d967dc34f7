//! A day of tenants in short; `scripts/bench-jobs` has the long one.

use exoctl_store::Ledger as _;

use crate::bench::{Bench, Kind};
use crate::simulation::{Day, Report, pass};

async fn a_day(kind: Kind, workers: usize, seed: u64) {
    let Some(bench) = Bench::new(kind).await else { return };
    let mut ledgers = vec![bench.ledger.clone()];
    while ledgers.len() < workers {
        ledgers.push(bench.again().await);
    }
    let (tenants, slow, more_jobs) = (300, 3, 8);
    let hands = 12 / workers;
    let day = Day { tenants, slow, more_jobs, slow_length: 300, hands, lost: 20, seed };
    let report = pass(&day, &ledgers, &bench.clock).await;
    assert_eq!(report.claims, report.runs + report.lost);
    assert_eq!(report.runs, tenants + slow * more_jobs);
    // Three slow tenants keep six hands busy for hours; nobody else waits for them.
    let last = Report::percentile(&report.waits, 99);
    assert!(last <= 60, "others waited {last} s, seed {seed}");
    assert_eq!(bench.ledger.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_worker_on_sqlite() {
    a_day(Kind::Sqlite, 1, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_workers_on_sqlite() {
    a_day(Kind::Sqlite, 3, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_workers_on_postgresql() {
    a_day(Kind::Postgres, 3, 3).await;
}
