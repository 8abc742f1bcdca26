//! Details of undetermined decisions without asking the reference interpreter for each whole
//! decision: what it would say, from which facts are missing.

use std::collections::BTreeSet;
use std::sync::Arc;

use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::Expr;
use zhida_policies::values::{Money, Period};

use crate::column::{KnownAward, RowDecision, UnknownParts};
use crate::decision::MissingFacts;
use crate::interpreter::{Evaluation, MissingFact, payable_bounds};
use crate::plan::Plan;
use crate::snapshot::ColumnKey;
use crate::sweep::detail::{Detail, Details};
use crate::sweep::reads::{Bits, FACTS_MAX, MeasureReads, PartReads, Presences};
use crate::sweep::run::Subject;

/// The place of the award among the parts of a measure.
const AWARD: usize = 0;

/// What one worker keeps to work details out from columns.
pub(crate) struct Shortcut<'a> {
    subject: Subject<'a>,
    details: Details<'a>,
    presences: Arc<(Presences<'a>, Vec<MeasureReads>)>,
    /// For each measure what was named before: few sets are missing again and again.
    names: Vec<Vec<(Bits, Arc<str>)>>,
    /// For each measure what its parts come to when nothing they read is known.
    blank: Vec<Vec<Option<Blank>>>,
}

/// What a part comes to for everybody of whom nothing is known that it reads.
#[derive(Clone, Copy)]
struct Blank {
    missing: Bits,
    /// With every condition known, and with one that may fail.
    bounds: [(Money, Option<Money>); 2],
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

impl<'a> Shortcut<'a> {
    pub(crate) fn new(
        subject: Subject<'a>,
        presences: Arc<(Presences<'a>, Vec<MeasureReads>)>,
    ) -> Self {
        let parts = presences
            .1
            .iter()
            .map(|reads| vec![None; reads.parts.len()]);
        Self {
            subject,
            details: Details::new(subject.library, subject.snapshot, subject.context),
            names: vec![Vec::new(); presences.1.len()],
            blank: parts.collect(),
            presences,
        }
    }

    /// What the columns of a plan say, for all workers.
    pub(crate) fn presences(
        subject: Subject<'a>,
        plan: &Plan<'_>,
    ) -> Arc<(Presences<'a>, Vec<MeasureReads>)> {
        Arc::new(Presences::new(
            plan,
            subject.snapshot,
            &whereabouts(subject),
        ))
    }

    /// The detail of an undetermined decision; `None` when the reference interpreter does not
    /// call it undetermined.
    pub(crate) fn of(
        &mut self,
        decision: &RowDecision,
        known: Option<&KnownAward>,
    ) -> Option<Detail> {
        match self.gathered(decision, known) {
            Some((gathered, least, greatest)) => {
                let missing = self.named(decision.measure(), gathered);
                Some(Detail {
                    least,
                    greatest,
                    missing,
                })
            }
            None => self.details.of(decision),
        }
    }

    /// What is missing, and between which ends the money lies; `None` where only the whole
    /// decision tells.
    fn gathered(
        &mut self,
        decision: &RowDecision,
        known: Option<&KnownAward>,
    ) -> Option<(Gathered, Money, Option<Money>)> {
        let parts = decision.unknown_parts()?;
        let place = decision.measure();
        let row = usize::try_from(decision.row).ok()?;
        let presences = Arc::clone(&self.presences);
        let reads = presences.1.get(place)?;
        let measure = self.subject.library.measures.get(place)?;
        let unknown = |part: UnknownParts| parts.0 & part.0 != 0;
        // The last bit is shared by all parts from the 62nd on.
        if reads.parts.len() > 62 {
            return None;
        }
        let missing = presences.0.missing(&reads.facts, row);
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
        let presences = Arc::clone(&self.presences);
        let reads = *presences.1.get(place)?.parts.get(part)?;
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
        let reads = self.presences.1.get(place)?;
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
        let same = |place: &usize| self.presences.0.key(*place) == Some(key);
        let number = reads.facts.iter().position(same)?;
        (number < FACTS_MAX).then(|| 1 << number)
    }

    /// The names of what is missing.
    fn named(&mut self, place: usize, gathered: Gathered) -> Arc<str> {
        let is_plain = gathered.others.is_empty();
        if is_plain
            && let Some(names) = self.names.get(place)
            && let Some((_, names)) = names.iter().find(|(bits, _)| *bits == gathered.bits)
        {
            return Arc::clone(names);
        }
        let mut missing = gathered.others;
        if let Some(reads) = self.presences.1.get(place) {
            if gathered.bits & ZONES != 0 {
                missing.insert(MissingFact::Zones);
            }
            for (number, fact) in reads.facts.iter().enumerate().take(FACTS_MAX) {
                if gathered.bits >> number & 1 == 1
                    && let Some(ColumnKey { fact, period }) = self.presences.0.key(*fact)
                {
                    missing.insert(MissingFact::Fact { fact, period });
                }
            }
        }
        let found = MissingFacts {
            missing,
            least: Money::ZERO,
            greatest: None,
        };
        let names = self.details.named(found).missing;
        if is_plain && let Some(known) = self.names.get_mut(place) {
            known.push((gathered.bits, Arc::clone(&names)));
        }
        names
    }
}

/// Whether the facts that are missing tell what an unknown part is missing.
fn tells(reads: PartReads, lacking: Bits) -> bool {
    let is_one = lacking.count_ones() == 1;
    !reads.is_opaque && !reads.has_records && lacking != 0 && (is_one || reads.is_strict)
}
