//! `exoctl app audit`.

use exoctl_identity::DirectoryRole;
use exoctl_model::ClientId;
use exoctl_setup::graph::Application;
use exoctl_setup::{Finding, Observed, WantedApplication, audit};
use serde_json::json;
use uuid::Uuid;

use super::target::TargetArgs;
use crate::commands::setup::{Request, Survey, own_role_group, survey};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl app audit`.
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Look at the role group that setup --for-cmdlets makes too; signs in to Exchange
    #[arg(long)]
    role_group: bool,
    #[command(flatten)]
    sign_in: SignInArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl app audit
  exoctl app audit --organization contoso.onmicrosoft.com --name \"EXO Reporting\"
  exoctl app audit --app-id 36ee… -o json

Lists what is missing and what is too much: permissions, directory roles, certificates that end soon, are valid for more than
two years or whose key is elsewhere, secrets. Each with the command that changes it. The exit code is 3 if there is
anything.";

impl Args {
    pub(super) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        let (organization, wanted) = self.target.find(context)?;
        let request = Request {
            organization,
            application: &wanted,
            scopes: super::SCOPES.to_vec(),
            exchange: self.role_group || self.sign_in.exchange_token_file.is_some(),
        };
        let mut survey = survey(request, &self.sign_in, context, ui).await?;
        let group = own_role_group(&survey.subject(&wanted));
        if let Some(exchange) = &survey.exchange {
            survey.observed.read_role_group(exchange, &group).await?;
        }
        let Some(application) = &survey.observed.application else {
            ui.note("There is no such application.");
            return Ok(ExitCode::Ok);
        };
        let listing = context.store()?.list()?;
        let keys = listing.certificates.iter().filter(|stored| stored.has_private_key);
        let keys: Vec<_> = keys.map(|stored| stored.certificate.thumbprint()).collect();
        let now = context.clock().now();
        let findings = audit(&survey.observed, application, &keys, now);
        let mut rows = Rows::new(context, ui)?.noun("Finding");
        for finding in &findings {
            let row = json!({
                "finding": finding.code(),
                "kind": if finding.is_missing() { "missing" } else { "extra" },
                "message": finding.to_string(),
                "fix": fix(finding, &wanted, application, &survey),
            });
            rows.value(&row, ui)?;
        }
        rows.finish(ui)?;
        if findings.is_empty() {
            ui.note(format_args!(
                "Nothing is missing and nothing is too much: {}.",
                application.display_name
            ));
            return Ok(ExitCode::Ok);
        }
        Ok(ExitCode::Findings)
    }
}

/// The command that changes it. What setup does not do the Azure CLI does.
fn fix(
    finding: &Finding,
    wanted: &WantedApplication,
    application: &Application,
    survey: &Survey,
) -> String {
    let (observed, graph) = (&survey.observed, &survey.graph_address);
    let organization = &observed.organization;
    let which = match wanted {
        WantedApplication::Own { display_name, .. } => format!("--name \"{display_name}\""),
        WantedApplication::Existing { app_id } => format!("--app-id {app_id}"),
    };
    let app_id = application.app_id;
    let setup = |more: &str| format!("exoctl setup --organization {organization} {which} {more}");
    let delete = |path: String| format!("az rest --method DELETE --url {graph}/v1.0/{path}");
    let subject = survey.subject(wanted);
    let renewed = format!(
        "exoctl cert new --subject \"{subject}\", then {}",
        setup(&format!("{} --certificate-thumbprint THUMBPRINT", roles(observed)))
    );
    match finding {
        Finding::NoDirectoryRole => setup(
            "--role \"Global Reader\", or --for-cmdlets A,B; --role-group looks for a role group",
        ),
        Finding::GlobalAdministrator { assignment } | Finding::ForeignRole { assignment, .. } => {
            delete(format!("roleManagement/directory/roleAssignments/{assignment}"))
        }
        Finding::SeveralRoles { .. } => {
            "remove those that the job does not need, in the portal under Roles & admins".to_owned()
        }
        Finding::MoreConsent { assignment, .. } => {
            let principal = observed.principal.as_ref();
            let principal = principal.map(|principal| principal.id.to_string()).unwrap_or_default();
            delete(format!("servicePrincipals/{principal}/appRoleAssignments/{assignment}"))
        }
        Finding::OtherTenants { .. } => {
            format!("az ad app update --id {app_id} --sign-in-audience AzureADMyOrg")
        }
        Finding::NoValidCertificate | Finding::EndsSoon { .. } => renewed,
        Finding::LongLived { key_id, .. } => {
            format!("{renewed}, then {}", credential(app_id, *key_id, " --cert"))
        }
        Finding::Ended { key_id, .. } => credential(app_id, *key_id, " --cert"),
        Finding::Unknown { key_id, .. } => {
            format!("if nobody uses it: {}", credential(app_id, *key_id, " --cert"))
        }
        Finding::Secret { key_id, .. } => credential(app_id, *key_id, ""),
        _ => setup(&roles(observed)),
    }
}

/// The roles that it has, so that a run of setup changes nothing else.
fn roles(observed: &Observed) -> String {
    let known = observed
        .directory_roles
        .iter()
        .filter_map(|assignment| DirectoryRole::by_template_id(assignment.role_definition_id))
        .map(|role| format!("--role \"{}\"", role.name));
    let known: Vec<String> = known.collect();
    if known.is_empty() { "--role \"Global Reader\"".to_owned() } else { known.join(" ") }
}

fn credential(app_id: ClientId, key_id: Option<Uuid>, kind: &str) -> String {
    let key_id = key_id.map_or_else(|| "KEY-ID".to_owned(), |id| id.to_string());
    format!("az ad app credential delete --id {app_id} --key-id {key_id}{kind}")
}
