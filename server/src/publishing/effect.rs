//! What a change of a policy would do to the enterprises of the last snapshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use tokio::sync::{Semaphore, SemaphorePermit};
use utoipa::ToSchema;
use zhida_engine::forecast::{Comparison, Dimension, ForecastError, Priced, Scope};
use zhida_engine::payouts::{Digest, Motion, Publication};
use zhida_engine::sweep::{SweepControl, SweepOptions};
use zhida_policies::measure::library::Library;
use zhida_policies::values::Date;

use super::check::Findings;
use super::shelf::Shelf;
use crate::failure::{Failure, Status};
use crate::library;
use crate::publishing::examine;
use crate::table::{count, signed, total};
use crate::views::seen::Seen;
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
    /// 不含这项变更的笔数
    pub(crate) awards_before: String,
    /// 含这项变更的笔数
    pub(crate) awards_after: String,
    /// 不含这项变更的金额(元)
    pub(crate) before: String,
    /// 含这项变更的金额(元)
    pub(crate) after: String,
    /// 多出多少(元),减少为负
    pub(crate) change: String,
    /// 多少家得更多
    pub(crate) winners: String,
    /// 多少家得更少
    pub(crate) losers: String,
}

/// 对最近一次清算所用数据的影响,只含查看范围内的企业:同样的企业、年度和基准日,按施行之日的政策,不含和含这项变更各算一遍
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

/// All enterprises are decided by one at a time.
pub(super) async fn alone() -> Option<SemaphorePermit<'static>> {
    HEAVY.acquire().await.ok()
}

/// Somebody else is at it.
#[cfg(test)]
pub(crate) async fn occupied() -> SemaphorePermit<'static> {
    HEAVY.acquire().await.unwrap()
}

/// Stops the work when nobody waits for it any more.
#[derive(Default)]
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a proposal comes to now, for the enterprises within sight: a proposal is no question about
/// others. It is worked out once for the same policies, facts, day and sight.
///
/// # Errors
/// What cannot be read; facts that do not fit the policies.
pub(crate) async fn effect(
    server: &Arc<Server>,
    motion: &Motion,
    publication: &Publication,
    seen: &Seen,
) -> Result<Arc<Effect>, Failure> {
    let published = server.published();
    let material = server.material();
    let facts = material
        .as_ref()
        .map_or_else(String::new, |all| all.snapshot.digest().to_owned());
    let today = server.clock.now().business_date();
    let from = publication.from.unwrap_or(today).max(today);
    let name = format!(
        "{} {} {} {from} {facts} {}",
        motion.id,
        published.digest,
        published.edition,
        seen.digest()
    );
    // What is known waits for nobody.
    if let Some(known) = server.effect_of(&name) {
        return Ok(known);
    }
    let turn = alone().await;
    if let Some(known) = server.effect_of(&name) {
        return Ok(known);
    }
    let waiting = Waiting::default();
    let gone = Arc::clone(&waiting.0);
    let (of, asked, seen) = (Arc::clone(server), publication.clone(), seen.clone());
    let working = tokio::task::spawn_blocking(move || {
        // Kept until the work ends, whoever has left meanwhile.
        let _turn = turn;
        work_out(&of, (&asked, from), (material.as_deref(), &seen), &gone)
    });
    let worked = working
        .await
        .map_err(|error| Failure::bad_data(format!("后台线程出错:{error}"), ""))?;
    let worked = Arc::new(worked?);
    server.keep_effect(name, Arc::clone(&worked), KEPT_MAX);
    Ok(worked)
}

fn work_out(
    server: &Server,
    (publication, from): (&Publication, Date),
    (material, seen): (Option<&Material>, &Seen),
    gone: &AtomicBool,
) -> Result<Effect, Failure> {
    let published = server.published();
    let common = &published.common;
    let (store, handle) = (&server.store, &server.handle);
    let today = server.clock.now().business_date();
    let shelf = handle.block_on(Shelf::open(store, common, today.min(from)))?;
    let last = shelf.last(&publication.policy)?.map(Digest::of);
    let text = match &publication.text {
        None => None,
        Some(text) => Some(handle.block_on(store.fetch(text))?),
    };
    let texts = shelf.on_with(from, &publication.policy, text.as_deref())?;
    let (mut library, findings) = examine(texts, &publication.policy, common, from)?;
    let money = match material.filter(|_| findings.is_sound) {
        None => None,
        Some(material) => {
            // What others change until then is on both sides.
            let mut before = library::checked(shelf.on(from)?, common, from)?;
            library::without_drafts(&mut before);
            library::without_drafts(&mut library);
            match before.has_faults() {
                true => None,
                false => Some(moved((material, seen), (&before, &library), gone)?),
            }
        }
    };
    Ok(Effect {
        is_overtaken: last != publication.base,
        library,
        findings,
        money,
    })
}

/// What the enterprises within sight get under two sets of policies. Everybody is priced, since
/// funds and limits are shared.
fn moved(
    (material, seen): (&Material, &Seen),
    (before, after): (&Library, &Library),
    gone: &AtomicBool,
) -> Result<MoneyMoved, Failure> {
    let scope = Scope {
        snapshot: &material.snapshot,
        codes: &after.codes,
        context: material.context,
        sizes: None,
    };
    let rows = seen.rows(&material.snapshot, material.context.year);
    let (mut earlier, mut later) = (
        priced(material, before, gone)?,
        priced(material, after, gone)?,
    );
    rows.leave_seen(&mut earlier);
    rows.leave_seen(&mut later);
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

/// What all enterprises get under a set of policies; given up when the flag is set.
///
/// # Errors
/// Facts that do not fit the policies; that it was given up.
pub(crate) fn priced<'a>(
    material: &Material,
    library: &'a Library,
    gone: &AtomicBool,
) -> Result<Priced<'a>, Failure> {
    let control = SweepControl {
        cancel: gone,
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    let options = SweepOptions::new(material.context);
    let priced = Priced::new(&material.snapshot, library, options, control);
    priced.map_err(|error: ForecastError| Failure::said(Status::BadData, error.to_string(), ""))
}
