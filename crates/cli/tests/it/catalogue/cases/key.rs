//! Keys, certificates and the files that they are in.

use std::fs;

use crate::catalogue::case::Fix::{Act, Corrected, Run};
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::{CONTOSO, Scene, answers_for, pem_of};

const TOKEN: &str = "token --no-token-cache";
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../certificate/tests/fixtures/pfx");

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_certificates();
    cases.extend(of_stores());
    cases.extend(of_files());
    cases
}

/// Connected, and the connection is of another certificate since, valid between these days.
fn with_validity(scene: &Scene, from: &str, to: &str) -> String {
    scene.connect();
    let other = scene.key_of_openssl(2048, from, to);
    scene.edit_profile(|profile| profile.replace(&scene.thumbprint, &other));
    TOKEN.to_owned()
}

fn of_certificates() -> Vec<Case> {
    vec![
        case(
            "certificate-expired",
            |scene| with_validity(scene, "240101", "250101"),
            Run("exoctl cert rotate"),
        ),
        case(
            "certificate-not-yet-valid",
            |scene| with_validity(scene, "480101", "490101"),
            Run("exoctl setup"),
        ),
        case(
            "certificate-not-found",
            |scene| {
                scene.connect();
                fs::remove_file(scene.store_file()).unwrap();
                scene.know("FILE", "key.pfx");
                TOKEN.to_owned()
            },
            Run("exoctl cert import"),
        ),
        case(
            "certificate-without-key",
            |scene| {
                scene.connect();
                let path = scene.store_file();
                let text = fs::read_to_string(&path).unwrap();
                let key = text.find("-----BEGIN PRIVATE KEY").unwrap();
                let end = "-----END PRIVATE KEY-----\n";
                let after = text.find(end).unwrap() + end.len();
                fs::write(&path, format!("{}{}", &text[..key], &text[after..])).unwrap();
                scene.know("FILE", "key.pfx");
                TOKEN.to_owned()
            },
            Run("exoctl cert import"),
        ),
    ]
}

fn of_stores() -> Vec<Case> {
    vec![
        case(
            "store-permissions",
            |scene| {
                use std::os::unix::fs::PermissionsExt as _;
                scene.connect();
                let everybody = fs::Permissions::from_mode(0o644);
                fs::set_permissions(scene.store_file(), everybody).unwrap();
                TOKEN.to_owned()
            },
            Run("chmod"),
        ),
        case(
            "store-unreadable",
            |scene| {
                scene.connect();
                let store = scene.home.path().join("home/certificates");
                fs::rename(&store, scene.home.path().join("away")).unwrap();
                fs::write(store, "a file where the directory should be").unwrap();
                TOKEN.to_owned()
            },
            Act("check the path's owner, mode and space", |scene| {
                let store = scene.home.path().join("home/certificates");
                fs::remove_file(&store).unwrap();
                fs::rename(scene.home.path().join("away"), store).unwrap();
            }),
        ),
    ]
}

/// A connection whose key is in `key.pfx`, which is replaced.
fn with_file(scene: &Scene, content: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    scene.connect_with_file();
    let path = scene.home.path().join("key.pfx");
    fs::copy(&path, scene.home.path().join("right.pfx")).unwrap();
    let content = content(fs::read(&path).unwrap());
    fs::write(path, content).unwrap();
    TOKEN.to_owned()
}

fn right_file(scene: &Scene) {
    let path = |name: &str| scene.home.path().join(name);
    fs::copy(path("right.pfx"), path("key.pfx")).unwrap();
    fs::write(path("password"), "pass word\n").unwrap();
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(format!("{SAMPLES}/{name}")).unwrap()
}

fn of_files() -> Vec<Case> {
    vec![
        case(
            "key-file-unreadable",
            |scene| {
                scene.connect_with_file();
                fs::remove_file(scene.home.path().join("key.pfx")).unwrap();
                TOKEN.to_owned()
            },
            Run("exoctl cert export"),
        ),
        case(
            "key-file-damaged",
            |scene| with_file(scene, |key| key[..key.len() / 2].to_vec()),
            Run("exoctl cert export"),
        ),
        case(
            "key-mismatch",
            |scene| {
                let line = with_file(scene, |_| Vec::new());
                let _ = scene.key_of_openssl(2048, "240101", "490101");
                let stored = fs::read_to_string(scene.store_file()).unwrap();
                let key = &stored[stored.find("-----BEGIN PRIVATE KEY").unwrap()..];
                let key = &key[..key.find("-----END PRIVATE KEY-----").unwrap() + 26];
                let strangers = fs::read_to_string(scene.home.path().join("openssl.pem")).unwrap();
                let ours = fs::read(scene.home.path().join("exo.cer")).unwrap();
                // Whichever key the store's first file is of, one certificate is another one's.
                let certificate =
                    if stored.contains(strangers.trim()) { pem_of(&ours) } else { strangers };
                scene.home.file("key.pfx", format!("{key}{certificate}"));
                line
            },
            Act("export key and certificate together", right_file),
        ),
        case(
            "key-without-certificate",
            |scene| {
                let stored = fs::read_to_string(scene.store_file()).unwrap();
                let key = &stored[stored.find("-----BEGIN PRIVATE KEY").unwrap()..];
                let key = &key[..key.find("-----END PRIVATE KEY-----").unwrap() + 26];
                scene.home.file("key.pem", key);
                "cert import key.pem".to_owned()
            },
            Corrected("give the file with its certificate too", |_| {
                "cert import key.pem exo.cer".to_owned()
            }),
        ),
        case(
            "password-wrong",
            |scene| {
                scene.connect_with_file();
                fs::copy(scene.home.path().join("key.pfx"), scene.home.path().join("right.pfx"))
                    .unwrap();
                scene.home.file("password", "pass word, but another one\n");
                TOKEN.to_owned()
            },
            Act("check the password", right_file),
        ),
        case(
            "password-required",
            |_| "cert show key.pfx".to_owned(),
            Corrected("--password-file FILE", |_| {
                "cert show key.pfx --password-file password".to_owned()
            }),
        ),
        case(
            "key-algorithm",
            |scene| {
                scene.home.file("password", "Passw0rd!\n");
                scene.home.file("key.pfx", sample("24-openssl-ec-key.pfx"));
                format!(
                    "Connect-ExchangeOnline -CertificateFilePath key.pfx -AppId {} -Organization {CONTOSO} --password-file password",
                    scene.app
                )
            },
            Corrected("have an administrator put a new certificate", |scene| {
                let line = format!(
                    "setup --organization {CONTOSO} --app-id {} --role \"Global Reader\"",
                    scene.app
                );
                format!("{line}{}", answers_for(&line))
            }),
        ),
        case(
            "key-choice",
            |scene| {
                scene.home.file("password", "Passw0rd!\n");
                let file = format!("{SAMPLES}/10-openssl-chain3.pfx");
                format!(
                    "cert show {file} --password-file password --thumbprint {}",
                    scene.thumbprint
                )
            },
            Corrected("say which key is meant", |_| {
                format!("cert show {SAMPLES}/10-openssl-chain3.pfx --password-file password")
            }),
        ),
    ]
}
