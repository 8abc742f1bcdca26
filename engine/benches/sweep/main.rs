//! The targets of DESIGN.md part 3, measured in one run: our side beside DuckDB, the same
//! measures, the same Parquet file, the same machine.
//!
//! `ZHIDA_BENCH_QUICK=1` takes a tenth of the enterprises. `ZHIDA_BENCH_ROWS` (1,000,000),
//! `ZHIDA_BENCH_LARGE_ROWS` (ten times as many), `ZHIDA_BENCH_MEASURES` (305),
//! `ZHIDA_BENCH_NATION_MEASURES` (20,000), `ZHIDA_BENCH_EXPLAINED` (1,000) and
//! `ZHIDA_BENCH_THREADS` (2) change one size each; `ZHIDA_BENCH_PARTS=memory,sealed,replay,
//! awards,nation,large,explain` chooses among the parts. For a profiler, `ZHIDA_BENCH_PART='["Evaluate","Province"]'`
//! with `ZHIDA_BENCH_TIMES=100` runs the columns alone, so many times. DuckDB runs as a Python
//! package in a virtual environment below the target folder, which is made on the first run.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::float_arithmetic,
    clippy::arithmetic_side_effects,
    reason = "a measurement prints seconds and ratios"
)]

mod awards;
mod peer;
mod process;
mod replay;
mod report;
mod scene;
mod settings;
mod shapes;
mod table;
mod tasks;
mod turns;
mod workload;

use anyhow::Result;
use zhida_engine::sweep::Evaluator;

use process::{Task, answer};
use settings::Settings;

fn main() -> Result<()> {
    let settings = Settings::read()?;
    let Some((task, scene)) = process::asked()? else {
        return report::run(&settings);
    };
    match task {
        Task::Make => answer(tasks::make(scene, &settings)?),
        Task::Evaluate => answer(tasks::evaluate(scene, &settings)?),
        Task::Sweep => answer(tasks::sweep(scene, &settings, Evaluator::Columns)?),
        Task::SweepByReference => answer(tasks::sweep(scene, &settings, Evaluator::Reference)?),
        Task::Replay => answer(replay::replay(scene, &settings, Evaluator::Columns)?),
        Task::ReplayByReference => answer(replay::replay(scene, &settings, Evaluator::Reference)?),
        Task::Explain => answer(tasks::explain(scene, &settings)?),
    }
}
