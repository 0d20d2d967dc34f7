//! A page that says what to click, filled in with the tenant's values.

use std::fmt::Write as _;

use exoctl_identity::EXCHANGE_APP_ROLE;

use crate::desired::{Desired, WantedApplication, WantedCertificate};
use crate::observed::Observed;
use crate::role_group::RoleGroup;
use crate::well_known::EXCHANGE_ONLINE_NAME;

/// The way to the desired state through the portal, as Markdown.
pub fn guide(desired: &Desired, observed: &Observed) -> String {
    let organization = &desired.organization;
    let name = match (&desired.application, &observed.application) {
        (_, Some(there)) => there.display_name.clone(),
        (WantedApplication::Own { display_name, .. }, None) => display_name.clone(),
        (WantedApplication::Existing { app_id }, None) => app_id.to_string(),
    };
    let mut out = format!("# {name} in {organization}\n\n");
    let _ = writeln!(out, "Tenant: `{}`\n", desired.tenant);
    let mut step = Steps { out: &mut out, number: 0 };
    certificate(&desired.certificate, &mut step);
    application(&name, observed, &mut step);
    step.step(
        "Upload the certificate",
        "In the application, *Certificates & secrets* > *Certificates* > *Upload certificate*: `exo.cer`. Add no client secret.",
    );
    step.step(
        "Ask for the permission",
        &format!(
            "*API permissions* > *Add a permission* > *APIs my organization uses* > *{EXCHANGE_ONLINE_NAME}* > *Application \
             permissions* > `{EXCHANGE_APP_ROLE}`. Remove *Microsoft Graph / User.Read*: an application without users does not need it."
        ),
    );
    step.step(
        "Consent",
        &format!("As a Cloud Application Administrator: *Grant admin consent for {organization}*."),
    );
    for role in desired.access.known_roles() {
        step.step(
            &format!("Assign the directory role {}", role.name),
            &format!(
                "As a Privileged Role Administrator: *Roles & admins* > *{}* > *Add assignments* > `{name}`, active and not eligible.",
                role.name
            ),
        );
    }
    if let Some(group) = &desired.access.role_group {
        exchange(desired, observed, group, &mut step);
    }
    step.step(
        "Connect",
        &format!(
            "A new role takes some minutes.\n\n```console\n$ exoctl Connect-ExchangeOnline -CertificateThumbprint THUMBPRINT -AppId {} -Organization {organization}\n```",
            client_id(observed)
        ),
    );
    out
}

struct Steps<'a> {
    out: &'a mut String,
    number: usize,
}

impl Steps<'_> {
    fn step(&mut self, title: &str, text: &str) {
        self.number += 1;
        let _ = writeln!(self.out, "## {}. {title}\n\n{text}\n", self.number);
    }
}

fn certificate(wanted: &WantedCertificate, step: &mut Steps<'_>) {
    match wanted {
        WantedCertificate::New { subject, valid_for } => step.step(
            "Make the key and its certificate",
            &format!(
                "```console\n$ exoctl cert new --subject \"{subject}\" --valid-for {valid_for}\n$ exoctl cert export THUMBPRINT --format cer --out exo.cer\n```"
            ),
        ),
        WantedCertificate::Existing { certificate } => step.step(
            "Take the certificate's public part",
            &format!(
                "```console\n$ exoctl cert export {} --format cer --out exo.cer\n```",
                certificate.0.thumbprint()
            ),
        ),
    }
}

fn application(name: &str, observed: &Observed, step: &mut Steps<'_>) {
    match &observed.application {
        Some(there) => step.step(
            "Open the application",
            &format!(
                "[Entra admin centre](https://entra.microsoft.com) > *App registrations* > *All applications* > `{name}`, client id `{}`.",
                there.app_id
            ),
        ),
        None => step.step(
            "Register the application",
            &format!(
                "[Entra admin centre](https://entra.microsoft.com) > *App registrations* > *New registration*: name `{name}`, \
                 *Accounts in this organizational directory only*, no redirect URI. Write down its *Application (client) ID*."
            ),
        ),
    }
}

fn exchange(desired: &Desired, observed: &Observed, group: &RoleGroup, step: &mut Steps<'_>) {
    let principal = observed.principal.as_ref().map(|principal| principal.id.to_string());
    let principal = principal.unwrap_or_else(|| "SERVICE-PRINCIPAL-ID".to_owned());
    let lines = exchange_lines(desired, group, &client_id(observed), &principal).join("\n");
    step.step(
        "Give it rights in Exchange",
        &format!(
            "As an Exchange Administrator, in Exchange Online PowerShell. `-ObjectId` is that of the *Enterprise application*, not of the \
             registration: a wrong one is accepted and nothing works.\n\n```powershell\n{lines}\n```"
        ),
    );
}

/// The cmdlets that make the role group and put the application into it.
pub(super) fn exchange_lines(
    desired: &Desired,
    group: &RoleGroup,
    app_id: &str,
    principal: &str,
) -> Vec<String> {
    let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let name = match &desired.application {
        WantedApplication::Own { display_name, .. } => display_name.clone(),
        WantedApplication::Existing { app_id } => app_id.to_string(),
    };
    let mut lines = vec![format!(
        "New-ServicePrincipal -AppId {app_id} -ObjectId {principal} -DisplayName {}",
        literal(&name)
    )];
    if group.is_own() {
        let roles: Vec<String> = group.roles.iter().map(|role| literal(role)).collect();
        let mut line =
            format!("New-RoleGroup -Name {} -Roles {}", literal(&group.name), roles.join(","));
        if let Some(scope) = &group.write_scope {
            let _ = write!(line, " -CustomRecipientWriteScope {}", literal(scope));
        }
        lines.push(line);
    }
    lines.push(format!(
        "Add-RoleGroupMember -Identity {} -Member {principal}",
        literal(&group.name)
    ));
    lines
}

fn client_id(observed: &Observed) -> String {
    let there = observed.application.as_ref();
    there.map_or_else(|| "APP-ID".to_owned(), |there| there.app_id.to_string())
}
