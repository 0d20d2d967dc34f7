//! Binding, against the recorded errors.
