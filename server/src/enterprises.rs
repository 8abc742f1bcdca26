//! The enterprises that a command looks at: a snapshot folder, or a CSV file imported on the fly.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::{Deserialize, Serialize};
use zhida_engine::import::{
    EncodingChoice, ImportError, ImportOptions, ImportReport, OnProgress, read_file,
};
use zhida_engine::interpreter::Context;
use zhida_engine::snapshot::{Ledger, MANIFEST_NAME, Snapshot, SnapshotError};
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date, Uscc};
use zhida_policies::vocabulary::Vocabulary;

use crate::failure::{Failure, Status};
use crate::library;
use crate::output::note;
use crate::progress::Progress;

/// Which enterprises, and when they are assessed.
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Enterprises {
    /// 企业数据:import 写出的快照文件夹,或直接用 CSV 文件
    #[arg(long, value_name = "快照")]
    pub(crate) snapshot: PathBuf,
    /// 评定年度,即“本年”;不写用快照里的年度,直接用 CSV 时必须写
    #[arg(long, value_name = "年份", value_parser = clap::value_parser!(i32).range(1900..=2999))]
    pub(crate) year: Option<i32>,
    /// 基准日,状态类数据和参数按这一天;不写用快照里的日期,再没有用今天
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    pub(crate) as_of: Option<Date>,
}

impl Enterprises {
    /// Opens the snapshot, or imports the file, with the moment of assessment.
    pub(crate) fn open(&self, library: &Library) -> Result<(Snapshot, Context), Failure> {
        self.open_on(library, library::today())
    }

    /// The snapshot, where it is one and not a file that is imported on the fly.
    pub(crate) fn snapshot_folder(&self) -> Option<&Path> {
        let path = self.snapshot.as_path();
        let manifest = path.file_name().is_some_and(|name| name == MANIFEST_NAME);
        (path.is_dir() || manifest).then_some(path)
    }

    /// As [`Enterprises::open`], on another day.
    pub(crate) fn open_on(
        &self,
        library: &Library,
        today: Date,
    ) -> Result<(Snapshot, Context), Failure> {
        let path = &self.snapshot;
        let snapshot = if let Some(folder) = self.snapshot_folder() {
            Snapshot::open(folder, Arc::clone(&library.vocabulary)).map_err(failed)?
        } else {
            let year = self.year.ok_or_else(|| {
                Failure::usage(
                    format!("{} 不是快照,没有写明是哪个年度的数据", path.display()),
                    "直接用 CSV 时请加 --year,如 --year 2025",
                )
            })?;
            let options = ImportOptions {
                year,
                as_of: Some(self.as_of.unwrap_or(today)),
                encoding: EncodingChoice::Detect,
            };
            let read = (path.as_path(), None);
            let (snapshot, report) = read_csv(read, &library.vocabulary, &library.codes, &options)?;
            if !report.is_clean() {
                note(report.summary().trim_end());
            }
            snapshot
        };
        let manifest = snapshot.manifest();
        let context = Context {
            year: self.year.unwrap_or(manifest.year),
            as_of: self.as_of.or(manifest.as_of).unwrap_or(today),
        };
        Ok((snapshot, context))
    }
}

/// The row of an enterprise.
pub(crate) fn find(snapshot: &Snapshot, typed: &str) -> Result<usize, Failure> {
    let typed = typed.trim();
    let code = match Uscc::parse(typed) {
        Ok((code, _)) => code.as_str().to_owned(),
        Err(error) => {
            return Err(Failure::usage(
                format!("“{typed}”不是统一社会信用代码:{error}"),
                "统一社会信用代码是 18 位数字和大写字母",
            ));
        }
    };
    snapshot.find(&code).ok_or_else(|| {
        Failure::bad_data(
            format!("快照里没有企业 {code}(共 {} 家)", snapshot.len()),
            "请核对代码,或换一个快照",
        )
    })
}

/// Imports a file with a progress bar.
pub(crate) fn read_csv(
    read: (&Path, Option<Ledger>),
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
    options: &ImportOptions,
) -> Result<(Snapshot, ImportReport), Failure> {
    let progress = Progress::new("导入", 0);
    read_watched(read, vocabulary, codes, options, &mut |at| {
        progress.set(at.bytes, at.bytes_total);
        ControlFlow::Continue(())
    })
}

/// Imports a file, with a ledger of what was paid, while somebody watches, who may stop it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other reason refuses the whole file"
)]
pub(crate) fn read_watched(
    (path, ledger): (&Path, Option<Ledger>),
    vocabulary: &Arc<Vocabulary>,
    codes: &Codes,
    options: &ImportOptions,
    on_progress: OnProgress<'_>,
) -> Result<(Snapshot, ImportReport), Failure> {
    let read = read_file(path, vocabulary, codes, options, on_progress);
    let finished = read.and_then(|(mut builder, report)| {
        if let Some(ledger) = ledger {
            builder.set_ledger(ledger);
        }
        Ok((builder.finish()?, report))
    });
    finished.map_err(|error| match error {
        ImportError::Io { path, source } => Failure::file(&path, "读取", &source),
        ImportError::Snapshot(error) => failed(error),
        ImportError::Cancelled => Failure::said(Status::Interrupted, error.to_string(), ""),
        error => Failure::bad_data(
            format!("{} 不能导入:{error}", path.display()),
            "什么都没有导入;请改正文件后再试",
        ),
    })
}

/// What a snapshot that cannot be used means for the command.
pub(crate) fn failed(error: SnapshotError) -> Failure {
    let status = match &error {
        SnapshotError::Io { path, source } => return Failure::file(path, "读写", source),
        SnapshotError::Seal { .. }
        | SnapshotError::FileDigest { .. }
        | SnapshotError::ColumnDigest { .. }
        | SnapshotError::ContentDigest { .. }
        | SnapshotError::Shape { .. }
        | SnapshotError::Parquet { .. } => Status::Integrity,
        SnapshotError::Occupied { .. } => Status::Refused,
        SnapshotError::Manifest { .. }
        | SnapshotError::FormatVersion { .. }
        | SnapshotError::Vocabulary { .. }
        | SnapshotError::DuplicateEnterprise { .. }
        | SnapshotError::WrongCell { .. }
        | SnapshotError::TooMany { .. }
        | SnapshotError::LedgerOverflow { .. }
        | _ => Status::BadData,
    };
    // The messages of a snapshot say themselves what to do.
    Failure::said(status, error.to_string(), "")
}
