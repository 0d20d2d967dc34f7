//! Tests of the crate's public face: assertions judged by another library, tokens against a
//! scripted authority, caches through crashes.

mod assertion;
mod authority;
mod cached;
mod certificate_credential;
mod discovery;
mod disk_cache;
