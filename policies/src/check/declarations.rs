//! Declarations of all files: first every name, then what each stands for.

use std::collections::BTreeMap;

use crate::check::ParsedBlock;
use crate::check::combinations;
use crate::check::constants::constant;
use crate::check::globals::Globals;
use crate::check::lints;
use crate::check::measures::Place;
use crate::check::scope::Scope;
use crate::check::types;
use crate::fault::{Code, Fault};
use crate::measure::example::Case;
use crate::measure::expression::{ExprKind, Type};
use crate::measure::library::{Policy, SourceFile};
use crate::measure::{Cap, Fund, HighestOf, Measure, Parameter, PolicyId};
use crate::span::Span;
use crate::syntax::ast::{Declaration, MeasureSyntax, Name, ParameterSyntax, StatementKind};
use crate::values::Codes;
use crate::vocabulary::Vocabulary;

/// What the declarations of all files have given.
#[derive(Default)]
pub(crate) struct Declared {
    pub(crate) measures: Vec<Measure>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) funds: Vec<Fund>,
    pub(crate) caps: Vec<Cap>,
    pub(crate) highest_of: Vec<HighestOf>,
    pub(crate) cases: Vec<Case>,
}

/// Checks every declaration of every block.
pub(crate) fn check_declarations(
    vocabulary: &Vocabulary,
    codes: &Codes,
    files: &[SourceFile],
    policies: &[Policy],
    blocks: &[ParsedBlock],
    faults: &mut Vec<Fault>,
) -> Declared {
    let mut globals = Globals::new(vocabulary, codes, files, policies);
    report_doubles(&globals, blocks, faults);
    declare_names(&mut globals, blocks);
    report_hidden(&globals, blocks, faults);
    let mut declared = Declared::default();
    check_parameters(&mut globals, blocks, &mut declared, faults);
    for index in 0..globals.definitions.len() {
        let policy = globals.definitions.get(index).map(|found| found.policy);
        if let Some(policy) = policy {
            let mut scope = Scope::new(&globals, policy);
            scope.check_definition(index);
            faults.append(&mut scope.faults);
            if scope.too_high {
                globals.definitions_too_high = true;
                break;
            }
        }
    }
    let globals = globals;
    for block in blocks {
        for declaration in &block.syntax.declarations {
            let mut scope = Scope::new(&globals, block.policy);
            match declaration {
                Declaration::Measure(measure) => {
                    check_one(&mut scope, measure, block, policies, &mut declared);
                }
                Declaration::Fund(fund) => declared.funds.push(scope.check_fund(fund)),
                Declaration::Cap(cap) => declared.caps.push(scope.check_cap(cap)),
                Declaration::HighestOf(group) => {
                    declared.highest_of.push(scope.check_highest_of(group));
                }
                Declaration::Definition(_) | Declaration::Parameter(_) | Declaration::Case(_) => {}
            }
            faults.append(&mut scope.faults);
        }
    }
    check_cases(&globals, blocks, &mut declared, faults);
    combinations::check(&globals, blocks, faults);
    check_payable(blocks, &declared, faults);
    declared
}

/// The cases, once the measures that they name are known.
fn check_cases(
    globals: &Globals<'_>,
    blocks: &[ParsedBlock],
    declared: &mut Declared,
    faults: &mut Vec<Fault>,
) {
    for block in blocks {
        for declaration in &block.syntax.declarations {
            if let Declaration::Case(case) = declaration {
                let mut scope = Scope::new(globals, block.policy);
                let checked = scope.check_case(case, &declared.measures);
                declared.cases.extend(checked);
                faults.append(&mut scope.faults);
            }
        }
    }
}

/// W04 for every `起付` that no award reaches.
fn check_payable(blocks: &[ParsedBlock], declared: &Declared, faults: &mut Vec<Fault>) {
    let statements = blocks
        .iter()
        .flat_map(|block| &block.syntax.declarations)
        .filter_map(|declaration| match declaration {
            Declaration::Measure(measure) => Some(&measure.statements),
            Declaration::Definition(_)
            | Declaration::Parameter(_)
            | Declaration::Fund(_)
            | Declaration::Cap(_)
            | Declaration::HighestOf(_)
            | Declaration::Case(_) => None,
        })
        .flatten();
    for statement in statements {
        if !matches!(statement.kind, StatementKind::PayableFrom(_)) {
            continue;
        }
        let holds = |measure: &&Measure| {
            measure.span.file == statement.span.file
                && measure.span.start <= statement.span.start
                && statement.span.end <= measure.span.end
        };
        if let Some(measure) = declared.measures.iter().find(holds) {
            faults.extend(lints::payable::check(
                measure,
                statement.span,
                &declared.caps,
                &declared.funds,
            ));
        }
    }
}

fn check_one(
    scope: &mut Scope<'_>,
    syntax: &MeasureSyntax,
    block: &ParsedBlock,
    policies: &[Policy],
    declared: &mut Declared,
) {
    scope.measure = Some(scope.own_name(&syntax.id.text));
    let article = policies
        .get(block.policy.0)
        .and_then(|policy| policy.articles.get(block.article));
    let place = Place {
        policy: block.policy,
        article: article.map(|_| block.article),
        article_label: article
            .map(|article| article.label.clone())
            .filter(|label| !label.is_empty()),
    };
    let Some(mut measure) = scope.check_measure(syntax, &place) else {
        return;
    };
    for statement in &syntax.statements {
        if let StatementKind::Example(example) = &statement.kind {
            let example = scope.check_example(example, statement.span, &measure);
            measure.examples.extend(example);
        }
    }
    let broken = scope.faults.iter().any(|fault| !fault.code.is_warning());
    scope.faults.extend(lints::examples::check(syntax));
    if !broken {
        lints::conditions::check(&measure, &mut scope.faults);
        lints::growth::check(&measure, &mut scope.faults);
        scope
            .faults
            .extend(lints::local_tax::check(&measure, scope.globals.vocabulary));
    }
    declared.measures.push(measure);
}

fn declare_names(globals: &mut Globals<'_>, blocks: &[ParsedBlock]) {
    for block in blocks {
        for declaration in &block.syntax.declarations {
            let own = |name: &Name| {
                let policy = globals.policy_id(block.policy);
                crate::measure::MeasureRef(format!("{policy}/{}", name.text).into())
            };
            match declaration {
                Declaration::Measure(measure) => {
                    let id = own(&measure.id);
                    globals.measures.insert(id);
                }
                Declaration::Fund(fund) => {
                    let id = own(&fund.id);
                    globals.funds.insert(id);
                }
                Declaration::Definition(definition) => {
                    globals.add_definition(block.policy, definition.clone());
                }
                Declaration::Parameter(parameter) => {
                    globals.add_parameter(block.policy, &parameter.name.text, Type::Invalid);
                }
                Declaration::Cap(_) | Declaration::HighestOf(_) | Declaration::Case(_) => {}
            }
        }
    }
}

/// A parameter that a definition of a wider region would hide.
fn report_hidden(globals: &Globals<'_>, blocks: &[ParsedBlock], faults: &mut Vec<Fault>) {
    for block in blocks {
        for declaration in &block.syntax.declarations {
            let Declaration::Parameter(parameter) = declaration else {
                continue;
            };
            let name = &parameter.name;
            let hiding = globals
                .definition(block.policy, &name.text)
                .and_then(|index| globals.definitions.get(index))
                // Two names of one region have been reported as doubles.
                .filter(|hiding| !globals.sees(hiding.policy, block.policy));
            if let Some(hiding) = hiding {
                faults.push(
                    Fault::new(
                        Code::Z05,
                        name.span,
                        format!("“{}”已经是一个定义,不能再作参数", name.text),
                    )
                    .with_related(hiding.syntax.name.span, "定义在这里")
                    .with_help("换一个名字"),
                );
            }
        }
    }
}

/// A parameter has constant values only, so that all can be typed before anything reads one.
fn check_parameters(
    globals: &mut Globals<'_>,
    blocks: &[ParsedBlock],
    declared: &mut Declared,
    faults: &mut Vec<Fault>,
) {
    for block in blocks {
        for declaration in &block.syntax.declarations {
            if let Declaration::Parameter(parameter) = declaration {
                let mut scope = Scope::new(globals, block.policy);
                let checked = check_parameter(&mut scope, parameter, block.policy);
                faults.append(&mut scope.faults);
                let place = declared.parameters.len();
                if let Some(known) = globals.parameters.get_mut(place) {
                    known.value_type = checked.value_type.clone();
                }
                declared.parameters.push(checked);
            }
        }
    }
}

fn check_parameter(scope: &mut Scope<'_>, syntax: &ParameterSyntax, policy: PolicyId) -> Parameter {
    let mut value_type = Type::Unknown;
    let mut entries: Vec<(crate::values::Date, crate::measure::expression::Value)> = Vec::new();
    for entry in &syntax.entries {
        let value = scope.lower(&entry.value);
        if value.expr.kind == ExprKind::Invalid {
            continue;
        }
        let Some(known) = constant(&value.expr) else {
            scope.report(
                Fault::new(Code::Z03, entry.value.span, "参数的值应当是定数")
                    .with_help("写成字面的数或金额"),
            );
            continue;
        };
        let found = types::of_value(&known);
        if types::fits(&found, &value_type) {
            value_type = types::joined(&value_type, &found);
        } else {
            scope.report(Fault::new(
                Code::Z03,
                entry.value.span,
                format!(
                    "参数的各个值要是同一类型:前面是{},这里是{}",
                    types::name(&value_type),
                    types::name(&found)
                ),
            ));
        }
        if entries.iter().any(|(day, _)| *day == entry.from) {
            scope.report(Fault::new(
                Code::Z05,
                entry.from_span,
                format!("{} 写了两次", entry.from),
            ));
            continue;
        }
        entries.push((entry.from, known));
    }
    if syntax.entries.is_empty() {
        scope.report(
            Fault::new(Code::Z05, syntax.name.span, "参数没有一个值")
                .with_help("写成“参数 名 { 2024-10-21 : 3.10% }”"),
        );
    }
    entries.sort_by_key(|(day, _)| *day);
    let typed = crate::check::scope::Typed::new(ExprKind::Unknown, value_type, syntax.span);
    let value_type = scope.declared(syntax.type_word, &typed, syntax.name.span);
    Parameter {
        name: syntax.name.text.clone(),
        policy,
        value_type,
        entries,
        span: syntax.span,
    }
}

/// Names that are declared twice where one would hide the other.
fn report_doubles(globals: &Globals<'_>, blocks: &[ParsedBlock], faults: &mut Vec<Fault>) {
    let mut items: BTreeMap<(PolicyId, &str), Span> = BTreeMap::new();
    let mut names: BTreeMap<(String, &str), Span> = BTreeMap::new();
    for block in blocks {
        for declaration in &block.syntax.declarations {
            let (name, what, is_item) = match declaration {
                Declaration::Measure(measure) => (&measure.id, "事项", true),
                Declaration::Fund(fund) => (&fund.id, "资金", true),
                Declaration::Cap(cap) => (&cap.id, "限额", true),
                Declaration::HighestOf(group) => (&group.id, "就高", true),
                Declaration::Definition(definition) => (&definition.name, "定义", false),
                Declaration::Parameter(parameter) => (&parameter.name, "参数", false),
                Declaration::Case(_) => continue,
            };
            let region = globals
                .policies
                .get(block.policy.0)
                .map(|policy| policy.region.as_str().to_owned())
                .unwrap_or_default();
            let first = if is_item {
                items.insert((block.policy, &name.text), name.span)
            } else {
                names.insert((region, &name.text), name.span)
            };
            if let Some(first) = first {
                faults.push(
                    Fault::new(
                        Code::Z05,
                        name.span,
                        format!("{what}“{}”的名字已经用过了", name.text),
                    )
                    .with_related(first, "先在这里声明")
                    .with_help("换一个名字"),
                );
            }
            let taken = if globals.vocabulary.find(&name.text).is_some() {
                Some("一个事实")
            } else if super::expression::is_builtin(&name.text) {
                Some("一个固定的名字")
            } else {
                None
            };
            if let Some(taken) = taken.filter(|_| !is_item) {
                faults.push(
                    Fault::new(
                        Code::Z05,
                        name.span,
                        format!("“{}”已经是{taken},不能再作{what}", name.text),
                    )
                    .with_help("换一个名字"),
                );
            }
        }
    }
}
