//! What an example expects after the award, and the cases of several enterprises.

use crate::check::examples::{first_year, is_setting};
use crate::check::scope::Scope;
use crate::fault::{Code, Fault};
use crate::measure::Measure;
use crate::measure::example::{
    Case, CaseRow, ExampleFact, ExamplePaid, Expected, ExpectedSettlement,
};
use crate::span::Span;
use crate::syntax::ast::{
    CaseRowSyntax, CaseSyntax, ExampleItem, ExampleTarget, ExprSyntax, PaidPeriodSyntax,
    SettledSyntax, ShareSyntax,
};
use crate::values::{Date, Money};

impl Scope<'_> {
    /// `实付`, `分期` and `分担` behind the award of an example.
    pub(crate) fn settlement(
        &mut self,
        syntax: &SettledSyntax,
        expected: &Expected,
        measure: &Measure,
    ) -> ExpectedSettlement {
        let payable = syntax.payable.as_ref().and_then(|amount| {
            let money = self.budget_money(amount, "实付")?;
            Some((money, amount.span))
        });
        let award = match expected {
            Expected::Award(award) => Some(*award),
            Expected::Ineligible
            | Expected::NotApplicable
            | Expected::Undetermined(_)
            | Expected::Error => None,
        };
        let whole = payable.map(|(money, _)| money).or(award);
        let instalments =
            spanning(syntax.instalments.iter().map(|amount| amount.span)).and_then(|at| {
                let wanted = measure.instalments.len();
                self.parts("分期", "期", &syntax.instalments, wanted, whole, at)
            });
        let shares = spanning(
            syntax
                .shares
                .iter()
                .map(|share| share.bearer.span.to(share.share.span)),
        )
        .and_then(|at| self.borne(&syntax.shares, measure, whole, at));
        ExpectedSettlement {
            payable,
            instalments,
            shares,
        }
    }

    fn borne(
        &mut self,
        shares: &[ShareSyntax],
        measure: &Measure,
        whole: Option<Money>,
        at: Span,
    ) -> Option<(Vec<Money>, Span)> {
        for (written, declared) in shares.iter().zip(&measure.shares) {
            if written.bearer.text != declared.bearer {
                let text = format!(
                    "举例里是“{}”,这个事项的分担这里是“{}”",
                    written.bearer.text, declared.bearer
                );
                self.report(
                    Fault::new(Code::Z05, written.bearer.span, text)
                        .with_help("和“分担”写同样的各方,次序也一样"),
                );
                return None;
            }
        }
        let amounts: Vec<ExprSyntax> = shares.iter().map(|share| share.share.clone()).collect();
        self.parts("分担", "方", &amounts, measure.shares.len(), whole, at)
    }

    /// Amounts that must be as many as the measure has parts and sum to the whole.
    fn parts(
        &mut self,
        keyword: &str,
        unit: &str,
        syntax: &[ExprSyntax],
        wanted: usize,
        whole: Option<Money>,
        at: Span,
    ) -> Option<(Vec<Money>, Span)> {
        if syntax.len() != wanted {
            let text = if wanted == 0 {
                format!("这个事项没有“{keyword}”")
            } else {
                format!(
                    "这个事项的{keyword}是 {wanted} {unit},举例写了 {} {unit}",
                    syntax.len()
                )
            };
            self.report(
                Fault::new(Code::Z05, at, text).with_help(format!("和事项的“{keyword}”对齐")),
            );
            return None;
        }
        let amounts = self.moneys(syntax, keyword)?;
        let sum = amounts
            .iter()
            .try_fold(Money::ZERO, |sum, amount| sum.checked_add(*amount).ok());
        if let (Some(sum), Some(whole)) = (sum, whole)
            && sum != whole
        {
            let text = format!(
                "{keyword}合计 {} 元,要分的是 {} 元",
                sum.grouped(),
                whole.grouped()
            );
            self.report(Fault::new(Code::Z05, at, text).with_help("各部分正好合成全额"));
            return None;
        }
        Some((amounts, at))
    }

    /// Constant amounts in whole fen, none below zero.
    fn moneys(&mut self, syntax: &[ExprSyntax], what: &str) -> Option<Vec<Money>> {
        let read: Vec<Option<Money>> = syntax
            .iter()
            .map(|amount| self.budget_money(amount, what))
            .collect();
        read.into_iter().collect()
    }

    /// Checks one case. `measures` are all that are declared; one that cannot be run leaves the
    /// case out, because its own fault has been reported.
    pub(crate) fn check_case(&mut self, syntax: &CaseSyntax, measures: &[Measure]) -> Option<Case> {
        let before = self.faults.len();
        let named = self.measures_named(&syntax.over);
        let first = named
            .first()
            .and_then(|id| measures.iter().find(|measure| measure.id == *id));
        let year = first.map(|measure| first_year(measure.validity));
        let rows: Vec<Option<CaseRow>> = syntax
            .rows
            .iter()
            .map(|row| self.case_row(row, syntax.over.len(), year.unwrap_or(0)))
            .collect();
        if self.faults.len() != before {
            return None;
        }
        let year = year?;
        Some(Case {
            name: syntax.name.text.clone(),
            policy: self.policy,
            measures: named,
            year,
            as_of: Date::new(i16::try_from(year).ok()?, 12, 31).ok()?,
            rows: rows.into_iter().collect::<Option<_>>()?,
            span: syntax.span,
        })
    }

    fn case_row(&mut self, syntax: &CaseRowSyntax, wanted: usize, year: i32) -> Option<CaseRow> {
        for (amounts, at, what) in [
            (&syntax.awards, syntax.awards_span, "应得"),
            (&syntax.results, syntax.results_span, "实付"),
        ] {
            if amounts.len() != wanted {
                let text = format!(
                    "算例列了 {wanted} 个事项,这一行的{what}是 {} 个金额",
                    amounts.len()
                );
                self.report(
                    Fault::new(Code::Z05, at, text)
                        .with_help("按“适用”后面的次序一个事项写一个金额,没有的写 0元"),
                );
            }
        }
        let awards = self.moneys(&syntax.awards, "应得的金额");
        let expected = self.moneys(&syntax.results, "实付的金额");
        let (facts, paid) = self.case_items(&syntax.items, year);
        Some(CaseRow {
            name: syntax.name.text.clone(),
            count: syntax.count,
            awards: awards?,
            facts,
            paid,
            expected: expected?,
            expected_span: syntax.results_span,
            span: syntax.span,
        })
    }

    /// The facts and earlier payments of one row.
    fn case_items(
        &mut self,
        items: &[ExampleItem],
        year: i32,
    ) -> (Vec<ExampleFact>, Vec<ExamplePaid>) {
        self.check_paid_years(items);
        let mut facts = Vec::new();
        let mut paid = Vec::new();
        for item in items {
            match &item.target {
                ExampleTarget::Fact { name, .. } if is_setting(&name.text) => {
                    self.report(
                        Fault::new(
                            Code::Z05,
                            item.span,
                            "算例按第一个事项有效的头一年算,不能另写年度和基准日",
                        )
                        .with_help("删去这一项;别的年度的事实写“@上年”这样的期间"),
                    );
                }
                ExampleTarget::Fact { name, period } => {
                    if let Some(fact) = self.example_fact(name, period.as_ref(), item) {
                        self.report_double(&fact, &facts, year, item.span);
                        facts.push(fact);
                    }
                }
                ExampleTarget::Paid { measure, period } => {
                    let Some(reference) = measure else {
                        self.report(
                            Fault::new(Code::Z05, item.span, "算例里没有“本事项”")
                                .with_help("写成“已付(事项编号) = 金额”"),
                        );
                        continue;
                    };
                    paid.extend(self.example_paid(Some(reference), *period, item));
                }
            }
        }
        (facts, paid)
    }
}

impl Scope<'_> {
    /// Earlier payments between two days: limits and budgets count by award year, which days do
    /// not tell.
    pub(crate) fn check_paid_years(&mut self, items: &[ExampleItem]) {
        for item in items {
            let ExampleTarget::Paid {
                period: Some(PaidPeriodSyntax::Dates(..)),
                ..
            } = &item.target
            else {
                continue;
            };
            self.report(
                Fault::new(
                    Code::Z05,
                    item.span,
                    "这里的已付要说明是哪个年度的兑付,起止日期说明不了",
                )
                .with_help("写兑付所属的年度,例如“上年”或“@2023”"),
            );
        }
    }
}

fn spanning(mut spans: impl Iterator<Item = Span>) -> Option<Span> {
    let first = spans.next()?;
    Some(spans.fold(first, Span::to))
}
