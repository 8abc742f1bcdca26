//! Aggregates over the records of a list fact.

use crate::check::scope::{Scope, Typed};
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Aggregate, Expr, ExprKind, FactRead, Type};
use crate::span::Span;
use crate::syntax::ast::{ExprSyntax, ExprSyntaxKind};
use crate::syntax::words::Function;
use crate::vocabulary::FactType;

/// A fault has been reported.
pub(super) struct Refused;

impl Scope<'_> {
    /// The list fact that an argument names, if it names one; `Err` where its period has been
    /// refused.
    pub(super) fn list_of(&mut self, argument: &ExprSyntax) -> Result<Option<FactRead>, Refused> {
        let ExprSyntaxKind::Name { name, .. } = &argument.kind else {
            return Ok(None);
        };
        let Some(fact) = self.globals.vocabulary.find(&name.text) else {
            return Ok(None);
        };
        if self.binding_of_let(&name.text).is_some()
            || !matches!(
                self.globals.vocabulary.fact(fact).fact_type,
                FactType::List(_)
            )
        {
            return Ok(None);
        }
        if let ExprKind::Fact(read) = self.lower(argument).expr.kind {
            Ok(Some(read))
        } else {
            Err(Refused)
        }
    }

    pub(super) fn lower_aggregate(
        &mut self,
        function: Function,
        list: FactRead,
        arguments: &[ExprSyntax],
        filter: Option<&ExprSyntax>,
        span: Span,
    ) -> Typed {
        let outer = self.record.replace(list.fact);
        let filter_expr = filter.map(|condition| self.lower_boolean(condition, "“其中”后面"));
        let lowered = match arguments {
            [] => None,
            [value] => Some(self.lower(value)),
            [_, extra, ..] => {
                self.record = outer;
                return self.refuse(
                    Fault::new(Code::Z03, extra.span, "这里多了一项")
                        .with_help("写成“合计(明细, 式子 其中 条件)”"),
                );
            }
        };
        self.record = outer;
        match self.aggregate_type(function, lowered.as_ref(), filter_expr.is_some(), span) {
            Ok(value_type) => {
                let (value, filter) = condition_as_value(function, lowered, filter_expr);
                Typed::new(
                    ExprKind::Aggregate(Box::new(Aggregate {
                        function,
                        list,
                        value,
                        filter,
                    })),
                    value_type,
                    span,
                )
            }
            Err(fault) => self.refuse(fault),
        }
    }

    fn aggregate_type(
        &self,
        function: Function,
        value: Option<&Typed>,
        filtered: bool,
        span: Span,
    ) -> Result<Type, Fault> {
        let need = |form: &str| Fault::new(Code::Z03, span, format!("应当写成“{form}”"));
        let value_type = value.map(|typed| typed.value_type.clone());
        match (function, value_type) {
            (Function::Count, None) => Ok(Type::Number),
            (Function::Count, Some(_)) => Err(need("计数(明细 其中 条件)")),
            (Function::Any, None) if filtered => Ok(Type::Boolean),
            (Function::Any | Function::All, Some(Type::Boolean | Type::Invalid)) => {
                Ok(Type::Boolean)
            }
            (Function::Any, _) => Err(need("存在(明细 其中 条件)")),
            (Function::All, _) => Err(need("全部(明细, 条件)")),
            (
                Function::Sum | Function::Mean | Function::Min | Function::Max,
                Some(found @ (Type::Money | Type::Number | Type::Invalid | Type::Unknown)),
            ) => Ok(found),
            (Function::Min | Function::Max, Some(Type::Date)) => Ok(Type::Date),
            (Function::Sum | Function::Mean | Function::Min | Function::Max, Some(found)) => {
                Err(Fault::new(
                    Code::Z03,
                    span,
                    format!("这里应当是金额或数,算出来的是{}", types::name(&found)),
                ))
            }
            (Function::Sum, None) => Err(need("合计(明细, 式子 其中 条件)")),
            (Function::Mean, None) => Err(need("平均(明细, 式子 其中 条件)")),
            (Function::Min, None) => Err(need("最小(明细, 式子 其中 条件)")),
            (Function::Max, None) => Err(need("最大(明细, 式子 其中 条件)")),
            (_other, _) => Err(Fault::new(Code::Z03, span, "这个函数不能用在明细上")
                .with_help("明细上可用:合计 计数 平均 最大 最小 存在 全部")),
        }
    }
}

/// `存在(明细 其中 c)` asks for a record where c holds: c is its value, and nothing filters.
fn condition_as_value(
    function: Function,
    value: Option<Typed>,
    filter: Option<Expr>,
) -> (Option<Expr>, Option<Expr>) {
    let value = value.map(|typed| typed.expr);
    match (function, value) {
        (Function::Any, None) => (filter, None),
        (_, value) => (value, filter),
    }
}
