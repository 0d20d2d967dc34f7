//! From nothing to an application that may run Exchange cmdlets with nobody watching, and back.
//!
//! What a tenant has is [`Observed`], what is wanted is [`Desired`]; [`plan()`] makes a [`Plan`] of
//! the two, without I/O, [`apply`] carries it out and [`verify`] looks whether it works. [`removal`]
//! is the plan the other way. All goes through Microsoft Graph, as the administrator who is signed in;
//! nothing is kept here between two runs.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use exoctl_http::{HttpOptions, HttpTransport};
//! use exoctl_identity::StaticToken;
//! use exoctl_model::{Clock, Cloud, SystemClock};
//! use exoctl_setup::{
//!     Access, Desired, Graph, Observed, PublicCertificate, WantedApplication, WantedCertificate,
//! };
//!
//! # async fn example(certificate: exoctl_certificate::Certificate) -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Arc::new(SystemClock);
//! let administrator = Arc::new(StaticToken::new("eyJ…".into(), clock.clone()));
//! let transport = Arc::new(HttpTransport::new(&HttpOptions::default())?);
//! let graph = Graph::new(&Cloud::default(), administrator, transport, clock.clone());
//!
//! let application = WantedApplication::own("EXO Reporting");
//! let observed = Observed::read(&graph, &application).await?;
//! let desired = Desired {
//!     tenant: observed.tenant,
//!     organization: observed.organization.clone(),
//!     application,
//!     certificate: WantedCertificate::Existing { certificate: PublicCertificate(certificate) },
//!     access: Access::roles(["Global Reader"])?,
//! };
//! let plan = exoctl_setup::plan(&desired, &observed, clock.now())?;
//! println!("{plan}");
//! # Ok(())
//! # }
//! ```

mod apply;
mod audit;
mod cover;
mod desired;
mod diff;
pub mod emit;
mod error;
mod goal;
pub mod graph;
mod observed;
mod parts;
mod plan;
mod removal;
mod role_group;
pub mod rotation;
mod verify;
mod wait;
pub mod well_known;

pub use apply::{Applied, apply};
pub use audit::{Finding, audit};
pub use desired::{
    Access, Desired, PublicCertificate, UnknownRole, WantedApplication, WantedCertificate,
};
pub use diff::{check_registrar, plan};
pub use error::SetupError;
pub use goal::{Goal, Unwanted};
pub use graph::{Graph, GraphError, GraphRefusal};
pub use observed::{Observed, Resource};
pub use parts::{Footprint, Parts};
pub use plan::{Action, Administrator, Change, Plan, Step};
pub use removal::removal;
pub use role_group::{ManagementRole, ObservedRoleGroup, RoleGroup};
pub use verify::{Expectation, Verified, probe, verify};
pub use wait::{Patience, Reporter};
