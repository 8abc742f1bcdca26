//! `zhida sweep`: every measure for every enterprise.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zhida_engine::awards::Settled;
use zhida_engine::interpreter::Context;
use zhida_engine::replay::{SealInputs, SealedFolder, seal_sweep};
use zhida_engine::snapshot::Snapshot;
use zhida_engine::sweep::{
    DecisionRecord, Evaluator, MeasureSummary, SweepControl, SweepError, SweepFiles, SweepOptions,
    SweepProgress, SweepSummary, settle_all, sweep, sweep_and_settle, sweep_to_folder,
};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{AwardKind, MeasureRef};
use zhida_policies::values::Codes;

use crate::arguments::Common;
use crate::enterprises::Enterprises;
use crate::failure::{Failure, Status};
use crate::interrupt;
use crate::library;
use crate::output::{Form, Output};
use crate::payable::{show_limits, show_payable};
use crate::progress::Progress;
use crate::table::{Side, count, table, total};
use crate::timings::Timings;

/// 全部事项 × 全部企业,逐一判断并计算金额
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
#[command(
    after_help = "示例:\n  zhida sweep --snapshot out/snapshot --out out/sweep\n  \
    zhida sweep --snapshot 企业.csv --year 2025 --as-of 2026-06-30 --json\n\n\
    逐项金额再按已付、名额、就高、限额、资金、起付依次调整,得出现在可付的清单。\n\
    政策库有错误时拒绝运行(退出码 2)。结论和清单写完整才出现:磁盘写满(退出码 3)或按 Ctrl-C(退出码 130)都不留下结果。\n\
    --json 最后一行有各段用时(秒,写盘与判断同时进行)和内存峰值 peak_mb。"
)]
pub(crate) struct Sweep {
    #[command(flatten)]
    pub(super) enterprises: Enterprises,
    /// 逐笔结论、兑付清单和汇总写到哪个文件夹;不写只显示汇总
    #[arg(long, value_name = "文件夹")]
    pub(super) out: Option<PathBuf>,
    /// 用几个线程;不写用全部处理器。结果与线程数无关
    #[arg(long, value_name = "数", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// 全部改用逐户解释计算:慢得多,结果逐字节相同,用来核对
    #[arg(long)]
    reference: bool,
}

impl Sweep {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let mut timings = Timings::start();
        let mut library = library::sound(common, output)?;
        library::without_drafts(&mut library);
        let (snapshot, context) = self.enterprises.open(&library)?;
        timings.loaded();
        let options = self.options(context);
        let (summary, files) = watched(&snapshot, &timings, |control| match &self.out {
            Some(folder) => {
                let done = sweep_to_folder(&snapshot, &library, options, folder, control)?;
                Ok((done.0, Some(done.1)))
            }
            None => {
                let mut nothing = |_: &[DecisionRecord]| Ok(());
                let done = sweep(&snapshot, &library, options, control, &mut nothing)?;
                Ok((done, None))
            }
        })?;
        let sealed = match &files {
            Some(files) => Some(self.seal(common, (&snapshot, &library), &summary, files)?),
            None => None,
        };
        match output.form() {
            Form::Json => {
                let written = files.as_ref().zip(sealed.as_ref());
                as_data(output, &library, &summary, written, &timings)?;
            }
            Form::People => {
                heading(output, &snapshot, &library, context)?;
                show(output, &library, &summary, usize::MAX)?;
                if options.evaluator == Evaluator::Columns {
                    show_reference(output, &summary)?;
                }
                if let Some(files) = &files {
                    output.line(format_args!("逐笔结论:{}", files.decisions.display()))?;
                    output.line(format_args!("兑付清单:{}", files.awards.display()))?;
                    output.line(format_args!("汇总:{}", files.summary.display()))?;
                    output.line(format_args!("结论树根:{}", summary.root))?;
                    output.line(format_args!("清单树根:{}", summary.payable.root))?;
                }
                if let Some(sealed) = &sealed {
                    output.line(format_args!("封存:{}", sealed.path.display()))?;
                    output.line(format_args!("封存摘要:{}", sealed.digest))?;
                }
                output.line(timings.as_text())?;
            }
        }
        Ok(Status::Done)
    }

    fn options(&self, context: Context) -> SweepOptions {
        SweepOptions {
            threads: self.threads.map(usize::from),
            evaluator: if self.reference {
                Evaluator::Reference
            } else {
                Evaluator::Columns
            },
            ..SweepOptions::new(context)
        }
    }

    /// Sweeps what was opened into a folder and seals it, while somebody watches.
    pub(super) fn write_folder(
        &self,
        common: &Common,
        (library, snapshot, context): (&Library, &Snapshot, Context),
        folder: &Path,
        watch: Watch<'_>,
    ) -> Result<SweepSummary, Failure> {
        let options = self.options(context);
        let (summary, files) = watched_by(snapshot, &Timings::start(), watch, |control| {
            sweep_to_folder(snapshot, library, options, folder, control)
        })?;
        self.seal(common, (snapshot, library), &summary, &files)?;
        Ok(summary)
    }

    /// Seals the result with all that it was made of.
    fn seal(
        &self,
        common: &Common,
        (snapshot, library): (&Snapshot, &Library),
        summary: &SweepSummary,
        files: &SweepFiles,
    ) -> Result<SealedFolder, Failure> {
        let inputs = SealInputs {
            library,
            vocabulary: &library::vocabulary_text(common)?,
            codes: Codes::built_in_texts(),
            snapshot: self.enterprises.snapshot_folder(),
        };
        seal_sweep(snapshot, inputs, summary, files).map_err(crate::audit::failed)
    }
}

/// What the columns left to the reference interpreter: nothing is done silently.
fn show_reference(output: &mut Output, summary: &SweepSummary) -> Result<(), Failure> {
    let used = &summary.reference;
    if used.decisions == 0 && used.nodes == 0 {
        return Ok(());
    }
    output.line(format_args!(
        "逐户解释:{} 笔结论由逐户解释作出,计划里有 {} 个节点留给它(zhida plan 逐个列出)",
        count(used.decisions),
        count(used.nodes)
    ))?;
    for measure in &used.measures {
        output.line(format_args!(
            "  {} 笔,{} 个节点:{}",
            count(measure.decisions),
            count(measure.nodes),
            measure.measure
        ))?;
    }
    Ok(())
}

/// Runs a sweep: what it came to, and the awards after all limits.
pub(super) fn decided(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
) -> Result<(SweepSummary, Settled), Failure> {
    watched(snapshot, &Timings::start(), |control| {
        let mut nothing = |_: &[DecisionRecord]| Ok(());
        sweep_and_settle(snapshot, library, options, control, &mut nothing)
    })
}

/// The awards after all limits alone.
pub(super) fn settled(
    snapshot: &Snapshot,
    library: &Library,
    options: SweepOptions,
) -> Result<Settled, Failure> {
    watched(snapshot, &Timings::start(), |control| {
        settle_all(snapshot, library, options, control)
    })
}

/// Who is told how far a sweep is, and may stop it.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    /// Set to stop the sweep.
    pub(super) stop: &'a AtomicBool,
    /// Told how many of how many enterprises are decided.
    pub(super) tell: &'a (dyn Fn(u64, u64) + Sync),
}

/// Runs something with a progress bar, until it is done or interrupted.
pub(crate) fn watched<T>(
    snapshot: &Snapshot,
    timings: &Timings,
    work: impl FnOnce(SweepControl<'_>) -> Result<T, SweepError>,
) -> Result<T, Failure> {
    let interrupted = interrupted()?;
    let progress = Progress::new("判断", 0);
    let watch = Watch {
        stop: &interrupted,
        tell: &|done, total| progress.set(done, total),
    };
    watched_by(snapshot, timings, watch, work)
}

/// The flag that Ctrl-C sets.
pub(super) fn interrupted() -> Result<Arc<AtomicBool>, Failure> {
    interrupt::flag().map_err(|error| {
        Failure::bad_data(format!("无法接收中断信号:{error}"), "请检查系统的信号设置")
    })
}

/// As [`watched`], told to whoever watches.
pub(super) fn watched_by<T>(
    snapshot: &Snapshot,
    timings: &Timings,
    watch: Watch<'_>,
    work: impl FnOnce(SweepControl<'_>) -> Result<T, SweepError>,
) -> Result<T, Failure> {
    let rows = u64::try_from(snapshot.len()).unwrap_or(u64::MAX);
    let mut on_progress = |at: SweepProgress| {
        timings.decided();
        let done = u64::try_from(at.enterprises).unwrap_or(u64::MAX);
        (watch.tell)(done, rows);
    };
    let done = work(SweepControl {
        cancel: watch.stop,
        on_progress: &mut on_progress,
        on_write: &|phase| timings.writing(phase),
    });
    timings.settled();
    done.map_err(|error| {
        let status = match &error {
            SweepError::Faults => Status::Refused,
            SweepError::Threads { .. } => Status::Usage,
            SweepError::Cancelled => Status::Interrupted,
            SweepError::Disagreement { .. } | SweepError::Settlement(_) => Status::Integrity,
            SweepError::Io { .. } | SweepError::Parquet { .. } | SweepError::Vocabulary | _ => {
                Status::BadData
            }
        };
        // The messages of a sweep say themselves what to do.
        Failure::said(status, error.to_string(), "")
    })
}

fn as_data(
    output: &mut Output,
    library: &Library,
    summary: &SweepSummary,
    written: Option<(&SweepFiles, &SealedFolder)>,
    timings: &Timings,
) -> Result<(), Failure> {
    for measure in &summary.measures {
        let mut line = counts(measure);
        if let Some(fields) = line.as_object_mut() {
            fields.shift_insert(0, "measure".to_owned(), json!(measure.measure));
            if only_ceiling(library, &measure.measure) {
                fields.insert("ceiling".to_owned(), json!(measure.ceiling));
            }
        }
        output.json(&line)?;
    }
    let mut totals = counts(&summary.total);
    if let Some(fields) = totals.as_object_mut() {
        fields.insert("ceiling".to_owned(), json!(summary.total.ceiling));
        fields.insert("measures".to_owned(), json!(summary.measures.len()));
        fields.insert("enterprises".to_owned(), json!(summary.enterprises));
        fields.insert("year".to_owned(), json!(summary.year));
        fields.insert("as_of".to_owned(), json!(summary.as_of));
        fields.insert("snapshot".to_owned(), json!(summary.snapshot));
        fields.insert("policies".to_owned(), json!(summary.policies));
        fields.insert("vocabulary".to_owned(), json!(summary.vocabulary));
        fields.insert("semantics".to_owned(), json!(summary.semantics));
        fields.insert("kept".to_owned(), json!(summary.kept));
        fields.insert("root".to_owned(), json!(summary.root));
        fields.insert("digest".to_owned(), json!(summary.digest));
        fields.insert("settlement".to_owned(), json!(summary.payable));
        fields.insert("reference".to_owned(), json!(summary.reference));
        if let Some((files, sealed)) = written {
            fields.insert("seal".to_owned(), json!(sealed.path));
            fields.insert("seal_digest".to_owned(), json!(sealed.digest));
            fields.insert("decisions".to_owned(), json!(files.decisions));
            fields.insert("awards".to_owned(), json!(files.awards));
            fields.insert("summary".to_owned(), json!(files.summary));
        }
    }
    output.json(&json!({"totals": totals, "timings": timings.as_data()}))
}

fn counts(summary: &MeasureSummary) -> Value {
    json!({
        "eligible": summary.eligible,
        "undetermined": summary.undetermined,
        "ineligible": summary.ineligible,
        "not_applicable": summary.not_applicable,
        "error": summary.error,
        "award": summary.award,
        "payable": summary.payable,
        "payable_awards": summary.payable_awards,
        "provisional": summary.provisional,
    })
}

/// Whether a measure names only the most that a person may grant.
fn only_ceiling(library: &Library, id: &str) -> bool {
    let measure = library.measure_index.get(&MeasureRef(id.into()));
    let measure = measure.and_then(|place| library.measures.get(*place));
    measure.is_some_and(|measure| measure.award.kind == AwardKind::Ceiling)
}

/// What was run over what.
pub(super) fn heading(
    output: &mut Output,
    snapshot: &Snapshot,
    library: &Library,
    context: Context,
) -> Result<(), Failure> {
    output.heading(format_args!(
        "{} 家企业 × {} 个事项,评定年度 {},基准日 {}",
        count(snapshot.len()),
        count(library.measures.len()),
        context.year,
        context.as_of
    ))
}

/// The measures that concern anybody, the greatest total first and no more than `most` of them,
/// and the sum of all.
pub(super) fn show(
    output: &mut Output,
    library: &Library,
    summary: &SweepSummary,
    most: usize,
) -> Result<(), Failure> {
    show_payable(output, summary)?;
    let mut found: Vec<&MeasureSummary> = summary
        .measures
        .iter()
        .filter(|measure| measure.eligible > 0 || measure.undetermined > 0 || measure.error > 0)
        .collect();
    found.sort_by_key(|measure| std::cmp::Reverse((measure.award, measure.ceiling)));
    let idle = summary.measures.len().saturating_sub(found.len());
    let more = found.len().saturating_sub(most);
    found.truncate(most);
    let form = Columns::of(summary);
    let mut rows = table(form.headings());
    for measure in found {
        let name = library.measure(&measure.measure);
        let name = name.map_or("", |measure| measure.name.as_str());
        let amount = if only_ceiling(library, &measure.measure) {
            format!("最高 {}", total(measure.ceiling))
        } else {
            total(measure.award)
        };
        rows.add_row(form.row(measure, amount, format!("{name} {}", measure.measure)));
    }
    let amount = total(summary.total.award);
    rows.add_row(form.row(&summary.total, amount, "合计(不含只定上限的)".to_owned()));
    output.line(rows.trim_fmt())?;
    if more > 0 {
        output.line(format_args!("金额较小的 {more} 个事项未列出,已计入合计"))?;
    }
    if idle > 0 {
        output.line(format_args!("另有 {idle} 个事项没有企业应得、待核或出错"))?;
    }
    show_limits(output, &summary.payable)
}

/// The columns of the table of measures.
#[derive(Clone, Copy)]
enum Columns {
    /// Every award may be paid as it is.
    Awards,
    /// Limits or open decisions made a difference: awards, and what may be paid of them.
    Payable,
}

impl Columns {
    fn of(summary: &SweepSummary) -> Self {
        if summary.payable.has_effects() {
            Self::Payable
        } else {
            Self::Awards
        }
    }

    fn headings(self) -> &'static [(&'static str, Side)] {
        const HEADINGS: [(&str, Side); 8] = [
            ("可付(元)", Side::Right),
            ("金额(元)", Side::Right),
            ("应得", Side::Right),
            ("待核", Side::Right),
            ("不符合", Side::Right),
            ("不适用", Side::Right),
            ("出错", Side::Right),
            ("事项", Side::Left),
        ];
        match self {
            Self::Payable => &HEADINGS,
            Self::Awards => HEADINGS.split_at(1).1,
        }
    }

    fn row(self, summary: &MeasureSummary, amount: String, name: String) -> Vec<String> {
        let mut row = match self {
            Self::Payable => vec![total(summary.payable), amount],
            Self::Awards => vec![amount],
        };
        let numbers = [
            summary.eligible,
            summary.undetermined,
            summary.ineligible,
            summary.not_applicable,
            summary.error,
        ];
        row.extend(numbers.map(count));
        row.push(name);
        row
    }
}
