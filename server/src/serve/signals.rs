//! What the system tells the server: to stop, to read its certificate again, how much it may open.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::serve::error::ServeError;
use crate::serve::tls::Certificate;

/// Ends with the first SIGTERM or Ctrl-C.
///
/// # Errors
/// [`ServeError::Signal`] when the system does not let the server wait for them.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()>, ServeError> {
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Reads the certificate again with every SIGHUP.
pub(super) fn reload_on_hangup(
    certificate: Arc<Certificate>,
) -> Result<impl Future<Output = ()>, ServeError> {
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            match certificate.reload() {
                Ok(()) => tracing::info!(target: "zhida::serve", "已换用新的 TLS 证书"),
                Err(error) => {
                    let error = error.to_string();
                    tracing::error!(target: "zhida::serve", error, "新证书不能用,仍用原来的");
                }
            }
        }
    })
}

fn listen(kind: SignalKind) -> Result<Signal, ServeError> {
    signal(kind).map_err(ServeError::Signal)
}

/// How many files and connections the process may have open; only Linux tells.
pub(super) fn descriptors_max() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}
