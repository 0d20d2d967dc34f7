//! A simulated Microsoft 365 tenant on the loopback: Entra's sign-in, Microsoft Graph's directory and
//! the Exchange Online admin API, over HTTPS with an own certificate authority.
//!
//! It shares no code with exoctl's client crates and verifies with other crates, so that a mistake
//! made on one side is not repeated on the other. What it does and how we know that the real
//! service does the same is listed row by row in `docs/simulated-tenant.md`.
//!
//! ```no_run
//! use exoctl_sim::{DirectoryRole, Registration, SimConfig, SimulatedTenant};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let tenant = SimulatedTenant::start(SimConfig::new("/tmp/tenant")).await?;
//! println!("authority: {}/{}", tenant.ready().url, tenant.ready().organization);
//!
//! let certificate = std::fs::read("exo.cer")?;
//! let application = tenant.register(
//!     Registration::new(certificate).with_role(DirectoryRole::ExchangeAdministrator),
//! )?;
//! println!("client id: {}", application.app_id);
//!
//! tenant.shutdown().await;
//! # Ok(())
//! # }
//! ```

pub mod activity;
mod administrator;
pub mod audit;
mod call;
mod clock;
mod config;
mod control;
mod data;
mod directory;
mod entra;
mod error;
mod exchange;
mod fault;
mod graph;
mod refusal;
mod registration;
mod request_log;
mod role;
mod server;
mod simulated_tenant;
mod state_directory;
mod tenant;

pub use administrator::{AdminTokenError, AdminTokenRequest, Administrator, SignInRefusal};
pub use clock::SimClock;
pub use config::SimConfig;
pub use control::ControlClient;
pub use error::SimError;
pub use fault::{FaultSpec, FaultSpecError};
pub use graph::SentMail;
pub use registration::{Registered, Registration, RegistrationError};
pub use request_log::LoggedRequest;
pub use role::{DirectoryRole, UnknownRole};
pub use simulated_tenant::{Ready, SimulatedTenant, register};
