//! The command that changes what an audit has found. Each can be run as it is printed.

use exoctl_identity::DirectoryRole;
use exoctl_setup::{Finding, Observed, WantedApplication};
use uuid::Uuid;

/// Commands about one application.
pub(super) struct Fix {
    /// `--organization … --name …`.
    which: String,
    /// The access that it has, so that a run of setup changes nothing else.
    access: String,
}

/// Directory roles from the widest to the narrowest.
const WIDTH: [&str; 8] = [
    "Global Administrator",
    "Exchange Administrator",
    "Exchange Recipient Administrator",
    "Compliance Administrator",
    "Security Administrator",
    "Helpdesk Administrator",
    "Global Reader",
    "Security Reader",
];

impl Fix {
    pub(super) fn new(wanted: &WantedApplication, observed: &Observed, role_group: &str) -> Self {
        let organization = &observed.organization;
        let which = match wanted {
            WantedApplication::Own { display_name, .. } => {
                format!("--organization {organization} --name \"{display_name}\"")
            }
            WantedApplication::Existing { app_id } => {
                format!("--organization {organization} --app-id {app_id}")
            }
        };
        Self { which, access: access(observed, role_group) }
    }

    /// The command.
    pub(super) fn of(&self, finding: &Finding) -> String {
        match finding {
            Finding::GlobalAdministrator { assignment }
            | Finding::ForeignRole { assignment, .. } => {
                self.trim(&format!("--directory-role={assignment}"))
            }
            Finding::SeveralRoles { names } => self.all_but_the_narrowest(names),
            Finding::MoreConsent { assignment, .. } | Finding::FullAccess { assignment } => {
                self.trim(&format!("--consent={assignment}"))
            }
            Finding::Impersonation { assignment } | Finding::ManagementRole { assignment, .. } => {
                self.trim(&format!("--management-role \"{assignment}\""))
            }
            Finding::AsksForUserRead => self.trim("--user-read"),
            Finding::OtherTenants { .. } => self.trim("--other-tenants"),
            Finding::EndsSoon { .. } => self.setup(" --new-certificate"),
            Finding::LongLived { key_id, is_only, .. } => {
                let removed = self.credential(*key_id);
                if *is_only {
                    return format!("{} && {removed}", self.setup(" --new-certificate"));
                }
                removed
            }
            Finding::Ended { key_id, .. }
            | Finding::Unknown { key_id, .. }
            | Finding::Secret { key_id, .. } => self.credential(*key_id),
            _ => self.setup(""),
        }
    }

    fn setup(&self, more: &str) -> String {
        format!("exoctl setup {} {}{more}", self.which, self.access)
    }

    /// Ids of assignments may begin with a hyphen, which `=` keeps from being an option.
    fn trim(&self, part: &str) -> String {
        format!("exoctl app trim {} {part}", self.which)
    }

    fn credential(&self, key_id: Option<Uuid>) -> String {
        let key_id = key_id.map_or_else(|| "KEY-ID".to_owned(), |id| id.to_string());
        self.trim(&format!("--credential {key_id}"))
    }

    fn all_but_the_narrowest(&self, names: &[String]) -> String {
        let mut sorted: Vec<&&str> =
            WIDTH.iter().filter(|known| names.iter().any(|name| name == **known)).collect();
        sorted.pop();
        let parts: Vec<String> =
            sorted.iter().map(|name| format!("--directory-role \"{name}\"")).collect();
        format!("exoctl app trim {} {}", self.which, parts.join(" "))
    }
}

/// The roles that it has, or the role group; of one that has neither, what reads and changes nothing.
fn access(observed: &Observed, role_group: &str) -> String {
    if observed.role_group.as_ref().is_some_and(|group| group.is_member) {
        return format!("--role-group \"{role_group}\"");
    }
    let known = observed
        .directory_roles
        .iter()
        .filter_map(|assignment| DirectoryRole::by_template_id(assignment.role_definition_id))
        .map(|role| format!("--role \"{}\"", role.name));
    let known: Vec<String> = known.collect();
    if known.is_empty() { "--role \"Global Reader\"".to_owned() } else { known.join(" ") }
}
