//! What is sent again, and what never.

use std::sync::Arc;

use exoctl_exchange::{ErrorKind, Invocation, InvokeError};

use crate::script::{
    Script, Step, Tokens, answer, call, connection, error_of, names, rows, with_headers,
    with_tokens,
};

const BUSY: &str = r#"{"error":{"code":"InternalServerError","message":"Error executing cmdlet","details":[{"code":"Context","target":"","message":"Ex12AB34|Microsoft.Exchange.Data.Directory.DCOverloadedException|Domain controller is overloaded."}]}}"#;

/// What a front end says when there is no exception to tell of.
const BARE: &str =
    r#"{"error":{"code":"InternalServerError","message":"An internal server error occurred."}}"#;

const CONCURRENT: &str = "You have reached the maximum number of concurrent requests per tenant. Please wait and try again";

fn read() -> Invocation {
    call("Get-Mailbox")
}

fn write() -> Invocation {
    call("Set-Mailbox").with("Identity", "adele")
}

/// How many requests a call takes whose first answer is `first` and whose second would be good.
async fn requests(invocation: Invocation, first: Step) -> usize {
    let script = Script::new([first, rows(&[], None)]);
    let _ = names(connection(&script).invoke(invocation)).await;
    script.seen().len()
}

#[tokio::test(start_paused = true)]
async fn the_table_of_reads_and_writes() {
    type Make = fn() -> Step;
    let table: [(&str, Make, usize, usize); 12] = [
        ("429", || answer(429, "slow down"), 2, 2),
        ("429 with a wait", || with_headers(429, &[("Retry-After", "0.5")], ""), 2, 2),
        ("concurrency text", || answer(400, CONCURRENT), 2, 2),
        ("401", || answer(401, ""), 2, 2),
        ("not connected", || Step::NotConnected, 2, 2),
        ("503", || answer(503, ""), 2, 1),
        ("504", || answer(504, "<html>"), 2, 1),
        ("500 without words", || answer(500, ""), 2, 1),
        ("500 of no cmdlet", || answer(500, BARE), 2, 1),
        ("busy directory", || answer(500, BUSY), 2, 1),
        ("reset", || Step::Lost, 2, 1),
        ("400", || answer(400, r#"{"error":{"code":"BadRequest"}}"#), 1, 1),
    ];
    for (case, step, of_read, of_write) in table {
        assert_eq!(requests(read(), step()).await, of_read, "{case}, read");
        assert_eq!(requests(write(), step()).await, of_write, "{case}, write");
        let moving = read().moving_on();
        assert_eq!(requests(moving, step()).await, of_write, "{case}, read that moves a place on");
        let mut allowed = write();
        allowed.retry_writes = true;
        assert_eq!(requests(allowed, step()).await, of_read, "{case}, write that may be repeated");
        let rehearsal = write().with("WhatIf", true);
        assert_eq!(requests(rehearsal, step()).await, of_read, "{case}, rehearsal");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_outcome_nobody_knows_says_so() {
    for step in [Step::Lost, answer(503, ""), answer(504, "gateway timeout")] {
        let script = Script::new([step]);
        let error = error_of(&connection(&script), write()).await;
        assert!(matches!(error, InvokeError::OutcomeUnknown { .. }), "{error:?}");
        assert_eq!(
            error.to_string(),
            "Set-Mailbox was sent to contoso.onmicrosoft.com and may or may not have been done"
        );
    }
    let script = Script::new([answer(500, BUSY)]);
    let error = error_of(&connection(&script), write()).await;
    assert!(matches!(error, InvokeError::Cmdlet { .. }), "the cmdlet itself failed: {error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_repeated_in_vain_is_unknown_too() {
    let forbidden = || answer(403, "");
    for steps in [
        vec![Step::Lost, forbidden()],
        vec![answer(503, ""), answer(401, ""), answer(401, "")],
        (0..6).map(|_| answer(504, "")).collect(),
        std::iter::once(answer(500, BARE)).chain((0..5).map(|_| answer(429, ""))).collect(),
    ] {
        let script = Script::new(steps);
        let mut allowed = write();
        allowed.retry_writes = true;
        let error = error_of(&connection(&script), allowed).await;
        assert!(matches!(error, InvokeError::OutcomeUnknown { .. }), "{error:?}");
        assert_eq!(script.left(), 0);
    }
    // What was never carried out is not unknown.
    let script = Script::new([answer(429, ""), forbidden()]);
    let mut allowed = write();
    allowed.retry_writes = true;
    let error = error_of(&connection(&script), allowed).await;
    assert!(matches!(error, InvokeError::Forbidden { .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn patience_ends_after_six_tries() {
    let script = Script::new((0..6).map(|_| answer(429, "slow down")));
    let error = error_of(&connection(&script), read()).await;
    assert!(matches!(error, InvokeError::Throttled { attempts: 6, .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.cmdlet_error().unwrap().message, "slow down");

    let script = Script::new((0..6).map(|_| Step::NotConnected));
    let error = error_of(&connection(&script), write()).await;
    assert!(matches!(error, InvokeError::Transport { attempts: 6, .. }), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn all_tries_have_one_id_and_a_fresh_token() {
    let script = Script::new([
        answer(503, ""),
        with_headers(
            401,
            &[(
                "WWW-Authenticate",
                "Bearer error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"",
            )],
            "",
        ),
        rows(&["a"], None),
    ]);
    let tokens = Arc::new(Tokens::default());
    let connection = with_tokens(&script, tokens.clone()).build();
    let (names, error) = names(connection.invoke(read())).await;
    assert_eq!((names.len(), error.is_none()), (1, true));
    let seen = script.seen();
    let bearers: Vec<&str> = seen.iter().map(|seen| seen.header("authorization")).collect();
    assert_eq!(bearers, ["Bearer token-1", "Bearer token-1", "Bearer token-2"]);
    assert!(
        seen.iter().all(|s| s.header("client-request-id") == seen[0].header("client-request-id"))
    );
    let renewals = tokens.renewals.lock().unwrap().clone();
    assert_eq!(renewals, [Some(r#"{"access_token":{}}"#.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_is_refused_too_ends_it() {
    let script = Script::new([answer(401, ""), answer(401, "")]);
    let error = error_of(&connection(&script), read()).await;
    assert!(matches!(error, InvokeError::Unauthorized { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_cut_off_is_read_again_and_a_write_is_not() {
    let cut = || answer(200, r#"{"value":[{"Name":"a"},{"Na"#);
    let script = Script::new([cut(), rows(&["a", "b"], None)]);
    let (read, error) = names(connection(&script).invoke(read())).await;
    assert_eq!((read.len(), error.is_none()), (2, true));
    let script = Script::new([cut()]);
    let error = error_of(&connection(&script), write()).await;
    assert!(matches!(error, InvokeError::Malformed { .. }), "{error:?}");
}
