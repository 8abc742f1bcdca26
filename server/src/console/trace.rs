//! The trace of an amount, beside it.

use zhida_engine::payouts::Payout;

use crate::views::explained::{Others, explained_naming};
use crate::views::seen::{Eyes, Knows};
use crate::web::{Ask, WebFault};

/// How an amount came about, or why that cannot be shown here.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace {
    /// The steps as people read them.
    pub(super) text: String,
    /// What it comes to, in one line.
    pub(super) summary: String,
    /// Why there is none.
    pub(super) absent: &'static str,
}

impl Trace {
    fn absent(why: &'static str) -> Self {
        Self {
            absent: why,
            ..Self::default()
        }
    }
}

/// Computes the amount of a payout again, with every step.
///
/// # Errors
/// What the sweep says.
pub(super) async fn of(ask: &Ask, payout: &Payout) -> Result<Trace, WebFault> {
    let published = ask.server.published();
    let Some(material) = ask.server.material() else {
        return Ok(Trace::absent("服务里没有企业数据,不能重算;请先导入数据"));
    };
    let origin = &payout.origin;
    if origin.snapshot.as_str() != material.snapshot.digest() {
        return Ok(Trace::absent(
            "这一笔用的是以前的数据,当前数据已经更换;请到“审计”用封存的材料重算",
        ));
    }
    if origin.policies.as_str() != published.digest {
        return Ok(Trace::absent(
            "这一笔用的是以前的政策文本,当前政策已经更新;请到“审计”用封存的材料重算",
        ));
    }
    let (measure, uscc) = (payout.key.measure.clone(), payout.key.uscc);
    let eyes = Eyes::of(ask).await?;
    let explaining = tokio::task::spawn_blocking(move || {
        let library = &published.library;
        let measure = library.measure(&measure);
        let row = material.snapshot.find(uscc.as_str());
        let (Some(measure), Some(row)) = (measure, row) else {
            return Ok(None);
        };
        let (snapshot, context) = (&material.snapshot, material.context);
        // Of whoever stood in line elsewhere it is only told that there were some.
        let knows = |row: u32| eyes.see(snapshot, context.year, row);
        let others = Others::Known(Knows(&knows));
        explained_naming(library, (snapshot, row), context, measure, others).map(Some)
    });
    let explanation = explaining.await.map_err(WebFault::broken)??;
    let Some(explanation) = explanation else {
        return Ok(Trace::absent(
            "当前数据里没有这家企业,或政策库里没有这个事项",
        ));
    };
    let payable = explanation.payable.as_ref();
    let summary = payable.map_or(&explanation.outcome.summary, |payable| &payable.summary);
    Ok(Trace {
        summary: summary.clone(),
        text: explanation.to_string().trim_end().to_owned(),
        absent: "",
    })
}
