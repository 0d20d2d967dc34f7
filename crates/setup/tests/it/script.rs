//! A Graph that knows its lines: it expects requests in order, and gives the answers written beside
//! them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use exoctl_certificate::{Certificate, DistinguishedName, NewCertificate};
use exoctl_http::{BoxFuture, Request, Response, Transport, TransportError};
use exoctl_identity::StaticToken;
use exoctl_model::{Cloud, ManualClock};
use exoctl_setup::{
    Access, Desired, Graph, PublicCertificate, Reporter, Step, WantedApplication, WantedCertificate,
};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) const TENANT: &str = "9f7a1b2c-0000-4000-8000-0123456789ab";
pub(crate) const APP: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
pub(crate) const OBJECT: &str = "10000000-0000-4000-8000-000000000001";
pub(crate) const PRINCIPAL: &str = "20000000-0000-4000-8000-000000000002";
pub(crate) const EXCHANGE: &str = "30000000-0000-4000-8000-000000000003";
/// Not the id that the role has elsewhere, so that one that is assumed shows.
pub(crate) const MANAGE_AS_APP: &str = "dc50a0fb-0000-4000-8000-e023b12c6440";
/// Learn, "Microsoft Entra built-in roles": Global Reader.
pub(crate) const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

pub(crate) const ORGANIZATION: &str = "GET /organization?$select=id,displayName,verifiedDomains";
pub(crate) const POLICY: &str = "GET /policies/defaultAppManagementPolicy";
pub(crate) const AUTHORIZATION: &str = "GET /policies/authorizationPolicy";
pub(crate) const RESOURCE: &str =
    "GET /servicePrincipals?$filter=appId%20eq%20%2700000002-0000-0ff1-ce00-000000000000%27";
pub(crate) const BY_UNIQUE_NAME: &str = "GET /applications(uniqueName='exoctl-exo-reporting')";
pub(crate) const BY_NAME: &str =
    "GET /applications?$filter=displayName%20eq%20%27EXO%20Reporting%27";
pub(crate) const DELETED: &str = "GET /directory/deletedItems/microsoft.graph.application";

/// A request, as `METHOD path`, the body that it must have, and the answer.
pub(crate) struct Line {
    request: String,
    body: Option<Value>,
    status: u16,
    answer: Value,
}

pub(crate) fn line(request: impl Into<String>, status: u16, answer: Value) -> Line {
    Line { request: request.into(), body: None, status, answer }
}

pub(crate) fn not_found(request: impl Into<String>) -> Line {
    line(
        request,
        404,
        error(
            "Request_ResourceNotFound",
            "Resource 'x' does not exist or one of its queried reference-property objects are not present.",
        ),
    )
}

pub(crate) fn error(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

impl Line {
    /// The body that the request must have.
    pub(crate) fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

#[derive(Default)]
pub(crate) struct Script(Mutex<VecDeque<Line>>);

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    pub(crate) fn new(lines: impl IntoIterator<Item = Line>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(lines.into_iter().collect())))
    }

    /// What has not been asked for.
    #[track_caller]
    pub(crate) fn is_over(&self) {
        let left: Vec<String> = self.0.lock().unwrap().iter().map(|l| l.request.clone()).collect();
        assert_eq!(left, Vec::<String>::new(), "not asked for");
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let place = request.uri().to_string();
        let path = place.strip_prefix("https://graph.microsoft.com/v1.0").unwrap();
        let asked = format!("{} {path}", request.method());
        let mut lines = self.0.lock().unwrap();
        // Policies are asked for in every look; unless the script says otherwise there are none.
        let is_policy = asked == AUTHORIZATION || asked.ends_with("/appManagementPolicies");
        if is_policy && lines.front().is_none_or(|line| line.request != asked) {
            let none = json!({ "value": [] }).to_string();
            let response = http::Response::builder().body(none.into()).unwrap();
            return Box::pin(std::future::ready(Ok(response)));
        }
        let line = lines.pop_front();
        drop(lines);
        let line = line.unwrap_or_else(|| panic!("nobody expects {asked}"));
        assert_eq!(asked, line.request);
        assert_eq!(request.headers()["authorization"], "Bearer token");
        let create = request.headers().get("prefer").is_some_and(|v| v == "create-if-missing");
        // Both upserts and nothing else are by an alternate key.
        let is_upsert = asked.starts_with("PATCH") && asked.contains("='");
        assert_eq!(create, is_upsert, "{asked}");
        if let Some(body) = line.body {
            let sent: Value = serde_json::from_slice(request.body()).unwrap();
            assert_eq!(sent, body, "{asked}");
        }
        let body = if line.answer.is_null() { String::new() } else { line.answer.to_string() };
        let response = http::Response::builder().status(line.status).body(body.into()).unwrap();
        Box::pin(std::future::ready(Ok(response)))
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(crate) fn graph(script: &Arc<Script>) -> Graph {
    let clock = Arc::new(ManualClock::new(now()));
    let token = Arc::new(StaticToken::new("token".into(), clock.clone()));
    Graph::new(&Cloud::default(), token, script.clone(), clock)
}

pub(crate) fn certificate() -> Certificate {
    let name = DistinguishedName::common_name("EXO Reporting");
    let clock = ManualClock::new(now());
    let key = NewCertificate::new(name).self_signed("1y".parse().unwrap(), &clock).unwrap();
    key.certificate().clone()
}

pub(crate) fn desired(certificate: Certificate) -> Desired {
    Desired {
        tenant: TENANT.parse().unwrap(),
        organization: "contoso.onmicrosoft.com".parse().unwrap(),
        application: WantedApplication::own("EXO Reporting"),
        certificate: WantedCertificate::Existing { certificate: PublicCertificate(certificate) },
        access: Access::roles(["Global Reader"]).unwrap(),
    }
}

/// The lines that every look at a tenant begins with.
pub(crate) fn tenant() -> Vec<Line> {
    let domains = json!([
        { "name": "contoso.com", "isInitial": false },
        { "name": "contoso.onmicrosoft.com", "isInitial": true },
    ]);
    let role = |id: &str, value: &str| json!({ "id": id, "value": value });
    let roles = json!([
        role("ea3d980d-ebc7-4be4-8298-a167e5b8797c", "Exchange.ManageAsAppV2"),
        role(MANAGE_AS_APP, "Exchange.ManageAsApp"),
    ]);
    vec![
        line(ORGANIZATION, 200, json!({ "value": [{ "id": TENANT, "verifiedDomains": domains }] })),
        line(POLICY, 200, json!({ "isEnabled": false })),
        line(
            RESOURCE,
            200,
            json!({ "value": [{ "id": EXCHANGE, "appId": "00000002-0000-0ff1-ce00-000000000000",
                "displayName": "Office 365 Exchange Online", "appRoles": roles }] }),
        ),
    ]
}

pub(crate) fn requested() -> Value {
    json!([{ "resourceAppId": "00000002-0000-0ff1-ce00-000000000000",
        "resourceAccess": [{ "id": MANAGE_AS_APP, "type": "Role" }] }])
}

pub(crate) fn application(keys: &[Value]) -> Value {
    json!({ "id": OBJECT, "appId": APP, "displayName": "EXO Reporting",
        "uniqueName": "exoctl-exo-reporting", "signInAudience": "AzureADMyOrg",
        "requiredResourceAccess": requested(), "keyCredentials": keys,
        "passwordCredentials": [] })
}

pub(crate) fn principal() -> Value {
    json!({ "id": PRINCIPAL, "appId": APP, "displayName": "EXO Reporting",
        "accountEnabled": true, "appRoles": [] })
}

pub(crate) fn consent() -> Value {
    json!({ "id": "c", "appRoleId": MANAGE_AS_APP, "principalId": PRINCIPAL,
        "resourceId": EXCHANGE, "resourceDisplayName": "Office 365 Exchange Online" })
}

pub(crate) fn reader() -> Value {
    json!({ "id": "r", "principalId": PRINCIPAL, "roleDefinitionId": GLOBAL_READER,
        "directoryScopeId": "/" })
}

/// A key credential as Graph shows it: the key is not told.
pub(crate) fn shown(id: &str, thumbprint: &str) -> Value {
    json!({ "keyId": id, "customKeyIdentifier": thumbprint, "type": "AsymmetricX509Cert",
        "usage": "Verify", "key": null, "displayName": "CN=x",
        "startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2027-06-01T00:00:00Z" })
}

pub(crate) fn list(values: &[Value]) -> Value {
    json!({ "value": values })
}

/// Remembers what it was told.
#[derive(Debug, Default)]
pub(crate) struct Told(pub(crate) Vec<String>);

impl Reporter for Told {
    fn begins(&mut self, _: &Step) {}

    fn ends(&mut self, step: &Step) {
        self.0.push(format!("{step}"));
    }

    fn waits(&mut self, what: &str, _: Duration) {
        self.0.push(format!("waiting for {what}"));
    }
}
