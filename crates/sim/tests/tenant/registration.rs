//! Registering applications, and what a tenant keeps in its state directory.

use exoctl_sim::{
    DirectoryRole, Registration, RegistrationError, SimConfig, SimError, SimulatedTenant, register,
};

use crate::harness::{Sim, certificate_der, claims_of, key};

#[tokio::test]
async fn what_was_registered_survives_a_restart() {
    let sim = Sim::start(|_| {}).await;
    let state = sim.state.path().to_owned();
    // From outside, through the control port.
    let registration = Registration::new(certificate_der()).with_role(DirectoryRole::GlobalReader);
    let first = register(&state, registration).await.unwrap();
    let claims = claims_of(&sim.exchange_token(&first).await);
    assert_eq!(claims["oid"], first.object_id.to_string());
    let Sim { tenant, clock, state: kept, .. } = sim;
    tenant.shutdown().await;
    // Nobody listens: the files are for the next start.
    let second = register(&state, Registration::new(certificate_der())).await.unwrap();
    assert_ne!(first.app_id, second.app_id);

    let mut config = SimConfig::new(&state);
    config.clock = clock.clone();
    let tenant = SimulatedTenant::start(config).await.unwrap();
    let client = crate::harness::client(&std::fs::read(&tenant.ready().ca).unwrap());
    let again = Sim { tenant, client, clock, state: kept };
    for application in [&first, &second] {
        let claims = claims_of(&again.exchange_token(application).await);
        assert_eq!(claims["oid"], application.object_id.to_string());
    }
}

#[tokio::test]
async fn the_state_directory_says_how_to_reach_the_tenant() {
    let sim = Sim::start(|config| config.seed = 9).await;
    let ready = sim.tenant.ready();
    let file = |name: &str| std::fs::read_to_string(sim.state.path().join(name)).unwrap();
    let environment: serde_json::Value = serde_json::from_str(&file("environment.json")).unwrap();
    assert_eq!(environment["authority"], ready.url);
    assert_eq!(environment["complianceRegional"], format!("{}/compliance/{{region}}", ready.url));
    assert_eq!(environment["certificateAuthority"], file("ca.pem"));
    let line: serde_json::Value = serde_json::from_str(&file("sim.json")).unwrap();
    let mut members: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["ca", "control", "environment", "organization", "tenantId", "url"]);
    let path = sim.state.path().join("sim.json");
    sim.tenant.shutdown().await;
    assert!(!path.exists(), "a tenant that has stopped must not look as if it ran");
}

#[cfg(unix)]
#[tokio::test]
async fn registrations_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let sim = Sim::start(|_| {}).await;
    sim.register();
    let path = sim.state.path().join("registrations.json");
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn only_certificates_and_known_roles_are_registered() {
    let sim = Sim::start(|_| {}).await;
    let pem = pem(certificate_der());
    sim.tenant.register(Registration::new(&pem)).unwrap();
    sim.tenant.register(Registration::new(format!("Bag Attributes\n  x\n{pem}"))).unwrap();
    for (file, expected) in [
        (b"junk".to_vec(), RegistrationError::NotACertificate),
        (Vec::new(), RegistrationError::NotACertificate),
        (format!("{pem}{}", key().serialize_pem()).into_bytes(), RegistrationError::PrivateKey),
    ] {
        let error = sim.tenant.register(Registration::new(file)).unwrap_err();
        assert!(
            matches!(&error, SimError::Registration(reason) if *reason == expected),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn other_machines_are_kept_out_unless_they_are_asked_in() {
    let state = tempfile::tempdir().unwrap();
    let mut config = SimConfig::new(state.path());
    config.listen = "0.0.0.0:0".parse().unwrap();
    let error = SimulatedTenant::start(config.clone()).await.unwrap_err();
    assert!(matches!(error, SimError::NotLoopback { .. }), "{error:?}");
    config.allow_remote = true;
    let tenant = SimulatedTenant::start(config).await.unwrap();
    assert!(tenant.ready().url.starts_with("https://127.0.0.1:"));
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let sim = Sim::start(|_| {}).await;
    let other = tempfile::tempdir().unwrap();
    let mut config = SimConfig::new(other.path());
    config.listen = sim.tenant.ready().url.strip_prefix("https://").unwrap().parse().unwrap();
    let error = SimulatedTenant::start(config.clone()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not listen on {}", config.listen));
}

/// PEM as RFC 7468 has it.
fn pem(der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
