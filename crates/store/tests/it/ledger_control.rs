//! What people want of a ledger, and who has which duty.

use std::time::Duration;

use exoctl_store::{
    CancelOutcome, ClaimOutcome, End, Finish, FinishOutcome, History as _, Ledger as _,
    NewOccurrence, Refusal, Renewal, RunState, Throttled,
};
use jiff::SignedDuration;

use crate::bench::{Bench, contract, worker};

contract!(
    what_is_paused_does_not_begin,
    a_run_that_is_cancelled_ends,
    a_throttled_tenant_does_less_for_a_while,
    one_process_has_a_duty,
    a_certain_run_is_taken_if_it_may_begin,
    what_nobody_takes_is_offered_again_or_taken_back,
    an_unknown_outcome_is_said_by_somebody,
);

async fn what_is_paused_does_not_begin(bench: &Bench) {
    let (ledger, now) = (&bench.ledger, bench.now());
    bench.due("nightly", &["a", "b"]).await;
    ledger.pause_job("nightly", "root", Some("holiday"), now).await.unwrap();
    assert_eq!(bench.claim(5).await, []);
    ledger.pause_tenant("a", "root", None, now).await.unwrap();
    assert!(ledger.resume_job("nightly", now).await.unwrap());
    assert!(!ledger.resume_job("nightly", now).await.unwrap());
    let claims = bench.claim(5).await;
    assert_eq!(claims.iter().map(|claim| claim.tenant.as_str()).collect::<Vec<_>>(), ["b"]);
    let paused = ledger.tenants().await.unwrap().remove(0).paused.unwrap();
    assert_eq!((paused.at, paused.by.as_str(), paused.reason), (now, "root", None));
    assert_eq!(ledger.stats().await.unwrap().paused_tenants, 1);
    assert!(ledger.resume_tenant("a", now).await.unwrap());
    assert_eq!(bench.claim(5).await.len(), 1);
    bench.agrees().await;
}

async fn a_run_that_is_cancelled_ends(bench: &Bench) {
    let ledger = &bench.ledger;
    let [waiting] = bench.due("waiting", &["a"]).await[..] else { panic!() };
    let cancelled = ledger.cancel(waiting, "not today", bench.now()).await.unwrap();
    assert_eq!((cancelled, bench.claim(5).await), (CancelOutcome::Cancelled, vec![]));
    let again = ledger.cancel(waiting, "again", bench.now()).await.unwrap();
    assert_eq!(again, CancelOutcome::Ended(RunState::Cancelled));
    assert_eq!(ledger.run(waiting).await.unwrap().unwrap().reason.as_deref(), Some("not today"));

    let [running] = bench.due("running", &["a"]).await[..] else { panic!() };
    let claim = bench.claim(5).await.pop().unwrap();
    let asked = ledger.cancel(running, "enough", bench.now()).await.unwrap();
    assert_eq!(asked, CancelOutcome::Requested);
    let renewed = ledger.renew(running, claim.fence, Duration::from_mins(1)).await.unwrap();
    assert_eq!(renewed, Renewal::Held { cancel: Some("enough".into()) });
    // It would be tried again, and nobody wants that any more.
    let retry = Finish { end: End::Retry { at: bench.now() }, ..Finish::done(7) };
    let end = ledger.finish(running, claim.fence, &retry, bench.now()).await.unwrap();
    assert_eq!(end, FinishOutcome::Recorded(RunState::Cancelled));
    bench.agrees().await;
}

async fn a_throttled_tenant_does_less_for_a_while(bench: &Bench) {
    let ledger = &bench.ledger;
    ledger.limit_tenants(&["t".into()], 4).await.unwrap();
    for job in ["a", "b", "c", "d", "e", "f"] {
        bench.due(job, &["t"]).await;
    }
    let claims = bench.claim(9).await;
    assert_eq!(claims.len(), 4);
    let until = Some(bench.now() + SignedDuration::from_secs(30));
    let finish = Finish { throttled: Some(Throttled { until }), ..Finish::done(0) };
    for claim in &claims {
        let finish = if claim.run == claims[0].run { &finish } else { &Finish::done(0) };
        ledger.finish(claim.run, claim.fence, finish, bench.now()).await.unwrap();
    }
    assert_eq!(bench.claim(9).await, [], "the service asked for half a minute");
    bench.pass(30);
    let claims = bench.claim(9).await;
    assert_eq!(claims.len(), 2, "half of four");
    assert_eq!(ledger.stats().await.unwrap().throttled_tenants, 1);
    // Five minutes for each one more.
    bench.pass(30);
    bench.pass(11 * 60);
    for claim in &claims {
        ledger.renew(claim.run, claim.fence, Duration::from_mins(1)).await.unwrap();
        ledger.finish(claim.run, claim.fence, &Finish::done(0), bench.now()).await.unwrap();
    }
    let limit = ledger.tenants().await.unwrap().remove(0).limit;
    assert_eq!((limit.allowed, limit.max_running), (4, 4));
    bench.agrees().await;
}

async fn one_process_has_a_duty(bench: &Bench) {
    let other = bench.again().await;
    let lease = Duration::from_mins(1);
    let first = bench.ledger.lead("scheduler", "a", lease).await.unwrap().unwrap();
    assert_eq!(other.lead("scheduler", "b", lease).await.unwrap(), None);
    bench.pass(30);
    assert_eq!(bench.ledger.lead("scheduler", "a", lease).await.unwrap(), Some(first));
    bench.pass(61);
    let second = other.lead("scheduler", "b", lease).await.unwrap().unwrap();
    assert!(second > first);
    assert_eq!(bench.ledger.lead("scheduler", "a", lease).await.unwrap(), None);
    other.abdicate("scheduler", "b").await.unwrap();
    assert!(bench.ledger.lead("scheduler", "a", lease).await.unwrap().unwrap() > second);
}

async fn a_certain_run_is_taken_if_it_may_begin(bench: &Bench) {
    let ledger = &bench.ledger;
    let take = async |run| ledger.claim_run(run, &worker("w", 1), bench.now()).await.unwrap();
    let refused = |outcome| match outcome {
        ClaimOutcome::Refused(refusal) => refusal,
        ClaimOutcome::Claimed(claim) => panic!("{claim:?}"),
    };
    let missing = exoctl_store::RunId::new(bench.now());
    assert_eq!(refused(take(missing).await), Refusal::Missing);

    let [first] = bench.due("a", &["t"]).await[..] else { panic!() };
    let ClaimOutcome::Claimed(claim) = take(first).await else { panic!() };
    assert_eq!((claim.run, claim.attempt), (first, 1));
    assert_eq!(refused(take(first).await), Refusal::Taken(RunState::Running));
    bench.pass(1);
    let new = NewOccurrence {
        overlap: exoctl_store::Overlap::Queue,
        ..NewOccurrence::of("a", bench.now(), ["t"])
    };
    let second = ledger.create(&new, bench.now()).await.unwrap().runs[0].run;
    assert_eq!(refused(take(second).await), Refusal::Overlaps);
    let [other] = bench.due("b", &["t"]).await[..] else { panic!() };
    assert!(matches!(take(other).await, ClaimOutcome::Claimed(_)));
    let [third] = bench.due("c", &["t"]).await[..] else { panic!() };
    assert_eq!(refused(take(third).await), Refusal::Limit);
    ledger.pause_tenant("t", "root", None, bench.now()).await.unwrap();
    assert_eq!(refused(take(third).await), Refusal::Held);
    let later = bench.now() + SignedDuration::from_secs(9);
    let mut new = NewOccurrence::of("d", bench.now(), ["u"]);
    new.runs[0].due_at = later;
    let fourth = ledger.create(&new, bench.now()).await.unwrap().runs[0].run;
    assert_eq!(refused(take(fourth).await), Refusal::NotDue(later));
    bench.agrees().await;
}

async fn what_nobody_takes_is_offered_again_or_taken_back(bench: &Bench) {
    let ledger = &bench.ledger;
    let runs = bench.due("nightly", &["a", "b", "c"]).await;
    let admitted = ledger.admit(2, bench.now()).await.unwrap();
    assert_eq!(admitted.iter().map(|a| a.run).collect::<Vec<_>>(), runs[..2]);
    assert_eq!(bench.claim(5).await.len(), 1, "admitted runs are the engine's");
    let start = bench.now();
    bench.pass(121);
    let before = start + SignedDuration::from_secs(1);
    assert_eq!(ledger.overdue(before, 9, bench.now()).await.unwrap().len(), 2);
    assert_eq!(ledger.overdue(before, 9, bench.now()).await.unwrap(), [], "they were just offered");
    let taken = ledger.claim_run(runs[0], &worker("w", 1), bench.now()).await.unwrap();
    assert!(matches!(taken, ClaimOutcome::Claimed(_)));
    bench.agrees().await;
    bench.pass(1);
    assert_eq!(ledger.withdraw(bench.now(), bench.now()).await.unwrap(), 1);
    assert_eq!(bench.claim(5).await[0].run, runs[1]);
    bench.agrees().await;
}

async fn an_unknown_outcome_is_said_by_somebody(bench: &Bench) {
    let ledger = &bench.ledger;
    let [run] = bench.due("nightly", &["a"]).await[..] else { panic!() };
    let claim = bench.claim(1).await.pop().unwrap();
    let unknown = Finish { end: End::Final(RunState::Unknown), ..Finish::done(14) };
    ledger.finish(run, claim.fence, &unknown, bench.now()).await.unwrap();
    assert_eq!(ledger.stats().await.unwrap().unknown, 1);
    assert!(ledger.resolve(run, RunState::Done, "looked: it was created").await.unwrap());
    assert!(!ledger.resolve(run, RunState::Failed, "again").await.unwrap());
    assert_eq!(bench.state(run).await, RunState::Done);
    bench.agrees().await;
}
