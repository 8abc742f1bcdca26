//! Stopping or failing at a chosen write step, so that tests can try every one of them.
//!
//! Each durable step of the store is counted before and after: beginning a transaction, each batch
//! of statements, the commit, writing, syncing and renaming a file, syncing a folder.
//!
//! | variable | effect |
//! |---|---|
//! | `ZHIDA_STOP_AT=n` | the process aborts at step n, as by a power cut: nothing is cleaned up |
//! | `ZHIDA_FAIL_AT=n` | step n fails with an input/output error, as by a broken disk |
//!
//! Unset, neither of them has an effect beyond one addition a step.

use std::env;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::store::error::StoreError;

/// The number of the system's input/output error.
const INPUT_OUTPUT_ERROR: i32 = 5;

/// Counts write steps, and stops or fails at the one that it was told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Arc<Plan>);

#[derive(Debug, Default)]
struct Plan {
    stop_at: Option<u64>,
    fail_at: Option<u64>,
    taken: AtomicU64,
}

impl Faults {
    /// What the environment of this process asks for; all of the process count together.
    ///
    /// # Errors
    /// [`StoreError::Environment`] when a variable is not a positive number.
    pub(crate) fn of_process() -> Result<Self, StoreError> {
        static OF_PROCESS: OnceLock<Faults> = OnceLock::new();
        if let Some(faults) = OF_PROCESS.get() {
            return Ok(faults.clone());
        }
        let plan = Plan {
            stop_at: number("ZHIDA_STOP_AT")?,
            fail_at: number("ZHIDA_FAIL_AT")?,
            taken: AtomicU64::new(0),
        };
        Ok(OF_PROCESS.get_or_init(|| Self(Arc::new(plan))).clone())
    }

    /// Fails at this step and at no other.
    #[cfg(test)]
    pub(crate) fn failing_at(step: u64) -> Self {
        Self(Arc::new(Plan {
            fail_at: Some(step),
            ..Plan::default()
        }))
    }

    /// Counts a step.
    ///
    /// # Errors
    /// An input/output error at the step that is to fail.
    pub(crate) fn step(&self, point: &'static str) -> io::Result<()> {
        let before = self.0.taken.fetch_add(1, Ordering::SeqCst);
        let step = Some(before.saturating_add(1));
        if step == self.0.stop_at {
            std::process::abort();
        }
        if step == self.0.fail_at {
            let error = io::Error::from_raw_os_error(INPUT_OUTPUT_ERROR);
            return Err(io::Error::new(error.kind(), format!("{point}: {error}")));
        }
        Ok(())
    }

    /// How many steps there were so far.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::SeqCst)
    }
}

fn number(name: &'static str) -> Result<Option<u64>, StoreError> {
    let Some(value) = env::var_os(name) else {
        return Ok(None);
    };
    let value = value.to_string_lossy().into_owned();
    match value.parse() {
        Ok(number) if number > 0 => Ok(Some(number)),
        Ok(_) | Err(_) => Err(StoreError::Environment { name, value }),
    }
}
