//! What a payment file says, before it has a form: plain texts and whole fen, checked by
//! [`super::rules`] before anything is written.

use zhida_policies::values::Date;
use zhida_policies::values::bank_account::mask;

/// One sealed batch as a message to a bank or a budget system.
///
/// # Shape
/// One block per payer account and execution date; a batch usually has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaymentFile {
    /// The identity of the message, unique for ever: letters, digits and dashes.
    pub(crate) message_id: String,
    /// When the batch was sealed, as stored: `2026-03-15T09:30:00+08:00`. Never "now", or the
    /// bytes would change.
    pub(crate) sealed_at: String,
    /// Who sends the message.
    pub(crate) initiator: Initiator,
    /// The blocks, in the order in which they are written.
    pub(crate) blocks: Vec<PaymentBlock>,
}

/// The bureau that sends a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Initiator {
    /// Its name.
    pub(crate) name: String,
    /// Its unified social credit code.
    pub(crate) uscc: String,
}

/// The payments from one account on one date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PaymentBlock {
    /// The account that pays.
    pub(crate) payer: Payer,
    /// The working day on which the bank is to pay.
    pub(crate) execution_date: Date,
    /// The payments, in the order in which they are written.
    pub(crate) lines: Vec<PaymentLine>,
}

/// An account that pays.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Payer {
    /// The name of the account.
    pub(crate) name: String,
    /// Its number.
    pub(crate) account: String,
    /// The code of its bank.
    pub(crate) cnaps: String,
    /// The name of its bank, where a form asks for it.
    pub(crate) bank_name: Option<String>,
}

/// One payment.
///
/// # Units
/// The amount in fen.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PaymentLine {
    /// The identity of the attempt to pay one entitlement, never used again.
    pub(crate) end_to_end_id: String,
    /// The serial of the instruction.
    pub(crate) instruction_id: Option<String>,
    /// Whole fen, above zero.
    pub(crate) amount_fen: i64,
    /// The name of the payee's account, as the bank has registered it.
    pub(crate) payee_name: String,
    /// The number of the payee's account.
    pub(crate) payee_account: String,
    /// The code of the payee's bank.
    pub(crate) payee_cnaps: String,
    /// The name of the payee's bank and branch.
    pub(crate) payee_bank_name: Option<String>,
    /// The payee's unified social credit code.
    pub(crate) payee_uscc: Option<String>,
    /// The resident's number of a payee who is a natural person, where a bank asks for it.
    pub(crate) payee_resident_id: Option<String>,
    /// `SUBS` or `GOVT` or another code of the ISO list.
    pub(crate) purpose_code: Option<String>,
    /// The number and short title of the policy; the writers put the identity before it.
    pub(crate) remittance: String,
}

// What is printed for debugging ends in logs, and those show no account in full.
impl std::fmt::Debug for Payer {
    fn fmt(&self, form: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        form.debug_struct("Payer")
            .field("name", &self.name)
            .field("account", &mask(&self.account))
            .field("cnaps", &self.cnaps)
            .field("bank_name", &self.bank_name)
            .finish()
    }
}

impl std::fmt::Debug for PaymentLine {
    fn fmt(&self, form: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        form.debug_struct("PaymentLine")
            .field("end_to_end_id", &self.end_to_end_id)
            .field("instruction_id", &self.instruction_id)
            .field("amount_fen", &self.amount_fen)
            .field("payee_name", &self.payee_name)
            .field("payee_account", &mask(&self.payee_account))
            .field("payee_cnaps", &self.payee_cnaps)
            .field("payee_bank_name", &self.payee_bank_name)
            .field("payee_uscc", &self.payee_uscc)
            .field(
                "payee_resident_id",
                &self.payee_resident_id.as_deref().map(mask),
            )
            .field("purpose_code", &self.purpose_code)
            .field("remittance", &self.remittance)
            .finish()
    }
}

/// A file as it goes out: the same input always gives the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WrittenFile {
    /// Its name, made by the product.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// The SHA-256 of the bytes, 64 small hexadecimal digits.
    pub(crate) sha256: String,
    /// How many payments it has.
    pub(crate) count: usize,
    /// Their sum in fen.
    pub(crate) total_fen: i64,
    /// The identities of its payments, in the order of the file.
    pub(crate) end_to_end_ids: Vec<String>,
}

impl std::fmt::Debug for WrittenFile {
    // The bytes hold account numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let WrittenFile {
            name,
            sha256,
            count,
            total_fen,
            ..
        } = self;
        write!(f, "WrittenFile({name} {sha256} {count} {total_fen})")
    }
}

impl PaymentFile {
    /// Every payment with its place, counted from 1 over all blocks, and its block.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &PaymentBlock, &PaymentLine)> {
        let pairs = self
            .blocks
            .iter()
            .flat_map(|block| block.lines.iter().map(move |line| (block, line)));
        (1..)
            .zip(pairs)
            .map(|(place, (block, line))| (place, block, line))
    }

    /// How many payments there are.
    pub(crate) fn count(&self) -> usize {
        self.blocks.iter().map(|block| block.lines.len()).sum()
    }

    /// The sum of all amounts in fen; absent when it does not fit.
    pub(crate) fn total_fen(&self) -> Option<i64> {
        sum_fen(self.lines().map(|(_, _, line)| line))
    }
}

impl PaymentBlock {
    /// The sum of its amounts in fen; absent when it does not fit.
    pub(crate) fn total_fen(&self) -> Option<i64> {
        sum_fen(&self.lines)
    }
}

impl WrittenFile {
    /// Closes a file over its bytes.
    pub(crate) fn new(
        name: String,
        bytes: Vec<u8>,
        lines: &[&PaymentLine],
        total_fen: i64,
    ) -> WrittenFile {
        WrittenFile {
            name,
            sha256: super::sha256(&bytes),
            bytes,
            count: lines.len(),
            total_fen,
            end_to_end_ids: lines
                .iter()
                .map(|line| line.end_to_end_id.clone())
                .collect(),
        }
    }
}

/// The exact sum of the amounts in fen; absent when it does not fit.
pub(crate) fn sum_fen<'a>(lines: impl IntoIterator<Item = &'a PaymentLine>) -> Option<i64> {
    lines
        .into_iter()
        .try_fold(0i64, |sum, line| sum.checked_add(line.amount_fen))
}
