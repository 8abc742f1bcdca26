//! What a change of a policy would do to the enterprises of the last snapshot.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use zhida_engine::forecast::{Comparison, Dimension, ForecastError, Priced, Scope};
use zhida_engine::payouts::{Digest, Motion, Publication};
use zhida_engine::sweep::{SweepControl, SweepOptions};
use zhida_policies::measure::library::Library;

use super::check::Findings;
use super::shelf::{Shelf, place};
use crate::failure::{Failure, Status};
use crate::library;
use crate::publishing::examine;
use crate::table::{count, signed, total};
use crate::web::{Material, Server};

/// One is worked out at a time: all enterprises are decided twice.
static HEAVY: Semaphore = Semaphore::const_new(1);
/// How many are remembered.
const KEPT_MAX: usize = 32;

/// 一个事项的变化
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Moved {
    /// 事项
    pub(crate) measure: String,
    /// 现行政策下的笔数
    pub(crate) awards_before: String,
    /// 变更以后的笔数
    pub(crate) awards_after: String,
    /// 现行政策下的金额(元)
    pub(crate) before: String,
    /// 变更以后的金额(元)
    pub(crate) after: String,
    /// 多出多少(元),减少为负
    pub(crate) change: String,
    /// 多少家得更多
    pub(crate) winners: String,
    /// 多少家得更少
    pub(crate) losers: String,
}

/// 对最近一次清算所用数据的影响:同样的企业、年度和基准日,现行政策与变更以后各算一遍
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MoneyMoved {
    /// 快照的摘要
    pub(crate) snapshot: String,
    /// 评定年度
    pub(crate) year: i32,
    /// 基准日
    pub(crate) as_of: String,
    /// 合计
    pub(crate) whole: Moved,
    /// 有变化的事项
    pub(crate) measures: Vec<Moved>,
}

/// What a proposal came to when it was looked at: the check, and the money where there are facts.
pub(crate) struct Effect {
    /// The policies as they would be.
    pub(crate) library: Library,
    /// What the check found.
    pub(crate) findings: Findings,
    /// The money; nothing without facts, or where the policies are not sound.
    pub(crate) money: Option<MoneyMoved>,
    /// Whether another version came in between.
    pub(crate) is_overtaken: bool,
}

/// What a proposal comes to now. It is worked out once for the same policies and facts.
///
/// # Errors
/// What cannot be read; facts that do not fit the policies.
pub(crate) async fn effect(
    server: &Arc<Server>,
    motion: &Motion,
    publication: &Publication,
) -> Result<Arc<Effect>, Failure> {
    let published = server.published();
    let material = server.material();
    let facts = material
        .as_ref()
        .map_or_else(String::new, |all| all.snapshot.digest().to_owned());
    let name = format!(
        "{} {} {} {facts}",
        motion.id, published.digest, published.edition
    );
    let _turn = HEAVY.acquire().await;
    if let Some(known) = server.effect_of(&name) {
        return Ok(known);
    }
    let (of, asked) = (Arc::clone(server), publication.clone());
    let working = tokio::task::spawn_blocking(move || work_out(&of, &asked, material.as_deref()));
    let worked = working
        .await
        .map_err(|error| Failure::bad_data(format!("后台线程出错:{error}"), ""))?;
    let worked = Arc::new(worked?);
    server.keep_effect(name, Arc::clone(&worked), KEPT_MAX);
    Ok(worked)
}

fn work_out(
    server: &Server,
    publication: &Publication,
    material: Option<&Material>,
) -> Result<Effect, Failure> {
    let published = server.published();
    let common = &published.common;
    let (store, handle) = (&server.store, &server.handle);
    let shelf = handle.block_on(Shelf::open(store, common))?;
    let last = shelf.last(&publication.policy);
    let text = match &publication.text {
        None => None,
        Some(text) => Some(handle.block_on(store.fetch(text))?),
    };
    let today = server.clock.now().business_date();
    let from = publication.from.unwrap_or(today).max(today);
    let mut texts = shelf.on(from);
    place(&mut texts, &publication.policy, text.as_deref());
    let (mut library, findings) = examine(texts, &publication.policy, common, from)?;
    let money = match material.filter(|_| findings.is_sound) {
        None => None,
        Some(material) => {
            library::without_drafts(&mut library);
            Some(moved(material, &published.library, &library)?)
        }
    };
    Ok(Effect {
        is_overtaken: last.map(Digest::of) != publication.base,
        library,
        findings,
        money,
    })
}

/// What all enterprises get under two sets of policies.
fn moved(material: &Material, before: &Library, after: &Library) -> Result<MoneyMoved, Failure> {
    let scope = Scope {
        snapshot: &material.snapshot,
        codes: &after.codes,
        context: material.context,
        sizes: None,
    };
    let (earlier, later) = (priced(material, before)?, priced(material, after)?);
    let comparison = Comparison::new(&scope, &earlier, &later, &[Dimension::Measure]);
    let line = |name: &str, found: &zhida_engine::forecast::Difference| Moved {
        measure: name.to_owned(),
        awards_before: count(found.before.awards),
        awards_after: count(found.after.awards),
        before: total(found.before.amount),
        after: total(found.after.amount),
        change: signed(found.change()),
        winners: count(found.winners.enterprises),
        losers: count(found.losers.enterprises),
    };
    let lines = comparison.tables.iter().flat_map(|table| &table.lines);
    Ok(MoneyMoved {
        snapshot: material.snapshot.digest().to_owned(),
        year: material.context.year,
        as_of: material.context.as_of.to_string(),
        whole: line("合计", &comparison.whole),
        measures: lines
            .map(|one| line(&one.head.name, &one.difference))
            .collect(),
    })
}

fn priced<'a>(material: &Material, library: &'a Library) -> Result<Priced<'a>, Failure> {
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    let options = SweepOptions::new(material.context);
    let priced = Priced::new(&material.snapshot, library, options, control);
    priced.map_err(|error: ForecastError| Failure::said(Status::BadData, error.to_string(), ""))
}
