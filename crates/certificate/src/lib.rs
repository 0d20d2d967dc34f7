//! Keys, X.509 certificates, PKCS#12, PEM, certificate stores and signing.
//!
//! Everything here is synchronous. Private keys are RSA, because Entra takes client assertions
//! from no others; they are wiped from memory and never printed.
//!
//! A certificate is made, kept, found again by a thumbprint as people paste it, written for
//! Windows, and signs:
//!
//! ```
//! use exoctl_certificate::pkcs12::{self, Profile};
//! use exoctl_certificate::{
//!     CertificateStore, MemoryStore, NewCertificate, Signer, SigningAlgorithm, load_key_file,
//! };
//! use exoctl_model::SystemClock;
//!
//! let wanted = NewCertificate::new("CN=EXO Reporting".parse()?);
//! let key = wanted.self_signed("1y".parse()?, &SystemClock)?;
//!
//! let store = MemoryStore::new();
//! store.insert(&key)?;
//! let pasted = format!("\u{200E}{}", key.thumbprint().to_string().to_lowercase());
//! let key = store.load(&pasted.parse()?)?;
//!
//! let password = "Passw0rd!".into();
//! let file = pkcs12::write(&key, &password, Profile::Aes256)?;
//! let again = load_key_file(&file, Some(&password), None)?;
//! let signature = again.sign(SigningAlgorithm::Ps256, b"header.payload")?;
//! assert_eq!(signature.len(), 256);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Files that other programs made are read by [`load_key_file`] and [`read_key_file`]; a
//! [`KeyFileError`] says whether password, algorithm, content or choice is the matter. Other
//! holders of keys, a vault or a smart card, implement [`Signer`]; other places for them
//! [`CertificateStore`].

mod ber;
mod certificate;
mod certified_key;
mod contents;
mod der;
mod distinguished_name;
mod encryption;
mod error;
mod generate;
mod hex;
mod key_file;
mod oid;
pub mod pem;
pub mod pkcs12;
pub mod pkcs7;
mod private_key;
mod request;
mod signer;
pub mod store;
mod thumbprint;

pub use ber::BerError;
pub use certificate::{Certificate, CertificateError, KeyKind};
pub use certified_key::{CertifiedKey, KeyMismatch};
pub use contents::Contents;
pub use distinguished_name::{DistinguishedName, InvalidName};
pub use error::{Fault, KeyFileError};
pub use generate::{GenerateError, NewCertificate};
pub use key_file::{load_key_file, read_key_file};
pub use private_key::{KeyError, KeySize, PrivateKey};
pub use request::{CompleteError, PendingRequest};
pub use signer::{SignError, Signer, SigningAlgorithm};
pub use store::{
    CertificateStore, DirectoryStore, DotnetStore, Listing, MemoryStore, PendingListing,
    StoreError, StoreProblem, StoredCertificate,
};
pub use thumbprint::{InvalidThumbprint, Sha256Thumbprint, Thumbprint};
