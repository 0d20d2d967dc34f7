//! A tenant and an administrator who calls Graph.

use exoctl_sim::{AdminTokenRequest, DirectoryRole};
use serde_json::{Value, json};

use crate::harness::{Answer, Sim, read, sign};

/// Client id of Exchange Online.
pub(crate) const EXCHANGE_APP: &str = "00000002-0000-0ff1-ce00-000000000000";
/// The role `Exchange.ManageAsApp`.
pub(crate) const MANAGE_AS_APP: &str = "dc50a0fb-09a3-484d-be87-e023b12c6440";
/// The directory role Exchange Administrator.
pub(crate) const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";

/// Who calls, with a token.
pub(crate) struct Desk {
    pub(crate) sim: Sim,
    pub(crate) token: String,
}

impl Desk {
    /// A calm tenant and a Global Administrator.
    pub(crate) async fn new() -> Self {
        Self::with(Sim::start(|_| {}).await, &[DirectoryRole::GlobalAdministrator])
    }

    /// A tenant where this goes wrong, and a Global Administrator.
    pub(crate) async fn with_faults(faults: &[&str]) -> Self {
        let faults: Vec<_> = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let sim = Sim::start(|config| config.faults = faults).await;
        Self::with(sim, &[DirectoryRole::GlobalAdministrator])
    }

    pub(crate) fn with(sim: Sim, roles: &[DirectoryRole]) -> Self {
        let token = sim.tenant.admin_token(&AdminTokenRequest::new(roles.to_vec())).unwrap();
        Self { sim, token }
    }

    /// The same desk with another person's token of these permissions.
    pub(crate) fn become_with(&mut self, roles: &[DirectoryRole], scopes: &[&str]) {
        let request = AdminTokenRequest::new(roles.to_vec()).with_scopes(scopes.to_vec());
        self.token = self.sim.tenant.admin_token(&request).unwrap();
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.call_with(method, path, body, &[]).await
    }

    pub(crate) async fn call_with(
        &self,
        method: &str,
        path: &str,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = self.sim.url(&format!("/v1.0{path}"));
        let method: reqwest::Method = method.parse().unwrap();
        let mut request = self.sim.client.request(method, url).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        read(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    /// The rows of a list.
    pub(crate) async fn rows(&self, path: &str) -> Vec<Value> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()["value"].as_array().unwrap().clone()
    }

    /// What a call made; it must answer 201.
    pub(crate) async fn make(&self, path: &str, body: Value) -> Value {
        let answer = self.call("POST", path, body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        answer.json()
    }

    /// An application with the test certificate; it must be there at once.
    pub(crate) async fn application(&self) -> Value {
        let key = key_credential(crate::harness::certificate_der());
        self.make(
            "/applications",
            json!({
                "displayName": "Nightly report",
                "signInAudience": "AzureADMyOrg",
                "requiredResourceAccess": [{
                    "resourceAppId": EXCHANGE_APP,
                    "resourceAccess": [{"id": MANAGE_AS_APP, "type": "Role"}],
                }],
                "keyCredentials": [key],
            }),
        )
        .await
    }

    /// Object id of Exchange's service principal.
    pub(crate) async fn exchange(&self) -> String {
        let path = format!("/servicePrincipals(appId='{EXCHANGE_APP}')");
        text(&self.get(&path).await.json()["id"])
    }

    /// The answer to a client's question for an Exchange token.
    pub(crate) async fn exchange_token(&self, app_id: &str) -> Answer {
        let now = self.sim.clock.now().as_second();
        let claims = json!({
            "aud": self.sim.url("/contoso.onmicrosoft.com/oauth2/v2.0/token"),
            "iss": app_id, "sub": app_id, "nbf": now, "exp": now + 600,
        });
        let assertion = sign("PS256", &crate::harness::ps256_header(), &claims);
        self.sim.ask(app_id, &assertion).await
    }
}

/// A new entry for `keyCredentials`.
pub(crate) fn key_credential(der: &[u8]) -> Value {
    use base64::Engine;
    let key = base64::engine::general_purpose::STANDARD.encode(der);
    json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": key})
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text")).to_owned()
}

/// Status, code and message of a refusal.
pub(crate) fn refusal(answer: &Answer) -> (u16, String, String) {
    let error = &answer.json()["error"];
    (answer.status, text(&error["code"]), text(&error["message"]))
}
