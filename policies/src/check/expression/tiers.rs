//! `分档` and `累进`: rows that neither overlap nor leave a gap.

use crate::check::cells::{self, Answers};
use crate::check::intervals::{self, Interval};
use crate::check::scope::{Scope, Typed};
use crate::check::types;
use crate::check::written::{self, Style};
use crate::fault::{Code, Fault};
use crate::measure::expression::{Band, ExprKind, Test, TierRow, Type, Value};
use crate::span::Span;
use crate::syntax::ast::{TestSyntaxKind, TierSyntax};
use crate::values::Number;

impl Scope<'_> {
    pub(super) fn lower_step(&mut self, tiers: &TierSyntax, span: Span) -> Typed {
        let subject = self.lower(&tiers.subject);
        let mut value_type = Type::Unknown;
        let mut rows = Vec::with_capacity(tiers.rows.len());
        for row in &tiers.rows {
            let test = self.lower_test(&row.test, &subject);
            let value = self.lower(&row.value);
            if types::fits(&value.value_type, &value_type) {
                value_type = types::joined(&value_type, &value.value_type);
            } else {
                self.report(Fault::new(
                    Code::Z03,
                    row.value.span,
                    format!(
                        "各档的值要是同一类型:前面是{},这一档是{}",
                        types::name(&value_type),
                        types::name(&value.value_type)
                    ),
                ));
            }
            rows.push(TierRow {
                test,
                value: value.expr,
                span: row.span,
            });
        }
        if rows.is_empty() {
            return self.refuse(
                Fault::new(Code::Z04, span, "分档里没有一档")
                    .with_help("写成“[10%..20%) : 20万元”这样的行"),
            );
        }
        self.prove_tiers(&rows, tiers);
        Typed::new(
            ExprKind::Step(Box::new(subject.expr), rows),
            value_type,
            span,
        )
    }

    /// Proves that every value between the first and the last row has exactly one row.
    fn prove_tiers(&mut self, rows: &[TierRow], syntax: &TierSyntax) {
        let mut known: Vec<(usize, Answers)> = Vec::new();
        let last = rows.len().saturating_sub(1);
        let mut whole = true;
        for (index, row) in rows.iter().enumerate() {
            if row.test == Test::Anything && index == last && index > 0 {
                whole = false;
                continue;
            }
            let answers = cells::of_cell(&row.test);
            if matches!(answers, Answers::Unknown) {
                whole = false;
                self.report_unprovable(row);
            } else if cells::is_nothing(&answers) {
                self.report(
                    Fault::new(Code::Z04, row.span, "没有一个值落在这一档")
                        .with_help("检查两端的先后和开闭"),
                );
            } else {
                known.push((index, answers));
            }
        }
        self.report_overlaps(rows, &known);
        let discrete = syntax
            .rows
            .iter()
            .any(|row| matches!(row.test.kind, TestSyntaxKind::Value(_)));
        if whole && !discrete {
            self.report_gap(rows, &known);
        }
    }

    fn report_unprovable(&mut self, row: &TierRow) {
        if row.test.has_fault() {
            return;
        }
        self.report(
            Fault::new(
                Code::Z04,
                row.span,
                "这一档的界限不是定数,无法证明各档不重不漏",
            )
            .with_help("界限写成字面的数或金额"),
        );
    }

    fn report_gap(&mut self, rows: &[TierRow], known: &[(usize, Answers)]) {
        let mut intervals: Vec<(usize, Interval)> = Vec::new();
        for (index, answers) in known {
            let Answers::Line(parts) = answers else {
                return;
            };
            intervals.extend(parts.iter().map(|part| (*index, part.clone())));
        }
        let Some((before, after, gap)) = intervals::first_gap(&intervals) else {
            return;
        };
        if let (Some(before), Some(after)) = (rows.get(before), rows.get(after)) {
            let fault = Fault::new(
                Code::Z04,
                after.span,
                format!("{} 没有档位回答", written::interval(&gap, self.style(rows))),
            );
            let fault = if before.span == after.span {
                fault
            } else {
                fault.with_related(before.span, "前一档到这里为止")
            };
            self.report(fault.with_help("让相邻两档的界限相接,一开一闭"));
        }
    }

    /// Whether the rows write their numbers as percentages.
    fn style(&self, rows: &[TierRow]) -> Style {
        let percent = |row: &TierRow| {
            let text = self.globals.text(row.span);
            text.split([':', '\u{FF1A}'])
                .next()
                .is_some_and(|test| test.contains(['%', '\u{FF05}']))
        };
        if rows.iter().any(percent) {
            Style::Percent
        } else {
            Style::Plain
        }
    }

    /// Each row is compared with those before it, and reported with the first that it meets.
    fn report_overlaps(&mut self, rows: &[TierRow], known: &[(usize, Answers)]) {
        let style = self.style(rows);
        for (place, (row, answers)) in known.iter().enumerate() {
            let met = known.iter().take(place).find_map(|(other, earlier)| {
                cells::common(earlier, answers).map(|example| (*other, example))
            });
            let Some((other, example)) = met else {
                continue;
            };
            if let (Some(first), Some(second)) = (rows.get(other), rows.get(*row)) {
                let (a, b) = (ordinal(other), ordinal(*row));
                let message = match example {
                    Some(example) => format!(
                        "{} 同时落在第 {a} 档和第 {b} 档",
                        written::styled(&example, style)
                    ),
                    None => format!("第 {a} 档和第 {b} 档有重叠"),
                };
                self.report(
                    Fault::new(Code::Z04, second.span, message)
                        .with_related(first.span, "也落在这一档")
                        .with_help("相邻两档的界限一开一闭,例如 [10%..20%) 和 [20%..30%)"),
                );
            }
        }
    }

    pub(super) fn lower_marginal(&mut self, tiers: &TierSyntax, span: Span) -> Typed {
        let subject = self.lower(&tiers.subject);
        if !matches!(
            subject.value_type,
            Type::Money | Type::Number | Type::Invalid | Type::Unknown
        ) {
            return self.refuse(Fault::new(
                Code::Z03,
                tiers.subject.span,
                format!("累进要金额或数,这里是{}", types::name(&subject.value_type)),
            ));
        }
        let mut rate_type = Type::Unknown;
        let mut bands: Vec<Band> = Vec::with_capacity(tiers.rows.len());
        let mut whole = true;
        for row in &tiers.rows {
            let test = self.lower_test(&row.test, &subject);
            let rate = self.lower(&row.value);
            if types::fits(&rate.value_type, &rate_type) {
                rate_type = types::joined(&rate_type, &rate.value_type);
            } else {
                self.report(Fault::new(
                    Code::Z03,
                    row.value.span,
                    "各段的费率要是同一类型",
                ));
            }
            match band_of(&test) {
                Some((low, high)) => bands.push(Band {
                    low,
                    high,
                    rate: rate.expr,
                    span: row.span,
                }),
                None => {
                    whole = false;
                    if !test.has_fault() {
                        self.report(
                            Fault::new(Code::Z04, row.span, "累进的每一段要写成定数的范围")
                                .with_help("例如“[0元..500万元] : 50%”,末段可写“> 5000万元 : 80%”"),
                        );
                    }
                }
            }
        }
        bands.sort_by(|left, right| left.low.cmp(&right.low));
        if whole {
            self.prove_bands(&bands, subject.value_type == Type::Money, span);
        }
        let value_type = match (&subject.value_type, &rate_type) {
            (Type::Money, Type::Number | Type::Unknown | Type::Invalid)
            | (Type::Number, Type::Money) => Type::Money,
            (Type::Number, Type::Number | Type::Unknown) => Type::Number,
            (Type::Invalid | Type::Unknown, _) | (_, Type::Invalid) => Type::Invalid,
            (found, rate) => {
                return self.refuse(Fault::new(
                    Code::Z03,
                    span,
                    format!("{}不能按{}累进", types::name(found), types::name(rate)),
                ));
            }
        };
        Typed::new(
            ExprKind::Marginal(Box::new(subject.expr), bands),
            value_type,
            span,
        )
    }

    fn prove_bands(&mut self, bands: &[Band], money: bool, span: Span) {
        let Some(first) = bands.first() else {
            self.report(Fault::new(Code::Z04, span, "累进里没有一段"));
            return;
        };
        if !first.low.is_zero() {
            self.report(
                Fault::new(Code::Z04, first.span, "累进要从 0 开始")
                    .with_help("补上从 0 起的一段;不补助的一段费率写 0%"),
            );
        }
        for band in bands {
            if band.high.as_ref().is_some_and(|high| *high <= band.low) {
                self.report(
                    Fault::new(Code::Z04, band.span, "没有一个值落在这一段")
                        .with_help("检查两端的先后"),
                );
                return;
            }
        }
        for (below, above) in bands.iter().zip(bands.iter().skip(1)) {
            if below.high.as_ref() != Some(&above.low) {
                let shown = |end: &Number| {
                    written::value(&if money {
                        Value::Money(end.clone())
                    } else {
                        Value::Number(end.clone())
                    })
                };
                let what = match &below.high {
                    Some(high) if *high < above.low => {
                        format!("从 {} 到 {} 没有一段回答", shown(high), shown(&above.low))
                    }
                    Some(_) | None => format!("从 {} 起与前一段重叠", shown(&above.low)),
                };
                self.report(
                    Fault::new(Code::Z04, above.span, what)
                        .with_related(below.span, "前一段")
                        .with_help("后一段从前一段的上限开始"),
                );
            }
        }
    }
}

fn ordinal(index: usize) -> usize {
    index.saturating_add(1)
}

/// The ends of a band: both belong to it or not, which does not change a sum.
fn band_of(test: &Test) -> Option<(Number, Option<Number>)> {
    let intervals = intervals::of_test(test)?;
    let [interval] = intervals.as_slice() else {
        return None;
    };
    let plain = |value: &Value| {
        let (Value::Number(number) | Value::Money(number)) = value else {
            return None;
        };
        Some(number.clone())
    };
    let low = match &interval.low {
        Some(end) => plain(&end.value)?,
        None => Number::zero(),
    };
    let high = match &interval.high {
        Some(end) => Some(plain(&end.value)?),
        None => None,
    };
    Some((low, high))
}
