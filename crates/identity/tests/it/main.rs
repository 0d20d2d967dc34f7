//! Tests of the crate's public face: assertions judged by another library, tokens against a
//! scripted authority, caches through crashes.

#![expect(clippy::unwrap_used, reason = "a test whose scenery falls over has failed")]

mod assertion;
mod authority;
mod azure_cli;
mod browser;
mod cached;
mod certificate_credential;
mod device_code;
mod discovery;
mod disk_cache;
mod signed_in;
