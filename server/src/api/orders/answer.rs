//! What banks say, and what people find out where banks are silent.

use serde::Deserialize;
use utoipa::ToSchema;
use zhida_engine::payouts::PayoutState;

use super::{Operation, PAPER_BYTES_MAX, Paper, Verb, Which, operation, seen};
use crate::api::room::Room;
use crate::store::Kind;
use crate::web::{Ask, Typed, WebFault};

/// 银行答复:pain.002、camt.053/054、pacs.004 或银行文本;同一内容读几遍都一样
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BankAnswer {
    /// 付款账户
    payer: String,
    /// 答复文件
    #[serde(deserialize_with = "crate::api::strict::object")]
    file: Paper,
}

impl Verb for BankAnswer {
    const PATH: &'static str = "/api/v1/payouts/answer";
    const TITLE: &'static str = "登记银行答复(对账):同一内容读几遍都一样";
    const BYTES_MAX: usize = PAPER_BYTES_MAX;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payers, &self.payer).await?;
        let verb = Typed::verb("answer").option("--payer", self.payer);
        Ok(Some(verb.of(self.file.put(room)?)))
    }
}

/// 标为状态未知(对账):过了时限没有最终答复
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MarkUnknown {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
}

impl Verb for MarkUnknown {
    const PATH: &'static str = "/api/v1/payouts/unknown";
    const TITLE: &'static str = "标为状态未知(对账):过了时限没有最终答复";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let states = [
            PayoutState::Sending,
            PayoutState::Sent,
            PayoutState::Accepted,
        ];
        self.which.of(ask, Typed::verb("unknown"), &states).await
    }
}

/// 凭证认定(对账两人会签):状态未知的一笔究竟付了没有
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RulePayment {
    /// 兑付事项编号
    payout: String,
    /// true 已付,false 未付
    paid: bool,
    /// 凭证上的日期
    #[schema(format = Date)]
    on: String,
    /// 对账单或银行盖章的回函
    #[serde(deserialize_with = "crate::api::strict::object")]
    paper: Paper,
}

impl Verb for RulePayment {
    const PATH: &'static str = "/api/v1/payouts/rule";
    const TITLE: &'static str = "凭证认定(对账两人会签):状态未知的一笔究竟付了没有";
    const BYTES_MAX: usize = PAPER_BYTES_MAX;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let outcome = match self.paid {
            true => "--paid",
            false => "--unpaid",
        };
        let verb = Typed::verb("rule")
            .flag(outcome)
            .option("--on", self.on)
            .option("--evidence", self.paper.put(room)?);
        Ok(Some(verb.of(self.payout)))
    }
}

/// 核销疑问(对账两人会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CloseQuestion {
    /// 兑付事项编号
    payout: String,
    /// 第几个疑问,从 1 起
    place: u32,
    /// 有争议的那笔付款就是这项兑付
    #[serde(default)]
    counts: bool,
    /// 查证材料
    #[serde(deserialize_with = "crate::api::strict::object")]
    paper: Paper,
}

impl Verb for CloseQuestion {
    const PATH: &'static str = "/api/v1/payouts/question";
    const TITLE: &'static str = "核销疑问(对账两人会签)";
    const BYTES_MAX: usize = PAPER_BYTES_MAX;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let mut verb = Typed::verb("question").option("--evidence", self.paper.put(room)?);
        if self.counts {
            verb = verb.flag("--counts");
        }
        Ok(Some(verb.of(self.payout).of(self.place)))
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<BankAnswer>(),
        operation::<MarkUnknown>(),
        operation::<RulePayment>(),
        operation::<CloseQuestion>(),
    ]
}
