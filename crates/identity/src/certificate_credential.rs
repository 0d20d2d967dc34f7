//! [`CertificateCredential`]: an application proves itself with its certificate's key.

use std::sync::Arc;
use std::time::Duration;

use exoctl_certificate::Signer;
use exoctl_http::{Attempt, BoxFuture, Effect, Request, RetryPolicy, Retrying, Transport};
use exoctl_model::{ClientId, Clock};
use tracing::debug;
use uuid::Uuid;

use crate::token_endpoint::{ClassifyEntra, read_answer, token_request};
use crate::{
    AccessToken, AssertionOptions, AssertionSource, Authority, CredentialError, SignedAssertion,
    TokenCredential, TokenRequest,
};

/// Asks an authority for tokens with a client assertion, a new one for each try. Not cached.
#[derive(Clone, Debug)]
pub struct ClientAssertionCredential<A> {
    authority: Authority,
    client: ClientId,
    source: A,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    retrying: Retrying,
}

/// The credential of an application with a certificate.
pub type CertificateCredential = ClientAssertionCredential<SignedAssertion>;

impl CertificateCredential {
    /// Application `client` at `authority`, proved by `signer`.
    pub fn new(
        authority: Authority,
        client: ClientId,
        signer: Arc<dyn Signer>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        options: AssertionOptions,
    ) -> Self {
        let source = SignedAssertion::new(signer, clock.clone(), options);
        Self::with_source(authority, client, source, transport, clock)
    }
}

impl<A: AssertionSource> ClientAssertionCredential<A> {
    /// Application `client` at `authority`, proved by the assertions of `source`.
    pub fn with_source(
        authority: Authority,
        client: ClientId,
        source: A,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let retrying = Retrying::new(retry_policy(), clock.clone());
        Self { authority, client, source, transport, clock, retrying }
    }

    /// Repeats requests as `retrying` does.
    pub fn with_retrying(self, retrying: Retrying) -> Self {
        Self { retrying, ..self }
    }

    async fn prepare(&self, request: &TokenRequest) -> Result<Request, CredentialError> {
        let endpoint = self.authority.token_endpoint();
        let assertion = self
            .source
            .assertion(&endpoint, self.client)
            .await
            .map_err(|source| CredentialError::Assertion { client: self.client, source })?;
        let claims = request.claims.as_deref();
        let correlation = Uuid::new_v4();
        let scope = &request.scope;
        Ok(token_request(&endpoint, self.client, scope, claims, &assertion, correlation))
    }

    async fn obtain(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let asked_at = self.clock.now();
        let prepare = |_: Attempt| -> BoxFuture<'_, _> { Box::pin(self.prepare(request)) };
        let transport = &*self.transport;
        let attempted =
            self.retrying.send_with(transport, &ClassifyEntra, Effect::Read, prepare).await?;
        let response = attempted.outcome.map_err(|source| CredentialError::Transport {
            authority: self.authority.to_string(),
            source,
        })?;
        let token = read_answer(&response, asked_at)
            .map_err(|no_token| no_token.of(&self.authority, self.client, &response))?;
        debug!(scope = %request.scope, token = %token.fingerprint(), expires = %token.expires_at(), "token obtained");
        Ok(token)
    }
}

impl<A: AssertionSource> TokenCredential for ClientAssertionCredential<A> {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        Box::pin(self.obtain(request))
    }
}

/// The authority answers in a second or is unwell; nobody should wait for it for minutes.
pub(crate) fn retry_policy() -> RetryPolicy {
    RetryPolicy {
        attempts: 5,
        first: Duration::from_secs(1),
        deadline: Some(Duration::from_mins(2)),
        ..RetryPolicy::default()
    }
}
