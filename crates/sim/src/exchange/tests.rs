//! The admin API against what is recorded of the real one.

mod batch;
mod desk;
mod door;
mod entity;
mod module;
mod paging;
mod wire;
mod write;
