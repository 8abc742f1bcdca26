//! What banks say, and what people find out where banks are silent.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use zhida_engine::payouts::{
    Action, Command, EndToEndId, Outcome, PayerId, PayoutId, PayoutState, Question as OpenQuestion,
    Subject, Thing,
};
use zhida_policies::values::Date;

use super::recover::paper;
use super::which::Which;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output, note};
use crate::payment_files::read_answer;
use crate::payouts::bank::{Answers, Instructions, OfMessage, profile_of};
use crate::payouts::desk::{Desk, told};
use crate::store::Listing;

/// 银行答复:pain.002、camt.053/054、pacs.004 或银行文本;同一内容读几遍都一样
#[derive(Args, Debug)]
pub(super) struct Answer {
    /// 答复文件
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 付款账户
    #[arg(long, value_name = "账户")]
    payer: String,
}

impl Answer {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let id = PayerId::new(&self.payer);
        let books = desk.see(&[Subject::Payer(id.clone())])?;
        let payer = books
            .payer(&id)
            .ok_or_else(|| Failure::usage(format!("没有付款账户“{id}”"), "请核对单位设置"))?;
        let bytes =
            std::fs::read(&self.file).map_err(|error| Failure::file(&self.file, "读取", &error))?;
        let name = self.file.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default();
        let profile = profile_of(payer)?;
        let file = read_answer(&bytes, &name, profile.as_ref()).map_err(|error| {
            Failure::bad_data(
                format!("{} 不能采用:{error}", self.file.display()),
                "什么都没有登记;请向银行核对后重新取得文件",
            )
        })?;
        let instructions = instructions(desk, &file)?;
        let answers = Answers::of(&file, &id, &instructions);
        let kept = desk.store.keep("answer", &name, &bytes, desk.at);
        desk.wait(kept)?;
        let answered = desk.give(answers.commands)?;
        let status = told(output, "登记银行答复", &answered)?;
        for alarm in &answers.alarms {
            match output.form() {
                Form::Json => output.json(&serde_json::json!({"alarm": alarm}))?,
                Form::People => note(format_args!("请核对:{alarm}")),
            }
        }
        Ok(status)
    }
}

/// The instructions that an answer may speak of.
fn instructions(
    desk: &Desk,
    file: &crate::payment_files::AnswerFile,
) -> Result<Instructions, Failure> {
    let named = file.facts().into_iter();
    let named: BTreeSet<EndToEndId> = named
        .filter_map(|fact| fact.end_to_end_id.as_ref().map(EndToEndId::new))
        .collect();
    let subjects = named.iter().cloned().map(Subject::Instruction);
    let books = desk.see(&subjects.collect::<Vec<Subject>>())?;
    let known = named
        .into_iter()
        .filter(|name| books.instruction(name).is_some());
    let known = known.collect();
    let mut by_message = BTreeMap::new();
    let needs_messages = file
        .facts()
        .into_iter()
        .any(|fact| fact.end_to_end_id.is_none() && fact.message_id.is_some());
    if needs_messages {
        for thing in desk.wait(desk.store.list(Listing::Batches))? {
            let Thing::Batch(batch) = thing else { continue };
            let names = batch.items.iter();
            let names = names.map(|(payout, number)| payout.end_to_end_id(*number));
            let of_message = OfMessage {
                names: names.collect(),
                is_one_file: batch.files.len() == 1,
            };
            by_message.insert(batch.message_id.to_string(), of_message);
        }
    }
    Ok(Instructions { by_message, known })
}

/// 标为状态未知(对账):过了时限没有最终答复
#[derive(Args, Debug)]
pub(super) struct Unknown {
    #[command(flatten)]
    which: Which,
}

impl Unknown {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let states = [
            PayoutState::Sending,
            PayoutState::Sent,
            PayoutState::Accepted,
        ];
        let ids = self.which.ids(desk, &states)?;
        let commands = ids
            .into_iter()
            .map(|payout| Command::MarkUnknown { payout });
        let answered = desk.give(commands.collect())?;
        told(output, "标为状态未知", &answered)
    }
}

/// 凭证认定(对账两人会签):状态未知的一笔究竟付了没有
#[derive(Args, Debug)]
pub(super) struct Rule {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 已付
    #[arg(long, conflicts_with = "unpaid", required_unless_present = "unpaid")]
    paid: bool,
    /// 未付
    #[arg(long)]
    unpaid: bool,
    /// 凭证上的日期
    #[arg(long, value_name = "日期", value_parser = crate::command::day)]
    on: Date,
    /// 对账单或银行盖章的回函
    #[arg(long, value_name = "文件")]
    evidence: PathBuf,
}

impl Rule {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let id = PayoutId::new(&self.payout);
        let books = desk.see(&[Subject::Payout(id.clone())])?;
        let payout = books.payout(&id);
        let alive = payout.and_then(|payout| payout.alive());
        let attempt = alive.map(|attempt| attempt.number).ok_or_else(|| {
            Failure::usage(
                format!("兑付事项 {id} 没有等着结果的支付"),
                "用 zhida payout show 查看",
            )
        })?;
        let action = Action::RuleUnknown {
            payout: id,
            attempt,
            outcome: if self.paid {
                Outcome::Paid
            } else {
                Outcome::Rejected
            },
            on: self.on,
            evidence: paper(desk, &self.evidence)?,
        };
        desk.open_motion(output, action)
    }
}

/// 核销疑问(对账两人会签)
#[derive(Args, Debug)]
pub(super) struct Question {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
    /// 第几个疑问,从 1 起(zhida payout show 的次序)
    #[arg(value_name = "第几个", default_value_t = 1)]
    place: usize,
    /// 有争议的那笔付款就是这项兑付
    #[arg(long)]
    counts: bool,
    /// 查证材料
    #[arg(long, value_name = "文件")]
    evidence: PathBuf,
}

impl Question {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let id = PayoutId::new(&self.payout);
        let books = desk.see(&[Subject::Payout(id.clone())])?;
        let attempts = books
            .payout(&id)
            .into_iter()
            .flat_map(|payout| &payout.attempts);
        let mut questions = attempts.flat_map(|attempt| {
            let questions = attempt.questions().into_iter();
            questions.map(move |question| (attempt.number, question))
        });
        let wanted = self
            .place
            .checked_sub(1)
            .and_then(|place| questions.nth(place));
        let (attempt, question) = wanted.ok_or_else(|| {
            Failure::usage(
                format!("兑付事项 {id} 没有第 {} 个疑问", self.place),
                "用 zhida payout show 查看",
            )
        })?;
        let action = Action::CloseQuestion {
            payout: id,
            attempt,
            question,
            counts: self.counts,
            evidence: paper(desk, &self.evidence)?,
        };
        desk.open_motion(output, action)
    }
}

/// A question in words.
pub(super) fn question_word(question: &OpenQuestion) -> String {
    match question {
        OpenQuestion::Contradiction => "银行既说已付又说拒付".to_owned(),
        OpenQuestion::ReturnedUnpaid => "没有付出的记录,却有退回".to_owned(),
        OpenQuestion::BookedTwice => "银行扣款不止一次".to_owned(),
        OpenQuestion::ReturnedTooMuch => "退回的比付出的多".to_owned(),
        OpenQuestion::Duplicate => "银行说以前收到过这条指令".to_owned(),
        OpenQuestion::Unclear => "银行的答复含义不明".to_owned(),
        OpenQuestion::Mismatch(_) => "答复的金额或账号与指令不符".to_owned(),
        OpenQuestion::PaidAfterReplacement => "已另行支付的指令又被银行付出".to_owned(),
        OpenQuestion::NeverSent => "银行答复了没有送出的指令".to_owned(),
    }
}
