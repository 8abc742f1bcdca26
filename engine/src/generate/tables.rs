//! What made-up enterprises are made of: the files beside this one and a few tables.

use std::collections::BTreeMap;

/// Yearly revenue in 万元 at equal steps of probability: half of the enterprises are below the
/// middle entry, and each step up is about a third more, as sizes of enterprises are.
pub(crate) const REVENUE_STEPS: [i64; 37] = [
    1, 3, 6, 10, 16, 24, 36, 50, 70, 95, 125, 165, 215, 280, 350, 430, 520, 640, 800, 980, 1_200,
    1_500, 1_850, 2_200, 2_700, 3_400, 4_400, 5_800, 7_800, 10_800, 15_000, 22_000, 34_000, 56_000,
    100_000, 260_000, 1_200_000,
];

/// Sections of GB/T 4754 with the number of a hundred enterprises in them.
pub(crate) const SECTION_WEIGHTS: [(char, u64); 18] = [
    ('A', 5),
    ('B', 1),
    ('C', 30),
    ('D', 1),
    ('E', 8),
    ('F', 22),
    ('G', 5),
    ('H', 4),
    ('I', 6),
    ('J', 1),
    ('K', 2),
    ('L', 6),
    ('M', 4),
    ('N', 1),
    ('O', 1),
    ('P', 1),
    ('Q', 1),
    ('R', 1),
];

/// What a trait scales with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    Revenue,
    Employees,
    Plain,
}

/// How the values of one fact, or one field of a list, come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trait {
    pub(crate) base: Base,
    pub(crate) chance: u64,
    pub(crate) low: i64,
    pub(crate) high: i64,
    pub(crate) sections: String,
    pub(crate) missing: u64,
}

/// The traits by fact, or `fact.field`.
pub(crate) fn traits() -> BTreeMap<String, Trait> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(include_str!("traits.csv").as_bytes());
    let rows = reader.records().filter_map(Result::ok);
    rows.filter_map(|row| {
        let cell = |place| row.get(place);
        let base = match cell(1)? {
            "revenue" => Base::Revenue,
            "employees" => Base::Employees,
            _ => Base::Plain,
        };
        let drawn = Trait {
            base,
            chance: cell(2)?.parse().ok()?,
            low: cell(3)?.parse().ok()?,
            high: cell(4)?.parse().ok()?,
            sections: cell(5)?.to_owned(),
            missing: cell(6)?.parse().ok()?,
        };
        Some((cell(0)?.to_owned(), drawn))
    })
    .collect()
}

/// The words of names, by kind.
pub(crate) fn words() -> BTreeMap<&'static str, Vec<&'static str>> {
    let lines = include_str!("words.txt")
        .lines()
        .filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.collect()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_whole() {
        let rows = include_str!("traits.csv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        assert_eq!(traits().len(), rows.count() - 1);
        assert!(
            traits()
                .values()
                .all(|drawn| drawn.low <= drawn.high && drawn.chance <= 1_000)
        );
        let words = words();
        for kind in ["first", "second", "other", "form", "bank"] {
            assert!(!words[kind].is_empty());
        }
        assert!(REVENUE_STEPS.is_sorted());
    }
}
