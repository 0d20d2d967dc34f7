//! Why object storage cannot be used.

use std::error::Error;
use std::io;

/// Object storage that cannot be used. What was put there stays; the same again goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BucketError {
    /// A setting is missing or wrong.
    #[error("{address} cannot be reached with what the environment says")]
    Settings {
        /// Which place.
        address: String,
        /// What is wrong.
        source: Told,
    },
    /// Everything would be readable on the way.
    #[error("{endpoint} is without TLS and not on this machine")]
    PlainHttp {
        /// Whither.
        endpoint: String,
    },
    /// The service did not do it.
    #[error("could not {operation} {object}")]
    Refused {
        /// What was being done.
        operation: &'static str,
        /// To what.
        object: String,
        /// Why, as far as it is known.
        refusal: Refusal,
        /// What it said.
        source: Told,
    },
    /// Something else is there.
    #[error("{address} holds the export of another query: {found}")]
    OtherQuery {
        /// Where.
        address: String,
        /// Of which.
        found: String,
    },
    /// What is there is not what was put there.
    #[error("{object} does not hold what was put there")]
    Changed {
        /// What.
        object: String,
    },
    /// What was made is not there any more.
    #[error(
        "{object} is not what was put there, and there is no copy of it in the local directory"
    )]
    Gone {
        /// What.
        object: String,
    },
    /// A file here is not what the manifest says.
    #[error("{file} has changed since it was written")]
    Local {
        /// Which.
        file: String,
    },
    /// A name that object storage cannot have.
    #[error("'{name}' is no name of an object")]
    Name {
        /// Which.
        name: String,
    },
    /// A file here cannot be used.
    #[error("could not {operation} {file}")]
    File {
        /// What was being done.
        operation: &'static str,
        /// To what.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// There is no manifest there, or none that is whole.
    #[error("{address} holds no export that is done")]
    NoManifest {
        /// Where.
        address: String,
    },
    /// A manifest that is none.
    #[error(transparent)]
    Manifest(#[from] crate::manifest::ManifestError),
}

/// What kind of refusal it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The bucket or container is not there.
    NoBucket,
    /// Not with these credentials, or without any.
    Denied,
    /// Not there, or not at the moment.
    Unavailable,
}

/// What a library or a service said, without the queries of addresses: they may be signatures.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Told(String);

impl BucketError {
    pub(super) fn refused(
        operation: &'static str,
        object: String,
        error: &object_store::Error,
    ) -> Self {
        let told = Told::of(error);
        let refusal = match error {
            _ if told.names_no_bucket() => Refusal::NoBucket,
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Refusal::Denied,
            _ if told.is_about_credentials() => Refusal::Denied,
            _ => Refusal::Unavailable,
        };
        Self::Refused { operation, object, refusal, source: told }
    }
}

/// Whether the bucket is there and the object is not.
pub(super) fn is_missing_object(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. }) && !Told::of(error).names_no_bucket()
}

impl Told {
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let mut text = String::new();
        let mut next = Some(error);
        while let Some(error) = next {
            let told = error.to_string();
            // Some repeat what their causes say.
            if !text.contains(&told) {
                if !text.is_empty() {
                    text.push_str(": ");
                }
                text.push_str(&told);
            }
            next = error.source();
        }
        Self(without_queries(&text))
    }

    fn names_no_bucket(&self) -> bool {
        let codes = ["NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist"];
        codes.iter().any(|code| self.0.contains(code))
    }

    fn is_about_credentials(&self) -> bool {
        // What the library says when it asks a machine that has no identity.
        ["169.254.169.254", "169.254.170.2", "metadata.google.internal"]
            .iter()
            .any(|host| self.0.contains(host))
    }
}

/// A text in which every address ends before its query.
fn without_queries(text: &str) -> String {
    let mut parts = text.split("://");
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        clean.push_str("://");
        let end = part.find([' ', '"', '\'', ')', '<', '\n']).unwrap_or(part.len());
        let (address, rest) = part.split_at(end);
        match address.split_once('?') {
            Some((address, _)) => {
                clean.push_str(address);
                clean.push_str("?…");
            }
            None => clean.push_str(address),
        }
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_in_addresses_are_not_told() {
        let text = "Error performing PUT https://a.blob.core.windows.net/c/x?sv=1&sig=SECRET in 3s - (https://b?q=1) at s3://c";
        assert_eq!(
            without_queries(text),
            "Error performing PUT https://a.blob.core.windows.net/c/x?… in 3s - (https://b?…) at s3://c"
        );
    }
}
