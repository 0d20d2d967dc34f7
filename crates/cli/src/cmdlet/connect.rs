//! `Connect-ExchangeOnline` and `Connect-IPPSSession`: sign in for real, look at what the token
//! allows, fetch the cmdlets, and keep all but the secrets as a profile.

use exoctl_certificate::CertifiedKey;
use exoctl_exchange::{Catalogue, Connection, Invocation, InvokeError};
use exoctl_identity::{
    AccessToken, ClaimFinding, DiskTokenCache, Scope, StaticToken, TokenCredential as _,
    TokenRequest, check_for_exchange, discover,
};
use exoctl_model::{Organization, TenantId, TenantReference};
use uuid::Uuid;

use super::CmdletLine;
use super::connect_parameters::ConnectParameters;
use crate::context::key::check_validity;
use crate::context::{CloudChoice, Context, Means, Settings, SignIn, Wish, given_identity};
use crate::error::{ClaimsError, CommandError, SignInError};
use crate::exit::ExitCode;
use crate::password::{self, PasswordArgs};
use crate::profile::{Profile, Profiles, Service, Source};
use crate::ui::Ui;

/// Connects.
pub(super) async fn run(
    line: CmdletLine,
    service: Service,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let parameters = ConnectParameters::read(&line.arguments, context)?;
    if parameters.verbose {
        ui.set_verbose();
    }
    for name in &parameters.ignored {
        ui.verbose(format_args!("-{name} does nothing here"));
    }
    let settings = context.settings(&parameters.flags)?;
    let name = name(&parameters, context, service);
    let attempt = Attempt { settings, service, context, password: line.options.password };
    let connected = if parameters.token_on_stdin {
        attempt.with_given_token(ui).await?
    } else {
        attempt.with_means(ui).await?
    };
    keep(&name, parameters.prefix, &connected, &attempt, ui)?;
    if parameters.show_banner {
        banner(&name, &connected, ui);
    }
    Ok(ExitCode::Ok)
}

fn name(parameters: &ConnectParameters, context: &Context, service: Service) -> String {
    let default = match service {
        Service::ExchangeOnline => Profiles::DEFAULT,
        Service::Compliance => Profiles::COMPLIANCE,
    };
    let asked = parameters.prefix.clone().or_else(|| context.global().profile.clone());
    asked.unwrap_or_else(|| default.to_owned())
}

/// A connection being made.
struct Attempt<'a> {
    settings: Settings,
    service: Service,
    context: &'a Context,
    password: PasswordArgs,
}

/// A connection that works.
struct Connected {
    organization: Organization,
    tenant: TenantId,
    token: AccessToken,
    source: Source,
    catalogue: std::sync::Arc<Catalogue>,
    connection: Connection,
}

impl Attempt<'_> {
    async fn with_means(&self, ui: &mut Ui) -> Result<Connected, CommandError> {
        // What is missing or cannot be opened shows before anything is sent.
        let early = self.context.sign_in(&self.settings, None, &self.password, ui.voice())?;
        let source = match &early.key {
            Some(key) => self.source(&*key.open()?)?,
            None => match &self.settings.means.value {
                Some(Means::Source(source)) => source.clone(),
                _ => return Err(SignInError::NoMeans.into()),
            },
        };
        let tenant = self.tenant(&early, ui).await?;
        let mut settings = self.settings.clone();
        settings.means.value = Some(Means::Source(source.clone()));
        let sign_in = self.context.sign_in(
            &settings,
            Some(tenant),
            &self.password_once(&early),
            ui.voice(),
        )?;
        let sign_in = SignIn { key: early.key, ..sign_in };
        self.finish(sign_in, tenant, source, ui).await
    }

    /// Stdin can be read only once; the key is open by now.
    fn password_once(&self, early: &SignIn) -> PasswordArgs {
        match early.key {
            Some(_) if self.password.password_stdin => PasswordArgs::default(),
            _ => self.password.clone(),
        }
    }

    async fn with_given_token(&self, ui: &mut Ui) -> Result<Connected, CommandError> {
        if !self.settings.token_cache.value {
            return Err(SignInError::TokenNotKept.into());
        }
        let token = password::from_stdin()?;
        let cloud = self.settings.cloud.value.cloud()?;
        let transport = self.context.transport(&cloud, ui.voice())?;
        let reference =
            self.settings.organization.value.clone().ok_or(SignInError::NoOrganization)?;
        let clock = self.context.clock();
        let credential = std::sync::Arc::new(StaticToken::new(token, clock));
        let app_id = self.settings.app_id.value;
        let early = SignIn {
            cloud,
            tenant: reference,
            app_id,
            transport,
            credential,
            key: None,
            cache: None,
        };
        let tenant = self.tenant(&early, ui).await?;
        let sign_in = SignIn { tenant: TenantReference::Id(tenant), ..early };
        let authority = sign_in.authority();
        let connected = self.finish(sign_in, tenant, Source::TokenGiven, ui).await?;
        let disk = DiskTokenCache::open(&self.context.paths()?.tokens)?;
        let claims = connected.token.claims();
        let app_id = app_id.or_else(|| claims?.appid.as_ref()?.parse().ok());
        let identity = given_identity(&authority, app_id);
        disk.store(&identity, &self.scope(connected.connection.cloud()), &connected.token)?;
        Ok(connected)
    }

    /// The tenant's id, asked of the authority, which also tells how late it is.
    async fn tenant(&self, sign_in: &SignIn, ui: &mut Ui) -> Result<TenantId, CommandError> {
        let clock = self.context.clock();
        let found = discover(&*sign_in.transport, clock, &sign_in.cloud, &sign_in.tenant).await?;
        if let Some(skew) = found.alarming_clock_skew() {
            let (seconds, way) =
                (skew.as_secs().abs(), if skew.is_negative() { "behind" } else { "ahead" });
            ui.warning(format_args!("this machine's clock is {seconds} seconds {way}"));
        }
        Ok(found.tenant_id)
    }

    async fn finish(
        &self,
        sign_in: SignIn,
        tenant: TenantId,
        source: Source,
        ui: &mut Ui,
    ) -> Result<Connected, CommandError> {
        let token =
            sign_in.credential.token(&TokenRequest::new(self.scope(&sign_in.cloud))).await?;
        let warned = self.check(&token, tenant, &sign_in, ui)?;
        let organization = self.organization(&sign_in, tenant, ui).await?;
        let wish = Wish { service: self.service, catalogue: None };
        let connection =
            self.context.connection(&self.settings, &sign_in, organization.clone(), wish);
        let catalogue = match (connection.catalogue().await, warned) {
            (Ok(catalogue), _) => catalogue,
            // The warning was the reason.
            (Err(InvokeError::Forbidden { .. }), Some(finding)) => {
                return Err(ClaimsError { finding }.into());
            }
            (Err(error), _) => return Err(error.into()),
        };
        Ok(Connected { organization, tenant, token, source, catalogue, connection })
    }

    /// What the token itself tells will not work, before Exchange says it in fewer words.
    fn check(
        &self,
        token: &AccessToken,
        tenant: TenantId,
        sign_in: &SignIn,
        ui: &mut Ui,
    ) -> Result<Option<ClaimFinding>, CommandError> {
        let Some(claims) = token.claims() else { return Ok(None) };
        let mut warned = None;
        let audience = match self.service {
            Service::ExchangeOnline => &sign_in.cloud.exchange_resource,
            Service::Compliance => &sign_in.cloud.compliance_resource,
        };
        let now = self.context.clock().now();
        for finding in check_for_exchange(claims, audience, Some(tenant), now) {
            if !finding.is_warning() {
                forget(sign_in)?;
                return Err(ClaimsError { finding }.into());
            }
            ui.warning(&finding);
            warned = Some(finding);
        }
        Ok(warned)
    }

    /// The domain; of a tenant that was given by its id Exchange is asked.
    async fn organization(
        &self,
        sign_in: &SignIn,
        tenant: TenantId,
        ui: &mut Ui,
    ) -> Result<Organization, CommandError> {
        if let Some(TenantReference::Domain(domain)) = &self.settings.organization.value {
            if !domain.as_str().contains(".onmicrosoft.")
                && !domain.as_str().contains(".partner.onmschina.")
            {
                ui.warning(format_args!(
                    "{domain} is not the tenant's .onmicrosoft.com domain; some cmdlets need that one"
                ));
            }
            return Ok(domain.clone());
        }
        let unknown = || SignInError::NoInitialDomain(tenant.to_string());
        // Exchange goes by the id; the domain in this connection is shown nowhere.
        let nameless: Organization = format!("{tenant}.invalid").parse()?;
        let wish = Wish { service: Service::ExchangeOnline, catalogue: None };
        let connection = self.context.connection(&self.settings, sign_in, nameless, wish);
        let cmdlet = "Get-AcceptedDomain".parse().expect("the name has a verb and a noun");
        let domains = connection.invoke(Invocation::new(cmdlet)).collect().await?;
        let names = domains.iter().filter_map(|domain| domain.text("DomainName"));
        let initial =
            names.filter(|name| name.contains(".onmicrosoft.") && !name.contains(".mail."));
        Ok(initial.min_by_key(String::len).ok_or_else(unknown)?.parse()?)
    }

    fn scope(&self, cloud: &exoctl_model::Cloud) -> Scope {
        match self.service {
            Service::ExchangeOnline => Scope::exchange(cloud),
            Service::Compliance => Scope::compliance(cloud),
        }
    }

    /// What is kept of the means: the certificate's place and, of the password, only where it is.
    fn source(&self, key: &CertifiedKey) -> Result<Source, CommandError> {
        check_validity(key, self.context.clock().now())?;
        let thumbprint = key.certificate().thumbprint();
        let Some(Means::File(path) | Means::Source(Source::File { path, .. })) =
            &self.settings.means.value
        else {
            return Ok(Source::Store { thumbprint });
        };
        Ok(Source::File {
            path: std::path::absolute(path).unwrap_or_else(|_| path.clone()),
            thumbprint,
            password_file: self
                .password
                .password_file
                .as_ref()
                .map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())),
            password_env: self.password.password_env.clone(),
        })
    }
}

/// Drops the cached tokens of a sign-in: they are of no use.
fn forget(sign_in: &SignIn) -> Result<(), CommandError> {
    if let Some((disk, identity)) = &sign_in.cache {
        disk.forget(identity)?;
    }
    Ok(())
}

fn keep(
    name: &str,
    prefix: Option<String>,
    connected: &Connected,
    attempt: &Attempt<'_>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let (context, settings) = (attempt.context, &attempt.settings);
    let (environment_name, environment_file) = match &settings.cloud.value {
        CloudChoice::Named(name) => (Some(*name), None),
        CloudChoice::File(path) => {
            (None, Some(std::path::absolute(path).unwrap_or_else(|_| path.clone())))
        }
    };
    let claims = connected.token.claims();
    let app_id = settings.app_id.value.or_else(|| claims?.appid.as_ref()?.parse().ok());
    let profiles = context.profiles()?;
    let profile = Profile {
        connection_id: Uuid::new_v4(),
        prefix,
        service: attempt.service,
        organization: connected.organization.clone(),
        tenant_id: connected.tenant,
        app_id,
        exchange_environment_name: environment_name,
        environment_file,
        page_size: settings.page_size.value,
        region: connected.connection.region(),
        allowed_resources: profiles.allowed_resources(name, &connected.organization, app_id),
        connected_at: context.clock().now(),
        credential: connected.source.clone(),
    };
    let before = profiles.current()?;
    profiles.save(name, &profile)?;
    let current = before.filter(|_| attempt.service != Service::ExchangeOnline);
    profiles.set_current(Some(current.as_deref().unwrap_or(name)))?;
    context.keep_catalogue(name, &connected.catalogue)?;
    ui.verbose(format_args!("the connection is kept as profile {name}"));
    Ok(())
}

fn banner(name: &str, connected: &Connected, ui: &mut Ui) {
    let claims = connected.token.claims();
    let application = claims
        .and_then(|claims| claims.app_display_name.clone().or_else(|| claims.appid.clone()))
        .unwrap_or_else(|| "an application".to_owned());
    let roles: Vec<&str> = claims
        .map(|claims| claims.directory_roles().map(|role| role.name).collect())
        .unwrap_or_default();
    let roles = if roles.is_empty() { "no directory role".to_owned() } else { roles.join(", ") };
    ui.note(format_args!(
        "Connected to {} as {application} ({roles}), {} cmdlets, profile {name}.",
        connected.organization,
        connected.catalogue.cmdlets.len(),
    ));
}
