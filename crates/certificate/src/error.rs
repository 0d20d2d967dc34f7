//! Why a file gives no usable key.

use crate::ber::BerError;
use crate::certificate::CertificateError;
use crate::certified_key::KeyMismatch;
use crate::private_key::KeyError;
use crate::thumbprint::Thumbprint;

/// Why a PKCS#12, PEM or DER file could not be read, or has nothing to sign in with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file is encrypted and no password was given.
    #[error("the file is protected by a password and none was given")]
    PasswordRequired,
    /// The password does not open the file.
    #[error("the password does not open the file")]
    WrongPassword,
    /// The file uses an algorithm that is not read.
    #[error("the file uses {algorithm}, {reason}")]
    UnsupportedAlgorithm {
        /// The algorithm, by name if it is known.
        algorithm: String,
        /// Why it is not read and what helps.
        reason: &'static str,
    },
    /// The file does not have the form that it should.
    #[error("read {what}")]
    Malformed {
        /// The part that was read.
        what: &'static str,
        /// What is wrong with it.
        source: BerError,
    },
    /// The file demands more than an honest file does.
    #[error("the file has {found} {what}, more than the {limit} allowed")]
    LimitExceeded {
        /// What there is too much of.
        what: &'static str,
        /// The most allowed.
        limit: u64,
        /// What the file demands.
        found: u64,
    },
    /// The file is none of the kinds that are read.
    #[error("the file is neither PKCS#12 nor PEM nor a certificate in DER form: {reason}")]
    UnknownFormat {
        /// What it looks like.
        reason: String,
    },
    /// A PEM block cannot be decoded.
    #[error("read the PEM text: {reason}")]
    Pem {
        /// What the decoder says.
        reason: String,
    },
    /// A certificate in the file cannot be read.
    #[error("read a certificate in the file")]
    Certificate(#[from] CertificateError),
    /// The private key in the file cannot be used.
    #[error("use the private key in the file")]
    Key(#[from] KeyError),
    /// The key in the file belongs to another certificate.
    #[error("the private key belongs to none of the certificates in the file")]
    Mismatch(#[from] KeyMismatch),
    /// There are certificates but no private key.
    #[error(
        "the file has no private key, only {}; export it again together with its private key",
        count(certificates, "certificate")
    )]
    NoPrivateKey {
        /// The certificates in the file.
        certificates: Vec<Thumbprint>,
    },
    /// There is a private key but no certificate.
    #[error("the file has a private key but no certificate")]
    NoCertificate,
    /// There are several keys and none was chosen.
    #[error("the file has several private keys; choose one by thumbprint: {}", list(thumbprints))]
    SeveralKeys {
        /// The certificates that have a key in the file.
        thumbprints: Vec<Thumbprint>,
    },
    /// The chosen certificate has no key in the file.
    #[error(
        "the file has no private key for the certificate {wanted}; it has {}",
        list(thumbprints)
    )]
    NotInFile {
        /// The certificate asked for.
        wanted: Thumbprint,
        /// The certificates that have a key in the file.
        thumbprints: Vec<Thumbprint>,
    },
}

/// What is the matter with a file, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The password: another one, or one at all, may help.
    Password,
    /// An algorithm: the file must be made again with another one.
    Algorithm,
    /// The content: damaged, or not what is needed.
    Content,
    /// The choice: a thumbprint says which key is meant.
    Choice,
}

impl KeyFileError {
    /// Whether password, algorithm, content or choice is the matter.
    pub fn fault(&self) -> Fault {
        match self {
            Self::PasswordRequired | Self::WrongPassword => Fault::Password,
            Self::UnsupportedAlgorithm { .. }
            | Self::Key(KeyError::NotRsa { .. } | KeyError::TooSmall { .. }) => Fault::Algorithm,
            Self::SeveralKeys { .. } | Self::NotInFile { .. } => Fault::Choice,
            _ => Fault::Content,
        }
    }

    /// An adapter for [`Result::map_err`] that says which part was malformed.
    pub(crate) fn malformed(what: &'static str) -> impl Fn(BerError) -> Self {
        move |source| Self::Malformed { what, source }
    }
}

fn list(thumbprints: &[Thumbprint]) -> String {
    match thumbprints {
        [] => "none".to_owned(),
        some => some.iter().map(Thumbprint::to_string).collect::<Vec<_>>().join(", "),
    }
}

fn count<T>(things: &[T], noun: &str) -> String {
    match things.len() {
        1 => format!("one {noun}"),
        many => format!("{many} {noun}s"),
    }
}
