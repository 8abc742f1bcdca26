//! `zhida generate`: made-up enterprises for trials and measurements.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use zhida_engine::generate::{GenerateError, GenerateOptions, Generator};
use zhida_engine::snapshot::Snapshot;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Date, Region};

use crate::arguments::Common;
use crate::enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::progress::Progress;
use crate::table::count;

/// 生成试验用的企业数据:同样的种子得到同样的数据
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida generate --count 1000 --seed 7 --year 2025 -o out/企业.csv\n  \
    zhida generate --count 1000 --region 4206 --year 2025 -o out/xiangyang\n\n\
    写到 .csv 文件得到 CSV,否则得到快照文件夹。企业都是编造的,代码符合校验规则。"
)]
pub(crate) struct Generate {
    /// 多少家
    #[arg(long, value_name = "家数")]
    count: u64,
    /// 种子;不写为 1
    #[arg(
        long,
        value_name = "数",
        default_value_t = 1,
        hide_default_value = true
    )]
    seed: u64,
    /// 评定年度;不写为基准日的上一年
    #[arg(long, value_name = "年份", value_parser = clap::value_parser!(i32).range(1900..=2999))]
    year: Option<i32>,
    /// 基准日;不写用今天
    #[arg(long, value_name = "日期", value_parser = super::day)]
    as_of: Option<Date>,
    /// 只在这些地区(代码)里;可写多次;不写用政策库涉及的地区
    #[arg(long, value_name = "代码")]
    region: Vec<String>,
    /// 写到哪里:.csv 文件或快照文件夹
    #[arg(short, long, value_name = "路径")]
    output: PathBuf,
}

impl Generate {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let library = library::as_it_is(common)?;
        let as_of = self.as_of.unwrap_or_else(library::today);
        let options = GenerateOptions {
            count: self.count,
            seed: self.seed,
            year: self
                .year
                .unwrap_or_else(|| i32::from(as_of.year()).saturating_sub(1)),
            as_of: Some(as_of),
            regions: self.regions(&library)?,
            only: None,
        };
        let generator = generator(&library, options)?;
        let path = self.output.display().to_string();
        let mut digest = None;
        if self.output.extension().is_some_and(|end| end == "csv") {
            self.write_csv(&generator)?;
        } else {
            let manifest = make(&generator)?.write(&self.output);
            digest = Some(manifest.map_err(enterprises::failed)?.digest);
        }
        match output.form() {
            Form::Json => output.json(&json!({"totals": {
                "path": path, "enterprises": self.count, "seed": self.seed, "digest": digest,
            }}))?,
            Form::People => {
                output.line(format_args!("生成 {} 家企业:{path}", count(self.count)))?;
            }
        }
        Ok(Status::Done)
    }

    fn regions(&self, library: &Library) -> Result<Vec<Region>, Failure> {
        if self.region.is_empty() {
            return Ok(regions_of(library));
        }
        let region = |code: &String| {
            library.codes.region(code).map_err(|unknown| {
                let near = unknown
                    .nearest
                    .map_or_else(String::new, |near| format!(";最接近的是 {near}"));
                Failure::usage(
                    format!("没有“{}”这个地区代码{near}", unknown.code),
                    "--region 写 GB/T 2260 的代码或功能区代码,如 4206",
                )
            })
        };
        self.region.iter().map(region).collect()
    }

    fn write_csv(&self, generator: &Generator) -> Result<(), Failure> {
        let path = &self.output;
        let failed = |error: std::io::Error| Failure::file(path, "写", &error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = BufWriter::new(File::create(path).map_err(failed)?);
        let progress = Progress::new("生成", generator.count());
        let written = generator.write_csv(&mut file, &mut |rows| {
            progress.set(rows, generator.count());
            ControlFlow::Continue(())
        });
        match written {
            Ok(()) => file.flush().map_err(failed),
            Err(GenerateError::Write(error)) => Err(failed(error)),
            Err(error) => Err(refused(error)),
        }
    }
}

/// A maker of enterprises.
pub(super) fn generator(library: &Library, options: GenerateOptions) -> Result<Generator, Failure> {
    let vocabulary = Arc::clone(&library.vocabulary);
    Generator::new(vocabulary, &library.codes, options).map_err(refused)
}

/// Makes the enterprises with a progress bar.
pub(super) fn make(generator: &Generator) -> Result<Snapshot, Failure> {
    let progress = Progress::new("生成", generator.count());
    let snapshot = generator.snapshot(&mut |rows| {
        progress.set(rows, generator.count());
        ControlFlow::Continue(())
    });
    snapshot.map_err(refused)
}

/// The regions that the policies of a library name, without the nation.
pub(super) fn regions_of(library: &Library) -> Vec<Region> {
    let mut regions: Vec<Region> = library
        .policies
        .iter()
        .map(|policy| policy.region)
        .filter(|region| !region.is_nation())
        .collect();
    regions.sort();
    regions.dedup();
    regions
}

fn refused(error: GenerateError) -> Failure {
    match error {
        GenerateError::Snapshot(error) => enterprises::failed(error),
        GenerateError::UnknownRegion(_)
        | GenerateError::TooMany
        | GenerateError::Write(_)
        | GenerateError::Cancelled => Failure::usage(error.to_string(), "请改正后再试"),
        error => Failure::bad_data(error.to_string(), ""),
    }
}
