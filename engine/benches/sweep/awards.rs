//! Funds, caps and groups over the measures of the province, as one more policy, and the check
//! that the payable list keeps within them.
//!
//! The list is read again from its file and added up here, by other code than wrote it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use arrow::array::{AsArray as _, RecordBatch, StringArray};
use arrow::datatypes::{Int32Type, Int64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};

use crate::tasks::Total;
use crate::workload::Pair;

/// How many of each there are.
const FUNDS: usize = 30;
const CAPS: usize = 40;
const GROUPS: usize = 60;

/// The measures of the nation and of the province come first; every enterprise meets them.
const UPPER: usize = 24;

/// The policy that holds the rules.
const POLICY: &str = "bench-rules";

/// What a fund does when it falls short, by turns.
const SHORT: [&str; 5] = [
    "不足时 按比例",
    "不足时 按先后 营业收入",
    "不足时 按排名 研发费用",
    "不足时 停发",
    "分配 按权重 从业人员",
];

/// The budgets of the funds in yuan.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Budgets(Vec<u64>);

impl Budgets {
    /// Half of what would be paid without rules, and of every other fund twice as much, so that
    /// about half of the funds fall short.
    pub(crate) fn of(totals: &[Total]) -> Result<Self> {
        let mut yuan = vec![0_u64; FUNDS];
        for total in totals {
            let number = total.id.rsplit('-').next().unwrap_or_default();
            let number: u64 = number.parse().context("a measure without a number")?;
            let fen: u64 = total.fen.parse()?;
            if let Some(sum) = yuan.get_mut(fund_of(number)) {
                *sum += fen / 100;
            }
        }
        let budget = |(number, claimed): (usize, u64)| {
            if falls_short(number) {
                claimed / 2
            } else {
                claimed * 2
            }
        };
        Ok(Self(yuan.into_iter().enumerate().map(budget).collect()))
    }

    /// Leaves them to the processes that come.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        fs::write(folder.join("budgets.json"), serde_json::to_string(self)?)?;
        Ok(())
    }

    /// The budgets that were left.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let text = fs::read_to_string(folder.join("budgets.json"));
        Ok(serde_json::from_str(&text.context("budgets.json")?)?)
    }
}

/// The first of each kind has half, the second twice of what it needs, and so on.
fn falls_short(fund: usize) -> bool {
    (fund / SHORT.len()).is_multiple_of(2)
}

fn fund_of(number: u64) -> usize {
    usize::try_from(number).map_or(0, |number| number % FUNDS)
}

/// The fund that a measure states.
pub(crate) fn statement(number: u64) -> String {
    format!("  资金 {POLICY}/fund-{}\n", fund_of(number))
}

/// A cap or a group over measures by their numbers.
struct Over {
    members: Vec<usize>,
    /// Fen, where the limit is the same for everybody.
    limit: Option<i64>,
    text: String,
}

impl Over {
    fn names(&self, pairs: &[Pair]) -> String {
        let pairs = self.members.iter().filter_map(|at| pairs.get(*at));
        let names: Vec<&str> = pairs.map(|pair| pair.id.as_str()).collect();
        names.join(", ")
    }
}

/// Two measures that every enterprise meets and one of forty of the others: every third pro rata,
/// every second a part of the revenue.
fn cap(number: usize, measures: usize) -> Over {
    let (first, second) = (number % UPPER, (number * 5 + 7) % UPPER);
    let others = (UPPER..measures).filter(|at| at % CAPS == number);
    let mut members = vec![first];
    members.extend((first != second).then_some(second));
    members.extend(others);
    members.retain(|at| *at < measures);
    let wan = 20 + 2 * number;
    let (limit, text) = if number.is_multiple_of(2) {
        let fen = i64::try_from(wan * 1_000_000).unwrap_or(i64::MAX);
        (Some(fen), format!("{wan}万元"))
    } else {
        (
            None,
            format!("最大(营业收入 * {}%, {wan}万元)", 1 + number % 3),
        )
    };
    Over {
        members,
        limit,
        text,
    }
}

/// Twelve pairs that every enterprise meets, then measures that follow each other, which are those
/// of one city and its counties.
fn group(number: usize, measures: usize) -> Over {
    let pairs = UPPER / 2;
    let mut members = if number < pairs {
        vec![number, number + pairs]
    } else {
        let first = UPPER + 5 * (number - pairs);
        (first..first + 5).collect()
    };
    members.retain(|at| *at < measures);
    Over {
        members,
        limit: None,
        text: String::new(),
    }
}

fn overs(count: usize, measures: usize, over: fn(usize, usize) -> Over) -> Vec<(usize, Over)> {
    let all = (0..count).map(|number| (number, over(number, measures)));
    all.filter(|(_, over)| over.members.len() > 1).collect()
}

/// The policy with the rules.
pub(crate) fn policy(pairs: &[Pair], budgets: &Budgets) -> (String, String) {
    let mut text = format!(
        "---\nid: {POLICY}\ntitle: 测速规则\nregion: \"42\"\neffective: 2025-01-01\n---\n\n\
         ## 第一条\n\n```zhida\n"
    );
    for ((number, budget), short) in budgets.0.iter().enumerate().zip(SHORT.iter().cycle()) {
        let _ = writeln!(text, "资金 fund-{number} \"资金\" 预算 {budget}元 {short}");
    }
    for (number, cap) in overs(CAPS, pairs.len(), cap) {
        let split = if number.is_multiple_of(3) {
            "按比例"
        } else {
            "按先后"
        };
        let names = cap.names(pairs);
        let limit = &cap.text;
        let _ = writeln!(text, "限额 cap-{number} = {limit} 适用 {names} {split}");
    }
    for (number, group) in overs(GROUPS, pairs.len(), group) {
        let names = group.names(pairs);
        let _ = writeln!(text, "就高 group-{number} 适用 {names}");
    }
    text.push_str("```\n");
    (format!("{POLICY}.md"), text)
}

/// What the awards of a list come to.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// Rows of the list.
    pub(crate) rows: u64,
    /// Fen as things stand, and fen that may be paid now.
    pub(crate) fen: (i64, i64),
    /// Enterprises whose awards reach a cap that is one amount.
    pub(crate) at_cap: u64,
    /// The greatest part of a budget that awards take, in thousandths.
    pub(crate) most: i64,
}

/// The rules as the check reads them.
struct Rules {
    /// By measure: the caps of one amount, and the group.
    caps: BTreeMap<String, Vec<usize>>,
    groups: BTreeMap<String, usize>,
    limits: Vec<i64>,
}

impl Rules {
    fn of(pairs: &[Pair]) -> Self {
        let (mut caps, mut groups) = (BTreeMap::<_, Vec<usize>>::new(), BTreeMap::new());
        let mut limits = Vec::new();
        for (_, over) in overs(CAPS, pairs.len(), cap) {
            let Some(limit) = over.limit else { continue };
            for pair in over.members.iter().filter_map(|at| pairs.get(*at)) {
                caps.entry(pair.id.clone()).or_default().push(limits.len());
            }
            limits.push(limit);
        }
        for (number, over) in overs(GROUPS, pairs.len(), group) {
            let members = over.members.iter().filter_map(|at| pairs.get(*at));
            groups.extend(members.map(|pair| (pair.id.clone(), number)));
        }
        Self {
            caps,
            groups,
            limits,
        }
    }
}

/// What one enterprise has so far.
#[derive(Default)]
struct Enterprise {
    uscc: String,
    caps: BTreeMap<usize, i64>,
    groups: BTreeMap<usize, u32>,
}

impl Enterprise {
    fn check(&self, rules: &Rules, listed: &mut Listed) -> Result<()> {
        let uscc = &self.uscc;
        let several = self.groups.iter().find(|(_, awards)| **awards > 1);
        ensure!(several.is_none(), "{uscc}: {several:?} awards of one group");
        for (cap, fen) in &self.caps {
            let limit = rules.limits.get(*cap).copied().unwrap_or_default();
            ensure!(*fen <= limit, "{uscc}: {fen} fen above the cap of {limit}");
            listed.at_cap += u64::from(*fen == limit);
        }
        Ok(())
    }
}

fn words<'a>(batch: &'a RecordBatch, name: &str) -> Result<Vec<Option<&'a str>>> {
    let column = batch.column_by_name(name).context("a column is missing")?;
    let words = column.as_dictionary_opt::<Int32Type>();
    let words = words.and_then(|words| words.downcast_dict::<StringArray>());
    Ok(words
        .context("not a column of words")?
        .into_iter()
        .collect())
}

/// A list while it is added up.
struct Sums<'a> {
    rules: &'a Rules,
    listed: Listed,
    /// By fund: fen as things stand, and fen that may be paid now.
    drawn: BTreeMap<String, (i64, i64)>,
    enterprise: Enterprise,
}

impl Sums<'_> {
    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let column = |name| batch.column_by_name(name).context("a column is missing");
        let fen = |name| anyhow::Ok(column(name)?.as_primitive::<Int64Type>().values());
        let usccs = column("uscc")?.as_string::<i32>().iter();
        let names = words(batch, "measure")?.into_iter();
        let names = usccs.zip(names.zip(words(batch, "fund")?));
        let money = fen("amount_fen")?.iter().zip(fen("payable_fen")?);
        for ((uscc, (measure, fund)), (amount, payable)) in names.zip(money) {
            let (uscc, measure) = uscc.zip(measure).context("a row without names")?;
            ensure!(payable <= amount, "{uscc}, {measure}: more than its amount");
            if uscc != self.enterprise.uscc {
                self.end_enterprise()?;
                uscc.clone_into(&mut self.enterprise.uscc);
            }
            for cap in self.rules.caps.get(measure).into_iter().flatten() {
                *self.enterprise.caps.entry(*cap).or_default() += amount;
            }
            if let Some(group) = self.rules.groups.get(measure) {
                *self.enterprise.groups.entry(*group).or_default() += u32::from(*amount > 0);
            }
            let fund = fund.context("an award without a fund")?;
            let sums = match self.drawn.get_mut(fund) {
                Some(sums) => sums,
                None => self.drawn.entry(fund.to_owned()).or_default(),
            };
            *sums = (sums.0 + amount, sums.1 + payable);
            self.listed.rows += 1;
        }
        Ok(())
    }

    fn end_enterprise(&mut self) -> Result<()> {
        let enterprise = std::mem::take(&mut self.enterprise);
        enterprise.check(self.rules, &mut self.listed)
    }

    fn finish(mut self, budgets: &Budgets) -> Result<Listed> {
        self.end_enterprise()?;
        for (number, yuan) in budgets.0.iter().enumerate() {
            let fund = format!("{POLICY}/fund-{number}");
            let (amount, payable) = self.drawn.remove(&fund).unwrap_or_default();
            let budget = i64::try_from(yuan * 100)?;
            ensure!(
                amount <= budget,
                "{fund}: {amount} fen of a budget of {budget}"
            );
            let listed = &mut self.listed;
            listed.fen = (listed.fen.0 + amount, listed.fen.1 + payable);
            listed.most = listed.most.max(amount * 1_000 / budget.max(1));
        }
        let drawn = self.drawn;
        ensure!(drawn.is_empty(), "there are no funds {drawn:?}");
        Ok(self.listed)
    }
}

/// Adds a list up and compares it with the budgets, the caps that are one amount, and the groups.
pub(crate) fn check(list: &Path, pairs: &[Pair], budgets: &Budgets) -> Result<Listed> {
    let rules = Rules::of(pairs);
    let mut sums = Sums {
        rules: &rules,
        listed: Listed::default(),
        drawn: BTreeMap::new(),
        enterprise: Enterprise::default(),
    };
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(list)?)?;
    let columns = ["uscc", "measure", "amount_fen", "payable_fen", "fund"];
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns);
    for batch in builder.with_projection(mask).build()? {
        sums.add(&batch?)?;
    }
    sums.finish(budgets)
}
