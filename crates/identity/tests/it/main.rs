//! Tests of the crate's public face: assertions judged by another library, tokens against a
//! scripted authority, caches through crashes.

#![expect(clippy::unwrap_used, reason = "a test whose scenery falls over has failed")]

mod assertion;
mod authority;
mod cached;
mod certificate_credential;
mod discovery;
mod disk_cache;
