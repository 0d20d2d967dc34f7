//! Taking single things away from an application that stays.

use serde_json::json;
use uuid::Uuid;

use super::Applying;
use crate::error::SetupError;
use crate::goal::{Goal, Unwanted};
use crate::graph::{Application, Call, KeyCredential};
use crate::parts::Parts;
use crate::role_group;

impl Applying<'_> {
    /// Takes a certificate off the list, which can only be replaced as a whole, or removes a secret.
    pub(super) async fn remove_credential(
        &mut self,
        key_id: Uuid,
        is_secret: bool,
    ) -> Result<(), SetupError> {
        let id = self.application().id;
        if is_secret {
            self.graph.remove(&Call::remove_password(id, key_id)).await?;
        } else {
            let is_it = |key: &KeyCredential| key.key_id() == Some(key_id);
            let mut keys = self.key_credentials(id).await?;
            keys.retain(|key| !is_it(key));
            let body = json!({ "keyCredentials": keys });
            let call = Call::update_application("remove the key credential", id, body);
            self.settled("the application", async |graph| graph.act(&call).await).await?;
        }
        let call = Call::application_object(id);
        let is_gone = |app: &Application| {
            app.key_credentials.iter().all(|key| key.key_id() != Some(key_id))
                && app.password_credentials.iter().all(|secret| secret.key_id != Some(key_id))
        };
        let left: Application = self
            .seen("the credential's removal", async |graph| {
                Ok(graph.find::<Application>(&call).await?.filter(is_gone))
            })
            .await?;
        self.application = Some(left);
        Ok(())
    }

    pub(super) async fn revoke_consent(&mut self, assignment: &str) -> Result<(), SetupError> {
        let principal = self.principal().id;
        self.graph.remove(&Call::revoke_app_role(principal, assignment)).await?;
        Ok(())
    }

    pub(super) async fn remove_role(
        &mut self,
        name: &str,
        assignment: &str,
    ) -> Result<(), SetupError> {
        self.graph.remove(&Call::remove_directory_role(name, assignment)).await?;
        Ok(())
    }

    pub(super) async fn remove_management_role(
        &mut self,
        assignment: &str,
    ) -> Result<(), SetupError> {
        let session = self.session.ok_or(SetupError::NoExchangeSession)?;
        role_group::unassign(session, assignment).await
    }

    pub(super) async fn leave(&mut self, group: &str) -> Result<(), SetupError> {
        let session = self.session.ok_or(SetupError::NoExchangeSession)?;
        role_group::leave(session, group, self.principal().id).await
    }

    pub(super) async fn refuse_other_tenants(&mut self) -> Result<(), SetupError> {
        let id = self.application().id;
        let body = json!({ "signInAudience": "AzureADMyOrg" });
        let call = Call::update_application("limit the application to its tenant", id, body);
        self.settled("the application", async |graph| graph.act(&call).await).await
    }

    /// What a removal wants the application to ask for from now on.
    pub(super) fn unasked(&self) -> Option<serde_json::Value> {
        match self.goal {
            Goal::Teardown(Unwanted {
                parts: Some(Parts { requested: Some(requested), .. }),
                ..
            }) => Some(json!({ "requiredResourceAccess": requested })),
            _ => None,
        }
    }
}
