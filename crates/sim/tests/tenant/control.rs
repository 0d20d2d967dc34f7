//! The control port, as another process uses it.

use exoctl_sim::{ControlClient, SimError};

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
