//! Requests as values: what goes to the service, whoever sends it and with whatever token.

use bytes::Bytes;
use exoctl_http::{Request, RequestTimeout};
use exoctl_identity::AccessToken;
use exoctl_model::{Organization, TenantId};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

use crate::anchor::Anchor;
use crate::cmdlet::CmdletName;
use crate::dispatch::Sendable;
use crate::invocation::Invocation;
use crate::parameters::ParameterValue;

/// What a request needs to know about the connection it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Addressee {
    pub(crate) organization: Organization,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) compliance: bool,
    pub(crate) connection_id: Uuid,
    pub(crate) page_size: u16,
}

impl Addressee {
    /// The path segment that names the tenant: its id, else its domain.
    pub(crate) fn tenant_segment(&self) -> String {
        self.tenant.map_or_else(|| self.organization.to_string(), |tenant| tenant.to_string())
    }

    /// The anchor of a call over this connection.
    pub(crate) fn anchor(&self, invocation: &Invocation) -> Anchor {
        let Invocation { cmdlet, parameters, .. } = invocation;
        Anchor::of(cmdlet, parameters, &self.organization, self.tenant, self.compliance)
    }
}

/// A request that can be sent again and again: to whichever host is the tenant's, with a fresh
/// token each time, everything else the same.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) cmdlet: CmdletName,
    pub(crate) method: Method,
    /// Path and query below the service's base.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) client_request_id: Uuid,
}

impl Prepared {
    /// The request that invokes a cmdlet. `parameters` are encoded already.
    pub(crate) fn invoke(
        addressee: &Addressee,
        invocation: &Invocation,
        parameters: Map<String, Value>,
    ) -> Self {
        let client_request_id = Uuid::new_v4();
        let mut path = format!("/adminapi/beta/{}/InvokeCommand", addressee.tenant_segment());
        if !invocation.select.is_empty() {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("$select", &invocation.select.join(","));
            path = format!("{path}?{}", query.finish().replace("%24", "$").replace("%2C", ","));
        }
        Self {
            cmdlet: invocation.cmdlet.clone(),
            method: Method::POST,
            path,
            headers: headers(addressee, invocation, client_request_id),
            body: body(&invocation.cmdlet, parameters),
            client_request_id,
        }
    }
}

impl Sendable for Prepared {
    fn cmdlet(&self) -> &CmdletName {
        &self.cmdlet
    }

    fn client_request_id(&self) -> Uuid {
        self.client_request_id
    }

    fn to_request(&self, at: &Target, token: &AccessToken, cookies: &str) -> Request {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = at
            .url(&self.path)
            .as_str()
            .parse()
            .expect("an https URL that was parsed before is a URI");
        *request.headers_mut() = self.headers.clone();
        request.headers_mut().insert(AUTHORIZATION, bearer(token));
        if let Ok(value) = HeaderValue::from_str(cookies)
            && !cookies.is_empty()
        {
            request.headers_mut().insert(COOKIE, value);
        }
        request.extensions_mut().insert(RequestTimeout(self.cmdlet.time_limit()));
        request
    }
}

/// Where a prepared request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Its own path below this base.
    Base(Url),
    /// The link to the next page, used as it is.
    Link(Url),
}

impl Target {
    fn url(&self, path: &str) -> Url {
        match self {
            Self::Link(url) => url.clone(),
            Self::Base(base) => below(base, path),
        }
    }
}

/// A path and query below a base that may have a path of its own.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let text = format!("{}{path}", base.as_str().trim_end_matches('/'));
    Url::parse(&text).expect("a URL stays one with a path of known characters behind it")
}

/// `Bearer` and the token, marked so that nobody logs it.
pub(crate) fn bearer(token: &AccessToken) -> HeaderValue {
    let text = zeroize::Zeroizing::new(format!("Bearer {}", token.secret().expose_secret()));
    let mut value =
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

/// The body of an invocation; members as the service spells them.
fn body(cmdlet: &CmdletName, parameters: Map<String, Value>) -> Bytes {
    let body = json!({
        "CmdletInput": { "CmdletName": cmdlet.as_str(), "Parameters": Value::Object(parameters) }
    });
    serde_json::to_vec(&body).expect("a JSON value becomes JSON").into()
}

fn headers(addressee: &Addressee, invocation: &Invocation, client_request_id: Uuid) -> HeaderMap {
    let anchor = addressee.anchor(invocation);
    let mut headers = common_headers(addressee, client_request_id, &anchor);
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-cmdletname", invocation.cmdlet.as_str());
    set("x-responseformat", "json");
    set("prefer", &format!("odata.maxpagesize={}", page_size(addressee, invocation)));
    if let Some(ParameterValue::String(action)) = invocation.parameters.find("WarningAction") {
        let ignored = action.eq_ignore_ascii_case("Ignore");
        set("warningaction", if ignored { "SilentlyContinue" } else { action });
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}

/// The headers of every request, of whatever kind.
pub(crate) fn common_headers(
    addressee: &Addressee,
    client_request_id: Uuid,
    anchor: &Anchor,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-anchormailbox", &anchor.value);
    if anchor.from_parameter {
        set("parameter-based-routing", "true");
    }
    set("client-request-id", &client_request_id.to_string());
    set("connection-id", &addressee.connection_id.to_string());
    set("x-clientapplication", "exoctl");
    set("accept-language", "en-US");
    set("accept-charset", "UTF-8");
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers
}

/// Rows in a page: the connection's, or fewer if fewer rows are wanted at all.
pub(crate) fn page_size(addressee: &Addressee, invocation: &Invocation) -> u64 {
    let size = u64::from(invocation.page_size.unwrap_or(addressee.page_size)).clamp(1, 1000);
    let wanted = invocation.wanted().ok().and_then(crate::ResultSize::limit);
    wanted.map_or(size, |limit| size.min(limit))
}
