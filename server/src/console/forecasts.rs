//! `/console/forecasts`: what the policies would cost, and what drafts would change.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use askama::Template;
use axum::response::Response;
use zhida_engine::forecast::{
    Comparison, Dimension, Forecast, ForecastError, Priced, Scope, SizeClasses,
};
use zhida_engine::sweep::{SweepControl, SweepOptions, TotalFen};
use zhida_policies::measure::library::Library;

use super::charts::{self, Chart, Mark};
use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::Output;
use crate::publishing;
use crate::table::{count, signed, total};
use crate::views::seen::{Seen, SeenRows};
use crate::web::{Ask, Material, Page, Section, WebFault, html};

/// How many bars a chart has at most.
const BARS_MAX: usize = 12;
/// The definition by which enterprises are sorted into sizes.
const SIZES: &str = "企业规模";
/// What is shown, in this order.
const SHOWN: [(Dimension, &str); 6] = [
    (Dimension::Measure, "按事项"),
    (Dimension::Fund, "按资金"),
    (Dimension::City, "按地区"),
    (Dimension::Section, "按行业"),
    (Dimension::Size, "按规模"),
    (Dimension::Month, "按月"),
];

/// One line of a forecast.
struct Line {
    name: String,
    awards: String,
    amount: String,
    least: String,
    greatest: String,
}

/// One dimension.
struct Table {
    title: &'static str,
    chart: Chart,
    lines: Vec<Line>,
}

/// Who gains and who loses by a draft.
struct Moved {
    name: String,
    before: String,
    after: String,
    change: String,
    winners: String,
    losers: String,
}

/// What came out.
struct Outcome {
    amount: String,
    awards: String,
    least: String,
    greatest: String,
    open: String,
    tables: Vec<Table>,
    change: String,
    moved: Vec<Moved>,
}

#[derive(Template)]
#[template(path = "console/forecasts.html")]
struct ForecastsPage {
    page: Page,
    has_material: bool,
    year: i32,
    as_of: String,
    enterprises: String,
    is_whole: bool,
    drafts: Vec<String>,
    outcome: Option<Outcome>,
}

/// The page before anything is computed.
pub(super) async fn show(ask: Ask) -> Result<Response, WebFault> {
    page(&ask, None).await
}

/// The drafts of one's own bureau, by policy.
async fn own_drafts(ask: &Ask) -> Result<Vec<(String, String)>, WebFault> {
    let own = &ask.session()?.user.bureau;
    let drafts = publishing::drafts(&ask.server.store, own).await?;
    let drafts = drafts.into_iter().map(|draft| (draft.policy, draft.text));
    Ok(drafts.collect())
}

/// Computes the forecast.
pub(super) async fn run(ask: Ask) -> Result<Response, WebFault> {
    let Some(material) = ask.server.material() else {
        return Err(WebFault::refused(
            None,
            "还没有企业数据,不能测算;请先导入数据",
        ));
    };
    let drafts = own_drafts(&ask).await?;
    let seen = Seen::of(&ask).await?;
    let server = Arc::clone(&ask.server);
    let computing = ask.server.in_turn(move || {
        let before = server.published();
        let common = server.common();
        let texts = publishing::texts_with(&common, &drafts)?;
        let after = library::sound_of(texts, &common, &mut Output::kept())?;
        let rows = seen.rows(&material.snapshot, material.context.year);
        let material = (&*material, &rows);
        outcome(&common, material, &before.library, &after)
    });
    let outcome = computing.await??;
    page(&ask, Some(outcome)).await
}

async fn page(ask: &Ask, outcome: Option<Outcome>) -> Result<Response, WebFault> {
    let material = ask.server.material();
    let seen = Seen::of(ask).await?;
    let is_whole = matches!(seen, Seen::All);
    let enterprises = match &material {
        None => None,
        Some(all) => Some(seen.count(&ask.server, all).await?),
    };
    let context = material.as_ref().map(|all| all.context);
    let drafts = own_drafts(ask).await?;
    html(&ForecastsPage {
        page: ask.page(Section::Console, "测算"),
        has_material: material.is_some(),
        year: context.map_or(0, |context| context.year),
        as_of: context.map_or_else(String::new, |context| context.as_of.to_string()),
        enterprises: enterprises.map_or_else(String::new, count),
        is_whole,
        drafts: drafts.into_iter().map(|(policy, _)| policy).collect(),
        outcome,
    })
}

fn outcome(
    common: &Common,
    (material, seen): (&Material, &SeenRows),
    before: &Library,
    after: &Library,
) -> Result<Outcome, Failure> {
    let sizes = library::of_the_binary(common)?;
    let found = SizeClasses::find(after, SIZES);
    let scope = Scope {
        snapshot: &material.snapshot,
        codes: &after.codes,
        context: material.context,
        sizes: found.or_else(|| SizeClasses::find(sizes.as_ref()?, SIZES)),
    };
    let dimensions = SHOWN.map(|(dimension, _)| dimension);
    let later = priced(material, after, seen)?;
    let forecast = Forecast::new(&scope, &later, &dimensions);
    let earlier = priced(material, before, seen)?;
    let comparison = Comparison::new(&scope, &earlier, &later, &[Dimension::Measure]);
    let tables = SHOWN
        .iter()
        .zip(&forecast.tables)
        .map(|((_, title), table)| {
            let lines = table.lines.iter().map(|line| Line {
                name: line.head.name.clone(),
                awards: count(line.amounts.awards),
                amount: total(line.amounts.amount),
                least: total(line.amounts.least),
                greatest: total(line.amounts.greatest),
            });
            let mut marks: Vec<Mark> = table.lines.iter().map(mark).collect();
            marks.sort_by_key(|mark| std::cmp::Reverse(mark.first));
            marks.truncate(BARS_MAX);
            Table {
                title,
                chart: charts::bars(&marks),
                lines: lines.collect(),
            }
        });
    let whole = &forecast.whole;
    let moved = comparison.tables.iter().flat_map(|table| &table.lines);
    Ok(Outcome {
        amount: total(whole.amount),
        awards: count(whole.awards),
        least: total(whole.least),
        greatest: total(whole.greatest),
        open: count(whole.open),
        tables: tables.collect(),
        change: signed(comparison.whole.change()),
        moved: moved
            .map(|line| Moved {
                name: line.head.name.clone(),
                before: total(line.difference.before.amount),
                after: total(line.difference.after.amount),
                change: signed(line.difference.change()),
                winners: count(line.difference.winners.enterprises),
                losers: count(line.difference.losers.enterprises),
            })
            .collect(),
    })
}

fn mark(line: &zhida_engine::forecast::ForecastLine) -> Mark {
    Mark {
        name: line.head.name.clone(),
        first: i64::try_from(line.amounts.amount.fen()).unwrap_or(i64::MAX),
        second: 0,
        words: total(TotalFen::of(line.amounts.amount.fen())),
    }
}

/// Everything is decided and settled; then the awards of those that are seen are left.
fn priced<'a>(
    material: &Material,
    library: &'a Library,
    seen: &SeenRows,
) -> Result<Priced<'a>, Failure> {
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    let options = SweepOptions::new(material.context);
    let priced = Priced::new(&material.snapshot, library, options, control);
    let mut priced = priced
        .map_err(|error: ForecastError| Failure::said(Status::BadData, error.to_string(), ""))?;
    seen.leave_seen(&mut priced);
    Ok(priced)
}
