//! Checked rules in plain Chinese: conditions as sentences, tiers and tables as tables.

use zhida_engine::explain::{text_at, words};
use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::{
    Aggregate, Arithmetic, Comparison, Expr, ExprKind, FactRead, PeriodRead, Table, Test, TierRow,
    Value,
};
use zhida_policies::measure::library::Library;
use zhida_policies::syntax::ast::YearSyntax;
use zhida_policies::syntax::keywords::{Meaning, chinese};
use zhida_policies::syntax::words::Function;
use zhida_policies::values::Money;
use zhida_policies::vocabulary::Tree;

/// A table of a rule: tiers, bands or a decision table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleTable {
    /// What it is called in the sentences: 表1.
    pub(crate) name: String,
    /// What it answers.
    pub(crate) caption: String,
    /// The headings.
    pub(crate) head: Vec<String>,
    /// The rows.
    pub(crate) rows: Vec<Vec<String>>,
}

/// Puts the rules of one measure into words.
pub(crate) struct Speaker<'a> {
    library: &'a Library,
    measure: &'a Measure,
    /// The tables that sentences have named so far.
    pub(crate) tables: Vec<RuleTable>,
}

impl<'a> Speaker<'a> {
    /// For the rules of a measure.
    pub(crate) fn new(library: &'a Library, measure: &'a Measure) -> Self {
        Self {
            library,
            measure,
            tables: Vec::new(),
        }
    }

    /// What must hold, as a sentence without its full stop.
    pub(crate) fn truth(&mut self, expression: &Expr) -> String {
        match &expression.kind {
            ExprKind::And(parts) => self.joined(parts, ",并且"),
            ExprKind::Or(parts) => self.joined(parts, ",或者"),
            ExprKind::Not(inner) => format!("不是这样:{}", self.truth(inner)),
            ExprKind::Fact(_) | ExprKind::Field(_, _) => {
                format!("“{}”为是", self.value(expression))
            }
            ExprKind::Binding(_) => format!("满足“{}”", self.value(expression)),
            ExprKind::Compare(comparison, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                format!("{left}{}{right}", compared(*comparison))
            }
            ExprKind::In(subject, tests) => {
                let subject = self.value(subject);
                format!("{subject}{}", self.any(tests))
            }
            ExprKind::Contains(whole, part) => {
                format!("{}里有{}", self.value(whole), self.value(part))
            }
            ExprKind::Missing(inner) => format!("{}缺数据", self.value(inner)),
            ExprKind::Literal(_)
            | ExprKind::Unknown
            | ExprKind::Parameter(_, _)
            | ExprKind::AssessmentYear
            | ExprKind::AsOf
            | ExprKind::Negate(_)
            | ExprKind::Arithmetic(_, _, _)
            | ExprKind::If(_, _, _)
            | ExprKind::Call(_, _)
            | ExprKind::Item(_, _)
            | ExprKind::Sequence(_)
            | ExprKind::Step(_, _)
            | ExprKind::Marginal(_, _)
            | ExprKind::Table(_)
            | ExprKind::Aggregate(_)
            | ExprKind::Paid(_, _)
            | ExprKind::Invalid => self.value(expression),
        }
    }

    /// What something is, as a part of a sentence.
    pub(crate) fn value(&mut self, expression: &Expr) -> String {
        match &expression.kind {
            ExprKind::Literal(value) => self.literal(value, expression),
            ExprKind::Unknown => "未知".to_owned(),
            ExprKind::Fact(read) => self.fact(*read),
            ExprKind::Field(list, field) => words::field_name(self.library, *list, *field),
            ExprKind::Binding(binding) => {
                let named = self.measure.bindings.get(binding.0);
                named.map_or_else(String::new, |named| named.name.clone())
            }
            ExprKind::Parameter(parameter, day) => {
                let named = self.library.parameters.get(parameter.0);
                let name = named.map_or("", |named| named.name.as_str());
                day.map_or_else(|| name.to_owned(), |day| format!("{name}({day})"))
            }
            ExprKind::AssessmentYear => "评定年度".to_owned(),
            ExprKind::AsOf => "基准日".to_owned(),
            ExprKind::Negate(inner) => format!("−{}", self.operand(inner)),
            ExprKind::Arithmetic(operation, left, right) => {
                let sign = match operation {
                    Arithmetic::Add => "+",
                    Arithmetic::Subtract => "−",
                    Arithmetic::Multiply => "×",
                    Arithmetic::Divide => "÷",
                };
                format!("{} {sign} {}", self.operand(left), self.operand(right))
            }
            ExprKind::If(condition, then, otherwise) => {
                let condition = self.truth(condition);
                let (then, otherwise) = (self.value(then), self.value(otherwise));
                format!("{condition}的,{then};否则{otherwise}")
            }
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Item(list, place) => {
                format!("{}的第{}项", self.value(list), self.value(place))
            }
            ExprKind::Sequence(items) => self.list(items),
            ExprKind::Step(subject, rows) => self.tiers(subject, rows),
            ExprKind::Marginal(subject, bands) => self.bands(subject, bands),
            ExprKind::Table(table) => self.decision(table),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Paid(measure, _) => {
                let named = self.library.measure(&measure.0);
                let name = named.map_or(&*measure.0, |named| named.name.as_str());
                format!("“{name}”已付金额")
            }
            ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare(_, _, _)
            | ExprKind::In(_, _)
            | ExprKind::Contains(_, _)
            | ExprKind::Missing(_) => self.truth(expression),
            ExprKind::Invalid => text_at(self.library, expression.span),
        }
    }

    fn joined(&mut self, parts: &[Expr], word: &str) -> String {
        let part = |part: &Expr| {
            let text = self.truth(part);
            let is_several = matches!(part.kind, ExprKind::And(_) | ExprKind::Or(_));
            if is_several {
                format!("({text})")
            } else {
                text
            }
        };
        parts.iter().map(part).collect::<Vec<String>>().join(word)
    }

    fn operand(&mut self, expression: &Expr) -> String {
        let text = self.value(expression);
        let is_compound = matches!(
            expression.kind,
            ExprKind::Arithmetic(..) | ExprKind::If(..) | ExprKind::Negate(_)
        );
        if is_compound {
            format!("({text})")
        } else {
            text
        }
    }

    fn list(&mut self, items: &[Expr]) -> String {
        let items = items.iter().map(|item| self.value(item));
        items.collect::<Vec<String>>().join("、")
    }

    /// A figure as the policy writes it.
    fn literal(&self, value: &Value, expression: &Expr) -> String {
        match value {
            Value::Text(text) => {
                let industry = self.library.codes.industries().name(text);
                industry.map_or_else(|| format!("“{text}”"), |name| format!("{name}({text})"))
            }
            Value::Money(_) | Value::Number(_) | Value::Duration(_) => {
                let written = text_at(self.library, expression.span);
                if written.is_empty() {
                    words::value(value)
                } else {
                    written.replace('_', "")
                }
            }
            Value::Boolean(_)
            | Value::Date(_)
            | Value::Set(_)
            | Value::Sequence(_)
            | Value::Test(_) => words::value(value),
        }
    }

    /// A fact with the period that is read.
    pub(crate) fn fact(&self, read: FactRead) -> String {
        let name = &self.library.vocabulary.fact(read.fact).name;
        match period(read.period) {
            Some(period) => format!("{name}({period})"),
            None => name.clone(),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are all told alike"
    )]
    fn call(&mut self, function: Function, arguments: &[Expr]) -> String {
        let inner = self.list(arguments);
        match function {
            Function::Min => format!("{inner}中较小的一个"),
            Function::Max => format!("{inner}中较大的一个"),
            Function::Sum => format!("{inner}之和"),
            other => format!("{}({inner})", chinese(Meaning::Function(other))),
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate) -> String {
        let list = self.fact(aggregate.list);
        let filter = aggregate.filter.as_ref();
        let filter = filter.map_or_else(String::new, |filter| {
            format!("(只计{}的)", self.truth(filter))
        });
        let function = chinese(Meaning::Function(aggregate.function));
        match (&aggregate.value, aggregate.function) {
            (Some(value), Function::Any) => {
                format!("{list}{filter}中有一条:{}", self.truth(value))
            }
            (Some(value), Function::All) => {
                format!("{list}{filter}每一条都是:{}", self.truth(value))
            }
            (Some(value), _) => format!("{list}{filter}的{}{function}", self.value(value)),
            (None, _) => format!("{list}{filter}的条数"),
        }
    }

    fn named(&mut self, caption: String, head: Vec<String>, rows: Vec<Vec<String>>) -> String {
        let name = format!("表{}", self.tables.len().saturating_add(1));
        self.tables.push(RuleTable {
            name: name.clone(),
            caption,
            head,
            rows,
        });
        name
    }

    fn tiers(&mut self, subject: &Expr, rows: &[TierRow]) -> String {
        let subject = self.value(subject);
        let rows = rows.iter().map(|row| {
            let test = self.test(&row.test);
            vec![test, self.value(&row.value)]
        });
        let rows = rows.collect();
        let head = vec![subject.clone(), "标准".to_owned()];
        let name = self.named(format!("按{subject}分档"), head, rows);
        format!("按{subject}对应的标准(见{name})")
    }

    fn bands(
        &mut self,
        subject: &Expr,
        bands: &[zhida_policies::measure::expression::Band],
    ) -> String {
        let is_money = bands
            .iter()
            .any(|band| text_at(self.library, band.span).contains('元'));
        let subject = self.value(subject);
        let bound = |number: &zhida_policies::values::Number| {
            let money = Money::from_exact_fen(number).ok().filter(|_| is_money);
            money.map_or_else(|| number.to_string(), |money| money.chinese().to_string())
        };
        let rows = bands.iter().map(|band| {
            let low = bound(&band.low);
            let part = match &band.high {
                Some(high) if band.low.is_zero() => format!("不超过{}的部分", bound(high)),
                Some(high) => format!("超过{low}、不超过{}的部分", bound(high)),
                None => format!("超过{low}的部分"),
            };
            vec![part, self.value(&band.rate)]
        });
        let rows = rows.collect();
        let head = vec![subject.clone(), "比例".to_owned()];
        let name = self.named(format!("{subject}分段累进"), head, rows);
        format!("{subject}分段累计(见{name})")
    }

    fn decision(&mut self, table: &Table) -> String {
        let mut head: Vec<String> = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            head.push(self.value(column));
        }
        let caption = format!("按{}查表", head.join("、"));
        head.push("结果".to_owned());
        let rows = table.rows.iter().map(|row| {
            let mut cells: Vec<String> = row.cells.iter().map(|cell| self.test(cell)).collect();
            cells.push(self.value(&row.result));
            cells
        });
        let rows = rows.collect();
        let policy = chinese(Meaning::Hit(table.policy));
        let name = self.named(format!("{caption}({policy})"), head, rows);
        format!("{caption}的结果(见{name})")
    }

    /// What any of the tests says of the subject before it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are all told alike"
    )]
    fn any(&mut self, tests: &[Test]) -> String {
        let is_list = tests
            .iter()
            .all(|test| matches!(test, Test::Equal(_) | Test::Below(_, _)));
        if !is_list {
            let tests = tests.iter().map(|test| self.test(test));
            return tests.collect::<Vec<String>>().join("或");
        }
        let items = tests.iter().map(|test| match test {
            Test::Equal(value) => self.value(value),
            other => self.test(other),
        });
        let items: Vec<String> = items.collect();
        format!("属于{}", items.join("、"))
    }

    /// What a test says of a subject.
    pub(crate) fn test(&mut self, test: &Test) -> String {
        match test {
            Test::Range {
                low,
                low_included,
                high,
                high_included,
            } => {
                let word = |is_included: bool, with: Comparison, without: Comparison| {
                    compared(if is_included { with } else { without })
                };
                let mut parts: Vec<String> = Vec::with_capacity(2);
                if let Some(low) = low {
                    let (with, without) = (Comparison::GreaterOrEqual, Comparison::Greater);
                    let word = word(*low_included, with, without);
                    parts.push(format!("{word}{}", self.value(low)));
                }
                if let Some(high) = high {
                    let (with, without) = (Comparison::LessOrEqual, Comparison::Less);
                    let word = word(*high_included, with, without);
                    parts.push(format!("{word}{}", self.value(high)));
                }
                parts.join(",")
            }
            Test::Compare(comparison, bound) => {
                format!("{}{}", compared(*comparison), self.value(bound))
            }
            Test::Equal(value) => format!("为{}", self.value(value)),
            Test::Below(tree, code) => self.below(*tree, code),
            Test::Member(list) => format!("在{}之列", self.value(list)),
            Test::Holds(member) => format!("里有{}", self.value(member)),
            Test::Any(tests) => {
                let tests = tests.iter().map(|test| self.test(test));
                tests.collect::<Vec<String>>().join("或")
            }
            Test::Not(inner) => format!("不({})", self.test(inner)),
            Test::Anything => "不限".to_owned(),
        }
    }

    fn below(&self, tree: Tree, code: &str) -> String {
        let tree = match tree {
            Tree::Industry => self.library.codes.industries(),
            Tree::Region => self.library.codes.regions(),
        };
        tree.name(code)
            .map_or_else(|| code.to_owned(), |name| format!("{name}({code})"))
    }
}

/// The words of a comparison. 不低于 and 不超过 include the figure, 超过 and 不满 do not.
fn compared(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "为",
        Comparison::NotEqual => "不为",
        Comparison::Less => "不满",
        Comparison::LessOrEqual => "不超过",
        Comparison::Greater => "超过",
        Comparison::GreaterOrEqual => "不低于",
    }
}

/// The period of a read in words; nothing for the status on the as-of date.
pub(crate) fn period(read: PeriodRead) -> Option<String> {
    let year = |year: YearSyntax| match year {
        YearSyntax::Offset(0) => "本年".to_owned(),
        YearSyntax::Offset(-1) => "上年".to_owned(),
        YearSyntax::Offset(-2) => "前年".to_owned(),
        YearSyntax::Offset(1) => "次年".to_owned(),
        YearSyntax::Offset(years) if years < 0 => format!("{}年前", years.unsigned_abs()),
        YearSyntax::Offset(years) => format!("{years}年后"),
        YearSyntax::Fixed(year) => format!("{year}年"),
    };
    let part = |of: YearSyntax, first: u8, last: u8, unit: &str| {
        let year = year(of);
        if first == last {
            format!("{year}{first}{unit}")
        } else {
            format!("{year}{first}至{last}{unit}")
        }
    };
    match read {
        PeriodRead::Status => None,
        PeriodRead::Year(of) => Some(year(of)),
        PeriodRead::Quarters(of, first, last) => Some(part(of, first, last, "季度")),
        PeriodRead::Months(of, first, last) => Some(part(of, first, last, "月")),
    }
}
