//! What single nodes of a measure come to for one enterprise, as columns evaluate them.

use zhida_policies::measure::expression::{Expr, Value};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Date, Duration, Number};

use crate::column::MORSEL_ROWS;
use crate::column::bound::Bound;
use crate::column::evaluator::Evaluator;
use crate::column::lane::{KNOWN, Lane, UNDEFINED, UNKNOWN};
use crate::interpreter::Context;
use crate::plan::{Kind, Plan, Schema, power_of_ten};
use crate::snapshot::Snapshot;

/// What a node comes to in columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NodeValue {
    /// The value; money is a plain number of fen here.
    Known(Value),
    /// It depends on what is missing.
    Unknown,
    /// There is none.
    Undefined,
}

/// The value of each expression for one enterprise.
///
/// # Shape
/// One answer for each expression; nothing where it has no form in columns by itself, is a text,
/// a set or a list, or is left to the reference interpreter.
pub(crate) fn node_values(
    (library, measure): (&Library, usize),
    expressions: &[&Expr],
    (snapshot, row): (&Snapshot, usize),
    context: Context,
) -> Vec<Option<NodeValue>> {
    let schema = Schema::of(snapshot);
    let (plan, nodes) = Plan::of_expressions(library, context, schema, measure, expressions);
    let bound = Bound::new(&plan, snapshot);
    let mut evaluator = Evaluator::new(&bound);
    let start = row - row % MORSEL_ROWS;
    evaluator.begin(start, MORSEL_ROWS.min(snapshot.len().saturating_sub(start)));
    let Ok(place) = u32::try_from(row - start) else {
        return vec![None; expressions.len()];
    };
    let values = nodes.into_iter().map(|node| {
        let node = node?;
        let lane = evaluator.lane(node, &[place]);
        let value = value_of(&lane, evaluator.kind(node));
        evaluator.free_lane(lane);
        value
    });
    values.collect()
}

/// The only value of a lane.
fn value_of(lane: &Lane, kind: Kind) -> Option<NodeValue> {
    match lane.states.first().copied()? {
        KNOWN => {}
        UNKNOWN => return Some(NodeValue::Unknown),
        UNDEFINED => return Some(NodeValue::Undefined),
        // Left to the reference interpreter, so that there is nothing to compare.
        _ => return None,
    }
    let digits = lane.values.get(0);
    let ratio = |under: i128| {
        let (over, under) = (Number::from_i128(digits), Number::from_i128(under));
        over.checked_div(&under).ok().map(Value::Number)
    };
    let value = match kind {
        Kind::Truth => Some(Value::Boolean(digits != 0)),
        Kind::Decimal(scale) => power_of_ten(scale).and_then(ratio),
        Kind::Ratio => ratio(lane.under(0)),
        Kind::Date => day(digits).map(Value::Date),
        Kind::Text | Kind::Set | Kind::Records | Kind::Nothing => None,
    };
    value.map(NodeValue::Known)
}

/// The day that is so many days from 1970-01-01.
fn day(number: i128) -> Option<Date> {
    let days = i64::try_from(number).ok()?;
    let span = Duration::from_days(days);
    span.after(Date::constant(1970, 1, 1)).ok()
}
