//! Function calls: which arguments each function takes, and the type it gives.

use crate::check::expression::aggregates::Refused;
use crate::check::scope::{Scope, Typed};
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Expr, ExprKind, PeriodRead, Type, Value};
use crate::span::Span;
use crate::syntax::ast::{ExprSyntax, ExprSyntaxKind, PeriodSyntax, YearSyntax};
use crate::syntax::words::Function;

impl Scope<'_> {
    pub(super) fn lower_call(
        &mut self,
        function: Function,
        function_span: Span,
        arguments: &[ExprSyntax],
        filter: Option<&ExprSyntax>,
        span: Span,
    ) -> Typed {
        if let Some((first, rest)) = arguments.split_first() {
            if function != Function::Missing {
                match self.list_of(first) {
                    Ok(Some(list)) => {
                        return self.lower_aggregate(function, list, rest, filter, span);
                    }
                    Ok(None) => {}
                    Err(Refused) => return Typed::invalid(span),
                }
            }
            if function == Function::CompoundGrowthAtLeast {
                return self.lower_compound_growth(arguments, span);
            }
        }
        if let Some(filter) = filter {
            return self.refuse(
                Fault::new(Code::Z03, filter.span, "“其中”只能用在明细上")
                    .with_help("第一项写明细事实的名字,例如“计数(新增员工 其中 …)”"),
            );
        }
        let values: Vec<Typed> = arguments
            .iter()
            .map(|argument| self.lower(argument))
            .collect();
        match self.signature_here(function, &values) {
            Ok(value_type) => {
                let mut expressions: Vec<Expr> =
                    values.into_iter().map(|value| value.expr).collect();
                if function == Function::Missing
                    && let Some(only) = expressions.pop()
                {
                    return Typed::new(ExprKind::Missing(Box::new(only)), value_type, span);
                }
                Typed::new(ExprKind::Call(function, expressions), value_type, span)
            }
            Err(Misuse::Count(wanted)) => self.refuse(Fault::new(
                Code::Z03,
                function_span,
                format!(
                    "“{}”要{wanted},这里有 {} 项",
                    self.globals.text(function_span),
                    values.len()
                ),
            )),
            Err(Misuse::Argument(index, wanted)) => {
                let at = arguments.get(index).map_or(span, |argument| argument.span);
                let found = values
                    .get(index)
                    .map_or_else(String::new, |value| types::name(&value.value_type));
                self.refuse(Fault::new(
                    Code::Z03,
                    at,
                    format!("这里应当是{wanted},写的是{found}"),
                ))
            }
        }
    }

    /// The signature, where texts are ranked only in conformance cases.
    fn signature_here(&self, function: Function, values: &[Typed]) -> Result<Type, Misuse> {
        let found = signature(function, values)?;
        if matches!(function, Function::Min | Function::Max) && !self.is_ordered(&found) {
            return Err(Misuse::Argument(0, "金额、数或日期"));
        }
        Ok(found)
    }

    /// `复合增速不低于(x, n, r)` compares x with x@年-n × (1 + r)ⁿ.
    fn lower_compound_growth(&mut self, arguments: &[ExprSyntax], span: Span) -> Typed {
        let [fact, years, rate] = arguments else {
            return self.refuse(Fault::new(
                Code::Z03,
                span,
                "应当写成“复合增速不低于(事实, 年数, 增速)”",
            ));
        };
        let now = self.lower(fact);
        let count = self.lower(years);
        let rate = self.lower_as(rate, &Type::Number, "增速");
        let whole = match super::super::constants::constant(&count.expr) {
            Some(Value::Number(number)) => number.to_i64().filter(|count| (1..=30).contains(count)),
            _other => None,
        };
        let (Some(whole), ExprSyntaxKind::Name { name, period: None }) = (whole, &fact.kind) else {
            return self.refuse(
                Fault::new(
                    Code::Z03,
                    span,
                    "复合增速要一个按年的事实和 1 到 30 的整年数",
                )
                .with_help("例如“复合增速不低于(营业收入, 2, 20%)”"),
            );
        };
        if !matches!(now.value_type, Type::Money | Type::Number | Type::Invalid) {
            return self.refuse(Fault::new(
                Code::Z03,
                fact.span,
                format!("复合增速要金额或数,这里是{}", types::name(&now.value_type)),
            ));
        }
        let is_status = matches!(
            &now.expr.kind,
            ExprKind::Fact(read) if read.period == PeriodRead::Status
        );
        if is_status {
            return self.refuse(
                Fault::new(
                    Code::Z07,
                    fact.span,
                    "复合增速要一个按年的事实,它是基准日的状态",
                )
                .with_help("例如“复合增速不低于(营业收入, 2, 20%)”"),
            );
        }
        let offset = i32::try_from(whole).unwrap_or(1).saturating_neg();
        let earlier = PeriodSyntax {
            kind: crate::syntax::ast::PeriodSyntaxKind::Year(YearSyntax::Offset(offset), None),
            span: fact.span,
        };
        let before = self.lower(&ExprSyntax {
            kind: ExprSyntaxKind::Name {
                name: name.clone(),
                period: Some(earlier),
            },
            span: fact.span,
        });
        Typed::new(
            ExprKind::Call(
                Function::CompoundGrowthAtLeast,
                vec![now.expr, before.expr, count.expr, rate],
            ),
            Type::Boolean,
            span,
        )
    }
}

/// What is wrong with the arguments of a call.
enum Misuse {
    /// How many are wanted.
    Count(&'static str),
    /// The place of the wrong one, and what is wanted there.
    Argument(usize, &'static str),
}

/// The type that a call gives, or what is wrong with its arguments.
#[expect(
    clippy::too_many_lines,
    reason = "one row for each function; a table is read as one piece"
)]
fn signature(function: Function, values: &[Typed]) -> Result<Type, Misuse> {
    match function {
        Function::Min | Function::Max => {
            let inner = uniform(values)?;
            if types::is_ordered(&inner) {
                Ok(inner)
            } else {
                Err(Misuse::Argument(0, "可比较大小的值"))
            }
        }
        Function::Sum | Function::Mean | Function::Median => {
            let inner = uniform(values)?;
            if matches!(
                inner,
                Type::Money | Type::Number | Type::Unknown | Type::Invalid
            ) {
                Ok(inner)
            } else {
                Err(Misuse::Argument(0, "金额或数"))
            }
        }
        Function::Product => exactly(uniform(values)?, Type::Number),
        Function::Mode => Ok(Type::Sequence(Box::new(uniform(values)?))),
        Function::Count => uniform(values).map(|_| Type::Number),
        Function::Any | Function::All => exactly(uniform(values)?, Type::Boolean),
        Function::Missing => count(values, 1, 1, "1 项").map(|()| Type::Boolean),
        Function::Is => count(values, 2, 2, "2 项").map(|()| Type::Boolean),
        Function::Absolute => {
            count(values, 1, 1, "1 项")?;
            amount(values, 0)
        }
        Function::Modulo => {
            count(values, 2, 2, "2 项")?;
            each(values, &[&Type::Number, &Type::Number], Type::Number)
        }
        Function::Floor | Function::Ceiling => {
            count(values, 1, 2, "1 或 2 项")?;
            number_at(values, 1)?;
            amount(values, 0)
        }
        Function::Decimal
        | Function::RoundHalfUp
        | Function::RoundHalfDown
        | Function::RoundUp
        | Function::RoundDown => {
            count(values, 2, 2, "2 项(数, 小数位)")?;
            number_at(values, 1)?;
            amount(values, 0)
        }
        Function::Even | Function::Odd => {
            count(values, 1, 1, "1 项")?;
            each(values, &[&Type::Number], Type::Boolean)
        }
        Function::EndsWith | Function::Contains | Function::StartsWith => {
            count(values, 2, 2, "2 项")?;
            each(values, &[&Type::Text, &Type::Text], Type::Boolean)
        }
        Function::StringLength => {
            count(values, 1, 1, "1 项")?;
            each(values, &[&Type::Text], Type::Number)
        }
        Function::Substring => {
            count(values, 2, 3, "2 或 3 项")?;
            each(
                values,
                &[&Type::Text, &Type::Number, &Type::Number],
                Type::Text,
            )
        }
        Function::SubstringBefore | Function::SubstringAfter => {
            count(values, 2, 2, "2 项")?;
            each(values, &[&Type::Text, &Type::Text], Type::Text)
        }
        Function::UpperCase | Function::LowerCase => {
            count(values, 1, 1, "1 项")?;
            each(values, &[&Type::Text], Type::Text)
        }
        Function::StringJoin => string_join(values),
        Function::String => count(values, 1, 1, "1 项").map(|()| Type::Text),
        Function::Number => {
            count(values, 1, 3, "1 到 3 项")?;
            each(
                values,
                &[&Type::Text, &Type::Text, &Type::Text],
                Type::Number,
            )
        }
        Function::Date => date(values),
        Function::Year
        | Function::Month
        | Function::Day
        | Function::DayOfYear
        | Function::WeekOfYear => {
            count(values, 1, 1, "1 项")?;
            each(values, &[&Type::Date], Type::Number)
        }
        Function::CompoundGrowthAtLeast => Err(Misuse::Count("3 项(事实, 年数, 增速)")),
    }
}

fn count(values: &[Typed], least: usize, most: usize, wanted: &'static str) -> Result<(), Misuse> {
    if (least..=most).contains(&values.len()) {
        Ok(())
    } else {
        Err(Misuse::Count(wanted))
    }
}

/// The one type of all arguments, or of the items of a single sequence.
fn uniform(values: &[Typed]) -> Result<Type, Misuse> {
    if let [only] = values
        && let Type::Sequence(inner) = &only.value_type
    {
        return Ok((**inner).clone());
    }
    if values.is_empty() {
        return Err(Misuse::Count("至少 1 项"));
    }
    let mut common = Type::Unknown;
    for (index, value) in values.iter().enumerate() {
        if !types::fits(&value.value_type, &common) {
            return Err(Misuse::Argument(index, "与前面同一类型的值"));
        }
        common = types::joined(&common, &value.value_type);
    }
    Ok(common)
}

fn exactly(found: Type, wanted: Type) -> Result<Type, Misuse> {
    if types::fits(&found, &wanted) {
        return Ok(wanted);
    }
    Err(Misuse::Argument(
        0,
        if wanted == Type::Boolean {
            "判断(是或否)"
        } else {
            "数"
        },
    ))
}

fn amount(values: &[Typed], index: usize) -> Result<Type, Misuse> {
    match values.get(index).map(|value| &value.value_type) {
        Some(found @ (Type::Money | Type::Number | Type::Invalid)) => Ok(found.clone()),
        Some(Type::Unknown) => Ok(Type::Number),
        _other => Err(Misuse::Argument(index, "数或金额")),
    }
}

fn number_at(values: &[Typed], index: usize) -> Result<(), Misuse> {
    match values.get(index) {
        Some(value) if !types::fits(&value.value_type, &Type::Number) => {
            Err(Misuse::Argument(index, "数"))
        }
        _other => Ok(()),
    }
}

fn each(values: &[Typed], wanted: &[&Type], result: Type) -> Result<Type, Misuse> {
    for (index, (value, wanted)) in values.iter().zip(wanted).enumerate() {
        if !types::fits(&value.value_type, wanted) {
            let what = if **wanted == Type::Number {
                "数"
            } else if **wanted == Type::Date {
                "日期"
            } else {
                "文本"
            };
            return Err(Misuse::Argument(index, what));
        }
    }
    Ok(result)
}

fn string_join(values: &[Typed]) -> Result<Type, Misuse> {
    count(values, 1, 2, "1 或 2 项")?;
    let items = values.first().map(|value| &value.value_type);
    let texts = match items {
        Some(Type::Sequence(inner)) => types::fits(inner, &Type::Text),
        Some(other) => types::fits(other, &Type::Text),
        None => false,
    };
    if !texts {
        return Err(Misuse::Argument(0, "一列文本"));
    }
    match values.get(1) {
        Some(separator) if !types::fits(&separator.value_type, &Type::Text) => {
            Err(Misuse::Argument(1, "文本"))
        }
        _other => Ok(Type::Text),
    }
}

fn date(values: &[Typed]) -> Result<Type, Misuse> {
    match values {
        [only] if matches!(only.value_type, Type::Date) => Ok(Type::Date),
        [_] => each(values, &[&Type::Text], Type::Date),
        [_, _, _] => each(
            values,
            &[&Type::Number, &Type::Number, &Type::Number],
            Type::Date,
        ),
        _other => Err(Misuse::Count("1 项(文本)或 3 项(年, 月, 日)")),
    }
}
