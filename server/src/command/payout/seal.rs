//! Batches are sealed: counted by a second person and frozen into files.

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zhida_engine::payouts::{BatchId, Command, FileSeal, Moment, SealTotals};
use zhida_policies::values::Money;

use super::batch::open;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payment_files::WrittenFile;
use crate::payouts::bank;
use crate::payouts::desk::{Desk, told};
use crate::store::Answered;
use crate::table::{count, money};

/// 封批(支付复核):生成付款文件并冻结;笔数和金额由复核人自己清点
#[derive(Args, Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Seal {
    /// 批次
    #[arg(value_name = "批次")]
    pub(crate) batch: String,
    /// 清点的笔数
    #[arg(long, value_name = "笔数")]
    count: u32,
    /// 清点的金额(元)
    #[arg(long, value_name = "金额")]
    total: Money,
}

impl Seal {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let (answered, files) = self.seal(desk)?;
        let status = told(output, "封批", &answered)?;
        if status == Status::Done {
            show_files(output, &BatchId::new(self.batch), &files)?;
        }
        Ok(status)
    }

    /// Makes the files of the batch, keeps them, and freezes the batch with them.
    pub(crate) fn seal(
        &self,
        desk: &mut Desk,
    ) -> Result<(Vec<Answered>, Vec<WrittenFile>), Failure> {
        let id = BatchId::new(&self.batch);
        let (books, batch, payer) = open(desk, &id)?;
        // A batch that is sealed keeps its moment, so that its files come out the same.
        let at = batch.sealed_at.unwrap_or(desk.at);
        let file = bank::payment_file(&books, &batch, &payer, &beijing(at))?;
        let files = bank::write(&file, &payer)?;
        let mut seals = Vec::with_capacity(files.len());
        for file in &files {
            let kept = desk.store.keep("payment", &file.name, &file.bytes, at);
            let digest = desk.wait(kept)?;
            seals.push(FileSeal {
                name: file.name.clone(),
                digest,
            });
        }
        let command = Command::Seal {
            batch: id,
            totals: SealTotals {
                count: self.count,
                total: self.total,
            },
            files: seals,
        };
        Ok((desk.give(vec![command])?, files))
    }
}

fn show_files(output: &mut Output, id: &BatchId, files: &[WrittenFile]) -> Result<(), Failure> {
    for file in files {
        match output.form() {
            Form::Json => output.json(&json!({
                "batch": id,
                "file": file.name,
                "sha256": file.sha256,
                "count": file.count,
                "total": Money::from_fen(file.total_fen),
            }))?,
            Form::People => output.line(format_args!(
                "{} 元,{} 笔:{} SHA-256 {}",
                money(Money::from_fen(file.total_fen)),
                count(file.count),
                file.name,
                file.sha256
            ))?,
        }
    }
    Ok(())
}

/// A moment as files show it.
pub(super) fn beijing(at: Moment) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    at.to_zoned(zone)
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}
