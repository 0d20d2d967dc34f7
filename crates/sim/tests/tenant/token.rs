//! The token endpoint around the assertion: request, application, resource, and the token itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exoctl_sim::{DirectoryRole, Registered, Registration};
use jiff::SignedDuration;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use crate::harness::{EXCHANGE, Sim, certificate_der, claims_of, form, ps256_header, sign};

const TOKEN: &str = "/contoso.onmicrosoft.com/oauth2/v2.0/token";

/// Path, changed fields, and what the refusal must be: status, error, code, start of the text.
type Case<'a> = (&'a str, &'a [(&'static str, &'a str)], u16, &'a str, u32, &'a str);

/// Asks with some fields of the usual form changed; an empty text leaves a field out.
async fn ask_with(
    sim: &Sim,
    path: &str,
    application: &Registered,
    changes: &[(&'static str, &str)],
) -> (u16, Value) {
    let assertion = sign("PS256", &ps256_header(), &sim.claims(application));
    let mut fields = form(&application.app_id.to_string(), &assertion);
    for (name, value) in changes {
        fields.retain(|field| field.0 != *name);
        if !value.is_empty() {
            fields.push((name, (*value).to_owned()));
        }
    }
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|field| (field.0, field.1.as_str())).collect();
    let answer = sim.post(path, &fields).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_token_has_the_claims_that_exchange_expects() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let (status, body) = ask_with(&sim, TOKEN, &application, &[]).await;
    assert_eq!((status, &body["token_type"]), (200, &json!("Bearer")));
    let expires_in = body["expires_in"].as_i64().unwrap();
    assert!((3599..5400).contains(&expires_in), "{expires_in}");
    let claims = claims_of(body["access_token"].as_str().unwrap());
    let issuer = format!("https://sts.windows.net/{}/", sim.tenant_id());
    for (name, value) in [
        ("aud", json!("https://outlook.office365.com")),
        ("iss", json!(issuer)),
        ("idp", json!(issuer)),
        ("appid", json!(application.app_id)),
        ("app_displayname", json!("nightly report")),
        ("appidacr", json!("2")),
        ("idtyp", json!("app")),
        ("oid", json!(application.object_id)),
        ("sub", json!(application.object_id)),
        ("roles", json!(["Exchange.ManageAsApp"])),
        (
            "wids",
            json!(["29232cdf-9323-42fd-ade2-1d097af3e4de", "0997a1d0-0d1d-4acb-b408-d5ca73121e90"]),
        ),
        ("tid", json!(sim.tenant_id())),
        ("ver", json!("1.0")),
        ("iat", json!(sim.clock.now().as_second())),
        ("exp", json!(sim.clock.now().as_second() + expires_in + 1)),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
}

#[tokio::test]
async fn the_published_keys_verify_a_token() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    let token = sim.exchange_token(&application).await;
    let keys = sim.get(&format!("/{}/discovery/v2.0/keys", sim.tenant_id())).await;
    let keys: JwkSet = serde_json::from_slice(&keys.body).unwrap();
    let header = decode_header(&token).unwrap();
    let key = keys.find(&header.kid.unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["https://outlook.office365.com"]);
    // The tenant's clock stands still, the verifier's does not.
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(key).unwrap();
    let verified = decode::<Value>(&token, &key, &validation).unwrap();
    assert_eq!(verified.claims["appid"], json!(application.app_id));
}

const REFUSALS: [Case<'static>; 17] = [
    (
        TOKEN,
        &[("grant_type", "")],
        400,
        "invalid_request",
        900_144,
        "The request body must contain the following parameter: 'grant_type'.",
    ),
    (
        TOKEN,
        &[("grant_type", "password")],
        400,
        "unsupported_grant_type",
        70_003,
        "The app requested an unsupported grant type 'password'.",
    ),
    (
        TOKEN,
        &[("client_id", "")],
        400,
        "invalid_request",
        900_144,
        "The request body must contain the following parameter: 'client_id'.",
    ),
    (
        TOKEN,
        &[("scope", "")],
        400,
        "invalid_request",
        900_144,
        "The request body must contain the following parameter: 'scope'.",
    ),
    (
        TOKEN,
        &[("scope", "https://outlook.office365.com/Exchange.Manage")],
        400,
        "invalid_scope",
        1_002_012,
        "The provided value for scope https://outlook.office365.com/Exchange.Manage is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
    ),
    (
        TOKEN,
        &[("resource", "https://outlook.office365.com")],
        400,
        "invalid_request",
        901_002,
        "The 'resource' request parameter is not supported.",
    ),
    (
        TOKEN,
        &[("scope", "https://outlook.office365.us/.default")],
        400,
        "invalid_resource",
        500_011,
        "The resource principal named https://outlook.office365.us was not found in the tenant named Contoso.",
    ),
    (
        TOKEN,
        &[("client_id", "00000000-1111-2222-3333-444444444444")],
        400,
        "unauthorized_client",
        700_016,
        "Application with identifier '00000000-1111-2222-3333-444444444444' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
    ),
    (
        TOKEN,
        &[("client_assertion", "")],
        401,
        "invalid_client",
        7_000_216,
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ),
    (
        TOKEN,
        &[("client_assertion", ""), ("client_secret", "x")],
        401,
        "invalid_client",
        7_000_215,
        "Invalid client secret provided.",
    ),
    (
        TOKEN,
        &[("client_assertion_type", "")],
        400,
        "invalid_request",
        900_144,
        "The request body must contain the following parameter: 'client_assertion_type'.",
    ),
    (
        TOKEN,
        &[("client_assertion_type", "urn:x")],
        400,
        "invalid_request",
        9_002_313,
        "Invalid request. Request is malformed or invalid.",
    ),
    (
        "/fabrikam.com/oauth2/v2.0/token",
        &[],
        400,
        "invalid_request",
        90_002,
        "Tenant 'fabrikam.com' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    ),
    (
        "/fabrikam.com/oauth2/token",
        &[],
        400,
        "invalid_tenant",
        90_002,
        "Tenant 'fabrikam.com' not found.",
    ),
    (
        "/contoso/oauth2/v2.0/token",
        &[],
        400,
        "invalid_request",
        900_023,
        "Specified tenant identifier 'contoso' is neither a valid DNS name, nor a valid external domain.",
    ),
    (
        "/common/oauth2/v2.0/token",
        &[],
        400,
        "invalid_request",
        9_001_023,
        "The grant type is not supported over the /common or /consumers endpoints.",
    ),
    (
        "/organizations/oauth2/v2.0/token",
        &[],
        400,
        "invalid_request",
        50_059,
        "No tenant-identifying information found",
    ),
];

#[tokio::test]
async fn requests_that_cannot_be_are_refused() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    for (path, changes, status, error, code, text) in REFUSALS {
        let (got, body) = ask_with(&sim, path, &application, changes).await;
        assert_eq!((got, body["error"].as_str()), (status, Some(error)), "{changes:?}: {body}");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: {text}")), "{description}");
    }
}

#[tokio::test]
async fn applications_that_may_not_get_a_token_are_refused() {
    let sim = Sim::start(|_| {}).await;
    let registration = || Registration::new(certificate_der()).with_name("reports");
    for (registration, status, error, code) in [
        (registration().without_service_principal(), 401, "invalid_client", 7_000_229),
        (registration().disabled(), 400, "unauthorized_client", 7_000_112),
        (registration().as_public_client(), 401, "invalid_client", 700_025),
        (registration().blocked_by_policy(), 400, "invalid_grant", 53_003),
    ] {
        let application = sim.tenant.register(registration).unwrap();
        let (got, body) = ask_with(&sim, TOKEN, &application, &[]).await;
        assert_eq!((got, body["error"].as_str()), (status, Some(error)), "{body}");
        assert_eq!(body["error_codes"], json!([code]));
    }
}

#[tokio::test]
async fn the_resource_is_kept_as_it_was_asked_for() {
    let sim = Sim::start(|_| {}).await;
    let application = sim.register();
    for (scope, audience) in [
        ("https://outlook.office365.com//.default", "https://outlook.office365.com/"),
        (
            "https://ps.compliance.protection.outlook.com/.default",
            "https://ps.compliance.protection.outlook.com",
        ),
        ("https://management.core.windows.net//.default", "https://management.core.windows.net/"),
        ("00000002-0000-0ff1-ce00-000000000000/.default", "00000002-0000-0ff1-ce00-000000000000"),
    ] {
        let (_, body) = ask_with(&sim, TOKEN, &application, &[("scope", scope)]).await;
        assert_eq!(claims_of(body["access_token"].as_str().unwrap())["aud"], audience, "{body}");
    }
}

#[tokio::test]
async fn without_consent_there_are_no_roles_and_without_a_role_only_the_filler() {
    let sim = Sim::start(|_| {}).await;
    let application =
        sim.tenant.register(Registration::new(certificate_der()).without_consent()).unwrap();
    let early = claims_of(&sim.exchange_token(&application).await);
    assert_eq!(early.get("roles"), None);
    assert_eq!(early["wids"], json!(["0997a1d0-0d1d-4acb-b408-d5ca73121e90"]));
    // What is granted later shows in the next token.
    let grant = Registration::default()
        .with_app_id(application.app_id)
        .with_role(DirectoryRole::GlobalReader);
    sim.tenant.register(grant).unwrap();
    let late = claims_of(&sim.exchange_token(&application).await);
    assert_eq!(late["roles"], json!(["Exchange.ManageAsApp"]));
    assert_eq!(late["wids"][0], "f2ef992c-3afb-46b9-b7cf-a126ee74c451");
}

#[tokio::test]
async fn the_version_1_endpoint_answers_with_texts() {
    let sim =
        Sim::start(|config| config.token_lifetime = Some(std::time::Duration::from_hours(1))).await;
    let application = sim.register();
    let changes = [("scope", ""), ("resource", "https://outlook.office365.com")];
    let (status, body) =
        ask_with(&sim, "/contoso.onmicrosoft.com/oauth2/token", &application, &changes).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["expires_in"], "3599");
    assert_eq!(body["expires_on"], (sim.clock.now().as_second() + 3600).to_string());
    assert_eq!(body["resource"], "https://outlook.office365.com");
}

#[tokio::test]
async fn lifetimes_follow_the_seed_or_the_configuration() {
    let lifetimes = async |seed: u64| {
        let sim = Sim::start(|config| config.seed = seed).await;
        let application = sim.register();
        let mut seconds = Vec::new();
        for _ in 0..4 {
            seconds.push(
                ask_with(&sim, TOKEN, &application, &[]).await.1["expires_in"].as_u64().unwrap(),
            );
        }
        seconds
    };
    let first = lifetimes(3).await;
    assert_eq!(first, lifetimes(3).await);
    assert_ne!(first, lifetimes(4).await);
    let sim =
        Sim::start(|config| config.token_lifetime = Some(std::time::Duration::from_hours(4))).await;
    let (_, body) = ask_with(&sim, TOKEN, &sim.register(), &[("scope", EXCHANGE)]).await;
    assert_eq!((&body["expires_in"], &body["refresh_in"]), (&json!(14_399), &json!(7200)));
}

#[tokio::test]
async fn graph_reads_need_a_token_of_this_tenant_for_graph() {
    let sim = Sim::start(|_| {}).await;
    let registration = Registration::new(certificate_der()).with_role(DirectoryRole::GlobalReader);
    let application = sim.tenant.register(registration).unwrap();
    let read = async |path: &str, token: &str| {
        let request = sim.client.get(sim.url(path)).bearer_auth(token);
        let answer = crate::harness::read(request).await.unwrap();
        (answer.status, answer.json())
    };
    let (_, body) =
        ask_with(&sim, TOKEN, &application, &[("scope", "https://graph.microsoft.com/.default")])
            .await;
    let token = body["access_token"].as_str().unwrap();
    let filter =
        format!("/v1.0//servicePrincipals?$filter=appId%20eq%20%27{}%27", application.app_id);
    let (status, principals) = read(&filter, token).await;
    assert_eq!((status, &principals["value"][0]["id"]), (200, &json!(application.object_id)));
    assert_eq!(principals["value"].as_array().unwrap().len(), 1);
    let (_, organization) = read("/v1.0/organization", token).await;
    assert_eq!(organization["value"][0]["verifiedDomains"][0]["name"], "contoso.onmicrosoft.com");

    let (status, refusal) =
        read("/v1.0/organization", &sim.exchange_token(&application).await).await;
    assert_eq!((status, &refusal["error"]["code"]), (401, &json!("InvalidAuthenticationToken")));
    let tampered =
        format!("{}.{}", token.rsplit_once('.').unwrap().0, URL_SAFE_NO_PAD.encode([0; 256]));
    assert_eq!(read("/v1.0/organization", &tampered).await.0, 401);
    sim.clock.advance(SignedDuration::from_mins(91));
    assert_eq!(read("/v1.0/organization", token).await.0, 401);
}
