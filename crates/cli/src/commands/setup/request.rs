//! A certificate that an authority issues: setup makes key and request, and goes on when the answer is
//! there.

use std::io;
use std::path::Path;

use exoctl_certificate::{
    CertificateStore as _, DirectoryStore, DistinguishedName, NewCertificate, PendingRequest,
    read_key_file,
};

use super::certificate::Key;
use crate::context::Context;
use crate::error::{CommandError, FileError, KeyError};
use crate::exit::ExitCode;
use crate::ui::Ui;

/// Makes a key and a request for `subject`, or writes the request that waits already, and says what
/// comes next.
pub(super) fn make(
    subject: &str,
    path: &Path,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let store = DirectoryStore::open(&context.paths()?.certificates)?;
    let waiting = store.requests()?.requests;
    let waiting = waiting.into_iter().find(|request| request.subject() == subject);
    let is_new = waiting.is_none();
    let request = match waiting {
        Some(request) => request,
        None => new(subject)?,
    };
    write(path, request.to_pem().as_bytes())?;
    if is_new {
        store.keep_request(&request)?;
    }
    let path = path.display();
    let key = if is_new { "The key waits in exoctl's store" } else { "The key that waits is used" };
    ui.note(format_args!(
        "The request for {subject} is in {path}. {key}; nothing was done in the tenant."
    ));
    ui.note(
        "Next: have your certification authority issue the certificate, then run the same command with \
         --certificate-file ISSUED instead of --csr-out.",
    );
    Ok(ExitCode::Ok)
}

fn new(subject: &str) -> Result<PendingRequest, CommandError> {
    let name: DistinguishedName = subject.parse().map_err(CommandError::usage)?;
    let mut wanted = NewCertificate::new(name);
    wanted.friendly_name = wanted.subject.find_common_name().map(str::to_owned);
    wanted.request().map_err(CommandError::failed)
}

/// Writes the request; a file that has something else stays.
fn write(path: &Path, pem: &[u8]) -> Result<(), CommandError> {
    let failed =
        |source| FileError { operation: "write the request to", path: path.to_owned(), source };
    match std::fs::read(path) {
        Ok(there) if there == pem => Ok(()),
        Ok(_) => {
            let there = io::Error::from(io::ErrorKind::AlreadyExists);
            Err(CommandError::from(failed(there)).fix("choose another name: --csr-out FILE"))
        }
        Err(_) => Ok(std::fs::write(path, pem).map_err(failed)?),
    }
}

/// The key whose request the certificate in a file answers, if one waits for it. It is put into the
/// store if something is going to be done with it.
pub(super) fn answered(
    path: &Path,
    keep: bool,
    context: &Context,
) -> Result<Option<Key>, CommandError> {
    let store = DirectoryStore::open(&context.paths()?.certificates)?;
    let waiting = store.requests()?.requests;
    if waiting.is_empty() {
        return Ok(None);
    }
    let bytes =
        std::fs::read(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
    // What cannot be read is explained by who opens it as a key.
    let Ok(answer) = read_key_file(&bytes, None) else { return Ok(None) };
    for request in &waiting {
        let Ok(key) = request.complete(&answer) else { continue };
        if keep {
            store.insert(&key)?;
            store.forget_request(&request.id())?;
        }
        return Ok(Some(Key { certificate: key.certificate().clone(), file: None }));
    }
    Ok(None)
}
