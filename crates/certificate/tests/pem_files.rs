//! Every PEM and DER file of the collection is read.

mod samples;

use exoctl_certificate::{
    Fault, KeyFileError, Thumbprint, load_key_file, pem, pkcs7, read_key_file,
};
use secrecy::SecretString;

/// From the list of the collection.
const SELF: &str = "70BFCBF03E356D890B9E576632141A15E301BB53";
const LEAF: &str = "702727938EAD27BB22347C8C1D8CB5BC83839F02";

const KEYS: [&str; 13] = [
    "enc-pkcs8-aes256-hmacsha1.pem",
    "enc-pkcs8-des3.pem",
    "enc-pkcs8-gnutls-aes256.pem",
    "enc-pkcs8-openssl3-default.pem",
    "enc-pkcs8-pbe-md5-des.pem",
    "enc-pkcs8-scrypt.pem",
    "trad-proctype-des3.pem",
    "pkcs1.pem",
    "pkcs8.der",
    "pkcs8.pem",
    "pkcs8-crlf.pem",
    "cert-then-key.pem",
    "bundle-bag-attributes.pem",
];

#[test]
fn every_private_key_is_read_and_belongs_to_a_known_certificate() {
    let password = samples::password_of_pem();
    for file in KEYS {
        let mut contents = read_key_file(&samples::pem(file), Some(&password))
            .unwrap_or_else(|error| panic!("{file}: {error:?}"));
        let expected = if file == "bundle-bag-attributes.pem" { LEAF } else { SELF };
        contents.merge(read_key_file(&samples::pem("self.cer"), None).unwrap());
        let key = contents.certified_key(None).unwrap_or_else(|error| panic!("{file}: {error:?}"));
        assert_eq!(key.thumbprint().to_string(), expected, "{file}");
    }
}

#[test]
fn every_certificate_is_read() {
    for file in ["self.cer", "self.crt.pem", "cert-then-key.pem"] {
        let contents = read_key_file(&samples::pem(file), None).unwrap();
        let thumbprints: Vec<String> =
            contents.certificates().map(|found| found.thumbprint().to_string()).collect();
        assert_eq!(thumbprints, [SELF], "{file}");
    }
}

#[test]
fn a_wrong_password_is_called_that() {
    let wrong = SecretString::from("not the password");
    for file in
        KEYS.into_iter().filter(|file| file.starts_with("enc-") || file.starts_with("trad-"))
    {
        if file == "enc-pkcs8-gnutls-aes256.pem" {
            continue; // certtool wrote it without encryption, its name notwithstanding
        }
        let bytes = samples::pem(file);
        let error = read_key_file(&bytes, Some(&wrong)).unwrap_err();
        assert!(matches!(error, KeyFileError::WrongPassword), "{file}: {error:?}");
        let error = read_key_file(&bytes, None).unwrap_err();
        assert!(matches!(error, KeyFileError::PasswordRequired), "{file}: {error:?}");
    }
}

#[test]
fn a_bundle_with_bag_attributes_keeps_name_and_chain() {
    let key = load_key_file(&samples::pem("bundle-bag-attributes.pem"), None, None).unwrap();
    assert_eq!(key.friendly_name(), Some("leafname"));
    let chain: Vec<_> = key.chain().iter().map(exoctl_certificate::Certificate::subject).collect();
    assert_eq!(chain, ["CN=Spike Issuing CA", "CN=Spike Root CA"]);
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let text = [b"\xEF\xBB\xBF", &samples::pem("cert-then-key.pem")[..]].concat();
    assert_eq!(load_key_file(&text, None, None).unwrap().thumbprint().to_string(), SELF);
}

#[test]
fn the_answer_of_a_ca_gives_its_certificates() {
    // openssl pkcs7 -in ca-reply.p7b -print_certs -noout
    let contents = read_key_file(&samples::pem("ca-reply.p7b"), None).unwrap();
    let subjects: Vec<_> =
        contents.certificates().map(exoctl_certificate::Certificate::subject).collect();
    assert_eq!(subjects, ["CN=exo-app-chain", "CN=Spike Issuing CA", "CN=Spike Root CA"]);
    assert!(!contents.has_private_key());
}

#[test]
fn several_keys_need_a_choice() {
    let text =
        [samples::pem("cert-then-key.pem"), samples::pem("bundle-bag-attributes.pem")].concat();
    let error = load_key_file(&text, None, None).unwrap_err();
    assert_eq!(error.fault(), Fault::Choice);
    assert_eq!(
        error.to_string(),
        format!("the file has several private keys; choose one by thumbprint: {SELF}, {LEAF}")
    );
    let leaf: Thumbprint = LEAF.parse().unwrap();
    assert_eq!(load_key_file(&text, None, Some(&leaf)).unwrap().thumbprint(), leaf);
    let other: Thumbprint = "00".repeat(20).parse().unwrap();
    let error = load_key_file(&text, None, Some(&other)).unwrap_err();
    assert!(matches!(error, KeyFileError::NotInFile { .. }), "{error:?}");
}

#[test]
fn what_is_missing_is_said() {
    let no_certificate = load_key_file(&samples::pem("pkcs8.pem"), None, None).unwrap_err();
    assert!(matches!(no_certificate, KeyFileError::NoCertificate));
    let no_key = load_key_file(&samples::pem("self.cer"), None, None).unwrap_err();
    assert!(matches!(no_key, KeyFileError::NoPrivateKey { .. }));
    let strangers = [samples::pem("pkcs8.pem"), samples::pem("ca-reply.p7b")].concat();
    let mismatch = load_key_file(&strangers, None, None).unwrap_err();
    assert!(matches!(mismatch, KeyFileError::Mismatch(_)));
}

#[test]
fn what_is_no_key_file_is_called_by_its_name() {
    for (bytes, expected) in [
        (&b""[..], "it is empty"),
        (b"\xFE\xED\xFE\xED\0\0\0\x02", "Java keystore"),
        (b"PK\x03\x04...", "ZIP"),
        (b"hello", "0x68"),
        (
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "neither keys nor certificates",
        ),
    ] {
        let error = read_key_file(bytes, None).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(matches!(
        pem::read(b"-----BEGIN CERTIFICATE-----\nAAAA\n", None),
        Err(KeyFileError::Pem { .. })
    ));
    assert!(pkcs7::read(b"\x30\x00").is_err());
}
