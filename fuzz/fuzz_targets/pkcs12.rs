//! A PKCS#12 file from anywhere: read or refused, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let password = "Passw0rd!".into();
    let _ = exoctl_certificate::pkcs12::read(bytes, Some(&password));
});
