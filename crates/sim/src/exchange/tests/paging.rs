//! Paging: complete, bound to anchor and cookie, and over after half an hour.

use std::collections::HashSet;

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::desk::{Answer, Desk, body};

const MORE: &str = "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.";
const EXPIRED: &str = "Expired or Invalid pagination request. Default Expiry time is 00:30:00";

fn link(answer: &Answer) -> Option<String> {
    answer.json()["@odata.nextLink"].as_str().map(str::to_owned)
}

/// Reads all pages; gives the rows of each.
async fn drain(desk: &mut Desk, body: &Json) -> Vec<Vec<Json>> {
    let mut answer = desk.post(&desk.path("InvokeCommand"), body).await;
    desk.keep_cookie(&answer);
    let mut pages = vec![answer.rows()];
    while let Some(next) = link(&answer) {
        answer = desk.follow(&next, body).await;
        pages.push(answer.rows());
    }
    pages
}

#[tokio::test]
async fn every_mailbox_comes_once() {
    let mut desk = Desk::new(2500);
    let body = body("Get-Mailbox", json!({"ResultSize": "Unlimited"}));
    let pages = drain(&mut desk, &body).await;
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    assert_eq!(sizes, [1000, 1000, 500]);
    let guids: HashSet<&str> =
        pages.iter().flatten().map(|row| row["Guid"].as_str().unwrap()).collect();
    assert_eq!(guids.len(), 2500);
}

#[tokio::test]
async fn the_page_size_is_the_clients_and_writes_between_pages_lose_nothing() {
    let mut desk = Desk::new(300);
    desk.page_size = 70;
    let body = body("Get-Mailbox", json!({"ResultSize": "Unlimited"}));
    let first = desk.post(&desk.path("InvokeCommand"), &body).await;
    desk.keep_cookie(&first);
    assert_eq!(first.json()["@adminapi.warnings"], json!([MORE]));
    assert!(link(&first).unwrap().contains("/InvokeCommand?%24skiptoken="));
    desk.run("Remove-Mailbox", json!({"Identity": "adele", "Confirm": false})).await;
    let mut rows = first.rows();
    let mut next = link(&first);
    while let Some(address) = next {
        let answer = desk.follow(&address, &body).await;
        rows.extend(answer.rows());
        next = link(&answer);
    }
    assert_eq!(rows.len(), 300);
}

#[tokio::test]
async fn result_size_bounds_the_rows() {
    let mut desk = Desk::new(1500);
    let sized = |size| body("Get-Mailbox", json!({"ResultSize": size}));
    let answer = desk.post(&desk.path("InvokeCommand"), &sized(20)).await;
    assert_eq!(answer.rows().len(), 20);
    assert_eq!(answer.json()["@adminapi.warnings"], json!([MORE]));
    assert_eq!(link(&answer), None);
    desk.page_size = 400;
    let sizes: Vec<usize> = drain(&mut desk, &sized(1001)).await.iter().map(Vec::len).collect();
    assert_eq!(sizes, [400, 400, 201]);
    desk.page_size = 1000;
    let default = desk.run("Get-Mailbox", json!({})).await;
    assert_eq!(default.rows().len(), 1000);
    assert_eq!(default.json()["@adminapi.warnings"], json!([MORE]));
}

#[tokio::test]
async fn a_continuation_belongs_to_its_request() {
    let mut desk = Desk::new(200);
    desk.page_size = 50;
    let all = body("Get-Mailbox", json!({"ResultSize": "Unlimited"}));
    let first = desk.post(&desk.path("InvokeCommand"), &all).await;
    let next = link(&first).unwrap();
    let refused = |answer: Answer| {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        assert_eq!(answer.json()["error"]["innererror"]["internalexception"]["message"], EXPIRED);
    };
    // Without the cookie, with another body, from another anchor.
    refused(desk.follow(&next, &all).await);
    desk.keep_cookie(&first);
    refused(desk.follow(&next, &body("Get-Mailbox", json!({"ResultSize": 200}))).await);
    desk.anchor = Some("UPN:somebody@contoso.onmicrosoft.com");
    refused(desk.follow(&next, &all).await);
    desk.anchor = Some(super::desk::ANCHOR);
    // As it should be; and once more, because an answer can get lost.
    assert_eq!(desk.follow(&next, &all).await.rows().len(), 50);
    assert_eq!(desk.follow(&next, &all).await.rows().len(), 50);
    desk.clock.advance(SignedDuration::from_mins(31));
    refused(desk.follow(&next, &all).await);
}

#[tokio::test]
async fn without_an_anchor_on_the_first_page_there_is_no_second() {
    let mut desk = Desk::new(200);
    desk.page_size = 50;
    desk.anchor = None;
    let all = body("Get-Mailbox", json!({"ResultSize": "Unlimited"}));
    let first = desk.post(&desk.path("InvokeCommand"), &all).await;
    desk.keep_cookie(&first);
    let answer = desk.follow(&link(&first).unwrap(), &all).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn rows_of_other_cmdlets_page_too() {
    let mut desk = Desk::new(400);
    desk.page_size = 37;
    for (cmdlet, parameters) in [
        ("Get-RecipientPermission", json!({"ResultSize": "Unlimited"})),
        ("Get-Recipient", json!({"ResultSize": "Unlimited"})),
        (
            "Get-DistributionGroupMember",
            json!({"Identity": "Operations Team", "ResultSize": "Unlimited"}),
        ),
        ("Get-Mailbox", json!({"SortBy": "DisplayName", "ResultSize": "Unlimited"})),
        ("Get-Mailbox", json!({"Filter": "Alias -like 'a*'", "ResultSize": "Unlimited"})),
    ] {
        desk.cookie = None;
        let body = body(cmdlet, parameters);
        let small: Vec<Json> = drain(&mut desk, &body).await.concat();
        desk.page_size = 1000;
        let whole: Vec<Json> = drain(&mut desk, &body).await.concat();
        desk.page_size = 37;
        assert!(!whole.is_empty());
        assert!(small == whole, "{cmdlet}: {} rows in pages, {} at once", small.len(), whole.len());
    }
}
