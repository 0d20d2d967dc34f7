//! What comes next: the whole order of a rotation, as a function of its journal.

use exoctl_certificate::Thumbprint;
use jiff::Timestamp;

use super::journal::{Journal, Retired, Stage, State};

/// What one run is told, and what it has tried in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// When it runs.
    pub now: Timestamp,
    /// How long a certificate that is replaced in this run stays on the application.
    pub remove_after: Timestamp,
    /// Until when a key that is archived in this run is kept.
    pub archive_until: Timestamp,
    /// Commands to be run after a switch.
    pub commands: Vec<String>,
    /// Whether the overlap of certificates that were replaced before is over, whatever was said then,
    /// and commands that fail do not hold anything up.
    pub finish_now: bool,
    /// Commands that were tried in this run and failed; they are the first of the journal's.
    pub failed: usize,
    /// Replaced certificates that could not be taken off the application in this run.
    pub left: Vec<Thumbprint>,
}

impl Order {
    /// A run at `now`; a certificate that it replaces stays until `remove_after`.
    pub fn new(now: Timestamp, remove_after: Timestamp) -> Self {
        Self {
            now,
            remove_after,
            archive_until: now,
            commands: Vec::new(),
            finish_now: false,
            failed: 0,
            left: Vec::new(),
        }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// Make the new key.
    Make,
    /// Wait for the authority's answer, which somebody has to bring.
    AwaitAnswer,
    /// Put the new key where it belongs.
    Store,
    /// Add the certificate to the application.
    Add,
    /// Find out whether it was added.
    FindOut,
    /// Sign in with it.
    Prove,
    /// Have the profiles use it.
    Switch,
    /// Run a command: the journal's, by its place there.
    RunHook(usize),
    /// Take a replaced certificate off the application.
    Unregister(Thumbprint),
    /// Move its key to the archive.
    Archive(Thumbprint),
    /// Delete it from the archive.
    Destroy(Thumbprint),
    /// All is done that can be done now.
    Nothing,
}

/// What comes next. First a rotation that is under way, so that a certificate that works is not waited
/// for; then the commands; then what is left of replaced certificates.
pub fn next(journal: &Journal, order: &Order) -> Next {
    if let Some(rotation) = &journal.rotation {
        return match rotation.stage {
            Stage::Begun => Next::Make,
            Stage::Requested => Next::AwaitAnswer,
            Stage::Making => Next::Store,
            Stage::Stored => Next::Add,
            Stage::Adding => Next::FindOut,
            Stage::Added => Next::Prove,
            Stage::Proved => Next::Switch,
        };
    }
    if order.failed < journal.hooks.len() {
        return Next::RunHook(order.failed);
    }
    journal
        .retired
        .iter()
        .find_map(|retired| of_retired(journal, retired, order))
        .unwrap_or(Next::Nothing)
}

fn of_retired(journal: &Journal, retired: &Retired, order: &Order) -> Option<Next> {
    let thumbprint = retired.old.thumbprint;
    match retired.state {
        State::Registered => {
            let may_go = order.finish_now
                || (retired.remove_after <= order.now && !is_held(journal, thumbprint));
            let left = order.left.contains(&thumbprint);
            (may_go && !left).then_some(Next::Unregister(thumbprint))
        }
        State::Unregistered => Some(Next::Archive(thumbprint)),
        State::Archived { until } => (until <= order.now).then_some(Next::Destroy(thumbprint)),
    }
}

/// Whether a command that was to hand the new certificate on has not succeeded: then somebody may
/// still use the old one.
fn is_held(journal: &Journal, thumbprint: Thumbprint) -> bool {
    journal.hooks.iter().any(|hook| hook.old == thumbprint)
}
