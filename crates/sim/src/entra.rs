//! Entra: discovery, token endpoint, the way in for people, and the keys that sign access tokens.

mod assertion;
mod authorize;
mod client;
mod client_credentials;
mod device_code;
mod discovery;
mod error;
mod grant;
mod key_credential;
mod person_token;
mod resource;
mod scope;
mod sign_in;
mod token;
mod token_key;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use assertion::verify_proof;
pub(crate) use error::has_words_for;
pub(crate) use key_credential::{KeyCredential, hex};
pub(crate) use person_token::admin_token;
pub(crate) use resource::{
    ACTIVITY_FEED_READ, EXCHANGE, GRAPH, MANAGE_AS_APP, MANAGEMENT, Permission, RESOURCES,
    Resource, is_audience_of,
};
pub(crate) use sign_in::SignIns;
pub(crate) use token_key::TokenKey;

use crate::tenant::Tenant;

/// The routes of discovery and the token endpoint. Paths arrive in lower case.
pub(crate) fn router(tenant: Arc<Tenant>) -> Router {
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::version_2))
        .route("/{tenant}/.well-known/openid-configuration", get(discovery::version_1))
        .route("/{tenant}/discovery/instance", get(discovery::instance))
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys))
        .route("/{tenant}/discovery/keys", get(discovery::keys))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code::start))
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::answer_browser))
        .route("/{tenant}/oauth2/v2.0/token", post(token::version_2))
        .route("/{tenant}/oauth2/token", post(token::version_1))
        .with_state(tenant)
}
