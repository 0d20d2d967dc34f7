//! Discovery against a scripted authority. The document is Microsoft's of 2025, shortened.

use exoctl_identity::{DiscoveryError, discover};
use exoctl_model::Cloud;
use jiff::SignedDuration;

use crate::authority::{Authority, clock};

const DOCUMENT: &str = r#"{"token_endpoint":"https://login.microsoftonline.com/9f7a1b2c-0000-4000-8000-0123456789ab/oauth2/v2.0/token","token_endpoint_auth_methods_supported":["client_secret_post","private_key_jwt","client_secret_basic"],"jwks_uri":"https://login.microsoftonline.com/9f7a1b2c-0000-4000-8000-0123456789ab/discovery/v2.0/keys","issuer":"https://login.microsoftonline.com/9f7a1b2c-0000-4000-8000-0123456789ab/v2.0","tenant_region_scope":"EU","cloud_instance_name":"microsoftonline.com"}"#;

#[tokio::test]
async fn a_domain_has_a_tenant_and_the_clock_is_compared() {
    for (offset, alarming) in [(0, false), (60, false), (61, true), (-3600, true)] {
        let authority = Authority::answering([(200, DOCUMENT)]);
        let clock = clock();
        clock.advance(SignedDuration::from_secs(offset));
        let tenant = "contoso.onmicrosoft.com".parse().unwrap();
        let found = discover(&*authority, clock, &Cloud::default(), &tenant).await.unwrap();
        assert_eq!(found.tenant_id.to_string(), "9f7a1b2c-0000-4000-8000-0123456789ab");
        assert_eq!(found.region.as_deref(), Some("EU"));
        assert_eq!(found.clock_skew, Some(SignedDuration::from_secs(offset)));
        assert_eq!(found.alarming_clock_skew().is_some(), alarming, "{offset}");
        let asked = authority.asked.lock().unwrap();
        assert_eq!(
            asked[0].uri().path(),
            "/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration"
        );
    }
}

async fn failure(status: u16, body: &'static str) -> DiscoveryError {
    let authority = Authority::answering([(status, body)]);
    let tenant = "nowhere.onmicrosoft.com".parse().unwrap();
    discover(&*authority, clock(), &Cloud::default(), &tenant).await.unwrap_err()
}

#[tokio::test]
async fn an_unknown_tenant_is_told_apart() {
    let unknown = r#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'nowhere.onmicrosoft.com' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.","error_codes":[90002]}"#;
    let error = failure(400, unknown).await;
    assert!(
        matches!(&error, DiscoveryError::UnknownTenant { source, .. } if source.code == 90_002)
    );
    assert_eq!(error.to_string(), "there is no tenant nowhere.onmicrosoft.com in O365Default");
    let other = failure(400, r#"{"error":"invalid_request"}"#).await;
    assert!(matches!(other, DiscoveryError::Refused { .. }), "{other}");
}

#[tokio::test]
async fn the_document_of_no_tenant_is_refused() {
    let common = r#"{"issuer":"https://login.microsoftonline.com/{tenantid}/v2.0","token_endpoint":"https://login.microsoftonline.com/common/oauth2/v2.0/token"}"#;
    for body in [common, "<html>", "{}", ""] {
        let error = failure(200, body).await;
        assert!(matches!(error, DiscoveryError::Unreadable { status: 200, .. }), "{error}");
    }
}
