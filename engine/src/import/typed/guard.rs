//! Keeping the panics of the file readers away from the import.
//!
//! The Arrow and Parquet readers check most of what a file says and panic over some of the rest,
//! such as a schema of a type that they do not know. For an import that is a damaged file.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::import::text::shortened;
use crate::import::{FileFormat, ImportError};

/// The most characters that an error repeats of what a reader says.
const REASON_CHARS_MAX: usize = 200;

/// Runs a reader; a panic in it means a damaged file. What it was working on is not used again,
/// since the import ends with the error.
pub(crate) fn guarded<T>(
    format: FileFormat,
    read: impl FnOnce() -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(damaged(format, "内容前后矛盾")))
}

/// The file is not whole.
pub(crate) fn damaged(format: FileFormat, reason: &str) -> ImportError {
    let reason = shortened(reason, REASON_CHARS_MAX);
    ImportError::Damaged { format, reason }
}

/// The file is written in a way that is not read.
pub(crate) fn unsupported(format: FileFormat, reason: &str) -> ImportError {
    let reason = shortened(reason, REASON_CHARS_MAX);
    ImportError::Unsupported { format, reason }
}
