//! Decision tables: cells typed by their column, rows proved against the hit policy.

use crate::check::cells::{self, Answers};
use crate::check::constants::constant;
use crate::check::expression::any_of;
use crate::check::scope::{Scope, Typed};
use crate::check::{types, written};
use crate::fault::{Code, Fault};
use crate::measure::expression::{Expr, ExprKind, Table, TableRow, Test, Type, Value};
use crate::span::Span;
use crate::syntax::ast::{CellSyntax, TableRowSyntax, TableSyntax};
use crate::syntax::words::HitPolicy;

impl Scope<'_> {
    pub(super) fn lower_table(&mut self, table: &TableSyntax, span: Span) -> Typed {
        let columns: Vec<Typed> = table
            .columns
            .iter()
            .map(|column| self.lower(column))
            .collect();
        let mut result_type = Type::Unknown;
        let mut rows = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            rows.push(self.lower_row(row, &columns, &mut result_type));
        }
        if rows.is_empty() {
            return self.refuse(Fault::new(Code::Z04, span, "表里没有一行"));
        }
        let Some(value_type) = self.table_type(table, &result_type) else {
            return Typed::invalid(span);
        };
        let order = self.lower_order(table, &rows, &result_type);
        self.prove_table(table, &rows);
        let kind = ExprKind::Table(Box::new(Table {
            policy: table.policy,
            order,
            columns: columns.into_iter().map(|column| column.expr).collect(),
            rows,
        }));
        Typed::new(kind, value_type, span)
    }

    fn lower_row(
        &mut self,
        row: &TableRowSyntax,
        columns: &[Typed],
        result_type: &mut Type,
    ) -> TableRow {
        if row.cells.len() != columns.len() {
            self.report(
                Fault::new(
                    Code::Z01,
                    row.span,
                    format!(
                        "表头有 {} 列,这一行有 {} 列",
                        columns.len().saturating_add(1),
                        row.cells.len().saturating_add(1)
                    ),
                )
                .with_help("每一格用“|”隔开,不看的格写“-”"),
            );
        }
        let cells = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                row.cells
                    .get(index)
                    .map_or(Test::Anything, |cell| self.lower_cell(cell, column))
            })
            .collect();
        let result = self.lower(&row.result);
        if types::fits(&result.value_type, result_type) {
            *result_type = types::joined(result_type, &result.value_type);
        } else {
            self.report(Fault::new(
                Code::Z03,
                row.result.span,
                format!(
                    "各行的结果要是同一类型:前面是{},这一行是{}",
                    types::name(result_type),
                    types::name(&result.value_type)
                ),
            ));
        }
        TableRow {
            cells,
            result: result.expr,
            span: row.span,
        }
    }

    pub(crate) fn lower_cell(&mut self, cell: &CellSyntax, column: &Typed) -> Test {
        if cell.tests.is_empty() {
            return Test::Anything;
        }
        let tests = cell
            .tests
            .iter()
            .map(|test| self.lower_test(test, column))
            .map(|test| if cell.contains { holding(test) } else { test })
            .collect();
        let test = any_of(tests);
        if cell.negated {
            return Test::Not(Box::new(test));
        }
        test
    }

    fn table_type(&mut self, table: &TableSyntax, result: &Type) -> Option<Type> {
        let fine = |wanted: bool| if wanted { Some(result.clone()) } else { None };
        let found = match table.policy {
            HitPolicy::Unique | HitPolicy::First | HitPolicy::Any | HitPolicy::Priority => {
                Some(result.clone())
            }
            HitPolicy::Sum => fine(matches!(
                result,
                Type::Money | Type::Number | Type::Invalid | Type::Unknown
            )),
            HitPolicy::Max | HitPolicy::Min => fine(self.is_ordered(result)),
            HitPolicy::Count => Some(Type::Number),
            HitPolicy::Collect | HitPolicy::OutputOrder => {
                Some(Type::Sequence(Box::new(result.clone())))
            }
        };
        if found.is_none() {
            self.report(Fault::new(
                Code::Z03,
                table.policy_span,
                format!("{}不能这样合成", types::name(result)),
            ));
        }
        found
    }

    /// The order of results: as written in parentheses, else as they first stand in the rows.
    fn lower_order(
        &mut self,
        table: &TableSyntax,
        rows: &[TableRow],
        result_type: &Type,
    ) -> Vec<Value> {
        if !matches!(table.policy, HitPolicy::Priority | HitPolicy::OutputOrder) {
            return Vec::new();
        }
        let mut order: Vec<Value> = Vec::new();
        for syntax in &table.order {
            let lowered = self.lower_as(syntax, result_type, "结果的次序");
            self.rank(&lowered, &mut order);
        }
        for row in rows {
            if table.order.is_empty() {
                self.rank(&row.result, &mut order);
            } else if constant(&row.result).is_some_and(|value| !order.contains(&value)) {
                self.report(Fault::new(
                    Code::Z04,
                    row.result.span,
                    "这个结果不在“优先”的次序里",
                ));
            }
        }
        order
    }

    /// Puts a result at the end of the order, if it is new there.
    fn rank(&mut self, result: &Expr, order: &mut Vec<Value>) {
        match constant(result) {
            Some(value) if !order.contains(&value) => order.push(value),
            Some(_) => {}
            None if result.kind == ExprKind::Invalid => {}
            None => self.report(
                Fault::new(Code::Z04, result.span, "“优先”的结果要是定值,才分得出先后")
                    .with_help("结果写成字面值,或改用“首个”"),
            ),
        }
    }

    fn prove_table(&mut self, table: &TableSyntax, rows: &[TableRow]) {
        let answers: Vec<Vec<Answers>> = rows
            .iter()
            .map(|row| row.cells.iter().map(cells::of_cell).collect())
            .collect();
        for (index, row) in rows.iter().enumerate() {
            let own = answers.get(index).map(Vec::as_slice).unwrap_or_default();
            if own.iter().any(cells::is_nothing) {
                self.report(
                    Fault::new(
                        Code::Z04,
                        row.span,
                        format!(
                            "第 {} 行永远不成立:有一格没有一个值满足",
                            index.saturating_add(1)
                        ),
                    )
                    .with_help("检查界限的先后和开闭"),
                );
                continue;
            }
            for (earlier, before) in rows.iter().enumerate().take(index) {
                let (Some(a), Some(b)) = (answers.get(earlier), answers.get(index)) else {
                    continue;
                };
                let fault = match table.policy {
                    HitPolicy::Unique => overlap(a, b).map(|example| {
                        both_match(earlier, index, example.as_deref(), row.span)
                            .with_help("“唯一”的各行不能同时成立;改窄其中一行,或改用“首个”")
                    }),
                    HitPolicy::Any => {
                        let differ = match (constant(&before.result), constant(&row.result)) {
                            (Some(left), Some(right)) => left != right,
                            _unknown => false,
                        };
                        overlap(a, b).filter(|_| differ).map(|example| {
                            both_match(earlier, index, example.as_deref(), row.span)
                                .with_help("“任一”的各行同时成立时结果要相同")
                        })
                    }
                    HitPolicy::First => covered(a, b).then(|| {
                        Fault::new(
                            Code::Z04,
                            row.span,
                            format!(
                                "第 {} 行永远轮不到:第 {} 行先成立",
                                index.saturating_add(1),
                                earlier.saturating_add(1)
                            ),
                        )
                        .with_help("删去这一行,或移到前面")
                    }),
                    HitPolicy::Priority
                    | HitPolicy::Sum
                    | HitPolicy::Max
                    | HitPolicy::Min
                    | HitPolicy::Count
                    | HitPolicy::Collect
                    | HitPolicy::OutputOrder => None,
                };
                if let Some(fault) = fault {
                    self.report(fault.with_related(before.span, "这一行"));
                    break;
                }
            }
        }
    }
}

/// Inside `包含` a test of equality asks what the set holds.
fn holding(test: Test) -> Test {
    match test {
        Test::Equal(expr) | Test::Holds(expr) => Test::Holds(expr),
        Test::Any(tests) => Test::Any(tests.into_iter().map(holding).collect()),
        other @ (Test::Range { .. }
        | Test::Compare(_, _)
        | Test::Below(_, _)
        | Test::Member(_)
        | Test::Not(_)
        | Test::Anything) => other,
    }
}

fn both_match(first: usize, second: usize, example: Option<&str>, at: Span) -> Fault {
    let rows = format!(
        "第 {} 行和第 {} 行可以同时成立",
        first.saturating_add(1),
        second.saturating_add(1)
    );
    let message = match example {
        Some(example) => format!("{rows},例如 {example}"),
        None => rows,
    };
    Fault::new(Code::Z04, at, message)
}

/// Whether two rows can match together, and values with which they do.
fn overlap(left: &[Answers], right: &[Answers]) -> Option<Option<String>> {
    let mut examples = Vec::new();
    for (a, b) in left.iter().zip(right) {
        match cells::common(a, b) {
            None => return None,
            Some(Some(example)) => examples.push(written::value(&example)),
            Some(None) => {}
        }
    }
    Some((!examples.is_empty()).then(|| examples.join("、")))
}

fn covered(earlier: &[Answers], later: &[Answers]) -> bool {
    earlier
        .iter()
        .zip(later)
        .all(|(outer, inner)| cells::covers(outer, inner))
}
