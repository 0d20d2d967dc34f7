//! The control port, as another process uses it.

use exoctl_sim::{ControlClient, SimConfig, SimError, SimulatedTenant};

use crate::harness::Sim;

#[tokio::test]
async fn faults_clock_and_log_are_controlled_from_outside() {
    let sim = Sim::start(|_| {}).await;
    let control = ControlClient::open(sim.state.path()).await.unwrap();
    assert_eq!(control.ready(), sim.tenant.ready());
    control.inject(&"error:status=503,service=entra,count=1".parse().unwrap()).await.unwrap();
    let path = "/contoso.com/v2.0/.well-known/openid-configuration";
    assert_eq!(sim.get(path).await.status, 503);
    assert_eq!(sim.get(path).await.status, 200);
    let faults = control.faults().await.unwrap();
    assert_eq!(faults, [("error:status=503,service=entra,count=1".to_owned(), 1)]);
    control.clear_faults().await.unwrap();
    assert_eq!(control.faults().await.unwrap(), []);

    control.advance_clock(90.0).await.unwrap();
    assert_eq!(sim.clock.now().to_string(), "2026-11-21T09:01:30Z");

    let log = control.requests_since(1).await.unwrap();
    let [entry] = &log[..] else { panic!("one request after the first: {log:?}") };
    assert_eq!((entry.number, entry.service.as_str(), entry.path.as_str()), (2, "entra", path));
}

#[tokio::test]
async fn the_log_never_holds_a_token_or_an_assertion() {
    let sim = Sim::start(|_| {}).await;
    let token = sim.exchange_token(&sim.register()).await;
    let request =
        sim.client.get(sim.url("/v1.0/organization?x=secret-in-query")).bearer_auth(&token);
    crate::harness::read(request).await.unwrap();
    let control = ControlClient::open(sim.state.path()).await.unwrap();
    let log = serde_json::to_string(&control.requests_since(0).await.unwrap()).unwrap();
    assert!(log.contains("/v1.0/organization") && log.contains("oauth2/v2.0/token"), "{log}");
    assert!(!log.contains("eyJ") && !log.contains("secret-in-query"), "{log}");
}

#[tokio::test]
async fn a_refusal_says_why() {
    let sim = Sim::start(|_| {}).await;
    let answer = crate::harness::read(
        sim.client
            .post(format!("{}/faults", sim.tenant.ready().control))
            .header("content-type", "application/json")
            .body(r#"{"fault":"storm"}"#),
    )
    .await
    .unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.json()["error"].as_str().unwrap().starts_with("there is no fault \"storm\""));
}

#[tokio::test]
async fn the_control_port_stops_the_tenant() {
    let sim = Sim::start(|_| {}).await;
    let control = ControlClient::open(sim.state.path()).await.unwrap();
    control.stop().await.unwrap();
    sim.tenant.stop_requested().await;
    let Sim { tenant, state, .. } = sim;
    tenant.shutdown().await;
    let error = ControlClient::open(state.path()).await.unwrap_err();
    assert!(matches!(error, SimError::NotRunning { .. }), "{error:?}");
}

#[tokio::test]
async fn the_oracle_knows_every_hour_of_the_audit_log() {
    let sim = Sim::start(|config| {
        config.audit_records = 500;
        config.audit_from = Some("2026-10-01T00:00:00Z".parse().unwrap());
        config.audit_to = Some("2026-10-02T00:00:00Z".parse().unwrap());
    })
    .await;
    let span = "from=2026-10-01T00:00:00Z&to=2026-10-02T00:00:00Z";
    let url = format!("{}/audit/oracle?{span}", sim.tenant.ready().control);
    let hours = crate::harness::read(sim.client.get(url)).await.unwrap().json();
    let hours = hours.as_array().unwrap();
    let hex = |text: &serde_json::Value| u128::from_str_radix(text.as_str().unwrap(), 16).unwrap();
    let xor = hours.iter().fold(0, |xor, hour| xor ^ hex(&hour["xor"]));
    let ids = sim.tenant.audit(|search| {
        let log = search.log();
        (0..log.len()).fold(0, |xor, index| xor ^ log.record(index).id.as_u128())
    });
    let records: u64 = hours.iter().map(|hour| hour["records"].as_u64().unwrap()).sum();
    assert_eq!((hours.len(), records, xor), (24, 500, ids));
    assert_eq!(hours[23]["hour"], "2026-10-01T23:00:00Z");
}

#[tokio::test]
async fn a_running_clock_is_moved_for_everybody_and_stays_moved() {
    let state = tempfile::TempDir::new().unwrap();
    let offset = || {
        let text = std::fs::read_to_string(state.path().join("clock.json")).unwrap();
        let file: serde_json::Value = serde_json::from_str(&text).unwrap();
        file["offset"].as_str().unwrap().parse::<jiff::SignedDuration>().unwrap()
    };
    let target: jiff::Timestamp = "2031-03-30T01:00:00Z".parse().unwrap();
    let tenant = SimulatedTenant::start(SimConfig::new(state.path())).await.unwrap();
    assert_eq!(offset(), jiff::SignedDuration::ZERO);
    let text = std::fs::read_to_string(&tenant.ready().environment).unwrap();
    let environment: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(environment["clock"], "clock.json");

    let control = ControlClient::open(state.path()).await.unwrap();
    let before = control.time().await.unwrap();
    control.move_clock(target).await.unwrap();
    let shown = control.time().await.unwrap();
    assert!(shown >= target, "{shown}");
    // What is added to the system's clock is what lies between both, less what passed meanwhile.
    assert!(offset() <= before.duration_until(target), "{} from {before}", offset());
    let kept = offset();
    tenant.shutdown().await;

    let again = SimulatedTenant::start(SimConfig::new(state.path())).await.unwrap();
    assert_eq!(offset(), kept);
    let control = ControlClient::open(state.path()).await.unwrap();
    assert!(control.time().await.unwrap() >= shown);
    control.advance_clock(-60.0).await.unwrap();
    assert!(offset() < kept);
    again.shutdown().await;
}
