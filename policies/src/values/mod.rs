//! The values of the domain: exact numbers, money, dates, periods and official codes.
//!
//! Every type here has a private field and checked constructors, so that a value that exists is
//! a valid one. Nothing in this module knows a policy.

pub mod account_name;
pub mod bank_account;
pub mod cnaps;
pub mod code_tree;
pub mod codes;
pub mod date;
pub mod industry;
pub mod money;
pub mod number;
pub mod percent;
pub mod period;
pub mod region;
pub mod resident_id;
pub mod short_code;
pub mod spelling;
pub mod uscc;

pub use account_name::{AccountName, AccountNameError, NameMatch};
pub use bank_account::{AccountHolder, BankAccount, BankAccountError, BankAccountWarning};
pub use cnaps::{Cnaps, CnapsError};
pub use code_tree::CodeTree;
pub use codes::{CodeTable, Codes, CodesError};
pub use date::{Date, Duration};
pub use industry::Industry;
pub use money::Money;
pub use number::{DivisionError, Number, NumberOverflow, NumberParseError, RoundingMode};
pub use percent::Percent;
pub use period::{Period, PeriodKind};
pub use region::Region;
pub use resident_id::{ResidentId, ResidentIdError};
pub use uscc::{Uscc, UsccError, UsccWarning};
