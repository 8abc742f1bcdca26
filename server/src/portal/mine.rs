//! What an enterprise is entitled to.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::parts::{Trace, enterprise, looking};
use crate::table::{count, money};
use crate::views::my_measures::{Group, Line, MyMeasures};
use crate::web::{Access, Ask, Page, Place, Section, WebFault, html};

/// Lines of a group that are shown at once; the others are counted.
const LINES_MAX: usize = 60;

/// The routes.
pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get("/my/measures", Access::Enterprise, measures),
        Place::get(
            "/my/measures/{policy}/{measure}",
            Access::Enterprise,
            measure,
        ),
    ]
}

/// One group as it is shown.
struct GroupView {
    anchor: &'static str,
    title: &'static str,
    class: &'static str,
    lines: Vec<Line>,
    count: String,
    left: usize,
}

#[derive(Template)]
#[template(path = "portal/my_measures.html")]
struct MyMeasuresPage {
    page: Page,
    name: String,
    uscc: String,
    year: i32,
    as_of: String,
    total: String,
    is_settled: bool,
    groups: Vec<GroupView>,
    elsewhere: String,
}

#[derive(Template)]
#[template(path = "portal/no_facts.html")]
struct NoFacts {
    page: Page,
    uscc: String,
}

const GROUPS: [(Group, &str, &str, &str); 4] = [
    (Group::Due, "due", "可以享受", "good"),
    (Group::Open, "open", "还缺数据", "wait"),
    (Group::NotYet, "not-yet", "还差一点", "bad"),
    (Group::Other, "other", "与您无关", "none"),
];

async fn measures(ask: Ask) -> Result<Response, WebFault> {
    let uscc = enterprise(&ask)?;
    let page = ask.page(Section::Portal, "我能享受");
    let found = looking(&ask, uscc, |looking, row| looking.all(row)).await?;
    let Some(mine) = found else {
        return html(&NoFacts {
            page,
            uscc: uscc.to_string(),
        });
    };
    let group = |(group, anchor, title, class): (Group, _, _, _)| {
        group_of(&mine, group, anchor, title, class)
    };
    let groups = GROUPS.into_iter().map(group).collect();
    html(&MyMeasuresPage {
        page,
        total: money(mine.total()),
        groups,
        year: mine.context.year,
        as_of: mine.context.as_of.to_string(),
        is_settled: mine.is_settled,
        elsewhere: count(mine.elsewhere),
        name: mine.name,
        uscc: mine.uscc,
    })
}

fn group_of(
    mine: &MyMeasures,
    group: Group,
    anchor: &'static str,
    title: &'static str,
    class: &'static str,
) -> GroupView {
    let lines = mine.of(group);
    GroupView {
        anchor,
        title,
        class,
        count: count(lines.len()),
        left: lines.len().saturating_sub(LINES_MAX),
        lines: lines.into_iter().take(LINES_MAX).cloned().collect(),
    }
}

#[derive(Template)]
#[template(path = "portal/my_measure.html")]
struct MyMeasurePage {
    page: Page,
    line: Line,
    class: &'static str,
    group: &'static str,
    summary: String,
    trace: String,
    year: i32,
    as_of: String,
}

async fn measure(
    ask: Ask,
    Path((policy, own)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let uscc = enterprise(&ask)?;
    let published = ask.server.published();
    let found = published.library.measure(&format!("{policy}/{own}"));
    let found = found.ok_or_else(WebFault::missing)?;
    let id = found.id.clone();
    let page = ask.page(Section::Portal, found.name.clone());
    let one = looking(&ask, uscc, move |looking, row| looking.one(row, &id)).await?;
    let Some(one) = one else {
        return html(&NoFacts {
            page,
            uscc: uscc.to_string(),
        });
    };
    let one = one.ok_or_else(WebFault::missing)?;
    let named = GROUPS
        .into_iter()
        .find(|(group, ..)| *group == one.line.group());
    let (_, _, group, class) = named.unwrap_or((Group::Other, "", "", ""));
    let trace = Trace::of(&page, &one.explanation.steps).render()?;
    html(&MyMeasurePage {
        page,
        class,
        group,
        summary: one.explanation.outcome.summary.clone(),
        trace,
        year: one.explanation.year,
        as_of: one.explanation.as_of.to_string(),
        line: one.line,
    })
}
