//! Where an export goes, or is: a directory or a place in object storage.

use std::path::{Path, PathBuf};

use exoctl_export::Outcome;
use exoctl_export::bucket::{Bucket, BucketAddress};

use crate::context::Context;
use crate::error::CommandError;
use crate::ui::Ui;

/// A directory, or a place in object storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Directory(PathBuf),
    Bucket(BucketAddress),
}

impl Target {
    /// Reads an argument.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if BucketAddress::is_meant(text) {
            return text.parse().map(Self::Bucket).map_err(|error| format!("{error}"));
        }
        Ok(Self::Directory(text.into()))
    }

    /// Reads an argument of a command that works with files.
    pub(super) fn parse_local(text: &str) -> Result<PathBuf, String> {
        if BucketAddress::is_meant(text) {
            return Err("a local directory is needed: that of `audit export --work DIR`".to_owned());
        }
        Ok(text.into())
    }

    /// The object storage, if it is that, with what the environment says.
    pub(super) fn bucket(&self, context: &Context) -> Result<Option<Bucket>, CommandError> {
        let Self::Bucket(address) = self else { return Ok(None) };
        Ok(Some(Bucket::open(address.clone(), context.environment().for_object_storage())?))
    }

    /// The local directory that an export is made in: that one, the one that was named, or one of
    /// exoctl's own for each place in object storage.
    pub(super) fn directory(
        &self,
        work: Option<&Path>,
        context: &Context,
    ) -> Result<PathBuf, CommandError> {
        Ok(match (self, work) {
            (Self::Directory(directory), None) => directory.clone(),
            (Self::Directory(_), Some(_)) => {
                return Err(CommandError::usage(
                    "--work is for object storage: a directory has its work in itself",
                ));
            }
            (Self::Bucket(_), Some(work)) => work.to_owned(),
            (Self::Bucket(address), None) => {
                context.paths()?.data.join("audit").join(address.directory_name())
            }
        })
    }
}

/// Puts what was exported where it belongs. With a directory of exoctl's own nothing but what says
/// where it is stays there.
pub(super) async fn put(
    bucket: &Bucket,
    (directory, is_own): (&Path, bool),
    outcome: &Outcome,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let manifest = &outcome.manifest;
    let bytes = manifest.files.iter().map(|file| file.bytes).sum();
    let line = ui.share(bytes, "upload");
    let put = bucket.put_export(directory, manifest, &|bytes| line.advance(bytes)).await;
    drop(line);
    let put = put?;
    if is_own {
        Bucket::remove_copies(directory, manifest)?;
    }
    let address = bucket.address();
    ui.note(format_args!(
        "{} objects with {} bytes were put to {address}, {} were there already.",
        put.objects, put.bytes, put.there
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_object_storage_and_everything_else_a_directory() {
        for text in ["./audit", "/a/s3", "C:\\audit", "s3"] {
            assert_eq!(Target::parse(text), Ok(Target::Directory(text.into())));
        }
        assert!(matches!(Target::parse("s3://audit/2026-10"), Ok(Target::Bucket(_))));
        assert_eq!(Target::parse_local("./audit"), Ok("./audit".into()));
        assert!(Target::parse_local("s3://audit/2026-10").unwrap_err().contains("--work"));
        for text in ["s4://audit", "https://example.com/a", "s3://"] {
            assert!(Target::parse(text).unwrap_err().contains("s3://BUCKET/PREFIX"), "{text}");
        }
    }
}
