use super::*;
use crate::Channels;

const ALL: &str = r#"
[channel.ops]
kind = "mail"
from = "exoctl <exoctl@contoso.com>"
to = ["ops@contoso.com", "boss@contoso.com"]
smtp = "smtp.contoso.com"
user = "exoctl"
password = "file:smtp-password"
digest = "15m"

[channel.graph]
kind = "mail"
from = "exoctl@contoso.com"
to = "ops@contoso.com"
graph = true
profile = "contoso"

[channel.room]
kind = "teams"
url = "env:TEAMS_URL"

[channel.chat]
kind = "slack"
url = "file:/run/secrets/slack"

[channel.tickets]
kind = "webhook"
url = "env:TICKETS"
key = "env:TICKETS_KEY"
ca = "private.pem"

[channel.alive]
kind = "healthcheck"
url = "file:check"
exit_code = true
"#;

#[test]
fn every_kind_is_read() {
    let channels = Channels::parse(ALL, Path::new("/etc/exoctl")).unwrap();
    let shown: Vec<String> = channels
        .iter()
        .map(|c| format!("{} {} {} {:?}", c.name, c.way.kind(), c.way.place(), c.digest))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    alive healthcheck file:/etc/exoctl/check None
    chat slack file:/run/secrets/slack None
    graph mail ops@contoso.com by Microsoft Graph as contoso None
    ops mail ops@contoso.com, boss@contoso.com by smtp.contoso.com:587 Some(900s)
    room teams env:TEAMS_URL None
    tickets webhook env:TICKETS None
    ");
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, expected) in [
        ("[channel.x", "line 1, column 11"),
        ("[channel.a]\nkind = 'slack'\nurl = ", "line 3, column 7"),
        ("[chanel.x]\nkind = 'mail'", "channel chanel: is no table of channels"),
        ("[channel.x]", "channel x: has no kind"),
        ("[channel.x]\nkind = 'pigeon'", "channel x: is of no kind that there is"),
        ("[channel.'a b']\nkind = 'slack'", "channel a b: a name has letters"),
        ("[channel.x]\nkind = 'slack'", "missing field `url`"),
        ("[channel.x]\nkind = 'slack'\nurl = 'env:A'\nkey = 'env:B'", "unknown field `key`"),
        ("[channel.x]\nkind = 'healthcheck'\nurl = 'env:A'\ndigest = '1h'", "no digest"),
        ("[channel.x]\nkind = 'slack'\nurl = 'env:A'\ndigest = '1s'", "from 1m to 7d"),
        (
            "[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = 'nobody'\ngraph = true",
            "'nobody' is no mail",
        ),
        ("[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = []\ngraph = true", "names nobody"),
        ("[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = 'a@b.c'", "needs smtp"),
        (
            "[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = 'a@b.c'\nsmtp = 'h'\ngraph = true",
            "needs smtp",
        ),
        ("[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = 'a@b.c'\nsmtp = 'h:x'", "no HOST"),
        (
            "[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = 'a@b.c'\nsmtp = 'h'\nuser = 'u'",
            "user needs",
        ),
        (
            "[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = 'a@b.c'\nsmtp = 'h'\npassword = 'env:P'",
            "need user",
        ),
        (
            "[channel.x]\nkind = 'mail'\nfrom = 'a@b.c'\nto = 'a@b.c'\ngraph = true\nca = 'x'",
            "go with smtp",
        ),
    ] {
        let error = Channels::parse(text, Path::new("/")).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}\n{error}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    for wrong in [
        "url = 'https://hooks.contoso.com/s3cr3t'",
        "url = ['https://hooks.contoso.com/s3cr3t']",
        "url = 'env:A'\nkey = 's3cr3t'",
        "url = 'env:A'\nca = 'x'\nkey = { s3cr3t = 's3cr3t' }",
        "url = 'https://hooks.contoso.com/s3cr3t",
        "url = https://hooks.contoso.com/s3cr3t",
    ] {
        let text = format!("[channel.x]\nkind = 'webhook'\n{wrong}\n");
        let error = Channels::parse(&text, Path::new("/")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
}
