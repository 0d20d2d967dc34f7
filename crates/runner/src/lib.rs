//! The scheduler and its workers.
