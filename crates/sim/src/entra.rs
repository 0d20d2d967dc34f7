//! Entra: discovery, token endpoint and the keys that sign access tokens.

mod assertion;
mod discovery;
mod error;
mod key_credential;
mod resource;
mod scope;
mod token;
mod token_key;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use key_credential::KeyCredential;
pub(crate) use resource::{MANAGE_AS_APP, RESOURCES, is_audience_of};
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
        .route("/{tenant}/oauth2/v2.0/token", post(token::version_2))
        .route("/{tenant}/oauth2/token", post(token::version_1))
        .with_state(tenant)
}
