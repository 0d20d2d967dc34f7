//! What every outbox does, tried on both.

use std::time::Duration;

use exoctl_store::{
    ClaimRequest, NewNotice, NoticeEnd, NoticeState, Outbox as _, OutboxQuery, OutboxRow,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::bench::{Bench, Kind};

mod sqlite {
    #[tokio::test]
    async fn what_is_told_waits_is_taken_by_one_and_is_tried_again() {
        super::contract(&super::Bench::new(super::Kind::Sqlite).await.unwrap()).await;
    }
}

mod postgres {
    #[tokio::test]
    async fn what_is_told_waits_is_taken_by_one_and_is_tried_again() {
        if let Some(bench) = super::Bench::new(super::Kind::Postgres).await {
            super::contract(&bench).await;
        }
    }
}

async fn contract(bench: &Bench) {
    let notice = |key: &str| NewNotice {
        key: Some(key.to_owned()),
        run: None,
        job: Some("nightly".to_owned()),
        tenant: Some("contoso".to_owned()),
        event: "failure".to_owned(),
        channel: "ops".to_owned(),
        body: json!({ "job": "nightly" }),
        due_at: bench.now(),
    };
    let put = |key: &'static str| async move {
        bench.ledger.put_notices(&[notice(key)], bench.now()).await.unwrap()
    };
    assert_eq!([put("a").await, put("a").await], [1, 0], "telling twice is told once");

    let taken = take(bench).await.pop().unwrap();
    assert_eq!((taken.tries, taken.body.clone()), (1, json!({ "job": "nightly" })));
    assert_eq!(take(bench).await, [], "somebody has it");
    let later = bench.now() + SignedDuration::from_secs(30);
    assert!(settle(bench, &taken, &NoticeEnd::Wait { at: later }).await);
    assert_eq!(take(bench).await, [], "it waits for others");
    bench.pass(30);

    let again = take(bench).await.pop().unwrap();
    assert_eq!((again.tries, again.error.as_deref()), (1, None), "waiting is no try");
    assert!(!settle(bench, &taken, &NoticeEnd::Sent).await, "a stale end is refused");
    let at = bench.now();
    let error = "503".to_owned();
    assert!(settle(bench, &again, &NoticeEnd::Retry { at, error }).await);
    let third = take(bench).await.pop().unwrap();
    assert_eq!((third.tries, third.error.as_deref()), (2, Some("503")));
    assert!(!bench.ledger.retry_notice(third.id, bench.now()).await.unwrap());
    let error = "404".to_owned();
    assert!(settle(bench, &third, &NoticeEnd::Failed { error }).await);
    assert_eq!(take(bench).await, []);
    let failed = OutboxQuery { states: vec![NoticeState::Failed], ..OutboxQuery::default() };
    let [given_up] = &bench.ledger.notices(&failed).await.unwrap()[..] else { panic!() };
    assert_eq!((given_up.error.as_deref(), given_up.ended_at), (Some("404"), Some(bench.now())));

    assert!(bench.ledger.retry_notice(given_up.id, bench.now()).await.unwrap());
    let last = take(bench).await.pop().unwrap();
    assert_eq!((last.tries, last.ended_at), (1, None));
    assert!(settle(bench, &last, &NoticeEnd::Sent).await);
    assert_eq!(bench.ledger.notices(&failed).await.unwrap(), []);
}

async fn take(bench: &Bench) -> Vec<OutboxRow> {
    let wanted = ClaimRequest { owner: "worker".into(), limit: 5, lease: Duration::from_mins(5) };
    bench.ledger.claim_notices(&wanted, bench.now()).await.unwrap()
}

async fn settle(bench: &Bench, row: &OutboxRow, end: &NoticeEnd) -> bool {
    bench.ledger.settle_notice(row.id, row.fence, end, bench.now()).await.unwrap()
}
