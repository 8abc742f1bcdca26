//! Batches: made, sealed, sent, handed over, voided.

use serde::Deserialize;
use utoipa::ToSchema;
use zhida_engine::payouts::PayoutState;

use super::{Operation, PAPER_BYTES_MAX, Paper, Verb, Which, operation, seen};
use crate::api::room::Room;
use crate::api::sight;
use crate::store::Kind;
use crate::web::{Ask, Typed, WebFault};

/// 组批(支付经办)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MakeBatch {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
    /// 付款账户
    payer: String,
    /// 付款日
    #[schema(format = Date)]
    date: String,
}

impl Verb for MakeBatch {
    const PATH: &'static str = "/api/v1/payouts/batch";
    const TITLE: &'static str = "组批(支付经办)";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payers, &self.payer).await?;
        let verb = Typed::verb("batch")
            .option("--payer", self.payer)
            .option("--date", self.date);
        let states = [PayoutState::Confirmed, PayoutState::Reissue];
        self.which.of(ask, verb, &states).await
    }
}

/// 移出批次(支付经办或支付复核,封批以前)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Unbatch {
    /// 批次
    batch: String,
    /// 移出哪些兑付事项
    payouts: Vec<String>,
}

impl Verb for Unbatch {
    const PATH: &'static str = "/api/v1/payouts/unbatch";
    const TITLE: &'static str = "移出批次(支付经办或支付复核,封批以前)";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Batches, &self.batch).await?;
        sight::all(ask, Kind::Payouts, &self.payouts).await?;
        if self.payouts.is_empty() {
            return Ok(None);
        }
        let verb = Typed::verb("unbatch").of(self.batch);
        Ok(Some(self.payouts.into_iter().fold(verb, Typed::of)))
    }
}

/// 封批(支付复核):生成付款文件并冻结;笔数和金额由复核人自己清点
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SealBatch {
    /// 批次
    batch: String,
    /// 清点的笔数
    count: u32,
    /// 清点的金额(元),如 3000000.00
    total: String,
}

impl Verb for SealBatch {
    const PATH: &'static str = "/api/v1/payouts/seal";
    const TITLE: &'static str = "封批(支付复核):生成付款文件并冻结";
    const IS_STEPPED_UP: bool = true;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Batches, &self.batch).await?;
        let verb = Typed::verb("seal")
            .option("--count", self.count)
            .option("--total", self.total);
        Ok(Some(verb.of(self.batch)))
    }
}

/// 发送:把封好的文件放到服务的交换文件夹(先记下发送意图,再放文件)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SendBatch {
    /// 批次
    batch: String,
}

impl Verb for SendBatch {
    const PATH: &'static str = "/api/v1/payouts/send";
    const TITLE: &'static str = "发送(支付经办):先记下发送意图,再放文件";
    const IS_STEPPED_UP: bool = true;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Batches, &self.batch).await?;
        let folder = ask.server.folder.join("bank");
        let verb = Typed::verb("send").option("--to", folder.display());
        Ok(Some(verb.of(self.batch)))
    }
}

/// 确认已送交银行(支付经办提出,支付复核会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandOver {
    /// 批次
    batch: String,
    /// 交接单
    #[serde(deserialize_with = "crate::api::strict::object")]
    paper: Paper,
}

impl Verb for HandOver {
    const PATH: &'static str = "/api/v1/payouts/hand-over";
    const TITLE: &'static str = "确认已送交银行(支付经办提出,支付复核会签)";
    const BYTES_MAX: usize = PAPER_BYTES_MAX;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Batches, &self.batch).await?;
        let verb = Typed::verb("hand-over").option("--statement", self.paper.put(room)?);
        Ok(Some(verb.of(self.batch)))
    }
}

/// 作废批次(支付经办提出,支付复核会签):确实没有送出
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VoidBatch {
    /// 批次
    batch: String,
    /// 为什么能确定没有送出
    reason: String,
}

impl Verb for VoidBatch {
    const PATH: &'static str = "/api/v1/payouts/void";
    const TITLE: &'static str = "作废批次(支付经办提出,支付复核会签):确实没有送出";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Batches, &self.batch).await?;
        let verb = Typed::verb("void").option("--reason", self.reason);
        Ok(Some(verb.of(self.batch)))
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<MakeBatch>(),
        operation::<Unbatch>(),
        operation::<SealBatch>(),
        operation::<SendBatch>(),
        operation::<HandOver>(),
        operation::<VoidBatch>(),
    ]
}
