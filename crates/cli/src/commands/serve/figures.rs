//! The figures of a scheduler or a worker, and whether it is well.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use exoctl_model::Clock;
use exoctl_runner::{Attempt, Ended, Observer, Stopping, Tick};
use exoctl_store::{Ledger, Stats};
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use tokio::time::{Instant, sleep};

use super::downtime;
use super::listen::Seen;

/// Counts, and knows whether all is well. Tenants are no label: there may be ten thousand.
#[derive(Debug)]
pub(crate) struct Figures {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    registry: Registry,
    runs: Family<Run, Counter>,
    seconds: Histogram,
    refused: Counter,
    lost: Counter,
    missed: Counter,
    problems: Gauge,
    next: Gauge,
    success: Family<Job, Gauge>,
    ledger_gauges: LedgerGauges,
    state: Mutex<State>,
}

/// What the ledger has.
#[derive(Debug, Default)]
struct LedgerGauges {
    ready: Gauge<u64, AtomicU64>,
    running: Gauge<u64, AtomicU64>,
    unknown: Gauge<u64, AtomicU64>,
    oldest: Gauge<i64, AtomicI64>,
    throttled: Gauge<u64, AtomicU64>,
    notices_waiting: Gauge<u64, AtomicU64>,
    notices_failed: Gauge<u64, AtomicU64>,
    bytes: Gauge<u64, AtomicU64>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Run {
    job: String,
    outcome: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Job {
    job: String,
}

/// Whether all is well.
#[derive(Debug, Default)]
struct State {
    ready: bool,
    stopping: bool,
    /// When the scheduler has looked last; none where there is none.
    ticked: Option<Instant>,
    ledger_down: Option<String>,
    /// What the scheduler has met when it looked last.
    problems: Vec<String>,
}

impl Figures {
    /// Nothing has happened yet.
    pub(crate) fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        let mut figures = Self {
            ledger,
            clock,
            registry: Registry::with_prefix("exoctl"),
            runs: Family::default(),
            seconds: Histogram::new(exponential_buckets(1.0, 4.0, 8)),
            refused: Counter::default(),
            lost: Counter::default(),
            missed: Counter::default(),
            problems: Gauge::default(),
            next: Gauge::default(),
            success: Family::default(),
            ledger_gauges: LedgerGauges::default(),
            state: Mutex::default(),
        };
        figures.register();
        figures
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("attempts", "Attempts that have ended", self.runs.clone());
        registry.register("attempt_duration_seconds", "How long they took", self.seconds.clone());
        registry.register("results_refused", "Results that came too late", self.refused.clone());
        registry.register("workers_lost", "Runs whose worker was lost", self.lost.clone());
        registry.register(
            "runs_missed",
            "Occurrences that nobody was there for",
            self.missed.clone(),
        );
        registry.register("job_files_wrong", "Job files that are none", self.problems.clone());
        registry.register(
            "next_run_timestamp_seconds",
            "When something is due next",
            self.next.clone(),
        );
        let about = "When a run of the job last did all it should";
        registry.register("job_last_success_timestamp_seconds", about, self.success.clone());
        let ledger = &self.ledger_gauges;
        registry.register("runs_ready", "Runs that wait", ledger.ready.clone());
        registry.register("runs_running", "Runs that somebody works on", ledger.running.clone());
        registry.register(
            "runs_unknown",
            "Runs whose outcome nobody knows",
            ledger.unknown.clone(),
        );
        let about = "For how long the oldest due run has waited";
        registry.register("queue_oldest_ready_seconds", about, ledger.oldest.clone());
        let about = "Tenants that may do less because they were throttled";
        registry.register("tenants_throttled", about, ledger.throttled.clone());
        registry.register(
            "notices_waiting",
            "Notifications to be sent",
            ledger.notices_waiting.clone(),
        );
        registry.register(
            "notices_failed",
            "Notifications given up",
            ledger.notices_failed.clone(),
        );
        registry.register("ledger_bytes", "The size of the ledger", ledger.bytes.clone());
    }

    /// All has started.
    pub(crate) fn is_ready(&self) {
        self.state().ready = true;
    }

    /// No more work is taken on.
    pub(crate) fn stops(&self) {
        self.state().stopping = true;
    }

    /// Looks into the ledger now and then, and tells systemd's watchdog that all is well.
    pub(crate) async fn keep(self: Arc<Self>, mut stopping: Stopping) {
        #[cfg(target_os = "linux")]
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        loop {
            match self.ledger.stats().await {
                Ok(stats) => self.note(&stats),
                Err(error) => self.state().ledger_down = Some(error.to_string()),
            }
            if let Ok(jobs) = self.ledger.jobs().await {
                for job in jobs {
                    if let Some(at) = job.last_success {
                        self.success.get_or_create(&Job { job: job.job }).set(at.as_second());
                    }
                }
            }
            #[cfg(target_os = "linux")]
            if self.health().is_ok() {
                let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
            }
            tokio::select! {
                _ = stopping.stopped() => break,
                () = sleep(LOOK) => {}
            }
        }
        #[cfg(target_os = "linux")]
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    }

    fn note(&self, stats: &Stats) {
        self.state().ledger_down = None;
        let ledger = &self.ledger_gauges;
        ledger.ready.set(stats.ready + stats.admitted);
        ledger.running.set(stats.running);
        ledger.unknown.set(stats.unknown);
        let age = |due: Timestamp| self.clock.now().duration_since(due).as_secs().max(0);
        ledger.oldest.set(stats.oldest_due.map_or(0, age));
        ledger.throttled.set(stats.throttled_tenants);
        ledger.notices_waiting.set(stats.notices_waiting);
        ledger.notices_failed.set(stats.notices_failed);
        ledger.bytes.set(stats.bytes);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Figures {
    fn ticked(&self, tick: &Tick) {
        self.state().ticked = Some(Instant::now());
        self.lost.inc_by(tick.reaped.len() as u64);
        self.missed.inc_by(tick.missed as u64);
        self.problems.set(tick.problems.len() as i64);
        self.next.set(tick.next.map_or(0, Timestamp::as_second));
        let before = std::mem::replace(&mut self.state().problems, tick.problems.clone());
        for problem in tick.problems.iter().filter(|problem| !before.contains(problem)) {
            tracing::warn!(problem, "the scheduler has met something");
        }
        let (ledger, at) = (self.ledger.clone(), tick.at);
        tokio::spawn(async move { downtime::note(&*ledger, at).await });
    }

    fn ended(&self, attempt: &Attempt, ended: &Ended) {
        let outcome = ended.conclusion.word().to_owned();
        let job = attempt.claim.job.clone();
        self.runs.get_or_create(&Run { job, outcome }).inc();
        if !ended.recorded {
            self.refused.inc();
        }
        let took = self.clock.now().duration_since(attempt.began);
        self.seconds.observe(took.as_millis() as f64 / 1000.0);
    }
}

impl Seen for Figures {
    fn health(&self) -> Result<(), String> {
        match self.state().ticked {
            Some(at) if at.elapsed() > SILENCE => {
                Err(format!("the scheduler has not looked for {} s", at.elapsed().as_secs()))
            }
            _ => Ok(()),
        }
    }

    fn readiness(&self) -> Result<(), String> {
        self.health()?;
        let state = self.state();
        match &state.ledger_down {
            _ if state.stopping => Err("it stops".to_owned()),
            _ if !state.ready => Err("it starts".to_owned()),
            Some(why) => Err(why.clone()),
            None => Ok(()),
        }
    }

    fn metrics(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

const LOOK: Duration = Duration::from_secs(10);
/// Three times as long as the scheduler ever waits.
const SILENCE: Duration = Duration::from_secs(90);
