//! Verbs that compute the last sweep of the server again: taken up, checked, amended.

use serde::Deserialize;
use utoipa::ToSchema;

use super::{Operation, PAPER_BYTES_MAX, Paper, STAFF, Verb, operation, seen};
use crate::api::room::Room;
use crate::store::Kind;
use crate::web::{Access, Ask, Typed, WebFault};

/// The settings of the bureau of whoever acts, as a file in the room.
pub(super) fn settings(ask: &Ask, room: &Room) -> Result<String, WebFault> {
    let bureau = &ask.session()?.user.bureau;
    let settings = ask.server.bureau(bureau).ok_or_else(|| {
        WebFault::refused(
            None,
            format!("服务没有“{bureau}”的单位设置;请系统管理员启动服务时用 --settings 写上"),
        )
    })?;
    let path = room.file("bureau.toml", settings.text.as_bytes())?;
    Ok(path.display().to_string())
}

/// The last sweep with its snapshot and its day, behind a verb that computes it again.
fn with_sweep(ask: &Ask, verb: Typed, wanted: Option<&str>) -> Result<Typed, WebFault> {
    let material = ask.server.material();
    let found = material.as_ref().and_then(|material| {
        let sweep = material.sweep.as_ref()?;
        Some((sweep, &material.folder, material.context))
    });
    let (sweep, snapshot, context) = found.ok_or_else(|| {
        WebFault::refused(None, "还没有清算结果;请先 POST /api/v1/sweeps 清算一次")
    })?;
    if wanted.is_some_and(|wanted| wanted != sweep.head.digest) {
        return Err(WebFault::refused(
            None,
            format!("现在的清算结果是 {},不是所写的那一次", sweep.head.digest),
        ));
    }
    Ok(verb
        .option("--snapshot", snapshot.display())
        .option("--year", context.year)
        .option("--as-of", context.as_of)
        .of(sweep.path.display()))
}

/// 从最近一次清算生成兑付事项:先重算一遍,与封存的结果一致才生成
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Take {
    /// 只取这些事项:政策编号/事项编号
    #[serde(default)]
    measures: Vec<String>,
    /// 最多取多少笔
    #[serde(default)]
    limit: Option<u32>,
    /// 清算的摘要;写了就只认这一次
    #[serde(default)]
    sweep: Option<String>,
}

impl Verb for Take {
    const PATH: &'static str = "/api/v1/payouts/take";
    const TITLE: &'static str = "从最近一次清算生成兑付事项(经办):先重算一遍";
    const ACCESS: Access = STAFF;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        let mut verb = Typed::verb("take").option("--settings", settings(ask, room)?);
        for measure in self.measures {
            verb = verb.option("--measure", measure);
        }
        if let Some(limit) = self.limit {
            verb = verb.option("--limit", limit);
        }
        with_sweep(ask, verb, self.sweep.as_deref()).map(Some)
    }
}

/// 复核:由另一人把清算重算一遍,逐笔对上才通过
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Check {
    /// 只复核这一事项
    #[serde(default)]
    measure: Option<String>,
    /// 清算的摘要;写了就只认这一次
    #[serde(default)]
    sweep: Option<String>,
}

impl Verb for Check {
    const PATH: &'static str = "/api/v1/payouts/check";
    const TITLE: &'static str = "复核:由另一人把清算重算一遍,逐笔对上才通过";

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("check")
            .option("--settings", settings(ask, room)?)
            .maybe("--measure", self.measure.as_deref());
        with_sweep(ask, verb, self.sweep.as_deref()).map(Some)
    }
}

/// 更正金额(复核提出,审批会签):异议成立而金额有变,按重新清算的结果从头再走
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Amend {
    /// 兑付事项编号
    payout: String,
    /// 第几号异议
    objection: u32,
    /// 处理意见书
    #[serde(deserialize_with = "crate::api::strict::object")]
    paper: Paper,
    /// 清算的摘要;写了就只认这一次
    #[serde(default)]
    sweep: Option<String>,
}

impl Verb for Amend {
    const PATH: &'static str = "/api/v1/payouts/amend";
    const TITLE: &'static str = "更正金额(复核提出,审批会签):异议成立而金额有变";
    const BYTES_MAX: usize = PAPER_BYTES_MAX;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Payouts, &self.payout).await?;
        let verb = Typed::verb("amend")
            .option("--settings", settings(ask, room)?)
            .option("--payout", self.payout)
            .option("--objection", self.objection)
            .option("--text", self.paper.put(room)?);
        with_sweep(ask, verb, self.sweep.as_deref()).map(Some)
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<Take>(),
        operation::<Check>(),
        operation::<Amend>(),
    ]
}
