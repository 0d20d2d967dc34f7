//! Being told: the channels of `notify.toml`, and what their messages are sent with.

mod hands;

use std::path::PathBuf;
use std::sync::Arc;

use exoctl_notify::{Channel, Channels, Courier, Templates};

use self::hands::Hands;
use crate::context::Context;
use crate::error::{CommandError, FileError, NotifyError};

/// The file of the channels.
pub(crate) fn file(context: &Context) -> Result<PathBuf, CommandError> {
    Ok(context.paths()?.configuration.join("notify.toml"))
}

/// The directory of the administrator's templates.
pub(crate) fn template_directory(context: &Context) -> Result<PathBuf, CommandError> {
    Ok(context.paths()?.configuration.join("templates"))
}

/// The channels; none if there is no file.
pub(crate) fn channels(context: &Context) -> Result<Channels, CommandError> {
    let path = file(context)?;
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Channels::default());
        }
        Err(source) => return Err(FileError { operation: "read", path, source }.into()),
    };
    let base = context.paths()?.configuration.clone();
    let read = Channels::parse(&text, &base);
    Ok(read.map_err(|source| NotifyError::Channels { path, source })?)
}

/// The channel of this name.
pub(crate) fn channel(name: &str, context: &Context) -> Result<Channel, CommandError> {
    let found = channels(context)?.find(name).cloned();
    let path = file(context)?;
    Ok(found.ok_or_else(|| NotifyError::NoChannel { name: name.to_owned(), path })?)
}

/// The templates.
pub(crate) fn templates(context: &Context) -> Result<Templates, CommandError> {
    Ok(Templates::open(&template_directory(context)?).map_err(NotifyError::Templates)?)
}

/// What carries notifications, with the channels and templates as they are now. Templates that
/// cannot be read are left out: what happened is more important than how it looks.
pub(crate) fn courier(context: &Context) -> Result<Courier, CommandError> {
    let templates = templates(context).unwrap_or_default();
    Ok(Courier::new(channels(context)?, templates, hands(context), context.clock()))
}

/// What sending takes.
pub(crate) fn hands(context: &Context) -> Arc<dyn exoctl_notify::Means> {
    Arc::new(Hands::new(context))
}
