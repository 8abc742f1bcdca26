//! A data folder in which one payout waits in an open batch.

use serde_json::Value;

use super::Place;

/// The moment at which the batch is made; the head of the log is signed then, too.
pub(crate) const NOW: [&str; 2] = ["--now", "2026-07-10T09:30:00+08:00"];

/// A place where the award of the grown enterprise is in a batch.
pub(crate) struct Batched {
    pub(crate) place: Place,
    /// The public key of the log.
    pub(crate) key: String,
    /// The payout.
    pub(crate) payout: String,
    /// The batch.
    pub(crate) batch: String,
    /// What it comes to, in yuan.
    pub(crate) total: String,
}

/// Types a line on a day of July 2026; the JSON that comes out.
#[track_caller]
pub(crate) fn on(place: &Place, day: u8, words: &[&str]) -> Vec<Value> {
    let now = format!("2026-07-{day:02}T09:30:00+08:00");
    let common = ["--policies", "政策.md", "--now", &now, "--json"];
    place.ends(0, &[words, &common].concat()).lines()
}

/// From the enterprises to the sweep.
const SWEEP: [&str; 2] = [
    "import 企业.csv --year 2025 --as-of 2026-06-30 -o snap --policies 政策.md",
    "sweep --snapshot snap --out swept --policies 政策.md",
];

/// From the grant to the batch, by days of July.
const MONTH: &[(u8, &str)] = &[
    (
        1,
        "payout grant 2026惠企资金 1000000 --document 甲字1号 --as jingban",
    ),
    (1, "payout sign --all --as fuhe"),
    (
        1,
        "payout take swept --snapshot snap --settings bureau.toml --as jingban",
    ),
    (1, "payout propose --all --as jingban"),
    (
        1,
        "payout check swept --snapshot snap --settings bureau.toml --as fuhe",
    ),
    (1, "payout approve --all --as shenpi1"),
    (
        1,
        "payout notice --all --settings bureau.toml --out notices --as jingban",
    ),
    (9, "payout tick"),
    (9, "payout payee payees.csv --as jingban"),
    (9, "payout sign --all --as fuhe"),
    (9, "payout confirm --all --each-enterprise --as bangban"),
    (
        10,
        "payout batch --all --payer 零余额 --date 2026-07-10 --as zhifu1",
    ),
];

impl Batched {
    /// Plays the way from the sweep to the batch.
    pub(crate) fn new() -> Self {
        let place = Place::new();
        place.write(
            "bureau.toml",
            include_str!("../../../src/command/demo/bureau.toml"),
        );
        for line in SWEEP {
            place.ends(0, &words(line));
        }
        let made = on(&place, 1, &["payout", "init", "bureau.toml"]);
        let key = made.last().unwrap()["public_key"]
            .as_str()
            .unwrap()
            .to_owned();
        for (day, line) in MONTH {
            if line.contains("payees.csv") {
                place.write("payees.csv", &payees(&place));
            }
            on(&place, *day, &words(line));
        }
        let batches = on(&place, 10, &["payout", "batches"]);
        let payout = on(&place, 10, &["payout", "list"]).remove(0);
        let text = |name: &str| payout[name].as_str().unwrap().to_owned();
        Self {
            key,
            payout: text("payout"),
            total: text("amount"),
            batch: batches[0]["id"].as_str().unwrap().to_owned(),
            place,
        }
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A made-up account under the registered name of each enterprise.
fn payees(place: &Place) -> String {
    let waiting = on(place, 9, &["payout", "list"]);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let (uscc, name) = (super::GROWN, "增长企业");
    format!(
        "uscc,name,account,cnaps,bank\n\
         {uscc},{name},3500000000000000017,102100099996,中国工商银行总行清算中心\n"
    )
}
