//! Many at once, and anything in any order.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use exoctl_store::{
    ClaimOutcome, End, Fence, Finish, FinishOutcome, History as _, Ledger as _, NewOccurrence,
    Overlap, Renewal, RunId, RunQuery, RunState, Throttled,
};
use fastrand::Rng;
use jiff::SignedDuration;

use crate::bench::{Bench, contract, worker};

contract!(whatever_happens_the_ledger_agrees, many_who_claim_never_get_the_same);

/// Eight at once take and end what there is, while two write down the same occurrences again.
async fn many_who_claim_never_get_the_same(bench: &Bench) {
    let tenants: Vec<String> = (0..40).map(|number| format!("t{number}")).collect();
    let occurrences: Vec<_> = (0..3)
        .map(|job| NewOccurrence::of(&format!("job{job}"), bench.now(), tenants.clone()))
        .collect();
    let mut at_once = Vec::new();
    for _ in 0..2 {
        let (ledger, occurrences, now) = (bench.again().await, occurrences.clone(), bench.now());
        at_once.push(tokio::spawn(async move {
            for new in &occurrences {
                ledger.create(new, now).await.unwrap();
            }
            Vec::new()
        }));
    }
    for number in 0..8 {
        let (ledger, now) = (bench.again().await, bench.now());
        at_once.push(tokio::spawn(async move {
            let mut had = Vec::new();
            // Long enough that the last has been written down.
            for _ in 0..40 {
                for claim in ledger.claim(&worker(&number.to_string(), 3), now).await.unwrap() {
                    let end = ledger.finish(claim.run, claim.fence, &Finish::done(0), now).await;
                    assert_eq!(end.unwrap(), FinishOutcome::Recorded(RunState::Done));
                    had.push(claim.run);
                }
            }
            had
        }));
    }
    let mut had = Vec::new();
    for one in at_once {
        had.extend(one.await.unwrap());
    }
    had.extend(drain(bench).await);
    let different: HashSet<_> = had.iter().collect();
    assert_eq!((had.len(), different.len()), (120, 120));
    bench.agrees().await;
}

/// Ends everything that is left.
async fn drain(bench: &Bench) -> Vec<RunId> {
    let mut ended = Vec::new();
    loop {
        let claims = bench.claim(50).await;
        if claims.is_empty() {
            return ended;
        }
        for claim in claims {
            bench
                .ledger
                .finish(claim.run, claim.fence, &Finish::done(0), bench.now())
                .await
                .unwrap();
            ended.push(claim.run);
        }
    }
}

/// What is known of a ledger to which anything happens.
#[derive(Default)]
struct Model {
    /// Every claim that was ever given, the last of each run last.
    claims: Vec<(RunId, Fence)>,
    /// The claims that are still good, and the tenant and job of each.
    held: HashMap<RunId, (Fence, String, String)>,
    /// Claims that have come to an end.
    ended: HashSet<(RunId, Fence)>,
    created: usize,
}

async fn whatever_happens_the_ledger_agrees(bench: &Bench) {
    for seed in 0..4 {
        let mut rng = Rng::with_seed(seed);
        let mut model = Model::default();
        let before = bench.ledger.runs(&everything()).await.unwrap().len();
        for _ in 0..80 {
            happen(bench, &mut rng, &mut model).await;
            let wrong = bench.ledger.check().await.unwrap();
            assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
        }
        settle(bench).await;
        let runs = bench.ledger.runs(&everything()).await.unwrap();
        assert_eq!(runs.len() - before, model.created, "seed {seed}");
        assert!(runs.iter().all(|run| run.state.is_final()), "seed {seed}");
    }
}

fn everything() -> RunQuery {
    RunQuery { limit: 100_000, ..RunQuery::default() }
}

/// Lets everything that is left come to its end.
async fn settle(bench: &Bench) {
    for name in ["a", "b", "c"] {
        bench.ledger.resume_job(name, bench.now()).await.unwrap();
        bench.ledger.resume_tenant(name, bench.now()).await.unwrap();
    }
    for _ in 0..20 {
        bench.pass(3600);
        bench.ledger.withdraw(bench.now(), bench.now()).await.unwrap();
        bench.ledger.reap(100, &|_, _| Vec::new(), bench.now()).await.unwrap();
        drain(bench).await;
    }
}

async fn happen(bench: &Bench, rng: &mut Rng, model: &mut Model) {
    let ledger = &bench.ledger;
    let now = bench.now();
    let names = ["a", "b", "c"];
    let name = *rng.choice(&names).unwrap();
    match rng.u8(0..16) {
        0..=2 => {
            let mut new = NewOccurrence::of(name, now, names);
            new.overlap = *rng.choice(&[Overlap::Skip, Overlap::Queue, Overlap::Replace]).unwrap();
            new.max_crashes = 100;
            for run in &mut new.runs {
                run.due_at = now + SignedDuration::from_secs(rng.i64(0..200));
            }
            let created = ledger.create(&new, now).await.unwrap();
            model.created += created.runs.len();
        }
        3..=4 => bench.pass(rng.i64(1..40)),
        5..=7 => {
            for claim in ledger.claim(&worker("w", rng.usize(1..5)), now).await.unwrap() {
                assert!(claim.due_at <= now);
                model.take(claim.run, claim.fence, &claim.tenant, &claim.job);
            }
        }
        8 => {
            for admitted in ledger.admit(2, now).await.unwrap() {
                if rng.bool() {
                    let taken = ledger.claim_run(admitted.run, &worker("w", 1), now).await.unwrap();
                    let ClaimOutcome::Claimed(claim) = taken else { panic!("{taken:?}") };
                    model.take(claim.run, claim.fence, &claim.tenant, &claim.job);
                }
            }
        }
        9..=11 if !model.claims.is_empty() => end(bench, rng, model).await,
        12 => {
            for lost in ledger.reap(100, &|_, _| Vec::new(), now).await.unwrap() {
                assert!(model.held.remove(&lost.run).is_some());
            }
        }
        13 if rng.bool() => ledger.pause_job(name, "x", None, now).await.unwrap(),
        13 => ledger.pause_tenant(name, "x", None, now).await.unwrap(),
        14 => {
            ledger.resume_job(name, now).await.unwrap();
            ledger.resume_tenant(rng.choice(&names).unwrap(), now).await.unwrap();
        }
        _ => {
            let runs = ledger.runs(&everything()).await.unwrap();
            if let Some(run) = rng.choice(&runs) {
                ledger.cancel(run.id, "x", now).await.unwrap();
            }
            ledger.withdraw(now, now).await.unwrap();
        }
    }
}

/// Somebody who has, or had, a run writes about it.
async fn end(bench: &Bench, rng: &mut Rng, model: &mut Model) {
    let ledger = &bench.ledger;
    let now = bench.now();
    let (run, fence) = *rng.choice(&model.claims).unwrap();
    let good = model.held.get(&run).is_some_and(|(held, ..)| *held == fence);
    if rng.u8(0..4) == 0 {
        let renewed = ledger.renew(run, fence, Duration::from_mins(1)).await.unwrap();
        assert_eq!(renewed != Renewal::Stale, good);
        return;
    }
    if rng.u8(0..4) == 0 {
        assert_eq!(ledger.release(run, fence, now).await.unwrap(), good);
    } else {
        let until = Some(now + SignedDuration::from_secs(rng.i64(1..60)));
        let retry = End::Retry { at: now + SignedDuration::from_secs(rng.i64(0..60)) };
        let finish = Finish {
            end: if rng.bool() { retry } else { End::Final(RunState::Failed) },
            throttled: rng.bool().then_some(Throttled { until }),
            ..Finish::done(1)
        };
        let ended = ledger.finish(run, fence, &finish, now).await.unwrap();
        // Nobody has had the run since: the end is there, whoever asks again.
        let last = model.claims.iter().rfind(|(known, _)| *known == run);
        let again = model.ended.contains(&(run, fence)) && last == Some(&(run, fence));
        assert_eq!(ended != FinishOutcome::Stale, good || again);
        if good {
            model.ended.insert((run, fence));
        }
    }
    if good {
        model.held.remove(&run);
    }
}

impl Model {
    fn take(&mut self, run: RunId, fence: Fence, tenant: &str, job: &str) {
        let last = self.claims.iter().rev().find(|(known, _)| *known == run);
        assert!(last.is_none_or(|(_, last)| *last < fence), "{run}: {fence}");
        self.claims.push((run, fence));
        let held = (fence, tenant.to_owned(), job.to_owned());
        assert!(self.held.insert(run, held).is_none(), "{run} is held twice");
        let of = |a: &str, b: Option<&str>| {
            self.held.values().filter(|(_, t, j)| t == a && b.is_none_or(|b| j == b)).count()
        };
        assert_eq!(of(tenant, Some(job)), 1, "{tenant} has two of {job}");
        assert!(of(tenant, None) <= 2, "{tenant} has more than it may");
    }
}
