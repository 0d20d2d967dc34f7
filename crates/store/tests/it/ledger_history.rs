//! What is read in a ledger, told from it, and forgotten.

use std::time::Duration;

use exoctl_store::{
    ClaimRequest, End, Finish, History as _, Ledger as _, NewNotice, NewOccurrence, NoticeEnd,
    NoticeState, Outbox as _, OutboxQuery, RunQuery, RunState,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::bench::{Bench, contract, worker};

contract!(
    history_is_read_in_pages,
    what_is_over_is_forgotten_but_not_the_last_good_run,
    notices_are_written_with_the_end_and_told_once,
    a_lost_run_tells_of_it_in_the_same_transaction,
    the_most_urgent_goes_first_and_what_waits_gets_urgent,
    tenants_take_turns,
);

/// A run that has ended so.
async fn ended(bench: &Bench, job: &str, tenant: &str, state: RunState) -> exoctl_store::RunId {
    let [run] = bench.due(job, &[tenant]).await[..] else { panic!() };
    let claim = bench.claim(1).await.pop().unwrap();
    let finish = Finish {
        end: End::Final(state),
        summary: json!({"rows": 12}),
        reason: Some("because".into()),
        ..Finish::done(1)
    };
    bench.ledger.finish(run, claim.fence, &finish, bench.now()).await.unwrap();
    bench.pass(60);
    run
}

async fn history_is_read_in_pages(bench: &Bench) {
    let mut runs = Vec::new();
    for number in 0..7 {
        let state = if number % 3 == 0 { RunState::Failed } else { RunState::Done };
        let job = if number % 2 == 0 { "even" } else { "odd" };
        runs.push(ended(bench, job, "contoso", state).await);
    }
    let read = async |query: RunQuery| {
        let rows = bench.ledger.runs(&query).await.unwrap();
        rows.iter()
            .map(|row| runs.iter().position(|run| *run == row.id).unwrap())
            .collect::<Vec<_>>()
    };
    let two = RunQuery { limit: 2, ..RunQuery::default() };
    assert_eq!(read(two.clone()).await, [6, 5]);
    assert_eq!(read(RunQuery { before: Some(runs[5]), ..two }).await, [4, 3]);
    let all = RunQuery::default();
    assert_eq!(read(RunQuery { job: Some("odd".into()), ..all.clone() }).await, [5, 3, 1]);
    let failed = RunQuery { states: vec![RunState::Failed], ..all.clone() };
    assert_eq!(read(failed).await, [6, 3, 0]);
    assert_eq!(read(RunQuery { tenant: Some("fabrikam".into()), ..all.clone() }).await, [0; 0]);
    let prefix = Some(runs[2].to_string()[..14].to_uppercase());
    assert_eq!(read(RunQuery { prefix, ..all.clone() }).await, [2]);
    let since = Some(bench.now() - SignedDuration::from_secs(150));
    assert_eq!(read(RunQuery { since, ..all }).await, [6, 5]);

    let row = bench.ledger.run(runs[0]).await.unwrap().unwrap();
    assert_eq!((row.summary, row.reason.as_deref()), (json!({"rows": 12}), Some("because")));
    let [even, odd] = &bench.ledger.jobs().await.unwrap()[..] else { panic!() };
    assert_eq!((even.job.as_str(), even.last.as_ref().unwrap().id), ("even", runs[6]));
    assert_eq!(even.last_success, bench.ledger.run(runs[4]).await.unwrap().unwrap().ended_at);
    assert_eq!((odd.waiting, odd.running, odd.unknown), (0, 0, 0));
}

async fn what_is_over_is_forgotten_but_not_the_last_good_run(bench: &Bench) {
    let good = ended(bench, "nightly", "a", RunState::Done).await;
    let better = ended(bench, "nightly", "a", RunState::Done).await;
    let failed = ended(bench, "nightly", "a", RunState::Failed).await;
    let unclear = ended(bench, "nightly", "a", RunState::Unknown).await;
    let running = bench.due("nightly", &["a"]).await[0];
    bench.pass(3600);
    let old = bench.ledger.forgettable("nightly", bench.now(), 10).await.unwrap();
    assert_eq!(old.iter().map(|row| row.id).collect::<Vec<_>>(), [good, failed]);
    let runs = [good, failed, running];
    assert_eq!(bench.ledger.forget(&runs).await.unwrap(), 2, "not what has not ended");
    assert_eq!(bench.ledger.run(good).await.unwrap(), None);
    assert_eq!(bench.ledger.attempts(failed).await.unwrap(), []);
    for kept in [better, unclear, running] {
        assert!(bench.ledger.run(kept).await.unwrap().is_some());
    }
    bench.agrees().await;
}

fn notice(key: Option<&str>, bench: &Bench) -> NewNotice {
    NewNotice {
        key: key.map(str::to_owned),
        run: None,
        job: Some("nightly".into()),
        tenant: None,
        event: "failed".into(),
        channel: "ops".into(),
        body: json!({"text": "it failed"}),
        due_at: bench.now(),
    }
}

async fn notices_are_written_with_the_end_and_told_once(bench: &Bench) {
    let ledger = &bench.ledger;
    let [run] = bench.due("nightly", &["a"]).await[..] else { panic!() };
    let claim = bench.claim(1).await.pop().unwrap();
    let one = NewNotice { run: Some(run), ..notice(Some("k"), bench) };
    let finish = Finish { notices: vec![one.clone(), one.clone()], ..Finish::done(0) };
    ledger.finish(run, claim.fence, &finish, bench.now()).await.unwrap();
    assert_eq!(ledger.put_notices(&[one, notice(None, bench)], bench.now()).await.unwrap(), 1);

    let first = ledger.claim_notices(&worker("n1", 1), bench.now()).await.unwrap().remove(0);
    assert_eq!(
        (first.run, first.tries, first.body.clone()),
        (Some(run), 1, json!({"text": "it failed"}))
    );
    // Its sender is lost; another sends it, and the first is not believed any more.
    bench.pass(61);
    let again = bench.again().await.claim_notices(&worker("n2", 5), bench.now()).await.unwrap();
    assert_eq!((again.len(), again[0].id, again[0].tries), (2, first.id, 2));
    let settle = async |row: &exoctl_store::OutboxRow, end: NoticeEnd| {
        ledger.settle_notice(row.id, row.fence, &end, bench.now()).await.unwrap()
    };
    assert!(!settle(&first, NoticeEnd::Sent).await);
    assert!(settle(&again[0], NoticeEnd::Sent).await);
    let at = bench.now() + SignedDuration::from_secs(30);
    assert!(settle(&again[1], NoticeEnd::Retry { at, error: "timeout".into() }).await);
    assert_eq!(ledger.claim_notices(&worker("n1", 5), bench.now()).await.unwrap(), []);
    assert_eq!(ledger.stats().await.unwrap().notices_waiting, 1);
    bench.pass(30);
    let last = ledger.claim_notices(&worker("n1", 5), bench.now()).await.unwrap().remove(0);
    assert_eq!((last.tries, last.error.as_deref()), (2, Some("timeout")));
    assert!(settle(&last, NoticeEnd::Failed { error: "refused".into() }).await);
    assert_eq!(ledger.stats().await.unwrap().notices_failed, 1);
    let failed = OutboxQuery { states: vec![NoticeState::Failed], ..OutboxQuery::default() };
    assert_eq!(ledger.notices(&failed).await.unwrap()[0].error.as_deref(), Some("refused"));
    let about = OutboxQuery { run: Some(run), ..OutboxQuery::default() };
    assert_eq!(ledger.notices(&about).await.unwrap()[0].state, NoticeState::Sent);
    bench.pass(1);
    assert_eq!(ledger.forget_notices(bench.now(), 10).await.unwrap(), 1, "not those about runs");
}

async fn a_lost_run_tells_of_it_in_the_same_transaction(bench: &Bench) {
    let new = NewOccurrence { max_crashes: 1, ..NewOccurrence::of("n", bench.now(), ["a"]) };
    bench.ledger.create(&new, bench.now()).await.unwrap();
    let wanted = ClaimRequest { lease: Duration::from_secs(5), ..worker("w", 1) };
    bench.ledger.claim(&wanted, bench.now()).await.unwrap();
    bench.pass(6);
    let notices = |run: &exoctl_store::RunRow, state: RunState| {
        vec![NewNotice { run: Some(run.id), event: state.to_string(), ..notice(None, bench) }]
    };
    let reaped = bench.ledger.reap(9, &notices, bench.now()).await.unwrap();
    assert_eq!((reaped[0].state, reaped[0].owner.as_str()), (RunState::Crashed, "w"));
    let told = bench.ledger.notices(&OutboxQuery::default()).await.unwrap();
    assert_eq!((told.len(), told[0].event.as_str()), (1, "crashed"));
}

async fn the_most_urgent_goes_first_and_what_waits_gets_urgent(bench: &Bench) {
    use exoctl_store::Class::{Backfill, Human, Scheduled};
    let put = async |job: &str, class| {
        let new = NewOccurrence { class, ..NewOccurrence::of(job, bench.now(), ["t"]) };
        bench.ledger.create(&new, bench.now()).await.unwrap();
    };
    put("backfill", Backfill).await;
    bench.pass(1);
    put("scheduled", Scheduled).await;
    put("human", Human).await;
    let next = async || {
        let claim = bench.claim(1).await.pop().unwrap();
        bench.ledger.finish(claim.run, claim.fence, &Finish::done(0), bench.now()).await.unwrap();
        claim.job
    };
    assert_eq!(next().await, "human");
    assert_eq!(next().await, "scheduled");
    // After an hour and a half it is as urgent as what a person asks for, and has waited longer.
    bench.pass(90 * 60);
    put("late", Human).await;
    assert_eq!(next().await, "backfill");
    assert_eq!(next().await, "late");
}

async fn tenants_take_turns(bench: &Bench) {
    for job in ["a", "b", "c", "d"] {
        bench.due(job, &["greedy"]).await;
    }
    bench.due("a", &["modest"]).await;
    let mut order = Vec::new();
    for _ in 0..5 {
        let claim = bench.claim(1).await.pop().unwrap();
        bench.pass(1);
        bench.ledger.finish(claim.run, claim.fence, &Finish::done(0), bench.now()).await.unwrap();
        order.push(claim.tenant);
    }
    assert_eq!(order, ["greedy", "modest", "greedy", "greedy", "greedy"]);
}
