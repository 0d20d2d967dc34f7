//! Exchange's own access: a role group with the application as a member, where a directory role would
//! give too much. Learn, "App-only authentication for unattended scripts", step 5, option 2.

use std::collections::BTreeSet;

use exoctl_exchange::{
    CmdletError, CmdletName, Connection, Invocation, InvokeError, ParameterValue, Record,
};
use exoctl_model::{ClientId, ObjectId};
use serde::{Deserialize, Serialize};

use crate::cover::{Candidate, smallest};
use crate::error::SetupError;

/// The role group that an application is to be in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleGroup {
    /// Its name.
    pub name: String,
    /// The management roles of one that setup makes; empty for one that is there.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The cmdlets that the roles were chosen for.
    #[serde(default)]
    pub cmdlets: Vec<CmdletName>,
    /// The management scope that limits what it may change.
    #[serde(default)]
    pub write_scope: Option<String>,
}

/// What Exchange has of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedRoleGroup {
    /// Whether Exchange knows the service principal.
    pub knows_principal: bool,
    /// The roles of the group; `None` if there is no such group.
    pub roles: Option<Vec<String>>,
    /// Whether setup has made the group, going by its description.
    pub is_own: bool,
    /// Whether the application is a member.
    pub is_member: bool,
}

/// A management role that an application has directly.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManagementRole {
    /// The name of the assignment.
    pub assignment: String,
    /// The role.
    pub role: String,
}

/// What setup writes into the description of a group that it makes.
const DESCRIPTION: &str = "Made by exoctl setup";

impl RoleGroup {
    /// A group that is there.
    pub fn existing(name: impl Into<String>) -> Self {
        Self { name: name.into(), roles: Vec::new(), cmdlets: Vec::new(), write_scope: None }
    }

    /// A group of setup's own for these cmdlets, with the roles that have them all and allow the
    /// least besides. Roles in `kept` stay, and what they have needs no other role.
    pub async fn for_cmdlets(
        exchange: &Connection,
        name: impl Into<String>,
        cmdlets: &[CmdletName],
        write_scope: Option<String>,
        kept: &[String],
    ) -> Result<Self, SetupError> {
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut count = 0;
        for cmdlet in cmdlets {
            let roles = roles_with(exchange, cmdlet).await?;
            if roles.is_empty() {
                return Err(SetupError::NoRoleFor { cmdlet: cmdlet.clone() });
            }
            if roles.iter().any(|role| kept.contains(&role.name)) {
                continue;
            }
            let at = count;
            count += 1;
            for role in roles {
                match candidates.iter_mut().find(|known| known.name == role.name) {
                    Some(known) => {
                        known.has.insert(at);
                    }
                    None => candidates.push(Candidate { has: BTreeSet::from([at]), ..role }),
                }
            }
        }
        let chosen = smallest(&candidates, count).unwrap_or_default();
        let chosen = chosen.iter().map(|role| role.name.clone());
        Ok(Self {
            name: name.into(),
            roles: kept.iter().cloned().chain(chosen).collect(),
            cmdlets: cmdlets.to_vec(),
            write_scope,
        })
    }

    /// Whether it is one that setup makes.
    pub fn is_own(&self) -> bool {
        !self.roles.is_empty()
    }
}

/// The management roles that have a cmdlet and can be put into a role group.
async fn roles_with(
    exchange: &Connection,
    cmdlet: &CmdletName,
) -> Result<Vec<Candidate>, SetupError> {
    let call = invocation("Get-ManagementRole").with("Cmdlet", cmdlet.as_str());
    let found = match exchange.invoke(call).collect().await {
        Err(error) if is_not_found(&error) => Vec::new(),
        found => found?,
    };
    let assignable = |role: &Record| {
        // Those of end users are for role assignment policies, those of applications for data.
        let name = role.text("Name").unwrap_or_default();
        role.find("IsEndUserRole").and_then(|value| value.as_bool()) != Some(true)
            && !name.starts_with("Application ")
    };
    let candidate = |role: &Record| {
        let (name, has) = (role.text("Name")?, BTreeSet::new());
        Some(Candidate { name, size: size(&texts(role, "RoleEntries")), has })
    };
    Ok(found.iter().filter(|role| assignable(role)).filter_map(candidate).collect())
}

/// How much a role allows: what it changes counts before what it reads. An entry is
/// `(snap-in) Verb-Noun -Parameter -Parameter…`.
fn size(entries: &[String]) -> usize {
    const WRITE: usize = 1000;
    let weight = |entry: &String| {
        let cmdlet = entry.split_once(") ").map_or(entry.as_str(), |(_, cmdlet)| cmdlet);
        let name = cmdlet.split([' ', ',']).next().unwrap_or_default();
        if name.parse::<CmdletName>().is_ok_and(|name| name.is_read()) { 1 } else { WRITE }
    };
    entries.iter().map(weight).sum::<usize>().max(1)
}

impl ObservedRoleGroup {
    /// Asks Exchange. The ids are those of the application, if it is there.
    pub(crate) async fn read(
        exchange: &Connection,
        wanted: &str,
        application: Option<(ClientId, ObjectId)>,
    ) -> Result<Self, SetupError> {
        let group = one(exchange, invocation("Get-RoleGroup").with("Identity", wanted)).await?;
        let roles = group.as_ref().map(|group| texts(group, "Roles"));
        let is_own = group.as_ref().and_then(|group| group.text("Description"));
        let is_own = is_own.as_deref() == Some(DESCRIPTION);
        let Some((app_id, principal)) = application else {
            return Ok(Self { roles, is_own, ..Self::default() });
        };
        let call = invocation("Get-ServicePrincipal").with("Identity", app_id.to_string());
        let pointer = one(exchange, call).await?;
        let mut is_member = false;
        if let (Some(_), Some(pointer)) = (&group, &pointer) {
            let call = invocation("Get-RoleGroupMember").with("Identity", wanted);
            let members = exchange.invoke(call.unlimited()).collect().await?;
            is_member = members.iter().any(|member| is(member, principal, pointer));
        }
        Ok(Self { knows_principal: pointer.is_some(), roles, is_own, is_member })
    }
}

/// Whether a member of a group is the service principal. Which of the properties carries its object id
/// is documented nowhere; a display name counts only for members of that kind.
fn is(member: &Record, principal: ObjectId, pointer: &Record) -> bool {
    let id = principal.to_string();
    let by_id = ["ExternalDirectoryObjectId", "Guid", "Identity", "Name"]
        .iter()
        .any(|name| member.text(name).is_some_and(|text| text.eq_ignore_ascii_case(&id)));
    let kind = member.text("RecipientType").unwrap_or_default();
    let by_name = kind.contains("ServicePrincipal")
        && member.text("DisplayName").is_some()
        && member.text("DisplayName") == pointer.text("DisplayName");
    by_id || by_name
}

impl ManagementRole {
    /// What the service principal has directly, without what comes by role groups.
    pub(crate) async fn read(
        exchange: &Connection,
        principal: ObjectId,
    ) -> Result<Vec<Self>, SetupError> {
        let call =
            invocation("Get-ManagementRoleAssignment").with("RoleAssignee", principal.to_string());
        let found = match exchange.invoke(call).collect().await {
            Err(error) if is_not_found(&error) => Vec::new(),
            found => found?,
        };
        let is_direct = |record: &&Record| {
            record.text("RoleAssigneeType").is_none_or(|kind| kind == "ServicePrincipal")
        };
        let role = |record: &Record| {
            Some(Self { assignment: record.text("Identity")?, role: record.text("Role")? })
        };
        Ok(found.iter().filter(is_direct).filter_map(role).collect())
    }
}

/// Makes Exchange know the service principal. The object id is that of the service principal: one
/// of the registration is taken silently and nothing works.
pub(crate) async fn register(
    exchange: &Connection,
    app_id: ClientId,
    principal: ObjectId,
    display_name: &str,
) -> Result<(), SetupError> {
    let call = invocation("New-ServicePrincipal")
        .with("AppId", app_id.to_string())
        .with("ObjectId", principal.to_string())
        .with("DisplayName", display_name);
    act(exchange, call).await
}

/// Makes the group with its roles.
pub(crate) async fn create(exchange: &Connection, group: &RoleGroup) -> Result<(), SetupError> {
    let roles = group.roles.iter().map(|role| ParameterValue::from(role.as_str())).collect();
    let mut call = invocation("New-RoleGroup")
        .with("Name", group.name.as_str())
        .with("Roles", ParameterValue::Array(roles))
        .with("Description", DESCRIPTION);
    if let Some(scope) = &group.write_scope {
        call = call.with("CustomRecipientWriteScope", scope.as_str());
    }
    act(exchange, call).await
}

/// Gives the group the roles that it lacks, and takes those that it should not have.
pub(crate) async fn correct(exchange: &Connection, group: &RoleGroup) -> Result<(), SetupError> {
    let call = invocation("Get-RoleGroup").with("Identity", group.name.as_str());
    let there = one(exchange, call).await?.map(|group| texts(&group, "Roles")).unwrap_or_default();
    for role in group.roles.iter().filter(|role| !there.contains(role)) {
        let call = invocation("New-ManagementRoleAssignment")
            .with("Role", role.as_str())
            .with("SecurityGroup", group.name.as_str());
        act(exchange, call).await?;
    }
    for role in there.iter().filter(|role| !group.roles.contains(role)) {
        let call = invocation("Get-ManagementRoleAssignment")
            .with("Role", role.as_str())
            .with("RoleAssignee", group.name.as_str());
        for assignment in exchange.invoke(call).collect().await? {
            let Some(identity) = assignment.text("Identity") else { continue };
            let call = invocation("Remove-ManagementRoleAssignment").with("Identity", identity);
            act(exchange, call.confirmed()).await?;
        }
    }
    Ok(())
}

/// Puts the application into the group.
pub(crate) async fn join(
    exchange: &Connection,
    group: &str,
    principal: ObjectId,
) -> Result<(), SetupError> {
    let call = invocation("Add-RoleGroupMember")
        .with("Identity", group)
        .with("Member", principal.to_string());
    act(exchange, call).await
}

/// Removes a group that setup has made.
pub(crate) async fn remove(exchange: &Connection, group: &str) -> Result<(), SetupError> {
    let call = invocation("Remove-RoleGroup").with("Identity", group).confirmed();
    unless_gone(act(exchange, call).await)
}

/// Takes a management role away that was given directly.
pub(crate) async fn unassign(exchange: &Connection, assignment: &str) -> Result<(), SetupError> {
    let call = invocation("Remove-ManagementRoleAssignment").with("Identity", assignment);
    unless_gone(act(exchange, call.confirmed()).await)
}

/// Takes the application out of a group.
pub(crate) async fn leave(
    exchange: &Connection,
    group: &str,
    principal: ObjectId,
) -> Result<(), SetupError> {
    let call = invocation("Remove-RoleGroupMember")
        .with("Identity", group)
        .with("Member", principal.to_string());
    unless_gone(act(exchange, call.confirmed()).await)
}

/// Makes Exchange forget the service principal, with its memberships.
pub(crate) async fn forget(exchange: &Connection, principal: ObjectId) -> Result<(), SetupError> {
    let call = invocation("Remove-ServicePrincipal").with("Identity", principal.to_string());
    unless_gone(act(exchange, call.confirmed()).await)
}

/// Whether there is no such object, or none that this server knows.
pub(crate) fn is_not_found(error: &InvokeError) -> bool {
    error.cmdlet_error().is_some_and(CmdletError::is_not_found)
}

/// Calls a cmdlet that returns nothing of interest. What is there already was made by a request whose
/// answer was lost.
async fn act(exchange: &Connection, call: Invocation) -> Result<(), SetupError> {
    match exchange.invoke(call).collect().await {
        Err(error) if error.cmdlet_error().is_some_and(CmdletError::is_already_there) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

fn unless_gone(outcome: Result<(), SetupError>) -> Result<(), SetupError> {
    match outcome {
        Err(SetupError::Exchange(error)) if is_not_found(&error) => Ok(()),
        outcome => outcome,
    }
}

/// The object, if it is there.
async fn one(exchange: &Connection, call: Invocation) -> Result<Option<Record>, SetupError> {
    match exchange.invoke(call).collect().await {
        Err(error) if is_not_found(&error) => Ok(None),
        found => Ok(found?.into_iter().next()),
    }
}

fn texts(record: &Record, name: &str) -> Vec<String> {
    let value = record.find(name).unwrap_or_default();
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn invocation(cmdlet: &str) -> Invocation {
    Invocation::new(cmdlet.parse().expect("a verb and a noun"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_changes_something_is_larger_than_one_that_reads_much() {
        // As Get-ManagementRole shows entries: Learn, "RoleEntries".
        let entry = |cmdlet: &str| {
            format!("(Microsoft.Exchange.Management.PowerShell.E2010) {cmdlet} -Identity -Confirm")
        };
        let reads: Vec<String> = (0..500).map(|_| entry("Get-Mailbox")).collect();
        assert_eq!(size(&reads), 500);
        assert_eq!(size(&[entry("Get-Mailbox"), entry("Set-Mailbox")]), 1001);
        assert_eq!(size(&[]), 1);
    }
}
