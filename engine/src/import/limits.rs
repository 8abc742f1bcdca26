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

/// Rows of a Parquet file that are in memory at a time.
pub const PARQUET_BATCH_ROWS: usize = 1_024;

/// The longest footer of a Parquet or Arrow file.
pub const FOOTER_BYTES_MAX: u64 = 64 << 20;

/// The longest page of a Parquet file when unpacked.
pub const PAGE_BYTES_MAX: u64 = 256 << 20;

/// The longest pages of all columns together, which may be in memory at one time.
pub const PAGES_BYTES_MAX: u64 = 2 << 30;

/// The most values in one page of a Parquet file; a few bytes may stand for as many.
pub const PAGE_VALUES_MAX: u64 = 16 << 20;

/// The longest description of one batch of an Arrow file.
pub const MESSAGE_BYTES_MAX: u64 = 64 << 20;

/// The longest batch of an Arrow file: a batch is in memory as a whole.
pub const BATCH_BYTES_MAX: u64 = 1 << 30;
