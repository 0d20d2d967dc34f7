//! Carrying out a plan, step by step.
//!
//! Each step can be done twice without harm, and nothing is remembered between two runs: whoever is
//! stopped in the middle makes the plan again, and what is done shows as already right.

mod key_credentials;
mod parts;

pub(crate) use key_credentials::all_key_credentials;

use exoctl_certificate::Thumbprint;
use exoctl_exchange::Connection;
use exoctl_identity::DirectoryRole;
use exoctl_model::{ClientId, ObjectId};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::desired::{Access, Desired, WantedApplication};
use crate::diff::{check_registrar, plan, requested_permissions};
use crate::error::SetupError;
use crate::goal::{Goal, Unwanted};
use crate::graph::{
    AppRoleAssignment, Application, Call, DirectoryRoleAssignment, Graph, GraphError,
    RequiredResourceAccess, ServicePrincipal,
};
use crate::observed::Observed;
use crate::plan::{Action, Change, Plan, Step};
use crate::removal::removal;
use crate::role_group;
use crate::wait::{Patience, Reporter, Wait};
use crate::well_known::EXCHANGE_ONLINE;

/// The application that a plan has led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Applied {
    /// Its client id.
    pub app_id: ClientId,
    /// Its object id.
    pub object_id: ObjectId,
    /// The object id of its service principal.
    pub principal: ObjectId,
    /// The ids of its key credentials.
    pub key_ids: Vec<(Thumbprint, Uuid)>,
}

/// Carries out `agreed` in the tenant as it is now: what is done by now is left out, and what the
/// plan does not have is refused. `None` if the goal was to have nothing.
pub async fn apply(
    graph: &Graph,
    exchange: Option<&Connection>,
    agreed: &Plan,
    now: Timestamp,
    patience: &Patience,
    reporter: &mut dyn Reporter,
) -> Result<Option<Applied>, SetupError> {
    let mut observed = Observed::read(graph, agreed.goal.application()).await?;
    if let (Some(exchange), Some(group)) = (exchange, agreed.goal.role_group()) {
        observed.read_role_group(exchange, group).await?;
    }
    if let (Some(exchange), Goal::Teardown(Unwanted { parts: Some(_), .. })) =
        (exchange, &agreed.goal)
    {
        observed.read_management_roles(exchange).await?;
    }
    let plan = match &agreed.goal {
        Goal::Setup(desired) => plan(desired, &observed, now)?,
        Goal::Teardown(unwanted) => removal(unwanted, &observed)?,
    };
    let more: Vec<String> = plan.beyond(agreed).map(ToString::to_string).collect();
    if !more.is_empty() {
        return Err(SetupError::PlanOutdated { more });
    }
    check_registrar(&plan, &observed)?;
    let mut applying = Applying {
        graph,
        session: exchange,
        goal: &plan.goal,
        exchange: observed.exchange,
        application: observed.application,
        deleted: observed.deleted,
        principal: observed.principal,
        patience,
        reporter,
    };
    for step in &plan.steps {
        if step.change != Change::Keep {
            applying.reporter.begins(step);
            applying.step(step).await?;
            applying.reporter.ends(step);
        }
    }
    Ok(match (&agreed.goal, applying.application, applying.principal) {
        (Goal::Setup(_), Some(application), Some(principal)) => Some(Applied {
            app_id: application.app_id,
            object_id: application.id,
            principal: principal.id,
            key_ids: application.key_ids(),
        }),
        _ => None,
    })
}

/// A plan under way, and what is known of the objects that it is about.
struct Applying<'a> {
    graph: &'a Graph,
    session: Option<&'a Connection>,
    goal: &'a Goal,
    exchange: crate::observed::Resource,
    application: Option<Application>,
    deleted: Option<Application>,
    principal: Option<ServicePrincipal>,
    patience: &'a Patience,
    reporter: &'a mut dyn Reporter,
}

impl Applying<'_> {
    async fn step(&mut self, step: &Step) -> Result<(), SetupError> {
        match (&step.action, step.change) {
            (Action::Certificate { .. }, _) => Err(SetupError::NoCertificate),
            (Action::Application { .. }, Change::Remove) => self.remove_application().await,
            (Action::Application { .. }, _) => self.create_application().await,
            (Action::RequestedPermissions, _) => self.request_permissions().await,
            (Action::KeyCredential { .. }, _) => self.add_key_credential().await,
            (Action::ServicePrincipal, Change::Create) => self.create_service_principal().await,
            (Action::ServicePrincipal, Change::Remove) => self.remove_service_principal().await,
            (Action::ServicePrincipal, _) => self.enable_service_principal().await,
            (Action::Consent, _) => self.consent().await,
            (Action::DirectoryRole { name }, _) => self.assign_directory_role(name).await,
            (Action::ExchangePrincipal, change) => self.exchange_principal(change).await,
            (Action::RoleGroup { .. }, change) => self.role_group(change).await,
            (Action::RoleGroupMember { group }, Change::Remove) => self.leave(group).await,
            (Action::RoleGroupMember { group }, _) => self.join(group).await,
            (Action::Credential { key_id, is_secret, .. }, _) => {
                self.remove_credential(*key_id, *is_secret).await
            }
            (Action::AppRoleAssignment { assignment, .. }, _) => {
                self.revoke_consent(assignment).await
            }
            (Action::RoleAssignment { assignment, name }, _) => {
                self.remove_role(name, assignment).await
            }
            (Action::ManagementRole { assignment, .. }, _) => {
                self.remove_management_role(assignment).await
            }
            (Action::OtherTenants, _) => self.refuse_other_tenants().await,
            (Action::DeletedApplication { .. }, _) => self.purge().await,
        }
    }

    async fn create_application(&mut self) -> Result<(), SetupError> {
        let WantedApplication::Own { display_name, unique_name } = self.goal.application() else {
            unreachable!("an application that is adopted is there");
        };
        let access = [RequiredResourceAccess::role(EXCHANGE_ONLINE, self.exchange.manage_as_app)];
        let body = json!({
            "displayName": display_name,
            "signInAudience": "AzureADMyOrg",
            "requiredResourceAccess": access,
        });
        self.graph.act(&Call::upsert_application(unique_name, body)).await?;
        let call = Call::application_by_unique_name(unique_name);
        let made: Application =
            self.seen("the application", async |graph| graph.find(&call).await).await?;
        self.application = Some(made);
        Ok(())
    }

    async fn request_permissions(&mut self) -> Result<(), SetupError> {
        let application = self.application();
        let body = self.unasked().unwrap_or_else(|| {
            let wanted = self.goal.application();
            let wanted = requested_permissions(wanted, application, &self.exchange);
            json!({ "requiredResourceAccess": wanted })
        });
        let id = application.id;
        let call = Call::update_application("change the requested permissions", id, body);
        self.settled("the application", async |graph| graph.act(&call).await).await
    }

    async fn create_service_principal(&mut self) -> Result<(), SetupError> {
        let application = self.application();
        let app_id = application.app_id;
        let body = json!({
            "displayName": application.display_name,
            // What makes it show among the enterprise applications.
            "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        });
        let call = Call::upsert_service_principal(app_id, body);
        self.settled("the application", async |graph| graph.act(&call).await).await?;
        let call = Call::service_principal(app_id);
        let made: ServicePrincipal =
            self.seen("the service principal", async |graph| graph.find(&call).await).await?;
        self.principal = Some(made);
        Ok(())
    }

    async fn enable_service_principal(&mut self) -> Result<(), SetupError> {
        let call = Call::enable_service_principal(self.principal().id, true);
        self.settled("the service principal", async |graph| graph.act(&call).await).await
    }

    async fn consent(&mut self) -> Result<(), SetupError> {
        let (resource, role) = (self.exchange.principal, self.exchange.manage_as_app);
        let principal = self.principal().id;
        let call = Call::grant_app_role(resource, principal, role);
        self.settled("the service principal", async |graph| unless_there(graph.act(&call).await))
            .await?;
        let call = Call::app_role_assignments(principal);
        self.seen("the admin consent", async |graph| {
            let all: Vec<AppRoleAssignment> = graph.list(&call).await?;
            let is_it =
                |one: &AppRoleAssignment| one.app_role_id == role && one.resource_id == resource;
            Ok(all.into_iter().find(is_it))
        })
        .await
        .map(drop)
    }

    async fn assign_directory_role(&mut self, name: &str) -> Result<(), SetupError> {
        let role = DirectoryRole::by_name(name).expect("plans have known roles only").template_id;
        let principal = self.principal().id;
        let call = Call::assign_directory_role(name, principal, role);
        self.settled("the service principal", async |graph| unless_there(graph.act(&call).await))
            .await?;
        let call = Call::directory_roles(principal);
        self.seen("the directory role", async |graph| {
            let all: Vec<DirectoryRoleAssignment> = graph.list(&call).await?;
            Ok(all.into_iter().find(|one| one.role_definition_id == role))
        })
        .await
        .map(drop)
    }

    async fn exchange_principal(&mut self, change: Change) -> Result<(), SetupError> {
        let session = self.session.ok_or(SetupError::NoExchangeSession)?;
        let principal = self.principal();
        if change == Change::Remove {
            return role_group::forget(session, principal.id).await;
        }
        role_group::register(session, principal.app_id, principal.id, &principal.display_name).await
    }

    async fn role_group(&mut self, change: Change) -> Result<(), SetupError> {
        let session = self.session.ok_or(SetupError::NoExchangeSession)?;
        match self.goal {
            Goal::Setup(Desired { access: Access { role_group: Some(group), .. }, .. }) => {
                match change {
                    Change::Create => role_group::create(session, group).await,
                    _ => role_group::correct(session, group).await,
                }
            }
            Goal::Teardown(Unwanted { role_group: Some(group), .. }) => {
                role_group::remove(session, group).await
            }
            _ => Ok(()),
        }
    }

    /// A group or a service principal that was made a moment ago is not known to every server.
    async fn join(&mut self, group: &str) -> Result<(), SetupError> {
        let session = self.session.ok_or(SetupError::NoExchangeSession)?;
        let principal = self.principal().id;
        let mut wait = Wait::new(self.patience);
        loop {
            match role_group::join(session, group, principal).await {
                Err(SetupError::Exchange(error)) if role_group::is_not_found(&error) => {
                    let what = "Exchange to know the role group and the service principal";
                    if wait.again(what, self.reporter).await.is_err() {
                        return Err(error.into());
                    }
                }
                outcome => return outcome,
            }
        }
    }

    async fn remove_service_principal(&mut self) -> Result<(), SetupError> {
        let principal = self.principal().id;
        self.graph.remove(&Call::delete_service_principal(principal)).await?;
        Ok(())
    }

    async fn remove_application(&mut self) -> Result<(), SetupError> {
        let id = self.application().id;
        self.graph.remove(&Call::delete_application(id)).await?;
        self.deleted = self.application.take();
        Ok(())
    }

    /// The application, and the service principal if it was deleted along with it.
    async fn purge(&mut self) -> Result<(), SetupError> {
        let gone = self.deleted.as_ref().map(|app| app.id);
        for id in gone.into_iter().chain(self.principal.as_ref().map(|principal| principal.id)) {
            self.graph.remove(&Call::purge(id)).await?;
        }
        Ok(())
    }

    fn application(&self) -> &Application {
        self.application.as_ref().expect("the plan's first steps make it or have seen it")
    }

    fn principal(&self) -> &ServicePrincipal {
        self.principal.as_ref().expect("an earlier step makes it or has seen it")
    }

    /// Does something that may come too early for a server that is behind, until it is not.
    async fn settled(
        &mut self,
        what: &str,
        once: impl AsyncFn(&Graph) -> Result<(), GraphError>,
    ) -> Result<(), SetupError> {
        let what = format!("{what} to be known everywhere");
        let mut wait = Wait::new(self.patience);
        loop {
            match once(self.graph).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_replication_lag() => {
                    if let Err(gave_up) = wait.again(&what, self.reporter).await {
                        tracing::debug!(%gave_up, "gave up waiting");
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Looks until several looks in a row see it.
    async fn seen<T>(
        &mut self,
        what: &str,
        once: impl AsyncFn(&Graph) -> Result<Option<T>, GraphError>,
    ) -> Result<T, SetupError> {
        let what = format!("{what} to be seen everywhere");
        let mut wait = Wait::new(self.patience);
        let mut seen = 0;
        loop {
            let found = match once(self.graph).await {
                Err(error) if error.is_replication_lag() => None,
                found => found?,
            };
            if let Some(found) = found {
                seen += 1;
                if seen >= self.patience.in_a_row {
                    return Ok(found);
                }
                wait.between().await;
            } else {
                seen = 0;
                wait.again(&what, self.reporter).await?;
            }
        }
    }
}

/// What is there already was made by somebody else, or by a request whose answer was lost.
fn unless_there(outcome: Result<(), GraphError>) -> Result<(), GraphError> {
    match outcome {
        Err(error) if error.is_already_there() => Ok(()),
        outcome => outcome,
    }
}
