//! Closed lists: the members of sets and enums, codes of trees, and the results that a
//! definition can have.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what is named here has a closed list"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::nearest::nearest;
use crate::check::scope::Scope;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Expr, ExprKind, Value};
use crate::span::Span;
use crate::syntax::words::HitPolicy;
use crate::values::Codes;
use crate::vocabulary::{FactType, Tree};

/// A text that is not in the list that its place allows.
pub(crate) struct Foreign {
    message: String,
    help: String,
}

impl Foreign {
    pub(crate) fn at(self, span: Span) -> Fault {
        Fault::new(Code::Z07, span, self.message).with_help(self.help)
    }
}

/// The code as the tree spells it, or what is wrong with it.
pub(crate) fn known_code(codes: &Codes, tree: Tree, text: &str) -> Result<Arc<str>, Foreign> {
    let (found, table) = match tree {
        Tree::Industry => (
            codes.industry(text).map(|known| Arc::from(known.as_str())),
            "行业代码(GB/T 4754-2017)",
        ),
        Tree::Region => (
            codes.region(text).map(|known| Arc::from(known.as_str())),
            "地区代码(GB/T 2260)",
        ),
    };
    found.map_err(|unknown| Foreign {
        message: format!("没有“{text}”这个{table}"),
        help: unknown.nearest.map_or_else(
            || "对照代码表改正".to_owned(),
            |near| format!("最接近的是“{near}”"),
        ),
    })
}

/// What is wrong with a text that is compared with an expression; `None` when nothing is, or when
/// the expression can be any text. A text as such is not a closed list: two texts may differ.
pub(crate) fn foreign(scope: &Scope<'_>, subject: &Expr, text: &str) -> Option<Foreign> {
    let vocabulary = scope.globals.vocabulary;
    let fact_type = match &subject.kind {
        ExprKind::Fact(read) => Some(&vocabulary.fact(read.fact).fact_type),
        ExprKind::Field(list, index) => match &vocabulary.fact(*list).fact_type {
            FactType::List(fields) => fields.get(*index).map(|field| &field.field_type),
            _other => None,
        },
        _other => None,
    };
    match fact_type {
        Some(FactType::Code(tree)) => known_code(scope.globals.codes, *tree, text).err(),
        Some(FactType::Set(members) | FactType::Enum(members)) => unlisted(
            members.iter().map(String::as_str),
            text,
            "词汇表里这一项的成员",
        ),
        Some(_other) => None,
        None if matches!(subject.kind, ExprKind::Literal(_)) => None,
        None => {
            let results = texts_of(scope, subject)?;
            unlisted(results.iter().map(AsRef::as_ref), text, "它的结果")
        }
    }
}

/// What is wrong with a member that a set or enum does not list.
pub(crate) fn unlisted_member(members: &[String], text: &str) -> Option<Foreign> {
    unlisted(
        members.iter().map(String::as_str),
        text,
        "词汇表里这一项的成员",
    )
}

fn unlisted<'a>(
    members: impl Iterator<Item = &'a str> + Clone,
    text: &str,
    what: &str,
) -> Option<Foreign> {
    if members.clone().any(|member| member == text) {
        return None;
    }
    let listed: Vec<&str> = members.clone().take(12).collect();
    let help = nearest(text, members).map_or_else(
        || format!("可以是:{}", listed.join("、")),
        |near| format!("想写的是“{near}”吗?"),
    );
    Some(Foreign {
        message: format!("“{text}”不是{what}"),
        help,
    })
}

/// Every text that an expression can be, when it is made of literals alone. Each binding is
/// looked at once, however often it is named.
fn texts_of(scope: &Scope<'_>, expr: &Expr) -> Option<Vec<Arc<str>>> {
    let mut texts = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Literal(Value::Text(text)) => texts.push(Arc::clone(text)),
            ExprKind::Binding(id) => {
                if seen.insert(*id) {
                    open.push(&scope.binding(*id)?.expression);
                }
            }
            ExprKind::If(_, then, otherwise) => open.extend([&**then, &**otherwise]),
            ExprKind::Step(_, rows) => open.extend(rows.iter().map(|row| &row.value)),
            ExprKind::Table(table) if gives_one_result(table.policy) => {
                open.extend(table.rows.iter().map(|row| &row.result));
            }
            _other => return None,
        }
    }
    texts.sort();
    texts.dedup();
    Some(texts)
}

/// Whether the value of a table is the result of one of its rows.
fn gives_one_result(policy: HitPolicy) -> bool {
    match policy {
        HitPolicy::Unique
        | HitPolicy::First
        | HitPolicy::Any
        | HitPolicy::Priority
        | HitPolicy::Max
        | HitPolicy::Min => true,
        HitPolicy::Sum | HitPolicy::Count | HitPolicy::Collect | HitPolicy::OutputOrder => false,
    }
}
