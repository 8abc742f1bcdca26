//! The payouts of an enterprise: where each stands, and all that belongs to one.

use askama::Template;
use axum::extract::{Form, Path};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{
    AttemptState, Command, Notice, Payee, Payout, PayoutId, PayoutState, Subject,
};

use super::parts::enterprise;
use crate::masking::{Audience, bank_account, free_text};
use crate::output::Output;
use crate::payouts::desk::{Desk, told};
use crate::store::PayoutFilter;
use crate::table::{count, money};
use crate::views::payout_steps::{self, PayoutStep, badge, day, paid_on, period, steps};
use crate::web::{
    Access, Ask, Page, Place, Section, Typed, WebFault, act, act_typed, html, see_other,
};

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/my/payouts", Access::Enterprise, list),
        Place::get("/my/payouts/{id}", Access::Enterprise, show),
        Place::post("/my/payouts/{id}/confirm", Access::Enterprise, confirm),
        Place::get(
            "/my/payouts/{id}/decline",
            Access::Enterprise,
            ask_to_decline,
        ),
        Place::post("/my/payouts/{id}/decline", Access::Enterprise, decline),
    ]
}

/// One payout in the list.
struct Line {
    id: String,
    title: String,
    period: String,
    amount: String,
    state: &'static str,
    badge: &'static str,
    told: &'static str,
    waits_for_me: bool,
    steps: Vec<PayoutStep>,
}

#[derive(Template)]
#[template(path = "portal/my_payouts.html")]
struct Payouts {
    page: Page,
    total: String,
    paid: String,
    lines: Vec<Line>,
    waiting: String,
    has_waiting: bool,
}

/// The payouts of an enterprise, those that wait for it first, then the latest.
pub(super) async fn own(ask: &Ask) -> Result<Vec<Payout>, WebFault> {
    let filter = PayoutFilter {
        enterprise: Some(enterprise(ask)?),
        ..PayoutFilter::default()
    };
    let mut payouts = ask.server.store.payouts(&filter).await?;
    payouts.sort_by_key(|payout| {
        let is_waiting = payout.state() == PayoutState::AwaitPayee;
        (
            !is_waiting,
            std::cmp::Reverse(payout.since),
            payout.id.clone(),
        )
    });
    Ok(payouts)
}

fn sum<'a>(payouts: impl Iterator<Item = &'a Payout>) -> String {
    let fen = payouts.map(|payout| i128::from(payout.amount.fen())).sum();
    crate::table::total(zhida_engine::sweep::TotalFen::of(fen))
}

async fn list(ask: Ask) -> Result<Response, WebFault> {
    let payouts = own(&ask).await?;
    let is_paid =
        |payout: &&Payout| matches!(payout.state(), PayoutState::Paid | PayoutState::Settled);
    let is_over = |payout: &&Payout| {
        matches!(
            payout.state(),
            PayoutState::Declined | PayoutState::Expired | PayoutState::Cancelled
        )
    };
    let is_waiting = |payout: &&Payout| payout.state() == PayoutState::AwaitPayee;
    let waiting = payouts.iter().filter(is_waiting).count();
    html(&Payouts {
        page: ask.page(Section::Portal, "我的兑付"),
        total: sum(payouts.iter().filter(|payout| !is_over(payout))),
        paid: sum(payouts.iter().filter(is_paid)),
        waiting: count(waiting),
        has_waiting: waiting > 0,
        lines: payouts.iter().map(line).collect(),
    })
}

fn line(payout: &Payout) -> Line {
    let state = payout.state();
    Line {
        id: payout.id.to_string(),
        title: payout.terms.title.clone(),
        period: period(payout),
        amount: money(payout.amount),
        state: state.chinese(),
        badge: badge(state),
        told: payout_steps::told(payout),
        waits_for_me: state == PayoutState::AwaitPayee,
        steps: steps(payout),
    }
}

/// One payout of the enterprise; of others and missing ones nothing is told.
async fn find(ask: &Ask, id: &str) -> Result<Found, WebFault> {
    let uscc = enterprise(ask)?;
    let id = PayoutId::new(id);
    let books = ask.server.store.see(&[Subject::Payout(id.clone())]).await?;
    let payout = books.payout(&id).filter(|payout| payout.key.uscc == uscc);
    let payout = payout.cloned().ok_or_else(WebFault::missing)?;
    let payee = books.payee(&uscc).cloned();
    let notice = match &payout.notice {
        Some(notice) => crate::views::public::notice(&ask.server.store, notice).await?,
        None => None,
    };
    Ok(Found {
        payout,
        payee,
        notice,
    })
}

/// The payout of the enterprise that asks; of others and missing ones nothing is told.
///
/// # Errors
/// [`WebFault::missing`].
pub(crate) async fn own_payout(ask: &Ask, id: &str) -> Result<Payout, WebFault> {
    Ok(find(ask, id).await?.payout)
}

struct Found {
    payout: Payout,
    payee: Option<Payee>,
    notice: Option<Notice>,
}

/// The account as its enterprise sees it.
pub(super) struct AccountView {
    /// Which version it is.
    pub(super) version: u32,
    /// The name of the account.
    pub(super) name: String,
    /// The last four digits.
    pub(super) account: String,
    /// The branch.
    pub(super) bank: String,
    /// Since when.
    pub(super) since: String,
}

/// The account in force; the number by its last four digits.
pub(super) fn account_of(payee: Option<&Payee>) -> Option<AccountView> {
    let current = payee?.current()?;
    let since = current
        .signatures
        .iter()
        .map(|signature| signature.at)
        .max();
    Some(AccountView {
        version: current.number,
        name: current.details.name.clone(),
        account: bank_account(&current.details.account, Audience::Enterprise),
        bank: current.details.bank.clone(),
        since: since.map(day).unwrap_or_default(),
    })
}

/// One instruction to the bank.
struct AttemptView {
    number: u32,
    amount: String,
    state: &'static str,
    name: String,
    account: String,
    on: String,
}

/// One objection, and what came of it.
struct ObjectionView {
    number: u32,
    by: String,
    at: String,
    is_open: bool,
}

/// What is claimed back.
struct ClaimView {
    amount: String,
    open: String,
    document: String,
    due: String,
}

#[derive(Template)]
#[template(path = "portal/my_payout.html")]
struct PayoutPage {
    page: Page,
    line: Line,
    document: String,
    measure: String,
    bureau: String,
    contact: String,
    notice: Option<(String, String, String)>,
    confirm_until: String,
    account: Option<AccountView>,
    blocked: bool,
    attempts: Vec<AttemptView>,
    objections: Vec<ObjectionView>,
    claims: Vec<ClaimView>,
    digest: String,
    paid_on: String,
    can_object: bool,
}

async fn show(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let found = find(&ask, &id).await?;
    let payout = &found.payout;
    let bureau = ask.server.bureau(&payout.key.bureau);
    let notice = found.notice.as_ref();
    let attempts = payout.attempts.iter().map(|attempt| AttemptView {
        number: attempt.number,
        amount: money(attempt.amount),
        state: attempt_word(attempt.state()),
        name: attempt.end_to_end_id.to_string(),
        account: attempt.payee.as_ref().map_or_else(String::new, |payee| {
            bank_account(&payee.account, Audience::Enterprise)
        }),
        on: attempt
            .moved_on()
            .map_or_else(String::new, |on| on.to_string()),
    });
    let objections = payout.objections.iter().map(|objection| ObjectionView {
        number: objection.number,
        // Who objects is not for the enterprise to know.
        by: free_text(hidden(&objection.by), &[], Audience::Public),
        at: day(objection.at),
        is_open: objection.is_open(),
    });
    let claims = payout.claims.iter().map(|claim| ClaimView {
        amount: money(claim.terms.amount),
        open: money(claim.open()),
        document: claim.terms.document.clone(),
        due: claim.terms.due.to_string(),
    });
    html(&PayoutPage {
        page: ask.page(Section::Portal, payout.terms.title.clone()),
        line: line(payout),
        document: payout.terms.document.clone(),
        measure: payout.key.measure.clone(),
        bureau: payout.key.bureau.to_string(),
        contact: bureau.map_or_else(String::new, |bureau| bureau.contact.clone()),
        notice: notice.map(|notice| {
            let (from, until) = (notice.from.to_string(), notice.until.to_string());
            (notice.id.to_string(), from, until)
        }),
        confirm_until: payout
            .confirm_until
            .map_or_else(String::new, |until| until.to_string()),
        account: account_of(found.payee.as_ref()),
        blocked: found.payee.as_ref().is_some_and(|payee| payee.is_blocked()),
        attempts: attempts.collect(),
        objections: objections.collect(),
        claims: claims.collect(),
        digest: payout.origin.award.to_string(),
        paid_on: paid_on(payout).map_or_else(String::new, |on| on.to_string()),
        can_object: payout.state() == PayoutState::OnNotice,
    })
}

/// Whoever objects stays unknown to the enterprise.
fn hidden(by: &str) -> &str {
    if by.trim().is_empty() || by == "匿名" {
        "匿名"
    } else {
        "实名"
    }
}

fn attempt_word(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Batched | AttemptState::Sealed => "准备付款",
        AttemptState::Sending | AttemptState::Sent => "已交银行",
        AttemptState::Accepted => "银行已受理",
        AttemptState::Unknown => "等银行答复",
        AttemptState::Paid => "已付出",
        AttemptState::PartReturned => "部分退回",
        AttemptState::Returned => "已退回",
        AttemptState::Rejected => "银行没有付成",
        AttemptState::Voided => "没有发出,已作废",
        AttemptState::Disputed => "正在核对",
    }
}

/// What a form of one payout carries.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    key: String,
    #[serde(default)]
    version: u32,
    #[serde(default)]
    sure: String,
}

/// Confirms the version of the account that the page showed, and no other.
async fn confirm(
    ask: Ask,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Result<Response, WebFault> {
    let found = find(&ask, &id).await?;
    let (payout, payee_version) = (found.payout.id.clone(), answer.version);
    let verb = move |desk: &mut Desk, _: &_, output: &mut Output| {
        let answered = desk.give(vec![Command::Confirm {
            payout,
            payee_version,
        }])?;
        told(output, "确认", &answered)
    };
    act(&ask, Some(answer.key), verb).await?.whole()?;
    Ok(see_other(&format!("/my/payouts/{}", found.payout.id)))
}

#[derive(Template)]
#[template(path = "portal/decline.html")]
struct DeclinePage {
    page: Page,
    line: Line,
}

async fn ask_to_decline(ask: Ask, Path(id): Path<String>) -> Result<Response, WebFault> {
    let found = find(&ask, &id).await?;
    if found.payout.state() != PayoutState::AwaitPayee {
        return Ok(see_other(&format!("/my/payouts/{}", found.payout.id)));
    }
    html(&DeclinePage {
        page: ask.page(Section::Portal, "放弃这笔兑付"),
        line: line(&found.payout),
    })
}

async fn decline(
    ask: Ask,
    Path(id): Path<String>,
    Form(answer): Form<Answer>,
) -> Result<Response, WebFault> {
    let found = find(&ask, &id).await?;
    if answer.sure != "yes" {
        return Ok(see_other(&format!(
            "/my/payouts/{}/decline",
            found.payout.id
        )));
    }
    let verb = Typed::verb("decline").of(&found.payout.id);
    act_typed(&ask, Some(answer.key), verb).await?.whole()?;
    Ok(see_other(&format!("/my/payouts/{}", found.payout.id)))
}
