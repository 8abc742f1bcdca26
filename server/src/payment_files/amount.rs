//! Amounts as texts, at the border: made from whole fen and read back without any rounding.

/// The largest amount or sum that a payment message carries: eighteen digits.
pub(crate) const FEN_MAX: i64 = 999_999_999_999_999_999;

/// Why a text is not an amount in yuan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmountError {
    /// Not digits with an optional point and decimals.
    #[error("不是金额:只接受数字和一个小数点,不要千分位、正负号、货币符号或科学计数")]
    Form,
    /// A part of a fen.
    #[error("小数超过两位")]
    BelowOneFen,
    /// Beyond eighteen digits.
    #[error("金额过大")]
    TooLarge,
}

/// Fen as yuan with exactly two decimals, half-width, without marks: `300000.00`.
///
/// # Units
/// `fen` in fen; a negative amount has a sign and never gets into a file.
pub(crate) fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let digits = format!("{:03}", fen.unsigned_abs());
    let (whole, part) = digits.split_at(digits.len().saturating_sub(2));
    format!("{sign}{whole}.{part}")
}

/// Reads an amount in yuan: digits, and a point with decimals that are zero beyond the second.
///
/// # Units
/// Yuan in the text, fen out.
/// # Errors
/// [`AmountError`] for anything else, such as `1,000.00`, `1e5`, `NaN`, `-5`, full-width digits.
pub(crate) fn parse_yuan(text: &str) -> Result<i64, AmountError> {
    let (whole, part) = match text.split_once('.') {
        Some((_, "")) => return Err(AmountError::Form),
        Some(parts) => parts,
        None => (text, ""),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(part) {
        return Err(AmountError::Form);
    }
    let (fen, rest) = part.split_at_checked(2).unwrap_or((part, ""));
    if rest.bytes().any(|byte| byte != b'0') {
        return Err(AmountError::BelowOneFen);
    }
    // `5` after the point is fifty fen.
    parse_fen(&format!("{whole}{fen:0<2}"))
}

/// Reads an amount in fen: digits alone.
///
/// # Errors
/// [`AmountError`] for anything else.
pub(crate) fn parse_fen(text: &str) -> Result<i64, AmountError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AmountError::Form);
    }
    match text.parse::<i64>() {
        Ok(fen) if fen <= FEN_MAX => Ok(fen),
        _ => Err(AmountError::TooLarge),
    }
}
