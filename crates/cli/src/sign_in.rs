//! The sign-in of an administrator, for commands that change the tenant itself: a human, once, with
//! the least permissions that do, and nothing of it on disk.
//!
//! What a job runs with is in [`crate::context`]; this is about who sets the job up.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use exoctl_http::Transport;
use exoctl_identity::{
    Authority, AzureCli, BrowserFlow, CachedCredential, DelegatedScopes, DeviceCodeFlow,
    EXCHANGE_POWERSHELL, GRAPH_COMMAND_LINE_TOOLS, PublicClient, Scope, SignedIn, StaticToken,
    TokenCredential, TokenRequest,
};
use exoctl_model::{ClientId, Clock, Cloud, TenantReference};
use url::Url;

use crate::context::token_from_file;
use crate::error::{AdministratorError, CommandError, NotInteractive};
use crate::ui::Ui;

/// The options that say how the administrator signs in; flatten them into a command's arguments.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct SignInArgs {
    /// Sign in on another device, with a code; where there is no browser. Some tenants forbid it
    #[arg(long, help_heading = HEADING, conflicts_with_all = ["no_browser", "access_token_file", "azure_cli"])]
    pub(crate) device_code: bool,
    /// Open no browser; the address to sign in at is printed
    #[arg(long, help_heading = HEADING, conflicts_with_all = ["access_token_file", "azure_cli"])]
    pub(crate) no_browser: bool,
    /// Use the Microsoft Graph token in the first line of this file
    #[arg(long, help_heading = HEADING, value_name = "FILE", conflicts_with = "azure_cli")]
    pub(crate) access_token_file: Option<PathBuf>,
    /// Use the Exchange Online token in the first line of this file, where one is needed
    #[arg(long, help_heading = HEADING, value_name = "FILE")]
    pub(crate) exchange_token_file: Option<PathBuf>,
    /// Use the tokens of the Azure CLI (az), which is signed in already
    #[arg(long, help_heading = HEADING)]
    pub(crate) azure_cli: bool,
    /// Sign in through this public client of yours instead of Microsoft's own
    #[arg(long, help_heading = HEADING, value_name = "GUID", conflicts_with_all = ["access_token_file", "azure_cli"])]
    pub(crate) client_id: Option<ClientId>,
}

const HEADING: &str = "Sign-in of the administrator";

/// The least permission that reads the name and the domains of the human's organization.
const WHO_AND_WHERE: &str = "User.Read";

/// One sign-in.
struct Wish<'a> {
    service: &'static str,
    scopes: DelegatedScopes,
    /// What the refresh token is used for.
    later: Option<DelegatedScopes>,
    /// Who it was the last time.
    user_name: Option<&'a str>,
}

/// Where the administrator signs in.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// The tenant.
    pub(crate) tenant: TenantReference,
    /// The network.
    pub(crate) transport: Arc<dyn Transport>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
}

/// An administrator who has signed in.
#[derive(Clone, Debug)]
pub(crate) struct Administrator {
    /// Gives tokens: of Graph for [`Scope::graph`], of Exchange for [`Scope::exchange`].
    pub(crate) credential: Arc<dyn TokenCredential>,
    /// Who it is, if the token tells.
    pub(crate) user_name: Option<String>,
    /// Short names of the delegated permissions, if the token tells.
    pub(crate) permissions: Vec<String>,
}

impl SignInArgs {
    /// Whether any option says that an administrator signs in.
    pub(crate) fn is_given(&self) -> bool {
        self.device_code
            || self.no_browser
            || self.azure_cli
            || self.access_token_file.is_some()
            || self.exchange_token_file.is_some()
            || self.client_id.is_some()
    }

    /// Signs in to Microsoft Graph with these delegated permissions, or takes the token there is.
    pub(crate) async fn to_graph(
        &self,
        place: &Place,
        permissions: &[&str],
        ui: &mut Ui,
    ) -> Result<Administrator, CommandError> {
        let scope = Scope::graph(&place.cloud);
        if let Some(path) = &self.access_token_file {
            return place.with_token(path, scope).await;
        }
        if self.azure_cli {
            return place.with_azure_cli(scope).await;
        }
        let client = self.client_id.unwrap_or(GRAPH_COMMAND_LINE_TOOLS);
        let permissions = permissions.iter().copied().chain([WHO_AND_WHERE]);
        let exchange = DelegatedScopes::of(Scope::exchange(&place.cloud), ["Exchange.Manage"]);
        let wish = Wish {
            service: "Microsoft Graph",
            scopes: DelegatedScopes::graph(&place.cloud, permissions),
            later: self.client_id.map(|_| exchange),
            user_name: None,
        };
        let signed_in = self.sign_in(place.client(client), wish, ui).await?;
        Ok(Administrator::of(signed_in))
    }

    /// Signs in to Exchange Online too. A client of one's own has both resources; Microsoft's have
    /// one each, so the administrator, whom the browser knows by now, is led there a second time.
    pub(crate) async fn to_exchange(
        &self,
        place: &Place,
        graph: &Administrator,
        ui: &mut Ui,
    ) -> Result<Administrator, CommandError> {
        let scope = Scope::exchange(&place.cloud);
        if let Some(path) = &self.exchange_token_file {
            return place.with_token(path, scope).await;
        }
        if self.access_token_file.is_some() {
            return Err(AdministratorError::NoExchangeToken.into());
        }
        if self.azure_cli {
            return place.with_azure_cli(scope).await;
        }
        if self.client_id.is_some() {
            return Administrator::with(graph.credential.clone(), scope).await;
        }
        let wish = Wish {
            service: "Exchange Online",
            scopes: DelegatedScopes::all(scope),
            later: None,
            user_name: graph.user_name.as_deref(),
        };
        let signed_in = self.sign_in(place.client(EXCHANGE_POWERSHELL), wish, ui).await?;
        Ok(Administrator::of(signed_in))
    }

    async fn sign_in(
        &self,
        client: PublicClient,
        wish: Wish<'_>,
        ui: &mut Ui,
    ) -> Result<SignedIn, CommandError> {
        let what = format!("Sign in to {} as an administrator", wish.service);
        if self.device_code {
            let mut flow = DeviceCodeFlow::start(client, wish.scopes).await?;
            if let Some(later) = wish.later {
                flow = flow.with_scopes(later);
            }
            let prompt = flow.prompt();
            ui.say(format_args!(
                "{what}: open {} on any device and enter the code {}",
                prompt.verification_uri, prompt.user_code
            ));
            return Ok(flow.finish().await?);
        }
        if !self.no_browser && !ui.is_interactive() {
            let question = "an administrator has to sign in".to_owned();
            let instead = "--device-code, --access-token-file FILE or --azure-cli".to_owned();
            return Err(NotInteractive { question, instead }.into());
        }
        let mut flow = BrowserFlow::start(client, wish.scopes).await?;
        if let Some(later) = wish.later {
            flow = flow.with_scopes(later);
        }
        if let Some(user_name) = wish.user_name {
            flow = flow.for_user(user_name);
        }
        self.show(&flow.address(), &what, ui);
        Ok(flow.finish().await?)
    }

    /// Leads the human to the address. Whether a browser opens is not always known, so it is
    /// printed too.
    fn show(&self, address: &Url, what: &str, ui: &mut Ui) {
        if self.no_browser {
            ui.say(format_args!(
                "{what}: open this address in a browser on this machine\n  {address}"
            ));
            return;
        }
        ui.say(format_args!(
            "{what} in the browser that opens. If none does, open this address on \
             this machine, or use --device-code\n  {address}"
        ));
        // Detached: a browser for the terminal would take it away.
        if let Err(error) = open::that_detached(address.as_str()) {
            ui.verbose(format_args!("no browser was opened: {error}"));
        }
    }
}

impl Place {
    fn client(&self, id: ClientId) -> PublicClient {
        let authority = Authority::new(&self.cloud, self.tenant.clone());
        PublicClient::new(authority, id, self.transport.clone(), self.clock.clone())
    }

    async fn with_token(&self, path: &Path, scope: Scope) -> Result<Administrator, CommandError> {
        let token = StaticToken::new(token_from_file(path)?, self.clock.clone());
        Administrator::with(Arc::new(token), scope).await
    }

    async fn with_azure_cli(&self, scope: Scope) -> Result<Administrator, CommandError> {
        let azure_cli = AzureCli::new(self.tenant.clone(), self.clock.clone());
        let cached = CachedCredential::new(Arc::new(azure_cli), self.clock.clone());
        Administrator::with(Arc::new(cached), scope).await
    }
}

impl Administrator {
    fn of(signed_in: SignedIn) -> Self {
        let user_name = signed_in.account().user_name.clone();
        let permissions = signed_in.granted().to_vec();
        Self { credential: Arc::new(signed_in), user_name, permissions }
    }

    /// Whose token it is; that there is none shows here and not in the middle of the work.
    async fn with(
        credential: Arc<dyn TokenCredential>,
        scope: Scope,
    ) -> Result<Self, CommandError> {
        let token = credential.token(&TokenRequest::new(scope)).await;
        let token = token.map_err(AdministratorError::Given)?;
        let claims = token.claims();
        let user_name = claims.and_then(|claims| claims.upn.clone());
        let permissions = claims.map(|claims| claims.scp.clone()).unwrap_or_default();
        Ok(Self { credential, user_name, permissions })
    }
}
