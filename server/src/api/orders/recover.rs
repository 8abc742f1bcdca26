//! Settled, closed, paid again, given up, claimed back.

use serde::Deserialize;
use utoipa::ToSchema;
use zhida_engine::payouts::PayoutState;

use super::{Operation, Verb, Which, operation, seen};
use crate::api::room::Room;
use crate::store::Kind;
use crate::web::{Ask, Typed, WebFault};

/// 办结:账期已结、三方对账一致的已支付事项
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Settle {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
}

impl Verb for Settle {
    const PATH: &'static str = "/api/v1/payouts/settle";
    const TITLE: &'static str = "办结(对账):账期已结的已支付事项";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("settle");
        self.which.of(ask, verb, &[PayoutState::Paid]).await
    }
}

/// 结账(对账提出,审批会签):此日及以前不再记账
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Close {
    /// 单位
    bureau: String,
    /// 账期最后一天
    #[schema(format = Date)]
    until: String,
}

impl Verb for Close {
    const PATH: &'static str = "/api/v1/payouts/close";
    const TITLE: &'static str = "结账(对账提出,审批会签):此日及以前不再记账";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Settings, &self.bureau).await?;
        let verb = Typed::verb("close").option("--bureau", self.bureau);
        Ok(Some(verb.of(self.until)))
    }
}

/// 重新支付(经办提出,复核会签):银行拒付或退票的
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reissue {
    /// 兑付事项编号
    payout: String,
    /// 原因已怎样处理
    cause: String,
}

impl Verb for Reissue {
    const PATH: &'static str = "/api/v1/payouts/reissue";
    const TITLE: &'static str = "重新支付(经办提出,复核会签):银行拒付或退票的";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let verb = Typed::verb("reissue").option("--cause", self.cause);
        Ok(Some(verb.of(self.payout)))
    }
}

/// 取消(经办提出,复核、审批会签):还没有付出的部分不再付
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Cancel {
    /// 兑付事项编号
    payout: String,
    /// 理由
    reason: String,
}

impl Verb for Cancel {
    const PATH: &'static str = "/api/v1/payouts/cancel";
    const TITLE: &'static str = "取消(经办提出,复核、审批会签):还没有付出的部分不再付";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let verb = Typed::verb("cancel").option("--reason", self.reason);
        Ok(Some(verb.of(self.payout)))
    }
}

/// 追回(经办提出,复核、审批会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Clawback {
    /// 兑付事项编号
    payout: String,
    /// 金额(元),如 1200.00
    amount: String,
    /// 决定文号
    document: String,
    /// 限期
    #[schema(format = Date)]
    due: String,
    /// 列支年度已结:记入以前年度
    #[serde(default)]
    prior_year: bool,
    /// 收回后恢复指标
    #[serde(default)]
    to_budget: bool,
}

impl Verb for Clawback {
    const PATH: &'static str = "/api/v1/payouts/clawback";
    const TITLE: &'static str = "追回(经办提出,复核、审批会签)";
    const IS_STEPPED_UP: bool = true;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let mut verb = Typed::verb("clawback")
            .option("--document", self.document)
            .option("--due", self.due);
        if self.prior_year {
            verb = verb.flag("--prior-year");
        }
        if self.to_budget {
            verb = verb.flag("--to-budget");
        }
        Ok(Some(verb.of(self.payout).of(self.amount)))
    }
}

/// 认领追回款(对账两人会签):一笔未达款是某项追回,多出的是利息
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Recover {
    /// 兑付事项编号
    payout: String,
    /// 第几号追回
    claim: u32,
    /// 未达款编号
    line: String,
}

impl Verb for Recover {
    const PATH: &'static str = "/api/v1/payouts/recover";
    const TITLE: &'static str = "认领追回款(对账两人会签):多出的是利息";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        seen(ask, Kind::BankLines, &self.line).await?;
        let verb = Typed::verb("recover").option("--line", self.line);
        Ok(Some(verb.of(self.payout).of(self.claim)))
    }
}

/// 抵扣(经办提出,复核、审批会签):用同一企业的另一项兑付抵追回
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Offset {
    /// 被追回的兑付事项
    payout: String,
    /// 第几号追回
    claim: u32,
    /// 用来抵扣的兑付事项
    against: String,
    /// 金额(元)
    amount: String,
    /// 依据的条款
    law: String,
}

impl Verb for Offset {
    const PATH: &'static str = "/api/v1/payouts/offset";
    const TITLE: &'static str = "抵扣(经办提出,复核、审批会签):用另一项兑付抵追回";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        seen(ask, Kind::Payouts, &self.against).await?;
        let verb = Typed::verb("offset")
            .option("--against", self.against)
            .option("--amount", self.amount)
            .option("--law", self.law);
        Ok(Some(verb.of(self.payout).of(self.claim)))
    }
}

/// 核销追回(两人审批)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WriteOff {
    /// 兑付事项编号
    payout: String,
    /// 第几号追回
    claim: u32,
    /// 金额(元)
    amount: String,
    /// 决定文号
    document: String,
}

impl Verb for WriteOff {
    const PATH: &'static str = "/api/v1/payouts/write-off";
    const TITLE: &'static str = "核销追回(两人审批)";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let verb = Typed::verb("write-off").option("--document", self.document);
        Ok(Some(verb.of(self.payout).of(self.claim).of(self.amount)))
    }
}

/// 撤回追回(经办提出,复核、审批会签):银行已退回的款,企业无从再还
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WithdrawClaim {
    /// 兑付事项编号
    payout: String,
    /// 第几号追回
    claim: u32,
    /// 金额(元):不超过已被银行退回的部分
    amount: String,
    /// 决定文号
    document: String,
}

impl Verb for WithdrawClaim {
    const PATH: &'static str = "/api/v1/payouts/withdraw-claim";
    const TITLE: &'static str = "撤回追回(经办提出,复核、审批会签):银行已退回的款";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let verb = Typed::verb("withdraw-claim").option("--document", self.document);
        Ok(Some(verb.of(self.payout).of(self.claim).of(self.amount)))
    }
}

/// 限制申享(经办提出,复核会签):一家企业在一段时间里不得享受
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BarEnterprise {
    /// 统一社会信用代码
    enterprise: String,
    /// 到哪一天
    #[schema(format = Date)]
    until: String,
    /// 决定文号
    document: String,
}

impl Verb for BarEnterprise {
    const PATH: &'static str = "/api/v1/payouts/bar";
    const TITLE: &'static str = "限制申享(经办提出,复核会签)";

    async fn typed(self, _: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("bar")
            .option("--until", self.until)
            .option("--document", self.document);
        Ok(Some(verb.of(self.enterprise)))
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<Settle>(),
        operation::<Close>(),
        operation::<Reissue>(),
        operation::<Cancel>(),
        operation::<Clawback>(),
        operation::<Recover>(),
        operation::<Offset>(),
        operation::<WriteOff>(),
        operation::<WithdrawClaim>(),
        operation::<BarEnterprise>(),
    ]
}
