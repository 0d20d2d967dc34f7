//! What the demo tells.

use std::fs;
use std::path::Path;

use exoctl_sim::{DirectoryRole, Registration};

use super::stage::Stage;
use crate::error::{CommandError, FileError};
use crate::exit::ExitCode;

/// Tells the story from the certificate to the disconnect.
pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<(), CommandError> {
    prologue(stage)?;
    let thumbprint = certificate(stage).await?;
    let application = registration(stage)?;
    connection(stage, &thumbprint, &application).await?;
    reading(stage).await?;
    bulk_change(stage).await?;
    failures(stage, &application).await?;
    disconnect(stage).await
}

fn prologue(stage: &mut Stage<'_>) -> Result<(), CommandError> {
    let ready = stage.ready().clone();
    stage.say(&format!(
        "exoctl signs in to Exchange Online with a certificate and runs any cmdlet, with nobody watching.\n\
         \n\
         THE TENANT BELOW IS SIMULATED: {} at {}, inside this process.\n\
         No account, no network, nothing kept. The commands and the code that runs them are the real ones.",
        ready.organization, ready.url,
    ))
}

async fn certificate(stage: &mut Stage<'_>) -> Result<String, CommandError> {
    stage.step(
        "A certificate",
        "The key is made here and stays in exoctl's store (mode 0600); only the public part leaves it.",
    )?;
    stage
        .run(&[
            "cert",
            "new",
            "--subject",
            "CN=EXO Reporting",
            "--valid-for",
            "1y",
            "-o",
            "list",
            "--select",
            "thumbprint,subject,notAfter,path",
        ])
        .await?;
    let thumbprint = stage.thumbprint("CN=EXO Reporting")?;
    stage.run(&["cert", "export", &thumbprint, "--format", "cer", "--out", "exo.cer"]).await?;
    Ok(thumbprint)
}

fn registration(stage: &mut Stage<'_>) -> Result<String, CommandError> {
    stage.step(
        "An application",
        "In a real tenant an administrator registers it in the Entra admin centre, uploads exo.cer, consents to\n\
         Exchange.ManageAsApp and assigns a role. On a simulated tenant this line does it; the demo, which runs the\n\
         tenant itself, does the same without it.",
    )?;
    stage.show(&[
        "sim",
        "register",
        "--state",
        "tenant",
        "--certificate",
        "exo.cer",
        "--role",
        "Exchange Administrator",
        "--name",
        "EXO Reporting",
    ])?;
    let certificate = read(Path::new("exo.cer"))?;
    let registration = Registration::new(certificate)
        .with_name("EXO Reporting")
        .with_role(DirectoryRole::ExchangeAdministrator);
    let registered = stage.tenant().register(registration).map_err(CommandError::failed)?;
    let application = registered.app_id.to_string();
    stage.say(&format!("application (client) id {application}"))?;
    Ok(application)
}

async fn connection(
    stage: &mut Stage<'_>,
    thumbprint: &str,
    application: &str,
) -> Result<(), CommandError> {
    stage.step(
        "Connect",
        "A client assertion, signed with the key, becomes an access token; the token's role and permission are\n\
         checked before the first call. The line is the one that works in PowerShell.",
    )?;
    let organization = stage.ready().organization.clone();
    stage
        .run(&[
            "Connect-ExchangeOnline",
            "-CertificateThumbprint",
            thumbprint,
            "-AppId",
            application,
            "-Organization",
            &organization,
        ])
        .await
}

async fn reading(stage: &mut Stage<'_>) -> Result<(), CommandError> {
    stage.step("Read", "A cmdlet with PowerShell's parameters, as a table.")?;
    stage
        .run(&[
            "Get-Mailbox",
            "-RecipientTypeDetails",
            "UserMailbox",
            "-ResultSize",
            "5",
            "-o",
            "table",
        ])
        .await?;
    stage.step(
        "Read everything",
        "Pages are fetched and written as they come; a result that would be short is an error, not a file.",
    )?;
    stage
        .run(&["Get-Mailbox", "-ResultSize", "Unlimited", "-o", "csv", "--out", "mailboxes.csv"])
        .await?;
    let rows = csv::Reader::from_path("mailboxes.csv")
        .map_err(CommandError::failed)?
        .into_records()
        .count();
    stage.say(&format!("mailboxes.csv has {rows} rows."))
}

async fn bulk_change(stage: &mut Stage<'_>) -> Result<(), CommandError> {
    stage.step(
        "Change in bulk",
        "One cmdlet for every row of a CSV file, in batches, with {Column} placeholders.",
    )?;
    let users = "User,Office\nadele,Paris 1\nAlexW,Oslo 2\nnobody.at.all,Rome 3\n";
    write(Path::new("users.csv"), users)?;
    for line in users.lines() {
        stage.say(&format!("  {line}"))?;
    }
    let line =
        ["Set-Mailbox", "--input", "users.csv", "-Identity", "{User}", "-Office", "{Office}"];
    stage.run_to(ExitCode::Failed, &line).await?;
    stage.say("Two rows were changed, and the one that failed can be corrected and fed back:")?;
    let failed = String::from_utf8_lossy(&read(Path::new("users.failed.csv"))?).into_owned();
    for line in failed.lines() {
        stage.say(&format!("  {line}"))?;
    }
    stage
        .run(&["Get-Mailbox", "-Identity", "adele", "-o", "list", "--select", "DisplayName,Office"])
        .await
}

async fn failures(stage: &mut Stage<'_>, application: &str) -> Result<(), CommandError> {
    stage.step(
        "A failure, explained",
        "A certificate that the application does not know. The service's code is kept; cause and fix are added, and\n\
         the exit code (4: authentication) tells a script what happened.",
    )?;
    stage
        .run(&[
            "cert",
            "new",
            "--subject",
            "CN=Not registered",
            "--valid-for",
            "30d",
            "-o",
            "list",
            "--select",
            "thumbprint,subject",
        ])
        .await?;
    let stranger = stage.thumbprint("CN=Not registered")?;
    let organization = stage.ready().organization.clone();
    stage
        .run_to(
            ExitCode::Authentication,
            &[
                "Connect-ExchangeOnline",
                "-CertificateThumbprint",
                &stranger,
                "-AppId",
                application,
                "-Organization",
                &organization,
                "-Prefix",
                "stranger",
            ],
        )
        .await
}

async fn disconnect(stage: &mut Stage<'_>) -> Result<(), CommandError> {
    stage.step("Disconnect", "The connection and its cached token are gone from this machine.")?;
    stage.run(&["Disconnect-ExchangeOnline", "-Confirm:$false"]).await?;
    stage.say(
        "\nThat was the simulated tenant. On yours the same lines work: README.md says how to begin,\n\
         and `exoctl sim --help` runs a simulated tenant that stays.",
    )
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    fs::read(path).map_err(|source| {
        FileError { operation: "read the file", path: path.into(), source }.into()
    })
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    fs::write(path, text).map_err(|source| {
        FileError { operation: "write the file", path: path.into(), source }.into()
    })
}
