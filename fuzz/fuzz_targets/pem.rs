//! A key file in any textual or DER form: read or refused, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let password = "Passw0rd!".into();
    let _ = exoctl_certificate::load_key_file(bytes, Some(&password), None);
    let _ = exoctl_certificate::pem::read(bytes, None);
});
