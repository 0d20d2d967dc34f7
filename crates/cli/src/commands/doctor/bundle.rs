//! `doctor --bundle`: what somebody needs who helps from afar, and nothing that he could sign in with.
//!
//! Everything goes through one [`Redactor`] on its way into the archive, whatever it is and wherever it
//! comes from, and before the file is written all of it is searched for the secrets that are known.

mod archive;
mod redactor;

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use exoctl_certificate::{Listing, StoredCertificate};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use self::archive::Archive;
use self::redactor::Redactor;
use super::report::Report;
use super::surroundings;
use crate::commands::config;
use crate::context::{Context, Means};
use crate::error::{CommandError, FileError};
use crate::password;
use crate::profile::{Profile, Source, write_private};

/// What goes into a bundle besides the reports.
#[derive(clap::Args, Debug, Default)]
pub(super) struct BundleArgs {
    /// Write what was found into this file too, for somebody who helps; there is no secret in it
    #[arg(long, value_name = "FILE.zip", conflicts_with = "as_service")]
    pub(super) bundle: Option<PathBuf>,
    /// Put the end of this log into the bundle
    #[arg(long, value_name = "FILE", requires = "bundle")]
    with_log: Vec<PathBuf>,
    /// Put something else in the place of the organizations' names
    #[arg(long, requires = "bundle")]
    hide_organizations: bool,
}

/// No more than this of a log, from its end, in bytes.
const LOG: u64 = 1 << 20;

impl BundleArgs {
    /// Writes the bundle, if there is to be one. Gives its path.
    pub(super) fn write(
        &self,
        reports: &[Report],
        context: &Context,
    ) -> Result<Option<&Path>, CommandError> {
        let Some(path) = &self.bundle else { return Ok(None) };
        let profiles = profiles(context);
        let mut redactor = Redactor::new(secrets(&profiles, context));
        if self.hide_organizations {
            redactor.hide(profiles.iter().map(|(_, profile)| profile.organization.to_string()));
        }
        let mut archive = Archive::new(redactor, context.clock().now());
        let rows: Vec<Value> = reports.iter().flat_map(Report::rows).collect();
        archive.json("doctor.json", &json!(rows));
        archive.text("doctor.txt", &reports.iter().map(Report::text).collect::<String>());
        archive.json("version.json", &version());
        archive.json("configuration.json", &configuration(context));
        archive.json("environment.json", &json!(surroundings::variables(context)));
        archive.json("certificates.json", &certificates(context));
        for (name, profile) in &profiles {
            archive.json(&format!("profiles/{name}.json"), &json!(profile));
        }
        for (at, log) in self.with_log.iter().enumerate() {
            let name = log.file_name().unwrap_or_default().to_string_lossy();
            archive.text(&format!("logs/{}-{name}", at + 1), &end_of(log)?);
        }
        let bytes = archive.finish()?;
        let failed = |source| FileError { operation: "write", path: path.clone(), source };
        let absolute = std::path::absolute(path).map_err(failed)?;
        write_private(&absolute, &bytes).map_err(failed)?;
        Ok(Some(path))
    }
}

fn version() -> Value {
    json!({
        "exoctl": env!("CARGO_PKG_VERSION"),
        "operatingSystem": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "build": if cfg!(debug_assertions) { "debug" } else { "release" },
    })
}

fn configuration(context: &Context) -> Value {
    match config::settings(context) {
        Ok(lines) => lines.iter().map(|line| {
            json!({"setting": line.name(), "value": line.value(), "origin": line.origin().to_string()})
        }).collect(),
        Err(error) => json!({ "error": error.lines() }),
    }
}

fn profiles(context: &Context) -> Vec<(String, Profile)> {
    let Ok(profiles) = context.profiles() else { return Vec::new() };
    let names = profiles.names().unwrap_or_default();
    names.into_iter().filter_map(|name| Some((name.clone(), profiles.find(&name).ok()??))).collect()
}

/// The public facts about the certificates of exoctl's own store.
fn certificates(context: &Context) -> Value {
    let listing = context.store().and_then(|store| Ok(store.list()?));
    let Listing { certificates, problems } = match listing {
        Ok(listing) => listing,
        Err(error) => return json!({ "error": error.lines() }),
    };
    let known = |stored: &StoredCertificate| {
        let certificate = &stored.certificate;
        json!({
            "thumbprint": certificate.thumbprint().to_string(),
            "subject": certificate.subject(),
            "issuer": certificate.issuer(),
            "notBefore": certificate.not_before(),
            "notAfter": certificate.not_after(),
            "keyKind": certificate.key_kind().to_string(),
            "hasPrivateKey": stored.has_private_key,
            "chain": stored.chain.iter().map(|link| link.subject().to_owned()).collect::<Vec<_>>(),
        })
    };
    let broken: Vec<Value> = problems
        .iter()
        .map(
            |problem| json!({"path": problem.path.display().to_string(), "reason": problem.reason}),
        )
        .collect();
    json!({ "certificates": certificates.iter().map(known).collect::<Vec<_>>(), "problems": broken })
}

/// The secrets that the settings lead to: what they are is not known from their form.
fn secrets(profiles: &[(String, Profile)], context: &Context) -> Vec<SecretString> {
    let environment = context.environment();
    let mut found: Vec<SecretString> = environment.secrets().collect();
    let mut of = |source: &Source| match source {
        Source::File { password_file, password_env, .. } => {
            found.extend(password_file.as_ref().and_then(|path| password::from_file(path).ok()));
            found.extend(password_env.as_ref().and_then(|name| environment.secret(name)));
        }
        Source::TokenFile { path } => found.extend(password::from_file(path).ok()),
        Source::TokenVariable { name } => found.extend(environment.secret(name)),
        _ => {}
    };
    for (_, profile) in profiles {
        of(&profile.credential);
    }
    if let Ok(settings) = context.settings(&crate::context::Flags::default())
        && let Some(Means::Source(source)) = &settings.means.value
    {
        of(source);
    }
    // What is this short is in every text.
    found.retain(|secret| secret.expose_secret().len() >= 4);
    found
}

fn end_of(path: &Path) -> Result<String, CommandError> {
    let failed = |source| FileError { operation: "read", path: path.into(), source };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let from = length.saturating_sub(LOG);
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(LOG).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // The first line is cut, and half a secret is not recognised.
    Ok(match (from, text.split_once('\n')) {
        (0, _) | (_, None) => text,
        (_, Some((_, whole))) => whole.to_owned(),
    })
}
