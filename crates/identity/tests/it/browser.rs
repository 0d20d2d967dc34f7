//! A sign-in with this machine's browser: the browser is this test, the authority is scripted.

use std::collections::HashMap;
use std::time::Duration;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exoctl_identity::{BrowserFlow, HumanSignInError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::authority::{Authority, CLIENT};
use crate::signed_in::{TOKEN, form, graph, public_client};

/// What is in the address that the browser is sent to.
fn parameters(flow: &BrowserFlow) -> HashMap<String, String> {
    flow.address().query_pairs().into_owned().collect()
}

fn port(parameters: &HashMap<String, String>) -> u16 {
    parameters["redirect_uri"].strip_prefix("http://localhost:").unwrap().parse().unwrap()
}

/// What a browser sees at `path`.
async fn visit(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_browser_is_sent_to_the_documented_address() {
    let authority = Authority::answering([]);
    let flow = BrowserFlow::start(public_client(&authority), graph()).await.unwrap();
    let address = flow.address();
    assert_eq!(
        address.as_str().split('?').next(),
        Some("https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize")
    );
    let sent = parameters(&flow);
    for (name, value) in [
        ("client_id", CLIENT),
        ("response_type", "code"),
        ("response_mode", "query"),
        ("scope", "Application.ReadWrite.All openid profile offline_access"),
        ("code_challenge_method", "S256"),
        ("prompt", "select_account"),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    assert_eq!((sent["state"].len(), sent["code_challenge"].len()), (43, 43));
    let expected = flow.for_user("adele@contoso.com");
    let sent = parameters(&expected);
    assert_eq!(sent["login_hint"], "adele@contoso.com");
    assert!(!sent.contains_key("prompt"));
    assert_eq!(authority.asked(), 0);
}

#[tokio::test]
async fn the_code_is_redeemed_with_the_verifier_of_the_challenge() {
    let authority = Authority::answering([TOKEN]);
    let flow = BrowserFlow::start(public_client(&authority), graph()).await.unwrap();
    let sent = parameters(&flow);
    let (port, state) = (port(&sent), sent["state"].clone());
    let flow = tokio::spawn(flow.finish());
    // What else comes by: a browser that connects in advance, its question for an icon, a guess.
    let idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(visit(port, "/favicon.ico").await.starts_with("HTTP/1.1 404 "));
    assert!(visit(port, "/?code=stolen&state=guess").await.starts_with("HTTP/1.1 400 "));
    let page = visit(port, &format!("/?code=0.AX%2bcode&state={state}&session_state=s")).await;
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("You are signed in"), "{page}");
    let signed_in = flow.await.unwrap().unwrap();
    drop(idle);
    assert_eq!(signed_in.account().user_name.as_deref(), Some("adele@contoso.com"));
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "nobody listens any more");
    let asked = authority.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    let form: HashMap<_, _> = form(&asked[0]).into_iter().collect();
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "0.AX+code");
    assert_eq!(form["client_id"], CLIENT);
    assert_eq!(form["redirect_uri"], sent["redirect_uri"]);
    assert_eq!(form["scope"], sent["scope"]);
    let hash = digest::digest(&digest::SHA256, form["code_verifier"].as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(hash), sent["code_challenge"]);
}

#[tokio::test]
async fn a_refusal_in_the_browser_ends_it() {
    for (answer, declined, code) in [
        ("error=access_denied&error_description=AADSTS65004%3A+User+declined", true, 65_004),
        ("error=server_error&error_description=AADSTS50011%3A+x", false, 50_011),
    ] {
        let authority = Authority::answering([]);
        let flow = BrowserFlow::start(public_client(&authority), graph()).await.unwrap();
        let sent = parameters(&flow);
        let (port, state) = (port(&sent), sent["state"].clone());
        let flow = tokio::spawn(flow.finish());
        let page = visit(port, &format!("/?{answer}&state={state}")).await;
        assert!(page.contains("did not succeed"), "{page}");
        let error = flow.await.unwrap().unwrap_err();
        assert_eq!(matches!(error, HumanSignInError::Declined { .. }), declined, "{error}");
        assert_eq!(error.entra().map(|entra| entra.code), Some(code));
        assert_eq!(authority.asked(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_without_end() {
    let authority = Authority::answering([]);
    let flow = BrowserFlow::start(public_client(&authority), graph()).await.unwrap();
    let error = flow.with_patience(Duration::from_mins(3)).finish().await.unwrap_err();
    assert_eq!(error.to_string(), "nobody signed in within 3 minutes");
}

#[tokio::test]
async fn two_sign_ins_share_nothing() {
    let authority = Authority::answering([]);
    let start = || BrowserFlow::start(public_client(&authority), graph());
    let (one, two) = (parameters(&start().await.unwrap()), parameters(&start().await.unwrap()));
    assert_ne!(one["state"], two["state"]);
    assert_ne!(one["code_challenge"], two["code_challenge"]);
}
