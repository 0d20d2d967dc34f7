//! Nothing that is printed for debugging shows a key or a password.

mod samples;

use std::fmt::Debug;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exoctl_certificate::{
    CertificateStore, CertifiedKey, MemoryStore, NewCertificate, load_key_file, read_key_file,
};
use secrecy::SecretString;

#[test]
fn debug_output_has_no_key_bytes() {
    let sample = samples::pfx_named("01-openssl3-default.pfx");
    let key = load_key_file(&sample.bytes, sample.password.as_ref(), None).unwrap();
    let contents = read_key_file(&sample.bytes, sample.password.as_ref()).unwrap();
    let store = MemoryStore::new();
    store.insert(&key).unwrap();
    let request = NewCertificate::new("CN=a".parse().unwrap()).request().unwrap();
    let things: [&dyn Debug; 6] = [&key, key.key(), &contents, &store, &request, &store.list()];
    for thing in things {
        for text in [format!("{thing:?}"), format!("{thing:#?}")] {
            assert_no_key(&text, &key);
            assert_no_bytes(&text, request.key().to_pkcs1());
            assert!(!text.contains("Passw0rd!"), "{text}");
        }
    }
    assert_eq!(format!("{:?}", key.key()), "PrivateKey(RSA 2048, [redacted])");
}

#[test]
fn errors_have_no_password() {
    let password = SecretString::from("not-the-Passw0rd!");
    for sample in samples::pfx() {
        if let Err(error) = load_key_file(&sample.bytes, Some(&password), None) {
            let text = format!("{error} {error:?}");
            assert!(!text.contains("Passw0rd"), "{text}");
        }
    }
}

fn assert_no_key(text: &str, key: &CertifiedKey) {
    assert_no_bytes(text, key.key().to_pkcs1());
}

/// Looks for the private numbers, which come after the public ones, in every usual notation.
fn assert_no_bytes(text: &str, pkcs1: &[u8]) {
    let secret = &pkcs1[300..];
    for window in secret.chunks_exact(12) {
        let upper = window.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
        let list = window.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let lines = window.iter().map(u8::to_string).collect::<Vec<_>>().join(",\n");
        let base64 = STANDARD.encode(window);
        let compact: String = text.split_whitespace().collect::<Vec<_>>().join("\n");
        for pattern in [&upper, &upper.to_lowercase(), &list, &base64] {
            assert!(!text.contains(pattern.as_str()), "a key in {text}");
        }
        assert!(!compact.contains(&lines), "a key in {text}");
    }
}
