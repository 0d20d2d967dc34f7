//! A day of many tenants: real statements, a real store, and a clock that is moved from event to event.
//!
//! Each tenant has one job a day, all at the same instant and spread over an hour. Some tenants are slow
//! and greedy: they have many jobs, which take long. Some workers are lost in the middle of a run.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use exoctl_model::{Clock as _, ManualClock};
use exoctl_store::{
    Claim, ClaimRequest, Fence, Finish, FinishOutcome, Ledger as _, NewOccurrence, NewRun, Renewal,
    RunId, SqlLedger,
};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

/// What kind of day.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    /// How many tenants, each with one job.
    pub(crate) tenants: usize,
    /// How many of them are slow and greedy.
    pub(crate) slow: usize,
    /// How many jobs more those have.
    pub(crate) more_jobs: usize,
    /// How long their runs take, in seconds.
    pub(crate) slow_length: i64,
    /// How many runs a worker does at once.
    pub(crate) hands: usize,
    /// Of a thousand attempts, how many lose their worker.
    pub(crate) lost: u32,
    /// Of everything that is left to chance.
    pub(crate) seed: u64,
}

/// How it went.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// Runs that were made.
    pub(crate) runs: usize,
    /// How often one was begun.
    pub(crate) claims: usize,
    /// Attempts whose worker was lost.
    pub(crate) lost: usize,
    /// How long the other tenants' runs waited after they were due, in seconds, sorted.
    pub(crate) waits: Vec<i64>,
    /// How long those of the slow tenants waited.
    pub(crate) slow_waits: Vec<i64>,
    /// How long it took to write down an occurrence for all tenants.
    pub(crate) fan_out: Duration,
    /// How long the day took.
    pub(crate) wall: Duration,
    /// How long the clock was moved.
    pub(crate) simulated: SignedDuration,
}

impl Report {
    /// So many of a hundred runs waited no longer.
    pub(crate) fn percentile(waits: &[i64], of_hundred: usize) -> i64 {
        let last = waits.len().saturating_sub(1);
        waits.get(last * of_hundred / 100).copied().unwrap_or(0)
    }
}

const LEASE: Duration = Duration::from_mins(1);
const HEARTBEAT: i64 = 15;
const TICK: i64 = 30;
const CAP: usize = 2;

/// What happens at an instant, in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    End { worker: usize, run: RunId, fence: Fence },
    Renew { worker: usize, run: RunId, fence: Fence, until: i64 },
    Due,
    Tick,
}

struct Simulation<'a> {
    day: &'a Day,
    clock: &'a ManualClock,
    rng: Rng,
    events: BinaryHeap<Reverse<(i64, Event)>>,
    /// How many runs each worker has, and each tenant.
    busy: Vec<usize>,
    tenants: HashMap<String, usize>,
    fences: HashMap<RunId, Fence>,
    held: HashMap<RunId, (usize, String)>,
    open: usize,
    report: Report,
}

/// Lets the day pass, a worker for each ledger.
pub(crate) async fn pass(day: &Day, ledgers: &[Arc<SqlLedger>], clock: &ManualClock) -> Report {
    let began = Instant::now();
    let start = clock.now();
    let mut simulation = Simulation {
        day,
        clock,
        rng: Rng::with_seed(day.seed),
        events: BinaryHeap::new(),
        busy: vec![0; ledgers.len()],
        tenants: HashMap::new(),
        fences: HashMap::new(),
        held: HashMap::new(),
        open: 0,
        report: Report::default(),
    };
    simulation.schedule(&ledgers[0]).await;
    while simulation.open > 0 {
        simulation.step(ledgers).await;
    }
    let mut report = simulation.report;
    report.simulated = clock.now().duration_since(start);
    report.wall = began.elapsed();
    report.waits.sort_unstable();
    report.slow_waits.sort_unstable();
    report
}

impl Simulation<'_> {
    /// Writes down everything that is due today.
    async fn schedule(&mut self, ledger: &SqlLedger) {
        let now = self.clock.now();
        let jitters: Vec<i64> = (0..self.day.tenants).map(|_| self.rng.i64(0..3600)).collect();
        for job in 0..=self.day.more_jobs {
            let tenants = if job == 0 { self.day.tenants } else { self.day.slow };
            let run = |tenant: usize| NewRun {
                tenant: format!("tenant-{tenant:05}"),
                due_at: now + SignedDuration::from_secs(jitters[tenant]),
                skip: None,
            };
            let new = NewOccurrence {
                runs: (0..tenants).map(run).collect(),
                max_crashes: 100,
                definition: "name = \"nightly\"".to_owned(),
                ..NewOccurrence::of(&format!("job-{job:02}"), now, Vec::<String>::new())
            };
            let began = Instant::now();
            let created = ledger.create(&new, now).await.unwrap();
            if job == 0 {
                self.report.fan_out = began.elapsed();
            }
            // A second scheduler decides the same, and nothing comes of it.
            assert_eq!(ledger.create(&new, now).await.unwrap().existing, tenants);
            assert_eq!(created.runs.len(), tenants);
            self.open += tenants;
        }
        self.report.runs = self.open;
        let start = now.as_second();
        self.events.extend(jitters.iter().map(|jitter| Reverse((start + jitter, Event::Due))));
        self.events.push(Reverse((start, Event::Tick)));
    }

    /// Everything of the next instant, then whoever has a hand free takes what is due.
    async fn step(&mut self, ledgers: &[Arc<SqlLedger>]) {
        let Some(Reverse((at, first))) = self.events.pop() else {
            panic!("{} runs are open and nothing will happen", self.open)
        };
        let now = Timestamp::from_second(at).unwrap();
        self.clock.advance(now.duration_since(self.clock.now()));
        let mut ends: BTreeMap<usize, Vec<(RunId, Fence)>> = BTreeMap::new();
        let mut event = Some(first);
        while let Some(happens) = event {
            match happens {
                Event::End { worker, run, fence } => {
                    ends.entry(worker).or_default().push((run, fence));
                }
                Event::Renew { worker, run, fence, until } => {
                    let held = ledgers[worker].renew(run, fence, LEASE).await.unwrap();
                    assert_eq!(held, Renewal::Held { cancel: None });
                    self.work_on(worker, run, fence, at, until);
                }
                Event::Due => {}
                Event::Tick => {
                    self.reap(&ledgers[0], now).await;
                    self.events.push(Reverse((at + TICK, Event::Tick)));
                }
            }
            let more = self.events.peek().is_some_and(|Reverse((next, _))| *next == at);
            event = if more { self.events.pop().map(|Reverse((_, event))| event) } else { None };
        }
        self.end(ledgers, ends, now).await;
        self.claim(ledgers, now).await;
    }

    /// Each worker writes its ends, all workers at once.
    async fn end(
        &mut self,
        ledgers: &[Arc<SqlLedger>],
        ends: BTreeMap<usize, Vec<(RunId, Fence)>>,
        now: Timestamp,
    ) {
        let mut at_once = Vec::new();
        for (worker, ends) in ends {
            for (run, _) in &ends {
                self.let_go(*run);
            }
            self.open -= ends.len();
            let ledger = ledgers[worker].clone();
            at_once.push(tokio::spawn(async move {
                for (run, fence) in ends {
                    let end = ledger.finish(run, fence, &Finish::done(0), now).await.unwrap();
                    assert!(matches!(end, FinishOutcome::Recorded(_)), "{run}: {end:?}");
                }
            }));
        }
        for one in at_once {
            one.await.unwrap();
        }
    }

    /// Each worker takes as many as it has hands free, all workers at once.
    async fn claim(&mut self, ledgers: &[Arc<SqlLedger>], now: Timestamp) {
        let mut at_once = Vec::new();
        for (worker, ledger) in ledgers.iter().enumerate() {
            let limit = self.day.hands - self.busy[worker];
            if limit == 0 {
                continue;
            }
            let wanted = ClaimRequest { owner: format!("worker-{worker}"), limit, lease: LEASE };
            let ledger = ledger.clone();
            at_once.push(tokio::spawn(async move {
                (worker, ledger.claim(&wanted, now).await.unwrap())
            }));
        }
        for one in at_once {
            let (worker, claims) = one.await.unwrap();
            for claim in claims {
                self.begin(worker, &claim, now);
            }
        }
    }

    fn begin(&mut self, worker: usize, claim: &Claim, now: Timestamp) {
        assert!(claim.due_at <= now, "{} was claimed before it was due", claim.key);
        let before = self.fences.insert(claim.run, claim.fence);
        assert!(before.is_none_or(|before| before < claim.fence), "{}", claim.key);
        assert_eq!(before.is_some(), claim.attempt > 1, "{} was begun twice", claim.key);
        let running = self.tenants.entry(claim.tenant.clone()).or_default();
        *running += 1;
        assert!(*running <= CAP, "{} has {running} running", claim.tenant);
        self.busy[worker] += 1;
        assert!(self.busy[worker] <= self.day.hands);
        let twice = self.held.insert(claim.run, (worker, claim.tenant.clone()));
        assert!(twice.is_none(), "{} runs twice at once", claim.key);
        self.report.claims += 1;

        let number: usize = claim.tenant["tenant-".len()..].parse().unwrap();
        let slow = number < self.day.slow;
        if claim.attempt == 1 {
            let wait = now.duration_since(claim.due_at).as_secs();
            if slow { &mut self.report.slow_waits } else { &mut self.report.waits }.push(wait);
        }
        if self.rng.u32(0..1000) < self.day.lost {
            self.report.lost += 1;
            return;
        }
        let length = if slow { self.day.slow_length } else { self.length() };
        let at = now.as_second();
        self.work_on(worker, claim.run, claim.fence, at, at + length);
    }

    /// The next thing that a worker does about a run.
    fn work_on(&mut self, worker: usize, run: RunId, fence: Fence, at: i64, until: i64) {
        let next = if until - at > HEARTBEAT {
            (at + HEARTBEAT, Event::Renew { worker, run, fence, until })
        } else {
            (until, Event::End { worker, run, fence })
        };
        self.events.push(Reverse(next));
    }

    /// Six seconds in the middle, a minute now and then: log-normal.
    fn length(&mut self) -> i64 {
        let normal: f64 = (0..12).map(|_| self.rng.f64()).sum::<f64>() - 6.0;
        (6.0 * (0.8 * normal).exp()).ceil().max(1.0) as i64
    }

    async fn reap(&mut self, ledger: &SqlLedger, now: Timestamp) {
        for lost in ledger.reap(1000, &|_, _| Vec::new(), now).await.unwrap() {
            self.let_go(lost.run);
        }
    }

    fn let_go(&mut self, run: RunId) {
        let (worker, tenant) = self.held.remove(&run).unwrap();
        self.busy[worker] -= 1;
        *self.tenants.get_mut(&tenant).unwrap() -= 1;
    }
}
