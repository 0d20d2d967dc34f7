//! Signing the administrator in and looking at the tenant.

use std::sync::Arc;

use exoctl_exchange::Connection;
use exoctl_http::Transport;
use exoctl_identity::discover;
use exoctl_model::{TenantId, TenantReference};
use exoctl_setup::{Applied, Graph, Observed, Patience, Plan, SetupError, WantedApplication};

use super::progress::Progress;
use crate::catalogue::Known;
use crate::context::{Context, Flags};
use crate::error::{CommandError, SignInError};
use crate::sign_in::{Administrator, Place, SignInArgs};
use crate::ui::Ui;

/// A tenant, an administrator who has signed in there, and what there is of the application.
pub(crate) struct Survey {
    /// Graph as the administrator.
    pub(crate) graph: Graph,
    /// The network.
    pub(crate) transport: Arc<dyn Transport>,
    /// Exchange as the administrator, if it is needed.
    pub(crate) exchange: Option<Connection>,
    /// What there is.
    pub(crate) observed: Observed,
}

impl Survey {
    /// Carries a plan out and says each step; `None` if it took something away. An error knows the
    /// step at which it came.
    pub(crate) async fn carry_out(
        &self,
        plan: &Plan,
        patience: &Patience,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<Option<Applied>, CommandError> {
        let mut progress = Progress::new(ui);
        let (exchange, now) = (self.exchange.as_ref(), context.clock().now());
        exoctl_setup::apply(&self.graph, exchange, plan, now, patience, &mut progress)
            .await
            .map_err(|error| CommandError::from(error).at_step(progress.step()))
    }

    /// Whom a new certificate is for: the application by its name.
    pub(crate) fn subject(&self, wanted: &WantedApplication) -> String {
        let name = match (wanted, &self.observed.application) {
            (WantedApplication::Own { display_name, .. }, _) => display_name.clone(),
            (_, Some(application)) => application.display_name.clone(),
            (WantedApplication::Existing { app_id }, None) => app_id.to_string(),
        };
        exoctl_certificate::DistinguishedName::common_name(name.trim()).to_string()
    }
}

/// What is to be looked at, and with which rights.
pub(crate) struct Request<'a> {
    /// The tenant, if the command line names it; else the settings do.
    pub(crate) organization: Option<TenantReference>,
    /// The application.
    pub(crate) application: &'a WantedApplication,
    /// Delegated permissions of Graph.
    pub(crate) scopes: Vec<&'static str>,
    /// Whether Exchange is needed too.
    pub(crate) exchange: bool,
}

/// Signs in and looks.
pub(crate) async fn survey(
    request: Request<'_>,
    sign_in: &SignInArgs,
    context: &Context,
    ui: &mut Ui,
) -> Result<Survey, CommandError> {
    let flags = Flags { organization: request.organization, afresh: true, ..Flags::default() };
    let settings = context.settings(&flags)?;
    context.circumstances().note(known(request.application));
    let tenant = settings.organization.value.clone().ok_or_else(no_organization)?;
    let cloud = settings.cloud.value.cloud()?;
    let transport = context.transport(&cloud, ui.voice())?;
    let clock = context.clock();
    let found = discover(&*transport, clock.clone(), &cloud, &tenant).await?;
    let place = Place {
        cloud: cloud.clone(),
        tenant: TenantReference::Id(found.tenant_id),
        transport: transport.clone(),
        clock: clock.clone(),
    };
    let administrator = sign_in.to_graph(&place, &request.scopes, ui).await?;
    let credential = administrator.credential.clone();
    let graph = Graph::new(&cloud, credential, transport.clone(), clock.clone());
    check_tenant(&graph, found.tenant_id).await?;
    introduce(&administrator, ui);
    let observed = Observed::read(&graph, request.application).await?;
    let exchange = if request.exchange {
        let credential = sign_in.to_exchange(&place, &administrator, ui).await?.credential;
        let organization = observed.organization.clone();
        let builder = Connection::builder(cloud, organization, credential, transport.clone());
        Some(builder.clock(clock).tenant_id(found.tenant_id).build())
    } else {
        None
    };
    Ok(Survey { graph, transport, exchange, observed })
}

/// What fixes can be filled in with.
fn known(application: &WantedApplication) -> Known {
    match application {
        WantedApplication::Existing { app_id } => Known::default().with("app-id", app_id),
        WantedApplication::Own { display_name, .. } => Known::default().with("name", display_name),
    }
}

fn no_organization() -> CommandError {
    CommandError::usage(SignInError::NoOrganization)
        .fix("give --organization contoso.onmicrosoft.com, or set AZURE_TENANT_ID")
}

/// A token of another tenant would change that one.
pub(crate) async fn check_tenant(graph: &Graph, expected: TenantId) -> Result<(), CommandError> {
    let token = graph.token().await?;
    let found = token.claims().and_then(|claims| claims.tid.as_ref()?.parse::<TenantId>().ok());
    match found {
        Some(found) if found != expected => Err(SetupError::OtherTenant { expected, found }.into()),
        _ => Ok(()),
    }
}

fn introduce(administrator: &Administrator, ui: &mut Ui) {
    if let Some(name) = &administrator.user_name {
        ui.verbose(format_args!("signed in as {name} ({})", administrator.permissions.join(", ")));
    }
}
