//! Reading the whole log again and naming the first record that is not what was written.

use std::collections::VecDeque;
use std::fmt;

use zhida_engine::merkle::{TreeBuilder, TreeHash};

use crate::store::database::{Transaction, Value};
use crate::store::error::StoreError;
use crate::store::log::{EventRecord, PAGE, PublicKey, SignedHead, frontier, leaf, page_from};

/// A size and a root from outside: from a printed notice or batch sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PrintedHead {
    /// How many events there were.
    pub size: u64,
    /// The root over them.
    pub root: TreeHash,
}

/// What a log that is in order has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// How many events.
    pub size: u64,
    /// The root over them.
    pub root: TreeHash,
    /// How many signed heads.
    pub heads: u64,
}

/// The first thing that is wrong with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogFault {
    /// The first record that may be bad.
    pub first: u64,
    /// The last record of those among which the bad one is; mostly the same.
    pub last: u64,
    /// What is wrong.
    pub kind: LogFaultKind,
}

/// What can be wrong with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFaultKind {
    /// The record is not there.
    Missing,
    /// There is a record where none can be.
    Stray,
    /// Time, kind or body are not what its hash stands for.
    Changed,
    /// All hashes fit the records, and the root at a signed head is another.
    HeadRoot,
    /// The head at the end of the records is signed by none of the keys.
    HeadSignature,
    /// The peaks are not those of the records.
    Frontier,
    /// All is in order by itself, and is not what was printed.
    Printed,
}

impl fmt::Display for LogFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last, kind } = self;
        if first == last {
            write!(formatter, "日志第 {first} 条:")?;
        } else {
            write!(formatter, "日志第 {first} 条至第 {last} 条之间:")?;
        }
        formatter.write_str(match kind {
            LogFaultKind::Missing => "记录缺失",
            LogFaultKind::Stray => "序号不该出现",
            LogFaultKind::Changed => "时间、种类或内容与记录的散列不符",
            LogFaultKind::HeadRoot => "重新计算的根与已签名的日志头不符",
            LogFaultKind::HeadSignature => "日志头的签名不能用给定的公钥验证",
            LogFaultKind::Frontier => "日志的峰值与记录不符",
            LogFaultKind::Printed => "与印发的日志头不符,此前的记录被整体改写或截断",
        })
    }
}

/// Reads the whole log as of one instant and computes every leaf and root anew.
///
/// # Shape
/// Within records that fit their hashes, a bad one is named between two heads.
/// # Errors
/// What the database says; what is wrong with the log is no error here.
pub(crate) async fn verify(
    transaction: &mut Transaction,
    origin: &str,
    keys: &[PublicKey],
    printed: Option<PrintedHead>,
) -> Result<Result<Verified, LogFault>, StoreError> {
    let mut check = Check::new(origin, keys, printed);
    // Below 1 nothing can stand; whatever does is found too.
    let mut after = Value::Int(i64::MIN);
    loop {
        let events = page_from(transaction, after).await?;
        let Some(last) = events.last() else { break };
        after = Value::size(last.sequence)?;
        for event in &events {
            check.fill_heads(transaction).await?;
            if let Err(fault) = check.event(event) {
                return Ok(Err(fault));
            }
        }
    }
    check.fill_heads(transaction).await?;
    let frontier = frontier(transaction).await;
    Ok(check.end(frontier))
}

struct Check<'a> {
    origin: &'a str,
    keys: &'a [PublicKey],
    printed: Option<PrintedHead>,
    tree: TreeBuilder,
    content: Vec<u8>,
    heads: Heads,
    /// The size of the last head that fitted.
    sound: u64,
}

/// The signed heads, read a page at a time.
#[derive(Default)]
struct Heads {
    waiting: VecDeque<SignedHead>,
    after: Option<u64>,
    is_read: bool,
    count: u64,
}

impl<'a> Check<'a> {
    fn new(origin: &'a str, keys: &'a [PublicKey], printed: Option<PrintedHead>) -> Self {
        Self {
            origin,
            keys,
            printed,
            tree: TreeBuilder::default(),
            content: Vec::new(),
            heads: Heads::default(),
            sound: 0,
        }
    }

    async fn fill_heads(&mut self, transaction: &mut Transaction) -> Result<(), StoreError> {
        let heads = &mut self.heads;
        if heads.is_read || !heads.waiting.is_empty() {
            return Ok(());
        }
        let query = "SELECT size, root, at, key_id, signature FROM log_heads \
             WHERE size > $1 ORDER BY size LIMIT $2";
        let after = heads.after.map_or(Ok(Value::Int(i64::MIN)), Value::size)?;
        let rows = transaction.fetch(query, &[after, PAGE.into()]).await?;
        heads.is_read = rows.is_empty();
        for row in &rows {
            heads.waiting.push_back(SignedHead::from_row(row)?);
        }
        heads.after = heads.waiting.back().map(|head| head.size);
        Ok(())
    }

    fn event(&mut self, event: &EventRecord) -> Result<(), LogFault> {
        self.roots()?;
        let expected = self.tree.size().saturating_add(1);
        let one = |sequence, kind| LogFault {
            first: sequence,
            last: sequence,
            kind,
        };
        if event.sequence > expected {
            return Err(one(expected, LogFaultKind::Missing));
        }
        if event.sequence < expected {
            return Err(one(event.sequence, LogFaultKind::Stray));
        }
        let EventRecord { at, kind, body, .. } = event;
        let leaf = leaf(&mut self.content, event.sequence, *at, kind, body);
        if leaf != event.leaf {
            return Err(one(event.sequence, LogFaultKind::Changed));
        }
        self.tree.push(leaf);
        Ok(())
    }

    /// Compares the root with all that is known of this size.
    fn roots(&mut self) -> Result<(), LogFault> {
        let size = self.tree.size();
        if let Some(printed) = self.printed.filter(|printed| printed.size == size) {
            if self.tree.root() != printed.root {
                return Err(self.fault(size, LogFaultKind::Printed));
            }
            self.printed = None;
        }
        while let Some(head) = self.heads.waiting.front() {
            if head.size > size {
                break;
            }
            if self.tree.root() != head.root || head.size < size {
                return Err(self.fault(size, LogFaultKind::HeadRoot));
            }
            let signed = |key: &PublicKey| head.is_signed_by(key, self.origin);
            if !self.keys.iter().any(signed) {
                return Err(self.fault(size, LogFaultKind::HeadSignature));
            }
            self.heads.waiting.pop_front();
            self.heads.count = self.heads.count.saturating_add(1);
            self.sound = size;
        }
        Ok(())
    }

    fn end(mut self, frontier: Result<TreeBuilder, StoreError>) -> Result<Verified, LogFault> {
        self.roots()?;
        let size = self.tree.size();
        let next = size.saturating_add(1);
        if let Some(head) = self.heads.waiting.back() {
            let (first, last, kind) = (next, head.size, LogFaultKind::Missing);
            return Err(LogFault { first, last, kind });
        }
        if let Some(printed) = self.printed {
            let (first, last, kind) = (next, printed.size, LogFaultKind::Printed);
            return Err(LogFault { first, last, kind });
        }
        match frontier {
            Ok(frontier) if frontier == self.tree => {}
            Ok(frontier) if frontier.size() > size => {
                let (first, last, kind) = (next, frontier.size(), LogFaultKind::Missing);
                return Err(LogFault { first, last, kind });
            }
            Ok(_) | Err(_) => return Err(self.fault(size, LogFaultKind::Frontier)),
        }
        Ok(Verified {
            size,
            root: self.tree.root(),
            heads: self.heads.count,
        })
    }

    /// A fault among the records behind the last head that fitted.
    fn fault(&self, last: u64, kind: LogFaultKind) -> LogFault {
        let first = self.sound.saturating_add(1).min(last);
        LogFault { first, last, kind }
    }
}
