//! The names of jobs and of the channels that are told about them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The name of a job, which is that of its file: small letters, digits and hyphens, at most 63,
/// so that it can be part of a directory's name, a unit's and a Kubernetes object's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobName(String);

/// The name of a channel in `notify.toml`: letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChannelName(String);

/// A text that cannot be a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// Of a job.
    #[error(
        "{0:?} cannot be a job's name: it has small letters, digits and hyphens, begins and ends with a letter or digit, and is at most 63 long"
    )]
    Job(String),
    /// Of a channel.
    #[error("{0:?} cannot be a channel's name: it has letters, digits, - and _ only")]
    Channel(String),
}

/// What names look like, as a regular expression of JSON Schema.
pub(crate) const PATTERN: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

/// What names of channels look like.
pub(crate) const CHANNEL_PATTERN: &str = "^[A-Za-z0-9_-]+$";

fn channel(text: String) -> Result<String, InvalidName> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'_';
    let right = !text.is_empty() && text.bytes().all(plain);
    if right { Ok(text) } else { Err(InvalidName::Channel(text)) }
}

fn job(text: String) -> Result<String, InvalidName> {
    let plain = |c: &u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let bytes = text.as_bytes();
    let ends = bytes.first().is_some_and(plain) && bytes.last().is_some_and(plain);
    let right = ends && bytes.len() <= 63 && bytes.iter().all(|c| plain(c) || *c == b'-');
    if right { Ok(text) } else { Err(InvalidName::Job(text)) }
}

macro_rules! name {
    ($name:ident, $checked:ident) => {
        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                $checked(text).map(Self)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                $checked(text.to_owned()).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name!(JobName, job);
name!(ChannelName, channel);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_file_a_unit_and_an_object() {
        for right in ["audit-monthly", "a", "0", "a--b", &"a".repeat(63)] {
            assert_eq!(right.parse::<JobName>().unwrap().as_str(), right);
        }
        for wrong in ["", "-a", "a-", "Audit", "a_b", "a b", "a/b", "ä", "..", &"a".repeat(64)] {
            assert!(wrong.parse::<JobName>().is_err(), "{wrong}");
        }
    }
}
