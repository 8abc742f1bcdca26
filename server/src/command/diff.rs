//! `zhida diff`: how two sweeps differ, and the fact or rule behind each difference.

mod words;

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use zhida_engine::diff::{
    Change, ChangeKind, Diff as Differences, DiffCounts, DiffError, Side, SweepFile,
    policies_digest,
};
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::{Snapshot, vocabulary_digest};
use zhida_policies::measure::library::Library;
use zhida_policies::values::date::parse_date;

use self::words::{in_words, rule_in_words, standpoint};
use crate::arguments::Common;
use crate::enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::table::{self, count, signed, table, total};
use crate::views::seen::Seen;

/// How many differences are shown where nobody asked for more.
const SHORT: usize = 10;

/// 比较两次 sweep 的结果:新增、失去、变动了哪些,各因为哪项数据或哪条规则
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida diff <甲> <乙> --snapshot out/snapshot\n  \
    zhida diff out/sweep out/sweep --snapshot out/snapshot\n\n\
    甲、乙是 zhida sweep --out 写出的文件夹,或其中的 summary-….json。\n\
    快照和政策按甲、乙记下的摘要自动对上;两次用的快照不同时 --snapshot 写两次,\n\
    政策不同时另一套写在 --other-policies。\n\
    差额分三段,精确相加:数据(旧规则、新数据)、规则(新规则、新数据)、限额等步骤。"
)]
pub(crate) struct Diff {
    /// 前一次的结果
    #[arg(value_name = "甲")]
    before: PathBuf,
    /// 后一次的结果
    #[arg(value_name = "乙")]
    after: PathBuf,
    /// 甲、乙所用的快照;两次不同时写两次
    #[arg(long, value_name = "快照", required = true)]
    snapshot: Vec<PathBuf>,
    /// 甲、乙中与 --policies 不同的那一套政策
    #[arg(long, value_name = "文件夹")]
    other_policies: Option<PathBuf>,
    /// 逐笔最多列出多少条;不写为 10,--json 时为全部
    #[arg(long, value_name = "条数")]
    limit: Option<usize>,
}

/// One sweep as it lies on the disk.
struct Named {
    /// 甲 or 乙.
    name: &'static str,
    file: SweepFile,
    context: Context,
}

impl Named {
    fn open(name: &'static str, path: &Path) -> Result<Self, Failure> {
        let file = SweepFile::open(path).map_err(failed)?;
        let as_of = parse_date(&file.head.as_of).map_err(|_| {
            Failure::bad_data(
                format!("{} 的基准日不是日期", file.path.display()),
                "请重新运行 zhida sweep --out",
            )
        })?;
        let year = file.head.year;
        Ok(Self {
            name,
            file,
            context: Context { year, as_of },
        })
    }

    /// The policies that the sweep was made of.
    fn library<'a>(&self, libraries: &'a [(String, Library)]) -> Result<&'a Library, Failure> {
        let wanted = &self.file.head.policies;
        let found = libraries.iter().find(|(digest, _)| digest == wanted);
        let (_, library) = found.ok_or_else(|| self.missing("政策", wanted, POLICIES_HELP))?;
        if vocabulary_digest(&library.vocabulary) != self.file.head.vocabulary {
            let wanted = &self.file.head.vocabulary;
            return Err(self.missing("词汇表", wanted, "请用当时的词汇表:--vocabulary 文件"));
        }
        Ok(library)
    }

    /// The snapshot that the sweep was made of.
    fn snapshot<'a>(&self, snapshots: &'a [Snapshot]) -> Result<&'a Snapshot, Failure> {
        let wanted = &self.file.head.snapshot;
        let found = snapshots.iter().find(|one| one.digest() == wanted);
        found.ok_or_else(|| self.missing("快照", wanted, "请用 --snapshot 写上它的文件夹"))
    }

    fn missing(&self, what: &str, digest: &str, help: &str) -> Failure {
        let (name, path) = (self.name, self.file.path.display());
        let digest = digest.get(..12).unwrap_or(digest);
        Failure::usage(
            format!("没有给出{name}({path})所用的{what},摘要 {digest}…"),
            help,
        )
    }

    fn side<'a>(
        &self,
        snapshots: &'a [Snapshot],
        libraries: &'a [(String, Library)],
    ) -> Result<Side<'a>, Failure> {
        let library = self.library(libraries)?;
        let snapshot = self.snapshot(snapshots)?;
        let claims = self.file.claims(snapshot, library).map_err(failed)?;
        Side::new(snapshot, library, self.context, claims).map_err(failed)
    }
}

const POLICIES_HELP: &str =
    "请用 --policies 或 --other-policies 写上当时的政策文件夹;不写 --policies 是程序自带的政策库";

/// What two sweeps that cannot be compared mean for the command.
fn failed(error: DiffError) -> Failure {
    let status = match &error {
        DiffError::Io { path, source } => return Failure::file(path, "读取", source),
        DiffError::Summaries { .. } | DiffError::Vocabularies => Status::Usage,
        DiffError::Digest { .. } | DiffError::Settle(_) => Status::Integrity,
        DiffError::Summary { .. } | DiffError::Decisions { .. } | DiffError::Unknown { .. } | _ => {
            Status::BadData
        }
    };
    // The messages of a diff say themselves what to do.
    Failure::said(status, error.to_string(), "")
}

impl Diff {
    /// Compares; sums, counts and names are of those that are seen on either side.
    pub(super) fn run(
        self,
        common: &Common,
        seen: &Seen,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let before = Named::open("甲", &self.before)?;
        let after = Named::open("乙", &self.after)?;
        let libraries = self.libraries(common, output)?;
        before.library(&libraries)?;
        let vocabulary = &after.library(&libraries)?.vocabulary;
        let mut snapshots = Vec::new();
        for path in &self.snapshot {
            let snapshot = Snapshot::open(path, Arc::clone(vocabulary));
            snapshots.push(snapshot.map_err(enterprises::failed)?);
        }
        let sees = seen.either([
            (before.snapshot(&snapshots)?, before.context.year),
            (after.snapshot(&snapshots)?, after.context.year),
        ]);
        let before = before.side(&snapshots, &libraries)?;
        let after = after.side(&snapshots, &libraries)?;
        let diff = Differences::among(&before, &after, &sees).map_err(failed)?;
        match output.form() {
            Form::Json => as_data(output, &diff, self.limit.unwrap_or(usize::MAX))?,
            Form::People => {
                heading(output, &diff.whole)?;
                if !diff.is_empty() || !diff.measures.is_empty() {
                    by_measure(output, &diff)?;
                    rules(output, &diff)?;
                    details(output, &diff, self.limit.unwrap_or(SHORT))?;
                }
            }
        }
        Ok(Status::Done)
    }

    /// The policies given, each with the digest of its texts.
    fn libraries(
        &self,
        common: &Common,
        output: &mut Output,
    ) -> Result<Vec<(String, Library)>, Failure> {
        let mut libraries = vec![library::sound(common, output)?];
        if let Some(path) = &self.other_policies {
            libraries.push(library::sound_at(path, common, output)?);
        }
        let named = libraries.into_iter().map(|mut library| {
            let digest = policies_digest(&library);
            library::without_drafts(&mut library);
            (digest, library)
        });
        Ok(named.collect())
    }
}

fn as_data(output: &mut Output, diff: &Differences<'_>, limit: usize) -> Result<(), Failure> {
    for measure in &diff.measures {
        output.json(&json!({"measure": measure}))?;
    }
    for (place, change) in diff.changes().take(limit).enumerate() {
        let difference = change.effects.sum();
        let causes = diff.causes(place);
        output.json(&json!({"change": change, "difference": difference, "causes": causes}))?;
    }
    let whole = &diff.whole;
    output.json(&json!({"totals": whole, "difference": whole.effects.sum()}))
}

fn heading(output: &mut Output, whole: &DiffCounts) -> Result<(), Failure> {
    output.heading(format_args!(
        "{} 元:由 {} 元变为 {} 元",
        signed(whole.effects.sum()),
        total(whole.amount_before),
        total(whole.amount_after)
    ))?;
    output.line(format_args!(
        "其中数据变化 {} 元,规则变化 {} 元,限额等步骤 {} 元",
        signed(whole.effects.facts),
        signed(whole.effects.rules),
        signed(whole.effects.limits)
    ))?;
    output.line(format_args!(
        "新增 {} 笔,失去 {} 笔,变动 {} 笔,不变 {} 笔",
        count(whole.new),
        count(whole.lost),
        count(whole.changed),
        count(whole.same)
    ))
}

fn by_measure(output: &mut Output, diff: &Differences<'_>) -> Result<(), Failure> {
    use table::Side::{Left, Right};
    output.line("")?;
    let mut rows = table(&[
        ("差额(元)", Right),
        ("数据(元)", Right),
        ("规则(元)", Right),
        ("限额等(元)", Right),
        ("新增", Right),
        ("失去", Right),
        ("变动", Right),
        ("不变", Right),
        ("事项", Left),
    ]);
    let mut row = |counts: &DiffCounts, name: String| {
        let effects = counts.effects;
        let moved = [effects.sum(), effects.facts, effects.rules, effects.limits];
        let mut row: Vec<String> = moved.map(signed).into();
        row.extend([counts.new, counts.lost, counts.changed, counts.same].map(count));
        row.push(name);
        rows.add_row(row);
    };
    let mut measures: Vec<_> = diff.measures.iter().collect();
    measures.sort_by_key(|one| Reverse(one.counts.effects.sum().magnitude()));
    for one in measures {
        row(&one.counts, format!("{} {}", one.name, one.measure));
    }
    row(&diff.whole, "合计(含没有变化的事项)".to_owned());
    output.line(rows.trim_fmt())
}

fn rules(output: &mut Output, diff: &Differences<'_>) -> Result<(), Failure> {
    let changed: Vec<_> = diff
        .measures
        .iter()
        .filter(|one| !one.rules.is_empty())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    output.line("")?;
    output.heading(format_args!("规则有变化的事项 {} 个", count(changed.len())))?;
    for one in changed {
        output.line(format_args!("{} {}", one.name, one.measure))?;
        for rule in &one.rules {
            output.line(format_args!("  {}", rule_in_words(rule)))?;
        }
    }
    Ok(())
}

fn details(output: &mut Output, diff: &Differences<'_>, limit: usize) -> Result<(), Failure> {
    let mut changes: Vec<(usize, Change)> = diff.changes().enumerate().collect();
    changes.sort_by_key(|(place, change)| (Reverse(change.effects.sum().magnitude()), *place));
    let more = changes.len().saturating_sub(limit);
    changes.truncate(limit);
    if changes.is_empty() {
        return Ok(());
    }
    output.line("")?;
    output.heading(format_args!("差额最大的 {} 笔", count(changes.len())))?;
    for (place, change) in changes {
        let kind = match change.kind {
            ChangeKind::New => "新增",
            ChangeKind::Lost => "失去",
            ChangeKind::Changed => "变动",
        };
        output.line(format_args!(
            "{} 元 {kind} {} {} {} {}",
            signed(change.effects.sum()),
            change.enterprise,
            change.name,
            change.measure_name,
            change.measure
        ))?;
        output.line(format_args!(
            "  原 {};现 {}",
            standpoint(change.before.as_ref()),
            standpoint(change.after.as_ref())
        ))?;
        for cause in diff.causes(place) {
            for line in in_words(&cause) {
                output.line(format_args!("  {line}"))?;
            }
        }
    }
    if more > 0 {
        output.line(format_args!(
            "另有 {} 笔未列出;加 --limit 看更多",
            count(more)
        ))?;
    }
    Ok(())
}
