//! The credential against a scripted authority.

use std::sync::Arc;

use exoctl_identity::{
    AssertionOptions, Authority, CertificateCredential, CredentialError, CredentialErrorKind,
    Scope, TokenCredential, TokenRequest,
};
use exoctl_model::Cloud;
use secrecy::ExposeSecret;
use url::form_urlencoded;

use crate::authority::{self, CLIENT, NOW, certified_key, clock};

const TOKEN: (u16, &str) = (
    200,
    r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"abc"}"#,
);

fn credential(authority: &Arc<authority::Authority>) -> CertificateCredential {
    CertificateCredential::new(
        Authority::new(&Cloud::default(), "contoso.onmicrosoft.com".parse().unwrap()),
        CLIENT.parse().unwrap(),
        Arc::new(certified_key()),
        authority.clone(),
        clock(),
        AssertionOptions::default(),
    )
}

fn request() -> TokenRequest {
    TokenRequest::new(Scope::exchange(&Cloud::default()))
}

#[tokio::test]
async fn a_token_comes_with_its_end() {
    let authority = authority::Authority::answering([TOKEN]);
    let token = credential(&authority).token(&request()).await.unwrap();
    assert_eq!(token.secret().expose_secret(), "abc");
    assert_eq!(token.expires_at().as_second(), NOW + 3599);
    assert!(!format!("{token:?}").contains("abc"), "{token:?}");
}

#[tokio::test(start_paused = true)]
async fn every_try_carries_an_assertion_of_its_own() {
    let transient = r#"{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred."}"#;
    let authority = authority::Authority::answering([(503, transient), (429, ""), TOKEN]);
    credential(&authority).token(&request()).await.unwrap();
    let asked = authority.asked.lock().unwrap();
    let mut assertions: Vec<_> = asked
        .iter()
        .map(|request| {
            form_urlencoded::parse(request.body())
                .find(|(name, _)| name == "client_assertion")
                .unwrap()
                .1
                .into_owned()
        })
        .collect();
    assertions.dedup();
    assert_eq!(assertions.len(), 3);
}

#[tokio::test]
async fn a_refusal_is_final_and_keeps_the_authoritys_words() {
    let refused = r#"{"error":"unauthorized_client","error_description":"AADSTS700016: Application with identifier 'x' was not found in the directory 'Contoso'. Trace ID: 1","error_codes":[700016],"correlation_id":"c"}"#;
    let authority = authority::Authority::answering([(400, refused), TOKEN]);
    let error = credential(&authority).token(&request()).await.unwrap_err();
    assert_eq!(authority.asked(), 1);
    assert_eq!(
        error.to_string(),
        "https://login.microsoftonline.com/contoso.onmicrosoft.com gave no token to application \
        36ee4c6c-0812-40a2-b820-b22ebd02bce3"
    );
    let entra = error.entra().unwrap();
    assert_eq!((entra.code, entra.correlation_id.as_deref()), (700_016, Some("c")));
    assert_eq!(error.kind(), CredentialErrorKind::TenantAdmin);
    assert!(!error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn an_authority_that_stays_unwell_is_given_up_on() {
    let authority = authority::Authority::answering([(503, "<html>"); 9]);
    let error = credential(&authority).token(&request()).await.unwrap_err();
    assert_eq!(authority.asked(), 5);
    assert!(matches!(error, CredentialError::Unreadable { status: 503, .. }), "{error}");
    assert_eq!((error.kind(), error.is_transient()), (CredentialErrorKind::Service, true));
}

#[tokio::test]
async fn a_proxys_login_page_is_no_token() {
    let authority = authority::Authority::answering([(200, "<html>please log in</html>")]);
    let error = credential(&authority).token(&request()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "https://login.microsoftonline.com/contoso.onmicrosoft.com answered the request for a \
        token with HTTP 200 and no JSON object"
    );
}
