//! What a motion asks for, in words: nobody signs what he cannot read.

use zhida_engine::payouts::{Action, Finding, Outcome, Publication, Role, User};

use crate::table::money;
use crate::views::blocks;

/// What is asked for. Accounts stand in full: whoever agrees to one compares it with the paper.
pub(crate) fn in_words(action: &Action) -> String {
    match action {
        Action::GrantBudget {
            line,
            document,
            amount,
        } => format!("指标 {line} 增加 {} 元({document})", money(*amount)),
        Action::ResolveObjection {
            payout,
            objection,
            finding,
            ..
        } => format!("{payout} 第 {objection} 号异议:{}", found(finding)),
        Action::ChangePayee { uscc, details } => format!(
            "企业 {uscc} 户名 {} 账号 {} 联行号 {} 开户行 {}",
            details.name, details.account, details.cnaps, details.bank
        ),
        Action::VoidBatch { batch, reason } => format!("批次 {batch}:{reason}"),
        Action::HandOver { batch, statement } => format!("批次 {batch},交接单 {statement}"),
        Action::RuleUnknown {
            payout,
            attempt,
            outcome,
            on,
            evidence,
        } => {
            let outcome = match outcome {
                Outcome::Paid => "已付",
                Outcome::Rejected => "未付",
            };
            format!("{payout} 第 {attempt} 次支付:{on} {outcome},凭证 {evidence}")
        }
        Action::CloseQuestion {
            payout,
            attempt,
            counts,
            evidence,
            ..
        } => {
            let counts = if *counts { ",付款算数" } else { "" };
            format!("{payout} 第 {attempt} 次支付{counts},材料 {evidence}")
        }
        Action::SetUser { user } => user_in_words(user),
        Action::ClosePeriod { bureau, until } => format!("{bureau}结账到 {until}"),
        Action::PublishPolicy(publication) => publication_in_words(publication),
        Action::MatchClaim {
            line,
            payout,
            claim,
        } => format!("未达款 {line} 是 {payout} 第 {claim} 号追回"),
        Action::MatchReversal { line, other } => format!("未达款 {line} 与 {other} 互相冲正"),
        Action::Bar {
            uscc,
            until,
            document,
        } => format!("企业 {uscc} 到 {until} 为止不得享受({document})"),
        Action::UnblockPayee { uscc, reason, of } => {
            let whose = blocks::whose(of.as_ref());
            format!("企业 {uscc}({whose}):{reason}")
        }
        Action::Reissue { .. }
        | Action::Cancel { .. }
        | Action::Clawback { .. }
        | Action::WithdrawClaim { .. }
        | Action::Offset { .. }
        | Action::WriteOff { .. } => about_money(action),
    }
}

/// What is to become of the money of a payout.
fn about_money(action: &Action) -> String {
    match action {
        Action::Reissue { payout, cause } => format!("{payout}:{cause}"),
        Action::Cancel { payout, reason } => format!("{payout}:{reason}"),
        Action::Clawback { payout, terms } => format!(
            "{payout} {} 元,限 {} 以前({})",
            money(terms.amount),
            terms.due,
            terms.document
        ),
        Action::WithdrawClaim {
            payout,
            claim,
            amount,
            document,
        }
        | Action::WriteOff {
            payout,
            claim,
            amount,
            document,
        } => format!(
            "{payout} 第 {claim} 号追回 {} 元({document})",
            money(*amount)
        ),
        Action::Offset {
            payout,
            claim,
            against,
            amount,
            law,
        } => format!(
            "{payout} 第 {claim} 号追回 {} 元,用 {against} 抵({law})",
            money(*amount)
        ),
        Action::GrantBudget { .. }
        | Action::ResolveObjection { .. }
        | Action::ChangePayee { .. }
        | Action::VoidBatch { .. }
        | Action::HandOver { .. }
        | Action::RuleUnknown { .. }
        | Action::CloseQuestion { .. }
        | Action::SetUser { .. }
        | Action::ClosePeriod { .. }
        | Action::PublishPolicy(_)
        | Action::MatchClaim { .. }
        | Action::MatchReversal { .. }
        | Action::Bar { .. }
        | Action::UnblockPayee { .. } => String::new(),
    }
}

/// What is to become of a policy, in one line.
pub(crate) fn publication_in_words(publication: &Publication) -> String {
    let from = match publication.from {
        Some(day) => format!("自 {day} 起"),
        None => "自批准之日起".to_owned(),
    };
    let replaced: Vec<String> = publication.replaces.iter().map(u32::to_string).collect();
    let replaced = match replaced.is_empty() {
        true => String::new(),
        false => format!(",取代尚未施行的第 {} 版", replaced.join("、")),
    };
    let (policy, title, reason) = (&publication.policy, &publication.title, &publication.reason);
    match &publication.text {
        Some(text) => format!("{policy}《{title}》{from}施行新文本 {text}{replaced}:{reason}"),
        None => format!("{policy}《{title}》{from}废止{replaced}:{reason}"),
    }
}

fn found(finding: &Finding) -> String {
    match finding {
        Finding::Unfounded => "不成立,公示继续".to_owned(),
        Finding::Founded => "成立,不予兑付".to_owned(),
        Finding::Changed(award) => format!("金额更正为 {} 元", money(award.amount)),
    }
}

fn user_in_words(user: &User) -> String {
    let roles: Vec<&str> = user.roles.iter().map(|role| Role::chinese(*role)).collect();
    let limit = user.approves_up_to;
    let limit = limit.map_or_else(String::new, |limit| {
        format!(",审批不超过 {} 元", money(limit))
    });
    let enterprise = user.enterprise;
    let enterprise = enterprise.map_or_else(String::new, |uscc| format!(",代表企业 {uscc}"));
    format!(
        "账号 {}({},{}):{}{enterprise}{limit}",
        user.id,
        user.person,
        user.bureau,
        roles.join("、")
    )
}
