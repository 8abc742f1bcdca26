//! What moved an award: the facts by the old rules, the rules on the new facts, then the limits.

use zhida_policies::measure::MeasureRef;

use crate::decision::Decision;
use crate::diff::facts::fact_cause;
use crate::diff::limits::LimitCause;
use crate::diff::side::{Pair, Says, Side};
use crate::diff::{Diff, DiffCause, Effects};
use crate::sweep::TotalFen;

/// The enterprise and measure of a pair, and its row in either snapshot.
struct Subject {
    measure: MeasureRef,
    before: Option<usize>,
    after: Option<usize>,
}

/// The three decisions on the way from the first sweep to the second; absent where the enterprise
/// or the measure is.
struct Path {
    before: Option<Decision>,
    /// The new facts by the old rules.
    between: Option<Decision>,
    after: Option<Decision>,
}

fn says(decision: Option<&Decision>) -> Option<Says> {
    decision.and_then(Says::of)
}

fn worth(says: Option<Says>) -> i128 {
    says.map_or(0, |says| says.worth().fen())
}

impl Diff<'_> {
    fn subject(&self, pair: Pair) -> Option<Subject> {
        let of = |side: &Side<'_>, place: Option<usize>| {
            let held = side.held(place)?;
            Some((side.measure_id(held)?.clone(), side.uscc(held).to_owned()))
        };
        let (measure, uscc) =
            of(self.after, pair.after).or_else(|| of(self.before, pair.before))?;
        Some(Subject {
            measure,
            before: self.before.snapshot.find(&uscc),
            after: self.after.snapshot.find(&uscc),
        })
    }

    /// What the new facts come to by the old rules.
    fn between(&self, subject: &Subject) -> Option<Decision> {
        let (side, row) = (self.after, subject.after?);
        self.before
            .decide(&subject.measure, side.snapshot, row, side.context)
    }

    /// What moved the award of a pair.
    pub(super) fn effects(&self, pair: Pair) -> Effects {
        let (before, after) = (self.before.held(pair.before), self.after.held(pair.after));
        let worths = [before, after].map(|held| worth(held.map(|held| held.says())));
        let amounts = [before, after].map(|held| held.map_or(0, |held| held.amount().fen()));
        let [old, new] = worths;
        let between = match self.subject(pair) {
            // The rules are the same, or the facts are: there is nothing between.
            Some(subject) if !self.rules.decide(&subject.measure) => new,
            Some(_) if !self.facts_differ => old,
            Some(subject) => worth(says(self.between(&subject).as_ref())),
            None => new,
        };
        let [amount_before, amount_after] = amounts;
        Effects {
            facts: TotalFen::of(between - old),
            rules: TotalFen::of(new - between),
            limits: TotalFen::of((amount_after - new) - (amount_before - old)),
        }
    }

    /// What caused the change of a pair.
    pub(super) fn causes_of(&self, pair: Pair) -> Vec<DiffCause> {
        let Some(subject) = self.subject(pair) else {
            return Vec::new();
        };
        let path = self.path(&subject);
        let mut causes = Vec::new();
        causes.extend(self.facts_cause(&subject, &path));
        causes.extend(self.rules_cause(&subject, &path));
        if self.effects(pair).limits != TotalFen::default() {
            let rules = self.rules.limits(&subject.measure);
            let (old, new) = ((self.before, pair.before), (self.after, pair.after));
            causes.push(DiffCause::Limits(LimitCause::of(
                old, new, rules, self.sees,
            )));
        }
        causes
    }

    fn path(&self, subject: &Subject) -> Path {
        let decide = |side: &Side<'_>, row: Option<usize>| {
            side.decide(&subject.measure, side.snapshot, row?, side.context)
        };
        Path {
            before: decide(self.before, subject.before),
            between: self.between(subject),
            after: decide(self.after, subject.after),
        }
    }

    fn facts_cause(&self, subject: &Subject, path: &Path) -> Option<DiffCause> {
        let (old, new) = (says(path.before.as_ref()), says(path.between.as_ref()));
        if old == new {
            return None;
        }
        let measure = self.before.measure(&subject.measure)?;
        match (subject.before, subject.after) {
            (None, _) => Some(DiffCause::EnterpriseAdded),
            (_, None) => Some(DiffCause::EnterpriseRemoved),
            (Some(before), Some(after)) => Some(DiffCause::Facts(fact_cause(
                measure,
                (self.before, before),
                (self.after, after),
                new,
            ))),
        }
    }

    fn rules_cause(&self, subject: &Subject, path: &Path) -> Option<DiffCause> {
        let id = &subject.measure;
        if self.before.measure(id).is_none() {
            return Some(DiffCause::MeasureAdded);
        }
        if self.after.measure(id).is_none() {
            return Some(DiffCause::MeasureRemoved);
        }
        if says(path.between.as_ref()) == says(path.after.as_ref()) {
            return None;
        }
        let rules = self
            .rules
            .decisive(id, path.between.as_ref(), path.after.as_ref());
        Some(DiffCause::Rules(rules))
    }
}
