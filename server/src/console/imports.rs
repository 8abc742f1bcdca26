//! `/console/imports`: what departments deliver, how good it is, and what a corrected file changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use zhida_engine::explain::words;
use zhida_engine::facts::{Facts as _, Reading};
use zhida_engine::payouts::{Moment, Role};
use zhida_engine::snapshot::Snapshot;

use super::acts::Done;
use super::jobs::{self, JobRow};
use super::sweeps::{ask_for, folder_of};
use crate::enterprises::failed;
use crate::failure::Failure;
use crate::materials::{self, MaterialKind, Registered};
use crate::table::count;
use crate::views::seen::Seen;
use crate::views::{asked, times};
use crate::web::{Ask, Page, Published, Section, Typed, Upload, WebFault, html};

/// The greatest file that is taken.
pub(super) const FILE_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// The most characters of a file name that are kept.
const NAME_CHARS_MAX: usize = 80;
/// How many findings a page has.
const FINDINGS: usize = 100;
/// How many changed cells are shown.
const CHANGES: usize = 200;

/// One snapshot that is registered.
struct Row {
    digest: String,
    short: String,
    at: String,
    year: i64,
    as_of: String,
    enterprises: String,
    is_last: bool,
    /// The one before it, to be compared with.
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "console/imports.html")]
struct ImportsPage {
    page: Page,
    done: Done,
    may_import: bool,
    year: i16,
    jobs: Vec<JobRow>,
    rows: Vec<Row>,
}

/// The page.
pub(super) async fn show(ask: Ask, Query(done): Query<Done>) -> Result<Response, WebFault> {
    let snapshots = materials::list(&ask.server.store, MaterialKind::Snapshot).await?;
    let page = ask.page(Section::Console, "数据");
    let befores = snapshots.iter().skip(1).map(Some).chain([None]);
    let rows = snapshots
        .iter()
        .zip(befores)
        .map(|(one, before)| row(one, before));
    let mut rows: Vec<Row> = rows.collect();
    // How many there are elsewhere is told to nobody who does not see them.
    if !Seen::is_whole(&ask).await? {
        rows.iter_mut().for_each(|row| row.enterprises.clear());
    }
    if let Some(last) = rows.first_mut() {
        last.is_last = true;
    }
    html(&ImportsPage {
        may_import: page.is_any(&[Role::Maker]),
        year: ask.at.business_date().year().saturating_sub(1),
        jobs: jobs::rows(&ask, "import").await?,
        rows,
        done,
        page,
    })
}

fn row(snapshot: &Registered, before: Option<&Registered>) -> Row {
    Row {
        digest: snapshot.digest.clone(),
        short: snapshot.digest.get(..12).unwrap_or_default().to_owned(),
        at: times::minute(Moment(snapshot.at)),
        year: snapshot.year,
        as_of: snapshot.as_of.clone(),
        enterprises: count(snapshot.enterprises),
        is_last: false,
        before: before.map(|before| before.digest.clone()),
    }
}

/// Takes a file, and asks for its import; the file goes to the disk as it comes in.
pub(super) async fn start(ask: Ask, mut upload: Upload) -> Result<Response, WebFault> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        WebFault::bad(
            format!("上传的内容没有收完整:{error}"),
            "请重新选择文件上传;单个文件不超过 1 GB",
        )
    };
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let mut source = String::new();
    let mut place = None;
    while let Some(mut field) = upload.0.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file) = field.file_name().map(str::to_owned) else {
            let value = field.text().await.map_err(broken)?;
            fields.insert(name, value.trim().to_owned());
            continue;
        };
        let key = fields.get("key").cloned().unwrap_or_default();
        let folder = ask
            .server
            .folder
            .join("uploads")
            .join(folder_of(&ask, &key)?);
        tokio::fs::create_dir_all(&folder)
            .await
            .map_err(WebFault::broken)?;
        let path = folder.join(safe(&file));
        let mut out = tokio::fs::File::create(&path)
            .await
            .map_err(WebFault::broken)?;
        while let Some(chunk) = field.chunk().await.map_err(broken)? {
            out.write_all(&chunk).await.map_err(WebFault::broken)?;
        }
        out.flush().await.map_err(WebFault::broken)?;
        source = file;
        place = Some(path);
    }
    let place = place.filter(|_| !source.is_empty());
    let place = place.ok_or_else(|| WebFault::bad("没有选择文件", "请选择要导入的文件"))?;
    let year = fields.get("year").filter(|year| !year.is_empty());
    let year = year.ok_or_else(|| WebFault::bad("没有填写“年度”", "请填写数据属于哪一年"))?;
    let key = fields.get("key").cloned().unwrap_or_default();
    let name = folder_of(&ask, &key)?;
    let folder = format!("{}/{name}", MaterialKind::Snapshot.folder());
    let report = format!("reports/{name}.json");
    let data = &ask.server.folder;
    tokio::fs::create_dir_all(data.join("reports"))
        .await
        .map_err(WebFault::broken)?;
    let typed = Typed::verb("ask")
        .flag("import")
        .option("--year", year)
        .maybe("--as-of", fields.get("as_of").map(String::as_str))
        .option("--output", data.join(&folder).display())
        .option("--report", data.join(&report).display())
        .of(place.display());
    ask_for(&ask, key, typed, ("import", source, report, folder)).await
}

/// A name without anything that could lead elsewhere; its end tells the form of the file.
fn safe(name: &str) -> String {
    let kept = name
        .chars()
        .filter(|one| one.is_alphanumeric() || "._-".contains(*one));
    let kept: Vec<char> = kept.collect();
    let from = kept.len().saturating_sub(NAME_CHARS_MAX);
    let kept: String = kept.iter().skip(from).collect();
    match kept.trim_start_matches('.') {
        "" => "upload.csv".to_owned(),
        kept => kept.to_owned(),
    }
}

/// A reason with how often it was found.
struct Reason {
    code: String,
    count: String,
}

/// One cell that was not taken over as it stands.
struct Found {
    row: u64,
    column: String,
    value: String,
    message: String,
}

#[derive(Template)]
#[template(path = "console/import.html")]
struct ImportPage {
    page: Page,
    job: JobRow,
    read: String,
    accepted: String,
    refused: String,
    columns: Vec<(String, String)>,
    reasons: Vec<Reason>,
    findings: Vec<Found>,
    omitted: String,
    next: Option<usize>,
    from: usize,
}

/// Where a page of findings begins.
#[derive(Debug, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    from: usize,
}

/// The report of one import.
pub(super) async fn one(
    ask: Ask,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Result<Response, WebFault> {
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let asked = asked::find(store, scope, &id).await?;
    let asked = asked.filter(|asked| asked.kind == "import");
    let asked = asked.ok_or_else(WebFault::missing)?;
    let job = asked::job(store, &id).await?;
    let path = ask.server.folder.join(&asked.report);
    let report = match tokio::fs::read(&path).await {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(WebFault::broken)?,
        Err(_) => Value::Null,
    };
    let number = |name: &str| report.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (read, accepted) = (number("rows_read"), number("rows_accepted"));
    let findings = report.get("findings").and_then(Value::as_array);
    let findings = findings.map_or(&[][..], Vec::as_slice);
    let shown = findings.iter().skip(from.from).take(FINDINGS);
    let reached = from.from.saturating_add(FINDINGS);
    html(&ImportPage {
        page: ask.page(Section::Console, "数据质量"),
        job: jobs::row(&asked, &job),
        read: count(read),
        accepted: count(accepted),
        refused: count(read.saturating_sub(accepted)),
        columns: pairs(&report, "columns"),
        reasons: pairs(&report, "counts")
            .into_iter()
            .map(|(code, count)| Reason { code, count })
            .collect(),
        findings: shown.map(found).collect(),
        omitted: count(number("findings_omitted")),
        next: (reached < findings.len()).then_some(reached),
        from: from.from,
    })
}

fn pairs(report: &Value, name: &str) -> Vec<(String, String)> {
    let fields = report.get(name).and_then(Value::as_object);
    let pair = |(name, value): (&String, &Value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text)
    };
    fields.into_iter().flatten().map(pair).collect()
}

fn found(finding: &Value) -> Found {
    let text = |name: &str| {
        let text = finding.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    Found {
        row: finding.get("row").and_then(Value::as_u64).unwrap_or(0),
        column: text("column"),
        value: text("value"),
        message: format!("{} {}", text("reason"), text("message")),
    }
}

/// One cell that a corrected file has otherwise.
struct Changed {
    uscc: String,
    name: String,
    fact: String,
    before: String,
    after: String,
}

/// What two snapshots differ in.
#[derive(Default)]
struct Compared {
    added: u64,
    removed: u64,
    changed: u64,
    cells: Vec<Changed>,
}

#[derive(Template)]
#[template(path = "console/import_difference.html")]
struct DifferencePage {
    page: Page,
    before: String,
    after: String,
    added: String,
    removed: String,
    changed: String,
    is_whole: bool,
    cells: Vec<Changed>,
}

/// What a later snapshot changed for the enterprises within sight.
pub(super) async fn difference(
    ask: Ask,
    Path((after, before)): Path<(String, String)>,
) -> Result<Response, WebFault> {
    let snapshots = materials::list(&ask.server.store, MaterialKind::Snapshot).await?;
    let place = |digest: &str| {
        let found = snapshots.iter().find(|one| one.digest == digest);
        let found = found.ok_or_else(WebFault::missing)?;
        let year = i32::try_from(found.year).map_err(WebFault::broken)?;
        Ok::<_, WebFault>((ask.server.folder.join(&found.folder), year))
    };
    let places = (place(&before)?, place(&after)?);
    let published = ask.server.published();
    let seen = Seen::of(&ask).await?;
    let is_whole = matches!(seen, Seen::All);
    let material = ask.server.material();
    let comparing = ask.server.in_turn(move || {
        let open = |folder: &std::path::Path| {
            let vocabulary = Arc::clone(&published.library.vocabulary);
            Snapshot::open(folder, vocabulary).map_err(failed)
        };
        let ((before, first), (after, second)) = (&places.0, &places.1);
        let sides = [(&open(before)?, *first), (&open(after)?, *second)];
        let is_counted = seen.either(sides);
        let is_named = |uscc: &str| seen.finds(material.as_deref(), uscc);
        let sides = sides.map(|(snapshot, _)| snapshot);
        let compared = compared(&published, sides, (&is_counted, &is_named));
        Ok::<_, Failure>(compared)
    });
    let compared = comparing.await??;
    let short = |digest: &str| digest.get(..12).unwrap_or_default().to_owned();
    html(&DifferencePage {
        page: ask.page(Section::Console, "两份数据的差别"),
        before: short(&before),
        after: short(&after),
        added: count(compared.added),
        removed: count(compared.removed),
        changed: count(compared.changed),
        is_whole,
        cells: compared.cells,
    })
}

/// Whether something is so of an enterprise.
type Is<'a> = &'a dyn Fn(&str) -> bool;

/// What differs among the enterprises that are counted. One that has moved away is counted as on
/// its old side, and is named no more.
fn compared(
    published: &Arc<Published>,
    [before, after]: [&Snapshot; 2],
    (is_counted, is_named): (Is<'_>, Is<'_>),
) -> Compared {
    let library = &published.library;
    let mut compared = Compared::default();
    let gone = (0..before.len()).filter(|row| {
        let uscc = before.uscc(*row);
        after.find(uscc).is_none() && is_counted(uscc)
    });
    compared.removed = u64::try_from(gone.count()).unwrap_or(u64::MAX);
    let keys: std::collections::BTreeSet<_> = before
        .columns()
        .iter()
        .chain(after.columns())
        .map(|column| column.key)
        .collect();
    let shown = |reading: &Reading, fact| match reading {
        Reading::Known(value) => words::fact_value(library, fact, value),
        Reading::Records(records) => format!("{} 条记录", records.len()),
        Reading::Missing => "缺".to_owned(),
    };
    for row in (0..after.len()).filter(|row| is_counted(after.uscc(*row))) {
        let Some(old) = before.find(after.uscc(row)) else {
            compared.added = compared.added.saturating_add(1);
            continue;
        };
        let (old, new) = (before.row(old), after.row(row));
        for key in &keys {
            let was = old.read(key.fact, key.period);
            let is = new.read(key.fact, key.period);
            if was == is {
                continue;
            }
            compared.changed = compared.changed.saturating_add(1);
            if compared.cells.len() < CHANGES && is_named(after.uscc(row)) {
                let about = library.vocabulary.fact(key.fact);
                compared.cells.push(Changed {
                    uscc: after.uscc(row).to_owned(),
                    name: after.name(row).to_owned(),
                    fact: format!("{} {}", about.name, words::period(key.period)),
                    before: shown(&was, key.fact),
                    after: shown(&is, key.fact),
                });
            }
        }
    }
    compared
}
