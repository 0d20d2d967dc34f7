//! Setup against a scripted Graph: which requests are sent, in which order, with which bodies. What is
//! expected comes from Graph's reference, not from the code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod apply;
mod audit;
mod emit;
mod plan;
mod script;
