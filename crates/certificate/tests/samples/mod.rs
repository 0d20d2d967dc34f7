//! The collection of key files that other programs wrote, with what is known about each.

#![allow(
    clippy::allow_attributes,
    reason = "what each binary of tests would have to expect differs from binary to binary"
)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "every binary of tests has this as a module of its own, and uses a part of it"
)]
#![allow(
    clippy::unwrap_used,
    reason = "clippy knows no tests outside of functions marked as such; this is read by nothing else"
)]

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

/// A PKCS#12 file of the collection.
#[derive(Debug, Deserialize)]
pub struct Sample {
    pub file: String,
    #[serde(deserialize_with = "password")]
    pub password: Option<SecretString>,
    /// `self`, `leaf` or `own` for a usable key; `ec`; `nokey`.
    pub expect: String,
    pub note: String,
    pub sha1: String,
    pub sha256: String,
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl Sample {
    pub fn is_password_empty(&self) -> bool {
        self.password.as_ref().is_some_and(|password| password.expose_secret().is_empty())
    }

    pub fn password_kind(&self) -> &'static str {
        match &self.password {
            None => "none",
            Some(_) if self.is_password_empty() => "empty",
            Some(password) if !password.expose_secret().is_ascii() => "not ASCII",
            Some(_) => "ASCII",
        }
    }
}

/// The password of all encrypted PEM files.
pub fn password_of_pem() -> SecretString {
    SecretString::from("Passw0rd!")
}

/// All PKCS#12 files, by name.
pub fn pfx() -> Vec<Sample> {
    let list = std::fs::read(directory().join("pfx/samples.json")).unwrap();
    let mut samples: Vec<Sample> = serde_json::from_slice(&list).unwrap();
    for sample in &mut samples {
        sample.bytes = std::fs::read(directory().join("pfx").join(&sample.file)).unwrap();
    }
    samples
}

pub fn pfx_named(file: &str) -> Sample {
    pfx().into_iter().find(|sample| sample.file == file).unwrap()
}

pub fn pem(file: &str) -> Vec<u8> {
    std::fs::read(pem_path(file)).unwrap()
}

pub fn pem_path(file: &str) -> PathBuf {
    directory().join("pem").join(file)
}

/// A file beside the collection.
pub fn fixture(file: &str) -> Vec<u8> {
    std::fs::read(directory().join(file)).unwrap()
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn password<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}
