//! The whole run: each part measured by processes of its own, and the table of targets.

use anyhow::{Context as _, Result, ensure};
use zhida_policies::values::Codes;

use crate::awards::Budgets;
use crate::peer::{Form, Mode, Paid, Peer};
use crate::process::{Report, Task, run as measure};
use crate::replay::Replayed;
use crate::scene::Scene;
use crate::settings::{Part, Settings};
use crate::table::{Table, machine, mebibytes};
use crate::tasks::{Evaluated, Explained, Made, Swept};
use crate::turns::{Best, TIMES};

const GIB: u64 = 1 << 30;

/// What counts as linear: ten times the rows may take so many times ten times as long.
const LINEAR: f64 = 1.1;

/// What awards may take of the time of the sealed sweep: 30 % more.
const ADDED: f64 = 1.3;

/// What a replay may take of the time of the sweep that was sealed.
const REPLAYED: f64 = 1.5;

/// The awards that the reference interpreter must replay in a second.
const REFERENCE_AWARDS: f64 = 100_000.0;

/// Both forms of the query, with the words of the table.
const FORMS: [(Form, &str); 2] = [
    (Form::Single, "one scan with all measures (DESIGN.md's)"),
    (Form::Union, "UNION ALL of one SELECT a measure"),
];

/// A run that goes on.
struct Run<'a> {
    settings: &'a Settings,
    table: Table,
}

/// Measures and prints everything.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    std::fs::create_dir_all(&settings.folder)?;
    println!("{}; {} threads", machine(), settings.threads);
    let mut run = Run {
        settings,
        table: Table::default(),
    };
    for part in Settings::parts()? {
        match part {
            Part::Memory => run.memory()?,
            Part::Sealed => run.sealed()?,
            Part::Replay => run.replay()?,
            Part::Awards => run.awards()?,
            Part::Nation => run.nation()?,
            Part::Large => run.large()?,
            Part::Explain => run.explain()?,
        }
    }
    println!("{}", run.table.render());
    if settings.result().exists() {
        std::fs::remove_dir_all(settings.result())?;
    }
    Ok(())
}

/// What the rules did, and that the list keeps within them.
fn tell_awards(swept: &Swept) -> Result<()> {
    let listed = swept.listed.as_ref().context("no list was checked")?;
    let (short, funds) = swept.short;
    ensure!(
        short * 4 >= funds && short * 4 <= funds * 3,
        "{short} of {funds} funds fall short, which is not about half"
    );
    println!(
        "  {short} of {funds} funds fall short; groups and caps changed {} awards; {} awards may be \
         paid, {} could still fall",
        swept.limited, swept.payable.0, swept.payable.1
    );
    println!(
        "  {} rows add up to {} fen, {} of them payable: no fund above its budget (the fullest at \
         {} ‰), no cap of one amount exceeded ({} reached), no group with two awards",
        listed.rows, listed.fen.0, listed.fen.1, listed.most, listed.at_cap
    );
    Ok(())
}

fn tell_paid(paid: &Paid, mode: Mode, name: &str) {
    println!(
        "DuckDB {}, {mode:?}, {name}: {:.3} s, peak {} MiB",
        paid.version,
        paid.seconds,
        mebibytes(paid.peak_bytes)
    );
}

impl Run<'_> {
    /// Makes the enterprises where they are not there yet.
    fn make(&self, scene: Scene) -> Result<()> {
        let made: Report<Made> = measure(Task::Make, scene)?;
        if let Some((seconds, written)) = made.measured.seconds {
            println!(
                "made {} enterprises of {scene:?} in {seconds:.1} s, wrote them in {written:.1} s, \
                 {} MiB",
                scene.rows(self.settings),
                mebibytes(made.peak_bytes)
            );
        }
        Ok(())
    }

    fn peer(&self) -> Result<Peer> {
        let codes = Codes::built_in()?;
        let workload = Scene::Province.workload(self.settings, &codes);
        let snapshot = Scene::Province.open(self.settings)?;
        let facts = Scene::Province.folder(self.settings);
        let facts = facts.join(&snapshot.manifest().files.facts.name);
        Peer::new(self.settings, &facts, &workload)
    }

    fn evaluate(&self, scene: Scene) -> Result<Report<Evaluated>> {
        self.make(scene)?;
        let report = measure(Task::Evaluate, scene)?;
        self.tell_evaluated(scene, &report);
        Ok(report)
    }

    fn tell_evaluated(&self, scene: Scene, report: &Report<Evaluated>) {
        let held = &report.measured;
        let measures = held.totals.len();
        println!(
            "{scene:?}: {} enterprises × {measures} measures of {} regions in memory {:.3} s; {} \
             pairs inside region and validity, {} awards, {} rows by the reference",
            scene.rows(self.settings),
            held.regions,
            held.seconds,
            held.pairs(),
            held.awards(),
            held.reference_rows
        );
        println!(
            "  before: check {:.3} s, open {:.3} s, plan {:.3} s ({} nodes for {}); peak {} MiB",
            held.check_s,
            held.load_s,
            held.plan_s,
            held.nodes.0,
            held.nodes.1,
            mebibytes(report.peak_bytes)
        );
    }

    fn memory(&mut self) -> Result<()> {
        self.make(Scene::Province)?;
        let peer = self.peer()?;
        let (mut held, mut paid) = (Best::default(), FORMS.map(|_| Best::default()));
        for _ in 0..TIMES {
            held.add(measure(Task::Evaluate, Scene::Province)?)?;
            for ((form, _), paid) in FORMS.iter().zip(&mut paid) {
                paid.add(peer.run(Mode::Memory, *form)?)?;
            }
        }
        let held: Report<Evaluated> = held.get()?;
        self.tell_evaluated(Scene::Province, &held);
        let held = held.measured;
        for ((_, name), paid) in FORMS.iter().zip(paid) {
            let paid = paid.get()?;
            tell_paid(&paid, Mode::Memory, name);
            paid.agrees_with(&held.totals)?;
            println!(
                "  {} awards, equal to the fen in all measures",
                held.awards()
            );
            let target = format!("1 in memory : DuckDB, {name}");
            self.table
                .part_of(&target, 25.0, held.seconds, paid.seconds);
        }
        Ok(())
    }

    /// DuckDB reads in the files of the last sweep what it has summed up.
    fn read_by(&self, peer: &Peer, swept: &Swept) -> Result<()> {
        peer.read(&self.settings.result())?.agrees_with(swept)?;
        println!("  DuckDB reads the same decisions and payable list in its files");
        Ok(())
    }

    fn tell(&self, scene: Scene, name: &str, report: &Report<Swept>) {
        let swept = &report.measured;
        println!(
            "{scene:?}: {name} of {} enterprises from disk to disk {:.3} s: load {:.3} s, evaluate \
             {:.3} s, write {:.3} s (meanwhile); {} decisions in {} MiB; peak {} MiB",
            scene.rows(self.settings),
            swept.seconds,
            swept.load_s,
            swept.evaluate_s,
            swept.write_s,
            swept.kept,
            mebibytes(swept.bytes),
            mebibytes(report.peak_bytes)
        );
    }

    fn sealed(&mut self) -> Result<()> {
        self.make(Scene::Province)?;
        let peer = self.peer()?;
        let (mut report, mut paid) = (Best::default(), FORMS.map(|_| Best::default()));
        for _ in 0..TIMES {
            report.add(measure(Task::Sweep, Scene::Province)?)?;
            for ((form, _), paid) in FORMS.iter().zip(&mut paid) {
                paid.add(peer.run(Mode::File, *form)?)?;
            }
        }
        let report: Report<Swept> = report.get()?;
        self.tell(Scene::Province, "sweep", &report);
        let swept = &report.measured;
        self.read_by(&peer, swept)?;
        for ((_, name), paid) in FORMS.iter().zip(paid) {
            let paid = paid.get()?;
            tell_paid(&paid, Mode::File, name);
            let target = format!("2 sealed : DuckDB, {name}");
            self.table
                .part_of(&target, 3.0, swept.seconds, paid.seconds);
        }
        let kept = peer.keep()?;
        let alike = kept.agrees_with(&swept.totals)?;
        println!(
            "DuckDB, keeping what a sweep keeps, in its order, with digests: {:.3} s, peak {} MiB; \
             the sweep takes 1/{:.1} of it; {alike} of {} measures have the same undetermined \
             decisions, the others filter lists",
            kept.seconds,
            mebibytes(kept.peak_bytes),
            kept.seconds / swept.seconds,
            swept.totals.len()
        );
        let target = "2 sealed, peak memory";
        self.table.memory(target, GIB, report.peak_bytes);
        let held: Report<Evaluated> = measure(Task::Evaluate, Scene::Province)?;
        ensure!(
            held.measured.totals == swept.totals,
            "the sweep and the columns differ"
        );
        if self.settings.rows <= 100_000 {
            // The reference decides every pair on its own: only small sizes.
            let other: Report<Swept> = measure(Task::SweepByReference, Scene::Province)?;
            self.tell(Scene::Province, "sweep by the reference", &other);
            ensure!(
                other.measured.digest == swept.digest,
                "the two evaluators differ"
            );
        }
        Ok(())
    }

    /// By columns at full size, and by the reference interpreter at a tenth of it.
    fn replay(&mut self) -> Result<()> {
        let columns = self.replayed(Task::Replay, Scene::Province)?;
        self.table.times(
            "7 replay by columns : sealed sweep",
            REPLAYED,
            columns.replayed_s,
            columns.sealed_s,
        );
        let reference = self.replayed(Task::ReplayByReference, Scene::Tenth)?;
        let awards = f64::from(u32::try_from(reference.awards)?);
        self.table.rate(
            "7 awards replayed by the reference interpreter",
            REFERENCE_AWARDS,
            awards,
            reference.replayed_s,
        );
        Ok(())
    }

    fn replayed(&self, task: Task, scene: Scene) -> Result<Replayed> {
        self.make(scene)?;
        let report: Report<Replayed> = measure(task, scene)?;
        let found = report.measured;
        println!(
            "{scene:?}: {task:?} of {} enterprises: swept and sealed in {:.3} s, replayed equal in \
             {:.3} s: {} awards among {} pairs; peak {} MiB",
            scene.rows(self.settings),
            found.sealed_s,
            found.replayed_s,
            found.awards,
            found.pairs,
            mebibytes(report.peak_bytes)
        );
        Ok(found)
    }

    /// Without rules and with them by turns.
    fn awards(&mut self) -> Result<()> {
        self.make(Scene::Province)?;
        let (mut best, mut ruled_best) = (Best::default(), Best::default());
        for _ in 0..TIMES {
            let plain: Report<Swept> = measure(Task::Sweep, Scene::Province)?;
            let budgets = Budgets::of(&plain.measured.totals)?;
            budgets.write(&self.settings.folder)?;
            let ruled: Report<Swept> = measure(Task::Sweep, Scene::Awards)?;
            ensure!(
                plain.measured.totals == ruled.measured.totals,
                "the rules changed decisions"
            );
            best.add(plain)?;
            ruled_best.add(ruled)?;
        }
        let (plain, ruled) = (best.get()?, ruled_best.get()?);
        self.tell(Scene::Province, "sweep without rules", &plain);
        self.tell(Scene::Awards, "sweep with rules", &ruled);
        self.read_by(&self.peer()?, &ruled.measured)?;
        tell_awards(&ruled.measured)?;
        let (with, without) = (ruled.measured.seconds, plain.measured.seconds);
        let added = (with - without) / without * 100.0;
        println!("  the award steps add {added:.1} % to the sealed sweep");
        self.table
            .times("6 sealed with awards : without", ADDED, with, without);
        let target = "6 sealed with awards, peak memory";
        self.table.memory(target, GIB, ruled.peak_bytes);
        Ok(())
    }

    fn nation(&mut self) -> Result<()> {
        self.many_beside_few(Scene::NationMany, Scene::NationFew, "")?;
        let name = format!(
            ", {} rows, divisions missing",
            Scene::GapsMany.rows(self.settings)
        );
        self.many_beside_few(Scene::GapsMany, Scene::GapsFew, &name)
    }

    fn many_beside_few(&mut self, many: Scene, few: Scene, name: &str) -> Result<()> {
        let many = self.evaluate(many)?.measured;
        let few = self.evaluate(few)?.measured;
        let (count, few_count) = (many.totals.len(), few.totals.len());
        let target = format!("3 {count} measures of the nation : {few_count}{name}");
        self.table.times(&target, 3.0, many.seconds, few.seconds);
        Ok(())
    }

    /// Each once beside the province of usual size.
    fn large(&mut self) -> Result<()> {
        let (rows, small) = (self.settings.large_rows, self.settings.rows);
        let times = f64::from(u32::try_from(rows)?) / f64::from(u32::try_from(small)?);
        let few = self.evaluate(Scene::Province)?;
        let held = self.evaluate(Scene::Large)?;
        let few_swept: Report<Swept> = measure(Task::Sweep, Scene::Province)?;
        self.tell(Scene::Province, "sweep", &few_swept);
        let swept: Report<Swept> = measure(Task::Sweep, Scene::Large)?;
        self.tell(Scene::Large, "sweep", &swept);
        ensure!(
            held.measured.totals == swept.measured.totals,
            "the sweep and the columns differ"
        );
        let of = |name: &str| format!("4 {rows} rows, {name} : {times:.0} × {small}");
        let (seconds, small_seconds) = (held.measured.seconds, few.measured.seconds);
        self.table
            .times(&of("in memory"), LINEAR, seconds, small_seconds * times);
        let (seconds, small_seconds) = (swept.measured.seconds, few_swept.measured.seconds);
        self.table
            .times(&of("sealed"), LINEAR, seconds, small_seconds * times);
        for (name, peak) in [("in memory", held.peak_bytes), ("sealed", swept.peak_bytes)] {
            let target = format!("4 {rows} rows, {name}, peak memory");
            self.table.memory(&target, 8 * GIB, peak);
        }
        Ok(())
    }

    fn explain(&mut self) -> Result<()> {
        self.make(Scene::Province)?;
        let report: Report<Explained> = measure(Task::Explain, Scene::Province)?;
        let explained = report.measured;
        let [median, p99, most] = explained.milliseconds;
        println!(
            "one enterprise × {} measures explained: median {median:.3} ms, p99 {p99:.3} ms, most \
             {most:.3} ms over {} enterprises; {} bytes of text each",
            explained.measures, explained.enterprises, explained.bytes
        );
        for (name, time) in [("median", median), ("p99", p99)] {
            let target = format!(
                "5 one enterprise × {} measures explained, {name}",
                explained.measures
            );
            self.table.milliseconds(&target, 5.0, time);
        }
        Ok(())
    }
}
