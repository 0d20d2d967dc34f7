//! The certificate on the application: added and removed by the application itself, with a proof that
//! it has a key, or by an administrator.

use std::time::Duration;

use exoctl_certificate::{Certificate, Thumbprint};
use exoctl_identity::{AccessToken, Scope, TokenCredential, TokenRequest};
use exoctl_model::{ClientId, ObjectId};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use crate::apply::all_key_credentials;
use crate::error::SetupError;
use crate::graph::{Application, Call, Graph, GraphError, KeyCredential};
use crate::verify::not_known_yet;
use crate::wait::{Patience, Reporter, Wait};

/// What became of adding a certificate.
#[derive(Debug)]
pub enum AddedKey {
    /// It is there, under this id.
    Yes(Option<Uuid>),
    /// The answer was lost; it may be there.
    Unknown(GraphError),
}

/// Adds a certificate as the application itself, without any permission: `graph` is asked with its
/// own token, and `proof` is signed with a certificate that it has already.
pub async fn add_itself(
    graph: &Graph,
    application: ObjectId,
    certificate: &Certificate,
    proof: &SecretString,
) -> Result<AddedKey, SetupError> {
    let key = KeyCredential::new(certificate, certificate.subject());
    match graph.read::<KeyCredential>(&Call::add_key(application, &key, proof)).await {
        Ok(added) => Ok(AddedKey::Yes(added.key_id())),
        Err(error) if error.is_ambiguous() => Ok(AddedKey::Unknown(error)),
        Err(error) => Err(error.into()),
    }
}

/// Removes a certificate as the application itself. One that is gone already is no error.
pub async fn remove_itself(
    graph: &Graph,
    application: ObjectId,
    key_id: Uuid,
    proof: &SecretString,
) -> Result<(), SetupError> {
    match graph.act(&Call::remove_key(application, key_id, proof)).await {
        Err(error) if error.refusal().is_some_and(is_gone) => Ok(()),
        outcome => Ok(outcome?),
    }
}

fn is_gone(refusal: &crate::graph::GraphRefusal) -> bool {
    refusal.message.contains("No credentials found to be removed")
}

/// Adds a certificate as an administrator, unless it is there, and gives the id of its entry. Other
/// entries go back as they came.
pub async fn add_as_administrator(
    graph: &Graph,
    application: &Application,
    certificate: &Certificate,
    patience: &Patience,
    reporter: &mut dyn Reporter,
) -> Result<Option<Uuid>, SetupError> {
    let (id, thumbprint) = (application.id, certificate.thumbprint());
    let mut keys = all(graph, application, patience, reporter).await?;
    if !keys.iter().any(|key| key.thumbprint() == Some(thumbprint)) {
        keys.push(KeyCredential::new(certificate, certificate.subject()));
        let body = json!({ "keyCredentials": keys });
        let call = Call::update_application("add the key credential", id, body);
        graph.act(&call).await?;
    }
    let mut wait = Wait::new(patience);
    loop {
        let found: Option<Application> = graph.find(&Call::application_object(id)).await?;
        if let Some(key) = found.as_ref().and_then(|found| found.key_credential(&thumbprint)) {
            return Ok(key.key_id());
        }
        wait.again("the key credential to be seen", reporter).await?;
    }
}

/// Removes a certificate as an administrator, if it is there. Other entries go back as they came.
pub async fn remove_as_administrator(
    graph: &Graph,
    application: &Application,
    thumbprint: Thumbprint,
    patience: &Patience,
    reporter: &mut dyn Reporter,
) -> Result<(), SetupError> {
    let mut keys = all(graph, application, patience, reporter).await?;
    let before = keys.len();
    keys.retain(|key| key.thumbprint() != Some(thumbprint));
    if keys.len() < before {
        let body = json!({ "keyCredentials": keys });
        let call = Call::update_application("remove the key credential", application.id, body);
        graph.act(&call).await?;
    }
    Ok(())
}

/// All that any server knows. One that was seen and is gone is waited for, but not for long: it may be
/// gone for good.
async fn all(
    graph: &Graph,
    application: &Application,
    patience: &Patience,
    reporter: &mut dyn Reporter,
) -> Result<Vec<KeyCredential>, SetupError> {
    let known = application.key_credentials.clone();
    let limit = patience.limit.min(Duration::from_mins(1));
    let patience = Patience { limit, ..patience.clone() };
    all_key_credentials(graph, application.id, known, &patience, reporter).await
}

/// Signs in until it has worked several times in a row: the application's certificates reach the
/// servers that give tokens one after the other. `credential` must not keep tokens.
pub async fn prove(
    credential: &dyn TokenCredential,
    scope: &Scope,
    app_id: ClientId,
    patience: &Patience,
    reporter: &mut dyn Reporter,
) -> Result<AccessToken, SetupError> {
    let mut wait = Wait::new(patience);
    let mut in_a_row = 0;
    loop {
        let request = TokenRequest::new(scope.clone()).renewing();
        match credential.token(&request).await {
            Ok(token) => {
                in_a_row += 1;
                if in_a_row >= patience.in_a_row {
                    return Ok(token);
                }
                wait.between().await;
            }
            Err(source) => {
                in_a_row = 0;
                let what = not_known_yet(&source);
                let error = SetupError::SignIn { app_id, source };
                let Some(what) = what else { return Err(error) };
                if wait.again(what, reporter).await.is_err() {
                    return Err(error);
                }
            }
        }
    }
}
