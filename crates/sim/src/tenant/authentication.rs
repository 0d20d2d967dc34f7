//! Checking the access tokens that the admin API is called with.

use http::HeaderMap;
use serde_json::Value;
use uuid::Uuid;

use super::Tenant;
use crate::call::Service;
use crate::entra;
use crate::role::DirectoryRole;

/// Who calls, as the token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// Client id of the application.
    pub app_id: Uuid,
    /// Object id of its service principal.
    pub object_id: Uuid,
    /// Display name of the application when the token was issued.
    pub display_name: String,
    /// Granted application permissions; `Exchange.ManageAsApp` is the one that counts.
    pub roles: Vec<String>,
    /// Directory roles as they were when the token was issued.
    pub wids: Vec<Uuid>,
    /// The person in whose name the client calls; absent when it calls for itself.
    pub person: Option<Delegated>,
}

/// A person whose client calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delegated {
    /// The sign-in name.
    pub user_principal_name: String,
    /// The display name.
    pub name: String,
    /// The permissions that the client was given.
    pub scopes: Vec<String>,
}

impl Principal {
    /// Whether the client may manage Exchange at all.
    pub(crate) fn may_manage(&self) -> bool {
        match &self.person {
            None => self.roles.iter().any(|role| role == "Exchange.ManageAsApp"),
            Some(person) => person.scopes.iter().any(|scope| {
                ["AdminApi.AccessAsUser.All", "Exchange.Manage"].contains(&scope.as_str())
            }),
        }
    }

    /// Its directory roles, as far as they are known here.
    pub(crate) fn directory_roles(&self) -> impl Iterator<Item = DirectoryRole> {
        self.wids.iter().filter_map(|id| DirectoryRole::from_template_id(*id))
    }
}

/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AuthFailure {
    /// No Bearer token.
    Missing,
    /// Not a JWT.
    Malformed,
    /// Not signed by this tenant's authority.
    Signature,
    /// Its time is over, or has not come.
    Lifetime,
    /// For another service.
    Audience,
    /// From another tenant.
    Tenant,
}

impl AuthFailure {
    /// The `x-ms-diagnostics` header. Only the one about the audience is recorded, for another API of
    /// the same host; the others are made after it.
    pub(crate) const fn diagnostics(self) -> &'static str {
        match self {
            Self::Missing => {
                "2000001;reason=\"No token was sent.\";error_category=\"invalid_token\""
            }
            Self::Malformed => {
                "2000001;reason=\"The token could not be read.\";error_category=\"invalid_token\""
            }
            Self::Signature => {
                "2000006;reason=\"The token has an invalid signature.\";error_category=\"invalid_signature\""
            }
            Self::Lifetime => {
                "2000008;reason=\"The token has expired.\";error_category=\"invalid_lifetime\""
            }
            Self::Audience => {
                "2000003;reason=\"The audience claim value is invalid 'aud'.\";error_category=\"invalid_resource\""
            }
            Self::Tenant => {
                "2000004;reason=\"The issuer of the token is not trusted.\";error_category=\"invalid_issuer\""
            }
        }
    }
}

impl Tenant {
    /// Checks the token of a request to one of the admin APIs. A principal without permission or role
    /// is a principal all the same; what it may do is for Exchange to say.
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        service: &Service,
    ) -> Result<Principal, AuthFailure> {
        let token = bearer(headers).ok_or(AuthFailure::Missing)?;
        let claims = self.token_key().verify(token)?;
        let now = self.now().as_second();
        let (from, to) = (claims["nbf"].as_i64(), claims["exp"].as_i64());
        // Five minutes of tolerance at the start, none at the end: assumed.
        if from.is_none_or(|from| now + 300 < from) || to.is_none_or(|to| now >= to) {
            return Err(AuthFailure::Lifetime);
        }
        if id(&claims["tid"]) != Some(self.id()) {
            return Err(AuthFailure::Tenant);
        }
        let audience = claims["aud"].as_str().unwrap_or_default();
        if !entra::is_audience_of(audience, service) {
            return Err(AuthFailure::Audience);
        }
        principal(&claims).ok_or(AuthFailure::Malformed)
    }
}

fn principal(claims: &Value) -> Option<Principal> {
    let list = |name: &str| claims[name].as_array().cloned().unwrap_or_default();
    Some(Principal {
        app_id: id(&claims["appid"])?,
        person: claims["scp"].as_str().map(|scopes| Delegated {
            user_principal_name: claims["upn"].as_str().unwrap_or_default().to_owned(),
            name: claims["name"].as_str().unwrap_or_default().to_owned(),
            scopes: scopes.split(' ').map(str::to_owned).collect(),
        }),
        object_id: id(&claims["oid"])?,
        display_name: claims["app_displayname"].as_str().unwrap_or_default().to_owned(),
        roles: list("roles").iter().filter_map(|role| role.as_str().map(str::to_owned)).collect(),
        wids: list("wids").iter().filter_map(id).collect(),
    })
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
