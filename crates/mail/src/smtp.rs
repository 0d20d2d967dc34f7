//! SMTP over TLS, and never without.

use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{SmtpTransport, Transport as _};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{Letter, MailError};

/// A mail server.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// When TLS begins.
    pub security: Security,
    /// The certificate of an authority that the server's was issued by, as PEM, besides those that
    /// the system trusts.
    pub authority: Option<Vec<u8>>,
    /// Who sends, if the server wants to know.
    pub login: Option<Login>,
}

/// When TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// With STARTTLS, before anything else is said. A server that does not offer it gets nothing.
    StartTls,
    /// At once, on port 465.
    Tls,
}

/// Who sends.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name of the account.
    pub user: String,
    /// What proves it.
    pub secret: Secret,
}

/// What proves who sends.
#[derive(Clone, Debug)]
pub enum Secret {
    /// A password, with PLAIN or LOGIN.
    Password(SecretString),
    /// An access token, with XOAUTH2.
    Token(SecretString),
}

/// The longest wait for the server.
const PATIENCE: Duration = Duration::from_mins(1);

impl Smtp {
    /// Sends a letter. Blocks until the server has answered; nothing is sent twice.
    pub fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let message = letter.message()?;
        let sent = self.transport()?.send(&message);
        sent.map(drop).map_err(|source| {
            let server = self.name();
            match source.status() {
                Some(code) => MailError::Refused { server, code: Some(code.into()), source },
                None if source.is_client() => MailError::Refused { server, code: None, source },
                None => MailError::Unreachable { server, source },
            }
        })
    }

    fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn transport(&self) -> Result<SmtpTransport, MailError> {
        let failed = |source| MailError::Authority { server: self.name(), source };
        let mut tls = TlsParameters::builder(self.host.clone());
        if let Some(authority) = &self.authority {
            tls = tls.add_root_certificate(Certificate::from_pem(authority).map_err(failed)?);
        }
        let tls = tls.build_rustls().map_err(failed)?;
        let mut transport = SmtpTransport::builder_dangerous(&self.host)
            .port(self.port)
            .timeout(Some(PATIENCE))
            .tls(match self.security {
                Security::StartTls => Tls::Required(tls),
                Security::Tls => Tls::Wrapper(tls),
            });
        if let Some(Login { user, secret }) = &self.login {
            let (secret, mechanisms) = match secret {
                Secret::Password(secret) => (secret, vec![Mechanism::Plain, Mechanism::Login]),
                Secret::Token(secret) => (secret, vec![Mechanism::Xoauth2]),
            };
            let secret = secret.expose_secret().to_owned();
            transport = transport
                .credentials(Credentials::new(user.clone(), secret))
                .authentication(mechanisms);
        }
        Ok(transport.build())
    }
}
