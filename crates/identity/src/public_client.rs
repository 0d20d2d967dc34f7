//! [`PublicClient`]: an application through which a human signs in, and that can keep no secret.

use std::fmt;
use std::sync::Arc;

use exoctl_http::{Effect, Response, Retrying, Transport};
use exoctl_model::{ClientId, Clock};
use url::Url;
use uuid::{Uuid, uuid};

use crate::certificate_credential::retry_policy;
use crate::token_endpoint::{ClassifyEntra, Grant, form_request, read_grant};
use crate::{Authority, CredentialError};

/// "Microsoft Graph Command Line Tools": in every tenant, and may be granted any permission of
/// Graph. Some tenants let only assigned users sign in through it (AADSTS50105).
pub const GRAPH_COMMAND_LINE_TOOLS: ClientId =
    ClientId::new(uuid!("14d82eec-204b-4c2f-b7e8-296a70dab67e"));

/// "Microsoft Exchange REST API Based PowerShell": what `Connect-ExchangeOnline` signs humans in
/// through. It gets tokens for Exchange, not for Graph.
pub const EXCHANGE_POWERSHELL: ClientId =
    ClientId::new(uuid!("fb78d390-0c51-40cd-8e17-fdbfab77341b"));

/// A registration that humans sign in through, at an authority. A [`crate::BrowserFlow`] or a
/// [`crate::DeviceCodeFlow`] makes a [`crate::SignedIn`] of it.
#[derive(Clone)]
pub struct PublicClient {
    authority: Authority,
    id: ClientId,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    retrying: Retrying,
}

impl PublicClient {
    /// The client `id` at `authority`.
    pub fn new(
        authority: Authority,
        id: ClientId,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let retrying = Retrying::new(retry_policy(), clock.clone());
        Self { authority, id, transport, clock, retrying }
    }

    /// Repeats requests as `retrying` does.
    pub fn with_retrying(self, retrying: Retrying) -> Self {
        Self { retrying, ..self }
    }

    /// Where the human signs in.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// The application (client) id.
    pub fn id(&self) -> ClientId {
        self.id
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Sends a form to one of the authority's endpoints, again if it is unwell. A code whose answer
    /// is lost is lost too, so nothing is made worse by asking twice.
    pub(crate) async fn ask(
        &self,
        endpoint: &Url,
        form: &[(&str, &str)],
    ) -> Result<Response, CredentialError> {
        let request = form_request(endpoint, form, Uuid::new_v4());
        let transport = &*self.transport;
        let attempted = self.retrying.send(transport, &ClassifyEntra, Effect::Read, &request).await;
        attempted.outcome.map_err(|source| {
            let authority = self.authority.to_string();
            CredentialError::Transport { authority, source }
        })
    }

    /// Asks the token endpoint.
    pub(crate) async fn grant(&self, form: &[(&str, &str)]) -> Result<Grant, CredentialError> {
        let asked_at = self.clock.now();
        let response = self.ask(&self.authority.token_endpoint(), form).await?;
        read_grant(&response, asked_at)
            .map_err(|no_token| no_token.of(&self.authority, self.id, &response))
    }
}

impl fmt::Debug for PublicClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { authority, id, .. } = self;
        f.debug_struct("PublicClient")
            .field("authority", authority)
            .field("id", id)
            .finish_non_exhaustive()
    }
}
