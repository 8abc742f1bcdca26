//! `zhida import`: what departments deliver becomes a snapshot.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;
use zhida_engine::import::{EncodingChoice, ImportOptions};
use zhida_policies::values::Date;

use crate::arguments::Common;
use crate::enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::payouts::ledger;

/// 把企业数据(CSV、Parquet、Arrow)导入为快照;读不懂的单元格按缺失处理并逐条列出
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida import 企业.csv --year 2025 -o out/snapshot --report out/问题.csv\n\n\
    第一行是列名:统一社会信用代码、企业名称和词汇表里的事实名称(中文或英文),\n\
    如 营业收入@2025、营业收入@上年(万元)。不带年份的按 --year。UTF-8、GBK 自动识别;\n\
    Parquet 和 Arrow IPC 按文件内容识别。\n\
    快照一经写出不再改动。"
)]
pub(crate) struct Import {
    /// CSV、Parquet 或 Arrow IPC 文件
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 评定年度:列名没有写年份的年度数据属于这一年
    #[arg(long, value_name = "年份", value_parser = clap::value_parser!(i32).range(1900..=2999))]
    year: i32,
    /// 状态类数据(资质、地区等)是哪一天的
    #[arg(long, value_name = "日期", value_parser = super::day)]
    as_of: Option<Date>,
    /// 编码:auto 自动识别(不写就是它)、utf8、gb18030
    #[arg(
        long,
        value_name = "编码",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    encoding: EncodingWord,
    /// 已付记录(zhida payout ledger 写出的文件):清算据此扣减、补差、不重复
    #[arg(long, value_name = "文件")]
    ledger: Option<PathBuf>,
    /// 快照写到哪个文件夹
    #[arg(short, long, value_name = "文件夹")]
    output: PathBuf,
    /// 问题清单写到哪个文件(.csv 或 .json)
    #[arg(long, value_name = "文件")]
    report: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncodingWord {
    Auto,
    Utf8,
    #[value(alias = "gbk")]
    Gb18030,
}

impl Import {
    pub(super) fn run(self, common: &Common, output: &mut Output) -> Result<Status, Failure> {
        let vocabulary = library::vocabulary(common)?;
        let options = ImportOptions {
            year: self.year,
            as_of: self.as_of,
            encoding: match self.encoding {
                EncodingWord::Auto => EncodingChoice::Detect,
                EncodingWord::Utf8 => EncodingChoice::Utf8,
                EncodingWord::Gb18030 => EncodingChoice::Gb18030,
            },
        };
        let codes = library::codes()?;
        let ledger = self.ledger.as_deref().map(ledger::read).transpose()?;
        let read = (self.file.as_path(), ledger);
        let (snapshot, report) = enterprises::read_csv(read, &vocabulary, &codes, &options)?;
        let manifest = snapshot.write(&self.output).map_err(enterprises::failed)?;
        if let Some(path) = &self.report {
            let failed = |error: std::io::Error| Failure::file(path, "写", &error);
            let mut file = BufWriter::new(File::create(path).map_err(failed)?);
            if path.extension().is_some_and(|end| end == "json") {
                serde_json::to_writer_pretty(&mut file, &report.to_json())
                    .map_err(|error| failed(error.into()))?;
            } else {
                report.to_csv(&mut file).map_err(failed)?;
            }
            std::io::Write::flush(&mut file).map_err(failed)?;
        }
        let folder = self.output.display().to_string();
        match output.form() {
            Form::Json => {
                output.json(&report.to_json())?;
                output.json(&json!({"totals": {
                    "snapshot": folder, "digest": manifest.digest,
                    "enterprises": manifest.enterprises, "year": manifest.year,
                }}))?;
            }
            Form::People => {
                output.line(report.summary().trim_end())?;
                if let Some(path) = &self.report {
                    output.line(format_args!("问题清单:{}", path.display()))?;
                }
                output.line(format_args!("快照:{folder}(摘要 {})", manifest.digest))?;
            }
        }
        Ok(Status::Done)
    }
}
