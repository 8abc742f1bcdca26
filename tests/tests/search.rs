//! What people type, and which document of the library must come first.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect, and prints its shares"
)]

use std::sync::{Arc, LazyLock};

use zhida_indexer::{
    Delivery, Entry, Index, Kind, Lexicon, Matching, Query, Reach, RegionFilter, Subject,
    entries_of, words_of,
};
use zhida_policies::values::Date;
use zhida_tests::library::library;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let library = library();
    let lexicon = Arc::new(Lexicon::new(words_of(&library.vocabulary)).unwrap());
    Index::create_in_ram(lexicon, &entries_of(&library)).unwrap()
});

/// An entry as `policy`, `policy#第八条` or `policy/measure`.
fn name(entry: &Entry) -> String {
    let policy = &entry.policy_id;
    match &entry.subject {
        Subject::Policy => policy.clone(),
        Subject::Article { label, .. } => format!("{policy}#{label}"),
        Subject::Measure { id, .. } => format!("{policy}/{id}"),
    }
}

/// The first hit must be one of those that are right. A policy and an article or measure of it
/// differ: what is right is named to the entry.
#[track_caller]
fn check_query(query: &Query, right: &[&str]) {
    let answer = INDEX.search(query).unwrap();
    let found: Vec<String> = answer.hits.iter().map(|hit| name(&hit.entry)).collect();
    let first = found.first().map_or("nothing", String::as_str);
    assert!(
        right.contains(&first),
        "{:?} finds {found:#?}, not {right:?}",
        query.text
    );
}

#[track_caller]
fn check(text: &str, right: &[&str]) {
    check_query(&Query::text(text), right);
}

/// The first hit must have a property, which the message names.
#[track_caller]
fn check_that(text: &str, what: &str, holds: impl Fn(&Entry) -> bool) {
    let answer = INDEX.search(&Query::text(text)).unwrap();
    let first = &answer
        .hits
        .first()
        .unwrap_or_else(|| panic!("{text}: nothing"))
        .entry;
    assert!(holds(first), "{text}: {} is not {what}", name(first));
}

/// Whether a hit is a measure or an article whose own name has a word.
fn is_named(entry: &Entry, word: &str) -> bool {
    entry.heading().contains(word)
}

#[test]
fn document_numbers_find_their_document() {
    for typed in [
        "厦湖府办〔2020〕58号",
        "厦湖府办[2020]58号",
        "厦湖府办（２０２０）５８号",
        "廈湖府辦〔2020〕58號",
        "厦湖府办 2020 58",
        "查询厦湖府办〔2020〕58号",
    ] {
        check(typed, &["huli-commerce-2020"]);
    }
    check("厦湖府办〔2022〕52号", &["huli-commerce-2022"]);
    check("财金〔2026〕4号", &["investment-loan-subsidy-2026"]);
    check("国统字〔2017〕213号", &["size-classes-2017"]);
    check("皖政〔2017〕53号", &["anhui-manufacturing-2017"]);
    check("皖政秘[2020]52号", &["anhui-first-sets-2020"]);
    check("长发〔2018〕24号", &["changfeng-quality-2018"]);
    check("新开〔2017〕25号", &["xinxiang-listing-2017"]);
    check("尤政文【2022】94号", &["youxi-services-2022"]);
    check("岚综管办〔2021〕95号", &["pingtan-commerce-2021"]);
    check("柳商发〔2022〕27号", &["liuzhou-services-2021"]);
    check("麻政规〔2025〕0号", &["macheng-project-2025"]);
}

#[test]
fn ids_find_what_carries_them() {
    check("xiangyang-industry-2025", &["xiangyang-industry-2025"]);
    check("XIANGYANG-INDUSTRY-2025", &["xiangyang-industry-2025"]);
    check("lpr", &["lpr"]);
    check(
        "xiangyang-industry-2025/growth-award",
        &["xiangyang-industry-2025/growth-award"],
    );
    check("growth-award", &["xiangyang-industry-2025/growth-award"]);
    check("retail-matrix", &["liuzhou-services-2021/retail-matrix"]);
    check("loan-interest", &["xiaonan-fast-2025/loan-interest"]);
}

#[test]
fn titles_and_names_find_their_document() {
    check("襄阳市工业稳增长若干措施", &["xiangyang-industry-2025"]);
    check("襄陽市工業穩增長若干措施", &["xiangyang-industry-2025"]);
    check("统计上大中小微型企业划分办法", &["size-classes-2017"]);
    check(
        "罗田县支持入统企业发展壮大奖励办法",
        &["luotian-register-2025"],
    );
    check("贷款市场报价利率", &["lpr"]);
    check(
        "规上企业增长奖励",
        &["xiangyang-industry-2025/growth-award"],
    );
    check(
        "外出招聘补助",
        &["xiaonan-fast-2025/recruitment", "yongan-jobs/recruiting"],
    );
    check(
        "一次性扩岗补助",
        &["yantai-expansion-2023", "yantai-expansion-2023/expansion"],
    );
    check("厂房租金补贴", &["macheng-project-2025/rent"]);
    check(
        "软件企业销售收入突破奖励",
        &["shengzhou-software-2022/milestone"],
    );
}

#[test]
fn places_with_a_subject_find_the_place() {
    check_that("麻城 项目", "of Macheng", |entry| {
        entry.policy_id == "macheng-project-2025"
    });
    check_that("襄阳 研发", "research in Xiangyang", |entry| {
        entry.policy_id.starts_with("xiangyang") && entry.text.contains("研发")
    });
    check_that("蕲春 蕲艾", "of Qichun", |entry| {
        entry.policy_id == "qichun-mugwort-2025"
    });
    check_that("安福县统计员", "the statistician of Anfu", |entry| {
        name(entry).starts_with("anfu-monthly-2025") && is_named(entry, "统计员")
    });
    check_that("黄冈 高新技术企业", "of Huanggang", |entry| {
        entry.policy_id == "huanggang-hightech-2022" && entry.text.contains("高新技术企业")
    });
    check_that("合肥 研发", "of Hefei", |entry| {
        entry.policy_id == "hefei-top-rd"
    });
    check_that("莆田 就业", "jobs in Putian", |entry| {
        entry.policy_id == "putian-jobs-2022"
    });
    check_that("北京一季度", "of Beijing", |entry| {
        entry.policy_id == "beijing-first-quarter-2023"
    });
    check_that("江西 稳岗返还", "of Jiangxi", |entry| {
        entry.places.first().is_some_and(|place| place.code == "36")
            && entry.text.contains("稳岗返还")
    });
}

#[test]
fn words_of_the_field_find_what_they_name() {
    check_that("首台套", "about first sets", |entry| {
        is_named(entry, "首台套")
    });
    check_that("首台(套)", "about first sets", |entry| {
        is_named(entry, "首台套")
    });
    check_that("首臺（套）", "about first sets", |entry| {
        is_named(entry, "首台套")
    });
    check_that("瞪羚", "about gazelles", |entry| is_named(entry, "瞪羚"));
    check_that("瞪羚企业奖励", "about gazelles", |entry| {
        is_named(entry, "瞪羚企业奖励")
    });
    check_that("洁净厂房", "about clean rooms", |entry| {
        is_named(entry, "洁净厂房")
    });
    check_that("稳岗返还", "about keeping jobs", |entry| {
        is_named(entry, "稳岗返还")
    });
    check_that("穩崗返還", "about keeping jobs", |entry| {
        is_named(entry, "稳岗返还")
    });
    check_that("扩岗补助", "about new jobs", |entry| {
        is_named(entry, "扩岗补助")
    });
    check_that("贷款贴息", "about interest", |entry| {
        is_named(entry, "贴息")
    });
    check_that("首次突破", "about a first time", |entry| {
        is_named(entry, "首次突破")
    });
    check_that("用电量", "about electricity", |entry| {
        entry.text.contains("用电")
    });
    check_that("技改设备", "equipment of upgrades", |entry| {
        is_named(entry, "技改设备")
    });
    check_that("技术改造设备投资", "about upgrades", |entry| {
        entry.text.contains("技改") || entry.text.contains("技术改造")
    });
    check_that("限上零售", "about retail", |entry| {
        is_named(entry, "限上零售") || entry.text.contains("限上零售")
    });
    check_that("小升规", "about growing into the register", |entry| {
        is_named(entry, "小升规")
    });
    check_that("新三板", "about the third board", |entry| {
        is_named(entry, "新三板")
    });
    check_that("统计员", "about statisticians", |entry| {
        is_named(entry, "统计员")
    });
    check_that("工业机器人", "about robots", |entry| {
        is_named(entry, "机器人")
    });
    check_that("社保补贴", "about premiums", |entry| {
        is_named(entry, "社会保险补贴")
    });
    check_that("首版次软件", "about first editions", |entry| {
        is_named(entry, "首版次")
    });
    check_that("LPR", "about the rate", |entry| entry.policy_id == "lpr");
}

#[test]
fn synonyms_and_scripts_find_the_same() {
    for typed in ["高企", "高新技术企业", "高新技術企業", "高企认定奖励"] {
        check_that(typed, "about certified enterprises", |entry| {
            is_named(entry, "高新技术企业")
        });
    }
    // The words stand in the running text of a few entries only.
    for typed in ["专精特新", "專精特新", "  专精特新 "] {
        check_that(typed, "about them", |entry| entry.text.contains("专精特新"));
    }
    for typed in ["“规模以上”", "\"規模以上\"", "「规模以上」"] {
        check_that(typed, "exactly so", |entry| {
            entry.text.contains("规模以上") || is_named(entry, "规模以上")
        });
    }
}

#[test]
fn a_way_of_delivery_finds_what_is_delivered_so() {
    for typed in ["免申即享", "免申快享", "無申請兌現"] {
        check_that(typed, "paid without application", |entry| {
            entry.delivery == Some(Delivery::NoApplication)
                || entry
                    .topics
                    .iter()
                    .any(|topic| topic == "免申即享" || topic == "免申快享")
                || is_named(entry, "免申")
        });
    }
    check_that("即申即享", "paid after a click", |entry| {
        entry.delivery == Some(Delivery::Instant) || is_named(entry, "即申即享")
    });
}

#[test]
fn filters_narrow_what_is_found() {
    let query = |text: &str| Query::text(text);
    let region = |code: &str, above: &[&str], reach| {
        Some(RegionFilter {
            code: code.into(),
            above: above.iter().map(|&code| code.into()).collect(),
            reach,
        })
    };
    // Clean rooms are paid by 安徽 and by 明光 in it.
    check_query(
        &Query {
            region: region("3411", &["34"], Reach::Inside),
            kinds: vec![Kind::Measure],
            ..query("洁净厂房")
        },
        &["mingguang-innovation-2025/cleanroom"],
    );
    check_query(
        &Query {
            region: region("36", &[], Reach::Inside),
            kinds: vec![Kind::Measure],
            ..query("稳岗返还")
        },
        &[
            "jiangxi-job-stability-2024/job-stability-refund",
            "anfu-monthly-2025/job-stability",
        ],
    );
    check_query(
        &Query {
            region: region("360829", &["36", "3608"], Reach::Inside),
            ..query("稳岗返还")
        },
        &[
            "anfu-monthly-2025/job-stability",
            "anfu-monthly-2025#第二条",
        ],
    );
    check_query(
        &Query {
            topics: vec!["蕲艾".into()],
            kinds: vec![Kind::Measure],
            ..query("设备")
        },
        &["qichun-mugwort-2025/processing"],
    );
    check_query(
        &Query {
            deliveries: vec![Delivery::Application],
            ..query("奖励")
        },
        &["beijing-first-quarter-2023/steady-run"],
    );
    check_query(
        &Query {
            deliveries: vec![Delivery::Instant],
            ..query("贷款贴息")
        },
        &["anhui-manufacturing-2017/upgrade-interest"],
    );
    // Of the two measures for commerce of 湖里 only one is in force in each year.
    let on = |year| Some(Date::new(year, 6, 30).unwrap());
    let huli = |year| Query {
        valid_on: on(year),
        kinds: vec![Kind::Policy],
        region: region("350206", &["35", "3502"], Reach::Inside),
        ..query("商贸业 湖里")
    };
    check_query(&huli(2020), &["huli-commerce-2020"]);
    check_query(&huli(2022), &["huli-commerce-2022"]);
    let answer = INDEX.search(&huli(2020)).unwrap();
    assert_eq!((answer.total, answer.matching), (1, Matching::All));
}

/// Every entry of the library is found first by its own full id, and every measure by its place
/// and name.
#[test]
fn every_measure_is_found_by_its_name() {
    let entries = entries_of(&library());
    let measures = entries.iter().filter(|entry| entry.kind() == Kind::Measure);
    let mut count = 0;
    for entry in measures {
        let own = name(entry);
        check(&own, &[own.as_str()]);
        let answer = INDEX.search(&Query::text(entry.heading())).unwrap();
        let first = &answer.hits.first().unwrap().entry;
        assert_eq!(first.heading(), entry.heading(), "{own}");
        count += 1;
    }
    assert!(count >= 100, "{count}");
}
