//! Two explanations of one decision side by side, and the first node that differs.

use std::fmt;

use serde::Serialize;

use crate::explain::{Explanation, ExplanationStep, OutcomeKind, Place};

/// One node of a trace as a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TraceLine {
    /// How far inside.
    pub depth: usize,
    /// What it is: a clause, a name, an operation.
    pub label: String,
    /// What it came to.
    pub result: String,
    /// The text as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub written: String,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// One line of two traces; absent on the side that has no such node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TracePair {
    /// On the left.
    pub left: Option<TraceLine>,
    /// On the right.
    pub right: Option<TraceLine>,
    /// Whether the two come to different values.
    pub differs: bool,
}

/// The outcome that was kept of a decision, without its steps.
#[derive(Clone, Copy, Debug)]
pub struct KeptOutcome<'a> {
    /// What it says.
    pub text: &'a str,
    /// Whether something was granted.
    pub is_eligible: bool,
    /// The amount of the rule, where it was kept.
    pub award: Option<&'a str>,
}

/// A row of the payable list beside what its award comes to again.
#[derive(Clone, Copy, Debug)]
pub struct KeptPayable<'a> {
    /// What may be paid by the kept row.
    pub kept: &'a str,
    /// What may be paid by the steps.
    pub found: &'a str,
    /// From the base figure to what may be paid.
    pub steps: &'a [ExplanationStep],
}

/// Two traces side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traces {
    /// The lines, in the order of the computation.
    pub pairs: Vec<TracePair>,
    /// The place among them of the first node that differs and rests on none that does.
    pub first: Option<usize>,
}

impl TraceLine {
    fn of(step: &ExplanationStep, depth: usize) -> Self {
        Self {
            depth,
            label: step.label.clone(),
            result: step.result.clone(),
            written: step.written.clone(),
            place: step.place.clone(),
        }
    }

    /// What a decision came to, above its steps.
    fn head(explanation: &Explanation) -> Self {
        Self {
            depth: 0,
            label: "结论".to_owned(),
            result: explanation.outcome.summary.clone(),
            written: String::new(),
            place: None,
        }
    }
}

impl Traces {
    /// Puts two explanations of one measure beside each other.
    #[must_use]
    pub fn of(left: &Explanation, right: &Explanation) -> Self {
        let (one, other) = (TraceLine::head(left), TraceLine::head(right));
        let mut traces = Self::default();
        let differs = one.result != other.result;
        traces.push(Some(one), Some(other), differs);
        let found = traces.add(&left.steps, &right.steps, 1);
        traces.first = found.or_else(|| traces.pairs.iter().position(|pair| pair.differs));
        traces
    }

    /// Puts a decision of which only the outcome was kept beside an explanation.
    ///
    /// # Shape
    /// The first node that differs is the first that the kept outcome cannot have come from: a
    /// condition that does not hold where something was granted, the award where it did, and for a
    /// row of the payable list what may be paid after all its steps. On the left of that node
    /// stands what it must have come to. Where every step agrees with what was kept, there is none.
    #[must_use]
    pub fn against_outcome(
        kept: KeptOutcome<'_>,
        right: &Explanation,
        payable: Option<KeptPayable<'_>>,
    ) -> Self {
        let mut traces = Self::default();
        let left = TraceLine {
            depth: 0,
            label: "封存的结论".to_owned(),
            result: kept.text.to_owned(),
            written: String::new(),
            place: None,
        };
        traces.push(Some(left), Some(TraceLine::head(right)), true);
        let is_eligible_now = right.outcome.kind == OutcomeKind::Eligible;
        let refusing = right.steps.iter().position(ExplanationStep::refuses);
        let last = right.steps.len().saturating_sub(1);
        let wanted = match (kept.is_eligible, is_eligible_now) {
            (true, false) => Some(refusing.unwrap_or(last)),
            (true, true) | (false, true) => Some(last),
            // Neither granted anything: no single step is at odds with that.
            (false, false) => None,
        };
        for (place, step) in right.steps.iter().enumerate() {
            let must = wanted.filter(|wanted| *wanted == place);
            let must = must.and_then(|_| step.implied_by(kept));
            let must = must.filter(|must| *must != step.result);
            if must.is_some() {
                traces.first = Some(traces.pairs.len());
            }
            traces.one_side(step, 1, must);
        }
        if let Some(payable) = payable {
            traces.settled(payable);
        }
        traces
    }

    /// The steps from the base figure to what may be paid, and what they come to.
    fn settled(&mut self, payable: KeptPayable<'_>) {
        for step in payable.steps {
            self.one_side(step, 1, None);
        }
        let line = |result: &str| TraceLine {
            depth: 1,
            label: "现在可付".to_owned(),
            result: result.to_owned(),
            written: String::new(),
            place: None,
        };
        let differs = payable.kept != payable.found;
        if differs && self.first.is_none() {
            self.first = Some(self.pairs.len());
        }
        let sides = (line(payable.kept), line(payable.found));
        self.push(Some(sides.0), Some(sides.1), differs);
    }

    /// The first node that differs.
    #[must_use]
    pub fn first(&self) -> Option<&TracePair> {
        self.first.and_then(|place| self.pairs.get(place))
    }

    fn push(&mut self, left: Option<TraceLine>, right: Option<TraceLine>, differs: bool) {
        self.pairs.push(TracePair {
            left,
            right,
            differs,
        });
    }

    /// Adds the steps of one level; the place of the first node that differs.
    fn add(
        &mut self,
        left: &[ExplanationStep],
        right: &[ExplanationStep],
        depth: usize,
    ) -> Option<usize> {
        let (mut first, mut right) = (None, right);
        for step in left {
            let same = right.iter().position(|other| other.is_same_node(step));
            let Some(same) = same else {
                first = first.or(Some(self.pairs.len()));
                self.push(Some(TraceLine::of(step, depth)), None, true);
                continue;
            };
            let (before, rest) = right.split_at(same);
            for other in before {
                first = first.or(Some(self.pairs.len()));
                self.push(None, Some(TraceLine::of(other, depth)), true);
            }
            let Some((other, rest)) = rest.split_first() else {
                continue;
            };
            let differs = step.result != other.result || step.state != other.state;
            let here = self.pairs.len();
            let lines = (TraceLine::of(step, depth), TraceLine::of(other, depth));
            self.push(Some(lines.0), Some(lines.1), differs);
            let inside = self.add(&step.children, &other.children, depth.saturating_add(1));
            first = first.or(inside).or(differs.then_some(here));
            right = rest;
        }
        for other in right {
            first = first.or(Some(self.pairs.len()));
            self.push(None, Some(TraceLine::of(other, depth)), true);
        }
        first
    }

    /// The steps of one side; on the other what the first of them must have come to, if it is
    /// known.
    fn one_side(&mut self, step: &ExplanationStep, depth: usize, must: Option<String>) {
        let right = TraceLine::of(step, depth);
        let differs = must.is_some();
        let left = must.map(|result| TraceLine {
            result,
            ..right.clone()
        });
        self.push(left, Some(right), differs);
        for child in &step.children {
            self.one_side(child, depth.saturating_add(1), None);
        }
    }
}

impl ExplanationStep {
    /// Whether two steps are the same node of the rule.
    fn is_same_node(&self, other: &Self) -> bool {
        self.label == other.label && self.written == other.written
    }

    /// What the step must have come to for a kept outcome, where the outcome says it.
    fn implied_by(&self, kept: KeptOutcome<'_>) -> Option<String> {
        match (kept.is_eligible, self.refuses(), kept.award) {
            (true, true, _) if self.is_exception() => Some("否".to_owned()),
            (true, true, _) => Some("是".to_owned()),
            (true, false, Some(award)) => Some(award.to_owned()),
            (true, false, None) => None,
            (false, _, _) => Some("没有金额".to_owned()),
        }
    }

    fn is_exception(&self) -> bool {
        self.label.starts_with("除外") || self.label == "仅限首次"
    }

    /// Whether a decision stops here: a condition that is not true, an exception that is not
    /// false, a region or validity that does not fit.
    fn refuses(&self) -> bool {
        let is_exception = self.is_exception();
        match self.result.as_str() {
            "是" => is_exception,
            "否" => !is_exception,
            _ => self.state != crate::explain::StepState::Known,
        }
    }
}

impl fmt::Display for Traces {
    /// Left and right in turn where they differ, one line where they do not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, pair) in self.pairs.iter().enumerate() {
            let mark = if self.first == Some(place) {
                "▶"
            } else if pair.differs {
                "≠"
            } else {
                " "
            };
            let sides = match (&pair.left, &pair.right) {
                (Some(left), Some(right)) if pair.differs => {
                    vec![("左", left), ("右", right)]
                }
                (Some(both), Some(_)) => vec![("同", both)],
                (Some(left), None) => vec![("左", left)],
                (None, Some(right)) => vec![("右", right)],
                (None, None) => Vec::new(),
            };
            for (side, line) in sides {
                let indent = "  ".repeat(line.depth);
                write!(f, "{mark} {side} {indent}{} ← {}", line.result, line.label)?;
                if !line.written.is_empty() {
                    write!(f, " {}", line.written)?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}
