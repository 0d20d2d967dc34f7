//! The key that the application is to sign in with: given, found, or made.

use std::path::{Path, PathBuf};

use exoctl_certificate::{Certificate, DistinguishedName, NewCertificate, StoreError, Thumbprint};
use jiff::Span;

use super::Survey;
use crate::context::key::open_file;
use crate::context::{Context, Means};
use crate::error::{CommandError, KeyError};
use crate::password::PasswordArgs;
use crate::ui::Ui;

/// A certificate whose key is here.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// The certificate.
    pub(super) certificate: Certificate,
    /// Where the key is, if it is a file and not a store.
    pub(super) file: Option<PathBuf>,
}

impl Key {
    /// How to sign in with it.
    pub(super) fn means(&self) -> Means {
        match &self.file {
            Some(path) => Means::File(path.clone()),
            None => Means::Thumbprint(self.certificate.thumbprint()),
        }
    }
}

/// The key of a store.
pub(super) fn in_store(thumbprint: &Thumbprint, context: &Context) -> Result<Key, CommandError> {
    let store = context.store_with(thumbprint)?;
    let found = store.find(thumbprint)?;
    let missing =
        || StoreError::NotFound { thumbprint: *thumbprint, store: store.name().to_owned() };
    let found = found.ok_or_else(|| KeyError::Store(missing()))?;
    if !found.has_private_key {
        let store = store.name().to_owned();
        let error = StoreError::NoPrivateKey { thumbprint: *thumbprint, store };
        return Err(KeyError::Store(error).into());
    }
    Ok(Key { certificate: found.certificate, file: None })
}

/// The key in a file.
pub(super) fn in_file(
    path: &Path,
    password: &PasswordArgs,
    context: &Context,
    ui: &Ui,
) -> Result<Key, CommandError> {
    let password = password.find(context)?;
    let key = open_file(path, None, password.as_ref(), ui.voice())?;
    let file = Some(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    Ok(Key { certificate: key.certificate().clone(), file })
}

/// The key that an earlier run has made: of that subject, still valid, and if there are several
/// one that the application has already, else the one that is valid longest.
pub(super) fn find_own(
    subject: &str,
    survey: &Survey,
    context: &Context,
) -> Result<Option<Key>, CommandError> {
    let now = context.clock().now();
    let listing = context.store()?.list()?;
    let registered = |certificate: &Certificate| {
        let application = survey.observed.application.as_ref();
        application.is_some_and(|app| app.key_credential(&certificate.thumbprint()).is_some())
    };
    let own = listing.certificates.into_iter().filter(|stored| {
        let certificate = &stored.certificate;
        stored.has_private_key && certificate.subject() == subject && certificate.not_after() > now
    });
    let best =
        own.max_by_key(|stored| (registered(&stored.certificate), stored.certificate.not_after()));
    Ok(best.map(|stored| Key { certificate: stored.certificate, file: None }))
}

/// Makes a key and puts it into exoctl's own store.
pub(super) fn make(
    subject: &str,
    valid_for: Span,
    context: &Context,
    ui: &mut Ui,
) -> Result<Key, CommandError> {
    let name: DistinguishedName = subject.parse().map_err(CommandError::usage)?;
    let mut wanted = NewCertificate::new(name);
    wanted.friendly_name = wanted.subject.find_common_name().map(str::to_owned);
    let key = wanted
        .self_signed(valid_for, &*context.clock())
        .map_err(|error| CommandError::explained_as("certificate-wish", error))?;
    context.store()?.insert(&key)?;
    let thumbprint = key.thumbprint();
    ui.note(format_args!(
        "  + certificate {thumbprint} ({subject}): made, the key is in exoctl's store"
    ));
    Ok(Key { certificate: key.certificate().clone(), file: None })
}
