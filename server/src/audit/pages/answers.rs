//! Answers to auditors as pages show them.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;

use super::reading::{self, First};
use crate::notices::begins_formula;
use crate::views::asked::Asked;
use crate::web::WebFault;

/// How many rows a page shows; the file has all of them.
const ROWS_SHOWN: usize = 200;
/// How many computations are shown side by side.
const TRACES_SHOWN: usize = 20;
/// What is said where two computations are alike.
const ALIKE: &str = "各个节点都相同";

/// One step of two computations side by side.
pub(super) struct Step {
    pub(super) label: String,
    pub(super) written: String,
    pub(super) left: String,
    pub(super) right: String,
    pub(super) place: String,
    pub(super) depth: usize,
    pub(super) differs: bool,
    pub(super) is_first: bool,
}

/// Two computations side by side.
pub(super) struct Compared {
    pub(super) title: String,
    pub(super) left: &'static str,
    pub(super) right: &'static str,
    pub(super) steps: Vec<Step>,
    /// The first step that differs.
    pub(super) first: Option<usize>,
    /// What is said where no step differs.
    pub(super) equal: &'static str,
}

impl Compared {
    /// The first step that differs.
    pub(super) fn first(&self) -> Option<&Step> {
        self.first.and_then(|place| self.steps.get(place))
    }
}

/// An answer.
#[derive(Default)]
pub(super) struct Answered {
    /// What it says, in a line.
    pub(super) headline: String,
    /// How the line is meant: good, bad or empty.
    pub(super) tone: &'static str,
    /// What it is about.
    pub(super) pairs: Vec<(&'static str, String)>,
    /// The headings of its rows.
    pub(super) columns: Vec<&'static str>,
    /// Its first rows.
    pub(super) rows: Vec<Vec<String>>,
    /// How many rows there are in all.
    pub(super) rows_in_all: usize,
    /// Computations side by side.
    pub(super) compared: Vec<Compared>,
}

impl Answered {
    /// The rows that a page shows.
    pub(super) fn shown(&self) -> &[Vec<String>] {
        self.rows.get(..ROWS_SHOWN).unwrap_or(&self.rows)
    }

    /// How many rows are left out.
    pub(super) fn left_out(&self) -> usize {
        self.rows_in_all.saturating_sub(self.shown().len())
    }

    /// A cell of a row for a small screen, with its heading.
    pub(super) fn cells<'a>(
        &'a self,
        row: &'a [String],
    ) -> impl Iterator<Item = (&'static str, &'a String)> {
        self.columns.iter().copied().zip(row)
    }
}

/// The list of a kind of answers, and the headings of its rows.
fn shape(kind: &str) -> (&'static str, &'static [&'static str]) {
    match kind {
        "replay" => ("", &["列", "封存", "重放"]),
        "what-if" => (
            "changes",
            &["封存(元)", "假如(元)", "统一社会信用代码", "企业", "事项"],
        ),
        "sample" => (
            "sampled",
            &[
                "应付(元)",
                "风险",
                "接近门槛的数据",
                "统一社会信用代码",
                "企业",
                "事项",
            ],
        ),
        _ => (
            "overlaps",
            &[
                "明细",
                "编号",
                "年度",
                "统一社会信用代码",
                "企业",
                "事项",
                "出处",
            ],
        ),
    }
}

/// The rows of an item of the list of a kind of answers.
fn rows(kind: &str, item: &Value) -> Vec<Vec<String>> {
    match kind {
        "what-if" => vec![change(item)],
        "sample" => vec![award(item)],
        _ => uses(item),
    }
}

/// Reads the beginning of the answer of a job.
///
/// # Errors
/// A fault of the server where there is none.
pub(super) async fn read(folder: &Path, asked: &Asked) -> Result<Answered, WebFault> {
    let (path, kind) = (folder.join(&asked.folder), asked.kind.clone());
    let work = move || {
        let (list, columns) = shape(&kind);
        let found = reading::first(&path, (list, ROWS_SHOWN), &|item| rows(&kind, item).len())?;
        let mut answered = match kind.as_str() {
            "replay" => replay(&found.value),
            "what-if" => what_if(&found),
            "sample" => sample(&found),
            _ => overlap(&found),
        };
        answered.columns = columns.to_vec();
        if kind != "replay" {
            let items = found.items.iter();
            answered.rows = items.flat_map(|item| rows(&kind, item)).collect();
            answered.rows_in_all = found.rows;
        }
        Ok::<Answered, io::Error>(answered)
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(WebFault::broken)?.map_err(WebFault::broken)
}

/// All rows of the answer of a job as a table for other programs.
///
/// # Errors
/// A fault of the server.
pub(super) async fn csv(folder: &Path, asked: &Asked) -> Result<Vec<u8>, WebFault> {
    let (path, kind) = (folder.join(&asked.folder), asked.kind.clone());
    let work = move || {
        let (list, columns) = shape(&kind);
        // A spreadsheet reads UTF-8 where a mark says so.
        let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
        writer.write_record(columns)?;
        let mut written = Ok(());
        reading::each(&path, list, &mut |_, item| {
            for row in rows(&kind, &item) {
                if written.is_ok() {
                    written = writer.write_record(row.iter().map(|text| cell(text)));
                }
            }
            match written {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        written?;
        writer.into_inner().map_err(|error| error.into_error())
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(WebFault::broken)?.map_err(WebFault::broken)
}

/// A cell as a spreadsheet is to take it: what begins like a formula and is no number is not to be
/// computed.
fn cell(text: &str) -> String {
    match begins_formula(text) && !is_number(text) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

/// Whether a text is an amount below nothing, or the line that stands for none.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b',' | b'.'))
}

fn text(value: &Value, at: &str) -> String {
    match value.pointer(at) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_)) | None => {
            String::new()
        }
    }
}

fn items<'a>(value: &'a Value, at: &str) -> &'a [Value] {
    value
        .pointer(at)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn is_true(value: &Value, at: &str) -> bool {
    value.pointer(at).and_then(Value::as_bool) == Some(true)
}

/// Yuan with their digits grouped; a line where there is no amount.
fn yuan(amount: &str) -> String {
    let Some((whole, part)) = amount.split_once('.') else {
        return if amount.is_empty() { "-" } else { amount }.to_owned();
    };
    match whole.strip_prefix('-') {
        Some(whole) => format!("-{}.{part}", crate::table::count(whole)),
        None => format!("{}.{part}", crate::table::count(whole)),
    }
}

fn replay(value: &Value) -> Answered {
    let is_equal = is_true(value, "/equal");
    let evaluator = match is_true(value, "/reference") {
        true => "逐户解释",
        false => "按列计算",
    };
    let mut answered = Answered {
        headline: match is_equal {
            true if value["payable"].is_null() => format!(
                "一致:全部企业 × {} 个事项逐笔相同",
                text(value, "/measures")
            ),
            true => format!(
                "一致:{} 家企业 × {} 个事项逐笔相同,可付 {} 元",
                crate::table::count(text(value, "/enterprises")),
                text(value, "/measures"),
                yuan(&text(value, "/payable"))
            ),
            false => differing(value),
        },
        tone: if is_equal { "good" } else { "bad" },
        pairs: vec![
            ("封存摘要", text(value, "/seal")),
            ("封存的结果", text(value, "/sealed")),
            ("重放的结果", text(value, "/found")),
            ("规则含义版本", text(value, "/semantics")),
            ("怎样重放", evaluator.to_owned()),
        ],
        ..Answered::default()
    };
    if let Some(difference) = value.get("difference") {
        answered.rows = items(difference, "/columns")
            .iter()
            .map(|pair| {
                vec![
                    text(pair, "/name"),
                    text(pair, "/sealed"),
                    text(pair, "/found"),
                ]
            })
            .collect();
        answered.rows_in_all = answered.rows.len();
        if difference.pointer("/nodes/pairs").is_some() {
            answered.compared.push(nodes(difference));
            let mut traces = traces(difference, ("封存", "重放"));
            traces.equal = "每一步都能得出封存的结论;不同的是上面列出的列";
            answered.compared.push(traces);
        }
    }
    answered
}

/// What differs, and the first node of it.
fn differing(value: &Value) -> String {
    let of = |at: &str| text(value, &format!("/difference{at}"));
    match of("/differs").as_str() {
        "file" => format!(
            "不一致:文件 {} 被改动,封存的摘要 {},现在是 {}",
            of("/name"),
            of("/sealed"),
            of("/found")
        ),
        "result" => format!(
            "不一致:{},封存的是 {},重放得 {}",
            of("/what"),
            of("/sealed"),
            of("/found")
        ),
        "outside" => "不一致:第一处不同的结论属于您看不到的单位".to_owned(),
        kind => format!(
            "不一致:第一处不同的{}是 {} {} 的 {}",
            if kind == "award" {
                "清单行"
            } else {
                "结论"
            },
            of("/enterprise"),
            of("/name"),
            of("/measure")
        ),
    }
}

fn nodes(difference: &Value) -> Compared {
    let first = first_of(difference, "/nodes/first");
    let steps = items(difference, "/nodes/pairs").iter().enumerate();
    let steps = steps.map(|(number, pair)| Step {
        label: String::new(),
        written: text(pair, "/written"),
        left: text(pair, "/columns"),
        right: text(pair, "/reference"),
        place: place(pair.get("place")),
        depth: 0,
        differs: is_true(pair, "/differs"),
        is_first: first == Some(number),
    });
    Compared {
        equal: ALIKE,
        title: "逐节点:按列计算与逐户解释".to_owned(),
        left: "按列计算",
        right: "逐户解释",
        steps: steps.collect(),
        first,
    }
}

fn first_of(value: &Value, at: &str) -> Option<usize> {
    let first = value.pointer(at)?.as_u64()?;
    usize::try_from(first).ok()
}

fn traces(value: &Value, (left, right): (&'static str, &'static str)) -> Compared {
    let first = first_of(value, "/traces/first");
    let pairs = items(value, "/traces/pairs").iter().enumerate();
    let steps = pairs.map(|(number, pair)| {
        let either = ["/left", "/right"]
            .into_iter()
            .find_map(|side| pair.pointer(side).filter(|line| !line.is_null()));
        let of = |at: &str| either.map_or_else(String::new, |line| text(line, at));
        let depth = either.and_then(|line| line.get("depth")?.as_u64());
        Step {
            label: of("/label"),
            written: of("/written"),
            left: text(pair, "/left/result"),
            right: text(pair, "/right/result"),
            place: place(either.and_then(|line| line.get("place"))),
            depth: usize::try_from(depth.unwrap_or(0)).unwrap_or(0),
            differs: is_true(pair, "/differs"),
            is_first: first == Some(number),
        }
    });
    Compared {
        equal: ALIKE,
        title: "计算过程".to_owned(),
        left,
        right,
        steps: steps.collect(),
        first,
    }
}

fn place(place: Option<&Value>) -> String {
    match place {
        Some(place) if !place.is_null() => {
            format!("{}:{}", text(place, "/path"), text(place, "/line"))
        }
        Some(_) | None => String::new(),
    }
}

fn who(value: &Value) -> String {
    format!("{} {}", text(value, "/enterprise"), text(value, "/name"))
}

/// A measure with its instalment.
fn measure(value: &Value) -> String {
    let (measure, number) = (text(value, "/measure"), text(value, "/instalment"));
    match number.is_empty() {
        true => measure,
        false => format!("{measure} 第 {number} 期"),
    }
}

fn what_if(found: &First) -> Answered {
    let value = &found.value;
    let traced = found
        .items
        .iter()
        .filter(|change| change.get("traces").is_some());
    let compared = traced.take(TRACES_SHOWN).map(|change| {
        let mut compared = traces(change, ("封存", "假如"));
        compared.title = format!("{} 的 {}", who(change), measure(change));
        compared
    });
    let facts = items(value, "/facts").iter().filter_map(Value::as_str);
    Answered {
        headline: format!(
            "{} 笔应付金额会变:合计由 {} 元变为 {} 元",
            crate::table::count(found.count),
            yuan(&text(value, "/before")),
            yuan(&text(value, "/after"))
        ),
        pairs: vec![
            ("封存摘要", text(value, "/seal")),
            ("改正的数据", facts.collect::<Vec<&str>>().join(";")),
        ],
        compared: compared.collect(),
        ..Answered::default()
    }
}

/// A payment that changes, as a row.
fn change(change: &Value) -> Vec<String> {
    vec![
        yuan(&text(change, "/before")),
        yuan(&text(change, "/after")),
        text(change, "/enterprise"),
        text(change, "/name"),
        measure(change),
    ]
}

fn sample(found: &First) -> Answered {
    let value = &found.value;
    Answered {
        headline: format!("抽出 {} 笔", crate::table::count(found.count)),
        pairs: vec![
            ("封存摘要", text(value, "/seal")),
            ("种子", text(value, "/seed")),
            ("每种风险最多", text(value, "/each")),
            ("接近门槛(千分之)", text(value, "/margin")),
        ],
        ..Answered::default()
    }
}

/// A sampled award as a row.
fn award(one: &Value) -> Vec<String> {
    let risk = |one: &Value| {
        let name = one.as_str().unwrap_or_default();
        let known = zhida_engine::replay::Risk::ALL.into_iter();
        let mut known = known.filter(|risk| {
            serde_json::to_value(risk).is_ok_and(|word| word.as_str() == Some(name))
        });
        known.next().map_or("", zhida_engine::replay::Risk::chinese)
    };
    let risks: Vec<&str> = items(one, "/risks").iter().map(risk).collect();
    let near = items(one, "/near").iter().filter_map(Value::as_str);
    vec![
        yuan(&text(one, "/amount")),
        risks.join("、"),
        near.collect::<Vec<&str>>().join("、"),
        text(one, "/enterprise"),
        text(one, "/name"),
        measure(one),
    ]
}

fn overlap(found: &First) -> Answered {
    Answered {
        headline: match found.count {
            0 => "没有发现重复".to_owned(),
            found => format!("{} 项编号支撑了不止一笔奖补", crate::table::count(found)),
        },
        tone: if found.count == 0 { "good" } else { "bad" },
        ..Answered::default()
    }
}

/// The uses of a thing behind several awards, a row each.
fn uses(overlap: &Value) -> Vec<Vec<String>> {
    let uses = items(overlap, "/uses").iter().map(|one| {
        // Of what is another bureau's nothing is told but that it is there.
        let place = match text(one, "/enterprise").is_empty() {
            true => String::new(),
            false => format!("{} 第 {} 条", text(one, "/period"), text(one, "/record")),
        };
        vec![
            format!("{}的{}", text(overlap, "/fact"), text(overlap, "/field")),
            text(overlap, "/value"),
            text(one, "/year"),
            text(one, "/enterprise"),
            text(one, "/name"),
            text(one, "/measure"),
            place,
        ]
    });
    uses.collect()
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_computed_by_a_spreadsheet_and_numbers_stay_numbers() {
        let formulas = [
            "=1+1",
            " =1+1",
            "\t=1",
            "＝cmd",
            "+86",
            "@a",
            "-1-2",
            "-a",
            "\u{2212}1",
        ];
        for text in formulas {
            assert_eq!(cell(text), format!("'{text}"), "{text:?}");
        }
        for text in ["-", "-1,200.50", "1,200.50", "", "甲公司", "a=b"] {
            assert_eq!(cell(text), text);
        }
    }
}
