//! Lists: payouts, what waits for whom, budget lines, batches, motions.

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{
    LedgerAccount, MotionState, Payout, PayoutId, PayoutState, Subject, Thing, WaitsFor,
};
use zhida_policies::values::{Money, Uscc};

use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::Desk;
use crate::payouts::{asked, sheet};
use crate::store::{Listing, PayoutFilter};
use crate::table::{Side, count, money, table};

/// 列出兑付事项
#[derive(Args, Debug)]
pub(super) struct List {
    /// 只列这些状态(如 PAID、已支付);可写多次
    #[arg(long, value_name = "状态", value_parser = state)]
    state: Vec<PayoutState>,
    /// 只列这一事项
    #[arg(long, value_name = "事项")]
    measure: Option<String>,
    /// 只列这家企业
    #[arg(long, value_name = "代码", value_parser = crate::command::uscc)]
    enterprise: Option<Uscc>,
    /// 只列等着这一职责的
    #[arg(long, value_name = "职责")]
    waits_for: Option<String>,
    /// 最多列多少笔
    #[arg(long, value_name = "笔数", default_value_t = 20)]
    limit: usize,
}

fn state(text: &str) -> Result<PayoutState, String> {
    let mut all = PayoutState::ALL.into_iter();
    let found = all.find(|state| state.name() == text || state.chinese() == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = PayoutState::ALL
            .iter()
            .map(|state| state.chinese())
            .collect();
        format!("可用的状态:{}", names.join("、"))
    })
}

impl List {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let filter = PayoutFilter {
            states: self.state,
            measure: self.measure,
            enterprise: self.enterprise,
            limit: None,
        };
        let mut payouts = desk.wait(desk.store.payouts(&filter))?;
        if let Some(role) = &self.waits_for {
            let role = crate::payouts::settings::role(role)?;
            payouts.retain(|payout| payout.waiting().on == WaitsFor::Role(role));
        }
        sheet::show(output, &payouts, self.limit)?;
        Ok(Status::Done)
    }
}

/// 看一笔兑付:从清算到每次支付、银行答复和疑问
#[derive(Args, Debug)]
pub(super) struct Show {
    /// 兑付事项编号
    #[arg(value_name = "编号")]
    payout: String,
}

impl Show {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let id = PayoutId::new(&self.payout);
        let books = desk.see(&[Subject::Payout(id.clone())])?;
        let Some(payout) = books.payout(&id) else {
            return Err(Failure::usage(
                format!("没有兑付事项 {id}"),
                "用 zhida payout list 查看编号",
            ));
        };
        if output.form() == Form::Json {
            let mut data = sheet::as_data(payout);
            if let Some(fields) = data.as_object_mut() {
                fields.insert("signatures".to_owned(), json!(payout.signatures));
                fields.insert("objections".to_owned(), json!(payout.objections));
                fields.insert("origin".to_owned(), json!(payout.origin));
            }
            output.json(&data)?;
            return Ok(Status::Done);
        }
        show_payout(output, payout)?;
        show_attempts(output, payout)?;
        Ok(Status::Done)
    }
}

fn show_payout(output: &mut Output, payout: &Payout) -> Result<(), Failure> {
    let waiting = payout.waiting();
    output.heading(format_args!(
        "{} 元 {} {}",
        money(payout.amount),
        payout.state().chinese(),
        payout.terms.title
    ))?;
    output.line(format_args!(
        "企业:{} {}",
        payout.enterprise, payout.key.uscc
    ))?;
    output.line(format_args!(
        "期间:{}  指标:{}",
        payout.key.period, payout.line
    ))?;
    output.line(format_args!(
        "下一步:{}{}",
        sheet::who(waiting.on),
        waiting.step
    ))?;
    if let (Some(notice), Some(until)) = (&payout.notice, payout.notice_until) {
        output.line(format_args!("公示:{notice} 到 {until}"))?;
    }
    output.line(format_args!("清算:{}", payout.origin.sweep))?;
    if let Some(seal) = &payout.origin.seal {
        output.line(format_args!("封存:{seal}"))?;
    }
    output.line(format_args!("清单叶:{}", payout.origin.award))?;
    for signature in &payout.signatures {
        let role = signature.role.chinese();
        output.line(format_args!(
            "{role}:{} ({})",
            signature.person, signature.user
        ))?;
    }
    for objection in &payout.objections {
        let found = if objection.is_open() {
            "未处理"
        } else {
            "已处理"
        };
        output.line(format_args!(
            "异议 {}:{} {found}",
            objection.number, objection.by
        ))?;
    }
    Ok(())
}

fn show_attempts(output: &mut Output, payout: &Payout) -> Result<(), Failure> {
    for attempt in &payout.attempts {
        output.line(format_args!(
            "第 {} 次支付:{} 元 {} 流水号 {} 批次 {}",
            attempt.number,
            money(attempt.amount),
            attempt_word(attempt.state()),
            attempt.end_to_end_id,
            attempt.batch
        ))?;
        for question in attempt.questions() {
            output.line(format_args!(
                "  疑问:{}",
                super::answer::question_word(&question)
            ))?;
        }
    }
    for claim in &payout.claims {
        output.line(format_args!(
            "第 {} 号追回:{} 元,尚余 {} 元({})",
            claim.number,
            money(claim.terms.amount),
            money(claim.open()),
            claim.terms.document
        ))?;
    }
    Ok(())
}

fn attempt_word(state: zhida_engine::payouts::AttemptState) -> &'static str {
    use zhida_engine::payouts::AttemptState;
    match state {
        AttemptState::Batched => "已组批",
        AttemptState::Sealed => "已封批",
        AttemptState::Sending => "发送中",
        AttemptState::Sent => "已发送",
        AttemptState::Accepted => "银行已受理",
        AttemptState::Unknown => "状态未知",
        AttemptState::Paid => "已支付",
        AttemptState::PartReturned => "部分退回",
        AttemptState::Returned => "已退票",
        AttemptState::Rejected => "银行拒付",
        AttemptState::Voided => "未发出,已作废",
        AttemptState::Disputed => "有争议,挂在未达",
    }
}

/// 指标与账户余额
#[derive(Args, Debug)]
pub(super) struct Lines {}

impl Lines {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let things = desk.wait(desk.store.list(Listing::Lines))?;
        for thing in things {
            let Thing::Line(line) = thing else { continue };
            if output.form() == Form::Json {
                output.json(&line)?;
                continue;
            }
            output.heading(format_args!("{}({} 年)", line.id, line.fiscal_year))?;
            let mut rows = table(&[("余额(元)", Side::Right), ("科目", Side::Left)]);
            for account in LedgerAccount::ALL {
                let fen = line.balance(account);
                if fen != 0 {
                    let name = format!("{} {}", account.chinese(), account.name());
                    rows.add_row([money(Money::from_fen(fen)), name]);
                }
            }
            output.line(rows.trim_fmt())?;
        }
        Ok(Status::Done)
    }
}

/// 会签事项
#[derive(Args, Debug)]
pub(super) struct Motions {
    /// 也列出已办结和已撤回的
    #[arg(long)]
    all: bool,
}

impl Motions {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let things = desk.wait(desk.store.list(Listing::Motions))?;
        let mut is_empty = true;
        for thing in things {
            let Thing::Motion(motion) = thing else {
                continue;
            };
            if motion.state != MotionState::Open && !self.all {
                continue;
            }
            is_empty = false;
            if output.form() == Form::Json {
                output.json(&motion)?;
                continue;
            }
            let next = match (motion.state, motion.next_role()) {
                (MotionState::Open, Some(role)) => format!("等{}会签", role.chinese()),
                (MotionState::Open | MotionState::Carried, _) => "已办结".to_owned(),
                (MotionState::Withdrawn, _) => "已撤回".to_owned(),
            };
            let signed = motion.signatures.iter();
            let signed: Vec<&str> = signed.map(|signature| signature.person.as_str()).collect();
            output.line(format_args!(
                "{} {} 已签:{} {next}",
                motion.id,
                motion.action.chinese(),
                signed.join("、")
            ))?;
            output.line(format_args!("  {}", asked::in_words(&motion.action)))?;
        }
        if is_empty && output.form() == Form::People {
            output.line("没有等着会签的事项")?;
        }
        Ok(Status::Done)
    }
}

/// 批次
#[derive(Args, Debug)]
pub(super) struct Batches {}

impl Batches {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let things = desk.wait(desk.store.list(Listing::Batches))?;
        let mut rows = table(&[
            ("金额(元)", Side::Right),
            ("笔数", Side::Right),
            ("状态", Side::Left),
            ("付款日", Side::Left),
            ("批次", Side::Left),
            ("文件", Side::Left),
        ]);
        for thing in things {
            let Thing::Batch(batch) = thing else { continue };
            if output.form() == Form::Json {
                output.json(&batch)?;
                continue;
            }
            let files = batch.files.iter().map(|file| file.name.as_str());
            rows.add_row([
                batch.total.map_or_else(String::new, money),
                count(batch.items.len()),
                batch.state.chinese().to_owned(),
                batch.execution.to_string(),
                batch.id.to_string(),
                files.collect::<Vec<&str>>().join(" "),
            ]);
        }
        if output.form() == Form::People {
            if rows.row_count() == 0 {
                return output.line("没有批次").map(|()| Status::Done);
            }
            output.line(rows.trim_fmt())?;
        }
        Ok(Status::Done)
    }
}

/// 未达款:银行有、本系统没有指令的收支,认领追回款时用它的编号
#[derive(Args, Debug)]
pub(super) struct BankLines {
    /// 也列出已认领的
    #[arg(long)]
    all: bool,
}

impl BankLines {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let things = desk.wait(desk.store.list(Listing::BankLines))?;
        let mut rows = table(&[
            ("金额(元)", Side::Right),
            ("日期", Side::Left),
            ("账户", Side::Left),
            ("摘要", Side::Left),
            ("认领", Side::Left),
            ("编号", Side::Left),
        ]);
        for thing in things {
            let Thing::BankLine(line) = thing else {
                continue;
            };
            if line.matched.is_some() && !self.all {
                continue;
            }
            if output.form() == Form::Json {
                output.json(&line)?;
                continue;
            }
            let matched = if line.matched.is_some() {
                "已认领"
            } else {
                "未认领"
            };
            rows.add_row([
                money(line.amount),
                line.on.to_string(),
                line.payer.to_string(),
                line.text.clone(),
                matched.to_owned(),
                line.id.to_string(),
            ]);
        }
        if output.form() == Form::People {
            if rows.row_count() == 0 {
                return output.line("没有未认领的未达款").map(|()| Status::Done);
            }
            output.line(rows.trim_fmt())?;
        }
        Ok(Status::Done)
    }
}

/// 用户和职责
#[derive(Args, Debug)]
pub(super) struct Users {}

impl Users {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let things = desk.wait(desk.store.list(Listing::Users))?;
        let mut rows = table(&[
            ("账号", Side::Left),
            ("姓名", Side::Left),
            ("单位", Side::Left),
            ("职责", Side::Left),
            ("", Side::Left),
        ]);
        for thing in things {
            let Thing::User(user) = thing else { continue };
            if output.form() == Form::Json {
                output.json(&user)?;
                continue;
            }
            let roles: Vec<&str> = user.roles.iter().map(|role| role.chinese()).collect();
            let state = if user.is_active { "" } else { "已停用" };
            rows.add_row([
                user.id.to_string(),
                user.person.to_string(),
                user.bureau.to_string(),
                roles.join("、"),
                state.to_owned(),
            ]);
        }
        if output.form() == Form::People {
            output.line(rows.trim_fmt())?;
        }
        Ok(Status::Done)
    }
}
