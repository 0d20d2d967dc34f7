//! Who calls, and what their management roles let them do.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::cmdlet::Cmdlet;
use super::parameter::Parameter;

/// An application that is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Its client id.
    pub(crate) app_id: Uuid,
    /// Its display name.
    pub(crate) display_name: String,
    /// The management roles it holds, by directory roles and by role groups.
    pub(crate) roles: BTreeSet<String>,
}

impl Caller {
    /// Whether one of its roles holds the cmdlet.
    pub(crate) fn may_run(&self, cmdlet: &Cmdlet) -> bool {
        self.holds_one_of(cmdlet.roles)
    }

    /// Whether one of its roles holds the parameter of a cmdlet that it may run.
    pub(crate) fn may_use(&self, parameter: &Parameter) -> bool {
        parameter.roles.is_empty() || self.holds_one_of(parameter.roles)
    }

    fn holds_one_of(&self, roles: &[&str]) -> bool {
        roles.iter().any(|role| self.roles.contains(*role))
    }
}
