//! The parameters that every cmdlet has and that the client has to know about.

use crate::parameters::{ParameterValue, Parameters};

/// What the common parameters say. They stay among the parameters too, since the service gets
/// them as the module sends them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Common {
    /// `-WhatIf`: nothing is to be changed.
    pub what_if: bool,
    /// `-Confirm`, `-Confirm:$false`; not given, the cmdlet's impact decides.
    pub confirm: Option<bool>,
    /// `-ErrorAction`.
    pub error_action: Option<Action>,
    /// `-WarningAction`.
    pub warning_action: Option<Action>,
    /// `-Verbose`.
    pub verbose: bool,
    /// `-Debug`.
    pub debug: bool,
}

impl Common {
    pub(super) fn read(parameters: &Parameters) -> Self {
        let switch = |name: &str| match parameters.find(name) {
            Some(ParameterValue::Bool(value)) => Some(*value),
            _ => None,
        };
        let action = |name: &str| match parameters.find(name) {
            Some(ParameterValue::String(text)) => Action::named(text),
            _ => None,
        };
        Self {
            what_if: switch("WhatIf").unwrap_or(false),
            confirm: switch("Confirm"),
            error_action: action("ErrorAction"),
            warning_action: action("WarningAction"),
            verbose: switch("Verbose").unwrap_or(false),
            debug: switch("Debug").unwrap_or(false),
        }
    }
}

/// What to do when an error or a warning comes (about_Preference_Variables).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Say it and go on.
    Continue,
    /// Say nothing and go on.
    Ignore,
    /// Ask; with nobody there to answer the same as [`Action::Stop`].
    Inquire,
    /// Say nothing and go on.
    SilentlyContinue,
    /// Say it and end.
    Stop,
}

impl Action {
    /// The action of that name in any letter case, or of that number.
    pub fn named(text: &str) -> Option<Self> {
        let table = [
            ("SilentlyContinue", "0", Self::SilentlyContinue),
            ("Stop", "1", Self::Stop),
            ("Continue", "2", Self::Continue),
            ("Inquire", "3", Self::Inquire),
            ("Ignore", "4", Self::Ignore),
        ];
        let is = |name: &str, number: &str| name.eq_ignore_ascii_case(text) || number == text;
        table.into_iter().find(|(name, number, _)| is(name, number)).map(|(_, _, action)| action)
    }

    /// Whether nothing is to be said.
    pub fn is_silent(self) -> bool {
        matches!(self, Self::Ignore | Self::SilentlyContinue)
    }
}
