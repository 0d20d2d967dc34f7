//! Results of many pages: the same anchor, cookies and body to the end, and never silently short.

use exoctl_exchange::{ErrorKind, IncompleteReason, InvokeError, Notice, Records};
use serde_json::json;

use crate::script::{
    BASE, MORE_RESULTS, Script, Step, TENANT, answer, call, connection, error_of, names, rows,
    with_headers,
};

fn link(token: &str) -> String {
    format!("{BASE}/InvokeCommand?%24skiptoken={token}")
}

/// The recorded answer to a continuation that came too late or to another server.
fn lost() -> Step {
    answer(
        400,
        r#"{"error":{"code":"BadRequest","message":"Invalid Operation","innererror":{"message":"Invalid Operation","type":"x","internalexception":{"message":"Expired or Invalid pagination request. Default Expiry time is 00:30:00","type":"x","stacktrace":""}}}}"#,
    )
}

fn reason(error: &InvokeError) -> (u64, IncompleteReason) {
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    match error {
        InvokeError::Incomplete { rows, reason, .. } => (*rows, *reason),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_request_is_what_the_service_expects() {
    let script = Script::new([rows(&[], None)]);
    let invocation = call("Get-Mailbox").with("Identity", "adele").select(["Name", "Guid"]);
    names(connection(&script).invoke(invocation)).await;
    let seen = &script.seen()[0];
    assert_eq!(seen.method, "POST");
    assert_eq!(seen.url, format!("{BASE}/InvokeCommand?$select=Name,Guid"));
    assert_eq!(
        seen.json(),
        json!({"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Identity": "adele"}}})
    );
    assert_eq!(
        seen.header("x-anchormailbox"),
        format!("APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{TENANT}")
    );
    assert_eq!(seen.header("prefer"), "odata.maxpagesize=1000");
    assert_eq!(seen.header("content-type"), "application/json");
    assert_eq!(seen.header("x-responseformat"), "json");
    assert_eq!(seen.header("x-cmdletname"), "Get-Mailbox");
    assert_eq!(seen.header("parameter-based-routing"), "");
    assert!(!seen.header("connection-id").is_empty());
}

#[tokio::test(start_paused = true)]
async fn pages_are_replayed_with_the_same_body_headers_and_cookies() {
    let first = json!({"@odata.nextLink": link("2"), "value": [{"Name": "a"}],
        "@adminapi.warnings": [MORE_RESULTS]});
    let cookie = [("Set-Cookie", "X-BackEndCookie=be1; path=/; secure")];
    let script = Script::new([
        with_headers(200, &cookie, first.to_string()),
        rows(&[], Some(&link("3"))),
        rows(&["b"], None),
    ]);
    let mut records = connection(&script).invoke(call("Get-Mailbox").unlimited());
    let mut read = Vec::new();
    while let Some(row) = records.next().await {
        read.push(row.unwrap().text("Name").unwrap());
    }
    assert_eq!(read, ["a", "b"]);
    assert_eq!(records.take_notices(), [], "the warning is hidden while pages follow");
    let seen = script.seen();
    assert_eq!(seen[1].url, link("2"));
    assert_eq!(seen[2].url, link("3"));
    for page in &seen[1..] {
        assert_eq!((page.method.as_str(), &page.body), ("POST", &seen[0].body));
        assert_eq!(page.header("cookie"), "X-BackEndCookie=be1");
        let mut headers = page.headers.clone();
        headers.remove("cookie");
        assert_eq!(headers, seen[0].headers);
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_page_is_read_while_the_rows_of_one_are_worked_on() {
    let script = Script::new([
        rows(&["a", "b"], Some(&link("2"))),
        rows(&["c"], Some(&link("3"))),
        rows(&["d"], None),
    ]);
    let mut records = connection(&script).invoke(call("Get-Mailbox").unlimited());
    assert_eq!(script.seen().len(), 0, "nothing is sent before a row is asked for");
    records.next().await.unwrap().unwrap();
    tokio::task::yield_now().await;
    assert_eq!(script.seen().len(), 2, "one page ahead and no more");
    let row = records.next().await.unwrap().unwrap();
    assert_eq!(row.text("Name").as_deref(), Some("b"));
    assert_eq!(script.seen().len(), 2, "the rows of the first page are still worked on");
    drop(records);
    tokio::task::yield_now().await;
    assert_eq!(script.left(), 1, "nothing is sent for a stream that is gone");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_failed_ahead_is_told_after_the_rows_before_it() {
    let script = Script::new([rows(&["a", "b"], Some(&link("2"))), answer(403, "")]);
    let (read, error) = names(connection(&script).invoke(call("Get-Mailbox").unlimited())).await;
    assert_eq!(read, ["a", "b"]);
    assert_eq!(reason(&error.unwrap()), (2, IncompleteReason::PageFailed));
}

#[test]
fn a_runtime_that_ends_leaves_no_result_that_looks_whole() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let script = Script::new([rows(&["a"], Some(&link("2"))), rows(&["b"], None)]);
    let first = runtime();
    let mut records = connection(&script).invoke(call("Get-Mailbox").unlimited());
    first.block_on(records.next()).unwrap().unwrap();
    drop(first);
    let error = runtime().block_on(records.next()).unwrap().unwrap_err();
    assert_eq!(reason(&error), (1, IncompleteReason::PageFailed));
}

#[tokio::test(start_paused = true)]
async fn a_token_may_expire_between_pages() {
    let script = Script::new([rows(&["a"], Some(&link("2"))), answer(401, ""), rows(&["b"], None)]);
    let (read, error) = names(connection(&script).invoke(call("Get-Mailbox").unlimited())).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read, ["a", "b"]);
    assert_eq!(script.seen()[2].header("authorization"), "Bearer token-2");
}

#[tokio::test(start_paused = true)]
async fn a_lost_place_is_found_again_without_doubles() {
    let script = Script::new([
        rows(&["a", "b"], Some(&link("2"))),
        lost(),
        rows(&["a", "b", "c"], Some(&link("3"))),
        rows(&["d"], None),
    ]);
    let (read, error) = names(connection(&script).invoke(call("Get-Mailbox").unlimited())).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read, ["a", "b", "c", "d"]);
    assert_eq!(script.seen()[2].url, format!("{BASE}/InvokeCommand"));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_lost_every_time_is_an_error() {
    let once = || [rows(&["a"], Some(&link("2"))), lost()];
    let script = Script::new([once(), once(), once()].into_iter().flatten());
    let (read, error) = names(connection(&script).invoke(call("Get-Mailbox").unlimited())).await;
    assert_eq!(read, ["a"]);
    let error = error.unwrap();
    assert_eq!(reason(&error), (1, IncompleteReason::ContinuationLost));
    let said = &error.cmdlet_error().unwrap().message;
    assert_eq!(said, "Expired or Invalid pagination request. Default Expiry time is 00:30:00");
    assert_eq!(script.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_write_and_a_read_that_moves_a_place_on_are_never_begun_anew() {
    let moving = call("Search-Something").moving_on();
    for call in [call("Start-Something"), moving] {
        let script = Script::new([rows(&["a"], Some(&link("2"))), lost()]);
        let (_, error) = names(connection(&script).invoke(call.unlimited())).await;
        assert_eq!(reason(&error.unwrap()), (1, IncompleteReason::ContinuationLost));
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_fails_makes_the_result_incomplete() {
    let denied = answer(403, vec![0_u8; 64]);
    let script = Script::new([rows(&["a"], Some(&link("2"))), denied]);
    let (read, error) = names(connection(&script).invoke(call("Get-Mailbox").unlimited())).await;
    assert_eq!(read, ["a"]);
    let error = error.unwrap();
    assert_eq!(reason(&error), (1, IncompleteReason::PageFailed));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the application may not run Get-Mailbox in contoso.onmicrosoft.com");
}

#[tokio::test(start_paused = true)]
async fn a_link_to_a_foreign_host_is_not_followed() {
    let script = Script::new([rows(&["a"], Some("https://evil.example/adminapi/x"))]);
    let (read, error) = names(connection(&script).invoke(call("Get-Mailbox").unlimited())).await;
    assert_eq!(read, ["a"]);
    assert_eq!(reason(&error.unwrap()), (1, IncompleteReason::ForeignContinuation));
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_warning_without_a_link_is_an_error_unless_nothing_was_asked_for() {
    let more = || {
        let body = json!({"value": [{"Name": "a"}], "@adminapi.warnings": [MORE_RESULTS]});
        Script::new([answer(200, body.to_string())])
    };
    let error = error_of(&connection(&more()), call("Get-Mailbox").unlimited()).await;
    assert_eq!(reason(&error), (1, IncompleteReason::NoWayOn));
    let mut records = connection(&more()).invoke(call("Get-Mailbox"));
    assert_eq!(drain(&mut records).await, 1);
    assert_eq!(records.take_notices(), [Notice::Warning(MORE_RESULTS.to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_limit_asks_for_no_more_than_it_needs() {
    let script = Script::new([rows(&["a", "b"], Some(&link("2"))), rows(&["c"], Some(&link("3")))]);
    let mut records = connection(&script).invoke(call("Get-Mailbox").with("ResultSize", 3));
    assert_eq!(drain(&mut records).await, 3);
    assert_eq!(records.take_notices(), [Notice::Warning(MORE_RESULTS.to_owned())]);
    let seen = script.seen();
    assert_eq!(seen[0].header("prefer"), "odata.maxpagesize=3");
    assert_eq!(seen[0].json()["CmdletInput"]["Parameters"]["ResultSize"], 3);
}

#[tokio::test(start_paused = true)]
async fn entities_are_read_and_continued_with_get() {
    let next = format!("{BASE}/Mailbox?$skiptoken=2");
    let script = Script::new([rows(&["a"], Some(&next)), rows(&["b"], None)]);
    let invocation = call("Get-EXOMailbox").with("PropertySets", "Minimum").unlimited();
    let (read, error) = names(connection(&script).invoke(invocation)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read, ["a", "b"]);
    let seen = script.seen();
    let requests: Vec<(&str, &str)> =
        seen.iter().map(|seen| (seen.method.as_str(), seen.url.as_str())).collect();
    let first = format!("{BASE}/Mailbox?PropertySet=Minimum");
    assert_eq!(requests, [("GET", first.as_str()), ("GET", next.as_str())]);
    assert_eq!(seen[0].header("x-anchormailbox"), seen[1].header("x-anchormailbox"));
}

async fn drain(records: &mut Records) -> usize {
    let mut rows = 0;
    while let Some(row) = records.next().await {
        row.unwrap();
        rows += 1;
    }
    rows
}

#[tokio::test(start_paused = true)]
async fn a_link_with_the_hosts_older_name_is_followed_at_our_own() {
    let older = link("2").replace("outlook.office365.com", "outlook.office.com");
    let script = Script::new([rows(&["a"], Some(&older)), rows(&["b"], None)]);
    let (read, error) = names(connection(&script).invoke(call("Get-Mailbox").unlimited())).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(read, ["a", "b"]);
    assert_eq!(script.seen()[1].url, link("2"));
}
