//! The Security & Compliance front door, and redirects that are none of ours.

use std::sync::Arc;

use exoctl_exchange::InvokeError;

use crate::script::{
    Script, TENANT, Tokens, answer, builder, call, connection, error_of, names, rows, with_headers,
    with_tokens,
};

const LOCATION: &str =
    "https://eur02b.admin.protection.outlook.com:446/adminapi/beta/x/InvokeCommand";

#[tokio::test(start_paused = true)]
async fn the_front_door_names_the_region_once() {
    let script = Script::new([
        with_headers(302, &[("Location", LOCATION)], ""),
        rows(&["a"], None),
        rows(&["b"], None),
    ]);
    let tokens = Arc::new(Tokens::default());
    let connection = with_tokens(&script, tokens).compliance(true).build();
    for _ in 0..2 {
        let (_, error) = names(connection.invoke(call("Set-Label").with("Identity", "x"))).await;
        assert!(error.is_none(), "{error:?}");
    }
    let region = format!(
        "https://eur02b.ps.compliance.protection.outlook.com/adminapi/beta/{TENANT}/InvokeCommand"
    );
    let front = region.replace("eur02b.", "");
    let seen = script.seen();
    let urls: Vec<&str> = seen.iter().map(|seen| seen.url.as_str()).collect();
    assert_eq!(urls, [front.as_str(), region.as_str(), region.as_str()]);
    for request in &seen {
        assert_eq!((request.method.as_str(), &request.body), ("POST", &seen[0].body));
        assert_eq!(request.header("authorization"), "Bearer token-1");
        assert_eq!(
            request.header("x-anchormailbox"),
            "UPN:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@contoso.onmicrosoft.com"
        );
    }
    assert_eq!(connection.region().as_deref(), Some("eur02b"));
    assert_eq!(
        connection.scope().as_str(),
        "https://ps.compliance.protection.outlook.com/.default"
    );
}

#[tokio::test(start_paused = true)]
async fn a_region_that_is_known_saves_the_front_door() {
    let script = Script::new([rows(&[], None)]);
    let connection = builder(&script).compliance(true).region("nam12b").build();
    names(connection.invoke(call("Get-Label"))).await;
    let seen = script.seen();
    assert!(seen[0].url.starts_with("https://nam12b.ps.compliance.protection.outlook.com/"));
}

#[tokio::test(start_paused = true)]
async fn a_redirect_elsewhere_never_gets_the_token() {
    for location in ["https://evil.example/adminapi", "https://login.microsoftonline.com/", ""] {
        let script = Script::new([with_headers(302, &[("Location", location)], "")]);
        let error = error_of(&connection(&script), call("Get-Mailbox")).await;
        assert!(matches!(error, InvokeError::ForeignRedirect { .. }), "{error:?}");
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn redirects_that_never_end_do() {
    let script = Script::new((0..4).map(|_| with_headers(302, &[("Location", LOCATION)], "")));
    let connection = builder(&script).compliance(true).build();
    let error = error_of(&connection, call("Get-Label")).await;
    assert!(matches!(error, InvokeError::ForeignRedirect { .. }), "{error:?}");
    assert_eq!(script.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_token_is_no_reason_to_go_on_for_ever() {
    let script = Script::new((0..6).map(|_| answer(500, "")));
    let connection = builder(&script).compliance(true).region("nam12b").build();
    let error = error_of(&connection, call("Get-Label")).await;
    assert!(matches!(error, InvokeError::Unavailable { attempts: 6, .. }), "{error:?}");
}
