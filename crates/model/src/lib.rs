//! The nouns that every crate of exoctl needs: tenants, organizations, clouds and the clock.
//!
//! No I/O and no async code lives here. A value of one of these types has been parsed once
//! and is right from then on.
//!
//! ```
//! use exoctl_model::{Cloud, EnvironmentName, TenantReference};
//!
//! let cloud = Cloud::named("O365Default".parse::<EnvironmentName>()?);
//! let tenant: TenantReference = "contoso.onmicrosoft.com".parse()?;
//! assert_eq!(cloud.exchange_scope(), "https://outlook.office365.com/.default");
//! assert_eq!(tenant.to_string(), "contoso.onmicrosoft.com");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod cloud;
mod environment;
mod tenant;

pub use clock::{Clock, ManualClock, SystemClock};
pub use cloud::{Cloud, EnvironmentName, UnknownEnvironmentName};
pub use environment::EnvironmentError;
pub use tenant::{ClientId, InvalidTenant, ObjectId, Organization, TenantId, TenantReference};
