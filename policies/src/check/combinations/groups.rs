//! Highest-of groups that contradict each other.
//!
//! Two groups that share a measure must be *nested*: one names every measure of the other, both
//! with the same `按`, and the measures of both in the same order. Then the smaller one removes
//! nothing that the larger would have kept, and it does not matter which is evaluated first.
//! Anything else is refused:
//!
//! * **Another `按`.** By enterprise `a` of one firm and `b` of its sister may both be paid; by
//!   group code only the higher. Both groups speak of the same measures, and only one can hold.
//! * **Another order.** At equal amounts the measure named first is paid. With {a, b} and {b, a}
//!   both are first, so that either nothing or the result of the order of evaluation is paid.
//! * **An overlap.** With {a, b} and {b, c} and amounts a > b > c: if the first is evaluated first,
//!   b is out and c is paid; if the second is, c is out against a b that is not paid itself.
//! * **The same twice.** Nothing contradicts, but a later change would be made in one of the two.

use crate::check::globals::Globals;
use crate::fault::{Code, Fault};
use crate::measure::{MeasureRef, PolicyId};
use crate::span::Span;
use crate::syntax::ast::HighestOfSyntax;
use crate::vocabulary::FactId;

/// A group as written, with its names resolved.
pub(super) struct Group<'s> {
    syntax: &'s HighestOfSyntax,
    over: Vec<MeasureRef>,
    /// The measures as their own policy writes them.
    names: Vec<String>,
    by: By,
}

/// What brings enterprises together.
#[derive(Clone, Debug, PartialEq, Eq)]
enum By {
    Enterprise,
    Fact(FactId, String),
    /// A fact that does not exist; reported elsewhere.
    Unknown,
}

impl By {
    fn text(&self) -> String {
        match self {
            Self::Enterprise | Self::Unknown => "按每个企业".to_owned(),
            Self::Fact(_, name) => format!("按“{name}”"),
        }
    }
}

impl<'s> Group<'s> {
    pub(super) fn new(
        globals: &Globals<'_>,
        policy: PolicyId,
        syntax: &'s HighestOfSyntax,
    ) -> Self {
        let by = match &syntax.by {
            None => By::Enterprise,
            Some(name) => match globals.vocabulary.find(&name.text) {
                Some(fact) => By::Fact(fact, globals.vocabulary.fact(fact).name.clone()),
                None => By::Unknown,
            },
        };
        let mut over: Vec<MeasureRef> = Vec::with_capacity(syntax.over.len());
        for reference in &syntax.over {
            let id = globals.full_name(policy, reference);
            if !over.contains(&id) {
                over.push(id);
            }
        }
        let short = |id: &MeasureRef| globals.short_name(policy, id).to_owned();
        let names = over.iter().map(short).collect();
        Self {
            syntax,
            over,
            names,
            by,
        }
    }

    /// A measure of this group as its policy writes it.
    fn name<'g>(&'g self, id: &'g MeasureRef) -> &'g str {
        let place = self.over.iter().position(|own| own == id);
        place
            .and_then(|place| self.names.get(place))
            .map_or(&id.0, String::as_str)
    }

    fn id(&self) -> &str {
        &self.syntax.id.text
    }

    fn at(&self) -> Span {
        self.syntax.id.span
    }

    /// The measures that both groups name, in the order of this one.
    fn common<'g>(&'g self, other: &'g Self) -> Vec<&'g MeasureRef> {
        self.over
            .iter()
            .filter(|id| other.over.contains(id))
            .collect()
    }

    /// What is wrong with this group beside an earlier one.
    pub(super) fn contradiction(&self, earlier: &Self) -> Option<Fault> {
        let mine = self.common(earlier);
        let theirs = earlier.common(self);
        let shared = self.name(mine.first()?);
        if self.by == By::Unknown || earlier.by == By::Unknown {
            return None;
        }
        let (text, help) = if self.by != earlier.by {
            (
                format!(
                    "“{}”{}就高,“{}”{}就高,两组都有“{shared}”",
                    self.id(),
                    self.by.text(),
                    earlier.id(),
                    earlier.by.text()
                ),
                "两组只能留一个“按”;核对原文是每个企业只得一项,还是共有的一方只得一项",
            )
        } else if mine.len() < self.over.len() && theirs.len() < earlier.over.len() {
            (
                format!(
                    "“{}”和“{}”都有“{shared}”,又各有对方没有的事项:先比哪一组,结果不同",
                    self.id(),
                    earlier.id()
                ),
                "合成一组,或让一组包含另一组的全部事项",
            )
        } else if let Some((first, second)) = swapped(&mine, &theirs) {
            let (first, second) = (self.name(first), self.name(second));
            (
                format!(
                    "“{first}”和“{second}”金额相同时,“{}”发“{first}”,“{}”发“{second}”",
                    self.id(),
                    earlier.id()
                ),
                "两组里按同一个次序写",
            )
        } else if self.over == earlier.over {
            (
                format!("“{}”和“{}”说的是同一件事", self.id(), earlier.id()),
                "删去一组",
            )
        } else {
            return None;
        };
        Some(
            Fault::new(Code::Z08, self.at(), text)
                .with_related(earlier.at(), "另一组在这里")
                .with_help(help),
        )
    }
}

/// The first two measures that the two orders put the other way round.
fn swapped<'m>(
    mine: &[&'m MeasureRef],
    theirs: &[&'m MeasureRef],
) -> Option<(&'m MeasureRef, &'m MeasureRef)> {
    mine.iter()
        .zip(theirs)
        .find(|(left, right)| left != right)
        .map(|(left, right)| (*left, *right))
}
