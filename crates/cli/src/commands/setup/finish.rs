//! After the plan: does it work, what is kept, and what comes next.

use exoctl_certificate::Certificate;
use exoctl_model::TenantReference;
use exoctl_setup::{Applied, Desired, Expectation, Patience, Verified, WantedCertificate, verify};
use serde_json::json;
use uuid::Uuid;

use super::Survey;
use super::certificate::Key;
use super::progress::Progress;
use crate::commands::cert::remember;
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
    let profiles = context.profiles()?;
    let name = match &context.global().profile {
        Some(name) => name.clone(),
        None => profile_name(&survey.subject(&desired.application), desired, &profiles)?,
    };
    let profile = profile(finished, key, password, &settings, context);
    profiles.save(&name, &profile)?;
    profiles.set_current(Some(&name))?;
    context.keep_catalogue(&name, &verified.catalogue)?;
    remember(context, applied.app_id, applied.object_id, &applied.key_ids)?;
    let cmdlets = verified.catalogue.cmdlets.len();
    let tried = match &verified.probe {
        Some(probe) => format!(", {probe} was tried"),
        None => String::new(),
    };
    ui.note(format_args!(
        "The application works in {}: it may run {cmdlets} cmdlets{tried}. It is kept as profile {name}.",
        desired.organization
    ));
    let group = desired.access.role_group.as_ref();
    let next = group.and_then(|group| group.cmdlets.first()).or(verified.probe.as_ref());
    if let Some(cmdlet) = next {
        ui.note(format_args!("Next: exoctl {cmdlet}"));
    }
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

/// A profile's name, made of the application's. One that a connection to another tenant has is
/// followed by the organization's first label.
fn profile_name(
    subject: &str,
    desired: &Desired,
    profiles: &Profiles,
) -> Result<String, CommandError> {
    let name = slug(subject.strip_prefix("CN=").unwrap_or(subject));
    let taken = profiles.find(&name)?.is_some_and(|known| known.tenant_id != desired.tenant);
    Ok(match desired.organization.as_str().split('.').next().filter(|_| taken) {
        Some(label) => slug(&format!("{name}-{label}")),
        None => name,
    })
}

/// Letters, digits and hyphens, at most 64 of them.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    let name: String = name.chars().take(64).collect();
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
        allowed_resources: Vec::new(),
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

#[cfg(test)]
mod tests {
    use exoctl_setup::{Access, WantedApplication};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_profile_of_another_tenant_keeps_its_name() {
        let home = tempfile::tempdir().unwrap();
        let profiles = Profiles::new(home.path());
        let desired = |tenant: u128| Desired {
            tenant: exoctl_model::TenantId::new(Uuid::from_u128(tenant)),
            organization: "contoso.onmicrosoft.com".parse().unwrap(),
            application: WantedApplication::own("EXO Reporting"),
            certificate: WantedCertificate::New {
                subject: "CN=EXO Reporting".to_owned(),
                valid_for: "1y".to_owned(),
            },
            access: Access::default(),
        };
        let name = |tenant| profile_name("CN=EXO Reporting", &desired(tenant), &profiles).unwrap();
        assert_eq!(name(1), "exo-reporting");
        let profile = Profile {
            connection_id: Uuid::nil(),
            prefix: None,
            service: Service::ExchangeOnline,
            organization: "fabrikam.onmicrosoft.com".parse().unwrap(),
            tenant_id: desired(2).tenant,
            app_id: None,
            exchange_environment_name: None,
            environment_file: None,
            page_size: 1000,
            region: None,
            allowed_resources: Vec::new(),
            connected_at: jiff::Timestamp::UNIX_EPOCH,
            credential: Source::TokenGiven,
        };
        profiles.save("exo-reporting", &profile).unwrap();
        assert_eq!(
            (name(1).as_str(), name(2).as_str()),
            ("exo-reporting-contoso", "exo-reporting")
        );
    }

    #[test]
    fn any_name_makes_a_profile() {
        assert_eq!(slug("O'Neil, \"all\" + B\u{fc}cher=2"), "o-neil-all-b-cher-2");
        assert_eq!(slug("\u{65e5}\u{672c}"), "default");
        assert_eq!(slug(&"x".repeat(100)).len(), 64);
    }
}
