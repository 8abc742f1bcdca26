//! Details of undetermined decisions without asking the reference interpreter for each whole
//! decision: what it would say, from which facts are missing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::Expr;
use zhida_policies::values::{Money, Period};

use crate::column::{KnownAward, RowDecision, UnknownParts};
use crate::interpreter::{Evaluation, MissingFact, payable_bounds};
use crate::plan::Plan;
use crate::snapshot::ColumnKey;
use crate::sweep::alike::first_alike;
use crate::sweep::detail::{Detail, Details};
use crate::sweep::memo::{Memo, MemoKey};
use crate::sweep::reads::{Bits, FACTS_MAX, MeasureReads, PartReads, Presences, parts_of};
use crate::sweep::run::Subject;
use crate::sweep::sign::{Order, Packed};
use crate::sweep::signs::MeasureSigns;

/// The place of the award among the parts of a measure.
const AWARD: usize = 0;

/// How many details of measures that say the same are remembered.
const REMEMBERED_MAX: usize = 4_096;

/// What the columns of a plan say, for all workers.
pub(crate) struct Shared<'a> {
    presences: Presences<'a>,
    /// For each measure the first that says the same, in whose name details are worked out.
    alike: Vec<usize>,
    reads: Vec<MeasureReads>,
    /// Worked out for the first undetermined decision of each measure.
    signs: Vec<OnceLock<MeasureSigns<'a>>>,
    /// For each measure what any worker made of the signs of rows.
    remembered: Vec<Mutex<Memo<Key, Remembered>>>,
}

/// What one worker keeps to work details out from columns.
pub(crate) struct Shortcut<'a> {
    subject: Subject<'a>,
    details: Details<'a>,
    shared: Arc<Shared<'a>>,
    /// For each measure what came of the signs of rows, so far as this worker has asked.
    remembered: Vec<Memo<Key, Remembered>>,
    /// The texts that this worker took over from others, as copies of its own: a count of holders
    /// that two workers change a million times costs more than the text.
    texts: BTreeSet<Arc<str>>,
    /// For each measure what was named before: few sets are missing again and again.
    names: Vec<Vec<(Bits, Arc<str>)>>,
    /// For each measure what its parts come to when nothing they read is known.
    blank: Vec<Vec<Option<Blank>>>,
}

/// All that the detail of an undetermined decision depends on: its unknown parts, whether the
/// division and the zones are known, and the signs of the row.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    parts: UnknownParts,
    region: Bits,
    signs: Packed,
}

impl MemoKey for Key {
    fn words(&self) -> [u64; 4] {
        let signs = self.signs.to_le_bytes();
        let (words, _) = signs.as_chunks::<8>();
        let mut words = words.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let mut word = || words.next().unwrap_or_default();
        [self.parts.0, self.region, word(), word()]
    }
}

/// A detail that was worked out for a row with the same signs.
#[derive(Clone)]
struct Remembered {
    missing: Missing,
    /// Between which ends the money lies, where the award is unknown.
    bounds: Option<(Money, Option<Money>)>,
}

/// What is missing.
#[derive(Clone)]
enum Missing {
    /// The same for all rows with the same signs.
    Named(Arc<str>),
    /// Fields of records among it, which are numbered by their places in the order of their signs.
    ByRecord(Box<[MissingFact]>),
}

/// What a part comes to for everybody of whom nothing is known that it reads.
#[derive(Clone, Copy)]
struct Blank {
    missing: Bits,
    /// With every condition known, and with one that may fail.
    bounds: [(Money, Option<Money>); 2],
}

fn has_room<V>(memo: &&mut Memo<Key, V>) -> bool {
    memo.len() < REMEMBERED_MAX
}

/// The bit of zones that no fact speaks of.
const ZONES: Bits = 1 << FACTS_MAX;

/// What is gathered of one decision.
#[derive(Default)]
struct Gathered {
    bits: Bits,
    /// What has no number.
    others: BTreeSet<MissingFact>,
}

/// The facts on the region and on the zones, which have the first numbers in every measure.
pub(crate) fn whereabouts(subject: Subject<'_>) -> Vec<ColumnKey> {
    let vocabulary = subject.snapshot.vocabulary();
    let facts = [vocabulary.region_fact(), vocabulary.zones_fact()];
    let facts = facts.into_iter().flatten();
    let key = |fact| ColumnKey {
        fact,
        period: Period::Status,
    };
    facts.map(key).collect()
}

impl<'a> Shared<'a> {
    pub(crate) fn new(subject: Subject<'a>, plan: &Plan<'_>) -> Arc<Self> {
        let facts = whereabouts(subject);
        let (presences, reads) = Presences::new(plan, subject.snapshot, &facts);
        let signs = reads.iter().map(|_| OnceLock::new()).collect();
        let remembered = reads.iter().map(|_| Mutex::default()).collect();
        Arc::new(Self {
            presences,
            alike: first_alike(plan, subject.library),
            reads,
            signs,
            remembered,
        })
    }
}

impl<'a> Shortcut<'a> {
    pub(crate) fn new(subject: Subject<'a>, shared: Arc<Shared<'a>>) -> Self {
        let measures = shared.reads.len();
        let parts = shared.reads.iter();
        Self {
            subject,
            details: Details::new(subject.library, subject.snapshot, subject.context),
            remembered: std::iter::repeat_with(Memo::default)
                .take(measures)
                .collect(),
            texts: BTreeSet::new(),
            names: vec![Vec::new(); measures],
            blank: parts.map(|reads| vec![None; reads.parts.len()]).collect(),
            shared,
        }
    }

    /// The detail of an undetermined decision; `None` when the reference interpreter does not
    /// call it undetermined.
    pub(crate) fn of(
        &mut self,
        decision: &RowDecision,
        known: Option<&KnownAward>,
    ) -> Option<Detail> {
        let place = *self.shared.alike.get(decision.measure())?;
        let key = self.key(place, decision);
        if let Some((key, order)) = &key
            && let Some(detail) = self.recall(place, key, order.as_ref(), known)
        {
            return Some(detail);
        }
        let Some((gathered, least, greatest)) = self.gathered(place, decision, known) else {
            return self.details.of(decision);
        };
        let (missing, facts) = self.named(place, gathered);
        if let Some((key, order)) = key
            && let Some(kept) = Missing::of(&missing, &facts, order.as_ref())
        {
            let is_open = key.parts.0 & UnknownParts::AWARD.0 != 0;
            let detail = Remembered {
                missing: kept,
                bounds: is_open.then_some((least, greatest)),
            };
            self.remember(place, key, detail);
        }
        Some(Detail {
            least,
            greatest,
            missing,
        })
    }

    /// What the detail of a decision depends on, where that can be told.
    fn key(&self, place: usize, decision: &RowDecision) -> Option<(Key, Option<Order>)> {
        let parts = decision.unknown_parts()?;
        let row = usize::try_from(decision.row).ok()?;
        let reads = self.shared.reads.get(place)?;
        // The last bit is shared by all parts from the 62nd on.
        if reads.parts.len() > 62 {
            return None;
        }
        let region = if parts.0 & UnknownParts::REGION.0 == 0 {
            0
        } else {
            let whereabouts = reads.facts.get(..2).unwrap_or(&reads.facts);
            self.shared.presences.missing(whereabouts, row)
        };
        let signs = self.shared.signs.get(place)?.get_or_init(|| {
            let measures = &self.subject.library.measures;
            measures
                .get(place)
                .map_or_else(Default::default, |measure| {
                    let year = self.subject.context.year;
                    MeasureSigns::new(measure, parts_of(measure), self.subject.snapshot, year)
                })
        });
        // The award is the first of the parts, and the region none of them.
        let found = signs.of(parts.0 >> 1, row)?;
        let key = Key {
            parts,
            region,
            signs: found.packed,
        };
        Some((key, found.order))
    }

    /// Keeps a detail for this worker and the others.
    fn remember(&mut self, place: usize, key: Key, detail: Remembered) {
        if let Some(shared) = self.shared.remembered.get(place) {
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.len() < REMEMBERED_MAX && shared.get(&key).is_none() {
                shared.add(key, detail.clone());
            }
        }
        if let Some(own) = self.remembered.get_mut(place).filter(has_room) {
            own.add(key, detail);
        }
    }

    /// What another worker has kept.
    fn of_others(&mut self, place: usize, key: &Key) -> Option<Remembered> {
        let shared = self.shared.remembered.get(place)?;
        let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut detail = shared.get(key)?.clone();
        drop(shared);
        if let Missing::Named(names) = &mut detail.missing {
            let own = self
                .texts
                .get(&**names)
                .map_or_else(|| Arc::from(&**names), Arc::clone);
            self.texts.insert(Arc::clone(&own));
            *names = own;
        }
        Some(detail)
    }

    /// The detail of an earlier row with the same signs.
    fn recall(
        &mut self,
        place: usize,
        key: &Key,
        order: Option<&Order>,
        known: Option<&KnownAward>,
    ) -> Option<Detail> {
        let details = &mut self.details;
        if let Some(remembered) = self.remembered.get(place)?.get(key) {
            return remembered.told(details, order, known);
        }
        let remembered = self.of_others(place, key)?;
        let told = remembered.told(&mut self.details, order, known);
        if let Some(own) = self.remembered.get_mut(place).filter(has_room) {
            own.add(*key, remembered);
        }
        told
    }

    /// What is missing, and between which ends the money lies; `None` where only the whole
    /// decision tells.
    fn gathered(
        &mut self,
        place: usize,
        decision: &RowDecision,
        known: Option<&KnownAward>,
    ) -> Option<(Gathered, Money, Option<Money>)> {
        let parts = decision.unknown_parts()?;
        let row = usize::try_from(decision.row).ok()?;
        let shared = Arc::clone(&self.shared);
        let reads = shared.reads.get(place)?;
        let measure = self.subject.library.measures.get(place)?;
        let unknown = |part: UnknownParts| parts.0 & part.0 != 0;
        // The last bit is shared by all parts from the 62nd on.
        if reads.parts.len() > 62 {
            return None;
        }
        let missing = shared.presences.missing(&reads.facts, row);
        let mut gathered = Gathered::default();
        if unknown(UnknownParts::REGION) {
            gathered.bits |= self.region(measure, missing)?;
        }
        let conditions = measure.exceptions.iter().chain(&measure.conditions);
        for (number, condition) in conditions.enumerate() {
            if unknown(UnknownParts::part(number)) {
                let part = number.saturating_add(1);
                self.part(
                    place,
                    part,
                    &condition.expression,
                    (row, missing),
                    &mut gathered,
                )?;
            }
        }
        let may_pay_nothing = parts.0 & !UnknownParts::AWARD.0 != 0;
        if !unknown(UnknownParts::AWARD) {
            // A known award is paid whole or not at all.
            let known = known.filter(|_| may_pay_nothing)?;
            return Some((gathered, Money::ZERO, known.fen.map(Money::from_fen)));
        }
        let expression = &measure.award.expression;
        let seen = (row, missing);
        let evaluation = self.part(place, AWARD, expression, seen, &mut gathered)?;
        let (least, greatest) = match evaluation {
            Some(evaluation) => payable_bounds(&measure.award, &evaluation, may_pay_nothing),
            None => {
                let blank = self.blank(place, AWARD, expression, row)?;
                let [sure, unsure] = blank.bounds;
                if may_pay_nothing { unsure } else { sure }
            }
        };
        Some((gathered, least, greatest))
    }

    /// What is missing to say where an enterprise is.
    fn region(&self, measure: &Measure, missing: Bits) -> Option<Bits> {
        let vocabulary = self.subject.snapshot.vocabulary();
        vocabulary.region_fact()?;
        // Zones can only be missed by a measure of a zone.
        let is_zone = self.subject.library.codes.is_zone(measure.region);
        let bits = match (is_zone, vocabulary.zones_fact()) {
            (false, _) => missing & 0b01,
            (true, Some(_)) => missing & 0b11,
            (true, None) => missing & 0b01 | ZONES,
        };
        (bits != 0).then_some(bits)
    }

    /// What is missing for one unknown part; its evaluation, where the reference was asked, which
    /// for an award it is unless nothing that it reads is known.
    #[expect(
        clippy::option_option,
        reason = "whether it can be told, and what was asked"
    )]
    fn part(
        &mut self,
        place: usize,
        part: usize,
        expression: &Expr,
        (row, missing): (usize, Bits),
        gathered: &mut Gathered,
    ) -> Option<Option<Evaluation>> {
        let reads = *self.shared.reads.get(place)?.parts.get(part)?;
        let lacking = reads.reads & missing;
        if !reads.is_opaque && lacking != 0 && lacking == reads.reads {
            gathered.bits |= self.blank(place, part, expression, row)?.missing;
            return Some(None);
        }
        let is_award = part == AWARD;
        if !is_award && tells(reads, lacking) {
            gathered.bits |= lacking;
            return Some(None);
        }
        let evaluation = self.evaluate(place, expression, row)?;
        let Evaluation::Unknown(unknown) = &evaluation else {
            return None;
        };
        gathered.others.extend(unknown.missing.iter().copied());
        Some(Some(evaluation))
    }

    fn evaluate(&self, place: usize, expression: &Expr, row: usize) -> Option<Evaluation> {
        let measure = self.subject.library.measures.get(place)?;
        Some(self.details.evaluate(measure, expression, row))
    }

    /// What a part comes to where nothing that it reads is known; worked out for the first such
    /// enterprise.
    fn blank(&mut self, place: usize, part: usize, expression: &Expr, row: usize) -> Option<Blank> {
        if let Some(blank) = self.blank.get(place)?.get(part)? {
            return Some(*blank);
        }
        let evaluation = self.evaluate(place, expression, row)?;
        let Evaluation::Unknown(unknown) = &evaluation else {
            return None;
        };
        let reads = self.shared.reads.get(place)?;
        let mut missing = 0;
        for fact in &unknown.missing {
            missing |= self.bit(reads, *fact)?;
        }
        let award = &self.subject.library.measures.get(place)?.award;
        let blank = Blank {
            missing,
            bounds: [false, true].map(|may| payable_bounds(award, &evaluation, may)),
        };
        *self.blank.get_mut(place)?.get_mut(part)? = Some(blank);
        Some(blank)
    }

    /// The bit of a missing fact.
    fn bit(&self, reads: &MeasureReads, missing: MissingFact) -> Option<Bits> {
        let MissingFact::Fact { fact, period } = missing else {
            return None;
        };
        let key = ColumnKey { fact, period };
        let same = |place: &usize| self.shared.presences.key(*place) == Some(key);
        let number = reads.facts.iter().position(same)?;
        (number < FACTS_MAX).then(|| 1 << number)
    }

    /// The names of what is missing, and what it is where that may be records.
    fn named(&mut self, place: usize, gathered: Gathered) -> (Arc<str>, BTreeSet<MissingFact>) {
        let is_plain = gathered.others.is_empty();
        if is_plain
            && let Some(names) = self.names.get(place)
            && let Some((_, names)) = names.iter().find(|(bits, _)| *bits == gathered.bits)
        {
            return (Arc::clone(names), BTreeSet::new());
        }
        let mut missing = gathered.others;
        if let Some(reads) = self.shared.reads.get(place) {
            if gathered.bits & ZONES != 0 {
                missing.insert(MissingFact::Zones);
            }
            for (number, fact) in reads.facts.iter().enumerate().take(FACTS_MAX) {
                if gathered.bits >> number & 1 == 1
                    && let Some(ColumnKey { fact, period }) = self.shared.presences.key(*fact)
                {
                    missing.insert(MissingFact::Fact { fact, period });
                }
            }
        }
        let names = self.details.names(missing.iter().copied());
        if is_plain && let Some(known) = self.names.get_mut(place) {
            known.push((gathered.bits, Arc::clone(&names)));
        }
        (names, missing)
    }
}

impl Remembered {
    /// The detail of a row with the same signs.
    fn told(
        &self,
        details: &mut Details<'_>,
        order: Option<&Order>,
        known: Option<&KnownAward>,
    ) -> Option<Detail> {
        let (least, greatest) = match self.bounds {
            Some(bounds) => bounds,
            // A known award is paid whole or not at all.
            None => (Money::ZERO, known?.fen.map(Money::from_fen)),
        };
        Some(Detail {
            least,
            greatest,
            missing: match &self.missing {
                Missing::Named(names) => Arc::clone(names),
                Missing::ByRecord(facts) => {
                    let record = |place| order.and_then(|order| order.record(place));
                    let mut is_whole = true;
                    let facts = facts.iter().filter_map(|fact| {
                        let fact = by_record(*fact, record);
                        is_whole &= fact.is_some();
                        fact
                    });
                    let names = details.names(facts);
                    is_whole.then_some(names)?
                }
            },
        })
    }
}

impl Missing {
    /// What is missing as it is remembered; nothing where a record has no place.
    fn of(names: &Arc<str>, facts: &BTreeSet<MissingFact>, order: Option<&Order>) -> Option<Self> {
        let is_field = |fact: &MissingFact| matches!(fact, MissingFact::Field { .. });
        match order {
            Some(order) if facts.iter().any(is_field) => {
                let place = |record| order.place(record);
                let facts = facts.iter().map(|fact| by_record(*fact, place));
                Some(Self::ByRecord(facts.collect::<Option<_>>()?))
            }
            Some(_) | None => Some(Self::Named(Arc::clone(names))),
        }
    }
}

/// A missing fact, where it is a field of a record that of another.
fn by_record(missing: MissingFact, other: impl Fn(usize) -> Option<usize>) -> Option<MissingFact> {
    match missing {
        MissingFact::Field {
            list,
            period,
            record,
            field,
        } => Some(MissingFact::Field {
            list,
            period,
            record: other(record)?,
            field,
        }),
        MissingFact::Division
        | MissingFact::Zones
        | MissingFact::Fact { .. }
        | MissingFact::Parameter { .. } => Some(missing),
    }
}

/// Whether the facts that are missing tell what an unknown part is missing.
fn tells(reads: PartReads, lacking: Bits) -> bool {
    let is_one = lacking.count_ones() == 1;
    !reads.is_opaque && !reads.has_records && lacking != 0 && (is_one || reads.is_strict)
}
