//! Which proxy a request goes through, as the client decides it.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::client::is_loopback;

/// The proxy that a request to `uri` goes through, without its user and password; none for the
/// loopback interface and what `NO_PROXY` names. The matcher is the client's own.
pub fn proxy_for(uri: &Uri) -> Option<Uri> {
    if is_loopback(uri) {
        return None;
    }
    let intercept = Matcher::from_system().intercept(uri)?;
    let proxy = intercept.uri();
    let host = proxy.host()?;
    let place = match proxy.port_u16() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    format!("{}://{place}", proxy.scheme_str().unwrap_or("http")).parse().ok()
}
