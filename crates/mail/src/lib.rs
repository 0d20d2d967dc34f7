//! A letter, and how it is sent.
//!
//! A [`Letter`] becomes one message of RFC 5322, the same for every way of sending it: [`Smtp`] gives
//! it to a server over TLS and never without, [`GraphMail`] to Microsoft Graph as the application that
//! is signed in. `Message-ID` is the sender's choice, so that the same letter is known when it comes again.
//!
//! ```
//! use exoctl_mail::{Attachment, Letter};
//!
//! # fn example() -> Result<(), exoctl_mail::MailError> {
//! let letter = Letter {
//!     from: "audit@contoso.com".parse()?,
//!     to: vec!["reviewer@contoso.com".parse()?],
//!     subject: "Audit review contoso: complete, 2026-10".into(),
//!     text: "Everything is there.".into(),
//!     html: None,
//!     id: "2026-10".into(),
//!     date: jiff::Timestamp::UNIX_EPOCH,
//!     attachments: vec![Attachment::new("manifest.jsonl", "application/json", b"{}".to_vec())],
//! };
//! assert_eq!(letter.message_id(), "<2026-10@contoso.com>");
//! # Ok(())
//! # }
//! # example().unwrap();
//! ```

mod graph;
mod letter;
mod smtp;

pub use graph::GraphMail;
pub use letter::{Address, Attachment, Letter, encoded};
pub use smtp::{Login, Secret, Security, Smtp};

/// A letter that was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// It is no address of a mailbox.
    #[error("'{text}' is no mail address")]
    Address {
        /// What it is.
        text: String,
        /// Why not.
        source: lettre::address::AddressError,
    },
    /// The letter cannot be written as a message.
    #[error("could not write the mail")]
    Message(#[source] lettre::error::Error),
    /// The certificate authority that the server is to be known by is none.
    #[error("could not trust the certificate authority for the mail server {server}")]
    Authority {
        /// Of which server.
        server: String,
        /// Why not.
        source: lettre::transport::smtp::Error,
    },
    /// The server has not taken the letter. Nothing was sent to it in the clear.
    #[error("the mail server {server} did not take the mail")]
    Refused {
        /// Which.
        server: String,
        /// The server's code, if it answered.
        code: Option<u16>,
        /// What it said, or why there was no answer.
        source: lettre::transport::smtp::Error,
    },
    /// No connection, or none over TLS with a certificate that is trusted.
    #[error("could not talk to the mail server {server} over TLS")]
    Unreachable {
        /// Which.
        server: String,
        /// Why not.
        source: lettre::transport::smtp::Error,
    },
    /// Graph could not be asked.
    #[error("could not send the mail through Microsoft Graph")]
    Graph(#[source] exoctl_http::TransportError),
    /// Graph has not taken the letter.
    #[error("Microsoft Graph did not take the mail from {from}: {status} {code}: {message}")]
    GraphRefused {
        /// In whose name it was.
        from: String,
        /// The HTTP status.
        status: u16,
        /// Graph's own code, `ErrorAccessDenied` for example.
        code: String,
        /// What it says.
        message: String,
    },
}
