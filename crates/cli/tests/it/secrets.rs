//! No secret leaves the program, however much it talks.

#[cfg(unix)]
mod unattended;

use crate::harness::{Home, Tenant};

#[test]
fn at_trace_level_no_key_password_assertion_or_token_is_written_anywhere() {
    let tenant = Tenant::start(50);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register(certificate);
    let password = home.file("password", "Correct-Horse-77\n");
    let _ = home
        .run(&format!(
            "cert export {thumbprint} --format pfx --out key.pfx --password-file {password}"
        ))
        .ok();
    let connect = format!(
        "Connect-ExchangeOnline -CertificateFilePath key.pfx -AppId {app} -Organization contoso.onmicrosoft.com --password-env P --log trace"
    );
    let variables = [("P", "Correct-Horse-77")];
    let runs = [
        home.run_with(&connect, &variables, ""),
        home.run("Get-Mailbox adele -Verbose --log trace"),
        home.run_with(
            "Get-Mailbox adele --no-token-cache --log trace --log-format json",
            &variables,
            "",
        ),
        home.run("Get-Mailbox nobody --log exoctl=trace,hyper=trace,reqwest=trace,rustls=trace"),
        home.run_with(&connect, &[("P", "Wrong-Horse-78")], ""),
        home.run("Connect-ExchangeOnline -CertificatePassword Correct-Horse-77"),
        home.run("Connect-ExchangeOnline -AccessToken eyJ0eXAiOiJKV1QifQ.e30.c2lnbmF0dXJl"),
    ];
    assert_eq!(runs.each_ref().map(|run| run.exit), [0, 0, 0, 1, 1, 2, 2]);
    let token = home.run_with("token", &variables, "").ok().stdout.trim().to_owned();
    let signature = token.rsplit('.').next().unwrap().to_owned();
    let key =
        std::fs::read_to_string(home.path().join(format!("home/certificates/{thumbprint}.pem")))
            .unwrap();
    let key: String =
        key.split("-----BEGIN PRIVATE KEY-----").nth(1).unwrap().lines().skip(2).take(3).collect();
    assert!(key.len() > 100, "a part of the key's own lines");
    let secrets = ["Correct-Horse-77", "Wrong-Horse-78", "c2lnbmF0dXJl", &signature, &key];
    for run in &runs {
        for text in [&run.stdout, &run.stderr] {
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} is in:\n{text}");
            }
            // The header of a JWT, which begins every assertion and token.
            assert!(!text.contains("eyJ"), "a JWT is in:\n{text}");
        }
    }
    let kept = home.path().join("home");
    for directory in ["config", "cache"] {
        for file in files(&kept.join(directory)) {
            let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} is in {}", file.display());
            }
        }
    }
}

fn files(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
