//! `$batch`.

use http::StatusCode;
use serde_json::{Value as Json, json};

use super::desk::{Desk, body};

fn member(id: usize, identity: &str) -> Json {
    json!({
        "id": id.to_string(), "method": "POST",
        "url": "https://outlook.office365.com/adminapi/beta/x/InvokeCommand",
        "headers": {"X-CmdletName": "Get-Mailbox", "Prefer": "odata.maxpagesize=1000;odata.continue-on-error"},
        "body": body("Get-Mailbox", json!({"Identity": identity})),
    })
}

#[tokio::test]
async fn members_succeed_and_fail_one_by_one() {
    let desk = Desk::new(50);
    let requests =
        json!({"requests": [member(0, "adele"), member(1, "nobody"), member(2, "AlexW")]});
    let answer = desk.post(&desk.path("$batch"), &requests).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(
        answer.text().starts_with(r#"{"responses":[{"id":"0","status":200,"headers":{"#),
        "{}",
        answer.text()
    );
    let responses = answer.json()["responses"].take();
    assert_eq!(responses[0]["body"]["value"][0]["Alias"], "adele");
    assert_eq!(responses[1]["status"], 404);
    assert_eq!(responses[1]["body"]["error"]["code"], "NotFound");
    assert_eq!(responses[2]["id"], "2");
    assert_eq!(responses[2]["body"]["value"][0]["Alias"], "AlexW");
}

#[tokio::test]
async fn ten_members_are_the_most() {
    let desk = Desk::new(50);
    let requests: Vec<Json> = (0..11).map(|id| member(id, "adele")).collect();
    let answer = desk.post(&desk.path("$batch"), &json!({"requests": requests[..10]})).await;
    assert_eq!(answer.json()["responses"].as_array().unwrap().len(), 10);
    let answer = desk.post(&desk.path("$batch"), &json!({"requests": requests})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}
