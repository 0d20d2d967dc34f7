//! Many invocations in few requests, none of them twice.

use exoctl_exchange::{BulkOptions, InvokeError, Records};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

use crate::script::{BASE, Script, Step, TENANT, answer, call, connection, names, rows};

fn member(id: usize, status: u16, body: &Value) -> Value {
    json!({"id": id.to_string(), "status": status, "headers": {}, "body": body})
}

fn row(name: &str) -> Value {
    json!({"value": [{"Name": name}], "@adminapi.warnings": []})
}

fn responses(members: &[Value]) -> Step {
    answer(200, json!({ "responses": members }).to_string())
}

async fn only_name(records: Result<Records, InvokeError>) -> Result<String, InvokeError> {
    let (names, error) = names(records?).await;
    match error {
        None => Ok(names.join(",")),
        Some(error) => Err(error),
    }
}

#[tokio::test(start_paused = true)]
async fn members_carry_their_own_headers_and_are_matched_by_id() {
    let missing = json!({"error": {"code": "NotFound", "message": "Error executing cmdlet", "details":
        [{"code": "Context", "target": "", "message": "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'b' couldn't be found on 'DC'."}]}});
    let script = Script::new([
        responses(&[
            member(2, 429, &json!("slow down")),
            member(1, 404, &missing),
            member(0, 200, &row("a")),
        ]),
        rows(&["c"], None),
    ]);
    let invocations = ["a", "b", "c"].map(|id| call("Get-User").with("Identity", id)).to_vec();
    let mut results = connection(&script).batch(invocations).await.into_iter();
    assert_eq!(only_name(results.next().unwrap()).await.unwrap(), "a");
    let error = results.next().unwrap().unwrap_err();
    assert!(error.cmdlet_error().unwrap().is_not_found());
    assert_eq!(only_name(results.next().unwrap()).await.unwrap(), "c");

    let seen = script.seen();
    assert_eq!(seen[0].url, format!("{BASE}/$batch"));
    assert_eq!(seen[0].header("prefer"), "odata.continue-on-error");
    let requests = seen[0].json()["requests"].as_array().unwrap().clone();
    assert_eq!(requests.len(), 3);
    let second = &requests[1];
    assert_eq!(second["id"], "1");
    assert_eq!(second["method"], "POST");
    assert_eq!(
        second["url"],
        format!("https://outlook.office365.com/adminapi/beta/{TENANT}/InvokeCommand")
    );
    assert_eq!(second["headers"]["Authorization"], "Bearer token-1");
    assert_eq!(second["headers"]["prefer"], "odata.maxpagesize=1000;odata.continue-on-error");
    assert_eq!(
        second["body"],
        json!({"CmdletInput": {"CmdletName": "Get-User", "Parameters": {"Identity": "b"}}})
    );
    assert_eq!(seen[1].json()["CmdletInput"]["Parameters"]["Identity"], "c");
}

#[tokio::test(start_paused = true)]
async fn of_writes_only_what_was_surely_not_done_is_sent_again() {
    let script = Script::new([
        responses(&[
            member(0, 200, &json!({"value": []})),
            member(1, 503, &json!(null)),
            member(2, 429, &json!("slow down")),
        ]),
        rows(&[], None),
    ]);
    let invocations = ["a", "b", "c", "d"].map(|id| call("Set-User").with("Identity", id)).to_vec();
    let results = connection(&script).batch(invocations).await;
    assert!(results[0].is_ok());
    assert!(matches!(results[1], Err(InvokeError::OutcomeUnknown { .. })), "{:?}", results[1]);
    assert!(results[2].is_ok());
    assert!(matches!(results[3], Err(InvokeError::OutcomeUnknown { .. })), "{:?}", results[3]);
    let again = script.seen()[1].json();
    assert_eq!(again["CmdletInput"]["Parameters"]["Identity"], "c");
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_vanished_is_read_singly_and_never_written_again() {
    let script = Script::new([Step::Lost, rows(&["r"], None)]);
    let invocations = vec![call("Get-User"), call("Set-User").with("Identity", "a")];
    let mut results = connection(&script).batch(invocations).await.into_iter();
    assert_eq!(only_name(results.next().unwrap()).await.unwrap(), "r");
    assert!(matches!(results.next().unwrap(), Err(InvokeError::OutcomeUnknown { .. })));
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_batch_is_sent_again_as_a_whole() {
    let script = Script::new([
        answer(429, "slow down"),
        responses(&[member(0, 200, &row("a")), member(1, 200, &row("b"))]),
    ]);
    let invocations = ["a", "b"].map(|id| call("Set-User").with("Identity", id)).to_vec();
    let results = connection(&script).batch(invocations).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(script.seen()[0].body, script.seen()[1].body);
}

#[tokio::test(start_paused = true)]
async fn throttled_members_are_sent_again_together_and_nobody_else() {
    let slow = json!({"id": "1", "status": 429, "headers": {"Retry-After": "7"}, "body": null});
    let script = Script::new([
        responses(&[member(0, 200, &row("a")), slow, member(2, 429, &json!("slow down"))]),
        responses(&[member(1, 429, &json!("slow down")), member(0, 200, &row("b"))]),
        rows(&["c"], None),
    ]);
    let started = tokio::time::Instant::now();
    let invocations = ["a", "b", "c"].map(|id| call("Set-User").with("Identity", id)).to_vec();
    let results = connection(&script).batch(invocations).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(started.elapsed().as_secs() >= 7, "the longest wait that a member was told counts");
    let again = script.seen()[1].json();
    let identities: Vec<&Value> = again["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| &request["body"]["CmdletInput"]["Parameters"]["Identity"])
        .collect();
    assert_eq!(identities, ["b", "c"]);
    assert_eq!(script.seen()[2].json()["CmdletInput"]["Parameters"]["Identity"], "c");
}

#[tokio::test(start_paused = true)]
async fn what_the_module_does_not_batch_goes_alone() {
    let script = Script::new([rows(&["m"], None), rows(&["e"], None), rows(&["g"], None)]);
    let invocations = vec![
        call("Get-User"),
        call("Get-MailboxStatistics").with("Identity", "adele@contoso.com"),
        call("Get-EXOMailbox"),
    ];
    let results = connection(&script).batch(invocations).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert!(script.seen().iter().all(|seen| !seen.url.ends_with("$batch")));
    assert_eq!(script.seen()[0].header("x-anchormailbox"), "SMTP:adele@contoso.com");
    assert_eq!(script.seen()[0].header("parameter-based-routing"), "true");
}

#[tokio::test(start_paused = true)]
async fn a_bulk_gives_outcomes_in_input_order() {
    let batch = |from: usize, to: usize| {
        let members: Vec<Value> =
            (from..to).map(|n| member(n - from, 200, &row(&n.to_string()))).collect();
        responses(&members)
    };
    let script = Script::new([batch(0, 10), batch(10, 20), batch(20, 23)]);
    let invocations = (0..23).map(|n| call("Get-User").with("Identity", n.to_string()));
    let options = BulkOptions { concurrency: 2, ..BulkOptions::default() };
    let connection = connection(&script);
    let mut outcomes =
        Box::pin(connection.bulk(stream::iter(invocations.collect::<Vec<_>>()), &options));
    let mut expected = 0;
    while let Some(outcome) = outcomes.next().await {
        assert_eq!(outcome.index, expected);
        assert_eq!(only_name(outcome.result).await.unwrap(), expected.to_string());
        expected += 1;
    }
    assert_eq!((expected, script.left()), (23, 0));
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_member_is_continued_singly() {
    let first = json!({"value": [{"Name": "a"}], "@odata.nextLink": format!("{BASE}/InvokeCommand?%24skiptoken=2")});
    let script = Script::new([
        responses(&[member(0, 200, &first), member(1, 200, &row("x"))]),
        rows(&["b"], None),
    ]);
    let invocations = vec![call("Get-User").unlimited(), call("Get-User")];
    let mut results = connection(&script).batch(invocations).await.into_iter();
    assert_eq!(only_name(results.next().unwrap()).await.unwrap(), "a,b");
}
