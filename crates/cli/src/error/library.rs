//! Errors of the libraries: what a user can do about each.

use exoctl_certificate::{CertificateError, KeyFileError, StoreError};
use exoctl_http::TransportError;
use exoctl_model::{EnvironmentError, InvalidTenant};
use exoctl_sim::SimError;

use super::CommandError;
use crate::exit::ExitCode;

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::failed(error)
    }
}

impl From<KeyFileError> for CommandError {
    fn from(error: KeyFileError) -> Self {
        Self::failed(error)
    }
}

impl From<CertificateError> for CommandError {
    fn from(error: CertificateError) -> Self {
        Self::failed(error)
    }
}

impl From<TransportError> for CommandError {
    fn from(error: TransportError) -> Self {
        Self::new(ExitCode::Unavailable, error)
    }
}

impl From<EnvironmentError> for CommandError {
    fn from(error: EnvironmentError) -> Self {
        Self::usage(error)
    }
}

impl From<InvalidTenant> for CommandError {
    fn from(error: InvalidTenant) -> Self {
        Self::usage(error)
    }
}

impl From<SimError> for CommandError {
    fn from(error: SimError) -> Self {
        Self::failed(error)
    }
}
