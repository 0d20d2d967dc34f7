//! Nothing that runs unattended keeps or tells a secret: run logs, records, the ledger,
//! notifications, metrics, logs at trace level.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::files;
use crate::graph;
use crate::harness::{Home, Ran, Tenant};

const KEY_PASSWORD: &str = "Correct-Horse-77";
const SMTP_PASSWORD: &str = "Smtp-Battery-78";
const HOOK_PATH: &str = "S3cr3t-Staple-79";
const HOOK_KEY: &str = "Hmac-Ledger-80-Hmac";
const LEDGER_PASSWORD: &str = "Pg-Donkey-81";
const TOKEN: &str =
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJub2JvZHkifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ";

/// A home in which everything that is secret is planted where it belongs.
struct Scene {
    home: Home,
    tenant: Tenant,
    /// Of a token of the application.
    signature: String,
    /// Of the application's key.
    key: String,
}

impl Scene {
    fn new() -> Self {
        let tenant = Tenant::start(20);
        let home = Home::of(&tenant);
        let (thumbprint, certificate) = home.certificate();
        let app = tenant.register(certificate);
        // Learn, "Microsoft Graph permissions reference": Mail.Send.
        graph::consent(&tenant, &app, "b633e1c5-b582-4048-a93e-9f11b44c7e96");
        let password = home.file("password", format!("{KEY_PASSWORD}\n"));
        let _ = home
            .run(&format!(
                "cert export {thumbprint} --format pfx --out key.pfx --password-file {password}"
            ))
            .ok();
        let key = home.read(&format!("home/certificates/{thumbprint}.pem"));
        let key = key.split("-----BEGIN PRIVATE KEY-----").nth(1).unwrap();
        let key: String = key.lines().skip(2).take(3).collect();
        let _ = home.run(&format!("cert remove {thumbprint} --yes")).ok();
        let scene = Self { home, tenant, signature: String::new(), key };
        let _ = scene
            .run(&format!(
                "Connect-ExchangeOnline -CertificateFilePath {} -AppId {app} -Organization contoso.onmicrosoft.com --password-env EXO_PASSWORD --profile contoso",
                scene.home.path().join("key.pfx").display()
            ))
            .ok();
        let token = scene.run("token").ok().stdout.trim().to_owned();
        let signature = token.rsplit('.').next().unwrap().to_owned();
        scene.plant();
        Self { signature, ..scene }
    }

    fn plant(&self) {
        self.home.file("hook-key", HOOK_KEY);
        self.home.file("hook", format!("https://localhost:1/{HOOK_PATH}?sig={HOOK_PATH}"));
        self.home.file("smtp-password", SMTP_PASSWORD);
        self.home.file("planted-token", TOKEN);
        let here = self.home.path().display();
        self.home.file(
            "home/config/notify.toml",
            format!(
                "[channel.ops]\nkind = 'mail'\nfrom = 'exoctl@contoso.com'\nto = 'ops@contoso.com'\ngraph = true\nprofile = 'contoso'\n
                 [channel.post]\nkind = 'mail'\nfrom = 'exoctl@contoso.com'\nto = 'ops@contoso.com'\nsmtp = 'localhost:1'\nuser = 'exoctl'\npassword = 'file:{here}/smtp-password'\n
                 [channel.room]\nkind = 'teams'\nurl = 'file:{here}/hook'\n
                 [channel.chat]\nkind = 'slack'\nurl = 'file:{here}/hook'\n
                 [channel.program]\nkind = 'webhook'\nurl = 'file:{here}/hook'\nkey = 'file:{here}/hook-key'\n
                 [channel.alive]\nkind = 'healthcheck'\nurl = 'file:{here}/hook'\n"
            ),
        );
        std::fs::create_dir_all(self.home.path().join("home/config/jobs")).unwrap();
        // A program that tells all it can: its environment, files with tokens, what it was given.
        self.home.file(
            "home/config/jobs/talk.toml",
            format!(
                "name = 'talk'\nprofile = 'contoso'\n
                 [[steps]]\ncmdlet = 'Get-Mailbox -ResultSize 5'\noutput = 'mailboxes.csv'\n
                 [[steps]]\nprogram = ['sh', '-c', 'env; echo \"$TOKEN\"; cat {here}/planted-token; cat {here}/password >&2; echo \"$TOKEN\" >&2; exit 4']\ntoken-env = 'TOKEN'\nidempotent = true\n
                 [notify]\non = ['success', 'failure', 'change', 'recovered', 'unknown', 'late']\nto = ['ops', 'post', 'room', 'chat', 'program', 'alive']\n"
            ),
        );
    }

    /// Runs a line with the password of the key, and with everything logged.
    fn run(&self, line: &str) -> Ran {
        self.home.run_with(
            &format!("{line} --log trace"),
            &[("EXO_PASSWORD", KEY_PASSWORD), ("AZURE_CLIENT_CERTIFICATE_PASSWORD", KEY_PASSWORD)],
            "",
        )
    }

    fn secrets(&self) -> [&str; 8] {
        let token = TOKEN.rsplit('.').next().unwrap();
        [
            KEY_PASSWORD,
            SMTP_PASSWORD,
            HOOK_PATH,
            HOOK_KEY,
            LEDGER_PASSWORD,
            token,
            &self.signature,
            &self.key,
        ]
    }

    #[track_caller]
    fn assert_silent(&self, name: &str, bytes: &[u8]) {
        for secret in self.secrets() {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {name}:\n{}", String::from_utf8_lossy(bytes));
        }
    }
}

#[test]
fn nothing_that_runs_unattended_keeps_or_tells_a_secret() {
    let scene = Scene::new();
    let failed = scene.run("job run talk");
    assert_eq!(failed.exit, 4, "{}", failed.stderr);
    let mut said = vec![failed];
    for line in [
        "job check",
        "job show talk",
        "job list -o json",
        "job history talk -o json",
        "job logs talk",
        "notify list",
        "notify outbox -o json",
        "notify test --event failure --print",
        "notify test --event failure",
        "notify outbox --retry",
    ] {
        said.push(scene.run(line));
    }
    let (metrics, served) = serve(&scene);
    assert!(metrics.contains("exoctl_"), "{metrics}");
    scene.assert_silent("/metrics", metrics.as_bytes());
    scene.assert_silent("the log of serve", served.as_bytes());
    for ran in &said {
        scene.assert_silent("stdout", ran.stdout.as_bytes());
        scene.assert_silent("stderr", ran.stderr.as_bytes());
    }

    let mails = scene.tenant.sent_mail();
    assert!(!mails.is_empty(), "somebody was told");
    for mail in &mails {
        scene.assert_silent("a mail", &mail.content);
    }
    let kept: Vec<PathBuf> = files(&scene.home.path().join("home"))
        .into_iter()
        // Where tokens and keys belong.
        .filter(|path| !["tokens", "certificates"].iter().any(|own| has(path, own)))
        .collect();
    for name in ["ledger.db", "run.json", "run.log", "talk.toml", "notify.toml", "mailboxes.csv"] {
        assert!(kept.iter().any(|path| has(path, name)), "{name} is looked at");
    }
    for path in &kept {
        scene.assert_silent(&path.display().to_string(), &std::fs::read(path).unwrap());
    }
    // What the program has said was kept, without what is secret in it.
    let log = kept.iter().find(|path| has(path, "run.log")).unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("***"), "{log}");
}

#[test]
fn what_runs_leave_is_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let tenant = Tenant::start(5);
    let home = Home::of(&tenant);
    home.connected(&tenant);
    let profile = home.run("profile list -o jsonl").ok().stdout;
    let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
    std::fs::create_dir_all(home.path().join("home/config/jobs")).unwrap();
    home.file(
        "home/config/jobs/read.toml",
        format!(
            "name = 'read'\nprofile = {}\n[[steps]]\ncmdlet = 'Get-Mailbox'\noutput = 'mailboxes.csv'\n",
            profile["name"]
        ),
    );
    let _ = home.run("job run read").ok();
    let data = home.path().join("home/data");
    let kept = files(&data);
    assert!(kept.iter().any(|path| has(path, "ledger.db")), "{kept:?}");
    assert!(kept.iter().any(|path| has(path, "mailboxes.csv")), "{kept:?}");
    for path in kept {
        for path in path.ancestors().take_while(|path| path.starts_with(&data)) {
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} is {mode:o}", path.display());
        }
    }
}

#[test]
fn the_address_of_a_ledger_is_not_told() {
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("home/config/jobs")).unwrap();
    let url = format!("postgres://exoctl:{LEDGER_PASSWORD}@localhost:1/exoctl");
    let file = home.file("ledger-url", &url);
    for (line, ledger) in [
        ("job history", url.clone()),
        ("notify outbox", format!("file:{file}")),
        ("serve", url),
        ("job history", format!("mysql://exoctl:{LEDGER_PASSWORD}@localhost/exoctl")),
        ("job history", format!("postgres://exoctl:{LEDGER_PASSWORD}@localhost:none/exoctl")),
    ] {
        let ran = home.run_with(&format!("{line} --log trace"), &[("EXOCTL_LEDGER", &ledger)], "");
        assert_ne!(ran.exit, 0, "{line}");
        let text = ran.stdout + &ran.stderr;
        assert!(!text.contains(LEDGER_PASSWORD), "{line}: {text}");
        for path in files(&home.path().join("home")) {
            let kept = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!kept.contains(LEDGER_PASSWORD), "{}", path.display());
        }
    }
}

fn has(path: &Path, name: &str) -> bool {
    path.components().any(|part| part.as_os_str() == name)
}

/// Serves until it has answered; gives its metrics and what it has said.
fn serve(scene: &Scene) -> (String, String) {
    let words = "serve --listen 127.0.0.1:0 --log trace".split(' ').map(str::to_owned);
    let mut serving = scene
        .home
        .command(words)
        .env("EXO_PASSWORD", KEY_PASSWORD)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(serving.stderr.take().unwrap());
    let mut said = String::new();
    let address = loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "{said}");
        said.push_str(&line);
        let found = line.split("http://").nth(1).map(|rest| {
            rest.split(|c: char| c == '/' || c.is_whitespace()).next().unwrap().to_owned()
        });
        if let Some(address) = found {
            break address;
        }
    };
    let mut socket = TcpStream::connect(address).unwrap();
    socket
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut metrics = String::new();
    socket.read_to_string(&mut metrics).unwrap();
    terminate(&serving);
    stderr.read_to_string(&mut said).unwrap();
    serving.wait().unwrap();
    (metrics, said)
}

fn terminate(child: &Child) {
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").arg(&pid).status().unwrap().success());
}
