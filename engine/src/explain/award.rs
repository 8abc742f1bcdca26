//! From the base figure of an award to what is paid of it: the steps of a settlement in words.

use zhida_policies::measure::Measure;
use zhida_policies::measure::library::Library;
use zhida_policies::span::Span;
use zhida_policies::values::{Money, Number};

use crate::awards::{Award, Cause, Change, Doubt, Settled, Split, Standing, Step};
use crate::decision::Reason;
use crate::explain::place::{place_of, short_text_at};
use crate::explain::{Explanation, ExplanationStep, StepState};
use crate::sweep::TotalFen;

impl Explanation {
    /// The explanation of the decision, continued with the steps of its settlement.
    #[must_use]
    pub fn continued(mut self, steps: Vec<ExplanationStep>) -> Self {
        self.steps.extend(steps);
        self
    }
}

/// The steps of one award from its base figure to the payable amount, in the fixed order.
///
/// # Shape
/// One step for each change, with the figures that made it so below; then the range where it is
/// not final, the instalments and the shares. `enterprise` names the enterprise of a row.
#[must_use]
pub fn award_steps(
    library: &Library,
    settled: &Settled,
    award: &Award,
    enterprise: &dyn Fn(u32) -> String,
) -> Vec<ExplanationStep> {
    let Some(measure) = library.measures.get(place(award.measure)) else {
        return Vec::new();
    };
    let teller = Teller {
        library,
        settled,
        measure,
        enterprise,
    };
    let changes = settled.changes_of(award).iter();
    let mut steps: Vec<ExplanationStep> = changes.map(|change| teller.change(change)).collect();
    steps.extend(teller.range(award));
    steps.extend(teller.instalments(award));
    steps.extend(teller.shares(award));
    steps
}

struct Teller<'a> {
    library: &'a Library,
    settled: &'a Settled,
    measure: &'a Measure,
    enterprise: &'a dyn Fn(u32) -> String,
}

impl Teller<'_> {
    /// The rule of a step in words, and where it stands.
    fn rule(&self, Doubt { step, rule }: Doubt) -> (String, Option<Span>) {
        let at = place(rule);
        let library = self.library;
        let named = match step {
            Step::Caps => library.caps.get(at).map(|cap| (&cap.name, cap.span)),
            Step::Funds => library.funds.get(at).map(|fund| (&fund.name, fund.span)),
            Step::HighestOf => library.highest_of.get(at).map(|of| (&of.name, of.span)),
            Step::EarlierPayments | Step::Places | Step::PayableFrom => None,
        };
        let text = format!("第{}步 {}", step.number(), step.text());
        match named {
            Some((name, span)) => (format!("{text}“{name}”"), Some(span)),
            None => (text, Some(self.measure.span)),
        }
    }

    fn change(&self, change: &Change) -> ExplanationStep {
        let (label, span) = self.rule(Doubt {
            step: change.step,
            rule: change.rule,
        });
        let (before, after) = (yuan(change.before), yuan(change.after));
        let why = self.why(change);
        ExplanationStep {
            label,
            written: format!("{before} → {after},{why}"),
            place: span.and_then(|span| place_of(self.library, span)),
            state: StepState::Known,
            result: after,
            source: String::new(),
            owner: String::new(),
            children: self.figures(change),
        }
    }

    fn why(&self, change: &Change) -> String {
        match change.cause {
            Cause::PaidThisPeriod(paid) => format!("本期已付 {}", yuan(paid)),
            Cause::PaidOtherYears(paid) => {
                format!("其他年度已付 {},周期内不再兑付", yuan(paid))
            }
            Cause::NoPlace { above, tied } => {
                let places = self
                    .measure
                    .places
                    .as_ref()
                    .map_or(0, |places| places.count);
                format!("名额 {places} 个,排在前面的 {above} 家,同位次的 {tied} 家(含本企业)")
            }
            Cause::NoRank => "排名依据未知,暂不排入".to_owned(),
            Cause::NotHighest { winner } => self.winner(change, winner),
            Cause::TopUp(paid) => format!("同组本期已付 {},只补差额", yuan(paid)),
            Cause::Part(_) if change.step == Step::Caps => "超过限额,按比例分".to_owned(),
            Cause::Part(_) => "资金不足,按比例分".to_owned(),
            Cause::UsedUp(_) => "轮到时已经用完".to_owned(),
            Cause::Stopped(_) => "资金不足,停发".to_owned(),
            Cause::Weighted { .. } => "按权重分配".to_owned(),
            Cause::NoWeight => "权重未知,暂不分配".to_owned(),
            Cause::NoLimit(reason) => format!("限额无法计算:{}", Reason::from(reason).text()),
            Cause::LimitsDiffer => "各企业算得的限额不一,须人工核定".to_owned(),
            Cause::BelowPayableFrom { threshold } => format!("不到起付金额 {}", yuan(threshold)),
        }
    }

    fn winner(&self, change: &Change, winner: u32) -> String {
        let Some(other) = self.settled.awards.get(place(winner)) else {
            return "就高兑付另一项".to_owned();
        };
        let own = self.settled.awards.get(place(change.award));
        let measure = self.library.measures.get(place(other.measure));
        let name = measure.map_or("", |measure| measure.name.as_str());
        let whose = if own.is_some_and(|own| own.row != other.row) {
            (self.enterprise)(other.row)
        } else {
            String::new()
        };
        format!("就高兑付{whose}“{name}”")
    }

    /// The figures behind a split.
    fn figures(&self, change: &Change) -> Vec<ExplanationStep> {
        let (split, weight) = match change.cause {
            Cause::Part(split) | Cause::UsedUp(split) | Cause::Stopped(split) => (split, None),
            Cause::Weighted { split, weight } => (split, Some(weight)),
            Cause::PaidThisPeriod(_)
            | Cause::PaidOtherYears(_)
            | Cause::NoPlace { .. }
            | Cause::NoRank
            | Cause::NotHighest { .. }
            | Cause::TopUp(_)
            | Cause::NoWeight
            | Cause::NoLimit(_)
            | Cause::LimitsDiffer
            | Cause::BelowPayableFrom { .. } => return Vec::new(),
        };
        let Some(split) = self.settled.splits.get(place(split)) else {
            return Vec::new();
        };
        let limit = if split.step == Step::Caps {
            "限额"
        } else {
            "预算"
        };
        let mut steps = vec![line(yuan(split.limit), limit)];
        if !split.paid.is_zero() {
            steps.push(line(yuan(split.paid), "已付"));
        }
        if let Cause::UsedUp(_) = change.cause {
            return steps;
        }
        if split.room != split.limit {
            steps.push(line(yuan(split.room), "可分"));
        }
        match weight {
            Some(weight) => {
                let unscaled = |sum: i128| ratio(sum, split.scale.into());
                steps.push(line(
                    unscaled(split.claimed),
                    &format!("{} 项权重合计", split.awards),
                ));
                steps.push(line(unscaled(weight.into()), "本项权重"));
                steps.extend(quota(split, weight.into(), "权重", change.after));
            }
            None => {
                let sum = TotalFen::of(split.claimed).grouped();
                steps.push(line(
                    format!("{sum} 元"),
                    &format!("{} 项合计", split.awards),
                ));
                if let Cause::Part(_) = change.cause {
                    steps.extend(quota(
                        split,
                        change.before.fen().into(),
                        "本项",
                        change.after,
                    ));
                }
            }
        }
        steps
    }

    /// Between what an award lies that is not final.
    fn range(&self, award: &Award) -> Option<ExplanationStep> {
        let text = match award.standing() {
            Standing::Final => return None,
            Standing::MayRise => "可以先付,以后只增不减",
            Standing::MayFall => "可能减少,暂不兑付",
            Standing::Open => "本项自身待定,暂不兑付",
        };
        let ends = if award.greatest == Money::MAX {
            format!("不少于 {}", yuan(award.least))
        } else {
            format!("{} 至 {}", yuan(award.least), yuan(award.greatest))
        };
        let because = award.doubt.map_or_else(String::new, |doubt| {
            format!(":{} 里有待定的企业或数据", self.rule(doubt).0)
        });
        let mut step = line(ends, "可能的金额");
        step.written = format!("{text}{because}");
        step.state = StepState::Unknown;
        Some(step)
    }

    fn instalments(&self, award: &Award) -> Option<ExplanationStep> {
        let instalments = award.instalments(self.measure);
        if self.measure.instalments.is_empty() || award.payable().is_zero() {
            return None;
        }
        let mut step = line(yuan(award.payable()), "第12步 分期");
        if !award.paid.is_zero() {
            step.written = format!("连同已付的 {} 一起分", yuan(award.paid));
        }
        for (due, stated) in instalments.iter().zip(&self.measure.instalments) {
            let label = format!("第{}期 {}", due.index.saturating_add(1), stated.share);
            let mut part = line(yuan(due.amount), &label);
            part.written = match (&stated.condition, due.is_due) {
                (_, true) => "现在到期".to_owned(),
                (Some(condition), false) => {
                    let text = short_text_at(self.library, condition.span);
                    format!("到期时核对 {text}")
                }
                (None, false) => "以后到期".to_owned(),
            };
            step.children.push(part);
        }
        Some(step)
    }

    fn shares(&self, award: &Award) -> Option<ExplanationStep> {
        if self.measure.shares.is_empty() || award.payable().is_zero() {
            return None;
        }
        let mut step = line(yuan(award.payable()), "第13步 分担");
        for (share, stated) in award
            .shares(self.measure)
            .into_iter()
            .zip(&self.measure.shares)
        {
            let label = format!("{} {}", stated.bearer, stated.share);
            step.children.push(line(yuan(share), &label));
        }
        Some(step)
    }
}

/// The exact part of what was shared, and the fen that the largest remainders got on top.
fn quota(split: &Split, own: i128, name: &str, after: Money) -> Option<ExplanationStep> {
    let product = own.checked_mul(split.room.fen().into())?;
    let (whole, left) = (
        product.checked_div(split.claimed)?,
        product.checked_rem(split.claimed)?,
    );
    let whole = Money::from_fen(i64::try_from(whole).ok()?);
    let mut step = line(yuan(whole), "应分");
    step.written = format!("可分 × {name} ÷ 合计");
    if left != 0 {
        step.result = format!("{},余 {} 分", yuan(whole), fraction(left, split.claimed));
    }
    if after > whole {
        let fen = Money::from_fen(after.fen().saturating_sub(whole.fen()));
        step.children.push(line(yuan(fen), "余数较大,补一分"));
    }
    Some(step)
}

/// A figure and its name.
fn line(result: String, label: &str) -> ExplanationStep {
    ExplanationStep {
        label: label.to_owned(),
        written: String::new(),
        place: None,
        state: StepState::Known,
        result,
        source: String::new(),
        owner: String::new(),
        children: Vec::new(),
    }
}

fn yuan(money: Money) -> String {
    format!("{} 元", money.grouped())
}

/// An exact quotient: a decimal where it ends, otherwise a fraction.
fn ratio(over: i128, under: i128) -> String {
    let quotient = Number::from_i128(over).checked_div(&Number::from_i128(under));
    quotient.map_or_else(|_| over.to_string(), |quotient| quotient.to_string())
}

/// A fraction in lowest terms.
fn fraction(over: i128, under: i128) -> String {
    let quotient = Number::from_i128(over).checked_div(&Number::from_i128(under));
    quotient.map_or_else(
        |_| over.to_string(),
        |quotient| format!("{}/{}", quotient.numerator(), quotient.denominator()),
    )
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
