//! Forecasts worked out by hand, and what must hold of every forecast and comparison.
//!
//! Four enterprises, all 规上. Awards in fen:
//!
//! | | region | industry | revenue | power | scale 1 % | entry 3 yuan | power |
//! |---|---|---|---|---|---|---|---|
//! | A | 420606 | C | 1000.00 | 7 | 1000 | 300 | 700 |
//! | B | 420602 | C | unknown | unknown | open, unbounded | 300 | open, unbounded |
//! | C | 429004 | I | 500.00 | 9 | 500 | − | − |
//! | D | unknown | unknown | 200.00 | 9 | 200 | open, 0 to 300 | − |
//!
//! As things stand 3000; at the least the same; at the most 3300, and two awards without bound.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use zhida_policies::check::{CheckOptions, PolicyText, check};
use zhida_policies::values::{Date, Money, Period};

use super::*;
use crate::snapshot::tests::vocabulary;
use crate::snapshot::{Cell, ColumnKey, EnterpriseRow, SnapshotBuilder};
use crate::sweep::TotalFen;

pub(crate) const BEFORE: &str = include_str!("tests/before.md");
pub(crate) const AFTER: &str = include_str!("tests/after.md");

pub(crate) const CONTEXT: Context = Context {
    year: 2025,
    as_of: Date::constant(2025, 12, 31),
};

/// Code, region, industry, revenue in fen, electricity of March, 规上企业.
pub(crate) type Enterprise<'a> = (
    &'a str,
    Option<&'a str>,
    Option<&'a str>,
    Option<i64>,
    Option<u16>,
    Option<bool>,
);

pub(crate) const FOUR: [Enterprise<'static>; 4] = [
    (
        "A",
        Some("420606"),
        Some("C1311"),
        Some(100_000),
        Some(7),
        Some(true),
    ),
    ("B", Some("420602"), Some("C1311"), None, None, Some(true)),
    (
        "C",
        Some("429004"),
        Some("I6511"),
        Some(50_000),
        Some(9),
        Some(true),
    ),
    ("D", None, None, Some(20_000), Some(9), Some(true)),
];

pub(crate) fn library(text: &str) -> Library {
    let text = PolicyText {
        path: "trial.md".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let codes = Arc::new(Codes::built_in().unwrap());
    let library = check(vec![text], vocabulary(), codes, CheckOptions::default());
    assert!(!library.has_faults(), "{:#?}", library.faults);
    library
}

pub(crate) fn snapshot(enterprises: &[Enterprise<'_>]) -> Snapshot {
    let vocabulary = vocabulary();
    let mut builder = SnapshotBuilder::new(Arc::clone(&vocabulary), 2025, None);
    for (name, period) in [
        ("region", Period::Status),
        ("industry", Period::Status),
        ("revenue", Period::Year(2025)),
        ("electricity", Period::Month(2025, 3)),
        ("above_scale", Period::Status),
    ] {
        let fact = vocabulary.find(name).unwrap();
        builder.add_column(ColumnKey { fact, period }).unwrap();
    }
    for (uscc, region, industry, revenue, electricity, above) in enterprises {
        let text =
            |text: &Option<&str>| text.map_or(Cell::Missing, |text| Cell::Text(Arc::from(text)));
        let cells = vec![
            text(region),
            text(industry),
            revenue.map_or(Cell::Missing, |fen| Cell::Money(Money::from_fen(fen))),
            electricity.map_or(Cell::Missing, |power| {
                Cell::Number(power.to_string().parse().unwrap())
            }),
            above.map_or(Cell::Missing, Cell::Boolean),
        ];
        let row = EnterpriseRow {
            uscc: (*uscc).to_owned(),
            cells,
            ..EnterpriseRow::default()
        };
        builder.push(&row).unwrap();
    }
    builder.finish().unwrap()
}

fn priced<'a>(snapshot: &Snapshot, library: &'a Library) -> Priced<'a> {
    let cancel = AtomicBool::new(false);
    let control = SweepControl {
        cancel: &cancel,
        on_progress: &mut |_| {},
        on_write: &|_| {},
    };
    let options = SweepOptions {
        threads: Some(1),
        ..SweepOptions::new(CONTEXT)
    };
    Priced::new(snapshot, library, options, control).unwrap()
}

fn scope<'a>(snapshot: &'a Snapshot, library: &'a Library) -> Scope<'a> {
    Scope {
        snapshot,
        codes: &library.codes,
        context: CONTEXT,
        sizes: SizeClasses::find(library, "企业规模"),
    }
}

/// Key, amount, least, greatest in fen, unbounded, open.
type Line<'a> = (&'a str, i128, i128, i128, u64, u64);

fn lines(forecast: &Forecast, dimension: Dimension) -> Vec<Line<'_>> {
    let table = forecast
        .tables
        .iter()
        .find(|one| one.dimension == dimension);
    let lines = table.unwrap().lines.iter();
    lines
        .map(|line| line_of(&line.head.key, &line.amounts))
        .collect()
}

fn line_of<'a>(key: &'a str, amounts: &Amounts) -> Line<'a> {
    let fen = [amounts.amount, amounts.least, amounts.greatest].map(TotalFen::fen);
    (key, fen[0], fen[1], fen[2], amounts.unbounded, amounts.open)
}

/// What is awarded where nobody knows the place or the industry.
const NOWHERE: Line<'static> = ("", 200, 200, 500, 0, 1);

/// What the four come to, line by line.
const BY_DIMENSION: [(Dimension, &[Line<'static>]); 9] = [
    (
        Dimension::Measure,
        &[
            ("trial/entry", 600, 600, 900, 0, 1),
            ("trial/power", 700, 700, 700, 1, 1),
            ("trial/scale", 1700, 1700, 1700, 1, 1),
        ],
    ),
    (
        Dimension::Fund,
        &[
            ("trial/power-fund", 700, 700, 700, 1, 1),
            ("", 2300, 2300, 2600, 1, 2),
        ],
    ),
    (
        Dimension::Province,
        &[("42", 2800, 2800, 2800, 2, 2), NOWHERE],
    ),
    (
        Dimension::City,
        &[
            ("4206", 2300, 2300, 2300, 2, 2),
            ("4290", 500, 500, 500, 0, 0),
            NOWHERE,
        ],
    ),
    (
        Dimension::County,
        &[
            ("420602", 300, 300, 300, 2, 2),
            ("420606", 2000, 2000, 2000, 0, 0),
            ("429004", 500, 500, 500, 0, 0),
            NOWHERE,
        ],
    ),
    (
        Dimension::Section,
        &[
            ("C", 2300, 2300, 2300, 2, 2),
            ("I", 500, 500, 500, 0, 0),
            NOWHERE,
        ],
    ),
    (
        Dimension::Division,
        &[
            ("C13", 2300, 2300, 2300, 2, 2),
            ("I65", 500, 500, 500, 0, 0),
            NOWHERE,
        ],
    ),
    (
        Dimension::Size,
        &[
            ("大型", 2000, 2000, 2000, 0, 0),
            ("小型", 700, 700, 1000, 0, 1),
            ("", 300, 300, 300, 2, 2),
        ],
    ),
    // 60 % of 1700 in 2026, 40 % after 2026 has shown whether revenue grew; power after March.
    (
        Dimension::Month,
        &[
            ("2025-04", 700, 700, 700, 1, 1),
            ("2026", 1020, 1020, 1020, 1, 1),
            ("2027", 680, 680, 680, 0, 0),
            ("", 600, 600, 900, 0, 1),
        ],
    ),
];

#[test]
fn four_enterprises_by_every_dimension() {
    let (snapshot, library) = (snapshot(&FOUR), library(BEFORE));
    let priced = priced(&snapshot, &library);
    let forecast = Forecast::new(&scope(&snapshot, &library), &priced, &Dimension::ALL);
    assert_eq!(line_of("", &forecast.whole), ("", 3000, 3000, 3300, 2, 3));
    for (dimension, expected) in BY_DIMENSION {
        assert_eq!(lines(&forecast, dimension), expected, "{dimension:?}");
    }
}

#[test]
fn money_falls_due_when_what_it_rests_on_is_over() {
    // The measure, what is rewritten, into what, and when each instalment falls due.
    let cases: [(&str, &str, &str, &[Due]); 7] = [
        ("trial/scale", "", "", &[Due::Year(2026), Due::Year(2027)]),
        (
            "trial/scale",
            " 若 营业收入@次年 > 营业收入",
            "",
            &[Due::Year(2026), Due::Unstated],
        ),
        (
            "trial/scale",
            "营业收入@次年 > ",
            "营业收入@年+2 > ",
            &[Due::Year(2026), Due::Year(2028)],
        ),
        ("trial/entry", "", "", &[Due::Unstated]),
        (
            "trial/entry",
            "周期 一次性",
            "周期 每3年",
            &[Due::Year(2026)],
        ),
        (
            "trial/power",
            "用电量@3月",
            "用电量@10月..12月",
            &[Due::Month(2026, 1)],
        ),
        // Another year's months do not say when this year's award falls due.
        (
            "trial/power",
            "用电量@3月",
            "用电量@上年3月",
            &[Due::Unstated],
        ),
    ];
    for (id, old, new, expected) in cases {
        let text = if old.is_empty() {
            BEFORE.to_owned()
        } else {
            BEFORE.replace(old, new)
        };
        let library = library(&text);
        let measure = library.measure(id).unwrap();
        assert_eq!(due(measure, 2025), expected, "{id} {new}");
    }
}

#[test]
fn a_division_that_is_known_only_in_part_is_said_to_be() {
    let library = library(BEFORE);
    let row = ("A", Some("42"), Some("C"), Some(100_000), None, Some(true));
    let snapshot = snapshot(&[row]);
    let dimensions = [Dimension::City, Dimension::Division];
    let forecast = Forecast::new(
        &scope(&snapshot, &library),
        &priced(&snapshot, &library),
        &dimensions,
    );
    let names: Vec<&str> = forecast
        .tables
        .iter()
        .flat_map(|table| &table.lines)
        .map(|line| line.head.name.as_str())
        .collect();
    assert_eq!(names, ["湖北省(未到市级)", "制造业(未到大类)"]);
}

#[test]
fn without_a_definition_no_size_is_guessed() {
    let (snapshot, library) = (snapshot(&FOUR), library(BEFORE));
    let scope = Scope {
        sizes: SizeClasses::find(&library, "单位规模"),
        ..scope(&snapshot, &library)
    };
    let forecast = Forecast::new(&scope, &priced(&snapshot, &library), &[Dimension::Size]);
    assert_eq!(
        lines(&forecast, Dimension::Size),
        [("", 3000, 3000, 3300, 2, 3)]
    );
}

/// Key, change in fen, winners and by how much, losers and by how much, unchanged.
type Moves<'a> = (&'a str, i128, (u64, i128), (u64, i128), u64);

fn moves_of<'a>(key: &'a str, one: &Difference) -> Moves<'a> {
    let moved = |moved: Moved| (moved.enterprises, moved.amount.fen());
    (
        key,
        one.change().fen(),
        moved(one.winners),
        moved(one.losers),
        one.unchanged,
    )
}

/// The draft pays 2 % and drops the entry award: A gets 1000 more and 300 less, B 300 less, C 500
/// and D 200 more.
#[test]
fn a_draft_beside_what_is_in_force() {
    let snapshot = snapshot(&FOUR);
    let (old, new) = (library(BEFORE), library(AFTER));
    let (before, after) = (priced(&snapshot, &old), priced(&snapshot, &new));
    let comparison = Comparison::new(&scope(&snapshot, &old), &before, &after, &Dimension::ALL);
    assert_eq!(
        moves_of("", &comparison.whole),
        ("", 1100, (3, 1400), (1, 300), 0)
    );
    let of = |dimension| -> (Vec<Moves<'_>>, u64) {
        let mut tables = comparison.tables.iter();
        let table = tables.find(|one| one.dimension == dimension).unwrap();
        let lines = table.lines.iter();
        let lines = lines.map(|line| moves_of(&line.head.key, &line.difference));
        (lines.collect(), table.same)
    };
    assert_eq!(
        of(Dimension::Measure),
        (
            vec![
                ("trial/entry", -600, (0, 0), (2, 600), 0),
                ("trial/scale", 1700, (3, 1700), (0, 0), 0),
            ],
            1
        )
    );
    assert_eq!(
        of(Dimension::County),
        (
            vec![
                ("420602", -300, (0, 0), (1, 300), 0),
                ("420606", 700, (1, 700), (0, 0), 0),
                ("429004", 500, (1, 500), (0, 0), 0),
                ("", 200, (1, 200), (0, 0), 0),
            ],
            0
        )
    );
    assert_eq!(
        of(Dimension::Size),
        (
            vec![
                ("大型", 700, (1, 700), (0, 0), 0),
                ("小型", 700, (2, 700), (0, 0), 0),
                ("", -300, (0, 0), (1, 300), 0),
            ],
            0
        )
    );
}

fn sum<'a>(amounts: impl Iterator<Item = &'a Amounts>) -> [i128; 3] {
    amounts.fold([0; 3], |sum, one| {
        let [amount, least, greatest] = sum;
        [
            amount + one.amount.fen(),
            least + one.least.fen(),
            greatest + one.greatest.fen(),
        ]
    })
}

/// Comparisons of any enterprises; an unknown is as likely as any value.
pub(crate) fn enterprises() -> impl Strategy<Value = Vec<Enterprise<'static>>> {
    const NAMES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];
    let maybe = |values: &'static [&'static str]| prop::option::of(prop::sample::select(values));
    let one = (
        maybe(&["42", "4206", "420606", "420602", "429004", "110101"]),
        maybe(&["C", "C13", "C1311", "I6511", "A0111"]),
        prop::option::of(-5i64..200_000),
        prop::option::of(0u16..12_000),
        prop::option::of(any::<bool>()),
    );
    prop::collection::vec(one, 0..6).prop_map(|rows| {
        let rows = NAMES.iter().zip(rows);
        rows.map(|(name, (region, industry, revenue, power, above))| {
            (*name, region, industry, revenue, power, above)
        })
        .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_lines_of_every_dimension_sum_to_the_whole(rows in enterprises()) {
        let (snapshot, library) = (snapshot(&rows), library(BEFORE));
        let priced = priced(&snapshot, &library);
        let forecast = Forecast::new(&scope(&snapshot, &library), &priced, &Dimension::ALL);
        let whole = sum([&forecast.whole].into_iter());
        prop_assert!(whole[1] <= whole[0] && whole[0] <= whole[2]);
        prop_assert_eq!(whole[0], priced.settled.total.amount.fen());
        for table in &forecast.tables {
            let lines = table.lines.iter().map(|line| &line.amounts);
            prop_assert_eq!(sum(lines), whole, "{:?}", table.dimension);
            let open: u64 = table.lines.iter().map(|line| line.amounts.open).sum();
            prop_assert_eq!(open, forecast.whole.open, "{:?}", table.dimension);
        }
    }

    #[test]
    fn a_set_beside_itself_differs_in_nothing(rows in enterprises()) {
        let (snapshot, library) = (snapshot(&rows), library(BEFORE));
        let priced = priced(&snapshot, &library);
        let scope = scope(&snapshot, &library);
        let comparison = Comparison::new(&scope, &priced, &priced, &Dimension::ALL);
        prop_assert!(comparison.is_empty(), "{:?}", comparison);
    }

    #[test]
    fn the_other_way_round_winners_lose_and_sums_turn(rows in enterprises()) {
        let snapshot = snapshot(&rows);
        let (old, new) = (library(BEFORE), library(AFTER));
        let (before, after) = (priced(&snapshot, &old), priced(&snapshot, &new));
        let scope = scope(&snapshot, &old);
        let there = Comparison::new(&scope, &before, &after, &Dimension::ALL);
        let back = Comparison::new(&scope, &after, &before, &Dimension::ALL);
        let turned = |one: &Difference| Difference {
            before: one.after,
            after: one.before,
            winners: one.losers,
            losers: one.winners,
            unchanged: one.unchanged,
        };
        prop_assert_eq!(turned(&there.whole), back.whole);
        prop_assert_eq!(there.whole.change().fen(), -back.whole.change().fen());
        let moved = there.whole.winners.amount.fen() - there.whole.losers.amount.fen();
        prop_assert_eq!(moved, there.whole.change().fen());
        for (table, other) in there.tables.iter().zip(&back.tables) {
            let lines: Vec<(&Head, Difference)> = table
                .lines
                .iter()
                .map(|line| (&line.head, turned(&line.difference)))
                .collect();
            let others: Vec<(&Head, Difference)> = other
                .lines
                .iter()
                .map(|line| (&line.head, line.difference))
                .collect();
            prop_assert_eq!(lines, others, "{:?}", table.dimension);
            let changes = table.lines.iter().map(|line| line.difference.change().fen());
            prop_assert_eq!(changes.sum::<i128>(), there.whole.change().fen());
        }
    }
}
