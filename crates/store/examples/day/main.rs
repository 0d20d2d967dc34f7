//! A simulated day of many tenants; prints how it went.
//!
//!     day PLACE TENANTS WORKERS [SEED]

#![expect(clippy::unwrap_used, reason = "a measurement that cannot work fails")]
#![expect(clippy::print_stdout, reason = "a measurement prints")]

mod simulation;

use std::sync::Arc;

use exoctl_model::ManualClock;
use exoctl_store::{History as _, Ledger as _, LedgerPlace, SqlLedger};

use self::simulation::{Day, Report, pass};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [place, tenants, workers, ..] = &arguments[..] else {
        panic!("day PLACE TENANTS WORKERS [SEED]")
    };
    let tenants: usize = tenants.parse().unwrap();
    let seed = arguments.get(3).map_or(1, |seed| seed.parse().unwrap());
    let place: LedgerPlace = place.parse().unwrap();
    let clock = Arc::new(ManualClock::new("2026-10-25T00:00:00Z".parse().unwrap()));
    let mut ledgers = Vec::new();
    for _ in 0..workers.parse().unwrap() {
        let ledger = SqlLedger::open(&place, clock.clone()).await.unwrap();
        ledgers.push(Arc::new(ledger.with_lease_clock(clock.clone())));
    }
    // As many hands in all, however many workers.
    let hands = 96 / ledgers.len();
    let day = Day { tenants, slow: 5, more_jobs: 20, slow_length: 1800, hands, lost: 5, seed };
    let report = pass(&day, &ledgers, &clock).await;
    let wrong = ledgers[0].check().await.unwrap();
    assert!(wrong.is_empty(), "{wrong:?}");
    let bytes = ledgers[0].stats().await.unwrap().bytes;
    print(&day, ledgers.len(), &report, bytes);
}

fn print(day: &Day, workers: usize, report: &Report, bytes: u64) {
    let wall = report.wall.as_secs_f64();
    println!("tenants                  {} ({} slow)", day.tenants, day.slow);
    println!("workers × hands          {workers} × {}", day.hands);
    println!(
        "runs, each begun once    {}, {} of them again after a lost worker",
        report.runs, report.lost
    );
    println!("simulated                {:#}", report.simulated);
    println!("took                     {wall:.1} s");
    println!("begun and ended          {:.0} a second", report.claims as f64 / wall);
    println!("occurrence for all       {} ms", report.fan_out.as_millis());
    for (name, waits) in [("others", &report.waits), ("slow tenants", &report.slow_waits)] {
        let [p50, p99, most] = [50, 99, 100].map(|of| Report::percentile(waits, of));
        println!("{:24} {p50} / {p99} / {most} s", format!("{name} wait 50/99/100 %"));
    }
    println!("memory at most           {} MB", memory_kb() / 1024);
    println!(
        "store                    {:.1} MB, {} bytes a run",
        bytes as f64 / 1e6,
        bytes / report.runs as u64
    );
}

/// `VmHWM` of proc(5); 0 elsewhere.
fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
