//! Command lines and inputs that are wrong in themselves: the fix is another one.

use crate::catalogue::case::Fix::Corrected;
use crate::catalogue::case::{Case, case};
use crate::catalogue::scene::CONTOSO;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = of_cmdlets();
    cases.extend(of_options());
    cases
}

fn of_cmdlets() -> Vec<Case> {
    vec![
        case(
            "command-line",
            |scene| {
                scene.connect();
                "Get-Mailbox -Idnetity adele".to_owned()
            },
            Corrected("did you mean -Identity?", |_| "Get-Mailbox -Identity adele".to_owned()),
        ),
        case(
            "bulk-input",
            |scene| {
                scene.connect();
                scene.home.file("users.csv", "Identity\n");
                "Get-Mailbox --input users.csv".to_owned()
            },
            Corrected("correct the input where the message says", |scene| {
                scene.home.file("users.csv", "Identity\nadele\n");
                "Get-Mailbox --input users.csv".to_owned()
            }),
        ),
        case(
            "query-wrong",
            |scene| {
                scene.connect();
                "Get-Mailbox adele --query [".to_owned()
            },
            Corrected("for example --query", |_| "Get-Mailbox adele --query [].Name".to_owned()),
        ),
        case(
            "parameter-value",
            |scene| {
                scene.connect();
                "Get-Mailbox -ResultSize many".to_owned()
            },
            Corrected("correct the value as the message says", |_| {
                "Get-Mailbox -ResultSize 2".to_owned()
            }),
        ),
        case(
            "cmdlet-failed",
            |scene| {
                scene.connect();
                "Set-Mailbox adele -EmailAddresses \"@{Add='smtp:x@fabrikam.com'}\"".to_owned()
            },
            Corrected("correct what it names", |_| {
                "Set-Mailbox adele -EmailAddresses \"@{Add='smtp:x@contoso.com'}\"".to_owned()
            }),
        ),
        case(
            "warning-stop",
            |scene| {
                scene.connect();
                // That changes nothing, of which the cmdlet warns.
                let _ = scene.run("Set-Mailbox adele -CustomAttribute1 x").ok();
                "Set-Mailbox adele -CustomAttribute1 x -WarningAction Stop".to_owned()
            },
            Corrected("without -WarningAction Stop", |_| {
                "Set-Mailbox adele -CustomAttribute1 x".to_owned()
            }),
        ),
    ]
}

fn of_options() -> Vec<Case> {
    vec![
        case(
            "time-wrong",
            |_| setup("--role \"Global Reader\" --wait soon"),
            Corrected("write times as", |_| setup("--role \"Global Reader\" --wait 1m")),
        ),
        case(
            "role-unknown",
            |_| setup("--role \"Reports Reader\""),
            Corrected("use one of", |_| setup("--role \"Global Reader\"")),
        ),
        case(
            "certificate-wish",
            |_| "cert new --subject CN=Test --valid-for 0d".to_owned(),
            Corrected("ask for another one", |_| {
                "cert new --subject CN=Test --valid-for 1y".to_owned()
            }),
        ),
        case(
            "certificate-argument",
            |scene| {
                let thumbprint = &scene.thumbprint;
                format!("cert export {thumbprint} --format pem --private-key --no-password --out -")
            },
            Corrected("name a file with --out", |scene| {
                let thumbprint = &scene.thumbprint;
                format!(
                    "cert export {thumbprint} --format pem --private-key --no-password --out key.pem"
                )
            }),
        ),
        case(
            "file-exists",
            |scene| format!("cert export {} --format cer --out exo.cer", scene.thumbprint),
            Corrected("choose another name, or add --force", |scene| {
                format!("cert export {} --format cer --out exo.cer --force", scene.thumbprint)
            }),
        ),
    ]
}

fn setup(more: &str) -> String {
    format!(
        "setup --organization {CONTOSO} --name Reports --access-token-file token.txt --yes {more}"
    )
}
