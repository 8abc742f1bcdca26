//! Sealed batches leave the house, or were handed over by people.

use std::path::PathBuf;

use clap::Args;
use zhida_engine::payouts::{
    Action, Actor, Batch as OneBatch, BatchId, BatchState, Command, Digest,
};

use super::batch::open;
use super::recover::paper;
use super::sheet::sheets;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, told};
use crate::table::{count, money};

/// 发送:把封好的文件放到交换文件夹(先记下发送意图,再放文件)
#[derive(Args, Debug)]
pub(super) struct Send {
    /// 批次
    #[arg(value_name = "批次")]
    batch: String,
    /// 银行或预算系统来取文件的文件夹
    #[arg(long, value_name = "文件夹")]
    to: PathBuf,
}

impl Send {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let id = BatchId::new(&self.batch);
        let (_, batch, payer) = open(desk, &id)?;
        if batch.state == BatchState::Sending {
            return self.found_sending(desk, output, &batch);
        }
        let command = Command::BeginSending { batch: id.clone() };
        let answered = desk.give(vec![command])?;
        let status = told(output, "发送", &answered)?;
        if status != Status::Done {
            return Ok(status);
        }
        for file in &batch.files {
            let bytes = desk.wait(desk.store.fetch(&file.digest))?;
            desk.wait(desk.store.place(&self.to, &file.name, &bytes))?;
        }
        let status = self.mark_sent(desk, output, &batch)?;
        if output.form() == Form::People {
            let total = batch.total.unwrap_or_default();
            let files: Vec<String> = batch.files.iter().map(|file| file.name.clone()).collect();
            output.line(format_args!(
                "{} 元,{} 笔已放到 {}:{}",
                money(total),
                count(batch.items.len()),
                self.to.display(),
                files.join("、")
            ))?;
            let sheets = sheets(desk, &batch, &payer)?;
            output.line(sheets)?;
        }
        Ok(status)
    }

    /// Found in the middle of sending: what lies there was sent; of what does not nobody knows
    /// whether it was taken away, so it is never sent again by itself (edge 18).
    fn found_sending(
        &self,
        desk: &mut Desk,
        output: &mut Output,
        batch: &OneBatch,
    ) -> Result<Status, Failure> {
        let mut all_there = true;
        for file in &batch.files {
            let found = std::fs::read(self.to.join(&file.name)).ok();
            all_there &= found.is_some_and(|bytes| Digest::of(&bytes) == file.digest);
        }
        if all_there {
            return self.mark_sent(desk, output, batch);
        }
        let items = batch.items.iter();
        let unknown = items.map(|(payout, _)| Command::MarkUnknown {
            payout: payout.clone(),
        });
        let answered = desk.give_as(&Actor::System, unknown.collect())?;
        told(output, "标为状态未知", &answered)?;
        Err(Failure::refused(
            format!(
                "批次 {} 上次发送中断,文件不在交换文件夹里,不知道是否已被取走",
                batch.id
            ),
            "不会自动再发:请向银行查证;未送出的由支付经办、支付复核两人处理(zhida payout hand-over,或凭证认定 zhida payout rule)",
        ))
    }

    fn mark_sent(
        &self,
        desk: &mut Desk,
        output: &mut Output,
        batch: &OneBatch,
    ) -> Result<Status, Failure> {
        let names = batch.files.iter();
        let names: Vec<String> = names
            .map(|file| format!("{} {}", file.name, file.digest))
            .collect();
        let command = Command::Sent {
            batch: batch.id.clone(),
            receipt: Digest::of(names.join("\n").as_bytes()),
        };
        let answered = desk.give_as(&Actor::System, vec![command])?;
        told(output, "登记已发送", &answered)
    }
}

/// 确认已送交银行(支付经办提出,支付复核会签)
#[derive(Args, Debug)]
pub(super) struct HandOver {
    /// 批次
    #[arg(value_name = "批次")]
    batch: String,
    /// 交接单
    #[arg(long, value_name = "文件")]
    statement: PathBuf,
}

impl HandOver {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::HandOver {
            batch: BatchId::new(&self.batch),
            statement: paper(desk, &self.statement)?,
        };
        desk.open_motion(output, action)
    }
}
