//! Batches: made, sealed with their files, sent, handed over, voided.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zhida_engine::payouts::{
    Action, Actor, Batch as OneBatch, BatchId, BatchState, Books, Command, Digest, FileSeal,
    Moment, NewBatch, Payer, PayerId, PayoutId, PayoutState, SealTotals, Subject,
};
use zhida_policies::values::{Date, Money};

use super::notice::calendar;
use super::recover::paper;
use super::which::Which;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payment_files::{AccountView, PaymentFile, WrittenFile, hand_over_sheet, human_copy};
use crate::payouts::desk::{Desk, told};
use crate::payouts::{bank, trial_bank};
use crate::store::Answered;
use crate::table::{count, money};

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
fn open(desk: &Desk, id: &BatchId) -> Result<(Books, OneBatch, Payer), Failure> {
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

/// What goes with the files on paper: files, counts, sums, and the log as it stands.
fn sheets(desk: &Desk, batch: &OneBatch, payer: &Payer) -> Result<String, Failure> {
    let file = file_of(desk, batch, payer)?;
    let files = bank::write(&file, payer)?;
    let head = desk.wait(desk.store.head(desk.at))?;
    let note = head.note(&desk.store.origin, &desk.store.key.public());
    let seals = seals(desk, batch)?;
    Ok(format!(
        "{}\n{seals}日志头(请保存,核验用):\n{note}",
        hand_over_sheet(&file, &files)
    ))
}

/// The seals of the sweeps that the payments of a batch come from, a line each.
fn seals(desk: &Desk, batch: &OneBatch) -> Result<String, Failure> {
    let (books, _, _) = open(desk, &batch.id)?;
    let payouts = batch.items.iter();
    let payouts = payouts.filter_map(|(payout, _)| books.payout(payout));
    let seals: BTreeSet<&Digest> = payouts.filter_map(|one| one.origin.seal.as_ref()).collect();
    let lines = seals.iter().map(|seal| format!("清算封存摘要:{seal}\n"));
    Ok(lines.collect())
}

/// A batch as a bank reads it, as it was when it was sealed.
fn file_of(desk: &Desk, batch: &OneBatch, payer: &Payer) -> Result<PaymentFile, Failure> {
    let (books, _, _) = open(desk, &batch.id)?;
    let at = batch.sealed_at.unwrap_or(desk.at);
    bank::payment_file(&books, batch, payer, &beijing(at))
}

/// 批次的纸面材料:交接单,和供人查看的 xlsx 清单(账号只留末四位)
#[derive(Args, Debug)]
pub(super) struct Sheet {
    /// 批次
    #[arg(value_name = "批次")]
    batch: String,
    /// 写到哪个文件夹
    #[arg(long, value_name = "文件夹")]
    out: PathBuf,
    /// 清单写完整账号:只给组批和封批的两人
    #[arg(long)]
    full_accounts: bool,
}

impl Sheet {
    /// Accounts in full are for those who answer for the batch.
    fn view(&self, desk: &Desk, batch: &OneBatch) -> Result<AccountView, Failure> {
        if !self.full_accounts {
            return Ok(AccountView::Masked);
        }
        let signed = match &desk.actor {
            Actor::User(user) => batch.signatures.iter().any(|other| other.user == *user),
            Actor::Delegate { .. } | Actor::Assisted { .. } | Actor::System => false,
        };
        if signed {
            return Ok(AccountView::Full);
        }
        Err(Failure::refused(
            "完整账号只给组批和封批的人",
            "请用 --as 写明账号,或去掉 --full-accounts",
        ))
    }

    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let (_, batch, payer) = open(desk, &BatchId::new(&self.batch))?;
        let text = sheets(desk, &batch, &payer)?;
        let copy = human_copy(&file_of(desk, &batch, &payer)?, self.view(desk, &batch)?);
        let copy = copy.map_err(|error| {
            Failure::bad_data(format!("清单不能生成:{error}"), "请分成几个批次")
        })?;
        let head = format!("{}-交接单.txt", batch.id);
        let list = format!("{}-清单.xlsx", batch.id);
        for (name, bytes) in [(head, text.into_bytes()), (list, copy)] {
            let path = self.out.join(&name);
            std::fs::create_dir_all(&self.out)
                .and_then(|()| std::fs::write(&path, bytes))
                .map_err(|error| Failure::file(&path, "写", &error))?;
            output.line(path.display())?;
        }
        Ok(Status::Done)
    }
}

/// 日志头:签名的日志长度和树根,打印保存后可用来发现整体改写
#[derive(Args, Debug)]
pub(super) struct Head {}

impl Head {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let head = desk.wait(desk.store.head(desk.at))?;
        match output.form() {
            Form::Json => output.json(&json!({
                "size": head.size, "root": head.root.to_string(), "key": head.key_id,
            }))?,
            Form::People => {
                let note = head.note(&desk.store.origin, &desk.store.key.public());
                output.line(note.trim_end())?;
            }
        }
        Ok(Status::Done)
    }
}

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
