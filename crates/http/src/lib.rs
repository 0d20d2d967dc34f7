//! HTTP as every API that exoctl calls needs it: one transport, retry as a verdict, a governor.
//!
//! A request is a value, an answer is a value, and what goes between them is a [`Transport`].
//! [`HttpTransport`] is the real one; [`Traced`] logs what it may log. [`Retrying`] repeats a
//! request as a [`Classify`] says, never a write that may have been carried out, and a
//! [`Governor`] shared by all calls to one tenant keeps them under the service's limits.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use exoctl_http::{
//!     Effect, Governor, GovernorOptions, HttpOptions, HttpTransport, RetryPolicy, Retrying,
//!     StandardClassify, Traced,
//! };
//! use exoctl_model::SystemClock;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let transport = Traced::new(HttpTransport::new(&HttpOptions::default())?);
//! let retrying = Retrying::new(RetryPolicy::default(), Arc::new(SystemClock))
//!     .governed(Governor::new(GovernorOptions::default()));
//! let request = http::Request::get("https://outlook.office365.com/").body(Default::default())?;
//! let attempted = retrying.send(&transport, &StandardClassify, Effect::Read, &request).await;
//! println!("{} after {} attempts", attempted.outcome?.status(), attempted.attempts);
//! # Ok(())
//! # }
//! ```

mod body;
mod classify;
mod client;
mod error;
mod governor;
mod pace;
mod presented;
mod proxy;
mod retry;
pub mod retry_after;
mod spare;
mod trace;
mod transport;

pub use classify::{Calls, Classify, RetryReason, StandardClassify, ThrottledCalls, Verdict};
pub use client::{HttpOptions, HttpTransport, RequestTimeout, Timeouts};
pub use error::{Reached, TransportError};
pub use futures_util::future::BoxFuture;
pub use governor::{Governor, GovernorOptions, GovernorState, Permit, Rate};
pub use presented::presented_certificates;
pub use proxy::proxy_for;
pub use retry::{
    Attempt, Attempted, Effect, FixedRandom, GaveUp, Random, RetryPolicy, Retrying, SystemRandom,
};
pub use trace::Traced;
pub use transport::{Request, Response, Transport};
