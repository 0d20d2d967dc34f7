//! What setup has done to an application of somebody else's, kept below the configuration until a
//! teardown undoes it. Nothing in the directory tells who has added a consent or a role.

use std::path::PathBuf;

use exoctl_model::ClientId;
use exoctl_setup::Footprint;

use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::profile::write_private;

/// Keeps it, with what earlier runs have done. Before anything is done, so that a run that is killed
/// leaves it too.
pub(crate) fn remember(
    app: ClientId,
    footprint: Footprint,
    context: &Context,
) -> Result<(), CommandError> {
    let whole = match find(app, context)? {
        Some(earlier) => earlier.and(footprint),
        None => footprint,
    };
    let path = path(app, context)?;
    let text = serde_json::to_string_pretty(&whole).map_err(CommandError::failed)?;
    write_private(&path, format!("{text}\n").as_bytes())
        .map_err(|source| FileError { operation: "write what setup does to", path, source }.into())
}

/// What earlier runs have done to it.
pub(crate) fn find(app: ClientId, context: &Context) -> Result<Option<Footprint>, CommandError> {
    let path = path(app, context)?;
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(CommandError::failed),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => {
            Err(FileError { operation: "read what setup has done from", path, source }.into())
        }
    }
}

/// Forgets it.
pub(crate) fn forget(app: ClientId, context: &Context) -> Result<(), CommandError> {
    let path = path(app, context)?;
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FileError { operation: "remove", path, source: error }.into())
        }
        _ => Ok(()),
    }
}

fn path(app: ClientId, context: &Context) -> Result<PathBuf, CommandError> {
    Ok(context.paths()?.configuration.join("adopted").join(format!("{app}.json")))
}
