//! The one seam to the network: a request goes in, an answer or a typed failure comes out.

use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::TransportError;

/// A request with its whole body; the bodies of these APIs are small.
pub type Request = http::Request<Bytes>;

/// An answer with its whole body, undone from any content coding.
pub type Response = http::Response<Bytes>;

/// Sends one request, once, and gives the answer whatever its status is.
///
/// Redirects are answers, cookies are headers, a status of 500 is an `Ok`. To wrap one (record,
/// refuse, count) implement this for a type that holds another transport.
pub trait Transport: Debug + Send + Sync {
    /// Sends `request` and collects the answer.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        (**self).send(request)
    }
}
