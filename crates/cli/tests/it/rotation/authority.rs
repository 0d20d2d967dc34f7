//! Certificates that an authority issues, and what the tenant demands of new ones.

use super::Scene;
use crate::harness::Home;
use crate::setup::settings;

#[test]
fn an_authority_issues_the_next_certificate() {
    let scene = Scene::new();
    let Scene { home, own, .. } = &scene;
    let asked = home.run("cert rotate --csr-out exo.csr").ok();
    let first = home.read("exo.csr");
    let _ = home.run("cert rotate --csr-out again.csr").ok();
    assert_eq!(home.read("again.csr"), first, "one request, one key");
    let waits = home.run("cert rotate --yes").ok();
    assert_eq!(&scene.in_use(), own);
    issue(home, "exo.csr");
    let completed = home.run("cert rotate --complete exo.cer ca.pem --yes").ok();
    let new = scene.in_use();
    assert_ne!(&new, own);
    assert_eq!(home.run("Get-Mailbox adele --select Alias").ok().rows().len(), 1);
    assert_eq!(home.run("cert list --pending").ok().rows().len(), 0);
    let _ = home.run("cert rotate --finish --overlap 0d --yes").ok();
    let refused = home.run("cert rotate --yes");
    assert_eq!(refused.exit, 2, "{}", refused.stderr);
    let nothing = home.run("cert rotate --complete exo.cer --yes");
    assert_eq!(nothing.exit, 2, "{}", nothing.stderr);
    let _ = home.run("cert rotate --self-signed --yes").ok();
    assert_ne!(scene.in_use(), new);
    settings(home).bind(|| {
        insta::assert_snapshot!("rotate_csr_out", asked.text());
        insta::assert_snapshot!("rotate_csr_waits", waits.text());
        insta::assert_snapshot!("rotate_csr_complete", completed.text());
        insta::assert_snapshot!("rotate_issued", refused.text());
        insta::assert_snapshot!("rotate_nothing_requested", nothing.text());
    });
}

/// An authority of OpenSSL's that answers a request with `exo.cer`.
fn issue(home: &Home, request: &str) {
    let openssl = |line: &str| {
        let mut command = std::process::Command::new("openssl");
        let ran = command.args(line.split(' ')).current_dir(home.path()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    openssl(
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=Authority",
    );
    openssl(&format!(
        "x509 -req -in {request} -CA ca.pem -CAkey ca.key -CAcreateserial -days 20 -out exo.cer"
    ));
}

#[test]
fn what_the_tenants_policy_forbids_is_made_otherwise() {
    let scene = Scene::new();
    let Scene { tenant, home, .. } = &scene;
    let policy = serde_json::json!({ "isEnabled": true, "applicationRestrictions": { "keyCredentials": [
        { "restrictionType": "asymmetricKeyLifetime", "state": "enabled", "maxLifetime": "P100D" }] } });
    assert_eq!(tenant.graph("PATCH", "policies/defaultAppManagementPolicy", &policy), 204);
    let refused = home.run("cert rotate --yes");
    assert_eq!(refused.exit, 1, "{}", refused.stderr);
    assert_eq!(home.run("cert list").ok().rows().len(), 2);
    let asked = home.run("cert rotate --csr-out exo.csr").ok();
    assert_eq!(home.run("cert list").ok().rows().len(), 1, "the key that nobody takes is deleted");
    let shorter = home.run("cert rotate --self-signed --valid-for 90d --yes").ok();
    assert_eq!(home.run("cert list --pending").ok().rows().len(), 0, "and so is the request");
    assert_eq!(home.run("cert list").ok().rows().len(), 2);
    assert_eq!(scene.registered().len(), 3);
    settings(home).bind(|| {
        insta::assert_snapshot!("rotate_policy", refused.text());
        insta::assert_snapshot!("rotate_policy_csr", asked.text());
        insta::assert_snapshot!("rotate_policy_shorter", shorter.text());
    });
}
