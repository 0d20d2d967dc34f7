//! Damaged files give errors and never a panic, and never keep us busy for long.

mod samples;

use exoctl_certificate::{Certificate, load_key_file, pkcs7, read_key_file};

/// How often every file is damaged. Files with many iterations take their time.
const ROUNDS: usize = 60;

#[test]
fn damaged_pkcs12_files_never_panic() {
    let mut random = fastrand::Rng::with_seed(20_261_121);
    for sample in samples::pfx().iter().filter(|sample| !is_slow(&sample.file)) {
        for _ in 0..ROUNDS {
            let damaged = damage(&sample.bytes, &mut random);
            let _ = load_key_file(&damaged, sample.password.as_ref(), None);
        }
    }
}

#[test]
fn damaged_pem_and_der_files_never_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    let password = samples::password_of_pem();
    for file in [
        "pkcs8.der",
        "self.cer",
        "bundle-bag-attributes.pem",
        "enc-pkcs8-openssl3-default.pem",
        "ca-reply.p7b",
    ] {
        let bytes = samples::pem(file);
        for _ in 0..10 * ROUNDS {
            let damaged = damage(&bytes, &mut random);
            let _ = read_key_file(&damaged, Some(&password));
            let _ = pkcs7::read(&damaged);
            let _ = Certificate::from_der(damaged);
        }
    }
}

fn is_slow(file: &str) -> bool {
    ["23-openssl-iter1M", "50-gnutls-default", "60-nss-pk12util"]
        .iter()
        .any(|name| file.starts_with(name))
}

/// Bits flipped, bytes cut out, bytes put in, the end cut off.
fn damage(bytes: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..random.usize(1..4) {
        let place = random.usize(0..damaged.len().max(1));
        match random.u8(0..5) {
            0 | 1 if place < damaged.len() => damaged[place] ^= 1 << random.u8(0..8),
            // The outer structure is in the first bytes.
            2 if damaged.len() > 64 => damaged[random.usize(0..64)] = random.u8(..),
            3 => damaged.truncate(place),
            _ => damaged.insert(place.min(damaged.len()), random.u8(..)),
        }
    }
    damaged
}
