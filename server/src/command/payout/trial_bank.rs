//! A bank to practise with.

use std::path::PathBuf;

use clap::Args;
use zhida_engine::payouts::BatchId;
use zhida_policies::values::Date;

use super::batch::open;
use super::seal::beijing;
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payouts::desk::Desk;
use crate::payouts::{bank, trial_bank};
use crate::table::count;

/// 练习用的银行:按已发送的批次写一份 camt.054 答复,供演示和培训
#[derive(Args, Debug)]
pub(super) struct TrialBank {
    /// 批次
    #[arg(value_name = "批次")]
    batch: String,
    /// 入账日
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    on: Date,
    /// 头几笔退票
    #[arg(long, value_name = "笔数", default_value_t = 0)]
    returns: usize,
    /// 答复写到哪个文件
    #[arg(short, long, value_name = "文件")]
    output: PathBuf,
}

impl TrialBank {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let id = BatchId::new(&self.batch);
        let (books, batch, payer) = open(desk, &id)?;
        let at = batch.sealed_at.unwrap_or(desk.at);
        let file = bank::payment_file(&books, &batch, &payer, &beijing(at))?;
        let text = trial_bank::notification(&file, self.on, self.returns);
        std::fs::write(&self.output, text)
            .map_err(|error| Failure::file(&self.output, "写", &error))?;
        output.line(format_args!(
            "练习银行:{} 笔已付,其中 {} 笔退票,答复在 {}",
            count(batch.items.len()),
            count(self.returns.min(batch.items.len())),
            self.output.display()
        ))?;
        Ok(Status::Done)
    }
}
