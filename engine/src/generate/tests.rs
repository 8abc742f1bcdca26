//! Made-up enterprises whole.

use std::io::Cursor;
use std::path::Path;

use zhida_policies::values::Uscc;

use super::*;
use crate::import::{EncodingChoice, ImportOptions, import_reader};
use crate::snapshot::Cell;
use crate::snapshot::tests::vocabulary as small_vocabulary;

const LIBRARY: &str = include_str!("../../../policies/library/vocabulary.toml");

fn library_vocabulary() -> Arc<Vocabulary> {
    Arc::new(Vocabulary::read(LIBRARY, &|_| false).unwrap())
}

fn options(count: u64, seed: u64) -> GenerateOptions {
    GenerateOptions {
        count,
        seed,
        year: 2025,
        as_of: Some(Date::constant(2026, 6, 30)),
        regions: vec!["4206".parse().unwrap(), "420902".parse().unwrap()],
        only: None,
    }
}

fn generator(vocabulary: Arc<Vocabulary>, options: GenerateOptions) -> Generator {
    Generator::new(vocabulary, &Codes::built_in().unwrap(), options).unwrap()
}

fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[track_caller]
fn check_csv_says_the_same(vocabulary: &Arc<Vocabulary>, count: u64) {
    let generator = generator(Arc::clone(vocabulary), options(count, 42));
    let mut csv = Vec::new();
    generator.write_csv(&mut csv, &mut go_on).unwrap();
    let direct = generator.snapshot(&mut go_on).unwrap();
    let import = ImportOptions {
        year: 2025,
        as_of: Some(Date::constant(2026, 6, 30)),
        encoding: EncodingChoice::Detect,
    };
    let codes = Codes::built_in().unwrap();
    let (builder, report) = import_reader(
        &mut Cursor::new(csv),
        Path::new("generated.csv"),
        vocabulary,
        &codes,
        &import,
        &mut |_| ControlFlow::Continue(()),
    )
    .unwrap();
    assert_eq!(report.findings, []);
    let imported = builder.finish().unwrap();
    assert_eq!(imported.len(), usize::try_from(count).unwrap());
    for (column, other) in direct.columns().iter().zip(imported.columns()) {
        assert_eq!((&column.name, &column.digest), (&other.name, &other.digest));
    }
    assert_eq!(imported.digest(), direct.digest());
}

#[test]
fn written_and_imported_they_are_the_same_snapshot() {
    check_csv_says_the_same(&small_vocabulary(), 500);
    check_csv_says_the_same(&library_vocabulary(), 60);
}

#[test]
fn the_same_seed_gives_the_same_enterprises() {
    let digest = |seed, threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let generator = generator(small_vocabulary(), options(300, seed));
        pool.install(|| generator.snapshot(&mut go_on).unwrap().digest().to_owned())
    };
    assert_eq!(digest(1, 1), digest(1, 5));
    assert_ne!(digest(1, 2), digest(2, 2));
}

#[test]
fn a_fact_left_out_changes_no_other() {
    let vocabulary = small_vocabulary();
    let revenue = vocabulary.find("revenue").unwrap();
    let all = generator(Arc::clone(&vocabulary), options(20, 9));
    let only = Some(BTreeSet::from([revenue]));
    let one = generator(
        Arc::clone(&vocabulary),
        GenerateOptions {
            only,
            ..options(20, 9)
        },
    );
    for number in 0..20 {
        let (all_row, one_row) = (all.row(number), one.row(number));
        assert_eq!(all_row.uscc, one_row.uscc);
        for (column, cell) in one.columns().iter().zip(&one_row.cells) {
            let place = all
                .columns()
                .iter()
                .position(|other| other == column)
                .unwrap();
            assert_eq!(&all_row.cells[place], cell);
        }
    }
}

#[test]
fn they_look_like_a_city() {
    let vocabulary = library_vocabulary();
    let generator = generator(Arc::clone(&vocabulary), options(2_000, 3));
    let place = |name: &str, period| {
        let key = ColumnKey {
            fact: vocabulary.find(name).unwrap(),
            period,
        };
        generator
            .columns()
            .iter()
            .position(|column| *column == key)
            .unwrap()
    };
    let (region, revenue, before, above) = (
        place("region", Period::Status),
        place("revenue", Period::Year(2025)),
        place("revenue", Period::Year(2024)),
        place("above_scale", Period::Status),
    );
    let codes = Codes::built_in().unwrap();
    let mut seen = BTreeSet::new();
    let (mut missing, mut near, mut pairs, mut large, mut registered) = (0, 0, 0, 0, 0);
    for number in 0..2_000 {
        let row = generator.row(number);
        assert!(
            matches!(Uscc::parse(&row.uscc), Ok((_, None))),
            "{}",
            row.uscc
        );
        assert!(seen.insert(row.uscc.clone()));
        assert!(row.name.ends_with("公司"), "{}", row.name);
        if let Cell::Text(code) = &row.cells[region] {
            assert!(code.starts_with("4206") || &**code == "420902", "{code}");
            assert!(codes.region(code).is_ok());
        }
        missing += usize::from(row.cells[revenue].is_missing());
        if let (Cell::Money(now), Cell::Money(then)) = (&row.cells[revenue], &row.cells[before]) {
            pairs += 1;
            near += usize::from(then.fen() / 3 < now.fen() && now.fen() / 3 < then.fen());
            if now.fen() >= 2_000_000_000 {
                large += 1;
                registered += usize::from(row.cells[above] == Cell::Boolean(true));
            }
        }
    }
    // The table says 15 of a thousand.
    assert!((10..60).contains(&missing), "{missing}");
    assert!(near * 10 > pairs * 9, "{near} of {pairs}");
    assert!(
        large > 400 && registered * 10 > large * 5,
        "{registered} of {large}"
    );
}

#[test]
fn unknown_regions_are_refused() {
    let regions = vec!["420699".parse().unwrap()];
    let options = GenerateOptions {
        regions,
        ..options(1, 1)
    };
    let made = Generator::new(small_vocabulary(), &Codes::built_in().unwrap(), options);
    assert!(matches!(made, Err(GenerateError::UnknownRegion(code)) if code == "420699"));
}
