//! A TCP stream that can be broken from outside, as a connection reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The connection was broken on purpose.
#[derive(Debug, thiserror::Error)]
#[error("the connection was broken on purpose")]
pub(crate) struct Broken;

/// Breaks the socket that it belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fuse(Arc<AtomicBool>);

impl Fuse {
    /// Makes the socket send a reset and nothing more.
    pub(crate) fn blow(&self) -> Broken {
        self.0.store(true, Ordering::Relaxed);
        Broken
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

/// A TCP stream with its fuse.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    fuse: Fuse,
}

impl Socket {
    pub(super) const fn new(stream: TcpStream, fuse: Fuse) -> Self {
        Self { stream, fuse }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.fuse.check().is_err() {
            // Without lingering a close is a reset (socket(7)).
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.fuse.check()?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.fuse.check()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fuse.check()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fuse.check()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
