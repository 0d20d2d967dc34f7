//! What every ledger does with runs, tried on both.

use std::time::Duration;

use exoctl_store::{
    Effect, End, Finish, FinishOutcome, History as _, Ledger as _, NewOccurrence, Overlap, Renewal,
    RunState, StepRow,
};
use jiff::SignedDuration;

use crate::bench::{Bench, contract};

contract!(
    an_occurrence_is_created_once,
    a_claim_is_for_one_and_a_stale_end_is_refused,
    a_lost_worker_is_judged_by_what_its_run_does,
    a_tenant_has_no_more_runs_than_it_may,
    overlaps_are_skipped_queued_or_replaced,
);

async fn an_occurrence_is_created_once(bench: &Bench) {
    let now = bench.now();
    let new = NewOccurrence::of("nightly", now, ["b", "a", "c"]);
    let first = bench.ledger.create(&new, now).await.unwrap();
    assert_eq!((first.runs.len(), first.existing), (3, 0));
    let second = bench.again().await.create(&new, now).await.unwrap();
    assert_eq!((second.runs.len(), second.existing), (0, 3));
    let decided = bench.ledger.decided("nightly").await.unwrap();
    assert_eq!(
        decided.into_iter().collect::<Vec<_>>(),
        ["a", "b", "c"].map(|t| (t.to_owned(), now))
    );
    // An older decision does not undo a later one.
    bench
        .ledger
        .decide("nightly", &["a".into()], now - SignedDuration::from_hours(1))
        .await
        .unwrap();
    assert_eq!(bench.ledger.decided("nightly").await.unwrap()["a"], now);
    let right = now - SignedDuration::from_hours(25);
    bench.ledger.decide("nightly", &["a".into()], right).await.unwrap();
    assert_eq!(bench.ledger.decided("nightly").await.unwrap()["a"], right, "the clock was wrong");
    bench.agrees().await;
}

async fn a_claim_is_for_one_and_a_stale_end_is_refused(bench: &Bench) {
    let [run] = bench.due("nightly", &["contoso"]).await[..] else { panic!() };
    let claim = bench.claim(5).await.pop().unwrap();
    assert_eq!((claim.run, claim.attempt, claim.job.as_str()), (run, 1, "nightly"));
    assert_eq!(claim.key, "nightly/2026-03-01T02:00:00Z/contoso");
    assert_eq!(bench.claim(5).await, []);
    bench.agrees().await;

    let second = StepRow { number: 2, exit_code: Some(0), ..step(bench) };
    for begun in [&step(bench), &second] {
        assert!(bench.ledger.put_step(run, claim.fence, begun).await.unwrap());
    }

    bench.pass(61);
    let reaped = bench.ledger.reap(10, &|_, _| Vec::new(), bench.now()).await.unwrap();
    assert_eq!((reaped[0].run, reaped[0].state), (run, RunState::Ready));
    let lease = Duration::from_mins(1);
    assert_eq!(bench.ledger.renew(run, claim.fence, lease).await.unwrap(), Renewal::Stale);
    let late = bench.ledger.finish(run, claim.fence, &Finish::done(0), bench.now()).await.unwrap();
    assert_eq!(late, FinishOutcome::Stale, "before anybody else has it");
    let again = bench.claim(5).await.pop().unwrap();
    assert!(again.run == run && again.fence > claim.fence && again.attempt == 2);
    let end = |claim: &exoctl_store::Claim| (claim.run, claim.fence);
    let (id, fence) = end(&claim);
    let stale = bench.ledger.finish(id, fence, &Finish::done(0), bench.now()).await.unwrap();
    assert_eq!(stale, FinishOutcome::Stale);
    assert!(!bench.ledger.put_place(id, fence, "there").await.unwrap());
    assert!(!bench.ledger.put_step(id, fence, &step(bench)).await.unwrap());
    assert!(!bench.ledger.release(id, fence, bench.now()).await.unwrap());

    let (id, fence) = end(&again);
    assert!(bench.ledger.put_place(id, fence, "there").await.unwrap());
    assert!(bench.ledger.put_step(id, fence, &step(bench)).await.unwrap());
    let held = bench.ledger.renew(id, fence, lease).await.unwrap();
    assert_eq!(held, Renewal::Held { cancel: None });
    let done = bench.ledger.finish(id, fence, &Finish::done(0), bench.now()).await.unwrap();
    assert_eq!(done, FinishOutcome::Recorded(RunState::Done));
    // Whoever did not hear the answer asks again.
    let twice = bench.ledger.finish(id, fence, &Finish::done(1), bench.now()).await.unwrap();
    assert_eq!(twice, FinishOutcome::Recorded(RunState::Done));
    let row = bench.ledger.run(run).await.unwrap().unwrap();
    assert_eq!((row.exit_code, row.crashes, row.place.as_deref()), (Some(0), 1, Some("there")));
    let outcomes = bench.ledger.attempts(run).await.unwrap();
    let outcomes: Vec<_> = outcomes.iter().map(|a| a.outcome.as_deref().unwrap()).collect();
    assert_eq!(outcomes, ["lost", "done"]);
    // The second attempt did not come to the second step, which the first had done.
    assert_eq!(bench.ledger.steps(run).await.unwrap(), [step(bench), second]);
    bench.agrees().await;
}

fn step(bench: &Bench) -> StepRow {
    StepRow {
        number: 1,
        name: "Get-Mailbox".into(),
        started_at: bench.now(),
        ended_at: None,
        exit_code: None,
        log: Some("1.log".into()),
        summary: serde_json::json!({"rows": 3}),
    }
}

async fn a_lost_worker_is_judged_by_what_its_run_does(bench: &Bench) {
    let now = bench.now();
    for (job, effect) in [("read", Effect::Read), ("once", Effect::Once)] {
        let new = NewOccurrence { effect, max_crashes: 2, ..NewOccurrence::of(job, now, ["t"]) };
        bench.ledger.create(&new, now).await.unwrap();
    }
    let mut seen = Vec::new();
    for _ in 0..4 {
        for claim in bench.claim(5).await {
            // Its first worker is lost before it has begun anything.
            if claim.attempt > 1 || claim.job == "read" {
                bench.ledger.put_step(claim.run, claim.fence, &step(bench)).await.unwrap();
            }
        }
        bench.pass(61);
        let reaped = bench.ledger.reap(10, &|_, _| Vec::new(), bench.now()).await.unwrap();
        seen.extend(reaped.into_iter().map(|one| (one.job, one.state)));
    }
    seen.sort();
    let expected = [
        ("once", RunState::Ready),
        ("once", RunState::Unknown),
        ("read", RunState::Ready),
        ("read", RunState::Crashed),
    ];
    assert_eq!(seen, expected.map(|(job, state)| (job.to_owned(), state)));
    bench.agrees().await;
}

async fn a_tenant_has_no_more_runs_than_it_may(bench: &Bench) {
    for job in ["a", "b", "c", "d"] {
        bench.due(job, &["big", "small"]).await;
    }
    let claims = bench.claim(100).await;
    let tenants: Vec<_> = claims.iter().map(|claim| claim.tenant.as_str()).collect();
    assert_eq!(tenants, ["big", "small", "big", "small"]);
    bench.ledger.limit_tenants(&["big".into()], 3).await.unwrap();
    let more = bench.claim(100).await;
    assert_eq!(more.iter().map(|claim| claim.tenant.as_str()).collect::<Vec<_>>(), ["big"]);
    bench.agrees().await;
}

async fn overlaps_are_skipped_queued_or_replaced(bench: &Bench) {
    for (overlap, later, earlier, told) in [
        (Overlap::Skip, RunState::Skipped, RunState::Running, false),
        (Overlap::Queue, RunState::Ready, RunState::Running, false),
        (Overlap::Replace, RunState::Ready, RunState::Running, true),
    ] {
        let job = format!("{overlap:?}").to_lowercase();
        let [first] = bench.due(&job, &["t"]).await[..] else { panic!() };
        let claim = bench.claim(5).await.pop().unwrap();
        bench.pass(60);
        let new = NewOccurrence { overlap, ..NewOccurrence::of(&job, bench.now(), ["t"]) };
        let second = bench.ledger.create(&new, bench.now()).await.unwrap().runs.remove(0);
        assert_eq!((bench.state(first).await, second.state), (earlier, later), "{job}");
        let lease = Duration::from_mins(1);
        let Renewal::Held { cancel } = bench.ledger.renew(first, claim.fence, lease).await.unwrap()
        else {
            panic!()
        };
        assert_eq!(cancel.is_some(), told, "{job}");
        assert_eq!(bench.claim(5).await, [], "never two of one job and tenant");
        let retry = Finish { end: End::Retry { at: bench.now() }, ..Finish::done(7) };
        let state = bench.ledger.finish(first, claim.fence, &retry, bench.now()).await.unwrap();
        let state =
            FinishOutcome::Recorded(if told { RunState::Cancelled } else { RunState::Ready })
                == state;
        assert!(state, "{job}");
        for claim in bench.claim(5).await {
            bench
                .ledger
                .finish(claim.run, claim.fence, &Finish::done(0), bench.now())
                .await
                .unwrap();
        }
        for claim in bench.claim(5).await {
            bench
                .ledger
                .finish(claim.run, claim.fence, &Finish::done(0), bench.now())
                .await
                .unwrap();
        }
        bench.agrees().await;
    }
}
