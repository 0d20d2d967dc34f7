//! Microsoft Graph: what setting up an application writes, and what a token is issued from.

mod applications;
mod batch;
mod consent;
mod credentials;
mod desk;
mod permissions;
mod policies;
mod proofs;
mod replication;
