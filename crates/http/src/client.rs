//! [`HttpTransport`]: the one HTTP client of the program, over reqwest.

use std::error::Error;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::{ACCEPT_ENCODING, HeaderValue};
use http::uri::Uri;

use crate::error::Source;
use crate::spare::Spare;
use crate::{Request, Response, Transport, TransportError, body};

/// How the client behaves.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// PEM of the only certificate authorities to trust; `None` trusts the operating system's.
    pub certificate_authority: Option<String>,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// The largest body that is accepted, in bytes after decompression.
    pub body_limit: u64,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            certificate_authority: None,
            timeouts: Timeouts::default(),
            user_agent: concat!("exoctl/", env!("CARGO_PKG_VERSION")).to_owned(),
            body_limit: 256 << 20,
        }
    }
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For name resolution, TCP and TLS together.
    pub connect: Duration,
    /// For the whole exchange. Exchange gives up on a cmdlet after 15 minutes and its own
    /// client waits 16; a request can ask for another time with [`RequestTimeout`].
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), total: Duration::from_mins(16) }
    }
}

/// A request's extension: the time for this one exchange instead of [`Timeouts::total`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestTimeout(pub Duration);

/// The network. HTTPS only; redirects and cookies are the caller's business.
///
/// A gzip body is undone here. One that is none although the header says so (Exchange sends
/// such with a 403) is given as it came. Requests to the loopback interface bypass any proxy
/// that the environment names.
#[derive(Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    loopback: OnceLock<Result<reqwest::Client, String>>,
    options: HttpOptions,
    spare: Spare,
}

impl HttpTransport {
    /// A client that behaves as `options` say. Fails if the certificate authority is unreadable.
    pub fn new(options: &HttpOptions) -> Result<Self, TransportError> {
        let client = builder(options)?.build().map_err(|error| setup(error.into()))?;
        Ok(Self {
            client,
            loopback: OnceLock::new(),
            options: options.clone(),
            spare: Spare::default(),
        })
    }

    fn client_for(&self, uri: &Uri) -> Result<&reqwest::Client, TransportError> {
        if !is_loopback(uri) {
            return Ok(&self.client);
        }
        self.loopback
            .get_or_init(|| {
                let direct = builder(&self.options).map_err(|error| error.to_string())?;
                direct.no_proxy().build().map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(|message| setup(message.as_str().into()))
    }

    async fn exchange(&self, mut request: Request) -> Result<Response, TransportError> {
        let host = host_and_port(request.uri())?;
        let limit = match request.extensions().get::<RequestTimeout>() {
            Some(RequestTimeout(limit)) => *limit,
            None => self.options.timeouts.total,
        };
        if !request.headers().contains_key(ACCEPT_ENCODING) {
            request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let client = self.client_for(request.uri())?;
        let mut outgoing =
            reqwest::Request::try_from(request).map_err(|error| setup(error.into()))?;
        *outgoing.timeout_mut() = Some(limit);
        let answer = match client.execute(outgoing).await {
            Ok(answer) => answer,
            Err(error) => return Err(sending_failed(error.without_url(), host, limit)),
        };
        self.collect(answer, host, limit).await
    }

    async fn collect(
        &self,
        mut answer: reqwest::Response,
        host: String,
        limit: Duration,
    ) -> Result<Response, TransportError> {
        let status = answer.status();
        let mut response = http::Response::new(Bytes::new());
        *response.status_mut() = status;
        *response.version_mut() = answer.version();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        let announced = answer.content_length().unwrap_or_default();
        let mut received = self.spare.take(announced.min(BELIEVED) as usize);
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => received.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) if error.is_timeout() => {
                    return Err(TransportError::Timeout { host, limit });
                }
                Err(error) => {
                    let (received, source) = (received.len() as u64, error.without_url().into());
                    return Err(TransportError::Truncated { host, status, received, source });
                }
            }
            if received.len() as u64 > self.options.body_limit {
                let limit = self.options.body_limit;
                return Err(TransportError::TooLarge { host, status, limit });
            }
        }
        let received = self.spare.lend(received);
        body::decode(response, received, self.options.body_limit, &host, &self.spare)
    }
}

/// The most bytes that are set aside because an answer announces them.
const BELIEVED: u64 = 32 << 20;

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

fn builder(options: &HttpOptions) -> Result<reqwest::ClientBuilder, TransportError> {
    let builder = plain_builder(options);
    let Some(pem) = &options.certificate_authority else { return Ok(builder) };
    let authorities = reqwest::Certificate::from_pem_bundle(pem.as_bytes())
        .map_err(|error| setup(error.into()))?;
    if authorities.is_empty() {
        return Err(setup("the certificate authority holds no PEM certificate".into()));
    }
    Ok(builder.tls_certs_only(authorities))
}

/// Without anything about trust.
pub(crate) fn plain_builder(options: &HttpOptions) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(options.timeouts.connect)
        .tcp_keepalive(Duration::from_mins(1))
        .user_agent(&options.user_agent)
}

pub(crate) fn setup(source: Source) -> TransportError {
    TransportError::Setup(source)
}

pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn host_and_port(uri: &Uri) -> Result<String, TransportError> {
    let (Some("https"), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        let url = uri.to_string();
        let url = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        return Err(TransportError::InvalidRequest { url });
    };
    Ok(match authority.port_u16() {
        Some(port) => format!("{}:{port}", authority.host()),
        None => authority.host().to_owned(),
    })
}

pub(crate) fn sending_failed(
    error: reqwest::Error,
    host: String,
    limit: Duration,
) -> TransportError {
    if error.is_connect() {
        if is_tls(&error) {
            return TransportError::Tls { host, source: error.into() };
        }
        return TransportError::Connect { host, source: error.into() };
    }
    if error.is_timeout() {
        return TransportError::Timeout { host, limit };
    }
    TransportError::Reset { host, source: error.into() }
}

/// Whether a TLS error is among the causes. An `io::Error` hides what it wraps from
/// [`Error::source`], so it is asked itself.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if wrapped.is_some_and(|inner| is_tls(inner)) {
            return true;
        }
        cause = error.source();
    }
    false
}
