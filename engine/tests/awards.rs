//! Golden cases of settlements: each file of `tests/awards` holds a policy, enterprises, what was
//! paid, a calculation by hand in words and the awards that it comes to.
//!
//! The files go the whole way: policy text, check, snapshot, sweep, settlement, explanation.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock};

use zhida_engine::awards::{
    Award, Claim, InterpreterReadings, Payments, Settled, Settlement, Standing, settle,
};
use zhida_engine::explain::award_steps;
use zhida_engine::interpreter::{Context, Interpreter};
use zhida_engine::snapshot::{
    Cell, ColumnKey, EnterpriseRow, Ledger, LedgerEntry, Snapshot, SnapshotBuilder,
};
use zhida_engine::sweep::{SweepControl, SweepOptions, sweep};
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::load::read_vocabulary;
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::library::Library;
use zhida_policies::values::{Codes, Date, Money, Period, PeriodKind};
use zhida_policies::vocabulary::{FactType, Vocabulary};

const CONTEXT: Context = Context {
    year: 2025,
    as_of: Date::constant(2025, 12, 31),
};

static CODES: LazyLock<Arc<Codes>> = LazyLock::new(|| Arc::new(Codes::built_in().unwrap()));

static VOCABULARY: LazyLock<Arc<Vocabulary>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library");
    read_vocabulary(&root.join("vocabulary.toml")).unwrap()
});

#[test]
fn every_case_comes_to_what_was_worked_out_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/awards");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() >= 15);
    let mut wrong = String::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let difference = run(&text);
        if !difference.is_empty() {
            write!(wrong, "\n{}\n{difference}", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The rows of a Markdown table, each by the heads of its columns.
type Rows = Vec<BTreeMap<String, String>>;

/// The text below a heading, up to the next.
fn section<'t>(text: &'t str, heading: &str) -> Option<&'t str> {
    let start = text.find(&format!("\n## {heading}"))?;
    let below = &text[start + 1..];
    let below = &below[below.find('\n').unwrap_or(below.len())..];
    Some(&below[..below.find("\n## ").unwrap_or(below.len())])
}

fn table(text: &str, heading: &str) -> Rows {
    let Some(below) = section(text, heading) else {
        return Vec::new();
    };
    let cells = |line: &str| -> Vec<String> {
        let inner = line.trim().trim_matches('|');
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let mut lines = below.lines().filter(|line| line.starts_with('|'));
    let heads = lines.next().map(cells).unwrap_or_default();
    let rows = lines.filter(|line| !line.contains("---"));
    rows.map(|line| heads.iter().cloned().zip(cells(line)).collect())
        .collect()
}

fn run(text: &str) -> String {
    let policy = PolicyText {
        path: "case.md".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let library = check(
        vec![policy],
        Arc::clone(&VOCABULARY),
        Arc::clone(&CODES),
        CheckOptions::default(),
    );
    let mut faults = library
        .faults
        .iter()
        .filter(|fault| !fault.code.is_warning());
    if let Some(fault) = faults.next() {
        return format!("{fault:?}");
    }
    let snapshot = snapshot(text, &library);
    let claims = claims(&snapshot, &library);
    let payments = Payments::of(&snapshot, &library);
    let readings = InterpreterReadings::new(&library, &snapshot, CONTEXT);
    let settlement = Settlement {
        library: &library,
        context: CONTEXT,
        payments: &payments,
        readings: &readings,
    };
    let settled = settle(&settlement, &claims).unwrap();
    let mut wrong = compare(text, "应得", &awards(&settled, &snapshot, &library));
    wrong += &compare(text, "资金结果", &funds(&settled, &library));
    wrong += &compare_explanation(text, &settled, &snapshot, &library);
    wrong
}

fn snapshot(text: &str, library: &Library) -> Snapshot {
    let rows = table(text, "企业");
    let mut builder = SnapshotBuilder::new(Arc::clone(&VOCABULARY), CONTEXT.year, None);
    let heads: Vec<&String> = rows[0].keys().filter(|head| *head != "企业").collect();
    let region = VOCABULARY.find("region").unwrap();
    let mut keys = vec![ColumnKey {
        fact: region,
        period: Period::Status,
    }];
    for head in &heads {
        let (name, year) = head.split_once('@').unwrap_or((head, "2025"));
        let fact = VOCABULARY.find(name).unwrap_or_else(|| panic!("{name}"));
        let period = match VOCABULARY.fact(fact).period {
            PeriodKind::None => Period::Status,
            PeriodKind::Year => Period::Year(year.parse().unwrap()),
            PeriodKind::Quarter | PeriodKind::Month => panic!("{name}"),
        };
        keys.push(ColumnKey { fact, period });
    }
    for key in &keys {
        builder.add_column(*key).unwrap();
    }
    for row in &rows {
        let facts = heads.iter().zip(&keys[1..]);
        let facts =
            facts.map(|(head, key)| cell(&row[*head], &VOCABULARY.fact(key.fact).fact_type));
        let mut cells = vec![Cell::Text(Arc::from("420606"))];
        cells.extend(facts);
        let uscc = row["企业"].clone();
        let row = EnterpriseRow {
            uscc,
            cells,
            ..EnterpriseRow::default()
        };
        builder.push(&row).unwrap();
    }
    let paid = table(text, "已付");
    let entry = |row: &BTreeMap<String, String>| LedgerEntry {
        uscc: Arc::from(&*row["企业"]),
        measure: measure(&row["事项"], library),
        award_year: row["年度"].parse().unwrap(),
        paid_on: Date::constant(2025, 6, 30),
        amount: row["金额"].parse().unwrap(),
    };
    builder.set_ledger(Ledger::new(paid.iter().map(entry).collect(), String::new()).unwrap());
    builder.finish().unwrap()
}

fn measure(id: &str, library: &Library) -> MeasureRef {
    let id = format!("{}/{id}", library.policies[0].id);
    library
        .measure(&id)
        .unwrap_or_else(|| panic!("{id}"))
        .id
        .clone()
}

fn cell(text: &str, fact_type: &FactType) -> Cell {
    match (text, fact_type) {
        ("" | "缺", _) => Cell::Missing,
        (_, FactType::Money) => Cell::Money(text.parse().unwrap()),
        (_, FactType::Number) => Cell::Number(text.parse().unwrap()),
        ("是", FactType::Boolean) => Cell::Boolean(true),
        ("否", FactType::Boolean) => Cell::Boolean(false),
        (_, FactType::Date) => Cell::Date(text.parse().unwrap()),
        (_, FactType::Text) => Cell::Text(Arc::from(text)),
        (_, other) => panic!("{text}: {other:?}"),
    }
}

fn claims(snapshot: &Snapshot, library: &Library) -> Vec<Claim> {
    let mut claims = Vec::new();
    let control = SweepControl {
        cancel: &AtomicBool::new(false),
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    let options = SweepOptions::new(CONTEXT);
    sweep(snapshot, library, options, control, &mut |records| {
        claims.extend(records.iter().filter_map(Claim::of_record));
        Ok(())
    })
    .unwrap();
    claims
}

/// The rows expected and found, where they differ.
fn compare(text: &str, heading: &str, found: &Rows) -> String {
    let expected = table(text, heading);
    let Some(first) = expected.first() else {
        return String::new();
    };
    let found: Rows = found
        .iter()
        .map(|row| {
            first
                .keys()
                .map(|head| (head.clone(), row[head].clone()))
                .collect()
        })
        .collect();
    if found == expected {
        return String::new();
    }
    format!("{heading}\n  手算 {expected:#?}\n  算得 {found:#?}\n")
}

fn row<const N: usize>(cells: [(&str, String); N]) -> BTreeMap<String, String> {
    cells
        .into_iter()
        .map(|(head, text)| (head.to_owned(), text))
        .collect()
}

fn short(award: &Award, library: &Library) -> String {
    let id = &library.measures[usize::try_from(award.measure).unwrap()]
        .id
        .0;
    id.rsplit('/').next().unwrap().to_owned()
}

fn awards(settled: &Settled, snapshot: &Snapshot, library: &Library) -> Rows {
    let awards = settled.awards.iter();
    let awards = awards.map(|award| {
        let measure = &library.measures[usize::try_from(award.measure).unwrap()];
        let range = match (award.least, award.greatest) {
            (least, greatest) if least == greatest => String::new(),
            (least, Money::MAX) => format!("{least}..不限"),
            (least, greatest) => format!("{least}..{greatest}"),
        };
        let standing = match award.standing() {
            Standing::Final => "确定",
            Standing::MayRise => "可增",
            Standing::MayFall => "可减",
            Standing::Open => "待定",
        };
        let parts = |parts: Vec<Money>| {
            let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            parts.join(" + ")
        };
        let instalments = award.instalments(measure);
        row([
            (
                "企业",
                snapshot
                    .uscc(usize::try_from(award.row).unwrap())
                    .to_owned(),
            ),
            ("事项", short(award, library)),
            ("算得", award.base.to_string()),
            ("应得", award.amount.to_string()),
            ("可付", award.payable().to_string()),
            ("范围", range),
            ("状态", standing.to_owned()),
            (
                "原因",
                award
                    .reason
                    .map_or_else(String::new, |reason| reason.code().to_string()),
            ),
            (
                "分期",
                parts(instalments.iter().map(|part| part.amount).collect()),
            ),
            ("分担", parts(award.shares(measure))),
        ])
    });
    awards.collect()
}

fn funds(settled: &Settled, library: &Library) -> Rows {
    let funds = settled.funds.iter();
    let funds = funds.map(|fund| {
        let id = &library.funds[usize::try_from(fund.fund).unwrap()].id.0;
        row([
            ("资金", id.rsplit('/').next().unwrap().to_owned()),
            ("预算", fund.budget.to_string()),
            ("已付", fund.paid.to_string()),
            ("申报", fund.claimed.to_string()),
            ("发放", fund.granted.to_string()),
            ("结余", fund.left.to_string()),
            ("待定", fund.open.to_string()),
        ])
    });
    funds.collect()
}

/// The explanation of one award, where the file shows it: `## 说明 企业 事项`.
fn compare_explanation(
    text: &str,
    settled: &Settled,
    snapshot: &Snapshot,
    library: &Library,
) -> String {
    let Some(start) = text.find("\n## 说明 ") else {
        return String::new();
    };
    let names = text[start..].trim_start().lines().next().unwrap();
    let names: Vec<&str> = names.split(' ').collect();
    let below = section(text, "说明").unwrap();
    let expected = below
        .split("```text\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let row = snapshot.find(names[2]).unwrap();
    let id = measure(names[3], library);
    let place = library.measure_index[&id];
    let number = |place: usize| u32::try_from(place).unwrap();
    let award = settled.find(number(row), number(place)).unwrap();
    let whose = |row: u32| snapshot.uscc(usize::try_from(row).unwrap()).to_owned();
    let steps = award_steps(library, settled, award, &whose);
    let explanation =
        Interpreter::new(library).explain(&library.measures[place], &snapshot.row(row), CONTEXT);
    let found = explanation.continued(steps).to_string();
    if found == expected {
        return String::new();
    }
    format!("说明\n手算\n{expected}\n算得\n{found}\n")
}
