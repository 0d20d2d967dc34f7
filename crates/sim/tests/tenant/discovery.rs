//! What clients ask before they ask for a token.

use serde_json::json;

use crate::harness::Sim;

#[tokio::test]
async fn the_openid_configuration_names_endpoints_at_the_address_that_was_asked() {
    let sim = Sim::start(|_| {}).await;
    let id = sim.tenant_id();
    for name in ["contoso.onmicrosoft.com", "contoso.com", &id.to_uppercase()] {
        let answer = sim.get(&format!("/{name}/v2.0/.well-known/openid-configuration")).await;
        let body = answer.json();
        assert_eq!(body["token_endpoint"], sim.url(&format!("/{id}/oauth2/v2.0/token")));
        assert_eq!(
            body["authorization_endpoint"],
            sim.url(&format!("/{id}/oauth2/v2.0/authorize"))
        );
        assert_eq!(body["issuer"], sim.url(&format!("/{id}/v2.0")));
        assert_eq!(body["jwks_uri"], sim.url(&format!("/{id}/discovery/v2.0/keys")));
        assert_eq!(
            body["token_endpoint_auth_methods_supported"],
            json!(["client_secret_post", "private_key_jwt", "client_secret_basic"])
        );
        assert_eq!(answer.header("date"), "Sat, 21 Nov 2026 09:00:00 GMT");
    }
    let version_1 = sim.get(&format!("/{id}/.well-known/openid-configuration")).await.json();
    assert_eq!(version_1["issuer"], format!("https://sts.windows.net/{id}/"));
    assert_eq!(version_1["token_endpoint"], sim.url(&format!("/{id}/oauth2/token")));
}

#[tokio::test]
async fn a_real_host_name_is_answered_with_that_name() {
    let sim = Sim::start(|_| {}).await;
    let address: std::net::SocketAddr =
        sim.tenant.ready().url.strip_prefix("https://").unwrap().parse().unwrap();
    let authority = std::fs::read(&sim.tenant.ready().ca).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&authority).unwrap()])
        .resolve("login.microsoftonline.com", address)
        .resolve("nam12b.ps.compliance.protection.outlook.com", address)
        .no_proxy()
        .build()
        .unwrap();
    let url = format!(
        "https://login.microsoftonline.com:{}/common/v2.0/.well-known/openid-configuration",
        address.port()
    );
    let answer = crate::harness::read(client.get(url)).await.unwrap();
    let expected =
        format!("https://login.microsoftonline.com:{}/common/oauth2/v2.0/token", address.port());
    assert_eq!(answer.json()["token_endpoint"], expected);
    // The certificate's wildcards hold for regional hosts.
    let url =
        format!("https://nam12b.ps.compliance.protection.outlook.com:{}/nowhere", address.port());
    crate::harness::read(client.get(url)).await.unwrap();
}

#[tokio::test]
async fn an_unknown_tenant_is_an_invalid_one() {
    let sim = Sim::start(|_| {}).await;
    for (name, code) in [("fabrikam.com", 90_002), ("contoso", 900_023)] {
        let answer = sim.get(&format!("/{name}/v2.0/.well-known/openid-configuration")).await;
        assert_eq!((answer.status, &answer.json()["error_codes"]), (400, &json!([code])));
    }
}

#[tokio::test]
async fn instance_discovery_knows_the_login_hosts_and_itself() {
    let sim = Sim::start(|_| {}).await;
    let ask = async |endpoint: &str| {
        let path =
            format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={endpoint}");
        let answer = sim.get(&path).await;
        (answer.status, answer.json())
    };
    let (_, body) =
        ask("https%3A%2F%2Flogin.microsoftonline.com%2Fcommon%2Foauth2%2Fauthorize").await;
    assert_eq!(body["api-version"], "1.1");
    assert_eq!(
        body["tenant_discovery_endpoint"],
        "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"
    );
    assert_eq!(body["metadata"][0]["preferred_cache"], "login.windows.net");
    let (_, own) =
        ask(&format!("{}/contoso.com/oauth2/v2.0/authorize", sim.tenant.ready().url)).await;
    let host = sim.tenant.ready().url.strip_prefix("https://").unwrap();
    assert_eq!(own["metadata"][0]["aliases"], json!([host]));
    let (status, body) = ask("https://login.example.org/common").await;
    assert_eq!(
        (status, &body["error"], &body["error_codes"]),
        (400, &json!("invalid_instance"), &json!([50_049]))
    );
}
