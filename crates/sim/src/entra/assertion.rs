//! Verifying client assertions (RFC 7523), as strict and as lenient as Entra is known to be.
//!
//! Real clients pad base64url or use the standard alphabet, write times as strings or fractions, and
//! leave out `nbf` or `iat`; all of that is accepted. A `jti` may be used again: msal for Python does.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use uuid::Uuid;

use super::error::EntraError;
use super::key_credential::{KeyCredential, hex};
use super::token_key::components;

/// Clocks may differ by this much. Entra's own tolerance is not documented; five minutes is what
/// people observe.
const TOLERANCE_SECONDS: f64 = 300.0;
/// RSA keys below this are refused (AADSTS50032).
const SMALLEST_KEY_BYTES: usize = 256;

/// What an assertion has to agree with.
pub(super) struct Expected<'a> {
    /// Client id of the application.
    pub app_id: Uuid,
    /// Its certificates.
    pub keys: &'a [KeyCredential],
    /// What time it is.
    pub now: Timestamp,
    /// Whether a text is an audience that means this tenant's token endpoint.
    pub is_audience: &'a dyn Fn(&str) -> bool,
}

/// Checks an assertion completely.
pub(super) fn verify(assertion: &str, expected: &Expected<'_>) -> Result<(), EntraError> {
    let parts: Vec<&str> = assertion.trim().split('.').collect();
    let [header, payload, signature] = parts[..] else { return Err(EntraError::not_a_jwt()) };
    let (header, claims) = (object(header)?, object(payload)?);
    let algorithm = algorithm_of(&header)?;
    let identifier = KeyIdentifier::of(&header)?;
    check_identity(&claims, expected)?;
    check_lifetime(&claims, expected.now)?;
    let key = find_key(&identifier, expected)?;
    let message = &assertion.trim()[..assertion.trim().rfind('.').unwrap_or_default()];
    check_signature(key, algorithm, message, signature, expected.app_id)
}

/// Audience of a proof of possession: the old directory API's id.
const PROOF_AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";
/// The longest time for which a proof may be good, Learn on rolling keys.
const PROOF_SECONDS: f64 = 600.0;

/// Whether a text proves that its author has one of an object's keys, as `addKey` and `removeKey` ask
/// for: strict, RS256 only, base64url without padding.
pub(crate) fn verify_proof(
    proof: &str,
    object_id: Uuid,
    keys: &[KeyCredential],
    now: Timestamp,
) -> bool {
    let parts: Vec<&str> = proof.split('.').collect();
    let [header, payload, signature] = parts[..] else { return false };
    let padded = proof.contains(['=', '+', '/']);
    let (Ok(header), Ok(claims)) = (object(header), object(payload)) else { return false };
    if padded || header["alg"] != "RS256" {
        return false;
    }
    let (Some(from), Some(to)) = (seconds(&claims["nbf"]), seconds(&claims["exp"])) else {
        return false;
    };
    let in_time = to - from <= PROOF_SECONDS && check_lifetime(&claims, now).is_ok();
    let issuer = claims["iss"].as_str().and_then(|issuer| issuer.parse::<Uuid>().ok());
    if !in_time || issuer != Some(object_id) || claims["aud"] != PROOF_AUDIENCE {
        return false;
    }
    let Ok(identifier) = KeyIdentifier::of(&header) else { return false };
    let message = &proof[..proof.len() - signature.len() - 1];
    keys.iter()
        .filter(|key| identifier.names(key) && key.start <= now && now <= key.end)
        .any(|key| check_signature(key, Algorithm::RS256, message, signature, object_id).is_ok())
}

/// Base64 in any of the forms that clients use.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&alphabet::URL_SAFE, config)
        .decode(text)
        .or_else(|_| GeneralPurpose::new(&alphabet::STANDARD, config).decode(text))
        .ok()
}

fn object(part: &str) -> Result<Value, EntraError> {
    decode(part)
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .filter(Value::is_object)
        .ok_or_else(EntraError::not_a_jwt)
}

fn algorithm_of(header: &Value) -> Result<Algorithm, EntraError> {
    let known_type = match header.get("typ") {
        None => true,
        Some(Value::String(typ)) => {
            typ.eq_ignore_ascii_case("JWT") || typ == "http://openid.net/specs/jwt/1.0"
        }
        Some(_) => false,
    };
    if !known_type {
        return Err(EntraError::header_type());
    }
    match header["alg"].as_str() {
        Some("RS256") => Ok(Algorithm::RS256),
        Some("RS384") => Ok(Algorithm::RS384),
        Some("RS512") => Ok(Algorithm::RS512),
        Some("PS256") => Ok(Algorithm::PS256),
        other => Err(EntraError::algorithm(other.unwrap_or("none"))),
    }
}

/// The names that a header gives its key.
struct KeyIdentifier {
    sha1: Option<String>,
    sha256: Option<String>,
    key_id: Option<String>,
}

impl KeyIdentifier {
    fn of(header: &Value) -> Result<Self, EntraError> {
        let thumbprint = |name: &str| decode(header.get(name)?.as_str()?).map(|bytes| hex(&bytes));
        let identifier = Self {
            sha1: thumbprint("x5t"),
            // Microsoft's page spells it with a small s, every client with a capital one.
            sha256: thumbprint("x5t#S256").or_else(|| thumbprint("x5t#s256")),
            key_id: header["kid"].as_str().map(str::to_owned),
        };
        if identifier.sha1.is_none() && identifier.sha256.is_none() && identifier.key_id.is_none() {
            return Err(EntraError::key_identifier_missing());
        }
        Ok(identifier)
    }

    /// Every name that is given must be the key's.
    fn names(&self, key: &KeyCredential) -> bool {
        let thumbprint = self.sha1.as_ref().is_none_or(|name| *name == key.thumbprint);
        let sha256 = self.sha256.as_ref().is_none_or(|name| *name == key.sha256);
        let by_thumbprint = self.sha1.is_some() || self.sha256.is_some();
        let key_id =
            by_thumbprint || self.key_id.as_deref().is_some_and(|name| is_key_id(name, key));
        thumbprint && sha256 && key_id
    }
}

/// A `kid` is the hex thumbprint, its base64url, or Graph's id of the key.
fn is_key_id(name: &str, key: &KeyCredential) -> bool {
    name.eq_ignore_ascii_case(&key.thumbprint)
        || name.parse() == Ok(key.key_id)
        || decode(name).is_some_and(|bytes| hex(&bytes) == key.thumbprint)
}

fn check_identity(claims: &Value, expected: &Expected<'_>) -> Result<(), EntraError> {
    let required = |name| claims[name].as_str().ok_or_else(|| EntraError::claim_missing(name));
    let (issuer, subject) = (required("iss")?, required("sub")?);
    if issuer.parse() != Ok(expected.app_id) {
        return Err(EntraError::issuer_is_not_client());
    }
    if !subject.eq_ignore_ascii_case(issuer) {
        return Err(EntraError::subject_is_not_issuer());
    }
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => return Err(EntraError::claim_missing("aud")),
    };
    if audiences.into_iter().any(expected.is_audience) {
        Ok(())
    } else {
        Err(EntraError::audience())
    }
}

fn check_lifetime(claims: &Value, now: Timestamp) -> Result<(), EntraError> {
    let (from, to) = (seconds(&claims["nbf"]), seconds(&claims["exp"]));
    let current = now.as_second() as f64;
    let started = from.is_none_or(|from| from <= current + TOLERANCE_SECONDS);
    let ended = to.is_none_or(|to| to + TOLERANCE_SECONDS < current);
    if started && !ended {
        return Ok(());
    }
    // A missing or unreadable time is printed as the start of Unix time.
    let time = |seconds: Option<f64>| {
        seconds.and_then(|seconds| Timestamp::from_second(seconds as i64).ok()).unwrap_or_default()
    };
    Err(EntraError::time_range(now, time(from), time(to)))
}

/// A time as a number, whole or not, or as a text of one.
fn seconds(value: &Value) -> Option<f64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.filter(|seconds: &f64| seconds.is_finite())
}

fn find_key<'a>(
    identifier: &KeyIdentifier,
    expected: &Expected<'a>,
) -> Result<&'a KeyCredential, EntraError> {
    let Some(key) = expected.keys.iter().find(|key| identifier.names(key)) else {
        return Err(EntraError::key_not_found(expected.app_id, identifier.sha1.as_deref()));
    };
    if key.end < expected.now || key.start > expected.now {
        return Err(EntraError::key_expired(expected.app_id, key));
    }
    Ok(key)
}

fn check_signature(
    key: &KeyCredential,
    algorithm: Algorithm,
    message: &str,
    signature: &str,
    app_id: Uuid,
) -> Result<(), EntraError> {
    let Some(public_key) = key.rsa_public_key() else {
        return Err(EntraError::signature(app_id, key));
    };
    if components(&public_key).is_none_or(|(modulus, _)| modulus.len() < SMALLEST_KEY_BYTES) {
        return Err(EntraError::weak_key());
    }
    let signature = URL_SAFE_NO_PAD.encode(decode(signature).ok_or_else(EntraError::not_a_jwt)?);
    let decoding_key = DecodingKey::from_rsa_der(&public_key);
    jsonwebtoken::crypto::verify(&signature, message.as_bytes(), &decoding_key, algorithm)
        .unwrap_or(false)
        .then_some(())
        .ok_or_else(|| EntraError::signature(app_id, key))
}
