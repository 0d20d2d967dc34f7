//! What others can try: a network that leads elsewhere, names that are traps, readers who are not
//! meant. `docs/threat-model.md` says which of its lines each test shows.

use crate::harness::{Home, Tenant};

/// Clears the screen, sets the title, colours, rings: each in its own way.
const TRAP: &str = "A\u{1b}[2JB\u{1b}]0;C\u{7}D\u{9b}31mE\rF";

fn obeyed(text: &str) -> bool {
    text.contains(|c: char| c.is_control() && c != '\n')
}

#[test]
fn a_name_cannot_speak_to_the_terminal() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let _ = home.run(&format!("Set-Mailbox adele -DisplayName '{TRAP}'")).ok();
    let shown = |format| {
        home.run(&format!("Get-Mailbox adele -o {format} --select DisplayName")).ok().stdout
    };
    for format in ["table", "list"] {
        assert!(shown(format).contains("[2JB") && !obeyed(&shown(format)), "{:?}", shown(format));
    }
    // JSON has its own way to write the ASCII ones, and lets those from U+007F on as they are.
    for format in ["json", "jsonl", "yaml"] {
        let text = shown(format).replace('\u{9b}', "");
        assert!(text.contains("[2JB") && !obeyed(&text), "{text:?}");
    }
    assert!(shown("csv").contains(TRAP), "a cell is what the tenant holds: {:?}", shown("csv"));

    for line in [
        format!("Get-Mailbox 'x{TRAP}'"),
        format!("Get-Mailbox 'x{TRAP}' -Verbose"),
        format!("Set-Mailbox 'x{TRAP}' -Office b -WhatIf"),
        format!("Remove-Mailbox '{TRAP}'"),
        format!("Get-Mailbox -{TRAP} x"),
        format!("cert show {TRAP}"),
    ] {
        let said = home.run(&line).stderr;
        assert!(said.contains('F') && !obeyed(&said), "{line:?}: {said:?}");
    }
}

#[test]
fn a_name_cannot_forge_a_line_of_the_log() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let forged = "x\n2026-01-01T00:00:00.000000Z ERROR forged: by a name";
    let text = home.run(&format!("Get-Mailbox \"'{forged}'\" --log trace")).stderr;
    let (log, _error) = text.split_once("error:").unwrap();
    assert!(log.contains("InvokeCommand") && !log.contains("forged"), "{log}");

    let forged = "x\n{\"level\":\"ERROR\",\"forged\":\"by a name\"}";
    let line = ["Get-Mailbox", &format!("'{forged}'"), "--log", "trace", "--log-format", "json"];
    let text = home.run_words(&line).stderr;
    let (log, _error) = text.split_once("error:").unwrap();
    assert!(log.lines().count() > 1, "{log}");
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(event["timestamp"].is_string() && event["forged"].is_null(), "{line}");
    }
}

#[test]
fn a_column_cannot_answer_the_question() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    home.file("leavers.csv", "Identity,Confirm,WhatIf,Force\nadele,false,false,true\n");
    let asked = home.run("Remove-Mailbox --input leavers.csv");
    assert_eq!(asked.exit, 2, "{}", asked.stderr);
    assert!(asked.stderr.contains("there is no terminal to ask"), "{}", asked.stderr);
    let told = "from the columns: Identity, Force; not used: Confirm, WhatIf\n";
    assert!(asked.stderr.starts_with(told), "{}", asked.stderr);
    let _ = home.run("Get-Mailbox adele").ok();
}

#[cfg(unix)]
#[test]
fn what_may_hold_secrets_is_written_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let (thumbprint, _) = home.certificate();
    let export = format!("cert export {thumbprint} --private-key --no-password");
    let _ = home.run(&format!("{export} --format pem --out key.pem")).ok();
    home.file("key.pfx", "not ours yet, and open to all");
    let _ = home.run(&format!("{export} --format pfx --out key.pfx --force")).ok();
    let _ = home.run("Get-Mailbox adele --out rows.json").ok();
    home.file("users.csv", "Identity\nnobody\n");
    assert_eq!(home.run("Get-Mailbox --input users.csv").exit, 1);
    for file in ["key.pem", "key.pfx", "rows.json", "users.failed.csv"] {
        let mode = std::fs::metadata(home.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

/// Elsewhere than on Linux the authorities that are trusted cannot be chosen by a variable.
#[cfg(target_os = "linux")]
pub(crate) mod network {
    use std::io::{self, Read as _, Write as _};
    use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
    use std::sync::mpsc::{self, Receiver};
    use std::thread;

    use super::*;

    /// The simulated tenant has a certificate for Microsoft's names, from an authority of its own.
    #[test]
    fn who_claims_to_be_microsoft_is_asked_for_a_trusted_certificate() {
        let tenant = Tenant::start(50);
        let file = std::fs::read(tenant.environment()).unwrap();
        let file: serde_json::Value = serde_json::from_slice(&file).unwrap();
        let place = file["authority"].as_str().unwrap().trim_start_matches("https://");
        let (proxy, asked) = proxy_to(place.trim_end_matches('/').parse().unwrap());
        let proxy = format!("http://{proxy}");

        let home = Home::new();
        let (thumbprint, certificate) = home.certificate();
        let app = tenant.register(certificate);
        let connect = format!(
            "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {app} -Organization contoso.onmicrosoft.com"
        );
        let fooled = home.run_with(&connect, &[("HTTPS_PROXY", &proxy)], "");
        assert_eq!(fooled.exit, 7, "{}", fooled.stderr);
        assert!(fooled.stderr.contains("certificate"), "{}", fooled.stderr);
        assert_eq!(asked.recv().unwrap(), "CONNECT login.microsoftonline.com:443 HTTP/1.1");
        assert_eq!(asked.try_iter().count(), 0, "it is not tried again");

        // The same works once the authority is trusted, so it was the certificate and nothing else.
        let trusted = home.file("ca.pem", file["certificateAuthority"].as_str().unwrap());
        let _ = home
            .run_with(&connect, &[("HTTPS_PROXY", &proxy), ("SSL_CERT_FILE", &trusted)], "")
            .ok();
    }

    /// A proxy that leads every tunnel to one place, whatever host it was asked for. Gives its
    /// address, and the first line of each request.
    pub(crate) fn proxy_to(place: SocketAddr) -> (SocketAddr, Receiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = mpsc::channel();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let tell = tell.clone();
                thread::spawn(move || tunnel(near, place, &tell));
            }
        });
        (address, asked)
    }

    /// Ends when one side does, whatever the reason.
    fn tunnel(
        mut near: TcpStream,
        place: SocketAddr,
        tell: &mpsc::Sender<String>,
    ) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            near.read_exact(&mut byte)?;
            head.extend(byte);
        }
        let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
        let _ = tell.send(line);
        near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        let mut far = TcpStream::connect(place)?;
        let (mut from_far, mut to_near) = (far.try_clone()?, near.try_clone()?);
        thread::spawn(move || {
            let _ = io::copy(&mut from_far, &mut to_near);
            let _ = to_near.shutdown(Shutdown::Both);
        });
        let _ = io::copy(&mut near, &mut far);
        far.shutdown(Shutdown::Both)
    }
}
