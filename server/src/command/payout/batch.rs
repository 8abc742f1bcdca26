//! Batches: made, and what leaves them again; voided where they never left.

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{
    Action, Batch as OneBatch, BatchId, Books, Command, NewBatch, Payer, PayerId, PayoutId,
    PayoutState, Subject,
};
use zhida_policies::values::Date;

use super::notice::calendar;
use super::which::Which;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::bank;
use crate::payouts::desk::{Desk, told};
use crate::table::count;

/// 组批(支付经办)
#[derive(Args, Debug)]
pub(super) struct Batch {
    #[command(flatten)]
    which: Which,
    /// 付款账户
    #[arg(long, value_name = "账户")]
    payer: String,
    /// 付款日
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    date: Date,
}

impl Batch {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let states = [PayoutState::Confirmed, PayoutState::Reissue];
        let payouts = self.which.ids(desk, &states)?;
        if payouts.is_empty() {
            output.line("没有可以组批的兑付事项")?;
            return Ok(Status::Done);
        }
        self.refuse_day_off()?;
        self.refuse_too_many(desk, payouts.len())?;
        let id = BatchId::new(desk.keys.name("B"));
        let command = Command::MakeBatch(NewBatch {
            id: id.clone(),
            payer: PayerId::new(&self.payer),
            execution: self.date,
            payouts,
        });
        let answered = desk.give(vec![command])?;
        let status = told(output, "组批", &answered)?;
        if status == Status::Done {
            let (_, batch, _) = open(desk, &id)?;
            match output.form() {
                Form::Json => output.json(&json!({"batch": id, "count": batch.items.len()}))?,
                Form::People => output.line(format_args!(
                    "批次 {id}:{} 笔。下一步:支付复核清点笔数和金额后 zhida payout seal {id} --count 笔数 --total 金额",
                    count(batch.items.len())
                ))?,
            }
        }
        Ok(status)
    }
}

impl Batch {
    /// One message holds so many payments.
    fn refuse_too_many(&self, desk: &Desk, payouts: usize) -> Result<(), Failure> {
        let id = PayerId::new(&self.payer);
        let books = desk.see(&[Subject::Payer(id.clone())])?;
        let Some(payer) = books.payer(&id) else {
            return Ok(());
        };
        match bank::lines_max(payer)? {
            Some(most) if payouts > most => Err(Failure::refused(
                format!(
                    "一个文件最多 {} 笔,这里有 {} 笔",
                    count(most),
                    count(payouts)
                ),
                "请用 --limit 分成几个批次",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// A bank pays on working days.
    fn refuse_day_off(&self) -> Result<(), Failure> {
        let is_working = calendar()?.is_working(self.date);
        let is_working = is_working
            .map_err(|error| Failure::bad_data(error.to_string(), "请更新程序自带的工作日历"))?;
        if is_working {
            return Ok(());
        }
        Err(Failure::refused(
            format!("付款日 {} 不是工作日", self.date),
            "请换一个工作日",
        ))
    }
}

/// A batch with its payouts and its paying account.
pub(super) fn open(desk: &Desk, id: &BatchId) -> Result<(Books, OneBatch, Payer), Failure> {
    let books = desk.see(&[Subject::Batch(id.clone())])?;
    let batch = books.batch(id).cloned().ok_or_else(|| {
        Failure::usage(format!("没有批次 {id}"), "用 zhida payout batches 查看批次")
    })?;
    let payers = desk.see(&[Subject::Payer(batch.payer.clone())])?;
    let payer = payers.payer(&batch.payer).cloned().ok_or_else(|| {
        Failure::usage(format!("没有付款账户“{}”", batch.payer), "请核对单位设置")
    })?;
    Ok((books, batch, payer))
}

/// 移出批次(支付经办或支付复核,封批以前)
#[derive(Args, Debug)]
pub(super) struct Unbatch {
    /// 批次
    #[arg(value_name = "批次")]
    batch: String,
    /// 移出哪些兑付事项
    #[arg(value_name = "编号", required = true)]
    payouts: Vec<String>,
}

impl Unbatch {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let command = Command::Unbatch {
            batch: BatchId::new(self.batch),
            payouts: self.payouts.into_iter().map(PayoutId::new).collect(),
        };
        let answered = desk.give(vec![command])?;
        told(output, "移出批次", &answered)
    }
}

/// 作废批次(支付经办提出,支付复核会签):确实没有送出
#[derive(Args, Debug)]
pub(super) struct Void {
    /// 批次
    #[arg(value_name = "批次")]
    batch: String,
    /// 为什么能确定没有送出
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl Void {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let action = Action::VoidBatch {
            batch: BatchId::new(&self.batch),
            reason: self.reason,
        };
        desk.open_motion(output, action)
    }
}
