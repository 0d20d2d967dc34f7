//! Certificates and secrets of an application. Writing `keyCredentials` replaces the whole list.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Request;
use super::answer::{Refusal, Reply};
use super::application_row::{key_row, password_row, second};
use super::applications::find;
use crate::directory::{Application, Directory, PasswordCredential, PolicyViolation};
use crate::entra::{KeyCredential, hex, verify_proof};

/// How long a secret is good unless said otherwise: two years.
const SECRET_DAYS: i64 = 730;

/// The list that a body asks for: kept entries by their `keyId`, unchanged, and new ones.
pub(super) fn replaced(
    request: &Request<'_>,
    directory: &Directory,
    application: &Application,
    body: &Value,
) -> Result<Vec<KeyCredential>, Refusal> {
    let entries = body.as_array().ok_or_else(|| {
        Refusal::bad_request(
            "Invalid value specified for property 'keyCredentials' of resource 'Application'.",
        )
    })?;
    let mut keys: Vec<KeyCredential> = Vec::new();
    for entry in entries {
        let id = entry["keyId"].as_str().and_then(|id| id.parse::<Uuid>().ok());
        let kept = application.key_credentials.iter().find(|key| Some(key.key_id) == id);
        keys.push(match kept {
            Some(kept) => {
                check_unchanged(kept, entry)?;
                kept.clone()
            }
            None => new_key(request, directory, application, entry)?,
        });
    }
    Ok(keys)
}

/// `POST …/addKey`: with a proof instead of a permission.
pub(super) fn add_key(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let application = prove(request, &directory)?;
    let key = new_key(request, &directory, &application, &request.body["keyCredential"])?;
    request.tenant.delay(&key.key_id, request.call);
    let added = key_row(&key, false);
    if let Some(known) = directory.application_mut(application.object_id) {
        known.key_credentials.push(key);
    }
    request.keep(&directory)?;
    Ok(Reply::ok(added))
}

/// `POST …/removeKey`: with a proof instead of a permission.
pub(super) fn remove_key(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let application = prove(request, &directory)?;
    let id = request.body["keyId"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    if application.key_credentials.iter().all(|key| Some(key.key_id) != id) {
        return Err(Refusal::bad_request("No credentials found to be removed."));
    }
    if let Some(known) = directory.application_mut(application.object_id) {
        known.key_credentials.retain(|key| Some(key.key_id) != id);
    }
    request.keep(&directory)?;
    Ok(Reply::done())
}

/// `POST …/addPassword`: the secret is shown this once.
pub(super) fn add_password(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let id = find(request, &directory)?;
    let application = directory.application_mut(id).ok_or_else(Refusal::internal)?;
    request.allow_change(application)?;
    let wanted = &request.body["passwordCredential"];
    let start = time(&wanted["startDateTime"])?.unwrap_or_else(|| request.tenant.now());
    let end = time(&wanted["endDateTime"])?
        .unwrap_or(start + SignedDuration::from_hours(24 * SECRET_DAYS));
    let random: Vec<u8> =
        [Uuid::new_v4(), Uuid::new_v4()].iter().flat_map(|id| *id.as_bytes()).collect();
    let secret = URL_SAFE_NO_PAD.encode(random);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, secret.as_bytes());
    let password = PasswordCredential {
        key_id: Uuid::new_v4(),
        display_name: wanted["displayName"].as_str().map(str::to_owned),
        hint: secret[..3].to_owned(),
        sha256: hex(digest.as_ref()),
        start,
        end,
    };
    let mut added = password_row(&password);
    added["secretText"] = json!(secret);
    application.password_credentials.push(password);
    request.keep(&directory)?;
    Ok(Reply::ok(added))
}

/// `POST …/removePassword`
pub(super) fn remove_password(request: &Request<'_>) -> Result<Reply, Refusal> {
    let mut directory = request.tenant.directory();
    let id = find(request, &directory)?;
    let application = directory.application_mut(id).ok_or_else(Refusal::internal)?;
    request.allow_change(application)?;
    let key = request.body["keyId"].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let before = application.password_credentials.len();
    application.password_credentials.retain(|known| Some(known.key_id) != key);
    if application.password_credentials.len() == before {
        return Err(Refusal::bad_request("No credentials found to be removed."));
    }
    request.keep(&directory)?;
    Ok(Reply::done())
}

/// A written list of secrets can only take some away.
pub(super) fn remaining_passwords(
    application: &Application,
    body: &Value,
) -> Result<Vec<PasswordCredential>, Refusal> {
    let refuse =
        || Refusal::bad_request("New password credentials must be generated with service actions.");
    let entries = body.as_array().ok_or_else(refuse)?;
    let known = |entry: &Value| {
        let id = entry["keyId"].as_str().and_then(|id| id.parse::<Uuid>().ok());
        application.password_credentials.iter().find(|known| Some(known.key_id) == id).cloned()
    };
    entries.iter().map(|entry| known(entry).ok_or_else(refuse)).collect()
}

/// The application that the path names, when the body proves that its author has one of its keys.
fn prove(request: &Request<'_>, directory: &Directory) -> Result<Application, Refusal> {
    let id = find(request, directory)?;
    let application = directory.application(id).cloned().ok_or_else(Refusal::internal)?;
    let is_itself = request.caller.person.is_none() && request.caller.app_id == application.app_id;
    if !is_itself {
        request.allow_change(&application)?;
    }
    let proof = request.body["proof"].as_str().unwrap_or_default();
    let now = request.tenant.now();
    if verify_proof(proof, application.object_id, &application.key_credentials, now) {
        return Ok(application);
    }
    Err(Refusal::new(
        StatusCode::UNAUTHORIZED,
        "Authentication_MissingOrMalformed",
        "Access Token missing or malformed.",
    ))
}

/// A kept entry may be repeated, not edited.
fn check_unchanged(kept: &KeyCredential, entry: &Value) -> Result<(), Refusal> {
    let shown = key_row(kept, true);
    let same = |name: &str| match &entry[name] {
        Value::Null => true,
        written @ Value::String(text) if name.ends_with("DateTime") => {
            text.parse::<Timestamp>().is_ok_and(|time| json!(second(time)) == shown[name])
                || *written == shown[name]
        }
        Value::String(text) if name == "type" || name == "usage" => {
            shown[name].as_str().is_some_and(|known| known.eq_ignore_ascii_case(text))
        }
        written => *written == shown[name],
    };
    let names = [
        "customKeyIdentifier",
        "displayName",
        "endDateTime",
        "key",
        "startDateTime",
        "type",
        "usage",
    ];
    if names.into_iter().all(same) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "Update to existing credential with KeyId '{}' is not allowed.",
        kept.key_id
    )))
}

fn new_key(
    request: &Request<'_>,
    directory: &Directory,
    application: &Application,
    entry: &Value,
) -> Result<KeyCredential, Refusal> {
    for (name, known) in
        [("usage", ["Sign", "Verify"]), ("type", ["AsymmetricX509Cert", "X509CertAndPassword"])]
    {
        let value = entry[name].as_str().unwrap_or_default();
        if !known.contains(&value) {
            return Err(Refusal::bad_request(format!(
                "The value for the property \"{name}\" is invalid. Acceptable values are {}.",
                known.join(", ")
            )));
        }
    }
    let invalid = || Refusal::bad_request("Key value is invalid certificate");
    let bytes = entry["key"].as_str().and_then(|text| STANDARD.decode(text).ok());
    let mut key = KeyCredential::read(&bytes.ok_or_else(invalid)?).map_err(|_| invalid())?;
    if let Some(id) = entry["keyId"].as_str() {
        key.key_id =
            id.parse().map_err(|_| Refusal::bad_request(format!("Invalid GUID: '{id}'.")))?;
    }
    if let Some(name) = entry["displayName"].as_str() {
        name.clone_into(&mut key.display_name);
    }
    key.custom_key_identifier = entry["customKeyIdentifier"].as_str().map(shown_identifier);
    let (first, last) = (key.start, key.end);
    key.start = time(&entry["startDateTime"])?.unwrap_or(first);
    key.end = time(&entry["endDateTime"])?.unwrap_or(last);
    if key.end > last || key.end <= key.start || key.end <= request.tenant.now() {
        return Err(Refusal::bad_request("Key credential end date is invalid."));
    }
    if key.start < first {
        return Err(Refusal::bad_request("Key credential start date is invalid."));
    }
    let policies = &directory.policies;
    policies.check(&key, application.object_id, application.created).map_err(violation)?;
    Ok(key)
}

/// Twenty bytes are shown as the hex of a thumbprint, whichever way they came.
fn shown_identifier(text: &str) -> String {
    if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return text.to_ascii_uppercase();
    }
    match STANDARD.decode(text) {
        Ok(bytes) if bytes.len() == 20 => hex(&bytes),
        _ => text.to_owned(),
    }
}

fn violation(violation: PolicyViolation) -> Refusal {
    let (code, message) = match violation {
        PolicyViolation::Lifetime(longest) => (
            "CredentialInvalidLifetimeAsPerAppPolicy",
            format!(
                "Credential lifetime exceeds the max value allowed as per assigned policy '{longest}'."
            ),
        ),
        PolicyViolation::SelfSigned => (
            "CredentialTypeNotAllowedAsPerAppPolicy",
            "Credential type not allowed as per assigned policy.".to_owned(),
        ),
    };
    Refusal::new(StatusCode::BAD_REQUEST, code, message)
}

/// A time, if there is one.
fn time(value: &Value) -> Result<Option<Timestamp>, Refusal> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(|_| {
            Refusal::bad_request(format!(
                "Cannot convert the literal '{text}' to the expected type 'Edm.DateTimeOffset'."
            ))
        }),
        _ => Err(Refusal::bad_request("Cannot convert a value to target type.")),
    }
}
