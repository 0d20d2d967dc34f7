//! Faults that the server does itself, seen from a client.

use std::time::Instant;

use serde_json::json;

use crate::harness::{Answer, Sim, read};

const INVOKE: &str = "/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand";

async fn sim_with(faults: &[&str]) -> Sim {
    let faults: Vec<_> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    Sim::start(|config| config.faults = faults).await
}

async fn invoke(sim: &Sim, cmdlet: &str) -> reqwest::Result<Answer> {
    let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": {}}}).to_string();
    read(sim.client.post(sim.url(INVOKE)).header("content-type", "application/json").body(body))
        .await
}

#[tokio::test]
async fn throttling_with_and_without_retry_after() {
    let sim = sim_with(&[
        "throttle:retry-after=1.5,match=Get-Mailbox",
        "throttle:body=text,match=Get-Recipient",
        "throttle:body=empty,match=Get-User",
    ])
    .await;
    let json = invoke(&sim, "Get-Mailbox").await.unwrap();
    assert_eq!((json.status, json.header("retry-after")), (429, "1.5"));
    assert_eq!(json.json()["error"]["code"], "TooManyRequests");
    let text = invoke(&sim, "Get-Recipient").await.unwrap();
    assert_eq!((text.status, text.headers.contains_key("retry-after")), (429, false));
    assert!(text.body.starts_with(b"You have reached the maximum number of concurrent requests per tenant. Please wait and try again"));
    let empty = invoke(&sim, "Get-User").await.unwrap();
    assert_eq!((empty.status, empty.body.len()), (429, 0));
    // No rule, no fault: without a token that is 401.
    assert_eq!(invoke(&sim, "Get-Group").await.unwrap().status, 401);
}

#[tokio::test]
async fn a_reset_breaks_the_connection_and_the_next_call_is_answered() {
    let sim = sim_with(&["reset:count=1", "reset:when=after,after=1,count=1"]).await;
    for _ in 0..2 {
        let error = invoke(&sim, "Get-Mailbox").await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
    }
    assert_eq!(invoke(&sim, "Get-Mailbox").await.unwrap().status, 401);
    let control = exoctl_sim::ControlClient::open(sim.state.path()).await.unwrap();
    let log = control.requests_since(0).await.unwrap();
    let seen: Vec<_> = log.iter().map(|entry| (entry.fault.as_deref(), entry.status)).collect();
    assert_eq!(seen, [(Some("reset"), None), (Some("reset"), None), (None, Some(401))]);
}

#[tokio::test]
async fn a_truncated_body_ends_before_its_announced_length() {
    let sim = sim_with(&["truncate:service=entra,keep=0.5,count=1"]).await;
    let path = "/contoso.com/v2.0/.well-known/openid-configuration";
    let response = sim.client.get(sim.url(path)).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert!(response.content_length().unwrap() > 500);
    response.bytes().await.unwrap_err();
    assert_eq!(sim.get(path).await.status, 200);
}

#[tokio::test]
async fn nul_bytes_claim_to_be_gzip() {
    let sim = sim_with(&["nul403:match=Get-Mailbox"]).await;
    let answer = invoke(&sim, "Get-Mailbox").await.unwrap();
    assert_eq!((answer.status, answer.header("content-encoding")), (403, "gzip"));
    assert!(answer.body.len() > 100 && answer.body.iter().all(|byte| *byte == 0));
}

#[tokio::test]
async fn server_errors_have_their_status() {
    for status in [500, 502, 503, 504] {
        let sim = sim_with(&[&format!("error:status={status},count=1")]).await;
        assert_eq!(invoke(&sim, "Get-Mailbox").await.unwrap().status, status);
        assert_eq!(invoke(&sim, "Get-Mailbox").await.unwrap().status, 401);
    }
}

#[tokio::test]
async fn a_token_expires_in_mid_run() {
    let sim = sim_with(&["expired-token:after=2,count=1"]).await;
    let mut challenges = Vec::new();
    for _ in 0..4 {
        let answer = invoke(&sim, "Get-Mailbox").await.unwrap();
        challenges.push(
            answer
                .header("www-authenticate")
                .starts_with("Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\""),
        );
    }
    // Without a token only Basic is offered; the fault answers as if an old one had been sent.
    assert_eq!(challenges, [false, false, true, false]);
}

#[tokio::test]
async fn slow_is_slow() {
    let sim = sim_with(&["slow:delay=0.2,count=1"]).await;
    let start = Instant::now();
    invoke(&sim, "Get-Mailbox").await.unwrap();
    assert!(start.elapsed().as_secs_f64() >= 0.2, "an answer cannot come before its delay");
}

#[tokio::test]
async fn an_empty_bucket_fills_by_the_tenants_clock() {
    let sim = sim_with(&["bucket:rate=1,burst=2"]).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(invoke(&sim, "Get-Mailbox").await.unwrap().status);
    }
    assert_eq!(statuses, [401, 401, 429]);
    sim.clock.advance(jiff::SignedDuration::from_secs(1));
    assert_eq!(invoke(&sim, "Get-Mailbox").await.unwrap().status, 401);
}

#[tokio::test]
async fn entras_clock_can_differ_and_new_applications_can_be_late() {
    let sim = sim_with(&["skew:seconds=3600", "replication:service=entra,reads=2"]).await;
    let application = sim.register();
    let assertion =
        crate::harness::sign("PS256", &crate::harness::ps256_header(), &sim.claims(&application));
    let mut codes = Vec::new();
    for _ in 0..3 {
        let answer = sim.ask(&application.app_id.to_string(), &assertion).await;
        codes.push(answer.json()["error_codes"][0].clone());
        assert_eq!(answer.header("date"), "Sat, 21 Nov 2026 10:00:00 GMT");
    }
    assert_eq!(codes, [json!(700_016), json!(700_016), json!(700_024)]);
}
