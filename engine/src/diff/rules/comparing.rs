//! The rules of one measure in two libraries, part by part.

use zhida_policies::measure::expression::{Expr, ExprKind};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{BindingKind, Condition, Measure};
use zhida_policies::span::Span;
use zhida_policies::syntax::words::Cadence;

use crate::diff::rules::{RuleChange, RulePart, RuleText};
use crate::explain::{place_of, short_text_at, text_at as whole_text_at, words};
use crate::rule_reads::RuleReads;

/// Two libraries.
#[derive(Clone, Copy)]
pub(super) struct Comparing<'a> {
    pub(super) old: &'a Library,
    pub(super) new: &'a Library,
}

/// A rule by name.
struct Named<'a> {
    name: String,
    text: RuleText,
    meaning: Meaning<'a>,
}

/// What tells whether a rule is the same.
enum Meaning<'a> {
    Expression(&'a Expr),
    /// The whole of what is written, of which people are shown the beginning.
    Text(String),
}

impl Comparing<'_> {
    /// How one measure differs.
    pub(super) fn measure(self, old: &Measure, new: &Measure) -> Vec<RuleChange> {
        let mut changes = plain(self, old, new);
        changes.extend(self.conditions(
            RulePart::Exception,
            (old, &old.exceptions),
            (new, &new.exceptions),
        ));
        changes.extend(self.conditions(
            RulePart::Condition,
            (old, &old.conditions),
            (new, &new.conditions),
        ));
        let award =
            |library: &Library, measure: &Measure| text_of(library, measure, measure.award.span);
        if old.award.kind != new.award.kind
            || old.award.unit != new.award.unit
            || old.award.rounding != new.award.rounding
            || !self.same(&old.award.expression, &new.award.expression)
        {
            changes.push(RuleChange {
                part: RulePart::Award,
                name: String::new(),
                before: Some(award(self.old, old)),
                after: Some(award(self.new, new)),
            });
        }
        changes.extend(self.paired(
            RulePart::Binding,
            bindings(self.old, old),
            bindings(self.new, new),
        ));
        changes.extend(self.paired(
            RulePart::Parameter,
            parameters(self.old, old),
            parameters(self.new, new),
        ));
        for (part, list) in LIMITS {
            changes.extend(self.paired(part, list(self.old, old), list(self.new, new)));
        }
        changes
    }

    /// Whether two expressions say the same, but for names that stand for something else.
    fn same(self, old: &Expr, new: &Expr) -> bool {
        let texts = [(self.old, old), (self.new, new)]
            .map(|(library, expression)| whole_text_at(library, expression.span));
        let [left, right] = texts;
        let parameters = [(self.old, old), (self.new, new)].map(|(library, expression)| {
            let mut names = Vec::new();
            expression.visit(&mut |node| {
                if let ExprKind::Parameter(parameter, _) = &node.kind {
                    names.push(library.parameters.get(parameter.0).map(|found| &found.name));
                }
            });
            names
        });
        let [left_names, right_names] = parameters;
        left == right || (old == new && left_names == right_names)
    }

    fn conditions(
        self,
        part: RulePart,
        (old, olds): (&Measure, &[Condition]),
        (new, news): (&Measure, &[Condition]),
    ) -> Vec<RuleChange> {
        let named =
            |library: &Library, measure: &Measure, index: usize, one: &Condition| RuleText {
                index: Some(index),
                ..text_of(library, measure, one.span)
            };
        let mut rest: Vec<(usize, &Condition)> = news.iter().enumerate().collect();
        let mut unpaired: Vec<(usize, &Condition)> = Vec::new();
        let mut changes = Vec::new();
        let mut push = |old_one: Option<(usize, &Condition)>,
                        new_one: Option<(usize, &Condition)>| {
            let label = new_one.or(old_one).and_then(|(_, one)| one.label.clone());
            changes.push(RuleChange {
                part,
                name: label.unwrap_or_default(),
                before: old_one.map(|(index, one)| named(self.old, old, index, one)),
                after: new_one.map(|(index, one)| named(self.new, new, index, one)),
            });
        };
        for (index, one) in olds.iter().enumerate() {
            let same = |(_, other): &(usize, &Condition)| match (&one.label, &other.label) {
                (Some(label), Some(other)) => label == other,
                (None, None) => self.same(&one.expression, &other.expression),
                (Some(_), None) | (None, Some(_)) => false,
            };
            match rest.iter().position(same) {
                Some(place) => {
                    let other = rest.remove(place);
                    if !self.same(&one.expression, &other.1.expression) {
                        push(Some((index, one)), Some(other));
                    }
                }
                None => unpaired.push((index, one)),
            }
        }
        // Those without a partner are paired in order: a condition was rewritten under no label or
        // another; what is left over was added or taken away.
        let mut rest = rest.into_iter();
        for old_one in unpaired {
            match rest.next() {
                Some(new_one) if self.same(&old_one.1.expression, &new_one.1.expression) => {}
                new_one => push(Some(old_one), new_one),
            }
        }
        rest.for_each(|new_one| push(None, Some(new_one)));
        changes
    }

    /// Rules that have names, each paired with the one of its name.
    fn paired(self, part: RulePart, old: Vec<Named<'_>>, new: Vec<Named<'_>>) -> Vec<RuleChange> {
        let mut new = new;
        let mut changes = Vec::new();
        for one in old {
            let other = new.iter().position(|other| other.name == one.name);
            let other = other.map(|place| new.remove(place));
            let same = other.as_ref().is_some_and(|other| {
                use Meaning::{Expression, Text};
                match (&one.meaning, &other.meaning) {
                    (Expression(left), Expression(right)) => self.same(left, right),
                    (Text(left), Text(right)) => left == right,
                    (Expression(_), Text(_)) | (Text(_), Expression(_)) => false,
                }
            });
            if !same {
                changes.push(RuleChange {
                    part,
                    name: one.name,
                    before: Some(one.text),
                    after: other.map(|other| other.text),
                });
            }
        }
        changes.extend(new.into_iter().map(|other| RuleChange {
            part,
            name: other.name,
            before: None,
            after: Some(other.text),
        }));
        changes
    }
}

/// The rule at a span with the article of its measure.
fn text_of(library: &Library, measure: &Measure, span: Span) -> RuleText {
    RuleText {
        article: measure.basis.join("、"),
        ..text_at(library, span)
    }
}

fn text_at(library: &Library, span: Span) -> RuleText {
    RuleText {
        written: short_text_at(library, span),
        article: String::new(),
        place: place_of(library, span),
        index: None,
    }
}

/// What is no rule with an expression.
fn plain(comparing: Comparing<'_>, old: &Measure, new: &Measure) -> Vec<RuleChange> {
    let Comparing {
        old: old_library,
        new: new_library,
    } = comparing;
    let mut changes = Vec::new();
    let mut note = |part, before: String, after: String| {
        if before == after {
            return;
        }
        let text = |library, measure: &Measure, written| RuleText {
            written,
            ..text_of(library, measure, measure.span)
        };
        changes.push(RuleChange {
            part,
            name: String::new(),
            before: Some(text(old_library, old, before)),
            after: Some(text(new_library, new, after)),
        });
    };
    let region = |library, measure: &Measure| words::region(library, measure.region);
    note(
        RulePart::Region,
        region(old_library, old),
        region(new_library, new),
    );
    let validity = |measure: &Measure| {
        let to = measure.validity.to.map(|day| day.to_string());
        let to = to.unwrap_or_else(|| "长期".to_owned());
        format!("{} 至 {to}", measure.validity.from)
    };
    note(RulePart::Validity, validity(old), validity(new));
    note(RulePart::Cadence, cadence(old), cadence(new));
    let first = |measure: &Measure| {
        if measure.first_time_only {
            "是"
        } else {
            "否"
        }
        .to_owned()
    };
    note(RulePart::FirstTimeOnly, first(old), first(new));
    changes
}

fn cadence(measure: &Measure) -> String {
    match measure.cadence {
        Cadence::Yearly => "每年".to_owned(),
        Cadence::Quarterly => "每季度".to_owned(),
        Cadence::Monthly => "每月".to_owned(),
        Cadence::Once => "一次性".to_owned(),
        Cadence::EveryYears(years) => format!("每{years}年"),
    }
}

fn bindings<'a>(library: &Library, measure: &'a Measure) -> Vec<Named<'a>> {
    let bindings = measure.bindings.iter();
    let named = bindings.map(|binding| Named {
        name: match &binding.kind {
            BindingKind::Let => binding.name.clone(),
            BindingKind::Definition { year, .. } => match crate::interpreter::year_of(*year, 0) {
                0 => binding.name.clone(),
                years => format!("{}({years:+}年)", binding.name),
            },
        },
        text: text_of(library, measure, binding.expression.span),
        meaning: Meaning::Expression(&binding.expression),
    });
    named.collect()
}

fn parameters(library: &Library, measure: &Measure) -> Vec<Named<'static>> {
    let reads = RuleReads::of_measure(measure);
    let parameters = reads.parameters.iter();
    let parameters = parameters.filter_map(|id| library.parameters.get(id.0));
    let named = parameters.map(|parameter| as_written(library, &parameter.name, parameter.span));
    named.collect()
}

/// The limits of a measure, one kind at a time.
type LimitList = fn(&Library, &Measure) -> Vec<Named<'static>>;

const LIMITS: [(RulePart, LimitList); 5] = [
    (RulePart::Places, |library, measure| {
        let span = measure.places.as_ref().map(|places| places.span);
        span.map(|span| as_written(library, "", span))
            .into_iter()
            .collect()
    }),
    (RulePart::PayableFrom, |library, measure| {
        let money = measure.payable_from.map(|money| {
            let written = format!("{} 元", money.grouped());
            Named {
                name: String::new(),
                text: RuleText {
                    written: written.clone(),
                    ..text_of(library, measure, measure.span)
                },
                meaning: Meaning::Text(written),
            }
        });
        money.into_iter().collect()
    }),
    (RulePart::Fund, |library, measure| {
        let funds = library.funds.iter();
        let funds = funds.filter(|fund| Some(&fund.id) == measure.fund.as_ref());
        funds
            .map(|fund| as_written(library, &fund.name, fund.span))
            .collect()
    }),
    (RulePart::Cap, |library, measure| {
        let caps = library.caps.iter();
        let caps = caps.filter(|cap| cap.over.contains(&measure.id));
        caps.map(|cap| as_written(library, &cap.name, cap.span))
            .collect()
    }),
    (RulePart::HighestOf, |library, measure| {
        let groups = library.highest_of.iter();
        let groups = groups.filter(|group| group.over.contains(&measure.id));
        groups
            .map(|group| as_written(library, &group.name, group.span))
            .collect()
    }),
];

fn as_written(library: &Library, name: &str, span: Span) -> Named<'static> {
    Named {
        name: name.to_owned(),
        text: text_at(library, span),
        meaning: Meaning::Text(whole_text_at(library, span)),
    }
}
