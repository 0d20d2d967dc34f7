//! The same desired state for those who bring it about otherwise: in the portal, by its manifest editor, or
//! as code. Pure; nothing is changed.

mod guide;
mod terraform;

pub use guide::guide;
pub use terraform::terraform;

use serde_json::json;

use crate::graph::RequiredResourceAccess;
use crate::observed::Observed;
use crate::well_known::EXCHANGE_ONLINE;

/// The `requiredResourceAccess` for the portal's manifest editor, as indented JSON.
pub fn manifest(observed: &Observed) -> String {
    let access = [RequiredResourceAccess::role(EXCHANGE_ONLINE, observed.exchange.manage_as_app)];
    format!("{:#}", json!({ "requiredResourceAccess": access }))
}
