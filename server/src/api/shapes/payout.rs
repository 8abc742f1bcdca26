//! Payouts.

use serde::Serialize;
use utoipa::ToSchema;
use zhida_engine::payouts::{Attempt, Claim, Objection, Payout};

use super::{SignatureRow, moment};
use crate::payouts::sheet;

/// 一笔兑付
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PayoutRow {
    /// 编号
    payout: String,
    /// 单位
    bureau: String,
    /// 统一社会信用代码
    uscc: String,
    /// 企业名称
    enterprise: String,
    /// 事项:政策编号/事项编号
    measure: String,
    /// 事项名称
    title: String,
    /// 期间
    period: String,
    /// 第几次补差,0 为首次
    supplement: u16,
    /// 指标
    line: String,
    /// 金额(元)
    amount: String,
    /// 状态
    state: &'static str,
    /// 状态的中文名
    state_name: &'static str,
    /// 等谁
    waits_for: String,
    /// 等什么
    step: &'static str,
    /// 从何时起
    since: String,
    /// 公示到哪一天
    notice_until: Option<String>,
    /// 请在哪一天以前确认
    confirm_until: Option<String>,
    /// 已付出且没有退回的(元)
    moved: String,
    /// 还要付的(元)
    unpaid: String,
}

impl PayoutRow {
    /// A payout as a list shows it.
    pub(in crate::api) fn of(payout: &Payout) -> Self {
        let (waiting, state) = (payout.waiting(), payout.state());
        let text = |value: &dyn ToString| value.to_string();
        Self {
            payout: payout.id.to_string(),
            bureau: payout.key.bureau.to_string(),
            uscc: payout.key.uscc.to_string(),
            enterprise: payout.enterprise.clone(),
            measure: payout.key.measure.clone(),
            title: payout.terms.title.clone(),
            period: payout.key.period.clone(),
            supplement: payout.key.supplement,
            line: payout.line.to_string(),
            amount: payout.amount.to_string(),
            state: state.name(),
            state_name: state.chinese(),
            waits_for: sheet::who(waiting.on).trim_end_matches(':').to_owned(),
            step: waiting.step,
            since: moment(waiting.since),
            notice_until: payout.notice_until.as_ref().map(|day| text(day)),
            confirm_until: payout.confirm_until.as_ref().map(|day| text(day)),
            moved: payout.moved().to_string(),
            unpaid: payout.unpaid().to_string(),
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.payout
    }
}

/// 一笔兑付的全部
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PayoutShown {
    /// 概要
    summary: PayoutRow,
    /// 文号
    document: String,
    /// 认定日期
    award_date: String,
    /// 公示编号
    notice: Option<String>,
    /// 提醒过几次
    reminders: u16,
    /// 每次支付
    attempts: Vec<AttemptRow>,
    /// 追回
    claims: Vec<ClaimRow>,
    /// 异议
    objections: Vec<ObjectionRow>,
    /// 办理人;只给单位看
    signatures: Vec<SignatureRow>,
    /// 金额的来历
    origin: OriginShown,
}

/// 金额从哪里来,足以重算
#[derive(Clone, Debug, Serialize, ToSchema)]
struct OriginShown {
    /// 清算的摘要
    sweep: String,
    /// 清单树根
    root: String,
    /// 清单上的叶
    award: String,
    /// 政策的摘要
    policies: String,
    /// 快照的摘要
    snapshot: String,
    /// 清算时已知付过的(元)
    paid_before: String,
}

/// 一次支付
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AttemptRow {
    /// 第几次
    number: u32,
    /// 银行流水号
    end_to_end_id: String,
    /// 批次
    batch: String,
    /// 金额(元)
    amount: String,
    /// 状态
    state: String,
    /// 收款账号,只显示末四位
    account: Option<String>,
    /// 未核销的疑问数
    questions: usize,
}

/// 一项追回
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ClaimRow {
    /// 第几号
    number: u32,
    /// 金额(元)
    amount: String,
    /// 决定文号
    document: String,
    /// 限期
    due: String,
    /// 已收回(元)
    recovered: String,
    /// 已抵扣(元)
    offset: String,
    /// 已核销(元)
    written_off: String,
    /// 尚余(元)
    open: String,
}

/// 一件异议
#[derive(Clone, Debug, Serialize, ToSchema)]
struct ObjectionRow {
    /// 第几号
    number: u32,
    /// 谁提出的;只给单位看
    by: Option<String>,
    /// 异议书的摘要;只给单位看
    text: Option<String>,
    /// 何时登记
    at: String,
    /// 是否未处理
    is_open: bool,
}

impl PayoutShown {
    /// A payout as it is shown to an enterprise, or to people of a bureau.
    pub(in crate::api) fn of(payout: &Payout, is_official: bool) -> Self {
        let (terms, origin) = (&payout.terms, &payout.origin);
        let signatures = match is_official {
            true => SignatureRow::all(&payout.signatures),
            false => Vec::new(),
        };
        let objections = payout.objections.iter();
        Self {
            summary: PayoutRow::of(payout),
            document: terms.document.clone(),
            award_date: terms.award_date.to_string(),
            notice: payout.notice.as_ref().map(ToString::to_string),
            reminders: payout.reminders,
            attempts: payout.attempts.iter().map(AttemptRow::of).collect(),
            claims: payout.claims.iter().map(ClaimRow::of).collect(),
            objections: objections
                .map(|objection| ObjectionRow::of(objection, is_official))
                .collect(),
            signatures,
            origin: OriginShown {
                sweep: origin.sweep.to_string(),
                root: origin.root.to_string(),
                award: origin.award.to_string(),
                policies: origin.policies.to_string(),
                snapshot: origin.snapshot.to_string(),
                paid_before: origin.paid_before.to_string(),
            },
        }
    }
}

impl AttemptRow {
    fn of(attempt: &Attempt) -> Self {
        let payee = attempt.payee.as_ref();
        Self {
            number: attempt.number,
            end_to_end_id: attempt.end_to_end_id.to_string(),
            batch: attempt.batch.to_string(),
            amount: attempt.amount.to_string(),
            state: format!("{:?}", attempt.state()),
            account: payee.map(|payee| super::masked(&payee.account)),
            questions: attempt.questions().len(),
        }
    }
}

impl ClaimRow {
    fn of(claim: &Claim) -> Self {
        Self {
            number: claim.number,
            amount: claim.terms.amount.to_string(),
            document: claim.terms.document.clone(),
            due: claim.terms.due.to_string(),
            recovered: claim.recovered.to_string(),
            offset: claim.offset.to_string(),
            written_off: claim.written_off.to_string(),
            open: claim.open().to_string(),
        }
    }
}

impl ObjectionRow {
    fn of(objection: &Objection, is_official: bool) -> Self {
        Self {
            number: objection.number,
            by: is_official.then(|| objection.by.clone()),
            text: is_official.then(|| objection.text.to_string()),
            at: moment(objection.at),
            is_open: objection.is_open(),
        }
    }
}

/// 一类待办
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PileRow {
    /// 单位
    pub(in crate::api) bureau: String,
    /// 等谁
    pub(in crate::api) waits_for: String,
    /// 等什么
    pub(in crate::api) step: &'static str,
    /// 笔数
    pub(in crate::api) payouts: u64,
    /// 金额(元)
    pub(in crate::api) amount: String,
    /// 最早从哪天起
    pub(in crate::api) since: String,
    /// 超过时限的笔数;没有时限的为空
    pub(in crate::api) overdue: Option<u64>,
    /// 时限(工作日)
    pub(in crate::api) limit: Option<u32>,
}
