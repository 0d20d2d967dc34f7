//! What is shown about a certificate.

use exoctl_certificate::{Certificate, CertifiedKey, KeyKind, StoredCertificate};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::context::Context;
use crate::env;
use crate::error::CommandError;
use crate::output::Rows;
use crate::ui::Ui;

/// A certificate as users see it. The names of the fields are a promise to scripts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateRow {
    thumbprint: String,
    sha256: String,
    subject: String,
    issuer: String,
    serial_number: String,
    not_before: Timestamp,
    not_after: Timestamp,
    days_left: i64,
    key_algorithm: String,
    key_size: Option<u32>,
    dns_names: Vec<String>,
    friendly_name: Option<String>,
    has_private_key: bool,
    chain: Vec<ChainRow>,
    store: Option<String>,
    path: Option<String>,
}

/// A certificate above.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChainRow {
    thumbprint: String,
    subject: String,
    not_after: Timestamp,
}

impl CertificateRow {
    /// An entry of a store.
    pub(super) fn stored(entry: &StoredCertificate, store: &str, now: Timestamp) -> Self {
        Self {
            friendly_name: entry.friendly_name.clone(),
            has_private_key: entry.has_private_key,
            store: Some(store.to_owned()),
            path: entry.path.as_ref().map(|path| path.display().to_string()),
            ..Self::of(&entry.certificate, &entry.chain, now)
        }
    }

    /// A key from a file.
    pub(super) fn key(key: &CertifiedKey, now: Timestamp) -> Self {
        Self {
            friendly_name: key.friendly_name().map(str::to_owned),
            has_private_key: true,
            ..Self::of(key.certificate(), key.chain(), now)
        }
    }

    /// A certificate without its key.
    pub(super) fn of(certificate: &Certificate, chain: &[Certificate], now: Timestamp) -> Self {
        let (key_algorithm, key_size) = match certificate.key_kind() {
            KeyKind::Rsa { bits } => ("RSA".to_owned(), Some(*bits)),
            other => (other.to_string(), None),
        };
        Self {
            thumbprint: certificate.thumbprint().to_string(),
            sha256: certificate.sha256_thumbprint().to_string(),
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            serial_number: certificate.serial_number().to_owned(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            days_left: days(certificate.not_after().duration_since(now)),
            key_algorithm,
            key_size,
            dns_names: certificate.dns_names().to_vec(),
            friendly_name: None,
            has_private_key: false,
            chain: chain.iter().map(ChainRow::from).collect(),
            store: None,
            path: None,
        }
    }

    /// The file that it was read from.
    pub(super) fn with_path(self, path: &std::path::Path) -> Self {
        Self { path: Some(path.display().to_string()), ..self }
    }
}

impl From<&Certificate> for ChainRow {
    fn from(certificate: &Certificate) -> Self {
        Self {
            thumbprint: certificate.thumbprint().to_string(),
            subject: certificate.subject().to_owned(),
            not_after: certificate.not_after(),
        }
    }
}

/// Shows one thing. In JSON it is an object and no array, unless a query makes something else of
/// it.
pub(super) fn show_one(
    row: &impl Serialize,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let value = serde_json::to_value(row).map_err(CommandError::failed)?;
    let global = context.global();
    let format = global.output.clone().or_else(|| context.environment().find(env::EXOCTL_OUTPUT));
    let plain = global.query.is_none() && global.select.is_empty();
    if plain && format.is_some_and(|format| format.eq_ignore_ascii_case("json")) {
        return ui.data_line(format_args!("{value:#}"));
    }
    write(&[value], context, ui)
}

/// Shows several things.
pub(super) fn show_many<T: Serialize>(
    rows: &[T],
    context: &Context,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let values: Result<Vec<Value>, _> = rows.iter().map(serde_json::to_value).collect();
    write(&values.map_err(CommandError::failed)?, context, ui)
}

fn write(values: &[Value], context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
    let mut rows = Rows::new(context, ui)?.noun("Certificate");
    for value in values {
        rows.value(value, ui)?;
    }
    rows.finish(ui)
}

/// Whole days, rounded down: a certificate that expired an hour ago has -1 left.
fn days(left: SignedDuration) -> i64 {
    left.as_secs().div_euclid(24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_rounded_down() {
        for (hours, expected) in [(49, 2), (48, 2), (47, 1), (1, 0), (0, 0), (-1, -1), (-25, -2)] {
            assert_eq!(days(SignedDuration::from_hours(hours)), expected, "{hours}");
        }
    }
}
