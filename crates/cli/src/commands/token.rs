//! `exoctl token`: an access token for other programs, or what one says.

use std::path::{Path, PathBuf};

use exoctl_certificate::Thumbprint;
use exoctl_identity::{
    AccessToken, ClaimFinding, Scope, TokenClaims, TokenCredential, TokenRequest,
    check_for_exchange,
};
use exoctl_model::{ClientId, Cloud, TenantId, TenantReference};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::context::{Context, Flags, Means, SignIn, token_from_file};
use crate::error::{CommandError, InvalidSetting};
use crate::exit::ExitCode;
use crate::password::PasswordArgs;
use crate::profile::Service;
use crate::ui::Ui;

/// The arguments of `exoctl token`.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Subcommand>,
    #[command(flatten)]
    request: RequestArgs,
    /// Print what the token says along with it, as JSON
    #[arg(long)]
    claims: bool,
}

#[derive(clap::Subcommand, Debug)]
enum Subcommand {
    /// Show what an access token says, and not the token itself
    ///
    /// Ends with exit code 3 if Exchange would refuse it.
    Show(ShowArgs),
}

#[derive(clap::Args, Debug)]
#[command(after_help = SHOW_EXAMPLES)]
struct ShowArgs {
    #[command(flatten)]
    request: RequestArgs,
    /// Show the token in the first line of this file instead of the connection's own
    #[arg(long, value_name = "FILE", conflicts_with = "scope")]
    file: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
struct RequestArgs {
    /// What the token is for: a resource, with or without /.default [default: the connection's service]
    #[arg(long, value_name = "SCOPE")]
    scope: Option<Scope>,
    /// Sign in as this application (client) id instead of the connection's
    #[arg(long, value_name = "GUID")]
    app_id: Option<ClientId>,
    /// Sign in to this tenant, a domain or a tenant id
    #[arg(long, value_name = "TENANT")]
    organization: Option<TenantReference>,
    /// Sign in with this certificate of a store
    #[arg(long, value_name = "THUMBPRINT", conflicts_with = "certificate_file")]
    certificate_thumbprint: Option<Thumbprint>,
    /// Sign in with the certificate and key in this PFX or PEM file
    #[arg(long, value_name = "FILE")]
    certificate_file: Option<PathBuf>,
    #[command(flatten)]
    password: PasswordArgs,
}

const EXAMPLES: &str = "\
Examples:
  exoctl token > token.txt
  curl -H \"Authorization: Bearer $(exoctl token --scope https://graph.microsoft.com)\" https://graph.microsoft.com/v1.0/organization
  exoctl token -o json
  exoctl token --certificate-file exo.pfx --password-env PFX --app-id 36ee… --organization contoso.onmicrosoft.com
  exoctl token show";

const SHOW_EXAMPLES: &str = "\
Examples:
  exoctl token show
  exoctl token show --file token.txt -o json";

impl Args {
    /// Does it.
    pub(crate) async fn run(
        self,
        context: &Context,
        ui: &mut Ui,
    ) -> Result<ExitCode, CommandError> {
        match self.command {
            Some(Subcommand::Show(show)) => show.run(context, ui).await,
            None => print(&self.request, self.claims, context, ui).await,
        }
    }
}

async fn print(
    request: &RequestArgs,
    claims: bool,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let form = Form::asked_for(context)?;
    let (token, scope, sign_in) = request.obtain(context, ui).await?;
    if ui.stdout_is_terminal() {
        let expires = token.expires_at();
        ui.warning(format_args!(
            "what follows is an access token; until {expires}, whoever has it can act as the application"
        ));
    }
    let form = if claims { form.or(Form::Json) } else { form };
    if form == Form::Plain {
        ui.data_line(token.secret().expose_secret())?;
    } else {
        form.write(&document(&token, &scope, &sign_in, claims), ui)?;
    }
    ui.flush()?;
    Ok(ExitCode::Ok)
}

impl ShowArgs {
    async fn run(self, context: &Context, ui: &mut Ui) -> Result<ExitCode, CommandError> {
        let form = Form::asked_for(context)?;
        let (claims, cloud, tenant) = if let Some(path) = &self.file {
            (read_claims(path)?, context.cloud()?, None)
        } else {
            let (token, _, sign_in) = self.request.obtain(context, ui).await?;
            (token.claims().cloned(), sign_in.cloud, tenant_id(&sign_in.tenant))
        };
        let Some(claims) = claims else {
            ui.note("the token is opaque: only the resource that it is for can read it");
            return Ok(ExitCode::Ok);
        };
        form.write(&claims_document(&claims), ui)?;
        ui.flush()?;
        let findings = findings(&claims, &cloud, tenant, context);
        for finding in &findings {
            ui.warning(finding);
        }
        let refused = findings.iter().any(|finding| !finding.is_warning());
        Ok(if refused { ExitCode::Findings } else { ExitCode::Ok })
    }
}

impl RequestArgs {
    async fn obtain(
        &self,
        context: &Context,
        ui: &Ui,
    ) -> Result<(AccessToken, Scope, SignIn), CommandError> {
        let means = match (self.certificate_thumbprint, &self.certificate_file) {
            (Some(thumbprint), _) => Some(Means::Thumbprint(thumbprint)),
            (None, file) => file.clone().map(Means::File),
        };
        let flags = Flags {
            organization: self.organization.clone(),
            app_id: self.app_id,
            means,
            ..Flags::default()
        };
        let settings = context.settings(&flags)?;
        let sign_in = context.sign_in(&settings, None, &self.password, ui.voice())?;
        let scope = match &self.scope {
            Some(scope) => scope.clone(),
            None if settings.service() == Service::Compliance => Scope::compliance(&sign_in.cloud),
            None => Scope::exchange(&sign_in.cloud),
        };
        let token = sign_in.credential.token(&TokenRequest::new(scope.clone())).await?;
        Ok((token, scope, sign_in))
    }
}

fn read_claims(path: &Path) -> Result<Option<TokenClaims>, CommandError> {
    Ok(TokenClaims::read(token_from_file(path)?.expose_secret().trim()))
}

/// What Exchange or Security & Compliance would say. A token for another resource is none of
/// their business.
fn findings(
    claims: &TokenClaims,
    cloud: &Cloud,
    tenant: Option<TenantId>,
    context: &Context,
) -> Vec<ClaimFinding> {
    let audience = claims.aud.as_deref().unwrap_or_default().trim_end_matches('/');
    let services = [&cloud.exchange_resource, &cloud.compliance_resource];
    match services.into_iter().find(|resource| resource.eq_ignore_ascii_case(audience)) {
        Some(resource) => check_for_exchange(claims, resource, tenant, context.clock().now()),
        None => Vec::new(),
    }
}

fn tenant_id(tenant: &TenantReference) -> Option<TenantId> {
    match tenant {
        TenantReference::Id(id) => Some(*id),
        TenantReference::Domain(_) => None,
    }
}

fn document(
    token: &AccessToken,
    scope: &Scope,
    sign_in: &SignIn,
    claims: bool,
) -> Map<String, Value> {
    let mut document = Map::new();
    document.insert("accessToken".to_owned(), json!(token.secret().expose_secret()));
    document.insert("tokenType".to_owned(), json!("Bearer"));
    document.insert("expiresOn".to_owned(), json!(token.expires_at().to_string()));
    document.insert("scope".to_owned(), json!(scope.as_str()));
    document.insert("tenant".to_owned(), json!(sign_in.tenant.to_string()));
    document.insert("appId".to_owned(), json!(sign_in.app_id));
    if claims {
        let claims = token.claims().map(claims_document);
        document.insert("claims".to_owned(), claims.map_or(Value::Null, Value::Object));
    }
    document
}

/// The claims by their names in the token, with times and roles as people read them.
fn claims_document(claims: &TokenClaims) -> Map<String, Value> {
    let roles: Vec<_> = claims.directory_roles().map(|role| role.name).collect();
    let time = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
    let members = [
        ("aud", json!(claims.aud)),
        ("tid", json!(claims.tid)),
        ("appid", json!(claims.appid)),
        ("app_displayname", json!(claims.app_display_name)),
        ("oid", json!(claims.oid)),
        ("idtyp", json!(claims.idtyp)),
        ("appidacr", json!(claims.appidacr)),
        ("roles", json!(claims.roles)),
        ("wids", json!(claims.wids)),
        ("directoryRoles", json!(roles)),
        ("issuedAt", json!(time(claims.iat))),
        ("expiresOn", json!(time(claims.exp))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// How to write one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The token alone, or a list of names and values.
    Plain,
    /// Indented JSON.
    Json,
    /// JSON in one line.
    JsonLine,
}

impl Form {
    fn asked_for(context: &Context) -> Result<Self, CommandError> {
        match context.global().output.as_deref() {
            None | Some("list" | "table") => Ok(Self::Plain),
            Some("json") => Ok(Self::Json),
            Some("jsonl") => Ok(Self::JsonLine),
            Some(other) => {
                let (setting, value) = ("--output", other.to_owned());
                Err(InvalidSetting { setting, value, expected: "json, jsonl or list" }.into())
            }
        }
    }

    fn or(self, other: Self) -> Self {
        if self == Self::Plain { other } else { self }
    }

    fn write(self, document: &Map<String, Value>, ui: &mut Ui) -> Result<(), CommandError> {
        match self {
            Self::Json => ui.data_line(format_args!("{:#}", json!(document))),
            Self::JsonLine => ui.data_line(json!(document)),
            Self::Plain => {
                let width = document.keys().map(String::len).max().unwrap_or_default();
                for (name, value) in document {
                    ui.data_line(format_args!("{name:width$} : {}", plain(value)))?;
                }
                Ok(())
            }
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_shown_by_name_and_roles_in_words() {
        // {"aud":"https://outlook.office365.com","wids":["29232cdf-9323-42fd-ade2-1d097af3e4de"],
        //  "exp":1800000000} in base64url, made with Python's base64 module.
        let token = "e30.eyJhdWQiOiJodHRwczovL291dGxvb2sub2ZmaWNlMzY1LmNvbSIsIndpZHMiOlsiMjkyMzJjZGYtOTMyMy00MmZkLWFkZTItMWQwOTdhZjNlNGRlIl0sImV4cCI6MTgwMDAwMDAwMH0.";
        let document = claims_document(&TokenClaims::read(token).unwrap());
        assert_eq!(document["directoryRoles"], json!(["Exchange Administrator"]));
        assert_eq!(document["expiresOn"], json!("2027-01-15T08:00:00Z"));
        assert_eq!(plain(&document["directoryRoles"]), "Exchange Administrator");
        assert_eq!(plain(&document["tid"]), "");
    }
}
