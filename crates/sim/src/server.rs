//! HTTPS listeners that stop gracefully.

mod address;
mod gate;
mod socket;
mod tls;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

pub(crate) use gate::Gate;
pub(crate) use socket::{Broken, Fuse};
pub(crate) use tls::ServerIdentity;

use crate::error::SimError;

/// How long open connections may take to finish when the server stops.
const PATIENCE: Duration = Duration::from_secs(2);

/// What answers the requests of a listener. An error breaks the connection without an answer.
pub(crate) trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn handle(
        self: Arc<Self>,
        request: Request<Incoming>,
        fuse: Fuse,
    ) -> impl Future<Output = Result<Response<Body>, Broken>> + Send;
}

/// Listens at an address.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, SimError> {
    TcpListener::bind(address).await.map_err(|source| SimError::Listen { address, source })
}

/// Serves until `stop` says so or its sender is gone, then lets open connections finish for a while.
pub(crate) async fn serve<H: Handler>(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    handler: Arc<H>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (acceptor, handler) = (acceptor.clone(), handler.clone());
                    connections.spawn(connection(stream, acceptor, handler, stop.clone()));
                }
                // Out of file descriptors, mostly; there will be some again.
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = requested(&mut stop) => break,
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(PATIENCE, drained).await.is_err() {
        connections.shutdown().await;
    }
}

/// Waits until somebody asks to stop, or nobody can ask any more.
async fn requested(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

async fn connection<H: Handler>(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    handler: Arc<H>,
    mut stop: watch::Receiver<bool>,
) {
    // A small answer must not wait for the client's delayed acknowledgement.
    let _ = stream.set_nodelay(true);
    let fuse = Fuse::default();
    let stream = tokio::select! {
        accepted = acceptor.accept(socket::Socket::new(stream, fuse.clone())) => match accepted {
            Ok(stream) => stream,
            Err(error) => return tracing::debug!(%error, "a TLS handshake failed"),
        },
        () = requested(&mut stop) => return,
    };
    let service = service_fn(move |request| handler.clone().handle(request, fuse.clone()));
    let mut builder = Builder::new(TokioExecutor::new());
    // The Date header shows the tenant's clock, which the handler writes.
    builder.http1().auto_date_header(false);
    builder.http2().auto_date_header(false);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let finished = tokio::select! {
        finished = connection.as_mut() => finished,
        () = requested(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = finished {
        tracing::debug!(error, "a connection ended early");
    }
}
