//! A data folder in which one payout waits in an open batch.

use serde_json::Value;

use super::{Place, Run};

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

/// A place on its way from the sweep to the batch.
pub(crate) struct Town {
    pub(crate) place: Place,
    /// The public key of the log.
    pub(crate) key: String,
}

impl Town {
    /// Plays the way up to the first line that begins like this.
    pub(crate) fn before(verb: &str) -> Self {
        Self::with(verb, |settings| settings)
    }

    /// The same with other settings of the bureau.
    pub(crate) fn with(verb: &str, settings: impl Fn(String) -> String) -> Self {
        Self::made(Place::new(), verb, settings)
    }

    /// The same with another policy.
    pub(crate) fn with_policy(verb: &str, policy: impl Fn(String) -> String) -> Self {
        let place = Place::new();
        place.write("政策.md", &policy(place.read("政策.md")));
        Self::made(place, verb, |settings| settings)
    }

    fn made(place: Place, verb: &str, settings: impl Fn(String) -> String) -> Self {
        let own = include_str!("../../../src/command/demo/bureau.toml");
        place.write("bureau.toml", &settings(own.to_owned()));
        for line in SWEEP {
            place.ends(0, &words(line));
        }
        let made = on(&place, 1, &["payout", "init", "bureau.toml"]);
        let key = made.last().unwrap()["public_key"].as_str().unwrap();
        let town = Self {
            key: key.to_owned(),
            place,
        };
        let way = MONTH.iter();
        for (day, line) in way.take_while(|(_, line)| !line.starts_with(verb)) {
            if line.contains("payees.csv") {
                town.place.write("payees.csv", &payees(&town.place));
            }
            on(&town.place, *day, &words(line));
        }
        town
    }

    /// Types a line on a day of 2026 and expects an exit code. `ID` stands for the payout.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, day: &str, line: &str) -> Run {
        let now = format!("2026-{day}T09:30:00+08:00");
        let line = if line.contains("ID") {
            line.replace("ID", &self.id())
        } else {
            line.to_owned()
        };
        let common = ["--policies", "政策.md", "--now", &now];
        self.place
            .ends(code, &[&words(&line)[..], &common].concat())
    }

    /// Types a line that must be done.
    #[track_caller]
    pub(crate) fn does(&self, day: &str, line: &str) -> Run {
        self.ends(0, day, line)
    }

    /// Types a line that must be done, and gives its JSON.
    #[track_caller]
    pub(crate) fn json(&self, day: &str, line: &str) -> Vec<Value> {
        self.does(day, &format!("{line} --json")).lines()
    }

    /// The one payout.
    #[track_caller]
    pub(crate) fn payout(&self) -> Value {
        let mut payouts = on(&self.place, 1, &["payout", "list"]);
        assert_eq!(payouts.len(), 1, "{payouts:?}");
        payouts.remove(0)
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.payout()["payout"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn stands_at(&self, state: &str) {
        assert_eq!(self.payout()["state"], state);
    }

    /// What an account of the one line stands at, in fen.
    #[track_caller]
    pub(crate) fn balance(&self, account: &str) -> i64 {
        let line = &on(&self.place, 1, &["payout", "lines"])[0];
        line["balances"][account].as_i64().unwrap_or(0)
    }

    /// The newest batch.
    #[track_caller]
    pub(crate) fn batch(&self) -> String {
        let batches = on(&self.place, 1, &["payout", "batches"]);
        let open = batches.iter().find(|batch| batch["state"] == "Open");
        let batch = open.or(batches.last()).unwrap();
        batch["id"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn is_clean(&self) {
        self.does("12-31", "verify");
    }
}

impl Batched {
    /// Plays the way from the sweep to the batch.
    pub(crate) fn new() -> Self {
        let town = Town::before("nothing");
        let payout = town.payout();
        let text = |name: &str| payout[name].as_str().unwrap().to_owned();
        Self {
            payout: text("payout"),
            total: text("amount"),
            batch: town.batch(),
            key: town.key,
            place: town.place,
        }
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

/// A made-up account under the registered name of each enterprise.
fn payees(place: &Place) -> String {
    let waiting = on(place, 9, &["payout", "list"]);
    assert!(!waiting.is_empty());
    let (uscc, name) = (super::GROWN, "增长企业");
    format!(
        "uscc,name,account,cnaps,bank\n\
         {uscc},{name},3500000000000000017,102100099996,中国工商银行总行清算中心\n"
    )
}
