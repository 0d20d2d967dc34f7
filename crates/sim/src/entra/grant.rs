//! The grants of people at the token endpoint: device code, authorization code, refresh token.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::client::PublicClient;
use super::error::EntraError;
use super::scope::Delegation;
use super::sign_in::{Challenge, Session};
use super::token::required;
use super::{device_code, person_token};
use crate::call::Call;
use crate::tenant::Tenant;

/// RFC 8628's grant type, and the short form of the first days.
const DEVICE_CODE: [&str; 2] = ["urn:ietf:params:oauth:grant-type:device_code", "device_code"];

/// Whether a person stands behind a grant of this type.
pub(super) fn is_for_people(grant: &str) -> bool {
    DEVICE_CODE.contains(&grant) || ["authorization_code", "refresh_token"].contains(&grant)
}

/// Gives tokens for a grant.
pub(super) fn redeem(
    tenant: &Tenant,
    grant: &str,
    form: &HashMap<String, String>,
    call: &Call,
) -> Result<Value, EntraError> {
    let client = PublicClient::find(tenant, required(form, "client_id")?)?;
    if form.contains_key("client_secret") || form.contains_key("client_assertion") {
        return Err(EntraError::public_client());
    }
    let session = match grant {
        "authorization_code" => authorization_code(tenant, &client, form)?,
        "refresh_token" => refresh_token(tenant, &client, form)?,
        _ => {
            // msal for Python sends it under both names.
            let code = form.get("device_code").or_else(|| form.get("code"));
            let code = code.ok_or_else(|| EntraError::missing_parameter("device_code"))?;
            device_code::redeem(tenant, &client, code)?
        }
    };
    let client_info = form.get("client_info").is_some_and(|value| value == "1");
    Ok(person_token::document(tenant, &client, session, &call.base, client_info))
}

fn authorization_code(
    tenant: &Tenant,
    client: &PublicClient,
    form: &HashMap<String, String>,
) -> Result<Session, EntraError> {
    let (code, redirect_uri) = (required(form, "code")?, required(form, "redirect_uri")?);
    let now = tenant.entra_now();
    let mut state = tenant.sign_ins().lock();
    let found = state.codes.get_mut(code).ok_or_else(|| EntraError::invalid_grant("code"))?;
    if found.session.client_id != client.app_id {
        return Err(EntraError::invalid_grant("code"));
    }
    if found.redeemed {
        return Err(EntraError::code_redeemed());
    }
    if now >= found.expires {
        return Err(EntraError::grant_expired());
    }
    if found.redirect_uri != redirect_uri {
        return Err(EntraError::redirect_differs(redirect_uri, &found.redirect_uri));
    }
    match (&found.challenge, form.get("code_verifier")) {
        (None, None) => {}
        (Some(challenge), Some(verifier)) if matches(challenge, verifier) => {}
        (Some(_), None) => return Err(EntraError::missing_parameter("code_verifier")),
        _ => return Err(EntraError::verifier()),
    }
    found.redeemed = true;
    Ok(found.session.clone())
}

/// RFC 7636 §4.6.
fn matches(challenge: &Challenge, verifier: &str) -> bool {
    if !challenge.is_sha256 {
        return challenge.value == verifier;
    }
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    challenge.value == URL_SAFE_NO_PAD.encode(hash)
}

/// A refresh token is good for every resource that its client may ask for, and stays good.
fn refresh_token(
    tenant: &Tenant,
    client: &PublicClient,
    form: &HashMap<String, String>,
) -> Result<Session, EntraError> {
    let token = required(form, "refresh_token")?;
    let found = tenant.sign_ins().lock().refresh_tokens.get(token).cloned();
    let mut session = found
        .filter(|session| session.client_id == client.app_id)
        .ok_or_else(|| EntraError::invalid_grant("refresh_token"))?;
    if let Some(scope) = form.get("scope").filter(|scope| !scope.is_empty()) {
        session.delegation = Delegation::read(scope)?;
        client.check(session.delegation.resource, &session.delegation.scopes)?;
    }
    Ok(session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verifier_of_rfc_7636_appendix_b() {
        let challenge = Challenge {
            value: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
            is_sha256: true,
        };
        assert!(matches(&challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!matches(&challenge, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"));
    }
}
