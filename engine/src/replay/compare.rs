//! A sealed sweep run again, and the first thing that differs where it does not come to the same.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::thread;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::Value as Json;
use zhida_policies::measure::expression::Value;
use zhida_policies::values::Number;

use crate::explain::{ExplanationStep, award_steps, words};
use crate::interpreter::Interpreter;
use crate::replay::kept::KeptRows;
use crate::replay::{
    KeptOutcome, KeptPayable, KeptRow, NodeTrace, ReplayError, Sealed, SealedResult, Traces,
};
use crate::snapshot::FileEntry;
use crate::snapshot::atomic::file_digest;
use crate::sweep::{
    DecisionKind, DecisionRecord, Enterprises, Evaluator, SweepControl, SweepOptions, SweepSummary,
    related, settle_all, sweep, sweep_to_folder,
};

/// How a sealed sweep is run again. Nothing of it shows in the result.
#[derive(Clone, Copy, Debug)]
pub struct ReplayOptions<'a> {
    /// Who decides.
    pub evaluator: Evaluator,
    /// How many threads; as many as there are processors when absent.
    pub threads: Option<usize>,
    /// An empty folder that holds the new result while the two are compared, if they differ.
    pub scratch: &'a Path,
}

/// What a sealed sweep came to when it was run again.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The summary of the new run.
    pub summary: SweepSummary,
    /// The first thing that differs; nothing where the two are equal.
    pub difference: Option<Difference>,
}

/// The first thing that differs between what was sealed and what came out again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "differs", rename_all = "snake_case")]
pub enum Difference {
    /// A file of the result is not the one that was sealed.
    File {
        /// Its name.
        name: String,
        /// The digest that was sealed.
        sealed: String,
        /// The digest of what is there.
        found: String,
    },
    /// A kept decision.
    Decision(Box<RowDifference>),
    /// A row of the payable list.
    Award(Box<RowDifference>),
    /// A count, total, root or digest of the result.
    Result {
        /// Which, and of which measure.
        what: String,
        /// What was sealed.
        sealed: String,
        /// What came out.
        found: String,
    },
}

/// One row that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowDifference {
    /// The enterprise, by its code.
    pub enterprise: String,
    /// Its name.
    pub name: String,
    /// The measure.
    pub measure: String,
    /// The row that was sealed; absent where there was none.
    pub sealed: Option<KeptRow>,
    /// The row that came out; absent where there is none.
    pub found: Option<KeptRow>,
    /// The columns of the row that differ, in their order.
    pub columns: Vec<ColumnPair>,
    /// What was sealed beside the computation by the reference interpreter.
    pub traces: Traces,
    /// Columns beside the reference interpreter, node by node: where the two come to different
    /// values, the first node is named; where they do not, what was sealed is not what either
    /// comes to.
    pub nodes: NodeTrace,
}

/// One column of a row that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ColumnPair {
    /// The column.
    pub name: String,
    /// What was sealed; empty where there was nothing.
    pub sealed: String,
    /// What came out; empty where there is nothing.
    pub found: String,
}

/// An award settled again.
struct Settlement {
    steps: Vec<ExplanationStep>,
    /// What may be paid.
    payable: String,
}

/// What was sealed, and what came out in its place.
type Pair = (Option<KeptRow>, Option<KeptRow>);

impl Sealed {
    /// Runs the sweep again and compares what comes out with what was sealed.
    ///
    /// # Errors
    /// [`ReplayError`] when it cannot be run; a difference is no error here.
    pub fn replay(
        &self,
        options: ReplayOptions<'_>,
        control: SweepControl<'_>,
    ) -> Result<Replayed, ReplayError> {
        let SweepControl {
            cancel,
            on_progress,
            on_write,
        } = control;
        let mut nothing = |_: &[DecisionRecord]| Ok(());
        let first = SweepControl {
            cancel,
            on_progress: &mut *on_progress,
            on_write,
        };
        let sweep_options = self.sweep_options(options);
        let (snapshot, library) = (&self.snapshot, &self.library);
        // The files wait for the disk and the sweep for the processors.
        let (summary, changed) = thread::scope(|scope| {
            let changed = scope.spawn(|| self.changed_file());
            let summary = sweep(snapshot, library, sweep_options, first, &mut nothing);
            (summary, changed.join())
        });
        let summary = summary?;
        let changed = changed.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        if let Some(difference) = changed? {
            let difference = Some(difference);
            return Ok(Replayed {
                summary,
                difference,
            });
        }
        let found = SealedResult::of(&summary);
        if found == self.seal.result {
            return Ok(Replayed {
                summary,
                difference: None,
            });
        }
        let again = SweepControl {
            cancel,
            on_progress,
            on_write,
        };
        let folder = options.scratch;
        let (_, files) = sweep_to_folder(snapshot, library, sweep_options, folder, again)?;
        let difference = match self.first_row(&files.decisions, &files.awards, cancel)? {
            Some(row) => row,
            None => self.first_number(&found),
        };
        Ok(Replayed {
            summary,
            difference: Some(difference),
        })
    }

    fn sweep_options(&self, options: ReplayOptions<'_>) -> SweepOptions {
        SweepOptions {
            threads: options.threads,
            evaluator: options.evaluator,
            ..SweepOptions::new(self.context())
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("."))
    }

    /// The first file of the result that is there and is not what was sealed.
    fn changed_file(&self) -> Result<Option<Difference>, ReplayError> {
        let files = &self.seal.files;
        let files = [&files.decisions, &files.awards, &files.summary];
        let found: Vec<Option<Difference>> = files
            .into_par_iter()
            .map(|entry| self.changed(entry))
            .collect::<Result<_, ReplayError>>()?;
        Ok(found.into_iter().flatten().next())
    }

    /// Whether a file is there and is not what was sealed.
    fn changed(&self, entry: &FileEntry) -> Result<Option<Difference>, ReplayError> {
        let path = self.folder().join(&entry.name);
        if !path.exists() {
            return Ok(None);
        }
        let failed = |error| ReplayError::io(&path, error);
        let mut file = File::open(&path).map_err(failed)?;
        let (found, _) = file_digest(&mut file).map_err(failed)?;
        Ok((found != entry.sha256).then(|| Difference::File {
            name: entry.name.clone(),
            sealed: entry.sha256.clone(),
            found,
        }))
    }

    /// The first row that differs, where the sealed files are there.
    fn first_row(
        &self,
        decisions: &Path,
        awards: &Path,
        cancel: &AtomicBool,
    ) -> Result<Option<Difference>, ReplayError> {
        let files = &self.seal.files;
        if let Some((sealed, found)) = self.first_of(&files.decisions, decisions)? {
            let row = self.row(sealed, found, None);
            return Ok(Some(Difference::Decision(Box::new(row))));
        }
        let Some((sealed, found)) = self.first_of(&files.awards, awards)? else {
            return Ok(None);
        };
        let settlement = self.settlement(sealed.as_ref().or(found.as_ref()), cancel)?;
        let row = self.row(sealed, found, settlement.as_ref());
        Ok(Some(Difference::Award(Box::new(row))))
    }

    /// How the award of a row comes about again, from its base figure to what may be paid.
    ///
    /// # Shape
    /// Other enterprises are not named: whoever reads may not know of them.
    fn settlement(
        &self,
        row: Option<&KeptRow>,
        cancel: &AtomicBool,
    ) -> Result<Option<Settlement>, ReplayError> {
        let Some(kept) = row else { return Ok(None) };
        let mut measures = self.library.measures.iter();
        let place = measures.position(|one| *one.id.0 == *kept.measure);
        let row = self.snapshot.find(&kept.enterprise);
        let related = place.and_then(|place| related(&self.library, place, Enterprises::Several));
        let (Some(row), Some(related)) = (row, related) else {
            return Ok(None);
        };
        let control = SweepControl {
            cancel,
            on_progress: &mut |_| (),
            on_write: &|_| (),
        };
        let options = SweepOptions::new(self.context());
        let settled = settle_all(&self.snapshot, &related.library, options, control)?;
        let places = (u32::try_from(row), u32::try_from(related.measure));
        let (Ok(row), Ok(measure)) = places else {
            return Ok(None);
        };
        let hidden = |_: u32| "其他企业 ".to_owned();
        Ok(settled.find(row, measure).map(|award| Settlement {
            steps: award_steps(&related.library, &settled, award, &hidden),
            payable: money(award.payable().fen()),
        }))
    }

    /// The first rows that differ: what was sealed, what came out.
    fn first_of(&self, entry: &FileEntry, found: &Path) -> Result<Option<Pair>, ReplayError> {
        let path = self.folder().join(&entry.name);
        if fs::metadata(&path).is_err() {
            return Ok(None);
        }
        let (mut sealed, mut found) = (KeptRows::open(&path)?, KeptRows::open(found)?);
        loop {
            let (left, right) = (sealed.next()?, found.next()?);
            if left == right {
                match left {
                    Some(_) => continue,
                    None => return Ok(None),
                }
            }
            let order = match (&left, &right) {
                (Some(left), Some(right)) => self.place(left).cmp(&self.place(right)),
                (None, _) => Ordering::Greater,
                (_, None) => Ordering::Less,
            };
            // What comes first in the order of the snapshot differs; the other may follow later.
            return Ok(Some(match order {
                Ordering::Less => (left, None),
                Ordering::Equal => (left, right),
                Ordering::Greater => (None, right),
            }));
        }
    }

    /// Where a row stands in a result.
    fn place(&self, row: &KeptRow) -> (usize, usize) {
        let enterprise = self.snapshot.find(&row.enterprise);
        let measures = self.library.measures.iter();
        let mut places = measures.enumerate();
        let measure = places.find(|(_, measure)| *measure.id.0 == *row.measure);
        (
            enterprise.unwrap_or(usize::MAX),
            measure.map_or(usize::MAX, |(place, _)| place),
        )
    }

    fn row(
        &self,
        sealed: Option<KeptRow>,
        found: Option<KeptRow>,
        settlement: Option<&Settlement>,
    ) -> RowDifference {
        let either = sealed.as_ref().or(found.as_ref());
        let (enterprise, measure) = either.map_or_else(Default::default, |row| {
            (row.enterprise.clone(), row.measure.clone())
        });
        let row = self.snapshot.find(&enterprise);
        let (text, award) = (told(sealed.as_ref()), award_of(sealed.as_ref()));
        let kept = KeptOutcome {
            text: &text,
            is_eligible: is_eligible(sealed.as_ref()),
            award: award.as_deref(),
        };
        let mut measures = self.library.measures.iter();
        let place = measures.position(|one| *one.id.0 == *measure);
        let (mut traces, mut nodes) = (Traces::default(), NodeTrace::default());
        if let (Some(row), Some(place)) = (row, place)
            && let Some(checked) = self.library.measures.get(place)
        {
            let facts = self.snapshot.row(row);
            let (library, context) = (&self.library, self.context());
            let explained = Interpreter::new(library).explain(checked, &facts, context);
            let payable = payable_of(sealed.as_ref());
            let payable = settlement.map(|settlement| KeptPayable {
                kept: &payable,
                found: &settlement.payable,
                steps: &settlement.steps,
            });
            traces = Traces::against_outcome(kept, &explained, payable);
            nodes = NodeTrace::of(library, place, (&self.snapshot, row), &facts, context);
        }
        RowDifference {
            name: row.map_or("", |row| self.snapshot.name(row)).to_owned(),
            enterprise,
            measure,
            columns: columns(sealed.as_ref(), found.as_ref()),
            sealed,
            found,
            traces,
            nodes,
        }
    }

    /// The first count, total, root or digest that differs.
    fn first_number(&self, found: &SealedResult) -> Difference {
        for (sealed, found) in self.seal.result.measures.iter().zip(&found.measures) {
            let of = |value| serde_json::to_value(value).unwrap_or_default();
            if let Some((name, left, right)) = first_field(&of(sealed), &of(found)) {
                return Difference::Result {
                    what: format!("{} 的 {name}", sealed.measure),
                    sealed: left,
                    found: right,
                };
            }
        }
        let of = |value: &SealedResult| serde_json::to_value(value).unwrap_or_default();
        let differs = first_field(&of(&self.seal.result), &of(found));
        let (what, sealed, found) = differs.unwrap_or_default();
        Difference::Result {
            what,
            sealed,
            found,
        }
    }
}

/// What a kept row says in words.
fn told(row: Option<&KeptRow>) -> String {
    let Some(row) = row else {
        return "不符合或不适用(没有逐笔保留)".to_owned();
    };
    let cells = row.cells.iter().filter(|(_, value)| !value.is_empty());
    let cells: Vec<String> = cells
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    cells.join(" ")
}

/// The state of an award of which a person decides the amount.
const CEILING: &str = "ceiling";

/// Whether something was granted: a decision says so as its outcome, a row of the payable list as
/// its state.
fn is_eligible(row: Option<&KeptRow>) -> bool {
    row.is_some_and(|row| {
        let cells = ["outcome", "state"].map(|name| row.cell(name));
        cells.contains(&DecisionKind::Eligible.word()) || row.cell("state") == CEILING
    })
}

/// The amount of the rule that a row keeps, before limits over several measures.
fn award_of(row: Option<&KeptRow>) -> Option<String> {
    // Of an award up to a ceiling a row of the payable list does not keep what the rule says.
    let row = row.filter(|row| row.cell("state") != CEILING)?;
    let cells = ["award_fen", "ceiling_fen", "base_fen"].map(|name| row.cell(name));
    cells
        .into_iter()
        .find_map(|cell| cell.parse().ok().map(money))
}

/// What may be paid by a row of the payable list.
fn payable_of(row: Option<&KeptRow>) -> String {
    let fen = row.and_then(|row| row.cell("payable_fen").parse().ok());
    fen.map_or_else(|| "没有这一行".to_owned(), money)
}

fn money(fen: i64) -> String {
    words::value(&Value::Money(Number::from_i64(fen)))
}

/// The columns of two rows that differ; one that is not there is empty.
fn columns(sealed: Option<&KeptRow>, found: Option<&KeptRow>) -> Vec<ColumnPair> {
    let either = sealed.or(found).map_or(&[][..], |row| &row.cells);
    let pairs = either.iter().map(|(name, _)| {
        let of = |row: Option<&KeptRow>| row.map_or("", |row| row.cell(name)).to_owned();
        ColumnPair {
            name: name.clone(),
            sealed: of(sealed),
            found: of(found),
        }
    });
    pairs.filter(|pair| pair.sealed != pair.found).collect()
}

/// The first field of two objects that differs.
fn first_field(left: &Json, right: &Json) -> Option<(String, String, String)> {
    let (left, right) = (left.as_object()?, right.as_object()?);
    let differs = left
        .iter()
        .find(|(name, value)| right.get(*name) != Some(value))?;
    let (name, value) = differs;
    let shown = |value: &Json| match value {
        Json::String(text) => text.clone(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            value.to_string()
        }
    };
    let other = right.get(name).map(shown).unwrap_or_default();
    Some((name.clone(), shown(value), other))
}
