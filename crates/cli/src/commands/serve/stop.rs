//! Being told to stop: ctrl-c and SIGTERM.

use crate::error::CommandError;

/// Listens from here on; what is returned waits for the signal.
#[cfg(unix)]
pub(in crate::commands) fn stop_signal() -> Result<impl Future<Output = ()>, CommandError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens from here on; what is returned waits for the signal.
#[cfg(not(unix))]
pub(in crate::commands) fn stop_signal() -> Result<impl Future<Output = ()>, CommandError> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
