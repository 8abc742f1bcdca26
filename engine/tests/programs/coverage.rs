//! Which operations and functions the columns have evaluated over a run, so that the generator
//! cannot quietly lose a construct.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::column::Outcome;
use zhida_engine::plan::{NodeId, Op, Plan};
use zhida_policies::measure::Measure;
use zhida_policies::measure::expression::{Expr, ExprKind};

use crate::cells::Expected;

/// What was evaluated, in how many measures.
#[derive(Default)]
pub(crate) struct Coverage {
    /// The measures without faults.
    pub(crate) programs: usize,
    /// The measures with faults, which do not count.
    pub(crate) refused: usize,
    /// The cells with a decision that is listed, by outcome.
    pub(crate) outcomes: BTreeMap<Outcome, usize>,
    /// The measures that the index leaves out for some industry.
    pub(crate) excluded: usize,
    /// Nodes and rows that the reference interpreter was asked for.
    pub(crate) reference_rows: u64,
    /// The kinds of nodes.
    pub(crate) nodes: BTreeMap<String, usize>,
    /// The kinds of expressions with their functions and hit policies, evaluated in columns.
    pub(crate) in_columns: BTreeMap<String, usize>,
    /// The same, left to the reference interpreter.
    pub(crate) by_reference: BTreeMap<String, usize>,
}

/// Every node of a plan but those that have no value of their own.
pub(crate) const NODES: [&str; 49] = [
    "Absolute",
    "Add",
    "Aggregate All",
    "Aggregate Any",
    "Aggregate Count",
    "Aggregate Max",
    "Aggregate Mean",
    "Aggregate Min",
    "Aggregate Sum",
    "Among",
    "And",
    "Column",
    "Compare",
    "Day",
    "Days",
    "Dictionary",
    "Divide",
    "Exact",
    "Field",
    "First",
    "Greatest",
    "Holds",
    "If",
    "Least",
    "Lift",
    "Marginal",
    "Missing",
    "Modulo",
    "Multiply",
    "Negate",
    "Not",
    "Or",
    "Paid",
    "Parity",
    "Part",
    "Ratio",
    "Reference",
    "Round",
    "Shift",
    "Subtract",
    "Table Any",
    "Table Count",
    "Table Max",
    "Table Min",
    "Table Priority",
    "Table Sum",
    "Undefined",
    "Unique",
    "Within",
];

/// Everything that an expression may be, and that the columns evaluate.
pub(crate) const IN_COLUMNS: [&str; 71] = [
    "Aggregate All",
    "Aggregate Any",
    "Aggregate Count",
    "Aggregate Max",
    "Aggregate Mean",
    "Aggregate Min",
    "Aggregate Sum",
    "And",
    "Arithmetic Add",
    "Arithmetic Divide",
    "Arithmetic Multiply",
    "Arithmetic Subtract",
    "AsOf",
    "AssessmentYear",
    "Binding",
    "Call Absolute",
    "Call All",
    "Call Any",
    "Call Ceiling",
    "Call CompoundGrowthAtLeast",
    "Call Contains",
    "Call Date",
    "Call Day",
    "Call DayOfYear",
    "Call Decimal",
    "Call EndsWith",
    "Call Even",
    "Call Floor",
    "Call Is",
    "Call LowerCase",
    "Call Max",
    "Call Mean",
    "Call Min",
    "Call Modulo",
    "Call Month",
    "Call Odd",
    "Call Product",
    "Call RoundDown",
    "Call RoundHalfDown",
    "Call RoundHalfUp",
    "Call RoundUp",
    "Call StartsWith",
    "Call StringLength",
    "Call Substring",
    "Call Sum",
    "Call UpperCase",
    "Call WeekOfYear",
    "Call Year",
    "Compare",
    "Contains",
    "Fact",
    "Field",
    "If",
    "In",
    "Literal",
    "Marginal",
    "Missing",
    "Negate",
    "Not",
    "Or",
    "Paid",
    "Parameter",
    "Step",
    "Table Any",
    "Table Count",
    "Table First",
    "Table Max",
    "Table Min",
    "Table Priority",
    "Table Sum",
    "Table Unique",
];

/// What is rare: worked out once for each word where one text is all it looks at, and left to
/// the reference interpreter elsewhere.
pub(crate) const RARE: [&str; 14] = [
    "Call Count",
    "Call Median",
    "Call Mode",
    "Call Number",
    "Call String",
    "Call StringJoin",
    "Call StringLength",
    "Call Substring",
    "Call SubstringAfter",
    "Call SubstringBefore",
    "Item",
    "Sequence",
    "Table Collect",
    "Table OutputOrder",
];

impl Coverage {
    /// Takes up a policy whose measures have been evaluated.
    ///
    /// A measure counts where some enterprise is eligible or undetermined: then the columns have
    /// evaluated each of its conditions and exceptions for that row, and mostly its award.
    pub(crate) fn add(&mut self, plan: &Plan<'_>, expected: &Expected, reference_rows: u64) {
        self.programs += plan.measures().len();
        self.reference_rows += reference_rows;
        for counts in &expected.counts {
            for (outcome, count) in [
                (Outcome::Eligible, counts.eligible),
                (Outcome::Undetermined, counts.undetermined),
                (Outcome::Error, counts.error),
            ] {
                *self.outcomes.entry(outcome).or_default() += count as usize;
            }
        }
        let measures = plan.library().measures.iter().zip(plan.measures());
        for ((measure, planned), counts) in measures.zip(&expected.counts) {
            if counts.eligible + counts.undetermined == 0 {
                continue;
            }
            let mut nodes = BTreeSet::new();
            planned
                .roots()
                .for_each(|root| reach(plan, root, &mut nodes));
            let kinds: BTreeSet<String> = nodes
                .iter()
                .map(|node| kind_of_node(&plan.graph().get(*node).op))
                .collect();
            kinds
                .into_iter()
                .for_each(|kind| tick(&mut self.nodes, kind));
            self.add_expressions(plan, measure, &nodes);
        }
    }

    fn add_expressions(&mut self, plan: &Plan<'_>, measure: &Measure, nodes: &BTreeSet<NodeId>) {
        let left: BTreeSet<&Expr> = nodes
            .iter()
            .filter_map(|node| match &plan.graph().get(*node).op {
                Op::Reference(written) => Some(&*written.expression),
                _ => None,
            })
            .collect();
        let mut split = Split {
            left: &left,
            measure,
            followed: BTreeSet::new(),
            in_columns: BTreeSet::new(),
            by_reference: BTreeSet::new(),
        };
        let conditions = measure.conditions.iter().chain(&measure.exceptions);
        for condition in conditions {
            split.walk(&condition.expression, false);
        }
        split.walk(&measure.award.expression, false);
        for kind in split.in_columns {
            tick(&mut self.in_columns, kind);
        }
        for kind in split.by_reference {
            tick(&mut self.by_reference, kind);
        }
    }

    /// Adds what another part of the run has covered.
    pub(crate) fn join(&mut self, other: Self) {
        self.programs += other.programs;
        self.refused += other.refused;
        self.excluded += other.excluded;
        self.reference_rows += other.reference_rows;
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        let pairs = [
            (&mut self.nodes, other.nodes),
            (&mut self.in_columns, other.in_columns),
            (&mut self.by_reference, other.by_reference),
        ];
        for (counts, others) in pairs {
            for (kind, count) in others {
                *counts.entry(kind).or_default() += count;
            }
        }
    }

    /// Stops where a construct was evaluated in fewer measures than it must be.
    pub(crate) fn assert(&self, least: usize) {
        let of = |counts: &BTreeMap<String, usize>, kind: &str| {
            counts.get(kind).copied().unwrap_or_default()
        };
        let mut lacking = Vec::new();
        for (what, counts, kinds) in [
            ("node", &self.nodes, &NODES[..]),
            ("in columns", &self.in_columns, &IN_COLUMNS[..]),
        ] {
            let rare = kinds.iter().filter(|kind| of(counts, kind) < least);
            lacking.extend(rare.map(|kind| format!("{what} {kind}: {}", of(counts, kind))));
        }
        for kind in RARE {
            let count = of(&self.in_columns, kind) + of(&self.by_reference, kind);
            if count < least {
                lacking.push(format!("{kind}: {count}"));
            }
        }
        assert!(self.excluded >= least, "{} by the index", self.excluded);
        assert!(lacking.is_empty(), "fewer than {least}: {lacking:#?}");
        for outcome in [Outcome::Eligible, Outcome::Undetermined, Outcome::Error] {
            let count = self.outcomes.get(&outcome).copied().unwrap_or_default();
            assert!(count >= self.programs, "{outcome:?}: {count}");
        }
    }
}

fn tick(counts: &mut BTreeMap<String, usize>, kind: String) {
    *counts.entry(kind).or_default() += 1;
}

/// Splits expressions into those that the columns evaluate and those that the reference does.
struct Split<'s> {
    left: &'s BTreeSet<&'s Expr>,
    measure: &'s Measure,
    /// The bindings followed so far, and for which of the two.
    followed: BTreeSet<(usize, bool)>,
    in_columns: BTreeSet<String>,
    by_reference: BTreeSet<String>,
}

impl Split<'_> {
    fn walk(&mut self, expr: &Expr, is_left: bool) {
        let is_left = is_left || self.left.contains(expr);
        let kinds = if is_left {
            &mut self.by_reference
        } else {
            &mut self.in_columns
        };
        kinds.insert(kind_of_expression(expr));
        if let ExprKind::Binding(binding) = &expr.kind
            && self.followed.insert((binding.0, is_left))
        {
            let measure = self.measure;
            self.walk(&measure.bindings[binding.0].expression, is_left);
        }
        for child in expr.children() {
            self.walk(child, is_left);
        }
    }
}

fn reach(plan: &Plan<'_>, node: NodeId, into: &mut BTreeSet<NodeId>) {
    if into.insert(node) {
        let operands = plan.graph().get(node).op.operands();
        operands
            .into_iter()
            .for_each(|operand| reach(plan, operand, into));
    }
}

/// The first word of what `Debug` prints, with the function or hit policy where there is one.
fn kind_of_node(op: &Op) -> String {
    match op {
        Op::Aggregate { function, .. } => format!("Aggregate {function:?}"),
        Op::Table(table) => format!("Table {:?}", table.policy),
        _ => first_word(op),
    }
}

fn kind_of_expression(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Aggregate(aggregate) => format!("Aggregate {:?}", aggregate.function),
        ExprKind::Call(function, _) => format!("Call {function:?}"),
        ExprKind::Table(table) => format!("Table {:?}", table.policy),
        ExprKind::Arithmetic(operation, ..) => format!("Arithmetic {operation:?}"),
        _ => first_word(&expr.kind),
    }
}

fn first_word(value: &dyn std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text.find(|letter: char| !letter.is_alphanumeric());
    text[..end.unwrap_or(text.len())].to_owned()
}
