//! How long the profiles' certificates are good.

use std::fs;

use exoctl_certificate::load_key_file;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::context::{Context, Means};
use crate::error::CommandError;
use crate::password::PasswordArgs;
use crate::profile::{Profile, Source};

/// A profile's certificate.
#[derive(Debug)]
pub(super) struct Certificate {
    /// The profile.
    pub(super) profile: String,
    /// Its thumbprint.
    pub(super) thumbprint: String,
    /// Until when it is good, or why that is not known.
    pub(super) end: Result<Timestamp, String>,
}

/// Looks at the certificates of all profiles that sign in with one.
pub(super) fn look(names: &[String], context: &Context) -> Result<Vec<Certificate>, CommandError> {
    let mut certificates = Vec::new();
    for name in names {
        let profile = context.profiles()?.load(name)?;
        let Some(thumbprint) = profile.thumbprint() else { continue };
        certificates.push(Certificate {
            profile: name.clone(),
            thumbprint: thumbprint.to_string(),
            end: end(&profile, context).map_err(|error| error.message()),
        });
    }
    Ok(certificates)
}

/// Nobody is asked for a password: this is run by monitors.
fn end(profile: &Profile, context: &Context) -> Result<Timestamp, CommandError> {
    match &profile.credential {
        Source::File { path, thumbprint, .. } => {
            let means = Means::Source(profile.credential.clone());
            let password = context.key_password(&means, &PasswordArgs::default())?;
            let bytes = zeroize::Zeroizing::new(fs::read(path)?);
            let key = load_key_file(&bytes, password.as_ref(), Some(thumbprint))?;
            Ok(key.certificate().not_after())
        }
        source => {
            let Source::Store { thumbprint } = source else {
                return Err(CommandError::failed("it signs in without a certificate"));
            };
            let found = context.store_with(thumbprint)?.find(thumbprint)?;
            let found = found.ok_or_else(|| CommandError::failed("it is in no store"))?;
            Ok(found.certificate.not_after())
        }
    }
}

impl Certificate {
    /// How many whole days are left; less than none if it has expired.
    pub(super) fn days_left(&self, now: Timestamp) -> Option<i64> {
        let end = self.end.as_ref().ok()?;
        Some(end.duration_since(now).as_secs().div_euclid(24 * 60 * 60))
    }

    /// As JSON.
    pub(super) fn value(&self, now: Timestamp) -> Value {
        json!({
            "profile": self.profile,
            "thumbprint": self.thumbprint,
            "notAfter": self.end.as_ref().ok(),
            "daysLeft": self.days_left(now),
            "problem": self.end.as_ref().err(),
        })
    }
}
