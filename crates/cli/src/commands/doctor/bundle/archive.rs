//! A zip file in memory, everything in it redacted.

use std::io::{Cursor, Write as _};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::redactor::Redactor;
use crate::error::CommandError;

/// The members of a bundle.
pub(super) struct Archive {
    redactor: Redactor,
    now: Timestamp,
    members: Vec<(String, String)>,
}

/// A secret is still there.
#[derive(Debug, thiserror::Error)]
#[error("{0} would still have a secret in it; nothing was written")]
struct StillThere(String);

/// The archive cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("could not pack the bundle")]
struct NotPacked(#[source] zip::result::ZipError);

impl Archive {
    /// Empty; `now` is when its files were made.
    pub(super) fn new(redactor: Redactor, now: Timestamp) -> Self {
        Self { redactor, now, members: Vec::new() }
    }

    /// Adds a text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        let (name, text) = (self.redactor.redact(name), self.redactor.redact(text));
        self.members.push((name, text));
    }

    /// Adds a document, each of its texts redacted by itself: what stands in one cannot reach into the
    /// next.
    pub(super) fn json(&mut self, name: &str, document: &Value) {
        let redacted = self.redactor.redact_document(document);
        self.members.push((self.redactor.redact(name), format!("{redacted:#}\n")));
    }

    /// The zip file, if no secret that is known is in it.
    pub(super) fn finish(self) -> Result<Vec<u8>, CommandError> {
        if let Some((name, _)) =
            self.members.iter().find(|(_, text)| self.redactor.finds_secret(text))
        {
            return Err(CommandError::failed(StillThere(name.clone())));
        }
        self.pack().map_err(|error| CommandError::failed(NotPacked(error)))
    }

    fn pack(&self) -> zip::result::ZipResult<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(self.time())
            .unix_permissions(0o600);
        for (name, text) in &self.members {
            zip.start_file(name.as_str(), options)?;
            zip.write_all(text.as_bytes())?;
        }
        Ok(zip.finish()?.into_inner())
    }

    fn time(&self) -> DateTime {
        let at = self.now.to_zoned(TimeZone::UTC);
        let small = |number: i8| u8::try_from(number).unwrap_or_default();
        let year = u16::try_from(at.year()).unwrap_or_default();
        let [month, day, hour, minute, second] =
            [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(small);
        DateTime::from_date_and_time(year, month, day, hour, minute, second).unwrap_or_default()
    }
}
