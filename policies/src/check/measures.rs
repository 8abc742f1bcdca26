//! From the statements of `事项` to a checked measure.

use std::sync::Arc;

use crate::check::constants::constant;
use crate::check::scope::Scope;
use crate::fault::{Code, Fault};
use crate::measure::expression::{ExprKind, Type, Value};
use crate::measure::{
    Award, AwardKind, Condition, Instalment, Measure, MeasureRef, Places, PolicyId, Share, Validity,
};
use crate::span::Span;
use crate::syntax::ast::{
    AwardSyntax, ExprSyntax, InstalmentSyntax, MeasureSyntax, Quoted, ShareSyntax, Statement,
    StatementKind,
};
use crate::syntax::words::{AwardUnit, Cadence, Delivery, RoundingWord, Ties};
use crate::values::{Date, Money, Number, Percent};

/// Where a measure stands.
pub(crate) struct Place {
    pub(crate) policy: PolicyId,
    pub(crate) article: Option<usize>,
    pub(crate) article_label: Option<String>,
}

/// What the statements have given so far.
#[derive(Default)]
struct Draft {
    delivery: Option<Delivery>,
    cadence: Option<Cadence>,
    first_time_only: bool,
    valid: Option<(Option<Date>, Option<Date>)>,
    basis: Vec<String>,
    fund: Option<MeasureRef>,
    exceptions: Vec<Condition>,
    conditions: Vec<Condition>,
    award: Option<Award>,
    places: Option<Places>,
    payable_from: Option<Money>,
    instalments: Vec<Instalment>,
    shares: Vec<Share>,
    payee: Option<crate::measure::expression::FactRead>,
    errata: Vec<String>,
}

impl Scope<'_> {
    /// Checks one measure. All its faults are collected in the scope; the measure comes out only
    /// where it has an award, so that nothing runs that is not whole.
    pub(crate) fn check_measure(
        &mut self,
        syntax: &MeasureSyntax,
        place: &Place,
    ) -> Option<Measure> {
        for statement in &syntax.statements {
            if let StatementKind::Let(definition) = &statement.kind {
                self.declare_let(definition);
            }
        }
        let mut draft = Draft::default();
        self.report_repeated(&syntax.statements);
        for statement in &syntax.statements {
            self.check_statement(statement, &mut draft);
        }
        self.report_lacking(syntax, &draft);
        let region = self
            .globals
            .policies
            .get(place.policy.0)
            .map(|policy| policy.region)?;
        let validity = self.validity(draft.valid, place.policy, syntax.id.span)?;
        let award = draft.award?;
        let mut basis: Vec<String> = place.article_label.iter().cloned().collect();
        basis.extend(draft.basis);
        Some(Measure {
            id: self.measure.clone()?,
            name: syntax
                .name
                .as_ref()
                .map_or_else(|| syntax.id.text.clone(), |name| name.text.clone()),
            policy: place.policy,
            basis,
            article: place.article,
            delivery: draft.delivery.unwrap_or(Delivery::Application),
            cadence: draft.cadence.unwrap_or(Cadence::Yearly),
            first_time_only: draft.first_time_only,
            region,
            validity,
            fund: draft.fund,
            bindings: self.bindings.clone(),
            exceptions: draft.exceptions,
            conditions: draft.conditions,
            award,
            places: draft.places,
            payable_from: draft.payable_from,
            instalments: draft.instalments,
            shares: draft.shares,
            payee: draft.payee,
            errata: draft.errata,
            examples: Vec::new(),
            span: syntax.span,
        })
    }

    /// What no measure can do without.
    fn report_lacking(&mut self, syntax: &MeasureSyntax, draft: &Draft) {
        if draft.conditions.is_empty() {
            self.report(
                Fault::new(
                    Code::Z05,
                    syntax.id.span,
                    format!("事项“{}”没有资格", syntax.id.text),
                )
                .with_help("写“资格 \"名称\" 条件”;对谁都适用的写“资格 是”"),
            );
        }
        let has_award = syntax.statements.iter().any(|statement| {
            matches!(
                statement.kind,
                StatementKind::Award(_) | StatementKind::AwardCeiling(_)
            )
        });
        if !has_award {
            self.report(
                Fault::new(
                    Code::Z05,
                    syntax.id.span,
                    format!("事项“{}”没有金额", syntax.id.text),
                )
                .with_help("写“金额 式子 取整 元 四舍五入”,只说最高额的写“上限金额 …”"),
            );
        }
    }

    fn check_statement(&mut self, statement: &Statement, draft: &mut Draft) {
        match &statement.kind {
            StatementKind::Delivery(delivery) => draft.delivery = Some(*delivery),
            StatementKind::Cadence(cadence) => draft.cadence = Some(*cadence),
            StatementKind::FirstTimeOnly => draft.first_time_only = true,
            StatementKind::Valid { from, to } => draft.valid = Some((*from, *to)),
            StatementKind::Basis(text) => draft.basis.push(text.text.clone()),
            StatementKind::Fund(reference) => match self.globals.fund_ref(self.policy, reference) {
                Ok(fund) => draft.fund = Some(fund),
                Err(fault) => self.report(fault),
            },
            StatementKind::Let(_) | StatementKind::Example(_) => {}
            StatementKind::Condition { label, expression } => {
                let condition = self.condition(label.as_ref(), expression, statement.span, "资格");
                draft.conditions.push(condition);
            }
            StatementKind::Exception { label, expression } => {
                let condition = self.condition(label.as_ref(), expression, statement.span, "除外");
                draft.exceptions.push(condition);
            }
            StatementKind::Award(award) => {
                draft.award = self.award(award, AwardKind::Amount, statement);
            }
            StatementKind::AwardCeiling(award) => {
                draft.award = self.award(award, AwardKind::Ceiling, statement);
            }
            StatementKind::Places { count, by, ties } => {
                draft.places = self.places(*count, by, *ties, statement.span);
            }
            StatementKind::PayableFrom(amount) => {
                draft.payable_from = self.budget_money(amount, "起付");
            }
            StatementKind::Instalments(parts) => draft.instalments = self.instalments(parts),
            StatementKind::Shares(parts) => draft.shares = self.shares(parts),
            StatementKind::Erratum(text) => draft.errata.push(text.text.clone()),
            StatementKind::Payee(name) => draft.payee = self.payee(name),
        }
    }

    /// Statements of which a measure has at most one.
    fn report_repeated(&mut self, statements: &[Statement]) {
        let mut seen: Vec<(&'static str, Span)> = Vec::new();
        for statement in statements {
            let Some(word) = single(&statement.kind) else {
                continue;
            };
            match seen.iter().find(|(earlier, _)| *earlier == word) {
                Some((_, first)) => {
                    let fault = Fault::new(
                        Code::Z05,
                        statement.keyword_span,
                        format!("一个事项只能有一条“{word}”"),
                    )
                    .with_related(*first, "前一条在这里")
                    .with_help("删去一条,或分成两个事项");
                    self.report(fault);
                }
                None => seen.push((word, statement.keyword_span)),
            }
        }
    }

    fn validity(
        &mut self,
        valid: Option<(Option<Date>, Option<Date>)>,
        policy: PolicyId,
        at: Span,
    ) -> Option<Validity> {
        let policy = self.globals.policies.get(policy.0)?;
        let (from, to) = valid.unwrap_or((None, None));
        let to = match (to, policy.expires) {
            (Some(own), Some(whole)) => Some(own.min(whole)),
            (own, whole) => own.or(whole),
        };
        let validity = Validity {
            from: from.map_or(policy.effective, |own| own.max(policy.effective)),
            to,
        };
        if validity.to.is_some_and(|to| to < validity.from) {
            self.report(
                Fault::new(
                    Code::W04,
                    at,
                    format!(
                        "有效期从 {} 到 {} 没有一天",
                        validity.from,
                        to.unwrap_or(validity.from)
                    ),
                )
                .with_help("核对“有效”和文件开头的 effective、expires"),
            );
        }
        Some(validity)
    }

    fn condition(
        &mut self,
        label: Option<&Quoted>,
        expression: &ExprSyntax,
        span: Span,
        what: &str,
    ) -> Condition {
        Condition {
            label: label.map(|label| label.text.clone()),
            expression: self.lower_boolean(expression, what),
            text: self.globals.text(expression.span).to_owned(),
            span,
        }
    }

    fn award(
        &mut self,
        syntax: &AwardSyntax,
        kind: AwardKind,
        statement: &Statement,
    ) -> Option<Award> {
        let expression = self.lower_as(&syntax.expression, &Type::Money, "金额");
        if syntax.rounding.is_none() {
            self.report(
                Fault::new(Code::Z05, statement.span, "金额没有写怎样取整")
                    .with_help("在后面加“取整 元 四舍五入”(单位:分 角 元 十元 百元 千元 万元;方式:四舍五入 舍去 进位)"),
            );
        }
        let (unit, rounding) = syntax
            .rounding
            .unwrap_or((AwardUnit::Fen, RoundingWord::Down));
        Some(Award {
            expression,
            unit,
            rounding,
            kind,
            text: self.globals.text(syntax.expression.span).to_owned(),
            span: statement.span,
        })
    }

    fn places(
        &mut self,
        count: u64,
        by: &ExprSyntax,
        ties: Option<Ties>,
        span: Span,
    ) -> Option<Places> {
        if count == 0 {
            self.report(Fault::new(Code::Z05, span, "名额至少是 1"));
        }
        let by_value = self.lower(by);
        if !self.is_ordered(&by_value.value_type) {
            self.report(Fault::new(
                Code::Z03,
                by.span,
                format!("{}排不出先后", super::types::name(&by_value.value_type)),
            ));
            return None;
        }
        Some(Places {
            count,
            by: by_value.expr,
            ties: ties.unwrap_or(Ties::Miss),
            span,
        })
    }

    /// A constant amount in whole fen, not below zero.
    pub(crate) fn budget_money(&mut self, syntax: &ExprSyntax, what: &str) -> Option<Money> {
        let money = self.constant_money(syntax, what)?;
        if money < Money::ZERO {
            self.report(Fault::new(
                Code::Z03,
                syntax.span,
                format!("{what}不能小于零"),
            ));
        }
        Some(money)
    }

    /// A constant amount in whole fen.
    pub(crate) fn constant_money(&mut self, syntax: &ExprSyntax, what: &str) -> Option<Money> {
        let expr = self.lower_as(syntax, &Type::Money, what);
        if expr.kind == ExprKind::Invalid {
            return None;
        }
        let money = match constant(&expr) {
            Some(Value::Money(fen)) => Money::from_exact_fen(&fen).ok(),
            _other => None,
        };
        if money.is_none() {
            self.report(
                Fault::new(Code::Z03, syntax.span, format!("{what}应当是定额,精确到分"))
                    .with_help("写成“3万元”这样的金额"),
            );
        }
        money
    }

    fn part(&mut self, syntax: &ExprSyntax, what: &str) -> Option<Number> {
        let expr = self.lower_as(syntax, &Type::Number, what);
        match constant(&expr) {
            Some(Value::Number(part)) if !part.is_negative() => Some(part),
            _other if expr.kind == ExprKind::Invalid => None,
            _other => {
                self.report(Fault::new(
                    Code::Z03,
                    syntax.span,
                    format!("{what}应当是定数,例如 60%"),
                ));
                None
            }
        }
    }

    fn whole(&mut self, parts: &[Number], at: Option<Span>, what: &str) {
        let mut sum = Number::zero();
        for part in parts {
            if let Ok(more) = sum.checked_add(part) {
                sum = more;
            }
        }
        if let Some(at) = at
            && sum != Number::one()
        {
            let percent = sum
                .checked_mul(&Number::from_i64(100))
                .map_or_else(|_| String::new(), |percent| percent.to_string());
            self.report(
                Fault::new(
                    Code::Z05,
                    at,
                    format!("{what}合计是 {percent}%,应当是 100%"),
                )
                .with_help("改到正好 100%"),
            );
        }
    }

    fn instalments(&mut self, parts: &[InstalmentSyntax]) -> Vec<Instalment> {
        let mut shares = Vec::with_capacity(parts.len());
        let mut instalments = Vec::with_capacity(parts.len());
        for part in parts {
            let share = self.part(&part.share, "分期");
            let condition = part
                .condition
                .as_ref()
                .map(|condition| self.lower_boolean(condition, "“若”后面"));
            if let Some(share) = share {
                shares.push(share.clone());
                instalments.push(Instalment {
                    share: Percent::from_value(share),
                    condition,
                });
            }
        }
        let at = spanning(parts.iter().map(|part| part.share.span));
        if shares.len() == parts.len() {
            self.whole(&shares, at, "各期");
        }
        instalments
    }

    fn shares(&mut self, parts: &[ShareSyntax]) -> Vec<Share> {
        let mut numbers = Vec::with_capacity(parts.len());
        let mut shares = Vec::with_capacity(parts.len());
        for part in parts {
            if shares
                .iter()
                .any(|other: &Share| other.bearer == part.bearer.text)
            {
                self.report(
                    Fault::new(
                        Code::Z05,
                        part.bearer.span,
                        format!("“{}”分担了两次", part.bearer.text),
                    )
                    .with_help("合并成一项"),
                );
            }
            if let Some(share) = self.part(&part.share, "分担") {
                numbers.push(share.clone());
                shares.push(Share {
                    bearer: part.bearer.text.clone(),
                    share: Percent::from_value(share),
                });
            }
        }
        let at = spanning(
            parts
                .iter()
                .map(|part| part.bearer.span.to(part.share.span)),
        );
        if numbers.len() == parts.len() {
            self.whole(&numbers, at, "分担");
        }
        shares
    }

    fn payee(
        &mut self,
        name: &crate::syntax::ast::Name,
    ) -> Option<crate::measure::expression::FactRead> {
        let expr = self.lower_as(
            &ExprSyntax {
                kind: crate::syntax::ast::ExprSyntaxKind::Name {
                    name: name.clone(),
                    period: None,
                },
                span: name.span,
            },
            &Type::Text,
            "收款方",
        );
        if let ExprKind::Fact(read) = expr.kind {
            return Some(read);
        }
        if expr.kind != ExprKind::Invalid {
            self.report(
                Fault::new(Code::Z03, name.span, "收款方应当是一个文本事实")
                    .with_help("在词汇表里声明一个写收款方名称的事实"),
            );
        }
        None
    }

    /// The full name of a measure of this policy.
    pub(crate) fn own_name(&self, id: &str) -> MeasureRef {
        MeasureRef(Arc::from(format!(
            "{}/{id}",
            self.globals.policy_id(self.policy)
        )))
    }
}

fn spanning(mut spans: impl Iterator<Item = Span>) -> Option<Span> {
    let first = spans.next()?;
    Some(spans.fold(first, Span::to))
}

/// The keyword of a statement that stands at most once.
fn single(kind: &StatementKind) -> Option<&'static str> {
    match kind {
        StatementKind::Delivery(_) => Some("方式"),
        StatementKind::Cadence(_) => Some("周期"),
        StatementKind::FirstTimeOnly => Some("仅限首次"),
        StatementKind::Valid { .. } => Some("有效"),
        StatementKind::Fund(_) => Some("资金"),
        StatementKind::Award(_) | StatementKind::AwardCeiling(_) => Some("金额"),
        StatementKind::Places { .. } => Some("名额"),
        StatementKind::PayableFrom(_) => Some("起付"),
        StatementKind::Instalments(_) => Some("分期"),
        StatementKind::Shares(_) => Some("分担"),
        StatementKind::Payee(_) => Some("收款方"),
        StatementKind::Basis(_)
        | StatementKind::Let(_)
        | StatementKind::Condition { .. }
        | StatementKind::Exception { .. }
        | StatementKind::Erratum(_)
        | StatementKind::Example(_) => None,
    }
}
