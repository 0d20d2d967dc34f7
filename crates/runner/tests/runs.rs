//! Schedulers and workers on a real ledger, with steps that do what they are told.

#![expect(clippy::unwrap_used, reason = "a scene that cannot be set fails the test")]

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use exoctl_job::Job;
use exoctl_model::{Clock, ManualClock, SystemClock};
use exoctl_runner::{
    Archive, Attempt, Closing, Conclusion, Executor, Jobs, LeaseTimes, Listed, Nobody, Roster,
    Scheduler, SchedulerParts, StepEnd, StepOutcome, StepReport, Stopping, Teller, Tick, Worker,
    WorkerParts,
};
use exoctl_store::{
    Claim, ClaimRequest, History as _, Ledger, LedgerPlace, NewNotice, RunQuery, RunRow, RunState,
    SqlLedger,
};
use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

const READ: &str = r#"
name = "mailboxes"
profiles = ["*"]
schedule = "daily at 02:30 Europe/Berlin"

[[steps]]
cmdlet = "Get-Mailbox"
[[steps]]
cmdlet = "Get-User"
"#;

const ONCE: &str = r#"
name = "mailboxes"
profiles = ["*"]
schedule = "daily at 02:30 Europe/Berlin"

[[steps]]
cmdlet = "New-Mailbox -Name a"
[[steps]]
cmdlet = "Get-User"
"#;

/// A ledger, a clock, and steps whose ends are written down beforehand.
struct Scene {
    clock: Arc<ManualClock>,
    ledger: Arc<SqlLedger>,
    steps: Arc<Script>,
    jobs: Arc<Files>,
    _home: tempfile::TempDir,
}

#[derive(Debug, Default)]
struct Script {
    ends: Mutex<VecDeque<StepEnd>>,
    begun: Mutex<Vec<usize>>,
    /// The step that never ends, and who wants to know that it has begun.
    endless: Mutex<Option<usize>>,
    hangs: Notify,
}

impl Executor for Script {
    fn begin<'a>(&'a self, _: &'a Attempt) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async { Ok("/runs/1".to_owned()) })
    }

    fn step<'a>(&'a self, _: &'a Attempt, index: usize, _: Stopping) -> BoxFuture<'a, StepOutcome> {
        self.begun.lock().unwrap().push(index);
        if *self.endless.lock().unwrap() == Some(index) {
            self.hangs.notify_one();
            return Box::pin(std::future::pending());
        }
        let end = self.ends.lock().unwrap().pop_front().unwrap_or(StepEnd::Exited(0));
        Box::pin(async { end.bare() })
    }

    fn end<'a>(
        &'a self,
        _: &'a Attempt,
        _: &'a [StepReport],
        _: &'a Conclusion,
    ) -> BoxFuture<'a, Closing> {
        Box::pin(async { Closing::default() })
    }

    fn settled<'a>(&'a self, _: &'a Attempt, _: bool) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

#[derive(Debug)]
struct Files(Roster);

impl Jobs for Files {
    fn read(&self) -> Result<Roster, Box<dyn Error + Send + Sync>> {
        Ok(self.0.clone())
    }
}

#[derive(Debug)]
struct Silent;

impl Teller for Silent {
    fn lost(&self, _: &RunRow, _: RunState) -> Vec<NewNotice> {
        Vec::new()
    }

    fn late(&self, _: &Job, _: &str, _: Timestamp, _: Timestamp) -> Vec<NewNotice> {
        Vec::new()
    }
}

impl Archive for Silent {
    fn sweep(&self, _: &Job, _: Timestamp) -> usize {
        0
    }

    fn remove(&self, _: &[RunRow]) {}
}

impl Scene {
    async fn new(definition: &str, profiles: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let place = LedgerPlace::File(home.path().join("ledger.db"));
        let ledger = Arc::new(SqlLedger::open(&place, Arc::new(SystemClock)).await.unwrap());
        // A Saturday; the clocks in Berlin are put forward the night after it.
        let clock = Arc::new(ManualClock::new("2026-03-27T12:00:00Z".parse().unwrap()));
        let job = Job::parse("mailboxes", definition).unwrap();
        let roster = Roster {
            jobs: vec![Listed { job, definition: definition.to_owned() }],
            profiles: profiles.iter().map(|name| (*name).to_owned()).collect(),
            problems: Vec::new(),
        };
        Self { clock, ledger, steps: Arc::default(), jobs: Arc::new(Files(roster)), _home: home }
    }

    fn scheduler(&self) -> Scheduler {
        Scheduler::new(SchedulerParts {
            ledger: self.ledger.clone(),
            jobs: self.jobs.clone(),
            teller: Arc::new(Silent),
            archive: Arc::new(Silent),
            observer: Arc::new(Nobody),
            clock: self.clock.clone(),
            owner: "here/1".to_owned(),
            lease: LeaseTimes::default(),
        })
    }

    async fn tick(&self, scheduler: &mut Scheduler) -> Tick {
        scheduler.tick(self.clock.now()).await.unwrap()
    }

    fn advance(&self, hours: i64) {
        self.clock.advance(SignedDuration::from_hours(hours));
    }

    /// Takes what is due and works on it, with these ends of its steps. How many attempts that were.
    async fn work(&self, ends: &[StepEnd]) -> usize {
        self.steps.ends.lock().unwrap().extend(ends.iter().cloned());
        let worker = self.worker();
        let claims = self.claim(Duration::from_mins(1)).await;
        for claim in &claims {
            worker.work(claim.clone(), Instant::now()).await;
        }
        claims.len()
    }

    /// Takes the run that is due and is lost in a step of it. What becomes of the run.
    async fn is_lost_in(&self, step: usize) -> RunState {
        *self.steps.endless.lock().unwrap() = Some(step);
        let claim = self.claim(Duration::ZERO).await.remove(0);
        let worker = self.worker();
        tokio::select! {
            _ = worker.work(claim, Instant::now()) => panic!("it never ends"),
            () = self.steps.hangs.notified() => {}
        }
        *self.steps.endless.lock().unwrap() = None;
        self.reap().await
    }

    /// Judges a run whose lease was over at once.
    async fn reap(&self) -> RunState {
        loop {
            let reaped = self.ledger.reap(10, &|_, _| Vec::new(), self.clock.now()).await.unwrap();
            if let [one] = &reaped[..] {
                return one.state;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn claim(&self, lease: Duration) -> Vec<Claim> {
        let wanted = ClaimRequest { owner: "here/1".to_owned(), limit: 100, lease };
        self.ledger.claim(&wanted, self.clock.now()).await.unwrap()
    }

    fn worker(&self) -> Worker {
        Worker::new(WorkerParts {
            ledger: self.ledger.clone(),
            executor: self.steps.clone(),
            observer: Arc::new(Nobody),
            clock: self.clock.clone(),
            lease: LeaseTimes::default(),
        })
    }

    /// The runs, the oldest first, as occurrence, state and attempts.
    async fn runs(&self) -> Vec<String> {
        let mut rows = self.ledger.runs(&RunQuery::default()).await.unwrap();
        rows.sort_by(|one, other| one.key.cmp(&other.key));
        let text = |row: &RunRow| format!("{} {} {}", &row.key[10..], row.state, row.attempt);
        rows.iter().map(text).collect()
    }

    fn begun(&self) -> Vec<usize> {
        std::mem::take(&mut self.steps.begun.lock().unwrap())
    }
}

#[tokio::test]
async fn two_schedulers_make_each_run_once_and_what_was_missed_is_made_up_for() {
    let scene = Scene::new(READ, &["contoso", "fabrikam"]).await;
    let (mut one, mut other) = (scene.scheduler(), scene.scheduler());
    assert_eq!(scene.tick(&mut one).await.created, 0, "a new job has no past");
    scene.advance(14);
    let (first, second) = (scene.tick(&mut one).await, scene.tick(&mut other).await);
    assert_eq!((first.created, second.created), (2, 0));
    // 02:30 in Berlin is 01:30 UTC in winter; the next night it does not exist, and it is 03:00, 01:00 UTC.
    assert_eq!(first.next, Some("2026-03-29T01:00:00Z".parse().unwrap()));
    assert_eq!(scene.work(&[]).await, 2);

    // Off for three nights: of what was missed, the latest is run.
    scene.advance(72);
    let tick = scene.tick(&mut other).await;
    assert_eq!((tick.created, tick.skipped, tick.missed), (2, 4, 6));
    assert!(tick.jump.is_some_and(|jump| jump > SignedDuration::from_hours(71)), "{:?}", tick.jump);
    scene.work(&[]).await;
    let contoso: Vec<String> =
        scene.runs().await.into_iter().filter(|run| run.contains("contoso")).collect();
    assert_eq!(
        contoso,
        [
            "2026-03-28T01:30:00Z/contoso done 1",
            "2026-03-29T01:00:00Z/contoso skipped 0",
            "2026-03-30T00:30:00Z/contoso skipped 0",
            "2026-03-31T00:30:00Z/contoso done 1",
        ]
    );
}

#[tokio::test]
async fn what_is_not_available_is_tried_again_when_its_wait_is_over() {
    let scene = Scene::new(READ, &["contoso"]).await;
    let mut scheduler = scene.scheduler();
    scene.tick(&mut scheduler).await;
    scene.advance(14);
    scene.tick(&mut scheduler).await;
    assert_eq!(scene.work(&[StepEnd::Exited(7)]).await, 1);
    assert_eq!(scene.runs().await, ["2026-03-28T01:30:00Z/contoso ready 1"]);
    assert_eq!(scene.work(&[]).await, 0, "the wait is not over");
    scene.advance(1);
    assert_eq!(scene.work(&[]).await, 1);
    assert_eq!(scene.runs().await, ["2026-03-28T01:30:00Z/contoso done 2"]);
    assert_eq!(scene.begun(), [0, 0, 1], "what may be repeated is, from the beginning");
}

#[tokio::test]
async fn a_step_that_must_not_be_done_twice_is_not() {
    let scene = Scene::new(ONCE, &["contoso"]).await;
    let mut scheduler = scene.scheduler();
    scene.tick(&mut scheduler).await;
    scene.advance(14);
    scene.tick(&mut scheduler).await;
    // It was done; the step after it was not, twice.
    scene.work(&[StepEnd::Exited(0), StepEnd::Exited(75)]).await;
    scene.advance(1);
    scene.work(&[StepEnd::Exited(75)]).await;
    scene.advance(1);
    scene.work(&[]).await;
    assert_eq!(scene.begun(), [0, 1, 1, 1]);
    assert_eq!(scene.runs().await, ["2026-03-28T01:30:00Z/contoso done 3"]);

    // The next night it is killed in the middle.
    scene.advance(24);
    scene.tick(&mut scheduler).await;
    scene.work(&[StepEnd::Killed(9)]).await;
    assert_eq!(scene.runs().await[1], "2026-03-29T01:00:00Z/contoso unknown 1");
}

#[tokio::test]
async fn a_worker_that_has_lost_its_run_changes_nothing() {
    let scene = Scene::new(READ, &["contoso"]).await;
    let mut scheduler = scene.scheduler();
    scene.tick(&mut scheduler).await;
    scene.advance(14);
    scene.tick(&mut scheduler).await;
    let taken = scene.claim(Duration::ZERO).await;
    // Its lease was over at once; whoever looks gives the run to somebody else.
    assert_eq!(scene.reap().await, RunState::Ready);
    let ended = scene.worker().work(taken[0].clone(), Instant::now()).await;
    assert!(!ended.recorded);
    assert_eq!(scene.begun(), Vec::<usize>::new(), "no step is begun that cannot be written down");
    assert_eq!(scene.work(&[]).await, 1);
    assert_eq!(scene.runs().await, ["2026-03-28T01:30:00Z/contoso done 2"]);
}

#[tokio::test]
async fn only_a_step_that_must_not_be_done_twice_leaves_nobody_knowing() {
    let definition = ONCE
        .replace("New-Mailbox -Name a", "Get-Mailbox")
        .replace("Get-User", "New-Mailbox -Name a");
    let scene = Scene::new(&definition, &["contoso"]).await;
    let mut scheduler = scene.scheduler();
    scene.tick(&mut scheduler).await;
    scene.advance(14);
    scene.tick(&mut scheduler).await;
    assert_eq!(scene.is_lost_in(0).await, RunState::Ready, "it has only read");
    assert_eq!(scene.is_lost_in(1).await, RunState::Unknown);
    assert_eq!(scene.begun(), [0, 0, 1]);
}

#[tokio::test]
async fn a_clock_that_was_a_year_ahead_does_not_silence_a_job_for_a_year() {
    let scene = Scene::new(READ, &["contoso"]).await;
    let mut scheduler = scene.scheduler();
    scene.tick(&mut scheduler).await;
    scene.advance(24 * 365);
    scene.tick(&mut scheduler).await;
    scene.work(&[]).await;
    scene.advance(-24 * 365);
    assert_eq!(scene.tick(&mut scheduler).await.created, 0, "it begins anew");
    scene.advance(14);
    assert_eq!(scene.tick(&mut scheduler).await.created, 1);
}
