//! Z08: measures that cannot be combined as a group, a cap or a fund says.
//!
//! # Award periods
//! A year's award and a month's are decided in different runs. Amounts of different periods are
//! therefore never compared with each other: a highest-of group, and a cap or fund that looks at
//! all its awards at once (`按比例`, `按排名`, `按权重`), needs measures of one period. `一次性` and
//! `每N年` are decided in the run of a year and count as `每年`. A cap without `按比例` and a fund
//! with `按先后` or `停发` take the awards as they come and may hold any.
//!
//! # Ceilings
//! What a measure with `上限金额` pays is decided by a person. It cannot be compared in a
//! highest-of group, and a fund in which it moves the part of everybody else (`按比例`, `停发`,
//! `按权重`) cannot be settled. A cap over it limits the ceiling; `按先后` and `按排名` set the
//! ceiling aside in its turn.
//!
//! # Groups that contradict each other
//! See [`groups`].

mod groups;

use std::collections::BTreeMap;

use crate::check::ParsedBlock;
use crate::check::globals::Globals;
use crate::fault::{Code, Fault};
use crate::measure::{MeasureRef, PolicyId};
use crate::span::Span;
use crate::syntax::ast::{
    CapSplit, CapSyntax, Declaration, FundRuleSyntax, FundSyntax, HighestOfSyntax, MeasureSyntax,
    Reference, StatementKind,
};
use crate::syntax::words::Cadence;

/// The run in which a measure is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum AwardPeriod {
    Year,
    Quarter,
    Month,
}

impl AwardPeriod {
    fn of(cadence: Cadence) -> Self {
        match cadence {
            Cadence::Yearly | Cadence::Once | Cadence::EveryYears(_) => Self::Year,
            Cadence::Quarterly => Self::Quarter,
            Cadence::Monthly => Self::Month,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Year => "按年算",
            Self::Quarter => "按季度算",
            Self::Month => "按月算",
        }
    }
}

/// What combinations look at in a measure.
struct Member {
    id: MeasureRef,
    period: AwardPeriod,
    /// Where the period is written, else the id of the measure.
    period_span: Span,
    /// `上限金额`, where the measure has one instead of an amount.
    ceiling: Option<Span>,
    /// The fund that pays, and where the measure names it.
    fund: Option<(MeasureRef, Span)>,
}

/// Checks all groups, caps and funds against the measures that they combine.
pub(crate) fn check(globals: &Globals<'_>, blocks: &[ParsedBlock], faults: &mut Vec<Fault>) {
    let members = members(globals, blocks);
    let mut seen: Vec<groups::Group<'_>> = Vec::new();
    for block in blocks {
        for declaration in &block.syntax.declarations {
            let combining = Combining {
                globals,
                policy: block.policy,
                members: &members,
            };
            match declaration {
                Declaration::HighestOf(group) => {
                    combining.highest_of(group, faults);
                    let group = groups::Group::new(globals, block.policy, group);
                    faults.extend(seen.iter().find_map(|other| group.contradiction(other)));
                    seen.push(group);
                }
                Declaration::Cap(cap) => combining.cap(cap, faults),
                Declaration::Fund(fund) => combining.fund(fund, faults),
                Declaration::Measure(_)
                | Declaration::Definition(_)
                | Declaration::Parameter(_)
                | Declaration::Case(_) => {}
            }
        }
    }
}

/// The measures of all blocks by their full names; of two with one name the first.
fn members(globals: &Globals<'_>, blocks: &[ParsedBlock]) -> BTreeMap<MeasureRef, Member> {
    let mut members = BTreeMap::new();
    for block in blocks {
        for declaration in &block.syntax.declarations {
            if let Declaration::Measure(measure) = declaration {
                let member = member(globals, block.policy, measure);
                members.entry(member.id.clone()).or_insert(member);
            }
        }
    }
    members
}

fn member(globals: &Globals<'_>, policy: PolicyId, syntax: &MeasureSyntax) -> Member {
    let reference = Reference {
        policy: None,
        item: syntax.id.clone(),
        span: syntax.id.span,
    };
    let mut member = Member {
        id: globals.full_name(policy, &reference),
        period: AwardPeriod::Year,
        period_span: syntax.id.span,
        ceiling: None,
        fund: None,
    };
    for statement in &syntax.statements {
        if let StatementKind::Cadence(cadence) = &statement.kind {
            member.period = AwardPeriod::of(*cadence);
            member.period_span = statement.span;
        } else if let StatementKind::AwardCeiling(_) = &statement.kind {
            member.ceiling = Some(statement.keyword_span);
        } else if let StatementKind::Fund(fund) = &statement.kind {
            member.fund = Some((globals.full_name(policy, fund), fund.span));
        }
    }
    member
}

/// One declaration and the measures that it may combine.
struct Combining<'a> {
    globals: &'a Globals<'a>,
    policy: PolicyId,
    members: &'a BTreeMap<MeasureRef, Member>,
}

impl<'a> Combining<'a> {
    /// The measures named, each with the place that names it; an unknown one is reported
    /// elsewhere.
    fn named(&self, references: &[Reference]) -> Vec<(&'a Member, Span)> {
        references
            .iter()
            .filter_map(|reference| {
                let id = self.globals.full_name(self.policy, reference);
                let member = self.members.get(&id)?;
                Some((member, reference.span))
            })
            .collect()
    }

    fn highest_of(&self, syntax: &HighestOfSyntax, faults: &mut Vec<Fault>) {
        let named = self.named(&syntax.over);
        faults.extend(self.mixed(&named, "就高").map(|fault| {
            fault.with_help(
                "一组里只放周期相同的事项;要限制全年合计的,写“限额 编号 = 金额 适用 … 每 年”",
            )
        }));
        for (member, at) in named {
            if let Some(ceiling) = member.ceiling {
                let text = format!(
                    "“{}”写的是上限金额,实际金额由人核定,比不出高低",
                    self.globals.text(at)
                );
                faults.push(
                    Fault::new(Code::Z08, at, text)
                        .with_related(ceiling, "这里写的是上限金额")
                        .with_help("把它移出这一组,核定金额时择高"),
                );
            }
        }
    }

    fn cap(&self, syntax: &CapSyntax, faults: &mut Vec<Fault>) {
        if syntax.split != Some(CapSplit::ProRata) {
            return;
        }
        let fault = self.mixed(&self.named(&syntax.over), "限额按比例");
        faults.extend(fault.map(|fault| {
            fault.with_help("不同周期的事项不同时发放,改成“按先后”;或者只放周期相同的事项")
        }));
    }

    fn fund(&self, syntax: &FundSyntax, faults: &mut Vec<Fault>) {
        let reference = Reference {
            policy: None,
            item: syntax.id.clone(),
            span: syntax.id.span,
        };
        let id = self.globals.full_name(self.policy, &reference);
        let paid: Vec<(&Member, Span)> = self
            .members
            .values()
            .filter_map(|member| {
                let (fund, at) = member.fund.as_ref()?;
                (*fund == id).then_some((member, *at))
            })
            .collect();
        let rule = match &syntax.rule {
            FundRuleSyntax::ProRata => Some("按比例"),
            FundRuleSyntax::Ranked(_) => Some("按排名"),
            FundRuleSyntax::ByWeight(_) => Some("按权重"),
            FundRuleSyntax::FirstCome(_) | FundRuleSyntax::Stop => None,
        };
        if let Some(rule) = rule {
            let fault = self.mixed(&paid, &format!("资金{rule}"));
            faults.extend(fault.map(|fault| {
                fault
                    .with_related(syntax.id.span, "资金在这里声明")
                    .with_help("不同周期的事项不同时发放,改成“不足时 按先后”;或者分成两笔资金")
            }));
        }
        let moving = match &syntax.rule {
            FundRuleSyntax::ProRata => "按比例",
            FundRuleSyntax::ByWeight(_) => "按权重",
            FundRuleSyntax::Stop => "停发",
            FundRuleSyntax::FirstCome(_) | FundRuleSyntax::Ranked(_) => return,
        };
        for (member, at) in paid {
            if let Some(ceiling) = member.ceiling {
                let text = format!(
                    "资金“{}”{moving},“{}”写的却是上限金额:实际金额由人核定,别人的份额算不出",
                    syntax.id.text,
                    self.globals.short_name(self.policy, &member.id)
                );
                faults.push(
                    Fault::new(Code::Z08, at, text)
                        .with_related(ceiling, "这里写的是上限金额")
                        .with_related(syntax.id.span, "资金在这里声明")
                        .with_help("给它单设一笔资金,或改成“不足时 按先后”"),
                );
            }
        }
    }

    /// The first measure that is decided in another run than the first named.
    fn mixed(&self, named: &[(&Member, Span)], what: &str) -> Option<Fault> {
        let (first, _) = named.first()?;
        let (other, at) = named
            .iter()
            .find(|(member, _)| member.period != first.period)?;
        let text = format!(
            "{what}要周期相同:“{}”{},“{}”{}",
            self.globals.short_name(self.policy, &other.id),
            other.period.text(),
            self.globals.short_name(self.policy, &first.id),
            first.period.text()
        );
        Some(
            Fault::new(Code::Z08, *at, text)
                .with_related(other.period_span, other.period.text())
                .with_related(first.period_span, first.period.text()),
        )
    }
}
