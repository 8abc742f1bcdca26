//! One payout followed back: from the bank's line to batch, approval, award, sweep, rule, article
//! and facts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use zhida_engine::explain::{Explanation, text_at};
use zhida_engine::payouts::{
    Attempt, BankFact, Batch, Digest, FileSeal, Notice, Order, Origin, Payout, PayoutId, Signature,
    Subject,
};
use zhida_policies::values::{Date, Money};

use crate::audit::files::KeptFiles;
use crate::audit::held::Held;
use crate::audit::sheet::Reader;
use crate::console::attempt_word;
use crate::failure::{Failure, Status};
use crate::payouts::desk::Desk;
use crate::payouts::sheet;
use crate::store::encoding::hex;
use crate::views::explained::{Others, code, explained_settled};
use crate::views::payouts;
use crate::views::seen::Knows;
use crate::web::Scope;

/// A payout and everything that it rests on, the bank first and the facts last.
#[derive(Debug, Serialize)]
pub(crate) struct Trail {
    /// The payout as lists show it.
    pub(crate) payout: serde_json::Value,
    /// Where it stands, in words.
    pub(crate) state: String,
    /// The instructions, each with what the bank said.
    pub(crate) attempts: Vec<AttemptTrail>,
    /// Who signed for the amount.
    pub(crate) signatures: Vec<Signature>,
    /// The list on which it was shown in public.
    pub(crate) notice: Option<NoticeTrail>,
    /// Every event of the log that changed it.
    pub(crate) events: Vec<EventTrail>,
    /// What the award was taken from.
    pub(crate) origin: Origin,
    /// The sealed sweep, run again; absent for an award that was taken up without a seal.
    pub(crate) sweep: Option<SweepTrail>,
}

/// One instruction to a bank.
#[derive(Debug, Serialize)]
pub(crate) struct AttemptTrail {
    /// Its number.
    pub(crate) number: u32,
    /// What the bank calls it.
    pub(crate) end_to_end_id: String,
    /// How much.
    pub(crate) amount: Money,
    /// Where it stands.
    pub(crate) state: String,
    /// The same in words.
    pub(crate) shown: &'static str,
    /// What the bank said, each line with the day that it gives.
    pub(crate) bank: Vec<BankFact>,
    /// The batch.
    pub(crate) batch: Option<BatchTrail>,
}

/// The batch of an instruction.
#[derive(Debug, Serialize)]
pub(crate) struct BatchTrail {
    /// Its name.
    pub(crate) id: String,
    /// What the bank calls its file.
    pub(crate) message_id: String,
    /// The day on which the bank was asked to pay.
    pub(crate) execution: Date,
    /// Who made, sealed and sent it.
    pub(crate) signatures: Vec<Signature>,
    /// The files as they were sealed.
    pub(crate) files: Vec<FileSeal>,
}

/// The notice of a payout.
#[derive(Debug, Serialize)]
pub(crate) struct NoticeTrail {
    /// Its name.
    pub(crate) id: String,
    /// From when.
    pub(crate) from: Date,
    /// Until when objections counted.
    pub(crate) until: Date,
    /// The digest of the list.
    pub(crate) sheet: Digest,
}

/// One event of the log.
#[derive(Debug, Serialize)]
pub(crate) struct EventTrail {
    /// Its number in the log.
    pub(crate) sequence: u64,
    /// When, in UTC microseconds.
    pub(crate) at: i64,
    /// What was ordered.
    pub(crate) command: String,
    /// By whom.
    pub(crate) actor: String,
    /// The hash of its leaf.
    pub(crate) leaf: String,
}

/// The sealed sweep of an award, run again.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SweepTrail {
    /// The digest of the seal.
    pub(crate) seal: Digest,
    /// The version of the rules' meaning.
    pub(crate) semantics: u32,
    /// The digest of the result that was sealed.
    pub(crate) sealed: String,
    /// The digest that came out again.
    pub(crate) found: String,
    /// The digest of the facts.
    pub(crate) snapshot: String,
    /// The position of the log at which what had been paid was read.
    pub(crate) ledger: String,
    /// The leaf that holds the award, as it came out again; absent where none did.
    pub(crate) leaf: Option<String>,
    /// The amount that came out again.
    pub(crate) amount: Option<Money>,
    /// Whether everything is as it was taken up.
    pub(crate) is_equal: bool,
    /// The rule as written.
    pub(crate) rule: String,
    /// The law text of the article that it stands under.
    pub(crate) article: Option<ArticleTrail>,
    /// Every step from the facts to what is payable.
    pub(crate) explanation: Option<Explanation>,
}

/// The article of a measure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ArticleTrail {
    /// The title of the policy.
    pub(crate) policy: String,
    /// Its document number.
    pub(crate) document: Option<String>,
    /// What it is cited by.
    pub(crate) label: String,
    /// What it says.
    pub(crate) text: String,
}

/// The files of a data folder.
pub(crate) struct StoreFiles {
    by_digest: BTreeMap<String, PathBuf>,
    by_name: BTreeMap<(String, String), PathBuf>,
}

impl StoreFiles {
    /// Reads which files there are.
    pub(crate) fn of(desk: &Desk) -> Result<Self, Failure> {
        let records = desk.wait(desk.store.file_records())?;
        let (mut by_digest, mut by_name) = (BTreeMap::new(), BTreeMap::new());
        for record in records {
            let path = desk.store.files.path(&record.digest);
            by_digest.insert(hex(&record.digest), path.clone());
            by_name.insert((record.kind, record.name), path);
        }
        Ok(Self { by_digest, by_name })
    }
}

impl KeptFiles for StoreFiles {
    fn by_digest(&self, digest: &str) -> Option<PathBuf> {
        self.by_digest.get(digest).cloned()
    }

    fn by_name(&self, kind: &str, name: &str) -> Option<PathBuf> {
        let name = (kind.to_owned(), name.to_owned());
        self.by_name.get(&name).cloned()
    }
}

/// Follows a payout back, for a reader.
///
/// # Errors
/// [`Failure`] when there is no such payout, or what was kept cannot be read.
pub(crate) fn trail(desk: &Desk, id: &PayoutId, reader: Reader) -> Result<Trail, Failure> {
    let books = desk.see(&[Subject::Payout(id.clone())])?;
    let payout = books.payout(id).ok_or_else(|| {
        Failure::usage(
            format!("没有兑付事项 {id}"),
            "用 zhida payout list 查看编号",
        )
    })?;
    let mut subjects: Vec<Subject> = Vec::new();
    let batches = payout.attempts.iter().map(|attempt| attempt.batch.clone());
    subjects.extend(batches.map(Subject::Batch));
    subjects.extend(payout.notice.clone().map(Subject::Notice));
    let around = desk.see(&subjects)?;
    let attempts = payout.attempts.iter();
    let attempts = attempts.map(|attempt| attempt_trail(attempt, around.batch(&attempt.batch)));
    let notice = payout.notice.as_ref().and_then(|id| around.notice(id));
    let events = desk.wait(desk.store.history(id))?;
    let events = events.iter().map(|event| {
        let order = order_of(&event.body);
        EventTrail {
            sequence: event.sequence,
            at: event.at,
            command: order.as_ref().map_or_else(String::new, command_word),
            actor: order.map_or_else(String::new, |order| format!("{:?}", order.actor)),
            leaf: event.leaf.to_string(),
        }
    });
    Ok(Trail {
        payout: sheet::as_data(payout),
        state: payout.state().chinese().to_owned(),
        attempts: attempts.collect(),
        signatures: payout.signatures.clone(),
        notice: notice.map(notice_trail),
        events: events.collect(),
        origin: payout.origin.clone(),
        sweep: SweepTrail::of(desk, payout, reader)?,
    })
}

fn attempt_trail(attempt: &Attempt, batch: Option<&Batch>) -> AttemptTrail {
    AttemptTrail {
        number: attempt.number,
        end_to_end_id: attempt.end_to_end_id.to_string(),
        amount: attempt.amount,
        state: format!("{:?}", attempt.state()),
        shown: attempt_word(attempt.state()),
        bank: attempt.facts.iter().cloned().collect(),
        batch: batch.map(|batch| BatchTrail {
            id: batch.id.to_string(),
            message_id: batch.message_id.to_string(),
            execution: batch.execution,
            signatures: batch.signatures.clone(),
            files: batch.files.clone(),
        }),
    }
}

fn notice_trail(notice: &Notice) -> NoticeTrail {
    NoticeTrail {
        id: notice.id.to_string(),
        from: notice.from,
        until: notice.until,
        sheet: notice.sheet.clone(),
    }
}

/// The order of an event.
fn order_of(body: &[u8]) -> Option<Order> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    serde_json::from_value(value.get("order")?.clone()).ok()
}

/// The name of a command, as the log writes it.
fn command_word(order: &Order) -> String {
    let value = serde_json::to_value(&order.command).unwrap_or_default();
    let name = value.as_object().and_then(|fields| fields.keys().next());
    name.cloned().unwrap_or_else(|| value.to_string())
}

impl SweepTrail {
    /// What the sealed sweep of a payout comes to when it is run again, from what the data folder
    /// has kept; nothing for one that was taken up without a seal.
    ///
    /// # Errors
    /// What was kept and cannot be read.
    pub(crate) fn of(
        desk: &Desk,
        payout: &Payout,
        reader: Reader,
    ) -> Result<Option<Self>, Failure> {
        let Some(digest) = &payout.origin.seal else {
            return Ok(None);
        };
        let sweeps = &desk.store.held;
        let name = remembered_as(digest, payout, reader);
        if let Some(told) = name.as_ref().and_then(|name| sweeps.told.get(name)) {
            return Ok(Some(Self::clone(&told)));
        }
        let held = sweeps.get(desk, digest)?;
        let beside = match reader {
            Reader::Bureau => beside(desk, payout)?,
            Reader::Official | Reader::Enterprise => BTreeSet::new(),
        };
        let snapshot = &held.sealed.snapshot;
        let knows = |row: u32| beside.contains(code(snapshot, row));
        let others = match reader {
            Reader::Official => Others::Named,
            Reader::Bureau => Others::Known(Knows(&knows)),
            Reader::Enterprise => Others::Hidden,
        };
        let told = told(&held, digest, (payout, others))?;
        if let Some(name) = name {
            sweeps.told.keep(name, Arc::new(told.clone()));
        }
        Ok(Some(told))
    }

    /// Whether a look at a payout runs no sweep.
    ///
    /// # Errors
    /// What the books say.
    pub(crate) fn is_ready(desk: &Desk, id: &PayoutId, reader: Reader) -> Result<bool, Failure> {
        let books = desk.see(&[Subject::Payout(id.clone())])?;
        let payout = books.payout(id);
        let seal = payout.and_then(|payout| payout.origin.seal.as_ref());
        let Some((payout, seal)) = payout.zip(seal) else {
            return Ok(true);
        };
        let sweeps = &desk.store.held;
        let name = remembered_as(seal, payout, reader);
        let is_told = name.is_some_and(|name| sweeps.told.get(&name).is_some());
        Ok(is_told || sweeps.has(seal))
    }
}

/// By what the trail of a payout is remembered; nothing where it depends on what else is owed.
fn remembered_as(seal: &Digest, payout: &Payout, reader: Reader) -> Option<String> {
    let reader = match reader {
        Reader::Official => "official",
        Reader::Enterprise => "enterprise",
        Reader::Bureau => return None,
    };
    let of = (reader, seal, &payout.key, &payout.origin, payout.amount);
    serde_json::to_string(&of).ok()
}

/// The enterprises to which the bureau of a payout owes something.
fn beside(desk: &Desk, payout: &Payout) -> Result<BTreeSet<String>, Failure> {
    let scope = Scope::Bureaus([payout.key.bureau.clone()].into());
    desk.wait(payouts::enterprises(&desk.store, &scope))
}

/// What a sweep that was run again says of one payout.
fn told(
    held: &Held,
    digest: &Digest,
    (payout, others): (&Payout, Others<'_>),
) -> Result<SweepTrail, Failure> {
    let sealed = &held.sealed;
    let (snapshot, library) = (&sealed.snapshot, &sealed.library);
    let measure = &payout.key.measure;
    let award = held.award(payout);
    let rule = library.measure(measure).ok_or_else(|| {
        Failure::said(
            Status::Integrity,
            format!("封存的政策里没有事项 {measure}"),
            "这笔兑付不是从这次清算来的",
        )
    })?;
    let policy = library.policies.get(rule.policy.0);
    let article = rule.article.and_then(|place| policy?.articles.get(place));
    let row = snapshot.find(payout.key.uscc.as_str());
    let explanation = row.map(|row| {
        let of = (library, snapshot, sealed.context());
        explained_settled(of, &held.swept.settled, (rule, row), others)
    });
    let leaf = award.map(|award| award.leaf.to_string());
    let amount = award.map(|award| award.amount);
    let (origin, found) = (&payout.origin, &held.swept.summary.digest);
    let is_equal = *found == sealed.seal.result.digest
        && found == origin.sweep.as_str()
        && leaf.as_deref() == Some(origin.award.as_str())
        && amount == Some(payout.amount);
    Ok(SweepTrail {
        seal: digest.clone(),
        semantics: sealed.seal.semantics,
        sealed: sealed.seal.result.digest.clone(),
        found: found.clone(),
        snapshot: sealed.seal.snapshot.clone(),
        ledger: sealed.seal.ledger.position.clone(),
        leaf,
        amount,
        is_equal,
        rule: text_at(library, rule.span),
        article: article.map(|article| ArticleTrail {
            policy: policy.map_or_else(String::new, |policy| policy.title.clone()),
            document: policy.and_then(|policy| policy.document_number.clone()),
            label: article.label.clone(),
            text: article.text.trim().to_owned(),
        }),
        explanation,
    })
}
