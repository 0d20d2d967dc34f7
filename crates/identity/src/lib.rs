//! Who we are to the authority: client assertions, access tokens and their caches.
//!
//! A [`TokenCredential`] gives an [`AccessToken`] for a [`Scope`]. [`CertificateCredential`]
//! gets one with an assertion that the certificate's key signs; [`CachedCredential`] keeps it, in
//! memory and on disk, and renews it once however many ask.
//!
//! A human signs in through a [`PublicClient`], by [`BrowserFlow`] or [`DeviceCodeFlow`], and is a
//! [`SignedIn`] credential from then on, in memory only.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use exoctl_certificate::{CertificateStore, MemoryStore};
//! use exoctl_http::{HttpOptions, HttpTransport};
//! use exoctl_identity::{
//!     AssertionOptions, Authority, CachedCredential, CertificateCredential, Scope,
//!     TokenCredential, TokenRequest, check_for_exchange,
//! };
//! use exoctl_model::{Cloud, SystemClock};
//!
//! # async fn example(store: MemoryStore) -> Result<(), Box<dyn std::error::Error>> {
//! let cloud = Cloud::default();
//! let clock = Arc::new(SystemClock);
//! let key = store.load(&"3D05D7A1F8C9BC4A9B0E0B0C0D0E0F1011121314".parse()?)?;
//! let credential = CachedCredential::new(
//!     Arc::new(CertificateCredential::new(
//!         Authority::new(&cloud, "contoso.onmicrosoft.com".parse()?),
//!         "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse()?,
//!         Arc::new(key),
//!         Arc::new(HttpTransport::new(&HttpOptions::default())?),
//!         clock.clone(),
//!         AssertionOptions::default(),
//!     )),
//!     clock,
//! );
//! let token = credential.token(&TokenRequest::new(Scope::exchange(&cloud))).await?;
//! if let Some(claims) = token.claims() {
//!     let now = jiff::Timestamp::UNIX_EPOCH;
//!     let findings = check_for_exchange(claims, &cloud.exchange_resource, None, now);
//!     assert!(findings.is_empty(), "{findings:?}");
//! }
//! # Ok(())
//! # }
//! ```

mod access_token;
mod assertion;
mod authority;
mod azure_cli;
mod browser;
mod cached;
mod certificate_credential;
mod claims;
mod credential;
mod delegated;
mod device_code;
mod directory_role;
mod discovery;
mod disk_cache;
mod entra_error;
mod loopback;
mod pkce;
mod proof;
mod public_client;
mod scope;
mod sign_in_error;
mod signed_in;
mod token_endpoint;

pub use access_token::{AccessToken, Fingerprint};
pub use assertion::{
    AssertionClaims, AssertionError, AssertionOptions, AssertionSource, SignedAssertion,
    sign_assertion,
};
pub use authority::Authority;
pub use azure_cli::{AzureCli, AzureCliError};
pub use browser::BrowserFlow;
pub use cached::CachedCredential;
pub use certificate_credential::{CertificateCredential, ClientAssertionCredential};
pub use claims::{ClaimFinding, EXCHANGE_APP_ROLE, TokenClaims, check_for_exchange};
pub use credential::{
    CredentialError, CredentialErrorKind, StaticToken, TokenCredential, TokenRequest,
};
pub use delegated::DelegatedScopes;
pub use device_code::{DeviceCodeFlow, DeviceCodePrompt};
pub use directory_role::{DIRECTORY_ROLES, DirectoryRole, NO_DIRECTORY_ROLE, RoleScope};
pub use discovery::{CLOCK_SKEW_LIMIT, DiscoveryError, TenantDiscovery, discover};
pub use disk_cache::{CacheIdentity, DiskTokenCache, DiskTokenCacheError};
pub use entra_error::EntraError;
pub use proof::sign_proof;
pub use public_client::{EXCHANGE_POWERSHELL, GRAPH_COMMAND_LINE_TOOLS, PublicClient};
pub use scope::{InvalidScope, Scope};
pub use sign_in_error::HumanSignInError;
pub use signed_in::{Account, SignedIn};
