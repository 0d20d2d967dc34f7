//! Graph as an administrator's own tools call it.

use exoctl_http::{HttpOptions, HttpTransport, Transport as _};
use exoctl_model::Cloud;
use serde_json::{Value, json};

use crate::harness::Tenant;

/// A call that must succeed, and its answer.
#[track_caller]
pub(crate) fn call(tenant: &Tenant, token: &str, method: &str, path: &str, body: &Value) -> Value {
    let text = std::fs::read_to_string(tenant.environment()).unwrap();
    let cloud = Cloud::from_environment_json(&text).unwrap();
    let certificate_authority = cloud.certificate_authority.clone();
    let options = HttpOptions { certificate_authority, ..HttpOptions::default() };
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{}v1.0{path}", cloud.graph))
        .header("authorization", format!("Bearer {}", token.trim()))
        .header("content-type", "application/json")
        .body(body.to_string().into())
        .unwrap();
    let transport = HttpTransport::new(&options).unwrap();
    let answer = tenant.block_on(transport.send(request)).unwrap();
    assert!(answer.status().is_success(), "{path}: {:?}", answer.body());
    serde_json::from_slice(answer.body()).unwrap_or_default()
}

/// Consents to an application permission of Graph for an application.
pub(crate) fn consent(tenant: &Tenant, app: &str, role: &str) {
    let token =
        tenant.admin_token_with(&["AppRoleAssignment.ReadWrite.All", "Application.Read.All"]);
    let principal = |app: &str| {
        let path = format!("/servicePrincipals(appId='{app}')");
        call(tenant, &token, "GET", &path, &Value::Null)["id"].clone()
    };
    let own = principal(app);
    let graph = principal("00000003-0000-0000-c000-000000000000");
    let body = json!({ "principalId": own, "resourceId": graph, "appRoleId": role });
    let path = format!("/servicePrincipals/{}/appRoleAssignedTo", graph.as_str().unwrap());
    call(tenant, &token, "POST", &path, &body);
}
