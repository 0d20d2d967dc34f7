//! Being told: what a notification says and where it goes.
