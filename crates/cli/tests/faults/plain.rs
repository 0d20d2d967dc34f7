//! Reads a result without the library under test: requests made by hand, links followed by hand.

use exoctl_http::{Request, Transport};
use exoctl_identity::{Scope, TokenCredential, TokenRequest};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::tenant::{ORGANIZATION, Tenant};

/// The values of `property` of all rows of a cmdlet without parameters, as `key=value`.
pub(crate) async fn column(
    tenant: &Tenant,
    compliance: bool,
    cmdlet: &str,
    key: &str,
    property: &str,
) -> Vec<(String, String)> {
    let cloud = tenant.cloud();
    let (base, scope) = if compliance {
        (cloud.compliance_regional.replace("{region}", "eur02b"), Scope::compliance(cloud))
    } else {
        (cloud.exchange.to_string(), Scope::exchange(cloud))
    };
    let token = tenant.credential().token(&TokenRequest::new(scope)).await.unwrap();
    let bearer = format!("Bearer {}", token.secret().expose_secret());
    let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": {}}}).to_string();
    let base = base.trim_end_matches('/');
    let mut url =
        format!("{base}/adminapi/beta/{ORGANIZATION}/InvokeCommand?$select={key},{property}");
    let mut cookie = String::new();
    let mut rows = Vec::new();
    loop {
        let request: Request = http::Request::post(&url)
            .header("authorization", &bearer)
            .header("content-type", "application/json")
            .header("x-anchormailbox", "UPN:plain@contoso.com")
            .header("prefer", "odata.maxpagesize=1000")
            .header("cookie", &cookie)
            .body(body.clone().into())
            .unwrap();
        let response = tenant.recorder.send(request).await.unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.body());
        if let Some(set) = response.headers().get("set-cookie") {
            set.to_str().unwrap().split(';').next().unwrap().clone_into(&mut cookie);
        }
        let page: Value = serde_json::from_slice(response.body()).unwrap();
        for row in page["value"].as_array().unwrap() {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            rows.push((text(key), text(property)));
        }
        match page["@odata.nextLink"].as_str() {
            Some(next) => next.clone_into(&mut url),
            None => return rows,
        }
    }
}
