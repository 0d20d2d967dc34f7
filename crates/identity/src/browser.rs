//! [`BrowserFlow`]: a human signs in with the browser of this machine, by authorization code and
//! PKCE over a loopback redirect (RFC 8252, RFC 7636).

use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Url;

use crate::loopback::Loopback;
use crate::pkce::{Pkce, random_text};
use crate::{DelegatedScopes, EntraError, HumanSignInError, PublicClient, SignedIn};

/// A sign-in that waits for the browser to come back. Opening it is the caller's: show
/// [`BrowserFlow::address`] to a browser, or to the human.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use exoctl_http::{HttpOptions, HttpTransport};
/// use exoctl_identity::{
///     Authority, BrowserFlow, DelegatedScopes, GRAPH_COMMAND_LINE_TOOLS, PublicClient, Scope,
///     TokenCredential, TokenRequest,
/// };
/// use exoctl_model::{Cloud, SystemClock};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let cloud = Cloud::default();
/// let client = PublicClient::new(
///     Authority::new(&cloud, "contoso.onmicrosoft.com".parse()?),
///     GRAPH_COMMAND_LINE_TOOLS,
///     Arc::new(HttpTransport::new(&HttpOptions::default())?),
///     Arc::new(SystemClock),
/// );
/// let scopes = DelegatedScopes::graph(&cloud, ["Application.ReadWrite.All"]);
/// let flow = BrowserFlow::start(client, scopes).await?;
/// println!("open {}", flow.address());
/// let administrator = flow.finish().await?;
/// let token = administrator.token(&TokenRequest::new(Scope::graph(&cloud))).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BrowserFlow {
    client: PublicClient,
    scopes: Vec<DelegatedScopes>,
    loopback: Loopback,
    pkce: Pkce,
    state: String,
    user_name: Option<String>,
    patience: Duration,
}

impl BrowserFlow {
    /// Listens for the browser. The token of the sign-in is for the resource of `scopes`.
    pub async fn start(
        client: PublicClient,
        scopes: DelegatedScopes,
    ) -> Result<Self, HumanSignInError> {
        let loopback =
            Loopback::open().await.map_err(|source| HumanSignInError::Listen { source })?;
        let scopes = vec![scopes];
        let (pkce, state) = (Pkce::new(), random_text());
        let patience = PATIENCE;
        Ok(Self { client, scopes, loopback, pkce, state, user_name: None, patience })
    }

    /// Asks for tokens of another resource with these permissions, once somebody has signed in.
    pub fn with_scopes(mut self, scopes: DelegatedScopes) -> Self {
        self.scopes.push(scopes);
        self
    }

    /// Expects this user, who is not asked to choose an account.
    pub fn for_user(self, user_name: impl Into<String>) -> Self {
        Self { user_name: Some(user_name.into()), ..self }
    }

    /// Waits so long instead of ten minutes.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Where the human signs in. It holds no secret, and is good for this sign-in only.
    pub fn address(&self) -> Url {
        let mut address = self.client.authority().authorization_endpoint();
        let mut query = address.query_pairs_mut();
        query
            .append_pair("client_id", &self.client.id().to_string())
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", &self.loopback.redirect_uri())
            .append_pair("response_mode", "query")
            .append_pair("scope", &self.parameter())
            .append_pair("state", &self.state)
            .append_pair("code_challenge", self.pkce.challenge())
            .append_pair("code_challenge_method", "S256");
        match &self.user_name {
            Some(user_name) => query.append_pair("login_hint", user_name),
            None => query.append_pair("prompt", "select_account"),
        };
        drop(query);
        address
    }

    /// Waits for the browser and redeems what it brings.
    pub async fn finish(self) -> Result<SignedIn, HumanSignInError> {
        let (redirect_uri, scope) = (self.loopback.redirect_uri(), self.parameter());
        let landing = timeout(self.patience, self.loopback.landing(&self.state))
            .await
            .map_err(|_| HumanSignInError::TimedOut { after: self.patience })?
            .map_err(|source| HumanSignInError::Listen { source })?;
        let code = landing.map_err(|error| refusal(error, &self.client))?;
        let id = self.client.id().to_string();
        let form = [
            ("client_id", id.as_str()),
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", &redirect_uri),
            ("code_verifier", self.pkce.verifier()),
            ("scope", &scope),
        ];
        let grant = self.client.grant(&form).await?;
        Ok(SignedIn::new(self.client, self.scopes, grant))
    }

    fn parameter(&self) -> String {
        self.scopes.first().map(DelegatedScopes::parameter).unwrap_or_default()
    }
}

fn refusal(source: Box<EntraError>, client: &PublicClient) -> HumanSignInError {
    if source.error == "access_denied" {
        return HumanSignInError::Declined { source };
    }
    let authority = client.authority().to_string();
    crate::CredentialError::Refused { authority, client: client.id(), source }.into()
}

/// Passwords are looked up, phones fetched.
const PATIENCE: Duration = Duration::from_mins(10);
