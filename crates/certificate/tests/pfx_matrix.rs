//! Every PKCS#12 file of the collection is read or refused as its list says, and
//! `docs/pfx-matrix.md` shows the outcome.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod samples;

use std::fmt::Write as _;
use std::path::Path;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
};
use exoctl_certificate::{
    CertifiedKey, Fault, KeyError, KeyFileError, Signer, SigningAlgorithm, load_key_file,
};
use samples::Sample;
use secrecy::SecretString;

/// What is to become of a file: the list's word, and two ciphers that nobody needs any more.
fn expected_refusal(sample: &Sample) -> Option<Fault> {
    match (sample.expect.as_str(), sample.file.as_str()) {
        (_, "19-openssl-rc4-128.pfx" | "26-openssl-camellia.pfx") | ("ec", _) => {
            Some(Fault::Algorithm)
        }
        ("nokey", _) => Some(Fault::Content),
        _ => None,
    }
}

#[test]
fn every_file_is_read_or_refused_as_listed() {
    let samples = samples::pfx();
    assert_eq!(samples.len(), 34);
    for sample in samples {
        let outcome = load_key_file(&sample.bytes, sample.password.as_ref(), None);
        match (expected_refusal(&sample), outcome) {
            (None, Ok(key)) => {
                assert_eq!(key.thumbprint().to_string(), sample.sha1, "{}", sample.file);
                let sha256 = key.certificate().sha256_thumbprint().to_string();
                assert_eq!(sha256, sample.sha256, "{}", sample.file);
                assert_signs(&key, &sample.file);
            }
            (Some(fault), Err(error)) => assert_eq!(error.fault(), fault, "{}", sample.file),
            (expected, outcome) => panic!("{}: {expected:?}, {outcome:?}", sample.file),
        }
    }
}

#[test]
fn chains_and_names_come_along() {
    for sample in samples::pfx() {
        let chain = match sample.expect.as_str() {
            "leaf" => vec!["CN=Spike Issuing CA", "CN=Spike Root CA"],
            _ => vec![],
        };
        let Ok(key) = load_key_file(&sample.bytes, sample.password.as_ref(), None) else {
            continue;
        };
        let subjects: Vec<_> =
            key.chain().iter().map(exoctl_certificate::Certificate::subject).collect();
        assert_eq!(subjects, chain, "{}", sample.file);
        let name = match sample.file.as_str() {
            "15-openssl-utf8-friendlyname.pfx" => Some("Zertifikat für Prüfung ✓"),
            "01-openssl3-default.pfx" | "04-win-aes256-sha256-emul.pfx" => Some("spike"),
            "60-nss-pk12util.pfx" => Some("leafname"),
            _ => continue,
        };
        assert_eq!(key.friendly_name(), name, "{}", sample.file);
    }
}

/// A file with the MAC of RFC 9879, made from the first sample with Python's `hashlib` and `hmac`
/// and read by Python's `cryptography`: PBKDF2 with HMAC-SHA-256, and HMAC-SHA-512.
#[test]
fn a_mac_of_the_new_kind_is_verified() {
    let sample = samples::pfx_named("01-openssl3-default.pfx");
    let bytes = samples::fixture("pbmac1.pfx");
    let key = load_key_file(&bytes, sample.password.as_ref(), None).unwrap();
    assert_eq!(key.thumbprint().to_string(), sample.sha1);
    let wrong = load_key_file(&bytes, Some(&SecretString::from("wrong")), None).unwrap_err();
    assert!(matches!(wrong, KeyFileError::WrongPassword), "{wrong:?}");
}

#[test]
fn a_wrong_password_is_called_that() {
    // No MAC and nothing encrypted: every password opens them.
    let open = ["07-openssl-none-nomac.pfx", "41-pycrypto-noenc.pfx", "72-node-forge-nopw.pfx"];
    for sample in samples::pfx().iter().filter(|sample| !open.contains(&sample.file.as_str())) {
        let wrong = SecretString::from("not the password");
        let error = load_key_file(&sample.bytes, Some(&wrong), None).unwrap_err();
        assert!(matches!(error, KeyFileError::WrongPassword), "{}: {error:?}", sample.file);
        if sample.password.is_some() && !sample.is_password_empty() {
            let error = load_key_file(&sample.bytes, None, None).unwrap_err();
            assert!(matches!(error, KeyFileError::PasswordRequired), "{}: {error:?}", sample.file);
        }
    }
}

#[test]
fn refusals_say_why() {
    for (file, expected) in [
        (
            "19-openssl-rc4-128.pfx",
            "the file uses RC4 with 128 bits, which is obsolete and not read; export the file again with AES-256 or triple DES",
        ),
        (
            "26-openssl-camellia.pfx",
            "the file uses Camellia, which is obsolete and not read; export the file again with AES-256 or triple DES",
        ),
        (
            "24-openssl-ec-key.pfx",
            "use the private key in the file: the private key is EC and not RSA, so Entra takes no assertion signed with it",
        ),
        (
            "11-openssl-cert-only.pfx",
            "the file has no private key, only one certificate; export it again together with its private key",
        ),
    ] {
        assert_eq!(refusal(&samples::pfx_named(file)), expected);
    }
}

#[test]
fn a_truncated_file_is_malformed() {
    let sample = samples::pfx_named("01-openssl3-default.pfx");
    for length in [5, 100, sample.bytes.len() / 2, sample.bytes.len() - 1] {
        let error = load_key_file(&sample.bytes[..length], sample.password.as_ref(), None);
        assert!(matches!(error, Err(KeyFileError::Malformed { .. })), "{length}: {error:?}");
    }
}

/// `docs/pfx-matrix.md` is the outcome of this test; with `UPDATE_DOCS=1` it is written anew.
#[test]
fn the_document_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pfx-matrix.md");
    let table = document();
    #[expect(clippy::disallowed_methods, reason = "a switch for developers, not for users")]
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == table,
        "docs/pfx-matrix.md is out of date; run this test with UPDATE_DOCS=1"
    );
}

fn document() -> String {
    let mut text = String::from(HEADER);
    for sample in samples::pfx() {
        let (result, detail) = match load_key_file(&sample.bytes, sample.password.as_ref(), None) {
            Ok(key) => ("read", format!("`{}`", key.thumbprint())),
            Err(_) => ("**refused**", refusal(&sample)),
        };
        let Sample { file, note, .. } = &sample;
        let (maker, password) = (maker(file), sample.password_kind());
        writeln!(text, "| {file} | {maker} | {password} | {note} | {result} | {detail} |").unwrap();
    }
    text
}

const HEADER: &str = "\
# PKCS#12 files that are read and refused

This table is checked by `cargo test -p exoctl-certificate --test pfx_matrix`, and written anew by
the same command with `UPDATE_DOCS=1` before it. Every key that is read has also signed, with RS256
and PS256, and its certificate has verified the signature. The thumbprints are those that the
makers of the files noted down, not ours.

A file is refused if Entra could not use what is in it, or if it is encrypted with RC4 or Camellia.
\"None\" in the password column means that not even an empty password was given; programs disagree
about the difference, and both are tried.

| file | made by | password | special | result | thumbprint or reason |
|---|---|---|---|---|---|
";

fn maker(file: &str) -> &'static str {
    [
        ("win-", "OpenSSL 3.0, in the shape of a Windows export"),
        ("openssl", "OpenSSL 3.0"),
        ("keytool17", "Java keytool 17"),
        ("keytool25", "Java keytool 25"),
        ("keytool", "Java keytool 17"),
        ("pycrypto", "Python cryptography 50"),
        ("gnutls", "GnuTLS certtool 3.7"),
        ("nss", "NSS pk12util (Firefox)"),
        ("node-forge", "node-forge"),
        ("dotnet9", ".NET 9"),
        ("bouncycastle", "BouncyCastle 1.72"),
    ]
    .into_iter()
    .find(|(part, _)| file.contains(part))
    .map_or("unknown", |(_, maker)| maker)
}

fn refusal(sample: &Sample) -> String {
    let error = load_key_file(&sample.bytes, sample.password.as_ref(), None).unwrap_err();
    match &error {
        KeyFileError::Key(reason @ KeyError::NotRsa { .. }) => format!("{error}: {reason}"),
        _ => error.to_string(),
    }
}

fn assert_signs(key: &CertifiedKey, file: &str) {
    let public = key.certificate().rsa_public_key().unwrap();
    let message = b"what an assertion signs";
    for algorithm in key.algorithms() {
        let signature = key.sign(*algorithm, message).unwrap();
        let verified = match algorithm {
            SigningAlgorithm::Ps256 => UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, public)
                .verify(message, &signature),
            _ => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
                .verify(message, &signature),
        };
        assert!(verified.is_ok(), "{file} {algorithm}");
    }
}
