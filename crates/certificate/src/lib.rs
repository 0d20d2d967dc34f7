//! Keys, X.509 certificates, PKCS#12, PEM, certificate stores and signing.
//!
//! Everything here is synchronous. Private keys are RSA, because Entra takes client assertions
//! from no others; they are wiped from memory and never printed.

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
