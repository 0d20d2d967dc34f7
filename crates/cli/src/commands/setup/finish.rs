//! After the plan: does it work, what is kept, and what comes next.

use exoctl_certificate::Certificate;
use exoctl_model::TenantReference;
use exoctl_setup::{
    Applied, Desired, Expectation, Patience, Verified, WantedApplication, WantedCertificate, verify,
};
use serde_json::json;
use uuid::Uuid;

use super::certificate::Key;
use super::{Progress, Survey};
use crate::context::{CloudChoice, Context, Flags, Settings, SignIn, Wish};
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::password::PasswordArgs;
use crate::profile::{Profile, Profiles, Service, Source};
use crate::ui::Ui;

/// What was wanted and what it has led to.
pub(super) struct Finished<'a> {
    pub(super) desired: &'a Desired,
    pub(super) applied: Applied,
    /// How many steps there were to do.
    pub(super) changes: usize,
}

/// Signs in as the application until it works, and keeps the connection.
pub(super) async fn with_key(
    finished: &Finished<'_>,
    key: &Key,
    survey: &Survey,
    password: &PasswordArgs,
    patience: &Patience,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let Finished { desired, applied, .. } = finished;
    let flags = Flags {
        organization: Some(TenantReference::Domain(desired.organization.clone())),
        app_id: Some(applied.app_id),
        means: Some(key.means()),
        afresh: true,
        ..Flags::default()
    };
    let settings = context.settings(&flags)?;
    let sign_in = context.sign_in(&settings, Some(desired.tenant), password, ui.voice())?;
    let sign_in = SignIn { transport: survey.transport.clone(), ..sign_in };
    let verified = works(finished, &settings, &sign_in, patience, context, ui).await?;
    let name = profile_name(desired, context);
    let profile = profile(finished, key, password, &settings, context);
    let profiles = context.profiles()?;
    profiles.save(&name, &profile)?;
    profiles.set_current(Some(&name))?;
    context.keep_catalogue(&name, &verified.catalogue)?;
    let cmdlets = verified.catalogue.cmdlets.len();
    let tried = match &verified.probe {
        Some(probe) => format!(", {probe} was tried"),
        None => String::new(),
    };
    ui.note(format_args!(
        "The application works in {}: it may run {cmdlets} cmdlets{tried}. It is kept as profile {name}.",
        desired.organization
    ));
    tell(finished, &key.certificate, Some(&name), context, ui)
}

/// The key is elsewhere: says what is to be done there.
pub(super) fn without_key(
    finished: &Finished<'_>,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let WantedCertificate::Existing { certificate } = &finished.desired.certificate else {
        return Ok(ExitCode::Ok);
    };
    ui.note("The private key is not on this machine. Where it is, connect with the line below.");
    tell(finished, &certificate.0, None, context, ui)
}

async fn works(
    finished: &Finished<'_>,
    settings: &Settings,
    sign_in: &SignIn,
    patience: &Patience,
    context: &Context,
    ui: &mut Ui,
) -> Result<Verified, CommandError> {
    let Finished { desired, applied, .. } = finished;
    let wish = Wish { service: Service::ExchangeOnline, catalogue: None };
    let organization = desired.organization.clone();
    let connection = context.connection(settings, sign_in, organization, wish);
    let roles = desired.access.directory_roles.clone();
    let group = desired.access.role_group.as_ref();
    let cmdlets = group.map(|group| group.cmdlets.clone()).unwrap_or_default();
    let expectation = Expectation::new(applied.app_id, desired.tenant, roles).with_cmdlets(cmdlets);
    let clock = context.clock();
    let mut progress = Progress::new(ui);
    let verified = verify(
        &*sign_in.credential,
        &connection,
        &expectation,
        || clock.now(),
        patience,
        &mut progress,
    );
    Ok(verified.await?)
}

/// The name that `--profile` gives, else one made of the application's.
fn profile_name(desired: &Desired, context: &Context) -> String {
    if let Some(name) = &context.global().profile {
        return name.clone();
    }
    let WantedApplication::Own { unique_name, .. } = &desired.application else {
        return Profiles::DEFAULT.to_owned();
    };
    let name = unique_name.strip_prefix("exoctl-").unwrap_or(unique_name);
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(64).collect();
    if name.is_empty() { Profiles::DEFAULT.to_owned() } else { name }
}

fn profile(
    finished: &Finished<'_>,
    key: &Key,
    password: &PasswordArgs,
    settings: &Settings,
    context: &Context,
) -> Profile {
    let Finished { desired, applied, .. } = finished;
    let absolute = |path: &std::path::PathBuf| std::path::absolute(path).unwrap_or(path.clone());
    let (exchange_environment_name, environment_file) = match &settings.cloud.value {
        CloudChoice::Named(name) => (Some(*name), None),
        CloudChoice::File(path) => (None, Some(absolute(path))),
    };
    let thumbprint = key.certificate.thumbprint();
    let credential = match &key.file {
        None => Source::Store { thumbprint },
        Some(path) => Source::File {
            path: path.clone(),
            thumbprint,
            password_file: password.password_file.as_ref().map(absolute),
            password_env: password.password_env.clone(),
        },
    };
    Profile {
        connection_id: Uuid::new_v4(),
        prefix: None,
        service: Service::ExchangeOnline,
        organization: desired.organization.clone(),
        tenant_id: desired.tenant,
        app_id: Some(applied.app_id),
        exchange_environment_name,
        environment_file,
        page_size: settings.page_size.value,
        region: None,
        connected_at: context.clock().now(),
        credential,
    }
}

/// The result as a row, and how others connect.
fn tell(
    finished: &Finished<'_>,
    certificate: &Certificate,
    profile: Option<&str>,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let Finished { desired, applied, changes } = finished;
    let thumbprint = certificate.thumbprint();
    let connect = format!(
        "Connect-ExchangeOnline -CertificateThumbprint {thumbprint} -AppId {} -Organization {}",
        applied.app_id, desired.organization
    );
    ui.note(format_args!("In PowerShell, with the certificate installed there:\n  {connect}"));
    if profile.is_some() {
        ui.note("Next: exoctl Get-Mailbox");
    }
    let row = json!({
        "organization": desired.organization.as_str(),
        "tenantId": desired.tenant.to_string(),
        "appId": applied.app_id.to_string(),
        "objectId": applied.object_id.to_string(),
        "servicePrincipalId": applied.principal.to_string(),
        "certificateThumbprint": thumbprint.to_string(),
        "notAfter": certificate.not_after().to_string(),
        "directoryRoles": desired.access.directory_roles,
        "roleGroup": desired.access.role_group.as_ref().map(|group| &group.name),
        "changes": changes,
        "profile": profile,
        "connect": connect,
    });
    let mut rows = Rows::new(context, ui)?.noun("Application");
    rows.value(&row, ui)?;
    rows.finish(ui)?;
    Ok(ExitCode::Ok)
}
