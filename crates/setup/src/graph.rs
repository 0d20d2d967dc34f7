//! Microsoft Graph, as far as it takes to make an application that may run Exchange cmdlets.
//!
//! [`Call`] builds requests and the types of [`object`](self) read answers, without I/O; only
//! [`Graph`] sends.

mod call;
mod error;
mod object;
mod policy;

pub use call::{Call, Place};
pub use error::{GraphError, GraphRefusal};
pub use object::{
    AppRole, AppRoleAssignment, Application, DirectoryRoleAssignment, KeyCredential,
    PasswordCredential, RequiredResourceAccess, ResourceAccess, ServicePrincipal, Tenant,
    VerifiedDomain,
};
pub use policy::AppManagementPolicy;
pub(crate) use policy::AuthorizationPolicy;

use std::sync::Arc;
use std::time::Duration;

use exoctl_http::{
    BoxFuture, Classify, Effect, Request, Response, RetryPolicy, RetryReason, Retrying, Transport,
    TransportError, Verdict,
};
use exoctl_identity::{CredentialError, Scope, TokenCredential, TokenRequest};
use exoctl_model::{Clock, Cloud};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use uuid::Uuid;

/// Graph of one cloud, asked as one administrator.
#[derive(Clone, Debug)]
pub struct Graph {
    base: Url,
    scope: Scope,
    credential: Arc<dyn TokenCredential>,
    transport: Arc<dyn Transport>,
    retrying: Retrying,
}

impl Graph {
    /// Nothing is sent yet.
    pub fn new(
        cloud: &Cloud,
        credential: Arc<dyn TokenCredential>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let policy = RetryPolicy {
            first: Duration::from_secs(1),
            deadline: Some(Duration::from_mins(5)),
            ..RetryPolicy::default()
        };
        Self {
            base: cloud.graph.clone(),
            scope: Scope::graph(cloud),
            credential,
            transport,
            retrying: Retrying::new(policy, clock),
        }
    }

    /// The token that calls are made with; what it says is worth a look before anything is done.
    pub async fn token(&self) -> Result<exoctl_identity::AccessToken, CredentialError> {
        self.credential.token(&TokenRequest::new(self.scope.clone())).await
    }

    /// Reads one object.
    pub async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, GraphError> {
        let answer = self.send(call).await?;
        serde_json::from_slice(answer.body())
            .map_err(|source| GraphError::Unreadable { operation: call.operation.clone(), source })
    }

    /// Reads one object that may not be there.
    pub async fn find<T: DeserializeOwned>(&self, call: &Call) -> Result<Option<T>, GraphError> {
        match self.read(call).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a collection to its end.
    pub async fn list<T: DeserializeOwned>(&self, call: &Call) -> Result<Vec<T>, GraphError> {
        let mut page: Collection<T> = self.read(call).await?;
        let mut all = page.value;
        let mut pages = 1;
        while let Some(link) = page.next {
            pages += 1;
            let next =
                self.base.join(&link).ok().filter(|next| next.origin() == self.base.origin());
            let Some(next) = next.filter(|_| pages <= MOST_PAGES) else {
                return Err(GraphError::NoWayOn { operation: call.operation.clone(), link });
            };
            page = self.read(&call.at(next)).await?;
            all.extend(page.value);
        }
        Ok(all)
    }

    /// Does something whose answer does not matter.
    pub async fn act(&self, call: &Call) -> Result<(), GraphError> {
        self.send(call).await.map(drop)
    }

    /// Removes something; `false` if it was not there.
    pub async fn remove(&self, call: &Call) -> Result<bool, GraphError> {
        match self.act(call).await {
            Ok(()) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Sends a call until there is an answer, which is a success.
    async fn send(&self, call: &Call) -> Result<Response, GraphError> {
        let id = Uuid::new_v4();
        let refused = std::sync::Mutex::new(None);
        let refused = &refused;
        let prepare =
            |attempt: exoctl_http::Attempt| -> BoxFuture<'_, Result<Request, CredentialError>> {
                let renew = attempt.previous == Some(RetryReason::Unauthorized);
                Box::pin(async move {
                    let last: Option<exoctl_identity::AccessToken> =
                        refused.lock().expect("nobody panics while holding it").take();
                    let wanted = TokenRequest::new(self.scope.clone());
                    let wanted = match last.filter(|_| renew) {
                        Some(last) => wanted.rejecting(&last),
                        None => wanted,
                    };
                    let token = self.credential.token(&wanted).await?;
                    let request = call.to_request(&self.base, &token, id);
                    *refused.lock().expect("nobody panics while holding it") = Some(token);
                    Ok(request)
                })
            };
        // Each other write here is an upsert, a removal, or refused as a duplicate when it is repeated.
        let effect = match call {
            call if call.is_read() => Effect::Read,
            Call { once: true, .. } => Effect::Write,
            _ => Effect::RepeatableWrite,
        };
        let attempted = self
            .retrying
            .send_with(&*self.transport, &ClassifyGraph, effect, prepare)
            .await
            .map_err(|source| GraphError::Credential {
                operation: call.operation.clone(),
                source,
            })?;
        let response = attempted.outcome.map_err(|source| GraphError::Transport {
            operation: call.operation.clone(),
            source,
        })?;
        if response.status().is_success() {
            return Ok(response);
        }
        let source = Box::new(GraphRefusal::read(&response));
        Err(GraphError::Refused { operation: call.operation.clone(), source })
    }
}

/// More pages than any list here can have.
const MOST_PAGES: usize = 1000;

#[derive(Deserialize)]
struct Collection<T> {
    value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// RFC 9110, and a new token after a 401.
#[derive(Clone, Copy, Debug)]
struct ClassifyGraph;

impl Classify for ClassifyGraph {
    fn classify(
        &self,
        outcome: &Result<Response, TransportError>,
        now: jiff::Timestamp,
    ) -> Verdict {
        match outcome {
            Ok(response) if response.status() == StatusCode::UNAUTHORIZED => {
                // A credential that has no other token says so, and that ends it.
                Verdict::Retry { after: Some(Duration::ZERO), reason: RetryReason::Unauthorized }
            }
            Ok(response) => Verdict::of_status(response, now),
            Err(error) => Verdict::of_transport_error(error),
        }
    }
}
