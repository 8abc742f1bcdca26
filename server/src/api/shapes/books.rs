//! Motions, people, accounts of enterprises, notices, movements.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use zhida_engine::payouts::{
    BankLine, Bar, Delegation, LineMatch, Motion, Notice, Payee, PayeeAlarm, Settings, User,
};

use super::{SignatureRow, masked};
use crate::masking;
use crate::views::blocks;
use crate::web::Scope;

/// 会签事项
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MotionRow {
    /// 编号
    motion: String,
    /// 单位
    bureau: String,
    /// 做什么
    action: &'static str,
    /// 状态
    state: String,
    /// 须依次会签的职责
    roles: Vec<&'static str>,
    /// 下一位的职责;已办结或已撤回的为空
    next_role: Option<&'static str>,
    /// 已会签的人
    signatures: Vec<SignatureRow>,
    /// 内容;账号只显示末四位
    #[schema(value_type = Object)]
    content: Value,
}

impl MotionRow {
    /// A motion as it is shown.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are all told alike"
    )]
    pub(in crate::api) fn of(motion: &Motion) -> Self {
        let is_open = motion.state == zhida_engine::payouts::MotionState::Open;
        let roles = motion.action.roles().iter();
        let mut content = serde_json::to_value(&motion.action).unwrap_or_default();
        mask_accounts(&mut content);
        Self {
            motion: motion.id.to_string(),
            bureau: motion.bureau.to_string(),
            action: motion.action.chinese(),
            state: format!("{:?}", motion.state),
            roles: roles.map(|role| role.chinese()).collect(),
            next_role: motion
                .next_role()
                .filter(|_| is_open)
                .map(|role| role.chinese()),
            signatures: SignatureRow::all(&motion.signatures),
            content: match content {
                Value::Object(_) => content,
                other => Value::Object(Map::from_iter([("value".to_owned(), other)])),
            },
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.motion
    }
}

/// Leaves the last four digits of every account in a value.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others are all told alike"
)]
fn mask_accounts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match field {
                    Value::String(text) if name == "account" => *text = masked(text),
                    other => mask_accounts(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask_accounts),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// 用户
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UserRow {
    /// 账号
    user: String,
    /// 自然人
    person: String,
    /// 单位
    bureau: String,
    /// 职责
    roles: Vec<&'static str>,
    /// 代表哪家企业
    enterprise: Option<String>,
    /// 审批额度(元)
    approves_up_to: Option<String>,
    /// 是否可以办理
    is_active: bool,
}

impl UserRow {
    /// A user as it is shown.
    pub(in crate::api) fn of(user: &User) -> Self {
        Self {
            user: user.id.to_string(),
            person: user.person.to_string(),
            bureau: user.bureau.to_string(),
            roles: user.roles.iter().map(|role| role.chinese()).collect(),
            enterprise: user.enterprise.as_ref().map(ToString::to_string),
            approves_up_to: user.approves_up_to.as_ref().map(ToString::to_string),
            is_active: user.is_active,
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.user
    }
}

/// 委托
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DelegationRow {
    /// 谁的职责
    of: String,
    /// 交给谁
    to: String,
    /// 哪项职责
    role: &'static str,
    /// 第一天
    from: String,
    /// 最后一天
    until: String,
}

impl DelegationRow {
    /// A lent role as it is shown.
    pub(in crate::api) fn of(lent: &Delegation) -> Self {
        Self {
            of: lent.of.to_string(),
            to: lent.to.to_string(),
            role: lent.role.chinese(),
            from: lent.from.to_string(),
            until: lent.until.to_string(),
        }
    }
}

/// 单位的设置;没有写明规定的单位不能审批
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SettingsRow {
    /// 单位
    bureau: String,
    /// 从多少金额起须两人审批(元);不设的为空
    second_approver_from: Option<String>,
    /// 逾期以前提醒几次
    reminders: Option<u16>,
    /// 确认期限(天)
    confirm_days: Option<u16>,
    /// 发送后几个工作日没有最终答复就须查证
    answer_days: Option<u16>,
    /// 结账到哪一天
    closed_until: Option<String>,
}

impl SettingsRow {
    /// The settings of a bureau as they are shown.
    pub(in crate::api) fn of(settings: &Settings) -> Self {
        let rules = settings.rules.as_ref();
        let second = rules.and_then(|rules| rules.second_approver_from);
        Self {
            bureau: settings.bureau.to_string(),
            second_approver_from: second.map(|amount| amount.to_string()),
            reminders: rules.map(|rules| rules.reminders),
            confirm_days: rules.map(|rules| rules.confirm_days),
            answer_days: rules.map(|rules| rules.answer_days),
            closed_until: settings.closed_until.as_ref().map(ToString::to_string),
        }
    }

    /// Their name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.bureau
    }
}

/// 一家企业的收款账户
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PayeeRow {
    /// 统一社会信用代码
    uscc: String,
    /// 为什么暂停付款,其他单位暂停的不写理由;没有暂停的为空
    blocked: Option<String>,
    /// 历次账户,最后一个有效
    versions: Vec<AccountRow>,
}

/// 一个账户
#[derive(Clone, Debug, Serialize, ToSchema)]
struct AccountRow {
    /// 第几版;确认账户时写它
    number: u32,
    /// 户名
    name: String,
    /// 账号,只显示末四位
    account: String,
    /// 联行号
    cnaps: String,
    /// 开户行
    bank: String,
}

impl PayeeRow {
    /// The accounts of an enterprise as they are shown.
    pub(in crate::api) fn of(payee: &Payee, scope: &Scope) -> Self {
        let versions = payee.versions.iter().map(|version| AccountRow {
            number: version.number,
            name: version.details.name.clone(),
            account: masked(&version.details.account),
            cnaps: version.details.cnaps.clone(),
            bank: version.details.bank.clone(),
        });
        Self {
            uscc: payee.uscc.to_string(),
            blocked: blocks::told(payee, scope, |text| text),
            versions: versions.collect(),
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.uscc
    }
}

/// 限制申享
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BarRow {
    /// 统一社会信用代码
    uscc: String,
    /// 到哪一天
    until: String,
    /// 决定文号
    document: String,
}

impl BarRow {
    /// A barred enterprise as it is shown.
    pub(in crate::api) fn of(bar: &Bar) -> Self {
        Self {
            uscc: bar.uscc.to_string(),
            until: bar.until.to_string(),
            document: bar.document.clone(),
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.uscc
    }
}

/// 公示
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct NoticeRow {
    /// 公示编号
    notice: String,
    /// 单位
    bureau: String,
    /// 第一天
    from: String,
    /// 最后一天
    until: String,
    /// 笔数
    count: usize,
    /// 名单的摘要
    sheet: String,
}

impl NoticeRow {
    /// A notice as it is shown.
    pub(in crate::api) fn of(notice: &Notice) -> Self {
        Self {
            notice: notice.id.to_string(),
            bureau: notice.bureau.to_string(),
            from: notice.from.to_string(),
            until: notice.until.to_string(),
            count: notice.payouts.len(),
            sheet: notice.sheet.to_string(),
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.notice
    }
}

/// 未达款
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BankLineRow {
    /// 编号
    line: String,
    /// 付款账户
    payer: String,
    /// 银行流水
    reference: String,
    /// 金额(元),收入为正
    amount: String,
    /// 日期
    on: String,
    /// 银行摘要;证件号、手机号、账号已遮盖
    text: String,
    /// 认领为什么;没有认领的为空
    matched: Option<String>,
}

impl BankLineRow {
    /// A movement as it is shown.
    pub(in crate::api) fn of(line: &BankLine) -> Self {
        let matched = line.matched.as_ref().map(|matched| match matched {
            LineMatch::Claim { payout, claim } => format!("兑付事项 {payout} 第 {claim} 号追回"),
            LineMatch::Instruction { payout, attempt } => {
                format!("兑付事项 {payout} 第 {attempt} 次支付,银行后来作答")
            }
            LineMatch::Reversal(other) => format!("与 {other} 冲正"),
        });
        Self {
            line: line.id.to_string(),
            payer: line.payer.to_string(),
            reference: line.reference.clone(),
            amount: line.amount.to_string(),
            on: line.on.to_string(),
            text: masking::free_text(&line.text, &[], masking::Audience::Official),
            matched,
        }
    }

    /// Its name.
    pub(in crate::api) fn id(&self) -> &str {
        &self.line
    }
}

/// 账户提示
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AlarmRow {
    /// shared:几家企业同一账号;recent:账户刚变更过
    alarm: &'static str,
    /// 账号,只显示末四位
    account: Option<String>,
    /// 统一社会信用代码
    enterprises: Vec<String>,
    /// 变更的日期
    on: Option<String>,
}

impl AlarmRow {
    /// An alarm as it is shown.
    pub(in crate::api) fn of(alarm: &PayeeAlarm) -> Self {
        match alarm {
            PayeeAlarm::Shared {
                account,
                enterprises,
            } => Self {
                alarm: "shared",
                account: Some(masked(account)),
                enterprises: enterprises.iter().map(ToString::to_string).collect(),
                on: None,
            },
            PayeeAlarm::Recent {
                enterprise,
                changed,
                ..
            } => Self {
                alarm: "recent",
                account: None,
                enterprises: vec![enterprise.to_string()],
                on: Some(changed.to_string()),
            },
        }
    }
}
