//! The few reads of Microsoft Graph that clients of Exchange make, and the one of Azure Resource
//! Manager that `az login` makes.

use std::sync::Arc;

use axum::Router;

use crate::tenant::Tenant;

/// The routes of Graph. Paths arrive in lower case.
pub(crate) fn router(_tenant: Arc<Tenant>) -> Router {
    Router::new()
}
