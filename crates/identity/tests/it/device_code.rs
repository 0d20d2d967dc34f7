//! A sign-in on another device, against a scripted authority. The answers are those of RFC 8628
//! and of Learn, "OAuth 2.0 device authorization grant".

use std::sync::Arc;
use std::time::Duration;

use exoctl_identity::{DeviceCodeFlow, HumanSignInError, SignedIn};
use tokio::time::Instant;

use crate::authority::{Authority, CLIENT, NOW};
use crate::signed_in::{TOKEN, form, graph, public_client};

const CODE: (u16, &str) = (
    200,
    r#"{"user_code":"WDJBMJHT","device_code":"GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5,"message":"To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code WDJBMJHT to authenticate."}"#,
);
const PENDING: (u16, &str) = (
    400,
    r#"{"error":"authorization_pending","error_description":"AADSTS70016: OAuth 2.0 device flow error. Authorization is pending. Continue polling.","error_codes":[70016]}"#,
);
const SLOW_DOWN: (u16, &str) = (400, r#"{"error":"slow_down"}"#);

async fn start(authority: &Arc<Authority>) -> DeviceCodeFlow {
    DeviceCodeFlow::start(public_client(authority), graph()).await.unwrap()
}

/// How it ends, and after how many seconds.
async fn finish(
    answers: impl IntoIterator<Item = (u16, &'static str)>,
) -> (Result<SignedIn, HumanSignInError>, u64, Arc<Authority>) {
    let authority = Authority::answering([CODE].into_iter().chain(answers));
    let flow = start(&authority).await;
    let started = Instant::now();
    let outcome = flow.finish().await;
    (outcome, started.elapsed().as_secs(), authority)
}

#[tokio::test(start_paused = true)]
async fn the_human_is_told_the_code_and_the_address() {
    let authority = Authority::answering([CODE]);
    let flow = start(&authority).await;
    let prompt = flow.prompt();
    assert_eq!(prompt.user_code, "WDJBMJHT");
    assert_eq!(prompt.verification_uri.as_str(), "https://microsoft.com/devicelogin");
    assert_eq!(prompt.expires_at.as_second(), NOW + 900);
    assert!(prompt.message.starts_with("To sign in"), "{}", prompt.message);
    assert!(!format!("{flow:?}").contains("GmRh"), "{flow:?}");
    let asked = authority.asked.lock().unwrap();
    assert_eq!(asked[0].uri().path(), "/contoso.onmicrosoft.com/oauth2/v2.0/devicecode");
    assert_eq!(
        form(&asked[0]),
        [
            ("client_id", CLIENT),
            ("scope", "Application.ReadWrite.All openid profile offline_access"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test(start_paused = true)]
async fn the_authority_is_asked_as_often_as_it_says() {
    let (outcome, seconds, authority) = finish([PENDING, PENDING, TOKEN]).await;
    assert_eq!(outcome.unwrap().granted(), ["Application.ReadWrite.All", "openid", "profile"]);
    assert_eq!(seconds, 15);
    let asked = authority.asked.lock().unwrap();
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[1].uri().path(), "/contoso.onmicrosoft.com/oauth2/v2.0/token");
    assert_eq!(
        form(&asked[1]),
        [
            ("client_id", CLIENT),
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[tokio::test(start_paused = true)]
async fn slow_down_adds_five_seconds_for_good() {
    // 5, then 10 and 10, then 15.
    let (outcome, seconds, _) = finish([SLOW_DOWN, PENDING, SLOW_DOWN, TOKEN]).await;
    assert!(outcome.is_ok());
    assert_eq!(seconds, 40);
}

#[tokio::test(start_paused = true)]
async fn an_authority_that_is_unwell_for_a_moment_is_asked_again() {
    let unwell =
        (503, r#"{"error":"temporarily_unavailable","error_description":"AADSTS90033: x"}"#);
    let (outcome, _, authority) = finish([unwell, PENDING, TOKEN]).await;
    assert!(outcome.is_ok());
    assert_eq!(authority.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_no_is_final() {
    let declined = r#"{"error":"authorization_declined","error_description":"AADSTS70017: x"}"#;
    for no in [r#"{"error":"access_denied"}"#, declined] {
        let (outcome, _, authority) = finish([PENDING, (400, no), TOKEN]).await;
        let error = outcome.unwrap_err();
        assert!(matches!(error, HumanSignInError::Declined { .. }), "{error}");
        assert_eq!(authority.asked(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_code_that_has_expired_is_not_asked_about_any_more() {
    let expired = r#"{"error":"expired_token","error_description":"AADSTS70020: x"}"#;
    let (outcome, seconds, _) = finish([PENDING, (400, expired), TOKEN]).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.to_string(), "nobody signed in within 15 minutes");
    assert_eq!(seconds, 10);
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_with_the_codes_life_whatever_the_authority_says() {
    let (outcome, seconds, authority) = finish([PENDING; 300]).await;
    let error = outcome.unwrap_err();
    let after = Duration::from_mins(15);
    assert!(matches!(error, HumanSignInError::TimedOut { after: a } if a == after), "{error}");
    assert_eq!(seconds, 900);
    assert_eq!(authority.asked(), 1 + 179);
}

#[tokio::test(start_paused = true)]
async fn another_refusal_keeps_the_authoritys_words() {
    let blocked = r#"{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.","error_codes":[53003]}"#;
    let (outcome, _, _) = finish([PENDING, (400, blocked)]).await;
    assert_eq!(outcome.unwrap_err().entra().map(|entra| entra.code), Some(53_003));
    let unknown = r#"{"error":"unauthorized_client","error_description":"AADSTS700016: x"}"#;
    let authority = Authority::answering([(400, unknown)]);
    let error = DeviceCodeFlow::start(public_client(&authority), graph()).await.unwrap_err();
    assert_eq!(error.entra().map(|entra| entra.code), Some(700_016));
}
