//! Ctrl-C stops a long run cleanly, and a file that may not grow is an error, not the end.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// How the program ends when it is interrupted a second time.
const AT_ONCE: i32 = 130;

/// A flag that the first Ctrl-C sets. The second ends the program at once; what is half written
/// then still has no name.
pub(crate) fn flag() -> std::io::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The order matters: the first signal finds the flag unset, sets it and goes on.
        flag::register_conditional_shutdown(signal, AT_ONCE, Arc::clone(&interrupted))?;
        flag::register(signal, Arc::clone(&interrupted))?;
    }
    // Where a limit on file sizes is reached, the write then fails instead of the program.
    #[cfg(unix)]
    flag::register(signal_hook::consts::SIGXFSZ, Arc::default())?;
    Ok(interrupted)
}
