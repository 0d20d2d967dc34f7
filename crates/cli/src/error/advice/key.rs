//! Keys and certificates that cannot be used.

use std::error::Error;

use exoctl_certificate::{Fault, KeyFileError, StoreError};

use super::{Advice, cause};
use crate::error::KeyError;
use crate::exit::ExitCode::{self, Authentication, Failed, Usage};

pub(super) fn find(error: &(dyn Error + 'static)) -> Option<&'static Advice> {
    let code = if let Some(error) = cause::<KeyError>(error) {
        match error {
            KeyError::Expired { .. } => "certificate-expired",
            KeyError::NotYetValid { .. } => "certificate-not-yet-valid",
            KeyError::Read { .. } => "key-file-unreadable",
            _ => return None,
        }
    } else if let Some(error) = cause::<StoreError>(error) {
        match error {
            StoreError::NotFound { .. } => "certificate-not-found",
            StoreError::NoPrivateKey { .. } => "certificate-without-key",
            StoreError::Permissions { .. } => "store-permissions",
            StoreError::Io { .. } => "store-unreadable",
            _ => return None,
        }
    } else {
        match cause::<KeyFileError>(error)? {
            KeyFileError::PasswordRequired => "password-required",
            KeyFileError::WrongPassword => "password-wrong",
            KeyFileError::NoPrivateKey { .. } => "certificate-without-key",
            error => match error.fault() {
                Fault::Algorithm => "key-algorithm",
                Fault::Choice => "key-choice",
                _ => "key-file-damaged",
            },
        }
    };
    TABLE.iter().find(|advice| advice.code == code)
}

const fn row(code: &'static str, exit: ExitCode, fixes: &'static [&'static str]) -> Advice {
    Advice { code, exit, fixes }
}

pub(super) static TABLE: &[Advice] = &[
    row(
        "certificate-expired",
        Authentication,
        &[
            "make a new one: exoctl cert new --subject \"CN=EXO Reporting\" --valid-for 1y",
            "and upload it: exoctl cert export THUMBPRINT --format cer --out exo.cer",
        ],
    ),
    row("certificate-not-yet-valid", Authentication, &["set this machine's clock, or wait"]),
    row(
        "certificate-not-found",
        Authentication,
        &["exoctl cert list shows those that are there", "exoctl cert import FILE takes one in"],
    ),
    row(
        "certificate-without-key",
        Authentication,
        &["import the file that has the private key too: exoctl cert import FILE.pfx"],
    ),
    row("store-permissions", Failed, &["make it private: chmod -R go-rwx PATH"]),
    row(
        "store-unreadable",
        Failed,
        &["check the path's owner, mode and space; EXOCTL_HOME names another place"],
    ),
    row("key-file-unreadable", Usage, &["check the path and who may read the file"]),
    row(
        "password-required",
        Usage,
        &["use --password-file FILE, --password-env NAME or --password-stdin"],
    ),
    row(
        "password-wrong",
        Failed,
        &[
            "check the password, its letter case and its character set; an empty one is not the same as none",
        ],
    ),
    row(
        "key-algorithm",
        Failed,
        &["make the file again with an RSA key and a current cipher, or: exoctl cert new"],
    ),
    row("key-choice", Usage, &["say which key is meant with -CertificateThumbprint THUMBPRINT"]),
    row(
        "key-file-damaged",
        Failed,
        &["export the file again; exoctl cert show FILE tells what is in it"],
    ),
];
