//! What a name stands for: a field, an intermediate value, a fact, a definition, a parameter or a
//! builtin, looked for in this order.

use crate::check::scope::{Scope, Typed};
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Arithmetic, Expr, ExprKind, FactRead, Type, Value};
use crate::span::Span;
use crate::syntax::ast::{Name, PeriodSyntax, PeriodSyntaxKind, YearSyntax};
use crate::values::Number;
use crate::vocabulary::{FactType, Field};

/// The names that the notation itself gives a meaning to.
pub(crate) const BUILTINS: [(&str, &str); 2] = [("年度", "assessment_year"), ("基准日", "as_of")];

impl Scope<'_> {
    pub(super) fn lower_name(
        &mut self,
        name: &Name,
        period: Option<&PeriodSyntax>,
        span: Span,
    ) -> Typed {
        if let Some((expr, value_type)) = self
            .environment
            .and_then(|environment| environment.get(&name.text))
        {
            return Typed::new(expr.kind.clone(), value_type.clone(), span);
        }
        if let Some(field) = self.lower_field(&name.text, period, span) {
            return field;
        }
        if let Some(id) = self.binding_of_let(&name.text) {
            let value_type = self
                .binding(id)
                .map_or(Type::Invalid, |binding| binding.value_type.clone());
            self.refuse_period(period, "中间量");
            return Typed::new(ExprKind::Binding(id), value_type, span);
        }
        if let Some(fact) = self.globals.vocabulary.find(&name.text) {
            return self.lower_fact(fact, name, period, span);
        }
        if let Some(index) = self.globals.definition(self.policy, &name.text) {
            return self.lower_definition(index, period, span);
        }
        if let Some(parameter) = self.globals.parameter(self.policy, &name.text) {
            return self.lower_parameter(parameter, period, span);
        }
        if let Some(builtin) = self.lower_builtin(&name.text, span) {
            self.refuse_period(period, "它");
            return builtin;
        }
        self.unknown_name(name)
    }

    fn lower_field(
        &mut self,
        name: &str,
        period: Option<&PeriodSyntax>,
        span: Span,
    ) -> Option<Typed> {
        let list = self.record?;
        let FactType::List(fields) = &self.globals.vocabulary.fact(list).fact_type else {
            return None;
        };
        let index = fields
            .iter()
            .position(|field| field.name == name || field.id == name)?;
        let value_type = fields.get(index).map_or(Type::Invalid, |field| {
            types::of_fact(&field.field_type, list)
        });
        self.refuse_period(period, "明细的字段");
        Some(Typed::new(ExprKind::Field(list, index), value_type, span))
    }

    fn lower_fact(
        &mut self,
        fact: crate::vocabulary::FactId,
        name: &Name,
        period: Option<&PeriodSyntax>,
        span: Span,
    ) -> Typed {
        let declared = self.globals.vocabulary.fact(fact);
        match super::read_of(declared, period) {
            Ok(read) => {
                let read = self.shift_read(read);
                Typed::new(
                    ExprKind::Fact(FactRead { fact, period: read }),
                    types::of_fact(&declared.fact_type, fact),
                    span,
                )
            }
            Err(message) => {
                let at = period.map_or(name.span, |period| period.span);
                self.refuse(Fault::new(Code::Z07, at, message.text).with_help(message.help))
            }
        }
    }

    fn lower_definition(
        &mut self,
        index: usize,
        period: Option<&PeriodSyntax>,
        span: Span,
    ) -> Typed {
        let year = match period.map(|period| (period.kind, period.span)) {
            None => YearSyntax::Offset(0),
            Some((PeriodSyntaxKind::Year(year, None), _)) => year,
            Some((PeriodSyntaxKind::Year(_, Some(_)) | PeriodSyntaxKind::Date(_), at)) => {
                return self.refuse(
                    Fault::new(Code::Z07, at, "定义只能按年取值")
                        .with_help("写成“@上年”“@2023”这样的年份"),
                );
            }
        };
        let year = self.shifted(year);
        self.definition(index, year, span)
    }

    fn lower_parameter(
        &mut self,
        parameter: crate::measure::ParameterId,
        period: Option<&PeriodSyntax>,
        span: Span,
    ) -> Typed {
        let date = match period.map(|period| (period.kind, period.span)) {
            None => None,
            Some((PeriodSyntaxKind::Date(date), _)) => Some(date),
            Some((PeriodSyntaxKind::Year(_, _), at)) => {
                return self.refuse(
                    Fault::new(Code::Z07, at, "参数按日取值")
                        .with_help("写成“@2024-11-01”这样的日期,或不写(取评定日的值)"),
                );
            }
        };
        let value_type = self.globals.parameter_type(parameter);
        Typed::new(ExprKind::Parameter(parameter, date), value_type, span)
    }

    fn lower_builtin(&self, name: &str, span: Span) -> Option<Typed> {
        let [year, as_of] = BUILTINS;
        if name == as_of.0 || name == as_of.1 {
            return Some(Typed::new(ExprKind::AsOf, Type::Date, span));
        }
        if name != year.0 && name != year.1 {
            return None;
        }
        let number = |year: i32| Expr {
            kind: ExprKind::Literal(Value::Number(Number::from_i64(i64::from(year)))),
            span,
        };
        let kind = match self.year {
            YearSyntax::Offset(0) => ExprKind::AssessmentYear,
            YearSyntax::Offset(offset) => ExprKind::Arithmetic(
                Arithmetic::Add,
                Box::new(Expr {
                    kind: ExprKind::AssessmentYear,
                    span,
                }),
                Box::new(number(offset)),
            ),
            YearSyntax::Fixed(year) => number(year).kind,
        };
        Some(Typed::new(kind, Type::Number, span))
    }

    fn refuse_period(&mut self, period: Option<&PeriodSyntax>, what: &str) {
        if let Some(period) = period {
            self.report(
                Fault::new(Code::Z07, period.span, format!("{what}没有期间"))
                    .with_help("删去“@”和后面的期间"),
            );
        }
    }

    fn unknown_name(&mut self, name: &Name) -> Typed {
        let fault = Fault::new(
            Code::Z02,
            name.span,
            format!("没有叫“{}”的事实、定义或中间量", name.text),
        );
        let help = self.nearest(&name.text).map_or_else(
            || "事实在词汇表里声明,定义写“定义 名 = …”,中间量写“设 名 = …”".to_owned(),
            |near| format!("想写的是“{near}”吗?"),
        );
        self.refuse(fault.with_help(help))
    }

    /// The nearest name that means something here.
    fn nearest(&self, text: &str) -> Option<String> {
        let mut fields: Vec<&Field> = Vec::new();
        if let Some(list) = self.record
            && let FactType::List(own) = &self.globals.vocabulary.fact(list).fact_type
        {
            fields.extend(own);
        }
        let names = fields
            .iter()
            .flat_map(|field| [field.name.as_str(), field.id.as_str()])
            .chain(self.let_names())
            .chain(self.globals.names_in_reach(self.policy))
            .chain(BUILTINS.iter().flat_map(|(zh, en)| [*zh, *en]));
        crate::check::nearest::nearest(text, names)
    }
}
