//! Adding a certificate to an application, whose list of them can only be replaced as a whole.

use exoctl_certificate::Certificate;
use exoctl_model::ObjectId;
use serde_json::json;

use super::Applying;
use crate::desired::{Desired, WantedCertificate};
use crate::error::SetupError;
use crate::goal::Goal;
use crate::graph::{Application, Call, Graph, KeyCredential};
use crate::wait::{Patience, Reporter, Wait};

impl Applying<'_> {
    /// Adds the certificate to those that are there. The list is replaced as a whole, so it has to be
    /// read first, and a server that is behind must not make an entry of somebody else's disappear.
    pub(super) async fn add_key_credential(&mut self) -> Result<(), SetupError> {
        let certificate = self.certificate()?.clone();
        let thumbprint = certificate.thumbprint();
        let id = self.application().id;
        let mut keys = self.key_credentials(id).await?;
        if !keys.iter().any(|key| key.thumbprint() == Some(thumbprint)) {
            keys.push(KeyCredential::new(&certificate, certificate.subject()));
            let body = json!({ "keyCredentials": keys });
            let call = Call::update_application("add the key credential", id, body);
            self.settled("the application", async |graph| graph.act(&call).await).await?;
        }
        let call = Call::application_object(id);
        let application: Application = self
            .seen("the key credential", async |graph| {
                let found: Option<Application> = graph.find(&call).await?;
                Ok(found.filter(|app| app.key_credential(&thumbprint).is_some()))
            })
            .await?;
        self.application = Some(application);
        Ok(())
    }

    /// All key credentials that any server knows, as [`all_key_credentials`] finds them.
    pub(super) async fn key_credentials(
        &mut self,
        id: ObjectId,
    ) -> Result<Vec<KeyCredential>, SetupError> {
        let known = self.application().key_credentials.clone();
        all_key_credentials(self.graph, id, known, self.patience, self.reporter).await
    }

    fn certificate(&self) -> Result<&Certificate, SetupError> {
        match self.goal {
            Goal::Setup(Desired {
                certificate: WantedCertificate::Existing { certificate },
                ..
            }) => Ok(&certificate.0),
            _ => Err(SetupError::NoCertificate),
        }
    }
}

/// All key credentials that any server knows: read until several reads agree, and joined with those
/// that were seen before.
pub(crate) async fn all_key_credentials(
    graph: &Graph,
    id: ObjectId,
    mut known: Vec<KeyCredential>,
    patience: &Patience,
    reporter: &mut dyn Reporter,
) -> Result<Vec<KeyCredential>, SetupError> {
    let call = Call::application_object(id);
    let mut wait = Wait::new(patience);
    let mut agreeing = 0;
    while agreeing < patience.in_a_row {
        let found: Option<Application> = graph.find(&call).await?;
        let Some(found) = found else {
            agreeing = 0;
            wait.again("the application", reporter).await?;
            continue;
        };
        let news: Vec<KeyCredential> = found
            .key_credentials
            .iter()
            .filter(|key| !known.iter().any(|known| known.key_id() == key.key_id()))
            .cloned()
            .collect();
        if !news.is_empty() {
            agreeing = 0;
            known.extend(news);
        } else if found.key_credentials.len() == known.len() {
            agreeing += 1;
            wait.between().await;
        } else {
            // One that was seen is not there: this server is behind, or somebody removed it.
            agreeing = 0;
            let what = "the key credentials to be the same everywhere";
            if wait.again(what, reporter).await.is_err() {
                return Ok(found.key_credentials);
            }
        }
    }
    Ok(known)
}
