//! `Get-ConnectionInformation`: the connections, with the module's own field names.

use exoctl_identity::Scope;
use serde_json::{Map, Value, json};

use super::CmdletLine;
use super::choice::{self, Choice};
use crate::context::Context;
use crate::error::CommandError;
use crate::exit::ExitCode;
use crate::output::Rows;
use crate::profile::{Profile, Service, Source};
use crate::ui::Ui;

/// Lists the connections.
pub(super) fn run(
    line: &CmdletLine,
    context: &Context,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let (_, Choice { ids, prefixes }) = choice::read(line, context)?;
    let profiles = context.profiles()?;
    let current = profiles.current()?.unwrap_or_default();
    let mut rows = Rows::new(context, ui)?;
    let mut number = [0_u32; 2];
    for (at, name) in profiles.names()?.iter().enumerate() {
        let profile = profiles.load(name)?;
        let count = &mut number[usize::from(profile.service == Service::Compliance)];
        *count += 1;
        let id = profile.connection_id.to_string();
        let prefix = profile.prefix.clone().unwrap_or_default();
        let any = |wanted: &[String], value: &str| {
            wanted.is_empty() || wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
        };
        if any(&ids, &id) && any(&prefixes, &prefix) {
            let is_current = name.eq_ignore_ascii_case(&current);
            let row = information(name, &profile, at + 1, *count, is_current, context);
            rows.value(&Value::Object(row), ui)?;
        }
    }
    rows.finish(ui)?;
    Ok(ExitCode::Ok)
}

/// The fields of `Get-ConnectionInformation`, as Learn lists them.
fn information(
    name: &str,
    profile: &Profile,
    id: usize,
    number: u32,
    is_current: bool,
    context: &Context,
) -> Map<String, Value> {
    let compliance = profile.service == Service::Compliance;
    let kind = if compliance { "ExchangeOnlineProtection" } else { "ExchangeOnline" };
    let cloud = profile.cloud().ok();
    let expiry = expiry(profile, context);
    let now = context.clock().now();
    let uri = cloud.as_ref().map(|cloud| match (compliance, &profile.region) {
        (true, Some(region)) => cloud.compliance_regional.replace("{region}", region),
        (true, None) => cloud.compliance.to_string(),
        (false, _) => cloud.exchange.to_string(),
    });
    let authority = cloud
        .as_ref()
        .map(|cloud| format!("{}/organizations", cloud.authority.as_str().trim_end_matches('/')));
    let certificate = matches!(profile.credential, Source::Store { .. } | Source::File { .. });
    let row = json!({
        "ConnectionId": profile.connection_id,
        "State": "Connected",
        "Id": id,
        "Name": format!("{kind}_{number}"),
        "UserPrincipalName": format!("OAuthUser@{}", profile.organization),
        "ConnectionUri": uri.map(|uri| uri.trim_end_matches('/').to_owned()),
        "AzureAdAuthorizationEndpointUri": authority,
        "TokenExpiryTimeUTC": expiry.map(|at| at.to_string()),
        "CertificateAuthentication": certificate,
        "ModuleName": name,
        "ModulePrefix": profile.prefix.clone().unwrap_or_default(),
        "Organization": profile.organization.as_str(),
        "DelegatedOrganization": "",
        "AppId": profile.app_id.map(|id| id.to_string()),
        "PageSize": profile.page_size,
        "TenantID": profile.tenant_id.to_string(),
        "TokenStatus": if expiry.is_some_and(|at| at > now) { "Active" } else { "Expired" },
        "ConnectionUsedForInbuiltCmdlets": is_current,
        "IsEopSession": compliance,
    });
    match row {
        Value::Object(row) => row,
        _ => unreachable!("the literal is an object"),
    }
}

/// When the token that is kept for a connection expires.
fn expiry(profile: &Profile, context: &Context) -> Option<jiff::Timestamp> {
    let cloud = profile.cloud().ok()?;
    let scope = match profile.service {
        Service::ExchangeOnline => Scope::exchange(&cloud),
        Service::Compliance => Scope::compliance(&cloud),
    };
    let disk = exoctl_identity::DiskTokenCache::open(&context.paths().ok()?.tokens).ok()?;
    super::disconnect::identities(profile)
        .iter()
        .filter_map(|identity| disk.load(identity, &scope).ok().flatten())
        .map(|token| token.expires_at())
        .max()
}
