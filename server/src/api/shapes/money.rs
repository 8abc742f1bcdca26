//! Lines, paying accounts, batches.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use zhida_engine::payouts::{Batch, BudgetLine, LedgerAccount, Payer};
use zhida_policies::values::Money;

use super::{SignatureRow, masked, moment};

/// 指标
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LineRow {
    /// 指标
    line: String,
    /// 单位
    bureau: String,
    /// 预算年度
    fiscal_year: i16,
    /// 下达(元)
    granted: String,
    /// 可用(元)
    available: String,
    /// 已占用(元)
    reserved: String,
    /// 已承诺(元)
    committed: String,
    /// 已支出(元)
    spent: String,
    /// 各科目余额(元),为零的不列
    accounts: BTreeMap<&'static str, String>,
    /// 每次下达
    grants: Vec<GrantRow>,
}

/// 一次下达
#[derive(Clone, Debug, Serialize, ToSchema)]
struct GrantRow {
    /// 文号
    document: String,
    /// 金额(元)
    amount: String,
}

fn yuan(fen: i64) -> String {
    Money::from_fen(fen).to_string()
}

impl LineRow {
    /// A budget line as it is shown.
    pub(in crate::api) fn of(line: &BudgetLine) -> Self {
        let balance = |account| yuan(line.balance(account));
        let accounts = LedgerAccount::ALL.into_iter();
        let accounts = accounts.filter(|account| line.balance(*account) != 0);
        Self {
            line: line.id.to_string(),
            bureau: line.bureau.to_string(),
            fiscal_year: line.fiscal_year,
            granted: yuan(line.balance(LedgerAccount::Granted).saturating_neg()),
            available: balance(LedgerAccount::Available),
            reserved: balance(LedgerAccount::Reserved),
            committed: balance(LedgerAccount::Committed),
            spent: balance(LedgerAccount::Spent),
            accounts: accounts
                .map(|account| (account.name(), balance(account)))
                .collect(),
            grants: line
                .grants
                .iter()
                .map(|grant| GrantRow {
                    document: grant.document.clone(),
                    amount: grant.amount.to_string(),
                })
                .collect(),
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.line
    }
}

/// 付款账户
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PayerRow {
    /// 名称
    payer: String,
    /// 单位
    bureau: String,
    /// 户名
    name: String,
    /// 账号,只显示末四位
    account: String,
    /// 联行号
    cnaps: String,
    /// 付款文件格式
    profile: String,
    /// 一批最多多少笔
    lines_max: u32,
    /// 未达款记在哪个指标
    suspense: String,
}

impl PayerRow {
    /// A paying account as it is shown.
    pub(in crate::api) fn of(payer: &Payer) -> Self {
        Self {
            payer: payer.id.to_string(),
            bureau: payer.bureau.to_string(),
            name: payer.name.clone(),
            account: masked(&payer.account),
            cnaps: payer.cnaps.clone(),
            profile: payer.profile.clone(),
            lines_max: payer.lines_max,
            suspense: payer.suspense.to_string(),
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.payer
    }
}

/// 批次
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BatchRow {
    /// 批次
    batch: String,
    /// 单位
    bureau: String,
    /// 付款账户
    payer: String,
    /// 付款日
    execution: String,
    /// 状态
    state: String,
    /// 状态的中文名
    state_name: &'static str,
    /// 笔数
    count: usize,
    /// 封批时的金额(元)
    total: Option<String>,
    /// 银行所见的文件号
    message_id: String,
    /// 封批时刻
    sealed_at: Option<String>,
    /// 送出时刻
    sent_at: Option<String>,
    /// 付款文件
    files: Vec<SealedFile>,
    /// 每一笔
    items: Vec<BatchItem>,
    /// 办理人
    signatures: Vec<SignatureRow>,
}

/// 一个冻结的文件
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SealedFile {
    /// 文件名
    name: String,
    /// SHA-256
    digest: String,
}

/// 批次里的一笔
#[derive(Clone, Debug, Serialize, ToSchema)]
struct BatchItem {
    /// 兑付事项
    payout: String,
    /// 第几次支付
    attempt: u32,
}

impl BatchRow {
    /// A batch as it is shown.
    pub(in crate::api) fn of(batch: &Batch) -> Self {
        Self {
            batch: batch.id.to_string(),
            bureau: batch.bureau.to_string(),
            payer: batch.payer.to_string(),
            execution: batch.execution.to_string(),
            state: format!("{:?}", batch.state),
            state_name: batch.state.chinese(),
            count: batch.items.len(),
            total: batch.total.as_ref().map(ToString::to_string),
            message_id: batch.message_id.to_string(),
            sealed_at: batch.sealed_at.map(moment),
            sent_at: batch.sent_at.map(moment),
            files: batch
                .files
                .iter()
                .map(|file| SealedFile {
                    name: file.name.clone(),
                    digest: file.digest.to_string(),
                })
                .collect(),
            items: batch
                .items
                .iter()
                .map(|(payout, attempt)| BatchItem {
                    payout: payout.to_string(),
                    attempt: *attempt,
                })
                .collect(),
            signatures: SignatureRow::all(&batch.signatures),
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.batch
    }
}
