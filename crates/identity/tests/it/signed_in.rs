//! A human's sign-in as a credential: tokens for several resources by one refresh token.

use std::sync::Arc;

use exoctl_http::Request;
use exoctl_identity::{
    Authority as Place, CredentialError, DelegatedScopes, DeviceCodeFlow, PublicClient, Scope,
    SignedIn, TokenCredential, TokenRequest,
};
use exoctl_model::{Cloud, ManualClock};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use url::form_urlencoded;

use crate::authority::{Authority, CLIENT, NOW, clock};

/// After Learn's example; the id token says (made with Python's base64 module)
/// `{"oid":"o","tid":"9f7a1b2c-0000-4000-8000-0123456789ab","preferred_username":"adele@contoso.com"}`.
pub(crate) const TOKEN: (u16, &str) = (
    200,
    r#"{"token_type":"Bearer","scope":"https://graph.microsoft.com/Application.ReadWrite.All openid profile","expires_in":3599,"ext_expires_in":3599,"access_token":"token-1","refresh_token":"refresh-1","id_token":"e30.eyJvaWQiOiJvIiwidGlkIjoiOWY3YTFiMmMtMDAwMC00MDAwLTgwMDAtMDEyMzQ1Njc4OWFiIiwicHJlZmVycmVkX3VzZXJuYW1lIjoiYWRlbGVAY29udG9zby5jb20ifQ.c2ln"}"#,
);
const CODE: (u16, &str) = (
    200,
    r#"{"user_code":"U","device_code":"D","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5}"#,
);
const SECOND: (u16, &str) = (
    200,
    r#"{"token_type":"Bearer","expires_in":3599,"access_token":"token-2","refresh_token":"refresh-2"}"#,
);
const THIRD: (u16, &str) =
    (200, r#"{"token_type":"Bearer","expires_in":3599,"access_token":"token-3"}"#);

pub(crate) fn public_client(authority: &Arc<Authority>) -> PublicClient {
    client_at(authority, clock())
}

pub(crate) fn client_at(authority: &Arc<Authority>, clock: Arc<ManualClock>) -> PublicClient {
    let place = Place::new(&Cloud::default(), "contoso.onmicrosoft.com".parse().unwrap());
    PublicClient::new(place, CLIENT.parse().unwrap(), authority.clone(), clock)
}

pub(crate) fn graph() -> DelegatedScopes {
    DelegatedScopes::graph(&Cloud::default(), ["Application.ReadWrite.All"])
}

pub(crate) fn form(request: &Request) -> Vec<(String, String)> {
    form_urlencoded::parse(request.body()).into_owned().collect()
}

fn for_graph() -> TokenRequest {
    TokenRequest::new(Scope::graph(&Cloud::default()))
}

fn for_exchange() -> TokenRequest {
    TokenRequest::new(Scope::exchange(&Cloud::default()))
}

async fn signed_in(
    answers: impl IntoIterator<Item = (u16, &'static str)>,
) -> (SignedIn, Arc<Authority>, Arc<ManualClock>) {
    let authority = Authority::answering([CODE].into_iter().chain(answers));
    let clock = clock();
    let flow = DeviceCodeFlow::start(client_at(&authority, clock.clone()), graph()).await.unwrap();
    let exchange = DelegatedScopes::of(Scope::exchange(&Cloud::default()), ["Exchange.Manage"]);
    (flow.with_scopes(exchange).finish().await.unwrap(), authority, clock)
}

async fn secret(signed_in: &SignedIn, request: &TokenRequest) -> String {
    signed_in.token(request).await.unwrap().secret().expose_secret().to_owned()
}

fn refresh(resource_scope: &str, refresh_token: &str) -> Vec<(String, String)> {
    let scope = format!("{resource_scope} openid profile offline_access");
    [
        ("client_id", CLIENT),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
        ("scope", &scope),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test(start_paused = true)]
async fn the_sign_ins_own_token_comes_first_and_says_who_it_is() {
    let (signed_in, authority, _) = signed_in([TOKEN]).await;
    for _ in 0..3 {
        assert_eq!(secret(&signed_in, &for_graph()).await, "token-1");
    }
    assert_eq!(authority.asked(), 2);
    let account = signed_in.account();
    assert_eq!(account.user_name.as_deref(), Some("adele@contoso.com"));
    assert_eq!(account.object_id.as_deref(), Some("o"));
    let tenant = account.tenant_id.unwrap().to_string();
    assert_eq!(tenant, "9f7a1b2c-0000-4000-8000-0123456789ab");
    let shown = format!("{signed_in:?}");
    assert!(!shown.contains("token-1") && !shown.contains("refresh-1"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn another_resource_is_asked_for_with_its_permissions() {
    let (signed_in, authority, _) = signed_in([TOKEN, SECOND, THIRD]).await;
    assert_eq!(secret(&signed_in, &for_exchange()).await, "token-2");
    assert_eq!(secret(&signed_in, &for_exchange()).await, "token-2", "kept");
    assert_eq!(secret(&signed_in, &for_graph()).await, "token-1", "not lost meanwhile");
    let other = TokenRequest::new("https://vault.azure.net".parse().unwrap());
    assert_eq!(secret(&signed_in, &other).await, "token-3");
    let asked = authority.asked.lock().unwrap();
    assert_eq!(
        form(&asked[2]),
        refresh("https://outlook.office365.com/Exchange.Manage", "refresh-1")
    );
    let newest = "refresh-2";
    assert_eq!(form(&asked[3]), refresh("https://vault.azure.net/.default", newest));
}

#[tokio::test(start_paused = true)]
async fn tokens_are_renewed_before_they_expire_and_when_they_are_refused() {
    let (signed_in, authority, clock) = signed_in([TOKEN, SECOND, THIRD]).await;
    assert_eq!(secret(&signed_in, &for_graph()).await, "token-1");
    clock.advance(SignedDuration::from_mins(56));
    let second = signed_in.token(&for_graph()).await.unwrap();
    assert_eq!(second.secret().expose_secret(), "token-2");
    assert_eq!(second.expires_at().as_second(), NOW + 56 * 60 + 3599);
    let claims = r#"{"access_token":{"nbf":{"essential":true}}}"#.to_owned();
    let challenged = for_graph().rejecting(&second).with_claims(Some(claims.clone()));
    assert_eq!(secret(&signed_in, &challenged).await, "token-3");
    let asked = authority.asked.lock().unwrap();
    let mut expected = refresh("Application.ReadWrite.All", "refresh-2");
    expected.push(("claims".to_owned(), claims));
    assert_eq!(form(&asked[3]), expected);
}

#[tokio::test(start_paused = true)]
async fn a_first_token_that_nobody_fetched_in_time_is_renewed() {
    let (signed_in, _, clock) = signed_in([TOKEN, SECOND]).await;
    clock.advance(SignedDuration::from_mins(59));
    assert_eq!(secret(&signed_in, &for_graph()).await, "token-2");
}

#[tokio::test(start_paused = true)]
async fn without_a_refresh_token_there_is_the_one_token_and_then_an_end() {
    let (signed_in, authority, clock) = signed_in([THIRD]).await;
    assert_eq!(secret(&signed_in, &for_graph()).await, "token-3");
    let error = signed_in.token(&for_exchange()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sign-in has ended and gives no further token for https://outlook.office365.com"
    );
    clock.advance(SignedDuration::from_hours(1));
    let error = signed_in.token(&for_graph()).await.unwrap_err();
    assert!(matches!(error.root(), CredentialError::SignInEnded { .. }), "{error}");
    assert_eq!(authority.asked(), 2, "nobody was asked in vain");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_is_refused_keeps_the_authoritys_words() {
    let refused = r#"{"error":"invalid_grant","error_description":"AADSTS65001: The user or administrator has not consented to use the application.","error_codes":[65001],"suberror":"consent_required"}"#;
    let (signed_in, _, _) = signed_in([TOKEN, (400, refused)]).await;
    let error = signed_in.token(&for_exchange()).await.unwrap_err();
    assert_eq!(error.entra().map(|entra| entra.code), Some(65_001));
}
