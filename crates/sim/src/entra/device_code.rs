//! Device codes, RFC 8628 as Entra does it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::client::PublicClient;
use super::error::{EntraError, answer};
use super::scope::Delegation;
use super::sign_in::{Device, Session};
use super::token::{check_tenant_of_people, opaque, required};
use crate::call::{Call, client_request_id};
use crate::config::mix;
use crate::tenant::Tenant;

/// For how long a device code is good.
const LIFETIME_SECONDS: i64 = 900;
/// How often a client should ask.
const INTERVAL_SECONDS: u32 = 5;

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) async fn start(
    State(tenant): State<Arc<Tenant>>,
    Path(name): Path<String>,
    Extension(call): Extension<Call>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match begin(&tenant, &name, &body) {
        Ok(document) => {
            answer(StatusCode::OK, &document, call.request_id, client_request_id(&headers))
        }
        Err(error) => error.into_response(&headers, call.request_id, tenant.entra_now()),
    }
}

fn begin(tenant: &Tenant, name: &str, body: &[u8]) -> Result<Value, EntraError> {
    if ["common", "consumers"].contains(&name) {
        return Err(EntraError::device_code_tenant());
    }
    check_tenant_of_people(tenant, name)?;
    let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let client = PublicClient::find(tenant, required(&form, "client_id")?)?;
    let delegation = Delegation::read(required(&form, "scope")?)?;
    client.check(delegation.resource, &delegation.scopes)?;
    let mut state = tenant.sign_ins().lock();
    let user_code = user_code(tenant.config().seed, state.devices.len() as u64);
    let device_code = format!("{}{}{}", opaque(), opaque(), opaque());
    let expires = tenant.entra_now() + SignedDuration::from_secs(LIFETIME_SECONDS);
    let device = Device { client_id: client.app_id, delegation, expires, polls: 0 };
    state.devices.insert(device_code.clone(), device);
    let address = "https://login.microsoft.com/device";
    Ok(json!({
        "user_code": user_code,
        "device_code": device_code,
        "verification_uri": address,
        "expires_in": LIFETIME_SECONDS,
        "interval": INTERVAL_SECONDS,
        "message": format!(
            "To sign in, use a web browser to open the page {address} and enter the code {user_code} to authenticate."
        ),
    }))
}

/// The session that a device code stands for, once the person has answered.
pub(super) fn redeem(
    tenant: &Tenant,
    client: &PublicClient,
    device_code: &str,
) -> Result<Session, EntraError> {
    let now: Timestamp = tenant.entra_now();
    let mut state = tenant.sign_ins().lock();
    let administrator = state.administrator.clone();
    let unknown = EntraError::bad_verification_code;
    let device = state.devices.get_mut(device_code).ok_or_else(unknown)?;
    if device.client_id != client.app_id {
        return Err(unknown());
    }
    if now >= device.expires {
        return Err(EntraError::device_code_expired());
    }
    device.polls += 1;
    if administrator.slows_down() && device.polls == 1 {
        return Err(EntraError::slow_down());
    }
    if device.polls <= administrator.pending_polls() {
        return Err(EntraError::authorization_pending());
    }
    let device = state.devices.remove(device_code).ok_or_else(unknown)?;
    if administrator.declines() {
        return Err(EntraError::authorization_declined());
    }
    if let Some(refusal) = administrator.refusal() {
        return Err(EntraError::chosen(refusal, client.app_id, &client.display_name));
    }
    Ok(Session {
        client_id: device.client_id,
        person: administrator.person(),
        delegation: device.delegation,
        nonce: None,
    })
}

/// Nine letters and digits that are hard to mistake for each other.
fn user_code(seed: u64, number: u64) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut draw = mix(seed ^ mix(number ^ 0x6465_7669));
    let mut code = String::new();
    for _ in 0..9 {
        code.push(char::from(LETTERS[(draw % 32) as usize]));
        draw /= 32;
    }
    code
}
