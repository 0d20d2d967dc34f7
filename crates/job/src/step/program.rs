//! Any program, which signs in as the application without its key.

use crate::place::{RunPlace, Template};

/// A program that is started by `exoctl exec`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments.
    pub words: Vec<Template>,
    /// Whether it is a PowerShell script that is to be connected.
    pub pwsh: bool,
    /// The environment variable that gets an access token.
    pub token_env: Option<String>,
    /// The resources that it gets tokens for, besides those of its profile.
    pub resources: Vec<String>,
    /// The environment variables that it keeps.
    pub keep_env: Vec<String>,
}

impl Program {
    pub(super) fn arguments(&self, place: &RunPlace<'_>, line: &mut Vec<String>) {
        line.push("exec".to_owned());
        line.extend(self.pwsh.then(|| "--pwsh".to_owned()));
        line.extend(self.token_env.iter().map(|name| format!("--token-env={name}")));
        line.extend(self.resources.iter().map(|uri| format!("--allow-resource={uri}")));
        line.extend(self.keep_env.iter().map(|name| format!("--keep-env={name}")));
        line.push("--".to_owned());
        line.extend(self.words.iter().map(|word| word.fill(place)));
    }
}
