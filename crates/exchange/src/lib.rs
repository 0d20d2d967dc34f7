//! Any cmdlet of Exchange Online and of Security & Compliance over the admin REST API.
//!
//! A [`Connection`] knows the tenant, the credential and the transport; an [`Invocation`] is a
//! cmdlet and its parameters; [`Records`] is what comes of it, a stream that is whole or ends
//! with an error.
//!
//! ```no_run
//! # use std::sync::Arc;
//! # use exoctl_identity::{AssertionOptions, Authority, CachedCredential, CertificateCredential};
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use exoctl_certificate::load_key_file;
//! use exoctl_exchange::{Connection, Invocation};
//! use exoctl_http::{HttpOptions, HttpTransport};
//! use exoctl_model::{Cloud, Organization, SystemClock, TenantReference};
//!
//! let (cloud, clock) = (Cloud::default(), Arc::new(SystemClock));
//! let transport = Arc::new(HttpTransport::new(&HttpOptions::default())?);
//! let key = load_key_file(&std::fs::read("reporting.pfx")?, Some(&"secret".into()), None)?;
//! let organization: Organization = "contoso.onmicrosoft.com".parse()?;
//! let authority = Authority::new(&cloud, TenantReference::Domain(organization.clone()));
//! let app = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse()?;
//! let options = AssertionOptions::default();
//! let credential = CertificateCredential::new(
//!     authority, app, Arc::new(key), transport.clone(), clock.clone(), options,
//! );
//! let credential = Arc::new(CachedCredential::new(Arc::new(credential), clock));
//! let connection = Connection::builder(cloud, organization, credential, transport).build();
//! let mut mailboxes = connection.invoke(Invocation::new("Get-Mailbox".parse()?).unlimited());
//! while let Some(mailbox) = mailboxes.next().await {
//!     println!("{}", mailbox?.text("PrimarySmtpAddress").unwrap_or_default());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What goes over the wire is made by pure functions (`request`, `encoding`, `batch`, `entity`)
//! and read by pure functions (`page`, `record`, `cmdlet_error`, `classify`, `paging`); only
//! `dispatch` sends.

mod ahead;
mod anchor;
mod batch;
mod batch_answer;
mod binding;
mod bulk;
mod catalogue;
mod classify;
mod cmdlet;
mod cmdlet_error;
mod connection;
mod cookies;
mod dispatch;
mod encoding;
mod entity;
mod entity_set;
mod error;
mod home;
mod invocation;
mod invoke;
mod module_file;
mod page;
mod paging;
pub mod parameters;
pub mod powershell;
mod proxy;
mod reader;
mod record;
mod records;
mod request;
mod secrets;
mod trace;

pub use bulk::{BulkOptions, BulkOutcome};
pub use catalogue::{Catalogue, Cmdlet, ConfirmImpact, Membership, Parameter, ValueType};
pub use cmdlet::{CmdletName, InvalidCmdletName};
pub use cmdlet_error::CmdletError;
pub use connection::{Connection, ConnectionBuilder};
pub use encoding::EncodingError;
pub use error::{ErrorKind, IncompleteReason, InvokeError};
pub use invocation::{InvalidResultSize, Invocation, ResultSize};
pub use invoke::Asked;
pub use module_file::ModuleFile;
pub use page::Page;
pub use parameters::{ParameterValue, Parameters};
pub use record::{Field, Kind, Record};
pub use records::{Notice, Records};
pub use secrets::{PublicKey, SecretError};
pub use trace::Trace;
