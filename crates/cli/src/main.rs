//! exoctl.
fn main() {}
