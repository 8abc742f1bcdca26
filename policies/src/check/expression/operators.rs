//! Operators between two operands: which types fit, and what was probably meant when they do not.

use crate::check::scope::{Scope, Typed, is_literal};
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Arithmetic, Comparison, Expr, ExprKind, Type};
use crate::span::Span;
use crate::syntax::ast::{ExprSyntax, ExprSyntaxKind};
use crate::syntax::words::BinaryOperator;

impl Scope<'_> {
    pub(super) fn lower_binary(
        &mut self,
        operator: BinaryOperator,
        operator_span: Span,
        left: &ExprSyntax,
        right: &ExprSyntax,
        span: Span,
    ) -> Typed {
        match operator {
            BinaryOperator::Or | BinaryOperator::And => {
                self.lower_connective(operator, left, right, span)
            }
            BinaryOperator::Contains => self.lower_contains(left, right, span),
            BinaryOperator::StartsWith => {
                let text = self.lower_as(left, &Type::Text, "“开头是”前面");
                let start = self.lower_as(right, &Type::Text, "“开头是”后面");
                Typed::new(
                    ExprKind::Call(
                        crate::syntax::words::Function::StartsWith,
                        vec![text, start],
                    ),
                    Type::Boolean,
                    span,
                )
            }
            BinaryOperator::Add => self.lower_arithmetic(Arithmetic::Add, left, right, span),
            BinaryOperator::Subtract => {
                self.lower_arithmetic(Arithmetic::Subtract, left, right, span)
            }
            BinaryOperator::Multiply => {
                self.lower_arithmetic(Arithmetic::Multiply, left, right, span)
            }
            BinaryOperator::Divide => self.lower_arithmetic(Arithmetic::Divide, left, right, span),
            BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual => comparison_of(operator).map_or_else(
                || Typed::invalid(operator_span),
                |comparison| self.lower_comparison(comparison, left, right, span),
            ),
        }
    }

    /// A chain of `且` or of `或` is one node, however long.
    fn lower_connective(
        &mut self,
        operator: BinaryOperator,
        left: &ExprSyntax,
        right: &ExprSyntax,
        span: Span,
    ) -> Typed {
        let mut reversed = vec![right];
        let mut rest = left;
        while let ExprSyntaxKind::Binary {
            operator: inner,
            left,
            right,
            ..
        } = &rest.kind
            && *inner == operator
        {
            reversed.push(right);
            rest = left;
        }
        reversed.push(rest);
        let what = if operator == BinaryOperator::And {
            "“且”两边"
        } else {
            "“或”两边"
        };
        let operands: Vec<Expr> = reversed
            .into_iter()
            .rev()
            .map(|operand| self.lower_boolean(operand, what))
            .collect();
        let kind = if operator == BinaryOperator::And {
            ExprKind::And(operands)
        } else {
            ExprKind::Or(operands)
        };
        Typed::new(kind, Type::Boolean, span)
    }

    fn lower_contains(&mut self, left: &ExprSyntax, right: &ExprSyntax, span: Span) -> Typed {
        let subject = self.lower(left);
        let member = self.lower_as(right, &Type::Text, "“包含”后面");
        match subject.value_type {
            Type::Set | Type::Text | Type::Unknown | Type::Invalid => {}
            Type::Money
            | Type::Number
            | Type::Boolean
            | Type::Date
            | Type::Duration
            | Type::Code(_)
            | Type::List(_)
            | Type::Sequence(_)
            | Type::Range(_) => {
                return self.refuse(Fault::new(
                    Code::Z03,
                    left.span,
                    format!(
                        "“包含”前面应当是集合或文本,这里是{}",
                        types::name(&subject.value_type)
                    ),
                ));
            }
        }
        if subject.value_type == Type::Set {
            self.check_member(&subject.expr, &member);
        }
        Typed::new(
            ExprKind::Contains(Box::new(subject.expr), Box::new(member)),
            Type::Boolean,
            span,
        )
    }

    fn lower_comparison(
        &mut self,
        comparison: Comparison,
        left: &ExprSyntax,
        right: &ExprSyntax,
        span: Span,
    ) -> Typed {
        let a = self.lower(left);
        let b = self.lower(right);
        let orders = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let fault = if !types::fits(&b.value_type, &a.value_type) {
            Some(self.unlike(&a, &b, left, right, span))
        } else if orders && !(self.is_ordered(&a.value_type) && self.is_ordered(&b.value_type)) {
            Some(
                Fault::new(
                    Code::Z03,
                    span,
                    format!("{}没有大小,只能用 = 和 != 比较", types::name(&a.value_type)),
                )
                .with_help("分级的名称一个一个列出来,例如“企业规模 属于 [\"大型\", \"中型\"]”"),
            )
        } else if matches!(a.value_type, Type::Set | Type::List(_)) {
            Some(
                Fault::new(
                    Code::Z03,
                    span,
                    format!("{}不能直接比较", types::name(&a.value_type)),
                )
                .with_help("集合用“包含”,明细用“计数(… 其中 …)”等"),
            )
        } else {
            None
        };
        if let Some(fault) = fault {
            return self.refuse(fault);
        }
        self.check_member(&a.expr, &b.expr);
        self.check_member(&b.expr, &a.expr);
        Typed::new(
            ExprKind::Compare(comparison, Box::new(a.expr), Box::new(b.expr)),
            Type::Boolean,
            span,
        )
    }

    fn unlike(
        &self,
        a: &Typed,
        b: &Typed,
        left: &ExprSyntax,
        right: &ExprSyntax,
        span: Span,
    ) -> Fault {
        let fault = Fault::new(
            Code::Z03,
            span,
            format!(
                "{}不能与{}比较",
                types::name(&a.value_type),
                types::name(&b.value_type)
            ),
        )
        .with_related(left.span, types::name(&a.value_type))
        .with_related(right.span, types::name(&b.value_type));
        let amount = match (&a.value_type, &b.value_type) {
            (Type::Money, Type::Number) if is_literal(right) => self.globals.text(right.span),
            (Type::Number, Type::Money) if is_literal(left) => self.globals.text(left.span),
            (Type::Set, Type::Text) => {
                let (set, member) = (self.globals.text(left.span), self.globals.text(right.span));
                return fault.with_help(format!("想写的是“{set} 包含 {member}”吗?"));
            }
            _other => return fault,
        };
        if types::is_percentage(amount) {
            fault.with_help(format!(
                "写明是什么的 {amount},例如“营业收入@上年 * {amount}”"
            ))
        } else {
            fault.with_help(format!(
                "金额要带单位:想写的是“{amount}元”还是“{amount}万元”?"
            ))
        }
    }

    fn lower_arithmetic(
        &mut self,
        operator: Arithmetic,
        left: &ExprSyntax,
        right: &ExprSyntax,
        span: Span,
    ) -> Typed {
        let a = self.lower(left);
        let b = self.lower(right);
        match arithmetic_type(operator, &a.value_type, &b.value_type) {
            Some(value_type) => Typed::new(
                ExprKind::Arithmetic(operator, Box::new(a.expr), Box::new(b.expr)),
                value_type,
                span,
            ),
            None => {
                let fault = self.ill_typed(operator, &a, &b, left, right, span);
                self.refuse(fault)
            }
        }
    }

    fn ill_typed(
        &self,
        operator: Arithmetic,
        a: &Typed,
        b: &Typed,
        left: &ExprSyntax,
        right: &ExprSyntax,
        span: Span,
    ) -> Fault {
        let (left_text, right_text) = (self.globals.text(left.span), self.globals.text(right.span));
        let kind = |typed: &Typed, text: &str| {
            if types::is_percentage(text) {
                "比率".to_owned()
            } else {
                types::name(&typed.value_type)
            }
        };
        let (a_name, b_name) = (kind(a, left_text), kind(b, right_text));
        let message = match operator {
            Arithmetic::Add => format!("{a_name}不能与{b_name}相加"),
            Arithmetic::Subtract => format!("{a_name}不能减去{b_name}"),
            Arithmetic::Multiply => format!("{a_name}不能与{b_name}相乘"),
            Arithmetic::Divide => format!("{a_name}不能除以{b_name}"),
        };
        let fault = Fault::new(Code::Z03, span, message)
            .with_related(left.span, a_name)
            .with_related(right.span, b_name);
        let additive = matches!(operator, Arithmetic::Add | Arithmetic::Subtract);
        match (&a.value_type, &b.value_type) {
            (Type::Money, Type::Number) if additive && types::is_percentage(right_text) => {
                let base = factor(left, left_text);
                fault.with_help(format!("想写的是“{base} * {right_text}”吗?"))
            }
            (Type::Number, Type::Money) if additive && types::is_percentage(left_text) => {
                let base = factor(right, right_text);
                fault.with_help(format!("想写的是“{base} * {left_text}”吗?"))
            }
            (Type::Money, Type::Number) if additive && is_literal(right) => fault.with_help(
                format!("金额要带单位:想写的是“{right_text}元”还是“{right_text}万元”?"),
            ),
            (Type::Number, Type::Money) if additive && is_literal(left) => fault.with_help(
                format!("金额要带单位:想写的是“{left_text}元”还是“{left_text}万元”?"),
            ),
            (Type::Money, Type::Money) => fault.with_help("两个金额只能相加、相减、相除(得到比率)"),
            _other => fault,
        }
    }
}

/// The text of an expression as a factor: in brackets where it has operators of its own.
fn factor(syntax: &ExprSyntax, text: &str) -> String {
    if matches!(syntax.kind, ExprSyntaxKind::Binary { .. }) {
        format!("({text})")
    } else {
        text.to_owned()
    }
}

/// The comparison of an operator that compares.
pub(crate) fn comparison_of(operator: BinaryOperator) -> Option<Comparison> {
    match operator {
        BinaryOperator::Equal => Some(Comparison::Equal),
        BinaryOperator::NotEqual => Some(Comparison::NotEqual),
        BinaryOperator::Less => Some(Comparison::Less),
        BinaryOperator::LessOrEqual => Some(Comparison::LessOrEqual),
        BinaryOperator::Greater => Some(Comparison::Greater),
        BinaryOperator::GreaterOrEqual => Some(Comparison::GreaterOrEqual),
        BinaryOperator::Or
        | BinaryOperator::And
        | BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Contains
        | BinaryOperator::StartsWith => None,
    }
}

/// The type of a result, by NOTATION part 4; `None` where the operands do not fit.
fn arithmetic_type(operator: Arithmetic, left: &Type, right: &Type) -> Option<Type> {
    if matches!(left, Type::Invalid) || matches!(right, Type::Invalid) {
        return Some(Type::Invalid);
    }
    match (operator, left, right) {
        (_, Type::Unknown, Type::Unknown) => Some(Type::Unknown),
        (_, Type::Unknown, Type::Number) | (_, Type::Number, Type::Unknown) => Some(Type::Number),
        (Arithmetic::Add | Arithmetic::Subtract, Type::Unknown, Type::Money)
        | (
            Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply,
            Type::Money,
            Type::Unknown,
        )
        | (Arithmetic::Add | Arithmetic::Subtract, Type::Money, Type::Money)
        | (Arithmetic::Multiply, Type::Money | Type::Unknown, Type::Number | Type::Money)
        | (Arithmetic::Multiply, Type::Number, Type::Money)
        | (Arithmetic::Divide, Type::Money, Type::Number)
            if !(matches!(operator, Arithmetic::Multiply)
                && *left == Type::Money
                && *right == Type::Money) =>
        {
            Some(Type::Money)
        }
        (_, Type::Number, Type::Number) | (Arithmetic::Divide, Type::Money, Type::Money) => {
            Some(Type::Number)
        }
        (Arithmetic::Add, Type::Text, Type::Text | Type::Unknown)
        | (Arithmetic::Add, Type::Unknown, Type::Text) => Some(Type::Text),
        (Arithmetic::Add | Arithmetic::Subtract, Type::Date, Type::Duration) => Some(Type::Date),
        (Arithmetic::Add, Type::Duration, Type::Date) => Some(Type::Date),
        (Arithmetic::Subtract, Type::Date, Type::Date) => Some(Type::Number),
        (Arithmetic::Add | Arithmetic::Subtract, Type::Duration, Type::Duration) => {
            Some(Type::Duration)
        }
        _other => None,
    }
}
