//! Funds, caps and highest-of groups.

use std::collections::BTreeSet;

use crate::check::constants::constant_number;
use crate::check::expression::read_of;
use crate::check::scope::Scope;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Expr, Type};
use crate::measure::{Cap, Fund, FundRule, HighestOf, MeasureRef};
use crate::syntax::ast::{
    CapSyntax, ExprSyntax, FundRuleSyntax, FundSyntax, HighestOfSyntax, Name, Reference,
};
use crate::values::Money;
use crate::vocabulary::{FactId, FactType};

impl Scope<'_> {
    pub(crate) fn check_fund(&mut self, syntax: &FundSyntax) -> Fund {
        let budget = self
            .budget_money(&syntax.budget, "预算")
            .unwrap_or(Money::ZERO);
        let rule = match &syntax.rule {
            FundRuleSyntax::ProRata => FundRule::ProRata,
            FundRuleSyntax::FirstCome(key) => {
                FundRule::FirstCome(key.as_ref().map(|key| self.ranking_key(key)))
            }
            FundRuleSyntax::Ranked(key) => FundRule::Ranked(self.ranking_key(key)),
            FundRuleSyntax::Stop => FundRule::Stop,
            FundRuleSyntax::ByWeight(weight) => FundRule::ByWeight(self.weight(weight)),
        };
        Fund {
            id: self.own_name(&syntax.id.text),
            name: name_of(syntax.name.as_ref(), &syntax.id),
            policy: self.policy,
            budget,
            rule,
            bindings: self.bindings.clone(),
            span: syntax.span,
        }
    }

    fn ranking_key(&mut self, syntax: &ExprSyntax) -> Expr {
        let key = self.lower(syntax);
        if !self.is_ordered(&key.value_type) {
            self.report(Fault::new(
                Code::Z03,
                syntax.span,
                format!("{}排不出先后", super::types::name(&key.value_type)),
            ));
        }
        key.expr
    }

    fn weight(&mut self, syntax: &ExprSyntax) -> Expr {
        let weight = self.lower(syntax);
        if !matches!(
            weight.value_type,
            Type::Money | Type::Number | Type::Invalid | Type::Unknown
        ) {
            self.report(Fault::new(
                Code::Z03,
                syntax.span,
                format!(
                    "权重应当是数或金额,这里是{}",
                    super::types::name(&weight.value_type)
                ),
            ));
        }
        weight.expr
    }

    pub(crate) fn check_cap(&mut self, syntax: &CapSyntax) -> Cap {
        let limit = self.lower_as(&syntax.limit, &Type::Money, "限额");
        self.report_empty_limit(&limit, syntax);
        Cap {
            id: self.own_name(&syntax.id.text),
            name: name_of(syntax.name.as_ref(), &syntax.id),
            policy: self.policy,
            limit,
            bindings: self.bindings.clone(),
            over: self.measures_named(&syntax.over),
            window: syntax.window,
            by: syntax.by.as_ref().and_then(|name| self.shared_fact(name)),
            split: syntax.split,
            span: syntax.span,
        }
    }

    /// A limit that is known and leaves nothing.
    fn report_empty_limit(&mut self, limit: &Expr, syntax: &CapSyntax) {
        let Some(known) = constant_number(limit) else {
            return;
        };
        if known.is_negative() {
            self.report(
                Fault::new(Code::Z03, syntax.limit.span, "限额不能小于零")
                    .with_help("写最多能发的金额"),
            );
        } else if known.is_zero() {
            let text = format!("限额“{}”是零,所列的事项都发不出", syntax.id.text);
            self.report(
                Fault::new(Code::W04, syntax.limit.span, text)
                    .with_help("核对原文的上限;不再发放的,删去事项或写“有效 ..日期”"),
            );
        }
    }

    pub(crate) fn check_highest_of(&mut self, syntax: &HighestOfSyntax) -> HighestOf {
        if syntax.over.len() < 2 {
            self.report(
                Fault::new(Code::Z05, syntax.id.span, "“就高”至少要两个事项")
                    .with_help("在“适用”后面列出事项,用逗号隔开"),
            );
        }
        HighestOf {
            id: self.own_name(&syntax.id.text),
            name: name_of(syntax.name.as_ref(), &syntax.id),
            policy: self.policy,
            over: self.measures_named(&syntax.over),
            by: syntax.by.as_ref().and_then(|name| self.shared_fact(name)),
            span: syntax.span,
        }
    }

    pub(crate) fn measures_named(&mut self, references: &[Reference]) -> Vec<MeasureRef> {
        let mut seen = BTreeSet::new();
        let mut named = Vec::with_capacity(references.len());
        for reference in references {
            match self.globals.measure_ref(self.policy, reference) {
                Ok(id) if seen.insert(id.clone()) => named.push(id),
                Ok(id) => self.report(Fault::new(
                    Code::Z05,
                    reference.span,
                    format!("“{id}”列了两次"),
                )),
                Err(fault) => self.report(fault),
            }
        }
        named
    }

    fn shared_fact(&mut self, name: &Name) -> Option<FactId> {
        let fact = self.globals.vocabulary.find(&name.text);
        if fact.is_none() {
            let near = super::nearest::nearest(&name.text, self.globals.fact_names());
            let fault = Fault::new(Code::Z02, name.span, format!("没有叫“{}”的事实", name.text));
            self.report(match near {
                Some(near) => fault.with_help(format!("想写的是“{near}”吗?")),
                None => fault.with_help("“按”后面写企业共有的事实,例如“按 集团代码”"),
            });
        }
        let fact = fact?;
        let declared = self.globals.vocabulary.fact(fact);
        let is_key = match &declared.fact_type {
            FactType::Text | FactType::Code(_) | FactType::Enum(_) => true,
            FactType::Money
            | FactType::Number
            | FactType::Boolean
            | FactType::Date
            | FactType::Set(_)
            | FactType::List(_) => false,
        };
        if !is_key {
            let kind = super::types::name(&super::types::of_fact(&declared.fact_type, fact));
            self.report(
                Fault::new(
                    Code::Z03,
                    name.span,
                    format!("企业不能按“{}”归到一起:它是{kind}", name.text),
                )
                .with_help("“按”后面写企业共有的代码或名称,例如“按 集团代码”"),
            );
            return None;
        }
        if read_of(declared, None).is_err() {
            self.report(
                Fault::new(
                    Code::Z07,
                    name.span,
                    format!("“{}”一年有几个值,不能用来归并企业", name.text),
                )
                .with_help("“按”后面写全年或基准日只有一个值的事实"),
            );
            return None;
        }
        Some(fact)
    }
}

fn name_of(quoted: Option<&crate::syntax::ast::Quoted>, id: &Name) -> String {
    quoted.map_or_else(|| id.text.clone(), |name| name.text.clone())
}
