//! A managed identity on the loopback: programs that speak Azure's managed identity get tokens of a
//! credential that they never see.
//!
//! An [`Endpoint`] answers in App Service's protocol and, if wanted, in that of the Instance
//! Metadata Service. A [`Door`] decides who gets what: only over the loopback, only under its own
//! name, only with its secret, and only for the resources that are allowed.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use exoctl_broker::{AllowedResources, Endpoint, EndpointOptions};
//! use exoctl_identity::TokenCredential;
//! use exoctl_model::{Cloud, SystemClock};
//! use secrecy::ExposeSecret;
//!
//! # async fn example(credential: Arc<dyn TokenCredential>) -> std::io::Result<()> {
//! let cloud = Cloud::default();
//! let options = EndpointOptions {
//!     credential,
//!     client: None,
//!     allowed: AllowedResources::of_exchange(&cloud),
//!     imds: false,
//!     clock: Arc::new(SystemClock),
//! };
//! let endpoint = Endpoint::open(options).await?;
//! let mut child = std::process::Command::new("python3")
//!     .arg("report.py")
//!     .env("IDENTITY_ENDPOINT", endpoint.url())
//!     .env("IDENTITY_HEADER", endpoint.header().expose_secret())
//!     .spawn()?;
//! child.wait()?;
//! endpoint.close().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod door;
mod endpoint;
mod random;
mod resource;

pub use door::{Door, Protocol, Refusal, Wanted};
pub use endpoint::{Endpoint, EndpointOptions};
pub use resource::{AllowedResources, InvalidResource, Resource};
