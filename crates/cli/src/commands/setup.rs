//! `exoctl setup`: from nothing to an application that may run cmdlets.

mod apply;
mod args;
mod certificate;
mod finish;
pub(super) mod footprint;
mod observe;
mod progress;
mod request;

pub(super) use args::WaitArgs;
pub(super) use observe::{Request, Survey, check_tenant, survey};
pub(super) use progress::Progress;

use std::path::PathBuf;

use exoctl_certificate::Thumbprint;
use exoctl_exchange::CmdletName;
use exoctl_setup::{
    Access, Change, Desired, Goal, Plan, PublicCertificate, RoleGroup, WantedCertificate,
};
use jiff::Span;

use self::args::{Form, TargetArgs};
use self::certificate::Key;
use crate::context::Context;
use crate::error::{CommandError, FileError, InvalidTime};
use crate::exit::ExitCode;
use crate::password::PasswordArgs;
use crate::profile::write_private;
use crate::sign_in::SignInArgs;
use crate::ui::Ui;

/// The arguments of `exoctl setup`.
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = EXAMPLES
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    setup: SetupArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Carry out a plan that was written with --plan-file
    Apply(apply::Args),
}

const EXAMPLES: &str = "\
Examples:
  exoctl setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\"
  exoctl setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\" --what-if
  exoctl setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --for-cmdlets Get-Mailbox,Search-UnifiedAuditLog
  exoctl setup --organization contoso.onmicrosoft.com --app-id 36ee… --role \"Exchange Administrator\" --certificate-thumbprint 3D05…
  exoctl setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\" --plan-file plan.json
  exoctl setup apply plan.json
  exoctl setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\" --csr-out exo.csr
  exoctl setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\" --certificate-file issued.cer
  exoctl setup --organization contoso.onmicrosoft.com --name \"EXO Reporting\" --role \"Global Reader\" --emit terraform > exo.tf

Shows what is there and what it would do, asks, does it, waits until it works, and keeps the connection as a
profile. Run again it goes on where it was stopped, or finds nothing to do. With --what-if nothing is
done, and the exit code is 3 if there is something to do. Directory roles: Global Administrator, Global
Reader, Exchange Administrator, Exchange Recipient Administrator, Compliance Administrator, Security
Administrator, Security Reader, Helpdesk Administrator.";

#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("access")
    .args(["roles", "role_group", "for_cmdlets"])
    .required(true)
    .multiple(true))]
struct SetupArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// Give the application this directory role; may be repeated
    #[arg(long = "role", value_name = "NAME")]
    roles: Vec<String>,
    /// Make it a member of this role group of Exchange, which is there
    #[arg(long, value_name = "NAME")]
    role_group: Option<String>,
    /// Make it a member of a new role group with the smallest roles that have these cmdlets
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', conflicts_with = "role_group")]
    for_cmdlets: Vec<CmdletName>,
    /// Keep the roles that setup's role group has already, and add what these cmdlets need
    #[arg(long, requires = "for_cmdlets")]
    keep_roles: bool,
    /// Let the new role group change only what is in this management scope
    #[arg(long, value_name = "NAME", requires = "for_cmdlets")]
    write_scope: Option<String>,
    /// Sign in with this certificate of a store instead of a new one
    #[arg(long, value_name = "THUMBPRINT", conflicts_with = "certificate_file")]
    certificate_thumbprint: Option<Thumbprint>,
    /// Sign in with the certificate and key in this PFX or PEM file, or with the certificate that answers
    /// --csr-out, instead of a new one
    #[arg(long, value_name = "FILE")]
    certificate_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArgs,
    /// Make a key and write a request for your certification authority; do nothing in the tenant
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "certificate_thumbprint", "certificate_file", "new_certificate", "what_if", "emit", "plan_file",
    ])]
    csr_out: Option<PathBuf>,
    /// Make a new certificate even if there is one of an earlier run
    #[arg(long, conflicts_with_all = ["certificate_thumbprint", "certificate_file"])]
    new_certificate: bool,
    /// How long a new certificate is valid: 1y, 6mo, 180d
    #[arg(long, value_name = "TIME", default_value = "1y")]
    valid_for: String,
    /// Show the plan and do nothing
    #[arg(long, conflicts_with = "plan_file", visible_alias = "plan")]
    what_if: bool,
    /// Write what is wanted for other tools, and do nothing
    #[arg(long, value_name = "FORM", conflicts_with_all = ["plan_file", "what_if"])]
    emit: Option<Form>,
    /// Make the key, write the plan to this file and do nothing in the tenant
    #[arg(long, value_name = "FILE")]
    plan_file: Option<PathBuf>,
    #[command(flatten)]
    wait: WaitArgs,
    #[command(flatten)]
    sign_in: SignInArgs,
}

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.command {
            None => self.setup.run(context, ui).await,
            Some(Command::Apply(args)) => args.run(context, ui).await,
        }
    }
}

impl SetupArgs {
    async fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        // What is wrong with the command line shows before anybody has to sign in.
        let patience = self.wait.patience()?;
        let mut access = Access::roles(&self.roles)?;
        let valid_for = self.valid_for.clone();
        let span: Span =
            valid_for.parse().map_err(|source| InvalidTime { text: valid_for, source })?;
        let application = self.target.application();
        if let Some(path) = &self.csr_out {
            return request::make(&self.target.subject(), path, context, ui);
        }
        let given = self.given_key(context, ui)?;
        let request = Request {
            organization: self.target.organization.clone(),
            application: &application,
            scopes: permissions(&access),
            exchange: self.role_group.is_some() || !self.for_cmdlets.is_empty(),
        };
        let mut survey = survey(request, &self.sign_in, context, ui).await?;
        access.role_group = self.role_group(&mut survey).await?;
        let subject = survey.subject(&application);
        let key = match given {
            Some(key) => Some(key),
            None if self.new_certificate => None,
            None => certificate::find_own(&subject, &survey, context)?,
        };
        let certificate = match &key {
            Some(key) => WantedCertificate::Existing {
                certificate: PublicCertificate(key.certificate.clone()),
            },
            None => WantedCertificate::New { subject: subject.clone(), valid_for: self.valid_for },
        };
        let desired = Desired {
            tenant: survey.observed.tenant,
            organization: survey.observed.organization.clone(),
            application,
            certificate,
            access,
        };
        let plan = exoctl_setup::plan(&desired, &survey.observed, context.clock().now())?;
        if let Some(form) = self.emit {
            let text = form.write(&desired, &survey.observed);
            ui.data_line(text.trim_end())?;
            ui.flush()?;
            return Ok(ExitCode::Ok);
        }
        if self.what_if {
            return show(&plan, context, ui);
        }
        if let Some(path) = &self.plan_file {
            let plan = with_key(plan, key, &subject, span, context, ui)?.0;
            return write(&plan, path, ui);
        }
        ui.say(format_args!("{}\n\n{plan}", title(&plan)));
        exoctl_setup::check_registrar(&plan, &survey.observed)?;
        if !plan.is_done()
            && !ui.confirm("Carry out this plan?", "--yes, or --what-if to see it only")?
        {
            return Ok(ExitCode::Ok);
        }
        let changes = plan.pending().count();
        let (plan, key) = with_key(plan, key, &subject, span, context, ui)?;
        apply::carry_out(&plan, &survey, Some(key), &self.password, changes, &patience, context, ui)
            .await
    }

    /// The role group that the command line wants, and what there is of it.
    async fn role_group(&self, survey: &mut Survey) -> Result<Option<RoleGroup>, CommandError> {
        let Some(exchange) = &survey.exchange else { return Ok(None) };
        if let Some(name) = &self.role_group {
            survey.observed.read_role_group(exchange, name).await?;
            return Ok(Some(RoleGroup::existing(name)));
        }
        let name = own_role_group(&survey.subject(&self.target.application()));
        survey.observed.read_role_group(exchange, &name).await?;
        let there = survey.observed.role_group.as_ref().and_then(|group| group.roles.as_deref());
        let kept = there.filter(|_| self.keep_roles).unwrap_or_default();
        let scope = self.write_scope.clone();
        let group = RoleGroup::for_cmdlets(exchange, name, &self.for_cmdlets, scope, kept).await?;
        Ok(Some(group))
    }

    /// The key that the command line names.
    fn given_key(&self, context: &Context, ui: &Ui) -> Result<Option<Key>, CommandError> {
        if let Some(thumbprint) = &self.certificate_thumbprint {
            return certificate::in_store(thumbprint, context).map(Some);
        }
        let Some(path) = &self.certificate_file else { return Ok(None) };
        let keep = !self.what_if && self.emit.is_none();
        if let Some(key) = request::answered(path, keep, context)? {
            return Ok(Some(key));
        }
        certificate::in_file(path, &self.password, context, ui).map(Some)
    }
}

/// The least that the plan's steps need of Graph.
fn permissions(access: &Access) -> Vec<&'static str> {
    let mut permissions = vec![
        exoctl_setup::well_known::APPLICATION_READ_WRITE_ALL,
        exoctl_setup::well_known::POLICY_READ_ALL,
    ];
    if !access.directory_roles.is_empty() {
        permissions.push(exoctl_setup::well_known::ROLE_MANAGEMENT);
    }
    permissions
}

/// The name of the role group that setup makes for an application: `exoctl` and the application's
/// name, at most 64 characters, which is what Exchange takes.
pub(super) fn own_role_group(subject: &str) -> String {
    let name = subject.strip_prefix("CN=").unwrap_or(subject);
    format!("exoctl {name}").chars().take(64).collect::<String>().trim_end().to_owned()
}

/// What the plan is about.
pub(super) fn title(plan: &Plan) -> String {
    match &plan.goal {
        Goal::Setup(desired) => format!("Plan for {}:", desired.organization),
        Goal::Teardown(unwanted) => format!("Plan of removal for {}:", unwanted.organization),
    }
}

/// Shows a plan and says by the exit code whether there is something to do.
pub(super) fn show(plan: &Plan, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
    match context.global().output.as_deref() {
        Some("json") => {
            let text = serde_json::to_string_pretty(plan).map_err(CommandError::failed)?;
            ui.data_line(text)?;
        }
        Some("jsonl") => {
            ui.data_line(serde_json::to_string(plan).map_err(CommandError::failed)?)?;
        }
        _ => ui.data_line(format_args!("{}\n\n{plan}", title(plan)))?,
    }
    ui.flush()?;
    Ok(if plan.is_done() { ExitCode::Ok } else { ExitCode::Findings })
}

/// Writes a plan for `exoctl setup apply`.
pub(super) fn write(
    plan: &Plan,
    path: &std::path::Path,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let text = serde_json::to_string_pretty(plan).map_err(CommandError::failed)?;
    write_private(path, format!("{text}\n").as_bytes()).map_err(|source| FileError {
        operation: "write the plan to",
        path: path.into(),
        source,
    })?;
    ui.say(format_args!("{}\n\n{plan}", title(plan)));
    let path = path.display();
    ui.say(format_args!("\nThe plan is in {path}. To carry it out: exoctl setup apply {path}"));
    Ok(ExitCode::Ok)
}

/// The plan with the key that it needs, which is made now if there is none.
fn with_key(
    mut plan: Plan,
    key: Option<Key>,
    subject: &str,
    valid_for: Span,
    context: &Context,
    ui: &mut Ui,
) -> Result<(Plan, Key), CommandError> {
    if let Some(key) = key {
        return Ok((plan, key));
    }
    let key = certificate::make(subject, valid_for, context, ui)?;
    let thumbprint = key.certificate.thumbprint();
    if let Goal::Setup(desired) = &mut plan.goal {
        let certificate = PublicCertificate(key.certificate.clone());
        desired.certificate = WantedCertificate::Existing { certificate };
    }
    for step in &mut plan.steps {
        match &mut step.action {
            exoctl_setup::Action::Certificate { thumbprint: known, .. } => {
                *known = Some(thumbprint);
                step.change = Change::Keep;
            }
            exoctl_setup::Action::KeyCredential { thumbprint: known } => *known = Some(thumbprint),
            _ => {}
        }
    }
    Ok((plan, key))
}
