//! Any Exchange Online cmdlet over the admin REST API.

pub mod parameters;

pub use parameters::{ParameterValue, Parameters};
