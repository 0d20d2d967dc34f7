//! `exoctl exec`: who gets tokens, and for what.

mod client;
mod program;
mod running;

use serde_json::Value;

use self::client::{Answer, get};
use self::program::run;
use self::running::Running;
use crate::harness::{Home, Tenant};

const EXCHANGE: &str = "api-version=2019-08-01&resource=https://outlook.office365.com/";

fn connected(tenant: &Tenant) -> Home {
    let home = Home::of(tenant);
    let _ = home.connected(tenant);
    home
}

#[test]
fn a_program_gets_tokens_of_the_certificate_while_it_runs() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let running = Running::start(&home, &[]);
    let own = home.run("token").ok().stdout.trim().to_owned();

    let answer = running.ask(EXCHANGE);
    assert_eq!(answer.status, 200, "{answer:?}");
    let Answer { body, .. } = &answer;
    // The credential is one, so the token is the one that is kept.
    assert_eq!(body["access_token"], own);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["resource"], "https://outlook.office365.com/");
    let profile = &home.run("profile show").ok().rows()[0];
    assert_eq!(body["client_id"], profile["appId"]);
    let expires: i64 = body["expires_on"].as_str().unwrap().parse().unwrap();
    let document: Value = serde_json::from_str(&home.run("token -o json").ok().stdout).unwrap();
    let kept: jiff::Timestamp = document["expiresOn"].as_str().unwrap().parse().unwrap();
    assert_eq!(expires, kept.as_second());
    assert!(!answer.text.contains('\n') && answer.header("cache-control") == "no-store");

    let compliance = "api-version=2019-08-01&resource=https://ps.compliance.protection.outlook.com";
    assert_eq!(running.ask(compliance).status, 200);
    let older = get(
        &running.endpoint(),
        "api-version=2017-09-01&resource=https://outlook.office365.com/",
        &[("secret", &running.variable("MSI_SECRET"))],
    );
    assert_eq!((older.status, &older.body["access_token"]), (200, &Value::from(own)));
    assert_eq!(running.finish().exit, 0);
}

#[test]
fn who_does_not_know_the_header_gets_nothing_and_afterwards_nobody_does() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let running = Running::start(&home, &[]);
    let (endpoint, header) = (running.endpoint(), running.variable("IDENTITY_HEADER"));
    for headers in [&[][..], &[("X-IDENTITY-HEADER", "guessed")], &[("Metadata", "true")]] {
        let answer = get(&endpoint, EXCHANGE, headers);
        assert_eq!(answer.status, 401);
        assert_eq!(answer.body["error"], "unauthorized_client");
        assert!(!answer.text.contains("eyJ") && !answer.text.contains(&header), "{answer:?}");
    }
    // A page in a browser whose host's name leads here: DNS rebinding.
    let rebound = [("Host", "evil.example"), ("X-IDENTITY-HEADER", header.as_str())];
    assert_eq!(get(&endpoint, EXCHANGE, &rebound).status, 421);
    let imds = endpoint.replace("/msi/token", "/metadata/identity/oauth2/token");
    let query = "api-version=2018-02-01&resource=https://outlook.office365.com/";
    assert_eq!(get(&imds, query, &[("Metadata", "true")]).status, 401);

    assert_eq!(running.ask(EXCHANGE).status, 200);
    assert_eq!(running.finish().exit, 0);
    let gone = client::connect(&endpoint).expect_err("nobody listens any longer");
    assert_eq!(gone.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn the_metadata_service_is_below_a_path_that_nobody_else_knows() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let running = Running::start(&home, &["--imds"]);
    let host = running.variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    let url = format!("{host}/metadata/identity/oauth2/token");
    let query = "api-version=2018-02-01&resource=https://outlook.office365.com/";
    let answer = get(&url, query, &[("Metadata", "true")]);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body["expires_in"].as_str().unwrap().parse::<u32>().unwrap() > 60);
    assert_eq!(get(&url, query, &[]).status, 400);
    assert_eq!(running.finish().exit, 0);
}

#[test]
fn other_resources_are_given_when_they_are_allowed() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let graph = "api-version=2019-08-01&resource=https://graph.microsoft.com";
    let running = Running::start(&home, &[]);
    let refused = running.ask(graph);
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["error"], "invalid_target");
    assert!(refused.text.contains("--allow-resource https://graph.microsoft.com"), "{refused:?}");
    let ended = running.finish();
    assert!(
        ended.stderr.contains("asked for a token for https://graph.microsoft.com"),
        "{}",
        ended.stderr
    );

    let running = Running::start(&home, &["--allow-resource", "https://graph.microsoft.com/"]);
    assert_eq!(running.ask(graph).status, 200);
    assert_eq!(running.finish().stderr, "");

    let _ = home.run("profile allow https://graph.microsoft.com").ok();
    // Who connects again has not changed his mind.
    let app = home.run("profile show").ok().rows()[0]["appId"].as_str().unwrap().to_owned();
    let thumbprint =
        home.run("cert list").ok().rows()[0]["thumbprint"].as_str().unwrap().to_owned();
    let _ = home
        .run(&format!(
            "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"
        ))
        .ok();
    let running = Running::start(&home, &[]);
    assert_eq!(running.ask(graph).status, 200);
    assert_eq!(running.finish().exit, 0);
    let _ = home.run("profile disallow https://graph.microsoft.com/").ok();
    let running = Running::start(&home, &[]);
    assert_eq!(running.ask(graph).status, 403);
    assert_eq!(running.finish().exit, 0);
}

#[test]
fn a_token_that_was_given_is_for_its_own_service_only() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let token = home.run("token").ok().stdout;
    let file = home.file("token", token);
    let connect = format!(
        "Connect-ExchangeOnline -AccessToken @{file} -Organization contoso.onmicrosoft.com"
    );
    let _ = home.run(&connect).ok();
    let running = Running::start(&home, &[]);
    assert_eq!(running.ask(EXCHANGE).status, 200);
    let compliance = "api-version=2019-08-01&resource=https://ps.compliance.protection.outlook.com";
    assert_eq!(running.ask(compliance).status, 403);
    assert_eq!(running.finish().exit, 0);
    let refused = run(&home, &["--allow-resource", "https://graph.microsoft.com"], "echo ran");
    assert_eq!((refused.exit, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.contains("one access token"), "{}", refused.stderr);
}

#[test]
fn at_trace_level_no_token_header_or_path_is_written_anywhere() {
    let tenant = Tenant::start(5);
    let home = connected(&tenant);
    let options = [
        "--imds",
        "--log",
        "exoctl=trace,exoctl_broker=trace,hyper=trace,reqwest=trace",
        "--no-token-cache",
    ];
    let running = Running::start(&home, &options);
    let token = running.ask(EXCHANGE).body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(
        running.ask("api-version=2019-08-01&resource=https://graph.microsoft.com").status,
        403
    );
    let host = running.variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    let imds = format!("{host}/metadata/identity/oauth2/token");
    let query = "api-version=2018-02-01&resource=https://outlook.office365.com/";
    assert_eq!(get(&imds, query, &[("Metadata", "true")]).status, 200);
    assert_eq!(get(&imds, "", &[]).status, 400);
    let header = running.variable("IDENTITY_HEADER");
    let path = host.rsplit('/').next().unwrap().to_owned();
    let signature = token.rsplit('.').next().unwrap().to_owned();
    let told = running.finish().stderr;
    assert!(told.contains("token given"), "{told}");
    for secret in [header.as_str(), &path, &signature, "eyJ"] {
        assert!(!told.contains(secret), "{secret} is in {told}");
    }
}
