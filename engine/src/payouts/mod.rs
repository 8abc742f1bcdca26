//! From award to money in an account: the pure core.
//!
//! # Shape
//! [`Books`] hold everything that people act on. An [`Order`] is one command of one actor at one
//! moment; [`Books::execute`] either refuses it, with nothing changed, or carries it out and gives
//! the postings. The log of the orders that were carried out is the whole truth: executed again
//! in their order they give the same books, so nothing else needs to be trusted.
//! # Units
//! Fen, as [`Money`](zhida_policies::values::Money); moments in microseconds of UTC.
//! # Source
//! PAYOUTS.md part 2: identity, actors, ledgers, and the numbered transitions, which the comments
//! here name by their numbers.

mod actor;
mod alarm;
mod attempt;
mod bank_line;
mod batch;
mod books;
mod budget;
mod claim;
mod command;
mod draft;
mod execute;
mod fact;
mod ids;
mod ledger;
mod moment;
mod motion;
mod needs;
mod notice;
mod payee;
mod payout;
mod policy;
mod refusal;
mod settings;
mod signing;
mod stage;
mod standing;
#[cfg(test)]
mod tests;
mod transitions;
mod waiting;

pub use actor::{Actor, Role, Signature, User};
pub use alarm::{PayeeAlarm, account_number};
pub use attempt::{Attempt, AttemptPhase, AttemptState, Ruling};
pub use bank_line::{BankLine, LineMatch};
pub use batch::{Batch, BatchState, FileSeal, Payer};
pub use books::{Books, Imbalance, Thing};
pub use budget::{BudgetLine, Grant};
pub use claim::{Claim, ClaimTerms};
pub use command::{
    Award, Command, KnownPayment, NewBatch, NewNotice, Order, Origin, SealTotals, Subject, Terms,
};
pub use draft::Effects;
pub use fact::{BankFact, FactKind, Question};
pub use ids::{
    BatchId, BudgetLineId, BureauId, Digest, EndToEndId, EntitlementKey, MessageId, MotionId,
    NoticeId, PayerId, PayoutId, PersonId, UserId,
};
pub use ledger::{Ledger, LedgerAccount, Posting};
pub use moment::Moment;
pub use motion::{Action, Finding, Motion, MotionEnd, MotionState, Outcome};
pub use notice::{Notice, Objection};
pub use payee::{Block, Payee, PayeeDetails, PayeeVersion};
pub use payout::Payout;
pub use policy::{PolicyRecord, PolicyVersion, Publication};
pub use refusal::Refusal;
pub use settings::{Bar, Delegation, Rules, Settings};
pub use stage::{PayoutState, Stage};
pub use waiting::{Step, Waiting, WaitsFor};
