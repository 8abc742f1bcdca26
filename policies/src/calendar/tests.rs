use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::values::date::parse_date;

fn date(text: &str) -> Date {
    parse_date(text).unwrap()
}

fn calendar() -> WorkingDays {
    WorkingDays::built_in().unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Rows of days and whether people worked, as the notices write them.
#[track_caller]
fn check(rows: &[(&str, bool)]) {
    let calendar = calendar();
    for (day, working) in rows {
        assert_eq!(calendar.is_working(date(day)), Ok(*working), "{day}");
    }
}

#[test]
fn the_spring_festival_of_2020_was_extended() {
    // 国办发明电〔2019〕16号 made Saturday 1 February a working day; 国办发明电〔2020〕1号 took
    // it back: "延长2020年春节假期至2月2日,2月3日起正常上班".
    check(&[
        ("2020-01-19", true),
        ("2020-01-23", true),
        ("2020-01-24", false),
        ("2020-01-30", false),
        ("2020-01-31", false),
        ("2020-02-01", false),
        ("2020-02-02", false),
        ("2020-02-03", true),
    ]);
}

#[test]
fn made_up_days_are_working_days_and_days_off_in_the_week_are_not() {
    check(&[
        // 2021: "9月19日至21日放假调休。9月18日(星期六)上班".
        ("2021-09-18", true),
        ("2021-09-20", false),
        ("2021-09-21", false),
        ("2021-09-22", true),
        // 2022: "1月29日(星期六)、1月30日(星期日)上班".
        ("2022-01-29", true),
        ("2022-01-30", true),
        ("2022-01-31", false),
        // 2023: "2022年12月31日至2023年1月2日放假调休".
        ("2022-12-30", true),
        ("2022-12-31", false),
        ("2023-01-02", false),
        ("2023-01-03", true),
        // 2024: "1月1日放假"; "2月10日至17日放假调休。2月4日(星期日)、2月18日(星期日)上班".
        ("2024-01-01", false),
        ("2024-02-04", true),
        ("2024-02-09", true),
        ("2024-02-12", false),
        ("2024-02-18", true),
        // 2025: "1月1日(周三)放假1天,不调休"; the Spring Festival from the eve, eight days.
        ("2024-12-31", true),
        ("2025-01-01", false),
        ("2025-01-02", true),
        ("2025-01-26", true),
        ("2025-01-28", false),
        ("2025-02-04", false),
        ("2025-02-05", true),
        ("2025-02-08", true),
        ("2025-02-09", false),
        ("2025-10-08", false),
        ("2025-10-11", true),
        // 2026: "2月15日至23日放假调休,共9天。2月14日(周六)、2月28日(周六)上班".
        ("2026-01-04", true),
        ("2026-02-14", true),
        ("2026-02-23", false),
        ("2026-02-24", true),
        ("2026-02-28", true),
        ("2026-10-10", true),
    ]);
}

/// An independent count: every statutory day off costs one working day and moved days cost none.
/// 全国年节及纪念日放假办法: 11 days, 13 from 2025 on. In 2020 two more were given.
#[test]
fn each_year_has_the_working_days_that_the_law_leaves() {
    let calendar = calendar();
    for (year, given) in [
        (2020, 13),
        (2021, 11),
        (2022, 11),
        (2023, 11),
        (2024, 11),
        (2025, 13),
    ] {
        let first = Date::constant(year, 1, 1);
        let days = || first.series(jiff::Span::new().days(1));
        let of_year = || days().take_while(|day| day.year() == year);
        let weekdays = of_year().filter(|day| !is_weekend(*day)).count();
        let working = of_year()
            .filter(|day| calendar.is_working(*day).unwrap())
            .count();
        assert_eq!(working, weekdays - given, "{year}");
    }
    // 2026 to 24 December; what is left of it has no day off by the law.
    let last = date("2026-12-24");
    let from = date("2025-12-31");
    let working = calendar.working_days_between(from, last).unwrap();
    assert_eq!(working + 5, 261 - 13);
}

#[test]
fn every_year_names_its_document() {
    let calendar = calendar();
    let years: BTreeMap<i16, &str> = calendar.years().collect();
    let expected = [
        (2020, "国办发明电〔2019〕16号"),
        (2021, "国办发明电〔2020〕27号"),
        (2022, "国办发明电〔2021〕11号"),
        (2023, "国办发明电〔2022〕16号"),
        (2024, "国办发明电〔2023〕7号"),
        (2025, "国办发明电〔2024〕12号"),
        (2026, "国办发明电〔2025〕7号"),
    ];
    assert_eq!(years, BTreeMap::from(expected));
}

#[test]
fn what_is_not_known_is_never_guessed() {
    let calendar = calendar();
    let year = |text: &str| NotCovered::Year {
        year: date(text).year(),
        day: date(text),
    };
    for day in ["2019-12-31", "2027-01-01", "2030-06-03"] {
        assert_eq!(calendar.is_working(date(day)), Err(year(day)));
    }
    // A notice for 2027 may still move the last days of 2026, as that for 2019 moved 2018-12-29.
    assert_eq!(calendar.is_working(date("2026-12-24")), Ok(true));
    let day = date("2026-12-25");
    let last_week = NotCovered::LastWeek { next: 2027, day };
    assert_eq!(calendar.is_working(day), Err(last_week));
    assert!(last_week.to_string().contains("2027"));
    // A limit that runs into the unknown has no end, one that ends before has.
    let from = date("2026-12-18");
    assert_eq!(calendar.add_working_days(from, 4), Ok(date("2026-12-24")));
    assert_eq!(calendar.add_working_days(from, 5), Err(last_week));
    assert_eq!(
        calendar.working_days_between(date("2019-12-30"), date("2020-01-02")),
        Err(year("2019-12-31"))
    );
    let empty = WorkingDays::read("").unwrap();
    let day = date("2025-03-03");
    assert!(empty.is_working(day).is_err());
    // Nothing is asked about any day, so nothing is unknown.
    assert_eq!(empty.add_working_days(day, 0), Ok(day));
}

#[test]
fn limits_count_from_the_day_after() {
    let calendar = calendar();
    for (from, count, until) in [
        // Monday; the five days of a public notice end on the Monday after.
        ("2025-03-03", 5, "2025-03-10"),
        ("2025-03-03", 7, "2025-03-12"),
        ("2025-03-03", 0, "2025-03-03"),
        // From a Saturday the Monday is day one.
        ("2025-03-08", 1, "2025-03-10"),
        // Over the Spring Festival of 2024: 8 and 9 February, then 18 to 20 February.
        ("2024-02-07", 5, "2024-02-20"),
        // Over the Labour Day of 2025 with the Sunday of work before it.
        ("2025-04-25", 5, "2025-05-06"),
        // Over the National Day of 2025: 28, 29, 30 September, 9, 10 and 11 October.
        ("2025-09-26", 6, "2025-10-11"),
        // Over the new year.
        ("2025-12-30", 2, "2026-01-04"),
    ] {
        let (from, until) = (date(from), date(until));
        assert_eq!(calendar.add_working_days(from, count), Ok(until), "{from}");
        assert_eq!(calendar.working_days_between(from, until), Ok(count));
    }
    let backwards = calendar.working_days_between(date("2025-03-10"), date("2025-03-03"));
    assert_eq!(backwards, Ok(0));
}

#[test]
fn a_limit_is_kept_to_the_end_of_its_last_day() {
    let calendar = calendar();
    // Five working days from Wednesday 24 September 2025: 25, 26, 28, 29 and 30 September.
    for (today, used, standing) in [
        ("2025-09-20", 0, Standing::InTime { left: 5 }),
        ("2025-09-24", 0, Standing::InTime { left: 5 }),
        ("2025-09-25", 1, Standing::InTime { left: 4 }),
        ("2025-09-27", 2, Standing::InTime { left: 3 }),
        ("2025-09-28", 3, Standing::InTime { left: 2 }),
        ("2025-09-30", 5, Standing::InTime { left: 0 }),
        (
            "2025-10-01",
            5,
            Standing::Overdue {
                working_days: 0,
                days: 1,
            },
        ),
        (
            "2025-10-08",
            5,
            Standing::Overdue {
                working_days: 0,
                days: 8,
            },
        ),
        (
            "2025-10-10",
            7,
            Standing::Overdue {
                working_days: 2,
                days: 10,
            },
        ),
    ] {
        let deadline = calendar
            .deadline(date("2025-09-24"), 5, date(today))
            .unwrap();
        let due = date("2025-09-30");
        assert_eq!(
            deadline,
            Deadline {
                due,
                used,
                standing
            },
            "{today}"
        );
        assert_eq!(deadline.is_overdue(), date(today) > due);
    }
    assert!(
        calendar
            .deadline(date("2026-12-18"), 9, date("2026-12-21"))
            .is_err()
    );
}

#[test]
fn faults_name_place_and_reason() {
    let text = "\
[[notice]]
year = 2024
document = \" \"
issued = \"2023-13-25\"
holidays = [
  { name = \"元旦\", from = \"2024-01-02\", until = \"2024-01-01\" },
  { name = \"春节\", from = \"2024-02-10\", until = \"2024-03-10\" },
  { name = \"\", from = \"2023-12-24\", until = \"2023-12-25\" },
  { name = \"中秋节\", from = \"2024-09-15\", until = \"2024-09-17\" },
  { name = \"国庆节\", from = \"2024-09-17\", until = \"2024-09-18\" },
]
working = [\"2024-02-05\", \"2024-2-4\", \"2024-09-15\", \"2025-01-04\"]
[[notice]]
year = 2024
document = \"甲\"
issued = \"2023-10-25\"
holidays = []
working = []
[[notice]]
year = 2025
document = \"甲\"
issued = \"2023-10-25\"
amends = \"乙\"
holidays = []
working = []
[[notice]]
year = 20
document = \"丙\"
issued = \"2023-10-25\"
holidays = []
working = []
";
    let told: Vec<String> = WorkingDays::read(text)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "第 3 行第 12 列:“document”不能为空",
        "第 4 行第 10 列:“2023-13-25”不是日期,应写作 2025-01-28",
        "第 6 行第 47 列:放假到 2024-01-01 结束,却从 2024-01-02 开始",
        "第 7 行第 47 列:2024-02-10 至 2024-03-10 超过 15 天,不像一个假期",
        "第 8 行第 12 列:“name”不能为空",
        "第 8 行第 23 列:2023-12-24 不在 2024 年通知的范围内",
        "第 10 行第 26 列:2024-09-17 已有安排",
        "第 12 行第 12 列:2024-02-05 本来就是工作日,不会是调休上班的日子",
        "第 12 行第 26 列:“2024-2-4”不是日期,应写作 2025-01-28",
        "第 12 行第 38 列:2024-09-15 已有安排",
        "第 12 行第 52 列:2025-01-04 不在 2024 年通知的范围内",
        "第 14 行第 8 列:2024 年已有一份通知;补充通知要用 amends 写明所改的文号",
        "第 21 行第 12 列:文号“甲”重复",
        "第 23 行第 10 列:前面没有文号为“乙”的通知",
        "第 27 行第 8 列:年份 20 不在 1999 至 2999 之间",
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_amendment_that_changes_no_notice_covers_no_year() {
    let text = "[[notice]]\nyear = 2024\ndocument = \"甲\"\nissued = \"2023-10-25\"\n\
        amends = \"乙\"\nholidays = []\nworking = []\n";
    let faults = WorkingDays::read(text).unwrap_err();
    assert_eq!(faults.len(), 1);
    for wrong in [
        "[[notice]]\nyear = 2024\n",
        "notice = 3",
        "[[notise]]",
        "=",
        "\u{0}",
    ] {
        let faults = WorkingDays::read(wrong).unwrap_err();
        assert!(
            matches!(faults[0].kind, CalendarFaultKind::Toml(_)),
            "{wrong}"
        );
    }
}

proptest! {
    /// Adding and counting turn each other round, and a limit ends on a working day.
    #[test]
    fn adding_and_counting_agree(offset in 0i64..2200, count in 1u32..90) {
        let calendar = calendar();
        let from = date("2020-01-01").checked_add(jiff::Span::new().days(offset)).unwrap();
        if let Ok(until) = calendar.add_working_days(from, count) {
            prop_assert!(calendar.is_working(until).unwrap());
            prop_assert_eq!(calendar.working_days_between(from, until), Ok(count));
            let before = until.yesterday().unwrap();
            let fewer = count.saturating_sub(1);
            prop_assert_eq!(calendar.working_days_between(from, before), Ok(fewer));
        }
    }

    /// Every day of a limit stands where the counts say.
    #[test]
    fn deadlines_add_up(offset in 0i64..1800, limit in 0u32..40, later in -10i64..90) {
        let calendar = calendar();
        let start = date("2020-01-01").checked_add(jiff::Span::new().days(offset)).unwrap();
        let today = start.checked_add(jiff::Span::new().days(later)).unwrap();
        let Ok(deadline) = calendar.deadline(start, limit, today) else {
            return Ok(());
        };
        match deadline.standing {
            Standing::InTime { left } => {
                prop_assert!(today <= deadline.due && left <= limit);
                prop_assert_eq!(deadline.used, limit.saturating_sub(left));
            }
            Standing::Overdue { working_days, days } => {
                prop_assert!(today > deadline.due);
                prop_assert_eq!(deadline.used, limit.saturating_add(working_days));
                prop_assert!(days >= 1 && days >= working_days);
            }
        }
    }
}
