//! Who gets a token: one request in, a yes or a no out. Nothing here asks for one.
//!
//! Sources: Learn, "How to use managed identities for App Service and Azure Functions" (REST
//! endpoint reference) and "How to use managed identities on a VM to acquire an access token".

use std::collections::HashMap;
use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use exoctl_model::ClientId;
use http::header::HOST;
use http::{Method, Request, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

use crate::{AllowedResources, Resource};

/// What is known of those who may come in.
#[derive(Debug)]
pub struct Door {
    pub(crate) port: u16,
    pub(crate) header: SecretString,
    /// The first segment of the path that the Instance Metadata Service is below, if it is there.
    pub(crate) imds: Option<SecretString>,
    pub(crate) client: Option<ClientId>,
    pub(crate) allowed: AllowedResources,
}

/// How a token was asked for, and is to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// App Service, api-version 2019-08-01.
    AppService2019,
    /// App Service's older one, api-version 2017-09-01, which Azure Machine Learning has too.
    AppService2017,
    /// Instance Metadata Service, api-version 2018-02-01.
    Imds,
}

/// A request that may be answered with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How it was asked for.
    pub protocol: Protocol,
    /// The resource as it was spelt, which the answer repeats.
    pub asked: String,
    /// The resource.
    pub resource: Resource,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// The word of OAuth for it, RFC 6749 section 5.2 and RFC 8707 section 2.
    pub error: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The resource that is not allowed, if that is why.
    pub resource: Option<Resource>,
}

impl Door {
    /// Judges a request that came from `peer`.
    pub fn admit<B>(&self, peer: IpAddr, request: &Request<B>) -> Result<Wanted, Refusal> {
        if !peer.to_canonical().is_loopback() {
            return Err(refusal(
                StatusCode::FORBIDDEN,
                "access_denied",
                "only this machine may ask",
            ));
        }
        // A page of another host that has its name lead here (DNS rebinding) is a stranger, and so
        // is whoever comes through a proxy.
        if !self.is_addressed(request) {
            let text = "this is not the host that the request is meant for";
            return Err(refusal(StatusCode::MISDIRECTED_REQUEST, "invalid_request", text));
        }
        if PROXIED.iter().any(|name| request.headers().contains_key(*name)) {
            let text = "requests that a proxy has passed on are not answered";
            return Err(refusal(StatusCode::BAD_REQUEST, "invalid_request", text));
        }
        if request.method() != Method::GET {
            let text = "only GET is answered";
            return Err(refusal(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", text));
        }
        let query = Query::of(request)?;
        let protocol = self.protocol(request, &query)?;
        self.check_identity(&query)?;
        let asked = query.required("resource")?.to_owned();
        let resource: Resource = asked
            .parse()
            .map_err(|error: crate::InvalidResource| bad_request(&error.to_string()))?;
        if !self.allowed.contains(&resource) {
            return Err(not_allowed(resource));
        }
        Ok(Wanted { protocol, asked, resource })
    }

    fn is_addressed<B>(&self, request: &Request<B>) -> bool {
        let mut hosts = request.headers().get_all(HOST).iter();
        let (host, more) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
        let names = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port));
        more.is_none() && host.is_some_and(|host| names.iter().any(|name| name == host))
    }

    /// The protocol that is spoken, by somebody who knows the secret.
    fn protocol<B>(&self, request: &Request<B>, query: &Query) -> Result<Protocol, Refusal> {
        let path = request.uri().path();
        if path.trim_end_matches('/') == APP_SERVICE_PATH {
            self.check_header(request)?;
            return match query.required("api-version")? {
                "2019-08-01" => Ok(Protocol::AppService2019),
                "2017-09-01" => Ok(Protocol::AppService2017),
                other => Err(bad_request(&format!(
                    "api-version {other:?} is not spoken here; 2019-08-01 and 2017-09-01 are"
                ))),
            };
        }
        let Some(before) = path.trim_end_matches('/').strip_suffix(IMDS_PATH) else {
            return Err(refusal(StatusCode::NOT_FOUND, "invalid_request", "nothing is here"));
        };
        let secret = self.imds.as_ref().filter(|secret| {
            before.strip_prefix('/').is_some_and(|given| is_same(given.as_bytes(), secret))
        });
        if secret.is_none() {
            let text = "the path of AZURE_POD_IDENTITY_AUTHORITY_HOST is missing or wrong, or --imds was not given";
            return Err(refusal(StatusCode::UNAUTHORIZED, "unauthorized_client", text));
        }
        // The service's own words for it, code bad_request_102.
        let metadata = request.headers().get("metadata").and_then(|value| value.to_str().ok());
        if !metadata.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Err(bad_request("Required metadata header not specified"));
        }
        match query.required("api-version")? {
            "2018-02-01" => Ok(Protocol::Imds),
            other => Err(bad_request(&format!(
                "api-version {other:?} is not spoken here; 2018-02-01 is"
            ))),
        }
    }

    fn check_header<B>(&self, request: &Request<B>) -> Result<(), Refusal> {
        let shown = HEADERS.iter().any(|name| {
            let mut values = request.headers().get_all(*name).iter();
            values.next().is_some_and(|value| is_same(value.as_bytes(), &self.header))
                && values.next().is_none()
        });
        if shown {
            return Ok(());
        }
        let text =
            "the header X-IDENTITY-HEADER with the value of IDENTITY_HEADER is missing or wrong";
        Err(refusal(StatusCode::UNAUTHORIZED, "unauthorized_client", text))
    }

    /// There is one identity here; who asks for another one gets none.
    fn check_identity(&self, query: &Query) -> Result<(), Refusal> {
        let own = self.client.map(|client| client.to_string()).unwrap_or_default();
        for name in ["client_id", "clientid"] {
            if let Some(asked) = query.find(name)
                && !asked.eq_ignore_ascii_case(&own)
            {
                return Err(bad_request(&format!(
                    "Identity not found: {asked:?} is not the application of this connection; \
                    leave the client id out, or give {own}"
                )));
            }
        }
        match OTHER_IDENTITIES.iter().find(|name| query.find(name).is_some()) {
            Some(name) => Err(bad_request(&format!(
                "Identity not found: there is no {name} here; leave it out, or give client_id={own}"
            ))),
            None => Ok(()),
        }
    }
}

/// The parameters of a request, each of which may be there once.
struct Query(HashMap<String, String>);

impl Query {
    fn of<B>(request: &Request<B>) -> Result<Self, Refusal> {
        let mut members = HashMap::new();
        for (name, value) in form_urlencoded::parse(request.uri().query().unwrap_or("").as_bytes())
        {
            let name = name.to_ascii_lowercase();
            if members.insert(name, value.into_owned()).is_some() {
                return Err(bad_request("a parameter is there twice"));
            }
        }
        Ok(Self(members))
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.find(name).ok_or_else(|| bad_request(&format!("the parameter {name} is missing")))
    }
}

fn is_same(given: &[u8], secret: &SecretString) -> bool {
    verify_slices_are_equal(given, secret.expose_secret().as_bytes()).is_ok()
}

fn bad_request(message: &str) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, "invalid_request", message)
}

fn not_allowed(resource: Resource) -> Refusal {
    let message = format!(
        "this connection gives no token for {resource}. To allow it for one run: \
        `exoctl exec --allow-resource {resource} …`; for the connection: `exoctl profile allow {resource}`"
    );
    let resource = Some(resource);
    Refusal { resource, ..refusal(StatusCode::FORBIDDEN, "invalid_target", &message) }
}

fn refusal(status: StatusCode, error: &'static str, message: &str) -> Refusal {
    Refusal { status, error, message: message.to_owned(), resource: None }
}

pub(crate) const APP_SERVICE_PATH: &str = "/msi/token";
const IMDS_PATH: &str = "/metadata/identity/oauth2/token";
/// The names of the header in the newer and in the older protocol.
const HEADERS: [&str; 2] = ["x-identity-header", "secret"];
const PROXIED: [&str; 3] = ["forwarded", "via", "x-forwarded-for"];
const OTHER_IDENTITIES: [&str; 5] =
    ["object_id", "principal_id", "mi_res_id", "msi_res_id", "resource_id"];

#[cfg(test)]
mod tests;
