//! Random enterprises: missing facts, extremes, empty lists, equal keys.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use zhida_engine::snapshot::{
    Cell, ColumnKey, EnterpriseRow, FiniteDecimal, Ledger, LedgerEntry, Shape, Snapshot,
    SnapshotBuilder, shape,
};
use zhida_policies::measure::MeasureRef;
use zhida_policies::values::{Money, Period, PeriodKind};
use zhida_policies::vocabulary::Vocabulary;

struct Draw {
    random: ChaCha8Rng,
    /// Whether numbers are so different that no scale holds them all.
    loose: bool,
    missing_percent: u32,
}

impl Draw {
    fn below(&mut self, count: u32) -> u32 {
        self.random.next_u32() % count
    }

    fn fen(&mut self) -> i64 {
        match self.below(12) {
            0 => 0,
            1 => 1,
            2 => -1,
            3 => i64::MAX,
            4 => i64::MIN,
            5 => 100_000_000,
            6 => 99_999_999,
            7 => -i64::from(self.below(1_000_000_000)),
            8 => i64::from(self.below(1_000)),
            _ => i64::from(self.below(2_000_000_000)),
        }
    }

    fn number(&mut self) -> FiniteDecimal {
        let text = match self.below(10) {
            0 => "0".to_owned(),
            1 => "-1".to_owned(),
            2 => "0.5".to_owned(),
            3 => "12".to_owned(),
            4 if self.loose => "0.0000000000000000000000000000000001".to_owned(),
            5 if self.loose => "9".repeat(38),
            6 => "123456789012345678901".to_owned(),
            7 => format!("0.{:04}", self.below(10_000)),
            _ => self.below(50).to_string(),
        };
        text.parse().unwrap()
    }

    fn word(&mut self, name: &str) -> &'static str {
        let words: &[&str] = match name {
            "region" => &[
                "420602", "420606", "4206", "420500", "110101", "999999", "420684",
            ],
            "industry" | "branch" | "门类" => &["C", "C1311", "F5112", "F5211", "A0111", "Z"],
            "级别" => &["甲", "乙"],
            _ => &["甲", "乙", "丙", "设备", "设", "Ab", "12", ""],
        };
        words[self.below(words.len() as u32) as usize]
    }

    fn cell(&mut self, name: &str, shape: &Shape) -> Cell {
        if self.below(100) < self.missing_percent {
            return Cell::Missing;
        }
        match shape {
            Shape::Money => Cell::Money(Money::from_fen(self.fen())),
            Shape::Number => Cell::Number(self.number()),
            Shape::Boolean => Cell::Boolean(self.below(2) == 0),
            Shape::Date => {
                let dates = [
                    "2024-02-29",
                    "2024-01-31",
                    "1999-12-31",
                    "9999-12-31",
                    "2025-06-30",
                ];
                Cell::Date(dates[self.below(5) as usize].parse().unwrap())
            }
            Shape::Text if name == "level" => {
                Cell::Text(Arc::from(["甲", "乙", "丙"][self.below(3) as usize]))
            }
            Shape::Text => Cell::Text(Arc::from(self.word(name))),
            Shape::Set(members) => {
                let places = 0..members.len();
                Cell::Set(places.filter(|_| self.below(2) == 0).collect())
            }
            Shape::Records(fields) => {
                let count = self.below(4);
                let mut record = || -> Vec<Cell> {
                    fields
                        .iter()
                        .map(|(name, shape)| self.cell(name, shape))
                        .collect()
                };
                Cell::Records((0..count).map(|_| record()).collect())
            }
        }
    }
}

fn keys(vocabulary: &Vocabulary) -> Vec<ColumnKey> {
    let mut keys = Vec::new();
    for (fact, declared) in vocabulary.facts() {
        let periods = match declared.period {
            PeriodKind::None => vec![Period::Status],
            PeriodKind::Year => (2022..=2026).map(Period::Year).collect(),
            PeriodKind::Quarter => (1..=8)
                .map(|quarter| {
                    Period::Quarter(2024 + i32::from(quarter > 4), (quarter - 1) % 4 + 1)
                })
                .collect(),
            PeriodKind::Month => (1..=24)
                .map(|month| Period::Month(2024 + i32::from(month > 12), (month - 1) % 12 + 1))
                .collect(),
        };
        keys.extend(periods.into_iter().map(|period| ColumnKey { fact, period }));
    }
    keys
}

/// A snapshot, and the same from rows in a random order.
pub(crate) fn pair(seed: u64, vocabulary: &Arc<Vocabulary>, count: usize) -> (Snapshot, Snapshot) {
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    let loose = random.next_u32() % 3 == 0;
    let missing_percent = [1, 6, 30][random.next_u32() as usize % 3];
    let mut draw = Draw {
        random,
        loose,
        missing_percent,
    };
    // Now and then nobody has delivered a fact at all.
    let mut keys = keys(vocabulary);
    keys.retain(|_| draw.below(40) != 0);
    let rows: Vec<EnterpriseRow> = (0..count)
        .map(|number| EnterpriseRow {
            uscc: format!("{number:018}"),
            name: String::new(),
            source: None,
            cells: keys
                .iter()
                .map(|key| {
                    let fact = vocabulary.fact(key.fact);
                    draw.cell(&fact.id, &shape(&fact.fact_type))
                })
                .collect(),
        })
        .collect();
    let mut entries = Vec::new();
    for number in 0..count {
        if draw.below(5) == 0 {
            entries.push(LedgerEntry {
                uscc: Arc::from(format!("{number:018}")),
                measure: MeasureRef(Arc::from(format!("p/m{}", draw.below(20)))),
                award_year: 2024 + (draw.below(2) as i32),
                paid_on: ["2024-06-30", "2024-12-31", "2025-01-01"][draw.below(3) as usize]
                    .parse()
                    .unwrap(),
                amount: Money::from_fen(i64::from(draw.below(3)) * 100),
            });
        }
    }
    let ledger = Ledger::new(entries, String::new()).unwrap();
    let build = |rows: &mut dyn Iterator<Item = &EnterpriseRow>| {
        let mut builder = SnapshotBuilder::new(Arc::clone(vocabulary), 2025, None);
        for key in &keys {
            builder.add_column(*key).unwrap();
        }
        rows.for_each(|row| builder.push(row).unwrap());
        builder.set_ledger(ledger.clone());
        builder.finish().unwrap()
    };
    let mut shuffled: Vec<&EnterpriseRow> = rows.iter().collect();
    for place in (1..shuffled.len()).rev() {
        shuffled.swap(place, draw.below(place as u32 + 1) as usize);
    }
    (build(&mut rows.iter()), build(&mut shuffled.into_iter()))
}
