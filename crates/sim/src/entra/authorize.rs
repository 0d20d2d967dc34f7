//! The page that a browser opens to sign in. Nobody has to look at it: it sends the browser back at
//! once.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::client::PublicClient;
use super::error::EntraError;
use super::scope::Delegation;
use super::sign_in::{Challenge, Code, Session};
use super::token::{check_tenant_of_people, opaque, required};
use crate::call::{Call, client_request_id};
use crate::tenant::Tenant;

/// For how long an authorization code is good, entra-docs: about ten minutes.
const LIFETIME_SECONDS: i64 = 600;

/// `GET /{tenant}/oauth2/v2.0/authorize`
pub(super) async fn answer_browser(
    State(tenant): State<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    Query(form): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let correlation_id = client_request_id(&headers)
        .or_else(|| form.get("client-request-id")?.parse().ok())
        .unwrap_or_else(Uuid::new_v4);
    let describe =
        |error: &EntraError| error.description(call.request_id, correlation_id, tenant.entra_now());
    let (client, redirect_uri) = match place(&tenant, &name, &form) {
        Ok(place) => place,
        // There is nowhere safe to send the browser to.
        Err(error) => return page(StatusCode::BAD_REQUEST, &describe(&error)),
    };
    let mut fields: Vec<(&str, String)> = match grant(&tenant, &client, &redirect_uri, &form) {
        Ok(code) => vec![("code", code), ("session_state", Uuid::new_v4().to_string())],
        Err(error) => {
            vec![("error", error.error.to_owned()), ("error_description", describe(&error))]
        }
    };
    if let Some(state) = form.get("state") {
        fields.push(("state", state.clone()));
    }
    send_back(&redirect_uri, form.get("response_mode").map(String::as_str), &fields)
}

/// The client, and where it wants the browser back.
fn place(
    tenant: &Tenant,
    name: &str,
    form: &HashMap<String, String>,
) -> Result<(PublicClient, String), EntraError> {
    if name != "common" {
        check_tenant_of_people(tenant, name)?;
    }
    let client = PublicClient::find(tenant, required(form, "client_id")?)?;
    let redirect_uri = required(form, "redirect_uri")?;
    if !client.redirects_to(redirect_uri) {
        return Err(EntraError::redirect(redirect_uri, client.app_id));
    }
    Ok((client, redirect_uri.to_owned()))
}

fn grant(
    tenant: &Tenant,
    client: &PublicClient,
    redirect_uri: &str,
    form: &HashMap<String, String>,
) -> Result<String, EntraError> {
    let response_type = required(form, "response_type")?;
    if response_type != "code" {
        return Err(EntraError::response_type(response_type));
    }
    let delegation = Delegation::read(required(form, "scope")?)?;
    client.check(delegation.resource, &delegation.scopes)?;
    let challenge = match form.get("code_challenge") {
        None => None,
        Some(value) => {
            let method = form.get("code_challenge_method").map_or("plain", String::as_str);
            if !["S256", "plain"].contains(&method) {
                return Err(EntraError::malformed_request());
            }
            Some(Challenge { value: value.clone(), is_sha256: method == "S256" })
        }
    };
    let mut state = tenant.sign_ins().lock();
    if state.administrator.declines() {
        return Err(EntraError::consent_declined());
    }
    if let Some(refusal) = state.administrator.refusal() {
        return Err(EntraError::chosen(refusal, client.app_id, &client.display_name));
    }
    let session = Session {
        client_id: client.app_id,
        person: state.administrator.person(),
        delegation,
        nonce: form.get("nonce").cloned(),
    };
    let code = format!("1.A{}.{}{}", opaque(), opaque(), opaque());
    let expires = tenant.entra_now() + SignedDuration::from_secs(LIFETIME_SECONDS);
    let redirect_uri = redirect_uri.to_owned();
    state
        .codes
        .insert(code.clone(), Code { session, redirect_uri, challenge, expires, redeemed: false });
    Ok(code)
}

/// By a redirect, or by a form that sends itself.
fn send_back(redirect_uri: &str, mode: Option<&str>, fields: &[(&str, String)]) -> Response {
    if mode == Some("form_post") {
        let inputs: Vec<String> = fields
            .iter()
            .map(|(name, value)| {
                format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\" />", escape(value))
            })
            .collect();
        let inputs = inputs.concat();
        let form = format!(
            "<html><head><title>Working...</title></head><body><form method=\"POST\" name=\"hiddenform\" action=\"{}\">{inputs}</form><script>window.setTimeout('document.forms[0].submit()', 0);</script></body></html>",
            escape(redirect_uri)
        );
        return html(StatusCode::OK, form);
    }
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    let mark = match mode {
        Some("fragment") => '#',
        _ if redirect_uri.contains('?') => '&',
        _ => '?',
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(value) = HeaderValue::try_from(format!("{redirect_uri}{mark}{query}")) {
        response.headers_mut().insert(header::LOCATION, value);
    }
    response
}

fn page(status: StatusCode, text: &str) -> Response {
    let body = format!(
        "<html><head><title>Sign in to your account</title></head><body><p>Sorry, but we're having trouble signing you in.</p><p>{}</p></body></html>",
        escape(text)
    );
    html(status, body)
}

fn html(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
