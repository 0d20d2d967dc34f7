//! OpenSSL reads everything that we write, and verifies what we sign.
//!
//! The `openssl` program must be installed.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod samples;

use std::fs;
use std::path::Path;
use std::process::Command;

use exoctl_certificate::pkcs12::{self, Profile};
use exoctl_certificate::{
    CertificateStore, CertifiedKey, DirectoryStore, DotnetStore, KeySize, NewCertificate,
    Signer as _, SigningAlgorithm, load_key_file, pem, read_key_file,
};
use exoctl_model::ManualClock;
use secrecy::SecretString;

struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), bytes).unwrap();
    }

    fn get(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    /// Runs openssl, which must succeed, and gives all that it writes.
    fn openssl(&self, line: &[&str]) -> String {
        let output = Command::new("openssl")
            .args(line)
            .current_dir(self.path())
            .output()
            .expect("the program openssl is installed");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(output.status.success(), "openssl {line:?}\n{text}");
        text
    }

    /// Makes a certification authority: `ca.pem` and `ca.key`.
    fn make_authority(&self) {
        self.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
            "-subj",
            "/O=Contoso/CN=Contoso CA",
            "-days",
            "30",
        ]);
    }

    /// Answers `request.pem` as that authority: `answer.pem`, and with its own certificate
    /// `answer.p7b`.
    fn answer_request(&self) {
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            "request.pem",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "20",
            "-out",
            "answer.pem",
        ]);
        self.openssl(&[
            "crl2pkcs7",
            "-nocrl",
            "-certfile",
            "ca.pem",
            "-certfile",
            "answer.pem",
            "-out",
            "answer.p7b",
        ]);
    }
}

fn sample() -> CertifiedKey {
    let sample = samples::pfx_named("10-openssl-chain3.pfx");
    load_key_file(&sample.bytes, sample.password.as_ref(), None)
        .unwrap()
        .with_friendly_name(Some("EXO automation".to_owned()))
}

fn clock() -> ManualClock {
    ManualClock::new("2026-03-01T12:00:00Z".parse().unwrap())
}

#[test]
fn a_new_certificate_says_what_was_asked_for() {
    let desk = Desk::new();
    let subject = "CN=EXO Reporting\\, \"nightly\",OU=IT Größe,O=Contoso\\+Co,C=DE";
    let mut wanted = NewCertificate::new(subject.parse().unwrap());
    wanted.dns_names = vec!["reporting.contoso.com".to_owned(), "*.contoso.com".to_owned()];
    wanted.key_size = KeySize::Rsa3072;
    let key = wanted.self_signed("1y".parse().unwrap(), &clock()).unwrap();
    desk.put("new.cer", key.certificate().der());
    let text = desk.openssl(&["x509", "-inform", "DER", "-in", "new.cer", "-noout", "-text"]);
    for expected in [
        "Version: 3 (0x2)",
        "Signature Algorithm: sha256WithRSAEncryption",
        "Public-Key: (3072 bit)",
        "Not Before: Mar  1 11:45:00 2026 GMT",
        "Not After : Mar  1 12:00:00 2027 GMT",
        "Digital Signature, Key Encipherment",
        "TLS Web Client Authentication",
        "DNS:reporting.contoso.com, DNS:*.contoso.com",
        "CA:FALSE",
        "X509v3 Subject Key Identifier",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    let line = ["x509", "-inform", "DER", "-in", "new.cer", "-noout", "-subject", "-nameopt"];
    let name = desk.openssl(&[&line[..], &["RFC2253,-esc_msb,utf8"]].concat());
    assert_eq!(name.trim(), format!("subject={}", key.certificate().subject()));
    assert_eq!(key.certificate().subject(), subject.replace('"', "\\\""));
    let fingerprint = desk.openssl(&[
        "x509",
        "-inform",
        "DER",
        "-in",
        "new.cer",
        "-noout",
        "-fingerprint",
        "-sha1",
        "-serial",
    ]);
    let fingerprint = fingerprint.replace(':', "");
    assert!(fingerprint.contains(&key.thumbprint().to_string()), "{fingerprint}");
    assert!(fingerprint.contains(key.certificate().serial_number()), "{fingerprint}");
    desk.put("new.pem", pem::write_certificate(key.certificate()));
    desk.openssl(&["verify", "-no_check_time", "-check_ss_sig", "-CAfile", "new.pem", "new.pem"]);
}

#[test]
fn signatures_verify() {
    let desk = Desk::new();
    let key = sample();
    desk.put("cert.pem", pem::write_certificate(key.certificate()));
    desk.openssl(&["x509", "-in", "cert.pem", "-noout", "-pubkey", "-out", "public.pem"]);
    desk.put("message", b"header.payload");
    let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
    for (algorithm, options) in
        [(SigningAlgorithm::Ps256, &pss[..]), (SigningAlgorithm::Rs256, &[])]
    {
        desk.put("signature", key.sign(algorithm, b"header.payload").unwrap());
        let line = ["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature"];
        let verdict = desk.openssl(&[&line[..], options, &["message"]].concat());
        assert!(verdict.contains("Verified OK"), "{verdict}");
    }
}

#[test]
fn pkcs12_files_are_read_with_all_attributes() {
    let desk = Desk::new();
    for (profile, expected) in [
        (
            Profile::Aes256,
            [
                "MAC: sha256, Iteration 10000",
                "PBES2, PBKDF2, AES-256-CBC, Iteration 10000, PRF hmacWithSHA256",
            ],
        ),
        (
            Profile::TripleDes,
            ["MAC: sha1, Iteration 2000", "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000"],
        ),
    ] {
        for (password, argument) in
            [("Passw0rd!", "pass:Passw0rd!"), ("", "pass:"), ("Geheim€1", "pass:Geheim€1")]
        {
            let key = sample();
            let bytes = pkcs12::write(&key, &SecretString::from(password), profile).unwrap();
            desk.put("key.pfx", &*bytes);
            let text =
                desk.openssl(&["pkcs12", "-in", "key.pfx", "-info", "-nodes", "-passin", argument]);
            let thumbprint: Vec<String> =
                key.thumbprint().as_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
            for expected in expected.into_iter().chain([
                "friendlyName: EXO automation",
                &format!("localKeyID: {}", thumbprint.join(" ")),
                "Microsoft CSP Name: Microsoft Enhanced RSA and AES Cryptographic Provider",
                "X509v3 Key Usage: 10",
            ]) {
                assert!(text.contains(expected), "{expected} is not in\n{text}");
            }
            assert_eq!(text.matches("BEGIN CERTIFICATE").count(), 3);
            assert_eq!(text.matches("BEGIN PRIVATE KEY").count(), 1);
            // What OpenSSL took out is what we put in.
            let read = load_key_file(text.as_bytes(), None, None).unwrap();
            assert_eq!(read.thumbprint(), key.thumbprint());
            let again = load_key_file(&bytes, Some(&SecretString::from(password)), None).unwrap();
            assert_eq!(again.friendly_name(), Some("EXO automation"));
            assert_eq!(again.chain(), key.chain());
        }
    }
}

#[test]
fn pem_keys_are_read() {
    let desk = Desk::new();
    let key = sample();
    let password = SecretString::from("Passw0rd!");
    for (text, argument) in [
        (pem::write_private_key(key.key(), None).unwrap(), "pass:"),
        (pem::write_private_key(key.key(), Some(&password)).unwrap(), "pass:Passw0rd!"),
        (pem::write(&key, None).unwrap(), "pass:"),
        (pem::write(&key, Some(&password)).unwrap(), "pass:Passw0rd!"),
    ] {
        desk.put("key.pem", &*text);
        let line = ["pkey", "-in", "key.pem", "-passin", argument, "-check", "-noout"];
        assert!(desk.openssl(&line).contains("Key is valid"));
        desk.openssl(&[
            "pkey",
            "-in",
            "key.pem",
            "-passin",
            argument,
            "-traditional",
            "-outform",
            "DER",
            "-out",
            "key.der",
        ]);
        assert_eq!(desk.get("key.der"), key.key().to_pkcs1());
    }
    let bundle = pem::write(&key, Some(&password)).unwrap();
    let read = load_key_file(bundle.as_bytes(), Some(&password), None).unwrap();
    assert_eq!((read.thumbprint(), read.chain()), (key.thumbprint(), key.chain()));
}

#[test]
fn a_certification_authority_answers_a_request() {
    let desk = Desk::new();
    desk.make_authority();
    let mut wanted = NewCertificate::new("CN=EXO Reporting,O=Contoso".parse().unwrap());
    wanted.dns_names = vec!["reporting.contoso.com".to_owned()];
    wanted.friendly_name = Some("Reporting".to_owned());
    let request = wanted.request().unwrap();
    desk.put("request.pem", request.to_pem());
    let text = desk.openssl(&["req", "-in", "request.pem", "-verify", "-noout", "-text"]);
    for expected in [
        "self-signature verify OK",
        "Subject: O = Contoso, CN = EXO Reporting",
        "TLS Web Client Authentication",
        "DNS:reporting.contoso.com",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    desk.answer_request();
    for answer in ["answer.p7b", "answer.pem"] {
        let key = request.complete(&read_key_file(&desk.get(answer), None).unwrap()).unwrap();
        assert_eq!(key.certificate().subject(), "CN=EXO Reporting,O=Contoso");
        assert_eq!(key.certificate().issuer(), "CN=Contoso CA,O=Contoso");
        assert_eq!(key.chain().len(), usize::from(answer == "answer.p7b"));
        assert_eq!(key.friendly_name(), Some("Reporting"));
    }
}

#[test]
fn files_of_the_stores_are_read() {
    let desk = Desk::new();
    let key = sample();
    DirectoryStore::open(desk.path().join("own")).unwrap().insert(&key).unwrap();
    let file = format!("own/{}.pem", key.thumbprint());
    assert!(desk.openssl(&["pkey", "-in", &file, "-check", "-noout"]).contains("Key is valid"));
    let subject = desk.openssl(&["x509", "-in", &file, "-noout", "-subject"]);
    assert_eq!(subject.trim(), "subject=CN = exo-app-chain");
    DotnetStore::open(desk.path().join("my")).unwrap().insert(&key).unwrap();
    let file = format!("my/{}.pfx", key.thumbprint());
    let text = desk.openssl(&["pkcs12", "-in", &file, "-nodes", "-passin", "pass:"]);
    assert!(text.contains("BEGIN PRIVATE KEY"));
}
