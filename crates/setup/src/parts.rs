//! Single things of an application that are taken away while the application stays: what is too much,
//! or what setup has added to an application of somebody else's.

use exoctl_identity::DirectoryRole;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::desired::WantedApplication;
use crate::diff::{differences, same};
use crate::goal::{Goal, Unwanted};
use crate::graph::{
    AppRoleAssignment, Application, DirectoryRoleAssignment, KeyCredential, RequiredResourceAccess,
    ResourceAccess,
};
use crate::observed::Observed;
use crate::plan::{Action, Change, Plan, Step};
use crate::well_known::{
    EXCHANGE_ONLINE, MICROSOFT_GRAPH, MICROSOFT_GRAPH_NAME, USER_READ, permission_name,
};

/// What is to go. Ids that the application does not have are left out of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that goes or stays")]
pub struct Parts {
    /// Certificates and secrets, by their key ids.
    pub credentials: Vec<Uuid>,
    /// Consents, by the ids of their assignments.
    pub consents: Vec<String>,
    /// Directory roles, by the ids of their assignments.
    pub directory_roles: Vec<String>,
    /// Management roles of Exchange that it has directly, by the names of their assignments.
    pub management_roles: Vec<String>,
    /// Whether it is no longer to be a member of the role group.
    pub membership: bool,
    /// Whether the role group itself is to go, if setup has made it.
    pub role_group: bool,
    /// Exchange's entry of the service principal.
    pub exchange_principal: bool,
    /// That accounts of other tenants may sign in to it.
    pub other_tenants: bool,
    /// The service principal.
    pub service_principal: bool,
    /// What it is to ask for from then on, if that changes.
    pub requested: Option<Vec<RequiredResourceAccess>>,
}

/// What setup has done to an application that somebody else has made: enough to undo it and nothing
/// else. It is kept where setup ran, for the directory does not tell who has added what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Footprint {
    /// What was made.
    made: Vec<Action>,
    /// What it asked for before.
    asked: Vec<RequiredResourceAccess>,
}

impl Footprint {
    /// What a plan is about to do to the application as it is; `None` for one of setup's own.
    pub fn of(plan: &Plan, observed: &Observed) -> Option<Self> {
        let Goal::Setup(desired) = &plan.goal else { return None };
        if !matches!(desired.application, WantedApplication::Existing { .. }) {
            return None;
        }
        let made = plan.steps.iter().filter(|step| step.change == Change::Create);
        let made = made.map(|step| step.action.clone()).collect();
        let asked = observed.application.as_ref()?.required_resource_access.clone();
        Some(Self { made, asked })
    }

    /// With what a later run makes; what the application asked for at first stays.
    pub fn and(mut self, later: Self) -> Self {
        for action in later.made {
            if !self.made.contains(&action) {
                self.made.push(action);
            }
        }
        self
    }

    /// The role group that it made the application a member of.
    pub fn role_group(&self) -> Option<&str> {
        self.made.iter().find_map(|action| match action {
            Action::RoleGroupMember { group } => Some(group.as_str()),
            _ => None,
        })
    }

    /// What of it the application still has.
    pub fn parts(&self, observed: &Observed) -> Parts {
        let mut parts = Parts::default();
        let Some(application) = &observed.application else { return parts };
        for action in &self.made {
            match action {
                Action::KeyCredential { thumbprint: Some(thumbprint) } => {
                    let key = application.key_credential(thumbprint);
                    parts.credentials.extend(key.and_then(KeyCredential::key_id));
                }
                Action::Consent => {
                    parts.consents.extend(observed.consent().map(|consent| consent.id.clone()));
                }
                Action::DirectoryRole { name } => {
                    let role = DirectoryRole::by_name(name).map(|role| role.template_id);
                    let has = |one: &&DirectoryRoleAssignment| Some(one.role_definition_id) == role;
                    let found = observed.directory_roles.iter().filter(has);
                    parts.directory_roles.extend(found.map(|one| one.id.clone()));
                }
                Action::RoleGroupMember { .. } => parts.membership = true,
                Action::RoleGroup { .. } => parts.role_group = true,
                Action::ExchangePrincipal => parts.exchange_principal = true,
                Action::ServicePrincipal => parts.service_principal = true,
                _ => {}
            }
        }
        let asked = self.asked_before(application, observed.exchange.manage_as_app);
        parts.requested = (!same(&asked, &application.required_resource_access)).then_some(asked);
        parts
    }

    /// What the application asks for now, without what setup has added and with what it took away.
    fn asked_before(&self, application: &Application, role: Uuid) -> Vec<RequiredResourceAccess> {
        let mut all = application.required_resource_access.clone();
        let had =
            |id: Uuid| self.asked.iter().flat_map(|one| &one.resource_access).any(|p| p.id == id);
        if !had(role) {
            for access in all.iter_mut().filter(|one| one.resource_app_id == EXCHANGE_ONLINE) {
                access.resource_access.retain(|permission| permission.id != role);
            }
            all.retain(|access| !access.resource_access.is_empty());
        }
        if had(USER_READ) {
            let user_read = ResourceAccess { id: USER_READ, kind: "Scope".to_owned() };
            match all.iter_mut().find(|one| one.resource_app_id == MICROSOFT_GRAPH) {
                Some(access) if access.resource_access.contains(&user_read) => {}
                Some(access) => access.resource_access.push(user_read),
                None => all.push(RequiredResourceAccess {
                    resource_app_id: MICROSOFT_GRAPH,
                    resource_access: vec![user_read],
                }),
            }
        }
        all
    }
}

/// The plan that takes parts of an application away: Exchange's first, the service principal last.
pub(crate) fn removal_of_parts(unwanted: &Unwanted, parts: &Parts, observed: &Observed) -> Plan {
    let mut actions = of_exchange(unwanted, parts, observed);
    let roles =
        observed.directory_roles.iter().filter(|one| parts.directory_roles.contains(&one.id));
    actions.extend(roles.map(|one| Action::RoleAssignment {
        assignment: one.id.clone(),
        name: role_name(one.role_definition_id),
    }));
    let consents = observed.consents.iter().filter(|one| parts.consents.contains(&one.id));
    actions.extend(consents.map(|one| Action::AppRoleAssignment {
        assignment: one.id.clone(),
        name: consent_name(one),
        of_graph: is_of_graph(one),
    }));
    if let Some(application) = &observed.application {
        actions.extend(credentials(application, &parts.credentials));
        if parts.other_tenants && application.is_of_many_tenants() {
            actions.push(Action::OtherTenants);
        }
    }
    if parts.service_principal && observed.principal.is_some() {
        actions.push(Action::ServicePrincipal);
    }
    let mut steps: Vec<Step> =
        actions.into_iter().map(|action| Step::new(Change::Remove, action)).collect();
    if let (Some(wanted), Some(application)) = (&parts.requested, &observed.application) {
        let lines = differences(&application.required_resource_access, wanted);
        if !lines.is_empty() {
            let step = Step::new(Change::Update, Action::RequestedPermissions);
            steps.push(lines.into_iter().fold(step, Step::detail));
        }
    }
    Plan::new(Goal::Teardown(unwanted.clone()), steps)
}

fn of_exchange(unwanted: &Unwanted, parts: &Parts, observed: &Observed) -> Vec<Action> {
    let mut actions = Vec::new();
    let there = observed.role_group.clone().unwrap_or_default();
    if let Some(name) = &unwanted.role_group {
        if parts.role_group && there.roles.is_some() && there.is_own {
            actions.push(Action::RoleGroup { name: name.clone() });
        } else if parts.membership && there.is_member && !parts.exchange_principal {
            actions.push(Action::RoleGroupMember { group: name.clone() });
        }
    }
    let roles = observed.management_roles.iter();
    let roles = roles.filter(|one| parts.management_roles.contains(&one.assignment));
    actions.extend(roles.map(|one| Action::ManagementRole {
        assignment: one.assignment.clone(),
        role: one.role.clone(),
    }));
    if parts.exchange_principal && there.knows_principal {
        actions.push(Action::ExchangePrincipal);
    }
    actions
}

fn credentials(application: &Application, wanted: &[Uuid]) -> Vec<Action> {
    let keys = application.key_credentials.iter().filter_map(|key| {
        let thumbprint = key.thumbprint().map(|thumbprint| thumbprint.to_string());
        let name = thumbprint.or_else(|| Some(key.display_name()?.to_owned()));
        Some(Action::Credential { key_id: key.key_id()?, name, is_secret: false })
    });
    let secrets = application.password_credentials.iter().filter_map(|secret| {
        let name = secret.display_name.clone();
        Some(Action::Credential { key_id: secret.key_id?, name, is_secret: true })
    });
    let is_wanted = |action: &Action| matches!(action, Action::Credential { key_id, .. } if wanted.contains(key_id));
    keys.chain(secrets).filter(is_wanted).collect()
}

/// A directory role's name, or its id if Exchange does not take it.
fn role_name(id: Uuid) -> String {
    DirectoryRole::by_template_id(id).map_or_else(|| id.to_string(), |role| role.name.to_owned())
}

fn is_of_graph(consent: &AppRoleAssignment) -> bool {
    consent.resource_display_name.as_deref() == Some(MICROSOFT_GRAPH_NAME)
}

/// A consent as people call it: resource and permission.
pub(crate) fn consent_name(consent: &AppRoleAssignment) -> String {
    let resource = consent.resource_display_name.clone();
    let resource = resource.unwrap_or_else(|| consent.resource_id.to_string());
    match permission_name(consent.app_role_id) {
        Some(name) => format!("{resource} / {name}"),
        None => format!("{resource} / {}", consent.app_role_id),
    }
}
