//! `/console/motions`: what needs several people, and who of them has signed.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Action, Finding, Motion, MotionId, MotionState, Outcome};

use super::acts::{Done, Offer, list};
use super::payout::masked;
use crate::payouts::asked::publication_in_words;
use crate::table::money;
use crate::views::{blocks, things, times};
use crate::web::{Ask, Page, Section, WebFault, html};

/// How many motions that are over are shown.
const OVER_MAX: usize = 100;

/// What is asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    all: Option<String>,
    #[serde(flatten)]
    done: Done,
}

/// One motion.
struct Row {
    id: String,
    title: &'static str,
    about: String,
    /// Where its subject is shown.
    link: String,
    signed: Vec<String>,
    state: &'static str,
    tone: &'static str,
    next: &'static str,
    offers: Vec<Offer>,
}

#[derive(Template)]
#[template(path = "console/motions.html")]
struct MotionsPage {
    page: Page,
    done: Done,
    is_all: bool,
    open: usize,
    rows: Vec<Row>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(wanted): Query<Wanted>) -> Result<Response, WebFault> {
    let session = ask.session()?;
    let motions = things::motions(&ask.server.store, &session.scope).await?;
    let page = ask.page(Section::Console, "会签");
    let is_all = wanted.all.is_some();
    let open = motions
        .iter()
        .filter(|motion| motion.state == MotionState::Open)
        .count();
    let shown = motions
        .iter()
        .filter(|motion| is_all || motion.state == MotionState::Open)
        .take(open.saturating_add(OVER_MAX));
    let rows = shown
        .map(|motion| row(&ask, &page, motion))
        .collect::<Result<_, _>>()?;
    html(&MotionsPage {
        done: wanted.done,
        is_all,
        open,
        rows,
        page,
    })
}

fn row(ask: &Ask, page: &Page, motion: &Motion) -> Result<Row, WebFault> {
    let session = ask.session()?;
    let next = motion
        .next_role()
        .filter(|_| motion.state == MotionState::Open);
    let (state, tone) = match motion.state {
        MotionState::Open => ("等会签", "wait"),
        MotionState::Carried => ("已办结", "good"),
        MotionState::Withdrawn => ("已撤回", "none"),
    };
    let id = motion.id.as_str();
    let mut offers = Vec::new();
    let is_own = session.user.bureau == motion.bureau;
    if let Some(role) = next.filter(|_| is_own) {
        let has_signed = motion
            .signatures
            .iter()
            .any(|signed| signed.person == session.user.person);
        let is_publication = matches!(motion.action, Action::PublishPolicy(_));
        if session.is_any(&[role]) && !has_signed && !is_publication {
            offers.extend(list::named("sign").and_then(|act| Offer::of(act, page, &[id])));
        }
        offers.extend(list::named("withdraw").and_then(|act| Offer::of(act, page, &[id])));
    }
    let signed = motion.signatures.iter().map(|signed| {
        format!(
            "{} {} {}",
            signed.role.chinese(),
            signed.person,
            times::minute(signed.at)
        )
    });
    let (about, link) = about(&motion.id, &motion.action);
    Ok(Row {
        id: id.to_owned(),
        title: motion.action.chinese(),
        about,
        link,
        signed: signed.collect(),
        state,
        tone,
        next: next.map_or("", zhida_engine::payouts::Role::chinese),
        offers,
    })
}

/// What a motion is about, in words, and where that is shown.
fn about(id: &MotionId, action: &Action) -> (String, String) {
    let here = |page: &str| format!("/console/{page}");
    match action {
        Action::GrantBudget {
            line,
            document,
            amount,
        } => (
            format!("{} 元,指标 {line},{document}", money(*amount)),
            here("settings"),
        ),
        Action::VoidBatch { batch, reason } => (reason.clone(), here(&format!("batches/{batch}"))),
        Action::HandOver { batch, statement } => (
            format!("交接单摘要 {statement}"),
            here(&format!("batches/{batch}")),
        ),
        Action::MatchReversal { line, other } => (
            format!("{line} 与 {other} 互为冲正"),
            here("reconciliation"),
        ),
        Action::SetUser { user } => (format!("{} {}", user.person, user.id), String::new()),
        Action::ClosePeriod { until, .. } => (format!("结账到 {until}"), here("reconciliation")),
        // Decided where it can be read.
        Action::PublishPolicy(publication) => (
            publication_in_words(publication),
            here(&format!("publications/{id}")),
        ),
        Action::ChangePayee { uscc, .. }
        | Action::UnblockPayee { uscc, .. }
        | Action::Bar { uscc, .. } => (of_enterprise(action), here(&format!("enterprises/{uscc}"))),
        Action::ResolveObjection { payout, .. }
        | Action::RuleUnknown { payout, .. }
        | Action::CloseQuestion { payout, .. }
        | Action::Reissue { payout, .. }
        | Action::Cancel { payout, .. }
        | Action::Clawback { payout, .. }
        | Action::Offset { payout, .. }
        | Action::WriteOff { payout, .. }
        | Action::WithdrawClaim { payout, .. }
        | Action::MatchClaim { payout, .. } => {
            let words = of_claim(action).or_else(|| of_payout(action));
            (
                words.unwrap_or_default(),
                here(&format!("payouts/{payout}")),
            )
        }
    }
}

/// What is to become of an enterprise.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are about something else, and are told apart by the caller"
)]
fn of_enterprise(action: &Action) -> String {
    match action {
        Action::ChangePayee { uscc, details } => format!(
            "{uscc} {},账号 {},联行号 {},{}",
            details.name,
            masked(&details.account),
            details.cnaps,
            details.bank
        ),
        Action::UnblockPayee { uscc, reason, of } => {
            let whose = blocks::whose(of.as_ref());
            format!("{uscc} 恢复付款({whose}):{reason}")
        }
        Action::Bar {
            uscc,
            until,
            document,
        } => format!("{uscc} 到 {until},{document}"),
        _ => String::new(),
    }
}

/// What is to become of a payout.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are about something else, and are told apart by the caller"
)]
fn of_payout(action: &Action) -> Option<String> {
    Some(match action {
        Action::ResolveObjection {
            objection, finding, ..
        } => {
            let finding = match finding {
                Finding::Unfounded => "异议不成立".to_owned(),
                Finding::Founded => "异议成立,不予兑付".to_owned(),
                Finding::Changed(award) => format!("金额更正为 {} 元", money(award.amount)),
            };
            format!("第 {objection} 号异议:{finding}")
        }
        Action::RuleUnknown {
            attempt,
            outcome,
            on,
            evidence,
            ..
        } => {
            let found = match outcome {
                Outcome::Paid => "已付",
                Outcome::Rejected => "未付",
            };
            format!("第 {attempt} 次支付:{found},凭证日期 {on},凭证摘要 {evidence}")
        }
        Action::CloseQuestion {
            attempt,
            question,
            counts,
            evidence,
            ..
        } => {
            let counts = if *counts {
                ",付款计入这项兑付"
            } else {
                ""
            };
            let question = super::payout::question_word(question);
            format!("第 {attempt} 次支付:{question}{counts},材料摘要 {evidence}")
        }
        Action::Reissue { cause, .. } => cause.clone(),
        Action::Cancel { reason, .. } => reason.clone(),
        _ => return None,
    })
}

/// What is to become of a claim.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are about something else, and are told apart by the caller"
)]
fn of_claim(action: &Action) -> Option<String> {
    Some(match action {
        Action::Clawback { terms, .. } => format!(
            "{} 元,{},限期 {}",
            money(terms.amount),
            terms.document,
            terms.due
        ),
        Action::Offset {
            claim,
            against,
            amount,
            law,
            ..
        } => format!(
            "第 {claim} 号追回 {} 元,用 {against} 抵扣,依据 {law}",
            money(*amount)
        ),
        Action::WriteOff {
            claim,
            amount,
            document,
            ..
        } => format!("第 {claim} 号追回 {} 元,{document}", money(*amount)),
        Action::WithdrawClaim {
            claim,
            amount,
            document,
            ..
        } => format!("第 {claim} 号追回撤回 {} 元,{document}", money(*amount)),
        Action::MatchClaim { line, claim, .. } => format!("第 {claim} 号追回,未达款 {line}"),
        _ => return None,
    })
}
