//! [`SignedIn`]: a human's sign-in as a credential. Nothing of it is ever written down.

use std::sync::Arc;

use exoctl_http::BoxFuture;
use exoctl_model::TenantId;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tracing::debug;

use crate::token_endpoint::Grant;
use crate::{
    AccessToken, CachedCredential, CredentialError, DelegatedScopes, PublicClient, Scope,
    TokenClaims, TokenCredential, TokenRequest,
};

/// A human who has signed in through a [`PublicClient`]: gives tokens on the human's behalf, for the
/// resource that was signed in to and with the refresh token for others, as long as the process
/// lives. Tokens are kept in memory and nowhere else.
#[derive(Debug)]
pub struct SignedIn {
    tokens: CachedCredential,
    account: Account,
    granted: Vec<String>,
}

/// Who signed in, as far as the authority says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// The sign-in name, `adele@contoso.com`.
    pub user_name: Option<String>,
    /// The user's object id.
    pub object_id: Option<String>,
    /// The tenant that was signed in to.
    pub tenant_id: Option<TenantId>,
}

impl SignedIn {
    /// What `grant` brought to `client`. Tokens for the resources of `scopes` are asked for with
    /// their permissions; the first is the one that the grant was for.
    pub(crate) fn new(client: PublicClient, scopes: Vec<DelegatedScopes>, grant: Grant) -> Self {
        let account = Account::of(grant.human.as_ref().or(grant.token.claims()));
        let granted = match (&grant.scope, grant.token.claims()) {
            (Some(scope), _) => scope.split_whitespace().map(short_name).collect(),
            (None, claims) => claims.map(|claims| claims.scp.clone()).unwrap_or_default(),
        };
        debug!(client = %client.id(), token = %grant.token.fingerprint(), "signed in");
        let first = scopes.first().map(|scopes| (scopes.resource().clone(), grant.token));
        let kept = Mutex::new(Kept { first, refresh_token: grant.refresh_token });
        let clock = client.clock().clone();
        let tokens = CachedCredential::new(Arc::new(Refresh { client, scopes, kept }), clock);
        Self { tokens, account, granted }
    }

    /// Who it is.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// The permissions by their short names that were granted at the resource that was signed in to;
    /// empty if the authority did not say.
    pub fn granted(&self) -> &[String] {
        &self.granted
    }
}

impl TokenCredential for SignedIn {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        self.tokens.token(request)
    }
}

impl Account {
    fn of(claims: Option<&TokenClaims>) -> Self {
        let Some(claims) = claims else { return Self::default() };
        Self {
            user_name: claims.upn.clone(),
            object_id: claims.oid.clone(),
            tenant_id: claims.tid.as_deref().and_then(|id| id.parse().ok()),
        }
    }
}

/// `https://graph.microsoft.com/User.Read` is `User.Read`.
fn short_name(permission: &str) -> String {
    permission.rsplit('/').next().unwrap_or(permission).to_owned()
}

/// Tokens by the refresh token (RFC 6749 section 6).
#[derive(Debug)]
struct Refresh {
    client: PublicClient,
    scopes: Vec<DelegatedScopes>,
    /// Locked while the authority is asked: an answer may replace the refresh token.
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// The token of the sign-in itself, until it is asked for.
    first: Option<(Scope, AccessToken)>,
    refresh_token: Option<SecretString>,
}

impl Refresh {
    async fn obtain(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let mut kept = self.kept.lock().await;
        let now = self.client.clock().now();
        let is_asked_for = |(scope, token): &mut (Scope, AccessToken)| {
            *scope == request.scope && token.is_fresh(now)
        };
        if !request.renew
            && request.claims.is_none()
            && let Some((_, token)) = kept.first.take_if(is_asked_for)
        {
            return Ok(token);
        }
        let resource = || request.scope.resource().to_owned();
        let refresh_token = kept
            .refresh_token
            .as_ref()
            .ok_or_else(|| CredentialError::SignInEnded { resource: resource() })?;
        let known = self.scopes.iter().find(|scopes| *scopes.resource() == request.scope);
        let scope = known.map_or_else(
            || DelegatedScopes::all(request.scope.clone()).parameter(),
            DelegatedScopes::parameter,
        );
        let client = self.client.id().to_string();
        let mut form = vec![
            ("client_id", client.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose_secret()),
            ("scope", &scope),
        ];
        form.extend(request.claims.as_deref().map(|claims| ("claims", claims)));
        let grant = self.client.grant(&form).await?;
        debug!(resource = resource(), token = %grant.token.fingerprint(), "token refreshed");
        if grant.refresh_token.is_some() {
            kept.refresh_token = grant.refresh_token;
        }
        Ok(grant.token)
    }
}

impl TokenCredential for Refresh {
    fn token<'a>(
        &'a self,
        request: &'a TokenRequest,
    ) -> BoxFuture<'a, Result<AccessToken, CredentialError>> {
        Box::pin(self.obtain(request))
    }
}
