//! `Disconnect-ExchangeOnline`: forgets a connection, its tokens and its cmdlets.
//!
//! There is no session on the server; nothing is sent.

use exoctl_identity::{Authority, CacheIdentity, DiskTokenCache};
use exoctl_model::TenantReference;

use super::CmdletLine;
use super::choice::{self, Choice};
use crate::context::{Context, given_identity};
use crate::error::{CommandError, ProfileError};
use crate::exit::ExitCode;
use crate::profile::{Profile, Source};
use crate::ui::Ui;

/// Disconnects: the current connection, or those that the parameters choose.
pub(super) fn run(
    line: &CmdletLine,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let (parsed, choice) = choice::read(line, context)?;
    let chosen = chosen(choice, context)?;
    for (name, profile) in &chosen {
        if parsed.common.what_if {
            ui.note(format_args!(
                "What if: Disconnecting {} (profile {name}).",
                profile.organization
            ));
            continue;
        }
        let question = format!("Disconnect from {} (profile {name})?", profile.organization);
        let ask = parsed.common.confirm == Some(true)
            || (parsed.common.confirm.is_none() && ui.is_interactive());
        if ask && !ui.confirm(question, "-Confirm:$false")? {
            continue;
        }
        forget(name, Some(profile), context)?;
        ui.note(format_args!("Disconnected from {}.", profile.organization));
    }
    Ok(ExitCode::Ok)
}

/// Drops a profile, its tokens and its cmdlets.
pub(crate) fn forget(
    name: &str,
    profile: Option<&Profile>,
    context: &Context,
) -> Result<(), CommandError> {
    let tokens = &context.paths()?.tokens;
    if let Some(profile) = profile.filter(|_| tokens.is_dir()) {
        let disk = DiskTokenCache::open(tokens)?;
        for identity in identities(profile) {
            disk.forget(&identity)?;
        }
    }
    context.forget_catalogue(name)?;
    let profiles = context.profiles()?;
    profiles.remove(name)?;
    if profiles.current()?.is_some_and(|current| current.eq_ignore_ascii_case(name)) {
        profiles.set_current(None)?;
    }
    Ok(())
}

/// Under which names the tokens of a connection may be kept.
pub(super) fn identities(profile: &Profile) -> Vec<CacheIdentity> {
    // The environment file may be gone; then the tokens are of no tenant that there is.
    let Ok(cloud) = profile.cloud() else { return Vec::new() };
    let references = [
        TenantReference::Id(profile.tenant_id),
        TenantReference::Domain(profile.organization.clone()),
    ];
    let mut identities = Vec::new();
    for reference in references {
        let authority = Authority::new(&cloud, reference);
        identities.push(given_identity(&authority, profile.app_id));
        let (Source::Store { thumbprint } | Source::File { thumbprint, .. }) = &profile.credential
        else {
            continue;
        };
        if let Some(app_id) = profile.app_id {
            identities.push(CacheIdentity::new(&authority, app_id, thumbprint.to_string()));
        }
    }
    identities
}

fn chosen(choice: Choice, context: &Context) -> Result<Vec<(String, Profile)>, CommandError> {
    let profiles = context.profiles()?;
    let Choice { ids, prefixes } = choice;
    let mut chosen = Vec::new();
    if ids.is_empty() && prefixes.is_empty() {
        let current = profiles.current()?;
        let name =
            context.global().profile.clone().or(current).ok_or(ProfileError::NotConnected)?;
        let profile = profiles.load(&name)?;
        return Ok(vec![(name, profile)]);
    }
    for name in profiles.names()? {
        let profile = profiles.load(&name)?;
        let by_id =
            ids.iter().any(|id| id.eq_ignore_ascii_case(&profile.connection_id.to_string()));
        let prefix = profile.prefix.as_deref();
        let by_prefix = prefixes.iter().any(|p| prefix.is_some_and(|q| q.eq_ignore_ascii_case(p)));
        if by_id || by_prefix {
            chosen.push((name, profile));
        }
    }
    if chosen.is_empty() {
        let name = ids.into_iter().chain(prefixes).next().unwrap_or_default();
        return Err(ProfileError::Unknown { name, known: profiles.names()? }.into());
    }
    Ok(chosen)
}
