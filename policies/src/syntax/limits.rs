//! How large a block may be. Far above any real policy; low enough that no text, however strange,
//! can exhaust the machine.

/// The most bytes of one block.
pub const BLOCK_BYTES_MAX: usize = 1 << 20;

/// The most tokens of one block.
pub const TOKENS_MAX: usize = 200_000;

/// How deep brackets, conditions and negations may nest.
pub const NESTING_MAX: usize = 64;

/// How high the tree of one expression may be, long chains of operators included; whoever walks
/// the tree may recurse that deep.
pub const HEIGHT_MAX: usize = 256;

/// The most digits of one number.
pub const DIGITS_MAX: usize = 200;

/// The greatest exponent of a number such as `1.23e4`, in either direction.
pub const EXPONENT_MAX: i64 = 400;

/// The most rows of one table.
pub const ROWS_MAX: usize = 10_000;

/// The most years or months of a duration, and the most days.
pub const DURATION_MAX: i64 = 100_000;
