//! The errors of the domain values in the words of the people who can put them right.

use zhida_policies::values::{
    AccountNameError, BankAccountError, CnapsError, ResidentIdError, UsccError,
};

/// What is wrong with an account name.
pub(crate) fn name(error: AccountNameError) -> String {
    match error {
        AccountNameError::Empty => "为空".to_owned(),
        AccountNameError::Length { found } => format!("共 {found} 字,超过 140 字"),
        AccountNameError::Formula { found } => {
            format!("以公式符号{}开头", character(found))
        }
        AccountNameError::Unprintable { found, position } => {
            format!(
                "第 {position} 个字符 {} 不可见或没有通用含义",
                character(found)
            )
        }
    }
}

/// What is wrong with an account number.
pub(crate) fn account(error: BankAccountError) -> String {
    match error {
        BankAccountError::Length { found } => format!("共 {found} 位,应为 9 至 32 位"),
        BankAccountError::Character { found, position } => {
            format!("第 {position} 位 {} 不是数字或连字符", character(found))
        }
        BankAccountError::Dash { position } => {
            format!("第 {position} 位的连字符不在数字之间")
        }
        BankAccountError::Exponent => "是科学计数,末尾数字已经丢失".to_owned(),
        BankAccountError::DamagedBySpreadsheet { found } => {
            format!("在表格里存成了 {found} 位的数值,15 位以后的数字已经丢失")
        }
    }
}

/// What is wrong with a bank code.
pub(crate) fn cnaps(error: CnapsError) -> String {
    match error {
        CnapsError::Length { found } => format!("共 {found} 位,应为 12 位"),
        CnapsError::Character { found, position } => {
            format!("第 {position} 位 {} 不是数字", character(found))
        }
        CnapsError::CheckDigit { .. } => "校验位不对,可能录错了一位".to_owned(),
    }
}

/// What is wrong with a unified social credit code.
pub(crate) fn uscc(error: UsccError) -> String {
    match error {
        UsccError::Length { found } => format!("共 {found} 位,应为 18 位"),
        UsccError::Character { found, position } => {
            format!("第 {position} 位不能是 {}", character(found))
        }
    }
}

/// What is wrong with a resident's number.
pub(crate) fn resident_id(error: ResidentIdError) -> String {
    match error {
        ResidentIdError::Form => "不是 17 位数字加 1 位校验码",
        ResidentIdError::Birth => "出生日期不存在",
        ResidentIdError::CheckCharacter => "校验码不对,可能录错了一位",
    }
    .to_owned()
}

/// A character as people can find it: itself where it is seen, its number where it is not.
pub(crate) fn character(found: char) -> String {
    if zhida_policies::values::account_name::is_unprintable(found) {
        format!("U+{:04X}", u32::from(found))
    } else {
        format!("“{found}”")
    }
}
