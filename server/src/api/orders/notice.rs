//! Shown in public, objected to, and what only needs time to pass.

use serde::Deserialize;
use utoipa::ToSchema;
use zhida_engine::payouts::{PayoutState, Role};

use super::sweep::settings;
use super::{Operation, PAPER_BYTES_MAX, Paper, Verb, Which, operation, seen};
use crate::api::room::Room;
use crate::store::Kind;
use crate::web::{Access, Ask, Typed, WebFault};

/// 公示(经办):每个事项一份名单,脱敏后公开
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Publish {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
}

impl Verb for Publish {
    const PATH: &'static str = "/api/v1/payouts/notice";
    const TITLE: &'static str = "公示(经办):每个事项一份名单,脱敏后公开";

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("notice")
            .option("--settings", settings(ask, room)?)
            .option("--out", ask.server.folder.join("notices").display());
        self.which.of(ask, verb, &[PayoutState::Approved]).await
    }
}

/// 重印公示名单:把公示时封存的文件原样再写一遍
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Reprint {
    /// 公示编号
    notice: String,
}

impl Verb for Reprint {
    const PATH: &'static str = "/api/v1/payouts/reprint";
    const TITLE: &'static str = "重印公示名单:把公示时封存的文件原样再写一遍";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Notices, &self.notice).await?;
        let verb =
            Typed::verb("reprint").option("--out", ask.server.folder.join("notices").display());
        Ok(Some(verb.of(self.notice)))
    }
}

/// 登记异议(经办):只停这一笔
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Object {
    /// 兑付事项编号
    payout: String,
    /// 谁提出的;不写为匿名
    #[serde(default)]
    by: Option<String>,
    /// 异议书
    #[serde(deserialize_with = "crate::api::strict::object")]
    paper: Paper,
}

impl Verb for Object {
    const PATH: &'static str = "/api/v1/payouts/object";
    const TITLE: &'static str = "登记异议(经办):只停这一笔";
    const BYTES_MAX: usize = PAPER_BYTES_MAX;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let verb = Typed::verb("object")
            .maybe("--by", self.by.as_deref())
            .option("--text", self.paper.put(room)?);
        Ok(Some(verb.of(self.payout)))
    }
}

/// 处理异议(复核提出,审批会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolve {
    /// 兑付事项编号
    payout: String,
    /// 第几号异议
    objection: u32,
    /// true 异议成立:不予兑付;false 异议不成立:公示继续
    founded: bool,
    /// 处理意见书
    #[serde(deserialize_with = "crate::api::strict::object")]
    paper: Paper,
}

impl Verb for Resolve {
    const PATH: &'static str = "/api/v1/payouts/resolve";
    const TITLE: &'static str = "处理异议(复核提出,审批会签)";
    const BYTES_MAX: usize = PAPER_BYTES_MAX;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let finding = match self.founded {
            true => "--founded",
            false => "--unfounded",
        };
        let verb = Typed::verb("resolve")
            .flag(finding)
            .option("--text", self.paper.put(room)?);
        Ok(Some(verb.of(self.payout).of(self.objection)))
    }
}

/// 到点的事:公示期满、催确认、逾期、久无银行答复
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Tick {
    /// 也提醒今天轮到提醒的企业(次数和间隔以单位设置为准)
    #[serde(default)]
    remind: bool,
}

/// The server does it by itself; who keeps it running may hurry it on.
const KEEPERS: Access = Access::Roles(&[Role::SystemAdministrator]);

impl Verb for Tick {
    const PATH: &'static str = "/api/v1/payouts/tick";
    const TITLE: &'static str = "到点的事:公示期满、催确认、逾期、久无银行答复;只答笔数";
    const ACCESS: Access = KEEPERS;
    const SCOPE: &'static str = super::ADMIN;
    const IS_COUNTED_ONLY: bool = true;

    async fn typed(self, _: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("tick");
        Ok(Some(if self.remind {
            verb.flag("--remind")
        } else {
            verb
        }))
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<Publish>(),
        operation::<Reprint>(),
        operation::<Object>(),
        operation::<Resolve>(),
        operation::<Tick>(),
    ]
}
