//! Proposed, approved, sent back, dropped.

use serde::Deserialize;
use utoipa::ToSchema;
use zhida_engine::payouts::PayoutState;

use super::{Operation, Verb, Which, operation};
use crate::api::room::Room;
use crate::web::{Ask, Typed, WebFault};

/// 提出(经办):占用指标
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Propose {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
}

impl Verb for Propose {
    const PATH: &'static str = "/api/v1/payouts/propose";
    const TITLE: &'static str = "提出(经办):占用指标";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("propose");
        self.which.of(ask, verb, &[PayoutState::Computed]).await
    }
}

/// 审批:承诺指标;大额须再有一人审批
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Approve {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
}

impl Verb for Approve {
    const PATH: &'static str = "/api/v1/payouts/approve";
    const TITLE: &'static str = "审批:承诺指标;大额须再有一人审批";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("approve");
        self.which.of(ask, verb, &[PayoutState::Checked]).await
    }
}

/// 退回(复核或审批):释放指标,由经办重新提出
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SendBack {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
    /// 理由
    reason: String,
}

const BEFORE_APPROVAL: [PayoutState; 2] = [PayoutState::Proposed, PayoutState::Checked];

impl Verb for SendBack {
    const PATH: &'static str = "/api/v1/payouts/send-back";
    const TITLE: &'static str = "退回(复核或审批):释放指标,由经办重新提出";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("send-back").option("--reason", self.reason);
        self.which.of(ask, verb, &BEFORE_APPROVAL).await
    }
}

/// 不予兑付(复核或审批,审批通过以前)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Drop {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
    /// 理由
    reason: String,
}

impl Verb for Drop {
    const PATH: &'static str = "/api/v1/payouts/drop";
    const TITLE: &'static str = "不予兑付(复核或审批,审批通过以前)";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("drop").option("--reason", self.reason);
        self.which.of(ask, verb, &BEFORE_APPROVAL).await
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<Propose>(),
        operation::<Approve>(),
        operation::<SendBack>(),
        operation::<Drop>(),
    ]
}
