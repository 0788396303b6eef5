//! When to stop: at SIGINT and SIGTERM.

use std::process;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::Failure;

/// What a shell reports of a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// A token that is cancelled by the first SIGINT or SIGTERM; the second one ends the process at once.
///
/// # Errors
/// [`Failure`] if the process may not listen to signals.
pub(crate) fn on_signals() -> Result<CancellationToken, Failure> {
    let failed = || Failure::because("cannot listen to signals");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed())?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        for last in [false, true] {
            let signal = tokio::select! {
                _ = interrupt.recv() => "SIGINT",
                _ = terminate.recv() => "SIGTERM",
            };
            if last {
                process::exit(INTERRUPTED);
            }
            info!(signal, "stopping");
            told.cancel();
        }
    });
    Ok(stop)
}
