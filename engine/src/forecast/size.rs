//! The size of an enterprise by the definition that the policies themselves use.

use zhida_policies::measure::Binding;
use zhida_policies::measure::BindingKind;
use zhida_policies::measure::expression::{Expr, ExprKind, Type, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::ast::YearSyntax;

use crate::facts::Facts;
use crate::interpreter::{Context, Evaluation, Interpreter};

/// A definition that puts an enterprise into a class, read in the assessment year.
#[derive(Clone, Copy, Debug)]
pub struct SizeClasses<'a> {
    interpreter: Interpreter<'a>,
    bindings: &'a [Binding],
    expression: &'a Expr,
}

impl<'a> SizeClasses<'a> {
    /// The definition of this name that gives a text; none where no rule of the library reads it
    /// in the assessment year.
    #[must_use]
    pub fn find(library: &'a Library, name: &str) -> Option<Self> {
        let measures = library.measures.iter().map(|measure| &*measure.bindings);
        let caps = library.caps.iter().map(|cap| &*cap.bindings);
        let funds = library.funds.iter().map(|fund| &*fund.bindings);
        measures.chain(caps).chain(funds).find_map(|bindings| {
            let found = bindings.iter().find(|binding| is_class(binding, name))?;
            Some(Self {
                interpreter: Interpreter::new(library),
                bindings,
                expression: &found.expression,
            })
        })
    }

    /// The class of an enterprise; none where facts are missing or no class is defined.
    #[must_use]
    pub fn class(&self, facts: &dyn Facts, context: Context) -> Option<String> {
        let evaluation =
            self.interpreter
                .evaluate_expression(self.expression, self.bindings, facts, context);
        match evaluation {
            Evaluation::Known(Value::Text(class)) => Some(class.to_string()),
            Evaluation::Known(_) | Evaluation::Unknown(_) | Evaluation::Undefined(_) => None,
        }
    }

    /// The texts of the definition in the order written: how its classes are listed.
    pub(super) fn order(&self) -> Vec<&'a str> {
        let mut texts: Vec<&str> = Vec::new();
        self.expression.visit(&mut |node| {
            if let ExprKind::Literal(Value::Text(text)) = &node.kind
                && !texts.contains(&&**text)
            {
                texts.push(text);
            }
        });
        texts
    }
}

fn is_class(binding: &Binding, name: &str) -> bool {
    let this_year = match &binding.kind {
        BindingKind::Definition { year, .. } => *year == YearSyntax::Offset(0),
        BindingKind::Let => false,
    };
    this_year && binding.name == name && binding.value_type == Type::Text
}
