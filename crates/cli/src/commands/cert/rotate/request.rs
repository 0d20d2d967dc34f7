//! Rotation to a certificate that an authority issues: the request goes out, the answer comes back.

use std::path::{Path, PathBuf};

use exoctl_certificate::{CertifiedKey, PendingRequest};
use exoctl_setup::rotation::{Certified, Journal, Stage};

use super::error::RotateError;
use super::hands::like;
use super::journal_file::JournalFile;
use crate::commands::cert::error::CertError;
use crate::commands::cert::import::read;
use crate::commands::cert::stores;
use crate::context::Context;
use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;
use crate::password::PasswordArgs;
use crate::ui::Ui;

/// Writes the request of a rotation that has begun: the one there is, or a new one.
pub(super) fn write(
    out: &Path,
    journal: &mut Journal,
    key: impl FnOnce() -> Result<CertifiedKey, CommandError>,
    file: &JournalFile,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let rotation = journal.rotation.as_ref().ok_or(RotateError::NothingRequested)?;
    let kept = rotation.request.as_deref().map(|id| find(id, context)).transpose()?.flatten();
    let request = match (kept, rotation.stage) {
        (Some(request), Stage::Requested) => request,
        (_, Stage::Begun | Stage::Requested) => {
            let request = like(&key()?)?.request().map_err(CertError::from)?;
            journal.requested(request.id());
            file.save(journal)?;
            stores::own(context)?.keep_request(&request)?;
            request
        }
        _ => {
            let new = rotation.new.map(|new| new.thumbprint.to_string()).unwrap_or_default();
            return Err(RotateError::UnderWay { new }.into());
        }
    };
    let failed = |source| FileError { operation: "write", path: out.to_owned(), source };
    std::fs::write(out, request.to_pem()).map_err(failed)?;
    ui.note(format_args!(
        "The request for {} is in {}; the new key waits in the store. When the authority has \
         answered:\n  exoctl cert rotate --complete ANSWER",
        request.subject(),
        out.display()
    ));
    Ok(ExitCode::Ok)
}

/// Takes the authority's answer: the rotation goes on with its certificate.
pub(super) fn complete(
    answer: &[PathBuf],
    journal: &mut Journal,
    context: &Context,
    ui: &mut Ui,
) -> Result<CertifiedKey, CommandError> {
    let rotation = journal.rotation.as_ref().filter(|rotation| rotation.stage == Stage::Requested);
    let id = rotation.and_then(|rotation| rotation.request.clone());
    let id = id.ok_or(RotateError::NothingRequested)?;
    let nothing = PasswordArgs::default();
    let [first, more @ ..] = answer else { return Err(RotateError::NothingRequested.into()) };
    let mut contents = read(first, &nothing, context, ui)?;
    for file in more {
        contents.merge(read(file, &nothing, context, ui)?);
    }
    let request = find(&id, context)?.ok_or(RotateError::RequestGone { id })?;
    let key = request
        .complete(&contents)
        .map_err(|source| CertError::NoRequest { path: first.clone(), source: Some(source) })?;
    let not_after = key.certificate().not_after();
    journal.making(Certified { thumbprint: key.thumbprint(), not_after });
    Ok(key)
}

fn find(id: &str, context: &Context) -> Result<Option<PendingRequest>, CommandError> {
    let pending = stores::own(context)?.requests()?;
    Ok(pending.requests.into_iter().find(|request| request.id() == id))
}
