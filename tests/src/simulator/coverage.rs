//! What came up in a life: a promise holds cheaply where nothing happens.

use std::collections::BTreeSet;

use zhida_engine::payouts::{Command, MotionState, PayoutState, Question, Thing};

use super::storage::Done;

/// Every command, motion, state and question that a long run must have seen.
pub const EVERYTHING: &[&str] = &[
    // Commands.
    "Entitle",
    "Propose",
    "Check",
    "Approve",
    "SendBack",
    "Drop",
    "Publish",
    "Object",
    "EndNotice",
    "Confirm",
    "Decline",
    "Remind",
    "Expire",
    "MakeBatch",
    "Unbatch",
    "Seal",
    "BeginSending",
    "Sent",
    "MarkUnknown",
    "Answer",
    "StrayLine",
    "Settle",
    "Recover",
    "OpenMotion",
    "SignMotion",
    "WithdrawMotion",
    "BlockPayee",
    "Delegate",
    "EndDelegation",
    "SetUp",
    "SetPayer",
    "SetLine",
    "Configure",
    "Suspend",
    // Motions that were carried.
    "下达指标",
    "处理异议",
    "变更收款账户",
    "作废批次",
    "确认已送交银行",
    "凭证认定未知支付",
    "核销疑问",
    "重新支付",
    "取消兑付",
    "追回",
    "抵扣",
    "核销",
    "限制申享",
    "恢复付款",
    "撤回追回",
    "认领追回款",
    "认定冲正",
    "用户授权",
    "结账",
    // States of payouts.
    "COMPUTED",
    "PROPOSED",
    "CHECKED",
    "APPROVED",
    "ON_NOTICE",
    "OBJECTED",
    "AWAIT_PAYEE",
    "CONFIRMED",
    "BATCHED",
    "SEALED",
    "SENDING",
    "SENT",
    "ACCEPTED",
    "UNKNOWN",
    "PAID",
    "REJECTED",
    "RETURNED",
    "REISSUE",
    "SETTLED",
    "DECLINED",
    "EXPIRED",
    "CANCELLED",
    // Questions.
    "Contradiction",
    "ReturnedUnpaid",
    "BookedTwice",
    "ReturnedTooMuch",
    "Duplicate",
    "Unclear",
    "Mismatch",
    "PaidAfterReplacement",
    // What a sweep may not know, and what a bank may not say.
    "an award that knew what was paid",
    "settled without a day",
];

/// Notes what an order shows.
pub(crate) fn notes(done: &Done, seen: &mut BTreeSet<&'static str>) {
    seen.insert(command_name(&done.order.command));
    if let Command::Entitle(award) = &done.order.command
        && award.knows.iter().any(|known| !known.paid.is_zero())
    {
        seen.insert("an award that knew what was paid");
    }
    for thing in &done.effects.things {
        match thing {
            Thing::Motion(motion) if motion.state == MotionState::Carried => {
                seen.insert(motion.action.chinese());
            }
            Thing::Payout(payout) => {
                seen.insert(payout.state().name());
                let mut booked = payout.attempts.iter().filter(|other| other.is_booked());
                if payout.state() == PayoutState::Settled
                    && booked.any(|attempt| attempt.moved_on().is_none())
                {
                    seen.insert("settled without a day");
                }
                for attempt in &payout.attempts {
                    seen.extend(attempt.questions().iter().map(question_name));
                }
            }
            _ => {}
        }
    }
}

fn question_name(question: &Question) -> &'static str {
    match question {
        Question::Contradiction => "Contradiction",
        Question::ReturnedUnpaid => "ReturnedUnpaid",
        Question::BookedTwice => "BookedTwice",
        Question::ReturnedTooMuch => "ReturnedTooMuch",
        Question::Duplicate => "Duplicate",
        Question::Unclear => "Unclear",
        Question::Mismatch(_) => "Mismatch",
        Question::PaidAfterReplacement => "PaidAfterReplacement",
        Question::NeverSent => "NeverSent",
    }
}

fn command_name(command: &Command) -> &'static str {
    match command {
        Command::Entitle(_) => "Entitle",
        Command::Propose { .. } => "Propose",
        Command::Check { .. } => "Check",
        Command::Approve { .. } => "Approve",
        Command::SendBack { .. } => "SendBack",
        Command::Drop { .. } => "Drop",
        Command::Publish(_) => "Publish",
        Command::Object { .. } => "Object",
        Command::EndNotice { .. } => "EndNotice",
        Command::Confirm { .. } => "Confirm",
        Command::Decline { .. } => "Decline",
        Command::Remind { .. } => "Remind",
        Command::Expire { .. } => "Expire",
        Command::MakeBatch(_) => "MakeBatch",
        Command::Unbatch { .. } => "Unbatch",
        Command::Seal { .. } => "Seal",
        Command::BeginSending { .. } => "BeginSending",
        Command::Sent { .. } => "Sent",
        Command::MarkUnknown { .. } => "MarkUnknown",
        Command::Answer { .. } => "Answer",
        Command::StrayLine { .. } => "StrayLine",
        Command::Settle { .. } => "Settle",
        Command::Recover { .. } => "Recover",
        Command::OpenMotion { .. } => "OpenMotion",
        Command::SignMotion { .. } => "SignMotion",
        Command::Enact { .. } => "Enact",
        Command::WithdrawMotion { .. } => "WithdrawMotion",
        Command::BlockPayee { .. } => "BlockPayee",
        Command::Delegate(_) => "Delegate",
        Command::EndDelegation(_) => "EndDelegation",
        Command::SetUp { .. } => "SetUp",
        Command::SetPayer(_) => "SetPayer",
        Command::SetLine { .. } => "SetLine",
        Command::Configure { .. } => "Configure",
        Command::Suspend { .. } => "Suspend",
    }
}
