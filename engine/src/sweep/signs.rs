//! What of an enterprise the unknown parts of a measure depend on.
//!
//! An unknown part is worked out by the reference interpreter, exactly and slowly. What it comes
//! to depends on little: which facts are missing, on which side of the constants known numbers
//! lie, which flags are set, and the same of the fields of records. These are the signs of a row.
//! Rows with the same signs come to the same, so that the interpreter is asked once for each.
//!
//! # Shape
//! A part has signs only where each of its nodes is a function of them:
//!
//! * a number, where it is compared with a constant, counts by its order to it;
//! * sums, differences, quotients and multiples of numbers count by what is missing, as long as
//!   anything of them is: they are then unknown without bounds, and comparisons look at no bounds.
//!   Should everything of them be known, the row has no signs;
//! * truth values, words and members count by themselves, every other node by its operands.
//!
//! An aggregate that has signs comes to the same in whatever order the records stand, but names
//! records of which a field is missing. Where a measure looks into one list, its records are
//! therefore put into the order of their signs, and what is missing is told by places in it.

use zhida_policies::measure::expression::{
    Aggregate, Arithmetic, Comparison, Expr, ExprKind, FactRead, Test, Value,
};
use zhida_policies::measure::{BindingId, Measure};
use zhida_policies::syntax::words::Function;
use zhida_policies::vocabulary::{Absent, FactId};

use crate::interpreter::PeriodRange;
use crate::snapshot::{Column, ColumnKey, ListColumn, Snapshot};
use crate::sweep::sign::{Cut, Look, Order, Packed, Packing, Sign, Threshold, put_records};

/// How deep bindings and expressions may be; deeper ones have no signs.
const DEPTH_MAX: usize = 64;

/// How many operations one number may need: of numbers of 128 bits they stay far below the size
/// limit, so that none of them can be without value for its size.
const OPERATIONS_MAX: usize = 6;

/// How many signs a measure may have.
const SIGNS_MAX: usize = 64;

/// The signs of one part.
#[derive(Clone, Default)]
struct PartSigns {
    /// Its signs, bit by bit.
    signs: u64,
    /// Of each of these something must be missing.
    lacking: Vec<u64>,
}

/// The signs of the parts of a measure.
#[derive(Default)]
pub(crate) struct MeasureSigns<'s> {
    signs: Vec<Sign<'s>>,
    /// The award, then the exceptions and conditions; nothing for a part without signs.
    parts: Vec<Option<PartSigns>>,
}

impl<'s> MeasureSigns<'s> {
    /// The signs of these parts of a measure.
    pub(crate) fn new<'e>(
        measure: &'e Measure,
        parts: impl Iterator<Item = &'e Expr>,
        snapshot: &'s Snapshot,
        year: i32,
    ) -> Self {
        let mut found = Self::default();
        for part in parts {
            let mut walk = Walk {
                measure,
                snapshot,
                year,
                signs: &mut found.signs,
                part: PartSigns::default(),
                depth: 0,
            };
            let has_signs = walk.depends(part, None).is_some();
            let part = has_signs.then_some(walk.part);
            found.parts.push(part);
        }
        found
    }

    /// The signs of a row for some parts, each bit one; nothing where they do not tell.
    pub(crate) fn of(&self, parts: u64, row: usize) -> Option<RowSigns> {
        let mut signs = 0;
        for part in bits(parts) {
            signs |= self.parts.get(part)?.as_ref()?.signs;
        }
        let (mut packing, mut missing, mut fields) = (Packing::default(), 0u64, 0u64);
        for place in bits(signs) {
            let sign = self.signs.get(place)?;
            if sign.list().is_some() {
                fields |= 1 << place;
            } else if !sign.put(row, &mut packing)? {
                missing |= 1 << place;
            }
        }
        for part in bits(parts) {
            let lacking = &self.parts.get(part)?.as_ref()?.lacking;
            if lacking.iter().any(|facts| facts & missing == 0) {
                return None;
            }
        }
        let order = self.records(fields, row, &mut packing)?;
        Some(RowSigns {
            packed: packing.packed,
            order,
        })
    }

    /// Adds the fields of records; their order where they are of one list.
    #[expect(
        clippy::option_option,
        reason = "whether they tell, and whether they have an order"
    )]
    fn records(&self, fields: u64, row: usize, to: &mut Packing) -> Option<Option<Order>> {
        let fields = bits(fields).filter_map(|place| self.signs.get(place));
        let mut lists = fields.clone().filter_map(Sign::list);
        let Some(first) = lists.next() else {
            return Some(None);
        };
        if lists.all(|list| std::ptr::eq(list, first)) {
            return put_records(first, fields, row, to).map(Some);
        }
        for sign in fields {
            sign.put(row, to)?;
        }
        Some(None)
    }
}

/// What a row shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSigns {
    pub(crate) packed: Packed,
    /// The order in which records were looked at, where they are of one list.
    pub(crate) order: Option<Order>,
}

/// The places of the bits that are set, from the lowest.
fn bits(mut set: u64) -> impl Iterator<Item = usize> + Clone {
    std::iter::from_fn(move || {
        let place = usize::try_from(set.trailing_zeros()).ok()?;
        set &= set.checked_sub(1)?;
        Some(place)
    })
}

/// A part while it is looked through. Every function says nothing where there are no signs.
struct Walk<'w, 's> {
    measure: &'w Measure,
    snapshot: &'s Snapshot,
    year: i32,
    signs: &'w mut Vec<Sign<'s>>,
    part: PartSigns,
    depth: usize,
}

/// The list whose records an expression looks into.
type At<'s> = Option<(FactId, &'s ListColumn)>;

impl<'s> Walk<'_, 's> {
    fn sign(&mut self, sign: Sign<'s>) -> Option<u64> {
        let known = self.signs.iter().position(|known| known.is_same(&sign));
        let place = known.unwrap_or_else(|| {
            self.signs.push(sign);
            self.signs.len().saturating_sub(1)
        });
        if place >= SIGNS_MAX {
            return None;
        }
        self.part.signs |= 1 << place;
        Some(1 << place)
    }

    /// The column of a fact for the one period that a rule reads; nothing for several.
    fn column(&self, read: FactRead) -> Option<Option<&'s Column>> {
        let range = PeriodRange::of(read.period, self.year);
        let key = ColumnKey {
            fact: read.fact,
            period: range.first,
        };
        range.is_single().then(|| self.snapshot.column(key))
    }

    /// Makes an expression a function of signs.
    fn depends(&mut self, expr: &Expr, at: At<'s>) -> Option<()> {
        self.depth = self
            .depth
            .checked_add(1)
            .filter(|depth| *depth < DEPTH_MAX)?;
        let found = self.depends_on_kind(expr, at);
        self.depth = self.depth.saturating_sub(1);
        found
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>, at: At<'s>) -> Option<()> {
        exprs
            .into_iter()
            .try_for_each(|expr| self.depends(expr, at))
    }

    fn depends_on_kind(&mut self, expr: &Expr, at: At<'s>) -> Option<()> {
        match &expr.kind {
            ExprKind::Literal(_)
            | ExprKind::Unknown
            | ExprKind::Parameter(..)
            | ExprKind::AssessmentYear
            | ExprKind::AsOf => Some(()),
            ExprKind::Fact(read) => self.value(*read, expr),
            ExprKind::Field(list, field) => self.field(list_of(at, *list)?, *field, &Look::Flag),
            // A binding never sees the record of the aggregate that asks for it.
            ExprKind::Binding(BindingId(place)) => {
                let binding = self.measure.bindings.get(*place)?.expression.clone();
                self.depends(&binding, None)
            }
            ExprKind::Negate(operand) | ExprKind::Not(operand) => self.depends(operand, at),
            ExprKind::And(operands) | ExprKind::Or(operands) => self.all(operands, at),
            ExprKind::Compare(comparison, left, right) => {
                self.compare(*comparison, left, right, at)
            }
            ExprKind::Arithmetic(_, left, right) => {
                if is_of_facts(expr) {
                    return self.lacking(expr);
                }
                self.all([&**left, &**right], at)
            }
            ExprKind::If(condition, then, otherwise) => {
                self.all([&**condition, &**then, &**otherwise], at)
            }
            ExprKind::In(subject, tests) => self.subject(subject, tests.iter(), at),
            ExprKind::Contains(whole, part) => self.contains(whole, part),
            ExprKind::Call(_, arguments) => self.all(arguments, at),
            ExprKind::Missing(operand) => {
                let ExprKind::Fact(read) = &operand.kind else {
                    return None;
                };
                let column = self.column(*read)?;
                self.sign(Sign::There(column)).map(|_| ())
            }
            ExprKind::Step(subject, rows) => {
                self.subject(subject, rows.iter().map(|row| &row.test), at)?;
                self.all(rows.iter().map(|row| &row.value), at)
            }
            ExprKind::Marginal(subject, bands) => {
                self.depends(subject, at)?;
                self.all(bands.iter().map(|band| &band.rate), at)
            }
            ExprKind::Table(table) => {
                for (place, column) in table.columns.iter().enumerate() {
                    let cells = table.rows.iter().map(|row| row.cells.get(place));
                    let cells: Option<Vec<&Test>> = cells.collect();
                    self.subject(column, cells?.into_iter(), at)?;
                }
                self.all(table.rows.iter().map(|row| &row.result), at)
            }
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate),
            ExprKind::Item(..) | ExprKind::Sequence(_) | ExprKind::Paid(..) | ExprKind::Invalid => {
                None
            }
        }
    }

    /// A fact whose value counts.
    fn value(&mut self, read: FactRead, expr: &Expr) -> Option<()> {
        match self.column(read)? {
            Some(column @ Column::Boolean(_)) => self.sign(Sign::Cell(column, Look::Flag)),
            Some(column @ Column::Text(_)) => self.sign(Sign::Word(column)),
            // Everybody has the same.
            None => self.sign(Sign::There(None)),
            Some(Column::Money(_) | Column::Number(_)) => return self.lacking(expr),
            Some(Column::NumberText(_) | Column::Date(_) | Column::Set(_) | Column::Records(_)) => {
                None
            }
        }
        .map(|_| ())
    }

    /// A number of facts of which something is missing.
    fn lacking(&mut self, expr: &Expr) -> Option<()> {
        let mut operations = 0;
        self.facts_of(expr, &mut operations).map(|facts| {
            self.part.lacking.push(facts);
        })
    }

    /// The signs of what may be missing of a number of facts. A quotient of known numbers may be
    /// without value, so that something of each must be missing.
    fn facts_of(&mut self, expr: &Expr, operations: &mut usize) -> Option<u64> {
        match &expr.kind {
            ExprKind::Literal(Value::Money(number) | Value::Number(number)) => number
                .numerator()
                .bits()
                .max(number.denominator().bits())
                .lt(&128)
                .then_some(0),
            ExprKind::Fact(read) => {
                let column = self.column(*read)?;
                if !matches!(column, None | Some(Column::Money(_) | Column::Number(_))) {
                    return None;
                }
                let sign = self.sign(Sign::There(column))?;
                let absent = self.snapshot.vocabulary().fact(read.fact).absent;
                // What is zero when it is not there is never missing.
                Some(if absent == Absent::Unknown { sign } else { 0 })
            }
            ExprKind::Arithmetic(operation, left, right) => {
                *operations = operations
                    .checked_add(1)
                    .filter(|all| *all <= OPERATIONS_MAX)?;
                let facts = self.facts_of(left, operations)? | self.facts_of(right, operations)?;
                if *operation == Arithmetic::Divide {
                    self.part.lacking.push(facts);
                }
                Some(facts)
            }
            _ => None,
        }
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
        at: At<'s>,
    ) -> Option<()> {
        let (from_left, from_right) = match comparison {
            Comparison::Less | Comparison::GreaterOrEqual => (Cut::Below, Cut::Above),
            Comparison::LessOrEqual | Comparison::Greater => (Cut::Above, Cut::Below),
            Comparison::Equal | Comparison::NotEqual => (Cut::Both, Cut::Both),
        };
        let pair = match (&left.kind, &right.kind) {
            (_, ExprKind::Literal(value)) => Some((left, value, from_left)),
            (ExprKind::Literal(value), _) => Some((right, value, from_right)),
            _ => None,
        };
        if let Some((operand, value, cut)) = pair
            && let Some(found) = self.order(operand, value, cut, at)
        {
            return Some(found);
        }
        if is_of_facts(left) && is_of_facts(right) {
            let mut operations = 0;
            let facts = self.facts_of(left, &mut operations)?;
            let facts = facts | self.facts_of(right, &mut operations)?;
            self.part.lacking.push(facts);
            return Some(());
        }
        self.all([left, right], at)
    }

    /// A number beside a constant; nothing where it is no plain fact or field.
    fn order(&mut self, operand: &Expr, value: &Value, cut: Cut, at: At<'s>) -> Option<()> {
        match &operand.kind {
            ExprKind::Fact(read) => match self.column(*read)? {
                Some(column) => {
                    let look = Look::Order(Threshold::of(column, value, cut)?);
                    self.sign(Sign::Cell(column, look)).map(|_| ())
                }
                None => self.sign(Sign::There(None)).map(|_| ()),
            },
            ExprKind::Field(list, field) => {
                let list = list_of(at, *list)?;
                let (_, column) = list.fields().get(*field)?;
                let look = Look::Order(Threshold::of(column, value, cut)?);
                self.field(list, *field, &look)
            }
            _ => None,
        }
    }

    fn field(&mut self, list: &'s ListColumn, field: usize, look: &Look<'s>) -> Option<()> {
        let (_, column) = list.fields().get(field)?;
        let fits = match (look, column) {
            (Look::Flag, Column::Boolean(_)) => true,
            (Look::Order(_), Column::Money(_) | Column::Number(_)) => true,
            (Look::Flag | Look::Order(_) | Look::Member(_), _) => false,
        };
        if !fits {
            return None;
        }
        self.sign(Sign::Fields(list, column, look.clone()))
            .map(|_| ())
    }

    /// A subject and all tests that are made of it.
    fn subject<'e>(
        &mut self,
        subject: &Expr,
        tests: impl Iterator<Item = &'e Test> + Clone,
        at: At<'s>,
    ) -> Option<()> {
        let is_plain = matches!(subject.kind, ExprKind::Fact(_) | ExprKind::Field(..));
        if is_plain && tests.clone().all(is_of_constants) {
            let (signs, part) = (self.signs.len(), self.part.clone());
            let mut ordered = tests.clone().map(|test| self.constants(subject, test, at));
            if ordered.all(|found| found.is_some()) {
                return Some(());
            }
            self.signs.truncate(signs);
            self.part = part;
        }
        self.depends(subject, at)?;
        tests.into_iter().try_for_each(|test| self.bounds(test, at))
    }

    /// The order of a plain fact to each constant of a test.
    fn constants(&mut self, subject: &Expr, test: &Test, at: At<'s>) -> Option<()> {
        match test {
            Test::Anything => self.there(subject),
            Test::Any(tests) => tests
                .iter()
                .try_for_each(|test| self.constants(subject, test, at)),
            Test::Not(test) => self.constants(subject, test, at),
            Test::Compare(_, bound) | Test::Equal(bound) => match &bound.kind {
                ExprKind::Literal(value) => self.order(subject, value, Cut::Both, at),
                _ => None,
            },
            Test::Range { low, high, .. } => {
                let mut bounds = low.iter().chain(high);
                bounds.try_for_each(|bound| match &bound.kind {
                    ExprKind::Literal(value) => self.order(subject, value, Cut::Both, at),
                    _ => None,
                })
            }
            Test::Below(..) | Test::Member(_) | Test::Holds(_) => None,
        }
    }

    /// Whether a plain fact is there.
    fn there(&mut self, subject: &Expr) -> Option<()> {
        let ExprKind::Fact(read) = &subject.kind else {
            return None;
        };
        let column = self.column(*read)?;
        self.sign(Sign::There(column)).map(|_| ())
    }

    /// The expressions of a test.
    fn bounds(&mut self, test: &Test, at: At<'s>) -> Option<()> {
        match test {
            Test::Anything | Test::Below(..) => Some(()),
            Test::Any(tests) => tests.iter().try_for_each(|test| self.bounds(test, at)),
            Test::Not(test) => self.bounds(test, at),
            Test::Compare(_, bound)
            | Test::Equal(bound)
            | Test::Member(bound)
            | Test::Holds(bound) => match &bound.kind {
                // The items of a list of constants.
                ExprKind::Sequence(items) => self.all(items, at),
                _ => self.depends(bound, at),
            },
            Test::Range { low, high, .. } => {
                let mut bounds = low.iter().chain(high);
                bounds.try_for_each(|bound| self.depends(bound, at))
            }
        }
    }

    /// Whether a set holds a member.
    fn contains(&mut self, whole: &Expr, part: &Expr) -> Option<()> {
        let (ExprKind::Fact(read), ExprKind::Literal(Value::Text(member))) =
            (&whole.kind, &part.kind)
        else {
            return None;
        };
        let sign = match self.column(*read)? {
            Some(column @ Column::Set(set)) => {
                let bits = set.members().iter().find(|(name, _)| name == member);
                Sign::Cell(column, Look::Member(bits.map(|(_, bits)| bits)))
            }
            Some(column @ Column::Text(_)) => Sign::Word(column),
            None => Sign::There(None),
            Some(_) => return None,
        };
        self.sign(sign).map(|_| ())
    }

    /// An aggregate that counts records or asks for them.
    fn aggregate(&mut self, aggregate: &Aggregate) -> Option<()> {
        match aggregate.function {
            Function::Count | Function::Any | Function::All => {}
            _ => return None,
        }
        let list = match self.column(aggregate.list)? {
            Some(column @ Column::Records(list)) => {
                self.sign(Sign::There(Some(column)))?;
                self.sign(Sign::Records(list))?;
                list
            }
            None => return self.sign(Sign::There(None)).map(|_| ()),
            Some(_) => return None,
        };
        let inner = aggregate.filter.iter().chain(&aggregate.value);
        self.all(inner, Some((aggregate.list.fact, list)))
    }
}

/// The records at hand, if a field is one of theirs.
fn list_of(at: At<'_>, list: FactId) -> Option<&ListColumn> {
    at.filter(|(known, _)| *known == list)
        .map(|(_, column)| column)
}

/// Whether an expression is a number of nothing but facts and constants that is unknown without
/// bounds as soon as one of its facts is missing: a product by zero would not be.
fn is_of_facts(expr: &Expr) -> bool {
    let factor = |expr: &Expr| match &expr.kind {
        ExprKind::Literal(Value::Money(number) | Value::Number(number)) => !number.is_zero(),
        _ => false,
    };
    match &expr.kind {
        ExprKind::Literal(Value::Money(_) | Value::Number(_)) | ExprKind::Fact(_) => true,
        ExprKind::Arithmetic(operation, left, right) => {
            let is_sound = match operation {
                Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Divide => true,
                Arithmetic::Multiply => factor(left) || factor(right),
            };
            is_sound && is_of_facts(left) && is_of_facts(right)
        }
        _ => false,
    }
}

/// Whether a test compares with constants alone.
fn is_of_constants(test: &Test) -> bool {
    let constant = |bound: &Expr| matches!(bound.kind, ExprKind::Literal(_));
    match test {
        Test::Anything => true,
        Test::Any(tests) => tests.iter().all(is_of_constants),
        Test::Not(test) => is_of_constants(test),
        Test::Compare(_, bound) | Test::Equal(bound) => constant(bound),
        Test::Range { low, high, .. } => low.iter().chain(high).all(|bound| constant(bound)),
        Test::Below(..) | Test::Member(_) | Test::Holds(_) => false,
    }
}
