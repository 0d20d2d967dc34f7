//! `cert rotate` and `cert check`, as those who keep a connection alive meet them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use exoctl_sim::{DirectoryRole, Registration};
use serde_json::Value;

use crate::harness::{Home, Tenant};
use crate::setup::{directory, home_of_administrator, settings};

mod authority;
mod check;
mod kill;

/// An application with a foreign certificate beside its own, set up and connected. It may not read
/// itself: all that it knows of itself is what setup has written down.
struct Scene {
    tenant: Tenant,
    home: Home,
    app: String,
    foreign: String,
    own: String,
}

impl Scene {
    fn new() -> Self {
        let tenant = Tenant::start(50);
        let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
        let elsewhere = Home::new();
        let (foreign, foreign_certificate) = elsewhere.certificate();
        let (own, own_certificate) = home.certificate();
        let registration = Registration::new(foreign_certificate).with_certificate(own_certificate);
        let app = tenant.register_as(registration.with_name("EXO Reporting"));
        let _ = home
            .run(&format!(
                "setup --organization contoso.onmicrosoft.com --app-id {app} --role \"Exchange Administrator\" \
                 --certificate-thumbprint {own} --access-token-file token.txt --yes"
            ))
            .ok();
        Self { tenant, home, app, foreign, own }
    }

    /// With things that go wrong once all is set up.
    fn start(faults: &[&str]) -> Self {
        let scene = Self::new();
        for fault in faults {
            scene.tenant.inject(fault);
        }
        // What Graph did not make is late at its first sign-in: that is over.
        while scene.home.run("token --no-token-cache").exit != 0 {}
        scene
    }

    /// The thumbprints that the application has, as an administrator reads them.
    fn registered(&self) -> Vec<String> {
        registered(&self.tenant, &self.app)
    }

    /// The certificate that the current connection signs in with.
    fn in_use(&self) -> String {
        let profile = self.home.run("profile show").ok().rows();
        profile[0]["credential"]["thumbprint"].as_str().unwrap().to_owned()
    }
}

fn registered(tenant: &Tenant, app: &str) -> Vec<String> {
    let (_, applications) = &directory(tenant)[0];
    let applications = applications["value"].as_array().unwrap();
    let found = applications.iter().find(|one| one["appId"] == app).unwrap();
    let keys = found["keyCredentials"].as_array().unwrap();
    keys.iter().map(|key| key["customKeyIdentifier"].as_str().unwrap().to_owned()).collect()
}

fn object_id(tenant: &Tenant, app: &str) -> String {
    let (_, applications) = &directory(tenant)[0];
    let applications = applications["value"].as_array().unwrap();
    let found = applications.iter().find(|one| one["appId"] == app).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

/// The screen of `docs/rotation.md` is what is printed, but for what differs each time.
fn is_in_the_docs(scene: &Scene, printed: &str, new: &str) {
    let shown = printed
        .replace(&scene.app, "36ee4c6c-0812-40a2-b820-b22ebd02bce3")
        .replace(&scene.own, "3D05D7A1F8C9BC4A9B0E0B0C0D0E0F1011121314")
        .replace(new, "A9993E364706816ABA3E25717850C26C9CD0D89D");
    let (before, after) = shown.split_once("by a run after ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let shown = format!("{before}by a run after 2026-11-28T17:58:23Z\n{after}");
    let page = include_str!("../../../../docs/rotation.md");
    assert!(
        page.contains(shown.trim_end()),
        "docs/rotation.md shows something else than:\n{shown}"
    );
}

/// All files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_new_certificate_takes_the_place_of_the_old_one_without_any_permission() {
    let scene = Scene::new();
    let Scene { home, foreign, own, .. } = &scene;
    let planned = home.run("cert rotate --plan");
    assert_eq!(planned.exit, 3, "{}", planned.stderr);
    assert_eq!(scene.registered(), [foreign.as_str(), own], "--plan changes nothing");
    let rotated = home.run("cert rotate --yes").ok();
    let new = scene.in_use();
    assert_ne!(&new, own);
    assert_eq!(scene.registered().join(" "), [foreign.as_str(), own, &new].join(" "));
    is_in_the_docs(&scene, &rotated.stderr, &new);
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    let again = home.run("cert rotate --yes").ok();
    assert_eq!(scene.in_use(), new, "a second run changes nothing");
    let not_due = home.run("cert rotate --if-expiring-within 30d --yes").ok();
    let finished = home.run("cert rotate --finish --overlap 0d --yes").ok();
    assert_eq!(scene.registered().join(" "), [foreign.as_str(), &new].join(" "));
    assert_eq!(home.run("cert list").ok().rows().len(), 1, "the old key is gone");
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    let idle = home.run("cert rotate --finish --yes").ok();
    settings(home).bind(|| {
        insta::assert_snapshot!("rotate_plan", planned.text());
        insta::assert_snapshot!("rotate_done", rotated.text());
        insta::assert_snapshot!("rotate_again", again.text());
        insta::assert_snapshot!("rotate_not_due", not_due.text());
        insta::assert_snapshot!("rotate_finished", finished.text());
        insta::assert_snapshot!("rotate_idle", idle.text());
    });
    // Within the limit: the next one, whose predecessor goes in the same run.
    let next = "cert rotate --if-expiring-within 2y --overlap 0d --yes";
    let _ = home.run(next).ok();
    assert_eq!(scene.registered().join(" "), [foreign.as_str(), &scene.in_use()].join(" "));
    assert_ne!(scene.in_use(), new);
}

#[cfg(unix)]
#[test]
fn nothing_of_a_rotation_is_for_others_to_read_and_no_secret_is_in_its_journal() {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let scene = Scene::new();
    let home = &scene.home;
    // Half a key, from a run that was killed.
    let archive = home.path().join("home/certificates/archive").join(&scene.app);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&archive).unwrap();
    std::fs::write(archive.join(".exoctl-Ab3dE6.tmp"), "-----BEGIN PRIVATE KEY").unwrap();
    let hook = "cp \"$EXOCTL_PFX_PASSWORD_FILE\" pw; stat -c %a \"$EXOCTL_PFX\" \"$EXOCTL_PEM\" \
        \"$EXOCTL_PFX_PASSWORD_FILE\" \"$(dirname \"$EXOCTL_PFX\")\" > modes";
    let words =
        ["cert", "rotate", "--overlap", "0d", "--yes", "--log", "trace", "--deploy-hook", hook];
    let ran = home.run_words(&words).ok();
    assert_eq!(home.read("modes"), "600\n600\n600\n700\n");
    let kept = home.path().join("home");
    let archived = files(&kept.join("certificates/archive"));
    assert_eq!(archived.len(), 1, "{archived:?}");
    for path in files(&kept) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    for directory in ["config/rotations", "certificates", "certificates/archive"] {
        let mode = std::fs::metadata(kept.join(directory)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{directory}");
    }
    let journals: String =
        files(&kept.join("config")).iter().map(|path| home.read_path(path)).collect();
    let password = home.read("pw");
    let key = home.read_path(&archived[0]);
    let line =
        key.lines().skip_while(|line| !line.starts_with("-----BEGIN PRIVATE")).nth(3).unwrap();
    for secret in [password.trim(), line, "eyJ", "PRIVATE KEY"] {
        assert!(!journals.contains(secret), "{secret}");
        assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{secret}");
    }
    assert!(!kept.join(format!("config/rotations/{}.hook", scene.app)).exists());
}

#[test]
fn a_deploy_hook_gets_the_key_and_one_that_fails_is_tried_again() {
    let scene = Scene::new();
    let Scene { home, own, .. } = &scene;
    let hook = "test -e allowed && env | grep ^EXOCTL_ | sort > seen && openssl pkcs12 -in \"$EXOCTL_PFX\" \
        -passin file:\"$EXOCTL_PFX_PASSWORD_FILE\" -nokeys -clcerts | openssl x509 -noout -fingerprint -sha1 > fingerprint";
    let words =
        ["cert", "rotate", "--yes", "--deploy-hook", hook, "--deploy-hook", "echo told > second"];
    let failed = home.run_words(&words);
    assert_eq!(failed.exit, 1, "{}", failed.stderr);
    let new = scene.in_use();
    assert_ne!(&new, own, "a hook that fails undoes nothing");
    assert_eq!(home.read("second"), "told\n", "the others are run all the same");
    std::fs::remove_file(home.path().join("second")).unwrap();
    let again = home.run("cert rotate --yes");
    assert_eq!(again.exit, 1);
    home.file("allowed", "");
    let passed = home.run("cert rotate --yes").ok();
    assert!(!home.path().join("second").exists(), "what has passed is not run again");
    let fingerprint = home.read("fingerprint").trim().replace(':', "");
    assert!(fingerprint.ends_with(&new), "{fingerprint} {new}");
    let idle = home.run("cert rotate --yes").ok();
    assert!(idle.stderr.contains("Nothing to do"), "{}", idle.stderr);
    settings(home).bind(|| {
        insta::assert_snapshot!("rotate_hook_failed", failed.text().replace(hook, "[COMMAND]"));
        insta::assert_snapshot!("rotate_hook_passed", passed.text().replace(hook, "[COMMAND]"));
        insta::assert_snapshot!("rotate_hook_variables", home.read("seen"));
    });
}

#[test]
fn all_profiles_with_the_certificate_are_switched_in_stores_and_in_files() {
    let scene = Scene::new();
    let Scene { home, own, app, .. } = &scene;
    let password = home.file("password", "Correct-Horse-77\n");
    let _ = home
        .run(&format!("cert export {own} --format pfx --out exo.pfx --password-file {password}"))
        .ok();
    let _ = home
        .run(&format!("cert export {own} --format pem --private-key --no-password --out exo.pem"))
        .ok();
    let store = format!("cert export {own} --format pfx --no-password --out plain.pfx");
    let _ = home.run(&store).ok();
    let _ = home.run("cert import plain.pfx --store dotnet").ok();
    let tail = format!("-AppId {app} -Organization contoso.onmicrosoft.com");
    for (name, how) in [
        ("pfx", format!("-CertificateFilePath exo.pfx --password-file {password}")),
        ("pem", "-CertificateFilePath exo.pem".to_owned()),
    ] {
        let _ = home.run(&format!("Connect-ExchangeOnline {how} {tail} --profile {name}")).ok();
    }
    let rotated = home.run("cert rotate --profile pfx --yes").ok();
    for name in ["pfx", "pem", "exo-reporting"] {
        let profile = home.run(&format!("profile show {name}")).ok().rows();
        assert_ne!(profile[0]["credential"]["thumbprint"], own.as_str(), "{name}");
        let line = format!("Get-Mailbox adele --select Alias --no-token-cache --profile {name}");
        assert_eq!(home.run(&line).ok().rows().len(), 1);
    }
    assert!(home.path().join("exo.pfx").exists(), "files of the user are left");
    let finished = home.run("cert rotate --profile pfx --finish --overlap 0d --yes").ok();
    assert!(home.path().join("exo.pfx").exists(), "files of the user are left");
    let short = short_name(&scene.home.run("profile show pfx").ok().rows()[0]);
    settings(home).bind(|| {
        let hide = |text: String| text.replace(&format!("exo-{short}."), "exo-[NEW].");
        insta::assert_snapshot!("rotate_files", hide(rotated.text()));
        insta::assert_snapshot!("rotate_files_finished", hide(finished.text()));
    });
}

/// The eight digits in the name of the new file.
fn short_name(profile: &Value) -> String {
    profile["credential"]["thumbprint"].as_str().unwrap()[..8].to_owned()
}

#[test]
fn an_administrator_helps_when_nothing_is_known_or_nothing_works_any_more() {
    let tenant = Tenant::start(50);
    let home = home_of_administrator(&tenant, &[DirectoryRole::GlobalAdministrator]);
    let (own, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let connect =
        format!("-CertificateThumbprint {own} -AppId {app} -Organization contoso.onmicrosoft.com");
    let _ = home.run(&format!("Connect-ExchangeOnline {connect}")).ok();
    let refused = home.run("cert rotate --yes");
    assert_eq!(refused.exit, 5, "{}", refused.stderr);
    assert_eq!(home.run("cert list").ok().rows().len(), 1, "nothing was made");
    let object = object_id(&tenant, &app);
    let named = home.run(&format!("cert rotate --object-id {object} --yes")).ok();
    let left = home.run("cert rotate --finish --overlap 0d --yes");
    assert_eq!(left.exit, 5, "{}", left.stderr);
    let as_admin = "--as-admin --access-token-file token.txt --yes";
    let finished = home.run(&format!("cert rotate --finish {as_admin}")).ok();
    assert_eq!(registered(&tenant, &app).len(), 1);
    // From now on it knows all it needs.
    let _ = home.run("cert rotate --overlap 0d --yes").ok();
    assert_eq!(registered(&tenant, &app).len(), 1);
    // Somebody takes the certificate off.
    let none = serde_json::json!({ "keyCredentials": [] });
    assert_eq!(tenant.graph("PATCH", &format!("applications/{object}"), &none), 204);
    let locked_out = home.run("cert rotate --yes");
    assert_eq!(locked_out.exit, 4, "{}", locked_out.stderr);
    let helped = home.run(&format!("cert rotate {as_admin}")).ok();
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    settings(&home).bind(|| {
        insta::assert_snapshot!("rotate_object_id_unknown", refused.text());
        insta::assert_snapshot!("rotate_object_id_given", named.text());
        insta::assert_snapshot!("rotate_key_id_unknown", left.text());
        insta::assert_snapshot!("rotate_finished_by_administrator", finished.text());
        insta::assert_snapshot!("rotate_locked_out", locked_out.text());
        insta::assert_snapshot!("rotate_by_administrator", helped.text());
    });
}

#[test]
fn what_cannot_be_rotated_is_explained() {
    let scene = Scene::new();
    let home = &scene.home;
    let token = home.run("token").ok().stdout;
    home.file("access.txt", token);
    let _ = home
        .run("Connect-ExchangeOnline -AccessToken @access.txt -Organization contoso.onmicrosoft.com --profile token")
        .ok();
    let _ = home.run("profile use exo-reporting").ok();
    let mut told = String::new();
    for line in [
        "cert rotate",
        "cert rotate --valid-for soon --yes",
        "cert rotate --overlap soon --yes",
        "cert rotate --if-expiring-within soon --yes",
        "cert rotate --profile token --yes",
        "cert rotate --profile nowhere --yes",
        "cert rotate --complete exo.cer --yes",
        "cert rotate --csr-out x --plan",
        "cert rotate --as-admin --yes",
        "cert rotate --object-id x",
    ] {
        let _ = writeln!(told, "$ exoctl {line}\n{}", home.run(line).text());
    }
    settings(home).bind(|| insta::assert_snapshot!("rotate_refused", told));
    let journal = home.path().join(format!("home/config/rotations/{}.json", scene.app));
    let good = home.read_path(&journal);
    let mut told = String::new();
    for bad in ["{", "{\"format\":9}", "{\"format\":1}"] {
        std::fs::write(&journal, bad).unwrap();
        told.push_str(&home.run("cert rotate --yes").text());
    }
    std::fs::write(&journal, good).unwrap();
    settings(home).bind(|| insta::assert_snapshot!("rotate_damaged_journal", told));
}
