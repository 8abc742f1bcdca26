//! `zhida export`: one archive of everything for auditors.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::audit::bundle::Edition;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::table::count;

/// 导出审计包:政策、快照、结论、日志、账簿、兑付、审批、银行文件和回单、公示、证明,一个文件
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida export --audit -o 审计包.zip --data zhida-data\n  \
    zhida export --audit --masked -o 脱敏.zip --data zhida-data\n  \
    zhida verify 审计包.zip --public-key 保存的公钥\n\n\
    审计包在没有数据库的机器上也能核验:zhida verify,或只用 Python 标准库的 docs/verify.py。\n\
    包里的 dictionary.md 用中文说明每个文件和每一列;tables/ 里是可直接导入的 CSV、XML 和 xlsx。"
)]
pub(crate) struct Export {
    /// 导出审计包
    #[arg(long, required = true)]
    audit: bool,
    /// 脱敏版:略去人员、账号和企业文件,日志只留散列,仍可核验树根和账簿
    #[arg(long)]
    masked: bool,
    /// 写到哪个文件
    #[arg(short, long, value_name = "文件")]
    output: PathBuf,
    #[command(flatten)]
    desk: DeskArguments,
}

impl Export {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let desk = Desk::open(&self.desk)?;
        let edition = match self.masked {
            true => Edition::Masked,
            false => Edition::Full,
        };
        let exported = desk.wait(desk.store.export(&self.output, edition, desk.at))?;
        let manifest = &exported.manifest;
        match output.form() {
            Form::Json => output.json(&json!({
                "bundle": self.output, "digest": exported.digest, "edition": manifest.edition,
                "entries": manifest.entries.len(), "events": manifest.size, "root": manifest.root,
                "public_key": manifest.public_key,
            }))?,
            Form::People => {
                output.line(format_args!(
                    "审计包({}):{},{} 个条目,日志 {} 条",
                    edition.chinese(),
                    self.output.display(),
                    count(manifest.entries.len()),
                    count(manifest.size)
                ))?;
                output.line(format_args!("日志树根:{}", manifest.root))?;
                output.line(format_args!("公钥:{}", manifest.public_key))?;
                output.line(format_args!("摘要:{}", exported.digest))?;
            }
        }
        Ok(Status::Done)
    }
}
