//! What can go wrong with the simulated tenant itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::administrator::AdminTokenError;
use crate::registration::RegistrationError;

/// An error starting or operating a simulated tenant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The address can be reached from other machines, and that was not asked for.
    #[error("{address} is not a loopback address; the simulated tenant has no real protection")]
    NotLoopback {
        /// The refused address.
        address: SocketAddr,
    },
    /// The address is taken or not ours.
    #[error("could not listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file of the state directory.
    #[error("could not {operation} {}", path.display())]
    State {
        /// `read` or `write`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file of the state directory holds something else than what we write.
    #[error("{} is not a file that the simulated tenant wrote", path.display())]
    StateSyntax {
        /// The file.
        path: PathBuf,
        /// Where it fails.
        #[source]
        source: serde_json::Error,
    },
    /// Keys or certificates could not be made.
    #[error("could not make the {what} of the simulated tenant")]
    Key {
        /// Which.
        what: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A certificate that cannot be registered.
    #[error("could not register the certificate")]
    Registration(#[from] RegistrationError),
    /// A token that cannot be asked for.
    #[error("could not issue a token for an administrator")]
    AdminToken(#[from] AdminTokenError),
    /// No simulated tenant answers for the state directory.
    #[error("no simulated tenant is running on {}", state.display())]
    NotRunning {
        /// The state directory.
        state: PathBuf,
    },
    /// The control port did not do what it was asked.
    #[error("the control port refused {request}: {answer}")]
    Control {
        /// Method and path.
        request: String,
        /// Its answer.
        answer: String,
    },
}
