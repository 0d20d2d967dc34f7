//! What an access token says of itself, read without verifying it, and what Exchange will
//! think of that.
//!
//! The token is made for the resource and not for us, so nothing here decides anything: it
//! explains a refusal before it happens.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exoctl_model::TenantId;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::DirectoryRole;

/// The claims of an access token that matter to us. Missing and unreadable ones are `None` or
/// empty. Names: Learn, "Access token claims reference"; v2 names are read too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenClaims {
    /// The resource that it is for.
    pub aud: Option<String>,
    /// The tenant.
    pub tid: Option<String>,
    /// The application (`azp` in v2 tokens).
    pub appid: Option<String>,
    /// The service principal's object id.
    pub oid: Option<String>,
    /// Application roles (permissions) at the resource.
    pub roles: Vec<String>,
    /// Template ids of directory roles.
    pub wids: Vec<String>,
    /// When it expires.
    pub exp: Option<Timestamp>,
    /// When it was issued.
    pub iat: Option<Timestamp>,
    /// Display name of the application.
    pub app_display_name: Option<String>,
    /// How the client proved itself: "1" secret, "2" certificate.
    pub appidacr: Option<String>,
    /// "app" for application-only tokens.
    pub idtyp: Option<String>,
    /// Delegated permissions at the resource, of a token on a human's behalf.
    pub scp: Vec<String>,
    /// The human's sign-in name (`preferred_username` in v2 and id tokens).
    pub upn: Option<String>,
}

impl TokenClaims {
    /// Reads the claims of a JWT without verifying anything. `None` if it is not a JWT.
    pub fn read(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_header, payload) = (parts.next()?, parts.next()?);
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            aud: claims.get("aud").and_then(|aud| texts(aud).into_iter().next()),
            tid: text("tid"),
            appid: text("appid").or_else(|| text("azp")),
            oid: text("oid"),
            roles: claims.get("roles").map(texts).unwrap_or_default(),
            wids: claims.get("wids").map(texts).unwrap_or_default(),
            exp: claims.get("exp").and_then(instant),
            iat: claims.get("iat").and_then(instant),
            app_display_name: text("app_displayname"),
            appidacr: text("appidacr").or_else(|| text("azpacr")),
            idtyp: text("idtyp"),
            scp: text("scp")
                .iter()
                .flat_map(|scp| scp.split_whitespace())
                .map(str::to_owned)
                .collect(),
            upn: text("upn").or_else(|| text("preferred_username")).or_else(|| text("unique_name")),
        })
    }

    /// The directory roles among `wids` that Exchange accepts.
    pub fn directory_roles(&self) -> impl Iterator<Item = &'static DirectoryRole> + '_ {
        self.wids.iter().filter_map(|id| DirectoryRole::by_template_id(id.trim().parse().ok()?))
    }
}

/// The application role that Exchange asks for.
pub const EXCHANGE_APP_ROLE: &str = "Exchange.ManageAsApp";

/// Something in a token that Exchange will not like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimFinding {
    /// `roles` lacks `Exchange.ManageAsApp`: not assigned, or not consented to.
    NoAppRole {
        /// What `roles` holds.
        roles: Vec<String>,
    },
    /// `wids` holds no role that Exchange accepts. A role group may give rights nevertheless.
    NoDirectoryRole {
        /// What `wids` holds.
        wids: Vec<String>,
    },
    /// Made for another resource.
    WrongAudience {
        /// The resource that it should be for.
        expected: String,
        /// The one that it is for.
        found: Option<String>,
    },
    /// Issued by another tenant.
    WrongTenant {
        /// The tenant that it should be of.
        expected: TenantId,
        /// The one that it is of.
        found: Option<String>,
    },
    /// No longer good.
    Expired {
        /// Since when.
        at: Timestamp,
    },
}

impl ClaimFinding {
    /// Whether the call may still succeed.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::NoDirectoryRole { .. })
    }
}

impl fmt::Display for ClaimFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAppRole { roles } if roles.is_empty() => write!(
                f,
                "the token carries no application role; {EXCHANGE_APP_ROLE} is needed, with admin consent"
            ),
            Self::NoAppRole { roles } => write!(
                f,
                "the token carries the application roles {}, but not {EXCHANGE_APP_ROLE}",
                roles.join(", ")
            ),
            Self::NoDirectoryRole { .. } => f.write_str(
                "the token carries no directory role that Exchange accepts; \
                 only a role group can give the application rights",
            ),
            Self::WrongAudience { expected, found } => match found {
                Some(found) => write!(f, "the token is for {found}, not for {expected}"),
                None => write!(f, "the token names no audience; {expected} is needed"),
            },
            Self::WrongTenant { expected, found } => match found {
                Some(found) => write!(f, "the token is of tenant {found}, not of {expected}"),
                None => write!(f, "the token names no tenant; {expected} is needed"),
            },
            Self::Expired { at } => write!(f, "the token expired at {at}"),
        }
    }
}

/// What Exchange (or Security & Compliance, whichever `audience` is) will not like about a
/// token. `tenant` is checked if it is known.
pub fn check_for_exchange(
    claims: &TokenClaims,
    audience: &str,
    tenant: Option<TenantId>,
    now: Timestamp,
) -> Vec<ClaimFinding> {
    let mut findings = Vec::new();
    let bare = |resource: &str| resource.trim_end_matches('/').to_ascii_lowercase();
    if claims.aud.as_deref().map(bare) != Some(bare(audience)) {
        let (expected, found) = (audience.to_owned(), claims.aud.clone());
        findings.push(ClaimFinding::WrongAudience { expected, found });
    }
    if let Some(expected) = tenant {
        let found = claims.tid.clone();
        if found.as_ref().and_then(|tid| tid.parse().ok()) != Some(expected) {
            findings.push(ClaimFinding::WrongTenant { expected, found });
        }
    }
    if let Some(at) = claims.exp.filter(|exp| *exp <= now) {
        findings.push(ClaimFinding::Expired { at });
    }
    if !claims.roles.iter().any(|role| role == EXCHANGE_APP_ROLE) {
        findings.push(ClaimFinding::NoAppRole { roles: claims.roles.clone() });
    }
    if claims.directory_roles().next().is_none() {
        findings.push(ClaimFinding::NoDirectoryRole { wids: claims.wids.clone() });
    }
    findings
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// A NumericDate of RFC 7519, as a number or a string, with or without a fraction.
fn instant(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Timestamp::from_second(seconds.floor() as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUDIENCE: &str = "https://outlook.office365.com";

    /// RFC 7519 section 3.1, byte for byte.
    const RFC_7519: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
        cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn token(payload: &str) -> String {
        format!("e30.{}.", URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn the_rfcs_example_is_read() {
        let claims = TokenClaims::read(RFC_7519).unwrap();
        assert_eq!(claims.exp, Some("2011-03-22T18:43:00Z".parse().unwrap()));
        assert_eq!(claims.aud, None);
    }

    #[test]
    fn unusual_forms_are_read_leniently() {
        let claims = TokenClaims::read(&token(
            r#"{"aud":["a","b"],"azp":"client","exp":"1300819380.9","roles":"one","wids":[1,"w"],"tid":7}"#,
        ))
        .unwrap();
        assert_eq!(claims.aud.as_deref(), Some("a"));
        assert_eq!(claims.appid.as_deref(), Some("client"));
        assert_eq!(claims.exp.unwrap().as_second(), 1_300_819_380);
        assert_eq!((claims.roles, claims.wids), (vec!["one".into()], vec!["w".into()]));
        assert_eq!(claims.tid, None);
    }

    #[test]
    fn a_token_on_a_humans_behalf_names_the_human_and_what_is_delegated() {
        let claims = TokenClaims::read(&token(
            r#"{"scp":"Application.ReadWrite.All  openid","upn":"adele@contoso.com","preferred_username":"x"}"#,
        ))
        .unwrap();
        assert_eq!(claims.scp, ["Application.ReadWrite.All", "openid"]);
        assert_eq!(claims.upn.as_deref(), Some("adele@contoso.com"));
        let claims = TokenClaims::read(&token(r#"{"preferred_username":"adele"}"#)).unwrap();
        assert_eq!((claims.scp.len(), claims.upn.as_deref()), (0, Some("adele")));
    }

    #[test]
    fn an_opaque_token_has_no_claims() {
        for opaque in ["", "abc", "a.b.c", "EwBgA8l6BAAU", "..", "e30.W10."] {
            assert_eq!(TokenClaims::read(opaque), None, "{opaque:?}");
        }
    }

    fn good() -> (TokenClaims, TenantId, Timestamp) {
        let claims = TokenClaims::read(&token(
            r#"{"aud":"https://outlook.office365.com","tid":"9f7a1b2c-0000-4000-8000-0123456789ab",
            "roles":["Exchange.ManageAsApp"],"wids":["29232cdf-9323-42fd-ade2-1d097af3e4de",
            "0997a1d0-0d1d-4acb-b408-d5ca73121e90"],"exp":2000000000}"#,
        ));
        let tenant = "9f7a1b2c-0000-4000-8000-0123456789ab".parse().unwrap();
        (claims.unwrap(), tenant, Timestamp::from_second(1_999_999_999).unwrap())
    }

    #[test]
    fn a_good_token_has_no_findings() {
        let (mut claims, tenant, now) = good();
        assert_eq!(check_for_exchange(&claims, AUDIENCE, Some(tenant), now), []);
        claims.aud = Some(format!("{AUDIENCE}/"));
        assert_eq!(check_for_exchange(&claims, AUDIENCE, Some(tenant), now), []);
    }

    #[test]
    fn every_defect_is_found() {
        let (claims, tenant, now) = good();
        let find = |change: &dyn Fn(&mut TokenClaims)| {
            let mut changed = claims.clone();
            change(&mut changed);
            let mut findings = check_for_exchange(&changed, AUDIENCE, Some(tenant), now);
            assert_eq!(findings.len(), 1, "{findings:?}");
            findings.remove(0)
        };
        let finding = find(&|claims| claims.roles.clear());
        assert!(matches!(finding, ClaimFinding::NoAppRole { .. }) && !finding.is_warning());
        let finding = find(&|claims| {
            claims.wids.remove(0);
        });
        assert!(matches!(finding, ClaimFinding::NoDirectoryRole { .. }) && finding.is_warning());
        let finding = find(&|claims| claims.aud = Some("https://graph.microsoft.com".into()));
        assert_eq!(
            finding.to_string(),
            "the token is for https://graph.microsoft.com, not for https://outlook.office365.com"
        );
        let finding = find(&|claims| claims.tid = None);
        assert!(matches!(finding, ClaimFinding::WrongTenant { found: None, .. }));
        let finding = find(&|claims| claims.exp = Some(now));
        assert!(matches!(finding, ClaimFinding::Expired { .. }));
    }
}
