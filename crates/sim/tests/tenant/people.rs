//! People who sign in: device code, authorization code, refresh token.

use exoctl_sim::{AdminTokenRequest, Administrator, DirectoryRole, SignInRefusal};
use serde_json::{Value, json};
use url::Url;

use crate::harness::{Answer, Sim, claims_of, read};

/// Microsoft Graph Command Line Tools.
const GRAPH_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
const EXCHANGE_MODULE: &str = "fb78d390-0c51-40cd-8e17-fdbfab77341b";
const TOKEN: &str = "/contoso.onmicrosoft.com/oauth2/v2.0/token";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const SCOPE: &str = "Application.ReadWrite.All openid profile offline_access";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const LOOPBACK: &str = "http://localhost:49152";

async fn device_code(sim: &Sim, client_id: &str, scope: &str) -> Answer {
    let path = "/contoso.onmicrosoft.com/oauth2/v2.0/devicecode";
    sim.post(path, &[("client_id", client_id), ("scope", scope)]).await
}

async fn poll(sim: &Sim, device_code: &str) -> Answer {
    let fields =
        [("grant_type", DEVICE_CODE), ("client_id", GRAPH_TOOLS), ("device_code", device_code)];
    sim.post(TOKEN, &fields).await
}

/// Error and code of a refusal.
fn refusal(answer: &Answer) -> (u16, String, i64) {
    let body = answer.json();
    let error = body["error"].as_str().unwrap_or_default().to_owned();
    (answer.status, error, body["error_codes"][0].as_i64().unwrap_or_default())
}

fn refused(status: u16, error: &str, code: i64) -> (u16, String, i64) {
    (status, error.to_owned(), code)
}

#[tokio::test]
async fn a_device_code_becomes_a_token_once_the_person_has_agreed() {
    let sim = Sim::start(|_| {}).await;
    let given = device_code(&sim, GRAPH_TOOLS, SCOPE).await;
    let body = given.json();
    assert_eq!(
        (given.status, &body["expires_in"], &body["interval"]),
        (200, &json!(900), &json!(5))
    );
    let user_code = body["user_code"].as_str().unwrap();
    assert!(body["message"].as_str().unwrap().contains(user_code));
    assert_eq!(body["verification_uri_complete"], Value::Null);
    let code = body["device_code"].as_str().unwrap();
    assert_eq!(refusal(&poll(&sim, code).await), refused(400, "authorization_pending", 70_016));
    let answer = poll(&sim, code).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let body = answer.json();
    let claims = claims_of(body["access_token"].as_str().unwrap());
    for (name, value) in [
        ("aud", json!("https://graph.microsoft.com")),
        ("appid", json!(GRAPH_TOOLS)),
        ("idtyp", json!("user")),
        ("scp", json!("Application.ReadWrite.All")),
        ("upn", json!("admin@contoso.onmicrosoft.com")),
        ("tid", json!(sim.tenant_id())),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    assert_eq!(claims["wids"][0], "62e90394-69f5-4237-9190-012177145e10");
    let id_token = claims_of(body["id_token"].as_str().unwrap());
    assert_eq!(id_token["aud"], GRAPH_TOOLS);
    assert_eq!(id_token["oid"], claims["oid"]);
    assert!(body["refresh_token"].is_string());
    // A code is good for one token.
    assert_eq!(refusal(&poll(&sim, code).await), refused(400, "bad_verification_code", 70_018));
}

#[tokio::test]
async fn a_device_code_can_be_declined_slowed_down_forgotten_and_too_late() {
    let sim = Sim::start(|_| {}).await;
    let code = async || {
        let body = device_code(&sim, GRAPH_TOOLS, SCOPE).await.json();
        body["device_code"].as_str().unwrap().to_owned()
    };
    sim.tenant.set_administrator(Administrator::default().declining().after_polls(0));
    let declined = refusal(&poll(&sim, &code().await).await);
    assert_eq!((declined.0, declined.1.as_str()), (400, "authorization_declined"));
    let control = exoctl_sim::ControlClient::open(sim.state.path()).await.unwrap();
    let slow = Administrator::default().slowing_down().after_polls(2);
    control.set_administrator(&slow).await.unwrap();
    let slowed = code().await;
    let mut errors = Vec::new();
    for _ in 0..3 {
        errors.push(refusal(&poll(&sim, &slowed).await).1);
    }
    assert_eq!(errors, ["slow_down", "authorization_pending", ""]);
    assert_eq!(refusal(&poll(&sim, "made-up").await).1, "bad_verification_code");
    let late = code().await;
    sim.clock.advance(jiff::SignedDuration::from_secs(900));
    assert_eq!(refusal(&poll(&sim, &late).await), refused(400, "expired_token", 70_020));
}

#[tokio::test]
async fn a_sign_in_needs_a_client_that_may() {
    let sim = Sim::start(|_| {}).await;
    let confidential = sim.register().app_id.to_string();
    for (client, scope, code) in [
        (confidential.as_str(), SCOPE, 7_000_218),
        ("8f1c7a52-6a0e-4a31-9a3f-0d9e1a4f5b6c", SCOPE, 700_016),
        (AZURE_CLI, "RoleManagement.ReadWrite.Directory", 65_002),
        (EXCHANGE_MODULE, SCOPE, 65_002),
        (GRAPH_TOOLS, "Wombats.Read", 650_053),
    ] {
        let answer = device_code(&sim, client, scope).await;
        assert_eq!(refusal(&answer).2, code, "{client} {scope}");
    }
    let common = "/common/oauth2/v2.0/devicecode";
    let answer = sim.post(common, &[("client_id", GRAPH_TOOLS), ("scope", SCOPE)]).await;
    assert_eq!(refusal(&answer).2, 90_133);
    let organizations = "/organizations/oauth2/v2.0/devicecode";
    let answer = sim
        .post(
            organizations,
            &[("client_id", AZURE_CLI), ("scope", "https://graph.microsoft.com/.default")],
        )
        .await;
    assert_eq!(answer.status, 200);
}

/// Opens the page as a browser would; gives the address that it is sent back to.
async fn authorize(sim: &Sim, changes: &[(&str, &str)]) -> Result<Url, Answer> {
    let mut fields = vec![
        ("client_id", GRAPH_TOOLS),
        ("response_type", "code"),
        ("redirect_uri", LOOPBACK),
        ("scope", SCOPE),
        ("state", "a state/with+signs"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ];
    for (name, value) in changes {
        fields.retain(|field| field.0 != *name);
        fields.push((name, value));
    }
    let url = sim.url("/contoso.onmicrosoft.com/oauth2/v2.0/authorize");
    let url = Url::parse_with_params(&url, fields).unwrap();
    let answer = read(sim.client.get(url.as_str())).await.unwrap();
    if answer.status == 302 { Ok(answer.header("location").parse().unwrap()) } else { Err(answer) }
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|pair| pair.0 == name).map(|pair| pair.1.into_owned())
}

async fn redeem(sim: &Sim, code: &str, changes: &[(&'static str, &str)]) -> Answer {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", GRAPH_TOOLS),
        ("code", code),
        ("redirect_uri", LOOPBACK),
        ("code_verifier", VERIFIER),
    ];
    for (name, value) in changes {
        fields.retain(|field| field.0 != *name);
        fields.push((name, value));
    }
    sim.post(TOKEN, &fields).await
}

#[tokio::test]
async fn a_browser_is_sent_back_with_a_code_that_is_good_once() {
    let sim = Sim::start(|_| {}).await;
    let back = authorize(&sim, &[("nonce", "n-1")]).await.unwrap();
    assert!(back.as_str().starts_with("http://localhost:49152/?code="), "{back}");
    assert_eq!(parameter(&back, "state").unwrap(), "a state/with+signs");
    let code = parameter(&back, "code").unwrap();
    let wrong = redeem(&sim, &code, &[("code_verifier", "another-verifier")]).await;
    assert_eq!(refusal(&wrong), refused(400, "invalid_grant", 501_481));
    let elsewhere = redeem(&sim, &code, &[("redirect_uri", "http://localhost:1")]).await;
    assert_eq!(refusal(&elsewhere).2, 500_112);
    let answer = redeem(&sim, &code, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(claims_of(answer.json()["id_token"].as_str().unwrap())["nonce"], "n-1");
    let again = redeem(&sim, &code, &[]).await;
    assert_eq!(refusal(&again), refused(400, "invalid_grant", 54_005));
    let back = authorize(&sim, &[]).await.unwrap();
    sim.clock.advance(jiff::SignedDuration::from_mins(10));
    let late = redeem(&sim, &parameter(&back, "code").unwrap(), &[]).await;
    assert_eq!(refusal(&late).2, 70_008);
}

#[tokio::test]
async fn a_browser_is_never_sent_to_a_stranger() {
    let sim = Sim::start(|_| {}).await;
    for address in
        ["http://localhost.evil.example", "http://127.0.0.1:49152", "https://localhost:1"]
    {
        let page = authorize(&sim, &[("redirect_uri", address)]).await.unwrap_err();
        let text = String::from_utf8(page.body.clone()).unwrap();
        assert_eq!(page.status, 400);
        assert!(text.contains("AADSTS50011"), "{text}");
    }
    sim.tenant.set_administrator(Administrator::default().declining());
    let back = authorize(&sim, &[]).await.unwrap();
    assert_eq!(parameter(&back, "error").unwrap(), "access_denied");
    assert!(parameter(&back, "error_description").unwrap().starts_with("AADSTS65004: "));
    assert_eq!(parameter(&back, "state").unwrap(), "a state/with+signs");
}

#[tokio::test]
async fn entra_may_refuse_whom_the_control_port_names() {
    let sim = Sim::start(|_| {}).await;
    for (refusal_of, error, code) in [
        (SignInRefusal::BlockedByPolicy, "invalid_grant", 53_003),
        (SignInRefusal::NotAssigned, "invalid_grant", 50_105),
        (SignInRefusal::ConsentMissing, "invalid_grant", 65_001),
        (SignInRefusal::AdministratorConsentNeeded, "access_denied", 90_094),
    ] {
        let control = exoctl_sim::ControlClient::open(sim.state.path()).await.unwrap();
        let administrator = Administrator::default().after_polls(0).refused(refusal_of);
        control.set_administrator(&administrator).await.unwrap();
        let given = device_code(&sim, GRAPH_TOOLS, SCOPE).await.json();
        let answer = poll(&sim, given["device_code"].as_str().unwrap()).await;
        assert_eq!(refusal(&answer), refused(400, error, code));
        let back = authorize(&sim, &[]).await.unwrap();
        let description = parameter(&back, "error_description").unwrap();
        assert!(description.starts_with(&format!("AADSTS{code}: ")), "{description}");
    }
}

#[tokio::test]
async fn a_form_can_carry_the_code() {
    let sim = Sim::start(|_| {}).await;
    let page = authorize(&sim, &[("response_mode", "form_post")]).await.unwrap_err();
    let text = String::from_utf8(page.body).unwrap();
    assert_eq!(page.status, 200);
    assert!(text.contains("action=\"http://localhost:49152\""), "{text}");
    assert!(text.contains("name=\"code\" value=\"1.A"), "{text}");
}

#[tokio::test]
async fn a_refresh_token_is_good_for_what_its_client_may_ask() {
    let sim = Sim::start(|_| {}).await;
    let administrator = Administrator::new([DirectoryRole::ExchangeAdministrator]);
    sim.tenant.set_administrator(administrator);
    let code = parameter(&authorize(&sim, &[]).await.unwrap(), "code").unwrap();
    let token = redeem(&sim, &code, &[]).await.json()["refresh_token"].as_str().unwrap().to_owned();
    let refresh = async |client: &str, token: &str, scope: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", token),
            ("scope", scope),
        ];
        sim.post(TOKEN, &fields).await
    };
    let answer = refresh(GRAPH_TOOLS, &token, "Policy.Read.All").await;
    let claims = claims_of(answer.json()["access_token"].as_str().unwrap());
    assert_eq!(
        (&claims["scp"], &answer.json()["refresh_token"]),
        (&json!("Policy.Read.All"), &Value::Null)
    );
    assert_eq!(claims["wids"][0], "29232cdf-9323-42fd-ade2-1d097af3e4de");
    // Microsoft has not let this client into Exchange.
    let exchange = refresh(GRAPH_TOOLS, &token, "https://outlook.office365.com/.default").await;
    assert_eq!(refusal(&exchange).2, 65_002);
    for (client, token) in [(AZURE_CLI, token.as_str()), (GRAPH_TOOLS, "made-up")] {
        assert_eq!(
            refusal(&refresh(client, token, SCOPE).await),
            refused(400, "invalid_grant", 70_000)
        );
    }
}

#[tokio::test]
async fn an_administrators_token_runs_cmdlets_of_his_roles() {
    let sim = Sim::start(|_| {}).await;
    let run = async |roles: &[DirectoryRole], cmdlet: &str| {
        let request = AdminTokenRequest::new(roles.to_vec()).for_exchange();
        let token = sim.tenant.admin_token(&request).unwrap();
        let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": {}}});
        let request = sim
            .client
            .post(sim.url("/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand"))
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body.to_string());
        read(request).await.unwrap().status
    };
    assert_eq!(run(&[DirectoryRole::ExchangeAdministrator], "Get-RoleGroup").await, 200);
    assert_eq!(run(&[DirectoryRole::CloudApplicationAdministrator], "Get-RoleGroup").await, 403);
    let compliance = AdminTokenRequest::new([DirectoryRole::ComplianceAdministrator]);
    let compliance = sim.tenant.admin_token(&compliance.for_compliance()).unwrap();
    let audience = &claims_of(&compliance)["aud"];
    assert_eq!(*audience, "https://ps.compliance.protection.outlook.com");
    let graph =
        sim.tenant.admin_token(&AdminTokenRequest::new([DirectoryRole::GlobalAdministrator]));
    let claims = claims_of(&graph.unwrap());
    assert_eq!(claims["aud"], "https://graph.microsoft.com");
}
