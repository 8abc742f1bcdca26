//! What a name can mean at one place of a policy, and the bindings that its measure needs.

use std::collections::BTreeMap;

use crate::check::globals::Globals;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Expr, ExprKind, Type};
use crate::measure::{Binding, BindingId, BindingKind, MeasureRef, PolicyId};
use crate::span::Span;
use crate::syntax::ast::{DefinitionSyntax, ExprSyntax, ExprSyntaxKind, YearSyntax};
use crate::syntax::words::TypeWord;
use crate::vocabulary::FactId;

/// A lowered expression and its type.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) expr: Expr,
    pub(crate) value_type: Type,
}

impl Typed {
    pub(crate) fn new(kind: ExprKind, value_type: Type, span: Span) -> Self {
        Self {
            expr: Expr { kind, span },
            value_type,
        }
    }

    /// The node that stands where a fault has been reported.
    pub(crate) fn invalid(span: Span) -> Self {
        Self::new(ExprKind::Invalid, Type::Invalid, span)
    }
}

/// The names of a conformance case: each stands for an expression.
pub type Environment = BTreeMap<String, (Expr, Type)>;

/// Lowers the expressions of one measure, fund, cap, parameter or definition.
pub(crate) struct Scope<'g> {
    pub(crate) globals: &'g Globals<'g>,
    pub(crate) policy: PolicyId,
    pub(crate) measure: Option<MeasureRef>,
    pub(crate) environment: Option<&'g Environment>,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) faults: Vec<Fault>,
    /// The list fact whose fields are in reach.
    pub(crate) record: Option<FactId>,
    /// The year in which relative periods are read: moved inside a definition read for
    /// another year.
    pub(crate) year: YearSyntax,
    lets: BTreeMap<String, BindingId>,
    definitions: BTreeMap<(usize, YearSyntax), BindingId>,
    open_definitions: Vec<usize>,
    /// Whether the outermost open definition is being checked where it stands.
    checks_definition: bool,
    /// How many expressions are open, those of definitions included.
    pub(crate) height: usize,
    /// Whether something was too high, or read too many definitions.
    pub(crate) too_high: bool,
    muted: bool,
}

/// How many definitions one measure may read, each year counted on its own. Far above any real
/// policy; low enough that no text can keep the checker busy.
const DEFINITIONS_MAX: usize = 512;

/// Whether an expression is a number as written, so that a unit can be put behind it.
pub(crate) fn is_literal(syntax: &ExprSyntax) -> bool {
    if let ExprSyntaxKind::Negate(inner) = &syntax.kind {
        return is_literal(inner);
    }
    matches!(syntax.kind, ExprSyntaxKind::Literal(_))
}

impl<'g> Scope<'g> {
    pub(crate) fn new(globals: &'g Globals<'g>, policy: PolicyId) -> Self {
        Self {
            globals,
            policy,
            measure: None,
            environment: None,
            bindings: Vec::new(),
            faults: Vec::new(),
            record: None,
            year: YearSyntax::Offset(0),
            lets: BTreeMap::new(),
            definitions: BTreeMap::new(),
            open_definitions: Vec::new(),
            checks_definition: false,
            height: 0,
            too_high: false,
            muted: false,
        }
    }

    /// Reports a fault, unless a definition is being read whose faults stand elsewhere.
    pub(crate) fn report(&mut self, fault: Fault) {
        if !self.muted {
            self.faults.push(fault);
        }
    }

    /// Reports a fault and gives the node that stands in its place.
    pub(crate) fn refuse(&mut self, fault: Fault) -> Typed {
        let span = fault.span;
        self.report(fault);
        Typed::invalid(span)
    }

    /// The `设` of this name.
    pub(crate) fn binding_of_let(&self, name: &str) -> Option<BindingId> {
        self.lets.get(name).copied()
    }

    pub(crate) fn let_names(&self) -> impl Iterator<Item = &str> {
        self.lets.keys().map(String::as_str)
    }

    /// The type of a binding.
    pub(crate) fn binding(&self, id: BindingId) -> Option<&Binding> {
        self.bindings.get(id.0)
    }

    /// Adds a `设`; its name must be new here and among the facts and definitions.
    pub(crate) fn declare_let(&mut self, syntax: &DefinitionSyntax) {
        let name = &syntax.name;
        if let Some(other) = self.globals.meaning_of(self.policy, &name.text) {
            self.report(
                Fault::new(
                    Code::Z05,
                    name.span,
                    format!("“{}”已经是{other},不能再用作中间量的名字", name.text),
                )
                .with_help("换一个名字"),
            );
        } else if self.lets.contains_key(&name.text) {
            self.report(
                Fault::new(Code::Z05, name.span, format!("“{}”设了两次", name.text))
                    .with_help("删去一个,或换一个名字"),
            );
        }
        let value = self.lower(&syntax.value);
        let value_type = self.declared(syntax.type_word, &value, syntax.value.span);
        let id = BindingId(self.bindings.len());
        self.bindings.push(Binding {
            name: name.text.clone(),
            kind: BindingKind::Let,
            value_type,
            expression: value.expr,
        });
        self.lets.insert(name.text.clone(), id);
    }

    /// Checks a declared type against the type found, and gives the one that holds.
    pub(crate) fn declared(&mut self, word: Option<TypeWord>, value: &Typed, at: Span) -> Type {
        let Some(word) = word else {
            return value.value_type.clone();
        };
        let wanted = match word {
            TypeWord::Money => Type::Money,
            TypeWord::Number => Type::Number,
            TypeWord::Boolean => Type::Boolean,
            TypeWord::Date => Type::Date,
            TypeWord::Text => Type::Text,
        };
        if !super::types::fits(&value.value_type, &wanted) {
            self.report(Fault::new(
                Code::Z03,
                at,
                format!(
                    "这里声明的是{},算出来的却是{}",
                    super::types::name(&wanted),
                    super::types::name(&value.value_type)
                ),
            ));
        }
        wanted
    }

    /// The binding of a definition read in a year; lowered when it is read for the first time.
    pub(crate) fn definition(&mut self, index: usize, year: YearSyntax, at: Span) -> Typed {
        let globals = self.globals;
        let Some(definition) = globals.definitions.get(index) else {
            return Typed::invalid(at);
        };
        if let Some(place) = self.open_definitions.iter().position(|open| *open == index) {
            self.report_circle(place, at);
            return Typed::invalid(at);
        }
        if let Some(id) = self.definitions.get(&(index, year)).copied() {
            let value_type = self
                .binding(id)
                .map_or(Type::Invalid, |binding| binding.value_type.clone());
            return Typed::new(ExprKind::Binding(id), value_type, at);
        }
        if globals.definitions_too_high {
            return Typed::invalid(at);
        }
        if self.definitions.len() >= DEFINITIONS_MAX {
            return self.refuse_height(at);
        }
        let outer_year = std::mem::replace(&mut self.year, year);
        let outer_policy = std::mem::replace(&mut self.policy, definition.policy);
        let outer_record = self.record.take();
        let outer_muted = std::mem::replace(&mut self.muted, true);
        let outer_lets = std::mem::take(&mut self.lets);
        self.open_definitions.push(index);
        let value = self.lower(&definition.syntax.value);
        self.open_definitions.pop();
        let value_type = self.declared(definition.syntax.type_word, &value, definition.syntax.span);
        self.lets = outer_lets;
        self.muted = outer_muted;
        self.record = outer_record;
        self.policy = outer_policy;
        self.year = outer_year;

        let id = BindingId(self.bindings.len());
        self.bindings.push(Binding {
            name: definition.syntax.name.text.clone(),
            kind: BindingKind::Definition {
                policy: definition.policy,
                year,
            },
            value_type: value_type.clone(),
            expression: value.expr,
        });
        self.definitions.insert((index, year), id);
        Typed::new(ExprKind::Binding(id), value_type, at)
    }

    /// Reports definitions that come back to one of themselves. Every definition of the circle
    /// is checked on its own; the circle is reported once, from the first declared of them,
    /// though its last step stands in another definition.
    fn report_circle(&mut self, place: usize, at: Span) {
        let circle = self.open_definitions.get(place..).unwrap_or_default();
        let Some(first) = circle.iter().min().copied() else {
            return;
        };
        if place != 0 || self.open_definitions.first() != Some(&first) || !self.checks_definition {
            return;
        }
        let names: Vec<&str> = circle
            .iter()
            .chain([&first])
            .filter_map(|index| self.globals.definitions.get(*index))
            .map(|definition| definition.syntax.name.text.as_str())
            .collect();
        let mut fault = Fault::new(
            Code::Z07,
            at,
            format!("定义绕回到了自己:{}", names.join(" → ")),
        )
        .with_help("定义之间不能成环;把共用的部分单独定义");
        if let Some(definition) = self.globals.definitions.get(first) {
            fault = fault.with_related(definition.syntax.name.span, "它在这里声明");
        }
        // The faults of a definition that is read from another are muted, but no other check
        // sees this one.
        self.faults.push(fault);
    }

    /// Checks a definition where it stands, so that its faults are reported once.
    pub(crate) fn check_definition(&mut self, index: usize) -> Type {
        let Some(definition) = self.globals.definitions.get(index) else {
            return Type::Invalid;
        };
        self.checks_definition = true;
        self.open_definitions.push(index);
        let value = self.lower(&definition.syntax.value);
        self.open_definitions.pop();
        self.declared(
            definition.syntax.type_word,
            &value,
            definition.syntax.value.span,
        )
    }

    /// Whether values of the type can be ranked here. In conformance cases texts can, by their
    /// characters; in a policy nobody means that “中型” is greater than “大型”.
    pub(crate) fn is_ordered(&self, value_type: &Type) -> bool {
        super::types::is_ordered(value_type)
            && (*value_type != Type::Text || self.environment.is_some())
    }

    /// Lowers an expression that must be of one type.
    pub(crate) fn lower_as(&mut self, syntax: &ExprSyntax, wanted: &Type, what: &str) -> Expr {
        let value = self.lower(syntax);
        if super::types::fits(&value.value_type, wanted) {
            return value.expr;
        }
        let mut fault = Fault::new(
            Code::Z03,
            syntax.span,
            format!(
                "{what}应当是{},这里是{}",
                super::types::name(wanted),
                super::types::name(&value.value_type)
            ),
        );
        if *wanted == Type::Money && value.value_type == Type::Number && is_literal(syntax) {
            let text = self.globals.text(syntax.span);
            fault = if super::types::is_percentage(text) {
                fault.with_help(format!("写明是什么的 {text},例如“研发费用 * {text}”"))
            } else {
                fault.with_help(format!("金额要带单位,例如“{text}元”或“{text}万元”"))
            };
        }
        self.refuse(fault).expr
    }

    /// Moves a relative year into the year of the definition being read.
    pub(crate) fn shifted(&self, year: YearSyntax) -> YearSyntax {
        match (self.year, year) {
            (_, YearSyntax::Fixed(fixed)) => YearSyntax::Fixed(fixed),
            (YearSyntax::Offset(base), YearSyntax::Offset(offset)) => {
                YearSyntax::Offset(base.saturating_add(offset))
            }
            (YearSyntax::Fixed(base), YearSyntax::Offset(offset)) => {
                YearSyntax::Fixed(base.saturating_add(offset))
            }
        }
    }
}
