//! The table of who gets a token.

use exoctl_model::Cloud;

use super::*;

const CLIENT: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
const HERE: [u8; 4] = [127, 0, 0, 1];
const EXCHANGE: &str = "resource=https%3A%2F%2Foutlook.office365.com%2F";

fn door(imds: bool) -> Door {
    Door {
        port: 4711,
        header: "the-header".into(),
        imds: imds.then(|| "the-path".into()),
        client: Some(CLIENT.parse().unwrap()),
        allowed: AllowedResources::of_exchange(&Cloud::default()),
    }
}

/// A request written as HTTP has it: method, path, then headers, a line each.
fn judge(imds: bool, text: &str) -> Result<Wanted, Refusal> {
    let mut lines = text.lines().map(str::trim_start);
    let (method, path) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    door(imds).admit(HERE.into(), &request.body(()).unwrap())
}

fn app_service(query: &str) -> String {
    format!("GET /msi/token?{query}\nHost: 127.0.0.1:4711\nX-IDENTITY-HEADER: the-header")
}

#[test]
fn what_the_clients_send_is_admitted() {
    let newer = format!("api-version=2019-08-01&{EXCHANGE}");
    let older = format!("api-version=2017-09-01&{EXCHANGE}");
    let machine = format!("api-version=2018-02-01&{EXCHANGE}");
    let table = [
        (Protocol::AppService2019, app_service(&newer)),
        (Protocol::AppService2019, app_service(&format!("{newer}&client_id={CLIENT}"))),
        (
            Protocol::AppService2019,
            app_service(&format!("{newer}&client_id={}", CLIENT.to_uppercase())),
        ),
        (
            Protocol::AppService2019,
            format!(
                "GET /msi/token/?{newer}\nHost: localhost:4711\nx-identity-header: the-header\nMetadata: true"
            ),
        ),
        (
            Protocol::AppService2017,
            format!(
                "GET /msi/token?{older}&clientid={CLIENT}\nHost: 127.0.0.1:4711\nSecret: the-header"
            ),
        ),
        (
            Protocol::Imds,
            format!(
                "GET /the-path/metadata/identity/oauth2/token?{machine}\nHost: 127.0.0.1:4711\nMetadata: true"
            ),
        ),
    ];
    for (protocol, text) in table {
        let wanted = judge(true, &text).unwrap_or_else(|refusal| panic!("{text}: {refusal:?}"));
        assert_eq!(wanted.protocol, protocol);
        assert_eq!(wanted.asked, "https://outlook.office365.com/");
        assert_eq!(wanted.resource.scope().as_str(), "https://outlook.office365.com/.default");
    }
}

#[test]
fn everybody_else_is_refused() {
    let good = format!("api-version=2019-08-01&{EXCHANGE}");
    let machine = format!("api-version=2018-02-01&{EXCHANGE}");
    let host = "Host: 127.0.0.1:4711";
    let secret = "X-IDENTITY-HEADER: the-header";
    let imds = "metadata/identity/oauth2/token";
    let table = [
        // Without the secret.
        (401, format!("GET /msi/token?{good}\n{host}")),
        (401, format!("GET /msi/token?{good}\n{host}\nX-IDENTITY-HEADER: the-heade")),
        (401, format!("GET /msi/token?{good}\n{host}\nX-IDENTITY-HEADER: the-header2")),
        (401, format!("GET /msi/token?{good}\n{host}\nX-IDENTITY-HEADER:  ")),
        (401, format!("GET /msi/token?{good}\n{host}\n{secret}\n{secret}")),
        (401, format!("GET /msi/token?{good}\n{host}\nMetadata: true")),
        (401, format!("GET /msi/token?{good}\n{host}\nX-IDENTITY-HEADER: the-path")),
        (401, format!("GET /{imds}?{machine}\n{host}\nMetadata: true")),
        (401, format!("GET /the-pat/{imds}?{machine}\n{host}\nMetadata: true")),
        (401, format!("GET /the-header/{imds}?{machine}\n{host}\nMetadata: true")),
        (401, format!("GET /x/the-path/{imds}?{machine}\n{host}\nMetadata: true")),
        // Under another name, through somebody else, in another way.
        (421, format!("GET /msi/token?{good}\nHost: evil.example:4711\n{secret}")),
        (421, format!("GET /msi/token?{good}\nHost: 127.0.0.1\n{secret}")),
        (421, format!("GET /msi/token?{good}\nHost: 127.0.0.1:80\n{secret}")),
        (421, format!("GET /msi/token?{good}\nHost: localhost.evil.example:4711\n{secret}")),
        (421, format!("GET /msi/token?{good}\n{host}\n{host}\n{secret}")),
        (421, format!("GET /msi/token?{good}\n{secret}")),
        (400, format!("GET /msi/token?{good}\n{host}\n{secret}\nX-Forwarded-For: 10.0.0.1")),
        (400, format!("GET /msi/token?{good}\n{host}\n{secret}\nVia: 1.1 proxy")),
        (405, format!("POST /msi/token?{good}\n{host}\n{secret}")),
        (405, format!("HEAD /msi/token?{good}\n{host}\n{secret}")),
        (405, format!("OPTIONS /msi/token?{good}\n{host}\n{secret}")),
        (404, format!("GET /?{good}\n{host}\n{secret}")),
        (404, format!("GET /msi/tokens?{good}\n{host}\n{secret}")),
        // Not what is served.
        (400, app_service(EXCHANGE)),
        (400, app_service(&format!("api-version=2020-06-01&{EXCHANGE}"))),
        (400, app_service("api-version=2019-08-01")),
        (400, app_service("api-version=2019-08-01&resource=")),
        (400, app_service("api-version=2019-08-01&resource=a+b")),
        (400, app_service(&format!("{good}&{EXCHANGE}"))),
        (400, app_service(&format!("{good}&client_id=00000000-0000-4000-8000-000000000000"))),
        (400, app_service(&format!("{good}&mi_res_id=%2Fsubscriptions%2Fx"))),
        (400, app_service(&format!("{good}&object_id={CLIENT}"))),
        (400, format!("GET /the-path/{imds}?{machine}\n{host}")),
        (400, format!("GET /the-path/{imds}?{machine}\n{host}\nMetadata: false")),
        (400, format!("GET /the-path/{imds}?{good}\n{host}\nMetadata: true")),
        (403, app_service("api-version=2019-08-01&resource=https://graph.microsoft.com")),
        (403, app_service("api-version=2019-08-01&resource=https://vault.azure.net/")),
    ];
    for (status, text) in table {
        let refusal = judge(true, &text).expect_err(&text);
        assert_eq!(refusal.status.as_u16(), status, "{text}: {refusal:?}");
        assert!(!refusal.message.contains("the-"), "{text}: {refusal:?}");
    }
}

#[test]
fn the_metadata_service_is_there_only_if_it_was_asked_for() {
    let text = format!(
        "GET /the-path/metadata/identity/oauth2/token?api-version=2018-02-01&{EXCHANGE}\nHost: 127.0.0.1:4711\nMetadata: true"
    );
    assert!(judge(true, &text).is_ok());
    assert_eq!(judge(false, &text).unwrap_err().status, StatusCode::UNAUTHORIZED);
}

#[test]
fn other_machines_are_refused_even_with_the_secret() {
    let request = Request::builder()
        .uri(format!("/msi/token?api-version=2019-08-01&{EXCHANGE}"))
        .header(HOST, "127.0.0.1:4711")
        .header("X-IDENTITY-HEADER", "the-header")
        .body(())
        .unwrap();
    assert!(door(false).admit("::ffff:127.0.0.1".parse().unwrap(), &request).is_ok());
    for peer in ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "0.0.0.0"] {
        let refusal = door(false).admit(peer.parse().unwrap(), &request).unwrap_err();
        assert_eq!(refusal.status, StatusCode::FORBIDDEN, "{peer}");
    }
}

#[test]
fn a_refused_resource_is_told_how_to_be_allowed() {
    let text = app_service("api-version=2019-08-01&resource=https://graph.microsoft.com/.default");
    let refusal = judge(false, &text).unwrap_err();
    assert_eq!(refusal.error, "invalid_target");
    assert!(
        refusal.message.contains("--allow-resource https://graph.microsoft.com "),
        "{refusal:?}"
    );
    assert!(refusal.message.contains("exoctl profile allow https://graph.microsoft.com`"));
    assert_eq!(refusal.resource.unwrap().as_str(), "https://graph.microsoft.com");
}
