//! `s3://bucket/prefix` and the like.

use std::fmt;
use std::str::FromStr;

use object_store::path::Path as Key;

/// The kinds of object storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// Amazon S3, and whatever speaks its protocol.
    S3,
    /// Azure Blob Storage; the bucket is a container.
    Azure,
    /// Google Cloud Storage.
    Google,
}

impl Scheme {
    /// What stands before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Azure => "az",
            Self::Google => "gs",
        }
    }
}

/// A place in object storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    scheme: Scheme,
    bucket: String,
    prefix: String,
}

/// A text that is no address of a place in object storage.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not s3://BUCKET/PREFIX, az://CONTAINER/PREFIX or gs://BUCKET/PREFIX")]
pub struct InvalidAddress(pub String);

impl BucketAddress {
    /// Whether a text means a place in object storage, well-formed or not, and no directory.
    pub fn is_meant(text: &str) -> bool {
        text.contains("://")
    }

    /// Which kind it is.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The bucket or container.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// A name for a directory of its own, of letters that every file system takes.
    pub fn directory_name(&self) -> String {
        let text = self.to_string();
        let plain = text.replace(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c), "-");
        let shown: String = plain.replace("---", "-").chars().take(60).collect();
        format!("{shown}-{}", &crate::manifest::hash(text.as_bytes())[..8])
    }

    /// What all names in it begin with, without slashes around it; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl FromStr for BucketAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let invalid = || InvalidAddress(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(invalid)?;
        let all = [Scheme::S3, Scheme::Azure, Scheme::Google];
        let scheme = all.into_iter().find(|known| known.name() == scheme).ok_or_else(invalid)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |c: char| c.is_ascii_alphanumeric() || ".-_$".contains(c);
        // No user, port or query: what is secret is not on the command line.
        if bucket.is_empty() || !bucket.chars().all(is_name) || prefix.contains(['?', '#']) {
            return Err(invalid());
        }
        let prefix = prefix.trim_matches('/');
        let key = Key::parse(prefix).map_err(|_| invalid())?;
        Ok(Self { scheme, bucket: bucket.to_owned(), prefix: key.as_ref().to_owned() })
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_buckets_with_prefixes_and_nothing_else() {
        for (text, shown, prefix) in [
            ("s3://audit/2026-10", "s3://audit/2026-10", "2026-10"),
            ("s3://audit/a/b/", "s3://audit/a/b", "a/b"),
            ("az://logs", "az://logs", ""),
            ("gs://my.logs/", "gs://my.logs", ""),
        ] {
            let address: BucketAddress = text.parse().unwrap();
            assert_eq!((address.to_string().as_str(), address.prefix()), (shown, prefix));
        }
        let names = ["s3://a/b", "s3://a-b"]
            .map(|text| text.parse::<BucketAddress>().unwrap().directory_name());
        assert!(names[0].starts_with("s3-a-b-") && names[1].starts_with("s3-a-b-"), "{names:?}");
        assert_ne!(names[0], names[1]);
        for wrong in [
            "s3:/a/b",
            "s3://",
            "s3:///a",
            "ftp://a/b",
            "https://a/b",
            "s3://key:secret@a/b",
            "s3://a//b/../c",
            "az://a/b?sig=1",
            "./a",
        ] {
            assert!(wrong.parse::<BucketAddress>().is_err(), "{wrong}");
        }
    }
}
