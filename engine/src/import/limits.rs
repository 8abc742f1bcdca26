//! How much an import takes before it refuses a file: hostile files must not fill the memory.

/// The longest file.
pub const FILE_BYTES_MAX: u64 = 16 << 30;

/// The longest record, quotes and line breaks inside cells included.
pub const RECORD_BYTES_MAX: usize = 4 << 20;

/// The most columns.
pub const COLUMNS_MAX: usize = 8_192;

/// The longest text cell, in characters. Lists may be as long as their record.
pub const TEXT_CHARS_MAX: usize = 2_000;

/// The most records in one list cell.
pub const LIST_RECORDS_MAX: usize = 10_000;

/// The most findings kept with their place and value; the rest is counted by reason.
pub const FINDINGS_MAX: usize = 100_000;

/// The most characters of a value that a finding repeats.
pub const FINDING_VALUE_CHARS_MAX: usize = 60;
