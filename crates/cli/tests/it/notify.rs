//! Channels, their templates, and being told over the simulated tenant's Graph.

use serde_json::Value;

use crate::graph;
use crate::harness::{Home, Tenant};

const URL: &str = "https://hooks.contoso.com/services/S3cr3tS3cr3t?sig=abcdefgh";

fn home(channels: &str) -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.path().join("home/config")).unwrap();
    home.file("home/config/notify.toml", channels);
    home
}

const ALL: &str = "
[channel.post]
kind = 'mail'
from = 'exoctl@contoso.com'
to = 'ops@contoso.com'
smtp = 'smtp.contoso.com'
digest = '1h'

[channel.room]
kind = 'teams'
url = 'env:HOOK'

[channel.alive]
kind = 'healthcheck'
url = 'file:check'
";

#[test]
fn channels_are_listed_with_their_hosts_and_without_their_addresses() {
    let home = home(ALL);
    home.file("home/config/check", format!("{URL}\n"));
    let listed = home.run_with("notify list -o json", &[("HOOK", URL)], "").ok();
    let rows: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap();
    let hosts: Vec<&str> = rows.iter().map(|row| row["host"].as_str().unwrap()).collect();
    assert_eq!(hosts, ["hooks.contoso.com", "smtp.contoso.com", "hooks.contoso.com"]);
    assert!(!listed.stdout.contains("S3cr3t") && !listed.stdout.contains("abcdefgh"));
    let without = home.run("notify list -o json");
    assert_eq!(without.exit, 3, "{}", without.stderr);
    assert!(without.stdout.contains("could not read env:HOOK"), "{}", without.stdout);
}

#[test]
fn what_is_in_the_way_is_told_and_no_secret_with_it() {
    for (channels, line, exit, expected) in [
        ("[channel.x]\nkind = 'slack'\nurl = 'S3cr3t'", "notify test x", 2, "[notify-file]"),
        ("[channel.x\nS3cr3t", "notify list", 2, "line 1, column 11"),
        (ALL, "notify test nobody", 2, "[notify-no-channel]"),
        ("", "notify test", 2, "there is no channel at all"),
        (ALL, "notify test room", 7, "[notify-secret]"),
        (ALL, "notify test alive", 2, "[notify-address]"),
        (ALL, "notify test post --event nosuch", 2, "is no event"),
    ] {
        let home = home(channels);
        home.file("home/config/check", "http://S3cr3t.contoso.com/");
        let ran = home.run(line);
        assert_eq!(ran.exit, exit, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
        assert!(!ran.stderr.contains("S3cr3t"), "{line}: {}", ran.stderr);
    }
}

#[test]
fn templates_are_written_changed_and_looked_at() {
    let home = home(ALL);
    let written = home.run("notify templates --write -o json").ok();
    assert!(written.stdout.contains("\"written\":true"), "{}", written.stdout);
    let again = home.run("notify templates --write -o json").ok();
    assert!(!again.stdout.contains("\"written\":true"), "what is there stays");
    let _ = home.run("notify templates").ok();
    home.file("home/config/templates/room.json", "{\"said\": {{ headline }}}");
    let printed = home.run("notify test room --event failure --print").ok();
    let value: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(value["said"], "monthly-audit failed for contoso");

    home.file("home/config/templates/post.txt", "Subject: {{ nosuch }}");
    let listed = home.run("notify templates -o json");
    assert_eq!(listed.exit, 3, "{}", listed.stderr);
    assert!(
        listed.stdout.contains("template post.txt, line 1: undefined value"),
        "{}",
        listed.stdout
    );
    let printed = home.run("notify test post --print");
    assert_eq!(printed.exit, 2);
    assert!(printed.stderr.contains("[notify-template]"), "{}", printed.stderr);
}

#[test]
fn a_mail_goes_through_graph_as_the_profiles_application() {
    let tenant = Tenant::start(10);
    let home = Home::of(&tenant);
    let (thumbprint, certificate) = home.certificate();
    let app = tenant.register(certificate);
    // Learn, "Microsoft Graph permissions reference": Mail.Send.
    graph::consent(&tenant, &app, "b633e1c5-b582-4048-a93e-9f11b44c7e96");
    let who = format!("-CertificateThumbprint {thumbprint} -AppId {app}");
    let _ = home
        .run(&format!("Connect-ExchangeOnline {who} -Organization contoso.onmicrosoft.com"))
        .ok();
    home.file(
        "home/config/notify.toml",
        "[channel.ops]\nkind = 'mail'\nfrom = 'exoctl@contoso.com'\nto = 'ops@contoso.com'\ngraph = true\n",
    );
    let told = home.run("notify test ops --event failure -o jsonl").ok();
    let row: Value = serde_json::from_str(&told.stdout).unwrap();
    let receipt = row["receipt"].as_str().unwrap();
    assert!(receipt.starts_with("<exoctl.run.") && receipt.ends_with(".failure@contoso.com>"));
    let [mail] = &tenant.sent_mail()[..] else { panic!("not one mail") };
    assert_eq!(mail.user, "exoctl@contoso.com");
    let text = String::from_utf8(mail.content.clone()).unwrap();
    assert!(text.contains(&format!("Message-ID: {receipt}\r\n")), "{text}");
    assert!(text.contains("Subject: monthly-audit failed for contoso\r\n"), "{text}");
}
