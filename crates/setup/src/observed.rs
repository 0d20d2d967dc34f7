//! What a tenant has: read, never changed.

use exoctl_exchange::Connection;
use exoctl_model::{ClientId, ObjectId, Organization, TenantId};
use uuid::Uuid;

use crate::desired::WantedApplication;
use crate::error::SetupError;
use crate::graph::{
    AppManagementPolicy, AppRoleAssignment, Application, AuthorizationPolicy, Call,
    DirectoryRoleAssignment, Graph, GraphError, ServicePrincipal, Tenant,
};
use crate::role_group::{ManagementRole, ObservedRoleGroup};
use crate::well_known::{EXCHANGE_ONLINE, REGISTRARS};

/// The tenant as far as the application is concerned.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Observed {
    /// The tenant's id.
    pub tenant: TenantId,
    /// Its `.onmicrosoft.com` domain.
    pub organization: Organization,
    /// What it demands of certificates; `None` if the administrator may not read it. An application
    /// with a policy of its own has that.
    pub policy: Option<AppManagementPolicy>,
    /// Whether the administrator may register applications, as far as the tenant's policy and the
    /// token tell.
    pub may_register: bool,
    /// Exchange Online in this tenant.
    pub exchange: Resource,
    /// The application.
    pub application: Option<Application>,
    /// A deleted application that still has the name that is wanted.
    pub deleted: Option<Application>,
    /// Its service principal.
    pub principal: Option<ServicePrincipal>,
    /// What it was consented to.
    pub consents: Vec<AppRoleAssignment>,
    /// Its directory roles.
    pub directory_roles: Vec<DirectoryRoleAssignment>,
    /// Whether the administrator may read them; without that none are known.
    pub knows_directory_roles: bool,
    /// What Exchange has of the wanted role group, if Exchange was asked.
    pub role_group: Option<ObservedRoleGroup>,
    /// The management roles that it has directly, if Exchange was asked.
    pub management_roles: Vec<ManagementRole>,
}

/// A resource and the role that is wanted of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// The object id of its service principal, which every tenant has its own of.
    pub principal: ObjectId,
    /// The id of `Exchange.ManageAsApp`.
    pub manage_as_app: Uuid,
}

impl Observed {
    /// Reads what there is of the wanted application.
    pub async fn read(graph: &Graph, wanted: &WantedApplication) -> Result<Self, SetupError> {
        let (tenant, organization) = tenant(graph).await?;
        let policy = match graph.find(&Call::app_management_policy()).await {
            Err(error) if error.is_forbidden() => None,
            found => found?,
        };
        let exchange = exchange(graph, &organization).await?;
        let (application, deleted) = match wanted {
            WantedApplication::Existing { app_id } => {
                let found = graph.find(&Call::application(*app_id)).await?;
                (Some(found.ok_or(SetupError::NoApplication { app_id: *app_id })?), None)
            }
            WantedApplication::Own { display_name, unique_name } => {
                own(graph, display_name, unique_name).await?
            }
        };
        let mut observed = Self {
            tenant,
            organization,
            policy,
            may_register: true,
            exchange,
            application,
            deleted,
            principal: None,
            consents: Vec::new(),
            directory_roles: Vec::new(),
            knows_directory_roles: true,
            role_group: None,
            management_roles: Vec::new(),
        };
        match &observed.application {
            Some(application) => observed.own_policy(graph, application.id).await?,
            None => observed.may_register = may_register(graph).await?,
        }
        observed.read_principal(graph).await?;
        Ok(observed)
    }

    /// A policy that is put on the application takes the place of the tenant's.
    async fn own_policy(&mut self, graph: &Graph, id: ObjectId) -> Result<(), SetupError> {
        let call = Call::app_management_policies_of(id);
        let own: Vec<AppManagementPolicy> = match graph.list(&call).await {
            Err(error) if error.is_forbidden() || error.is_not_found() => Vec::new(),
            found => found?,
        };
        if let Some(own) = own.into_iter().find(|policy| policy.is_enabled) {
            self.policy = Some(own);
        }
        Ok(())
    }

    /// Reads the service principal of the application, and what it has.
    async fn read_principal(&mut self, graph: &Graph) -> Result<(), SetupError> {
        let Some(application) = &self.application else { return Ok(()) };
        let call = Call::service_principal(application.app_id);
        let Some(principal) = graph.find::<ServicePrincipal>(&call).await? else { return Ok(()) };
        self.consents = match graph.list(&Call::app_role_assignments(principal.id)).await {
            // A service principal that was just made; the next server does not know it yet.
            Err(error) if error.is_not_found() => Vec::new(),
            found => found?,
        };
        match graph.list(&Call::directory_roles(principal.id)).await {
            // Who wants none given and only removes need not be let see them.
            Err(error) if error.is_forbidden() => self.knows_directory_roles = false,
            found => self.directory_roles = found?,
        }
        self.principal = Some(principal);
        Ok(())
    }

    /// Asks Exchange for the role group of that name, as an administrator of Exchange.
    pub async fn read_role_group(
        &mut self,
        exchange: &Connection,
        name: &str,
    ) -> Result<(), SetupError> {
        let principal = self.principal.as_ref();
        let application = principal.map(|principal| (principal.app_id, principal.id));
        self.role_group = Some(ObservedRoleGroup::read(exchange, name, application).await?);
        Ok(())
    }

    /// Asks Exchange for the management roles that the application has directly.
    pub async fn read_management_roles(&mut self, exchange: &Connection) -> Result<(), SetupError> {
        if let Some(principal) = &self.principal {
            self.management_roles = ManagementRole::read(exchange, principal.id).await?;
        }
        Ok(())
    }

    /// The consent that Exchange asks for.
    pub fn consent(&self) -> Option<&AppRoleAssignment> {
        self.consents.iter().find(|consent| {
            consent.resource_id == self.exchange.principal
                && consent.app_role_id == self.exchange.manage_as_app
        })
    }

    /// Whether the application has the directory role in the whole tenant.
    pub fn has_directory_role(&self, role: Uuid) -> bool {
        self.directory_roles.iter().any(|assignment| {
            assignment.role_definition_id == role
                && assignment.directory_scope_id.as_deref().is_none_or(|scope| scope == "/")
        })
    }
}

/// Whether the one who is signed in may register an application. Who holds a role that may always,
/// and applications, whose permissions count instead, are not held up by what users may not.
async fn may_register(graph: &Graph) -> Result<bool, SetupError> {
    let policy: AuthorizationPolicy = match graph.find(&Call::authorization_policy()).await {
        Err(error) if error.is_forbidden() => return Ok(true),
        found => found?.unwrap_or_default(),
    };
    if !policy.forbids_users_to_register() {
        return Ok(true);
    }
    let token = graph.token().await.map_err(|source| GraphError::Credential {
        operation: "read who is signed in".to_owned(),
        source,
    })?;
    let Some(claims) = token.claims() else { return Ok(true) };
    let holds = |role: &Uuid| claims.wids.iter().any(|id| id.trim().parse() == Ok(*role));
    Ok(claims.scp.is_empty() || REGISTRARS.iter().any(holds))
}

async fn tenant(graph: &Graph) -> Result<(TenantId, Organization), SetupError> {
    let tenants: Vec<Tenant> = graph.list(&Call::organization()).await?;
    let tenant = tenants.into_iter().next().ok_or(SetupError::NoTenant)?;
    let organization = tenant.initial_domain().ok_or(SetupError::NoTenant)?;
    Ok((tenant.id, organization))
}

async fn exchange(graph: &Graph, organization: &Organization) -> Result<Resource, SetupError> {
    let found: Vec<ServicePrincipal> = graph.list(&Call::resource(EXCHANGE_ONLINE)).await?;
    let missing = || SetupError::NoExchange { organization: organization.clone() };
    let principal = found.into_iter().next().ok_or_else(missing)?;
    let role = principal
        .app_roles
        .iter()
        .find(|role| role.value.as_deref() == Some(exoctl_identity::EXCHANGE_APP_ROLE))
        .ok_or_else(missing)?;
    Ok(Resource { principal: principal.id, manage_as_app: role.id })
}

/// The application of that unique name. One that only shares the display name belongs to
/// somebody, and who that is nobody can guess.
async fn own(
    graph: &Graph,
    display_name: &str,
    unique_name: &str,
) -> Result<(Option<Application>, Option<Application>), SetupError> {
    let call = Call::application_by_unique_name(unique_name);
    if let Some(found) = graph.find(&call).await? {
        return Ok((Some(found), None));
    }
    let namesakes: Vec<Application> = graph.list(&Call::applications_by_name(display_name)).await?;
    // A list may know what a read of one object does not know yet.
    let is_own = |app: &Application| app.unique_name.as_deref() == Some(unique_name);
    if let Some(found) = namesakes.iter().find(|app| is_own(app)) {
        return Ok((Some(found.clone()), None));
    }
    if !namesakes.is_empty() {
        let app_ids: Vec<ClientId> = namesakes.iter().map(|app| app.app_id).collect();
        return Err(SetupError::NameTaken { name: display_name.to_owned(), app_ids });
    }
    let deleted: Vec<Application> = graph.list(&Call::deleted_applications()).await?;
    Ok((None, deleted.into_iter().find(is_own)))
}
