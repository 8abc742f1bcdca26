//! Many payouts at once: exactly those that were counted before, or none.

use std::collections::BTreeSet;

use zhida_engine::payouts::PayoutState;

use super::acts::Given;
use crate::table::{count, total};
use crate::views::payouts::{self, PayoutQuery, PayoutSum};
use crate::web::{Ask, Scope, WebFault};

/// The most payouts that one step takes.
const NAMES_MAX: u32 = 5_000;

/// What somebody can act on: that of his own bureau, whatever else he sees.
pub(super) fn own(ask: &Ask) -> Result<Scope, WebFault> {
    let bureau = ask.session()?.user.bureau.clone();
    Ok(Scope::Bureaus(BTreeSet::from([bureau])))
}

/// The payouts that a filter leaves, as many and as much as the page showed.
///
/// # Errors
/// Refused where there are none, too many, or others than were shown.
pub(super) async fn names(
    ask: &Ask,
    given: &Given,
    states: &[PayoutState],
) -> Result<Vec<String>, WebFault> {
    let (query, sum) = counted(ask, given, states).await?;
    if sum.count > u64::from(NAMES_MAX) {
        return Err(WebFault::refused(
            None,
            format!(
                "一次最多办 {} 笔,这里有 {} 笔;请按事项筛选后分几次办",
                count(NAMES_MAX),
                count(sum.count)
            ),
        ));
    }
    let store = &ask.server.store;
    let names = payouts::names(store, &own(ask)?, &query, NAMES_MAX).await?;
    Ok(names.iter().map(ToString::to_string).collect())
}

/// What a filter leaves, as many and as much as the page showed.
///
/// # Errors
/// Refused where there are none, or others than were shown.
pub(super) async fn counted(
    ask: &Ask,
    given: &Given,
    states: &[PayoutState],
) -> Result<(PayoutQuery, PayoutSum), WebFault> {
    let query = given.query(states)?;
    let sum = payouts::sum(&ask.server.store, &own(ask)?, &query).await?;
    if sum.count == 0 {
        return Err(WebFault::refused(None, "没有等着这一步的兑付事项"));
    }
    let shown = (given.field("count"), given.field("fen"));
    let now = (sum.count.to_string(), sum.fen.to_string());
    if shown != (Some(now.0.as_str()), Some(now.1.as_str())) {
        return Err(WebFault::refused(
            None,
            format!(
                "名单在您打开页面以后变了,没有办理:现在是 {} 笔 {} 元;请返回核对后再办",
                count(sum.count),
                total(sum.total())
            ),
        ));
    }
    Ok((query, sum))
}
