//! Closed lists: the members of sets and enums, codes of trees, and the results that a
//! definition can have.

use std::sync::Arc;

use crate::check::nearest::nearest;
use crate::check::scope::Scope;
use crate::fault::{Code, Fault};
use crate::measure::expression::{Expr, ExprKind, Value};
use crate::span::Span;
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
        Some(FactType::Set(members) | FactType::Enum(members)) => {
            unlisted(members.iter().map(String::as_str), text, "词汇表里这一项的成员")
        }
        Some(_other) => None,
        None if matches!(subject.kind, ExprKind::Literal(_)) => None,
        None => {
            let results = texts_of(scope, subject, 0)?;
            unlisted(results.iter().map(AsRef::as_ref), text, "它的结果")
        }
    }
}

/// What is wrong with a member that a set or enum does not list.
pub(crate) fn unlisted_member(members: &[String], text: &str) -> Option<Foreign> {
    unlisted(members.iter().map(String::as_str), text, "词汇表里这一项的成员")
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

/// Every text that an expression can be, when it is made of literals alone.
fn texts_of(scope: &Scope<'_>, expr: &Expr, depth: usize) -> Option<Vec<Arc<str>>> {
    if depth > 32 {
        return None;
    }
    let deeper = depth.saturating_add(1);
    let branches: Vec<&Expr> = match &expr.kind {
        ExprKind::Literal(Value::Text(text)) => return Some(vec![Arc::clone(text)]),
        ExprKind::Binding(id) => vec![&scope.binding(*id)?.expression],
        ExprKind::If(_, then, otherwise) => vec![then, otherwise],
        ExprKind::Step(_, rows) => rows.iter().map(|row| &row.value).collect(),
        ExprKind::Table(table) => table.rows.iter().map(|row| &row.result).collect(),
        _other => return None,
    };
    let mut texts = Vec::new();
    for branch in branches {
        texts.extend(texts_of(scope, branch, deeper)?);
    }
    texts.sort();
    texts.dedup();
    Some(texts)
}
