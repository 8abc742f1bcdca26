//! Questions to a small library: what comes first, what is found at all, filters and counts.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that stops has failed"
)]

mod corpus;

use std::sync::{Arc, LazyLock};

use jiff::civil::date;
use proptest::prelude::*;
use zhida_indexer::{
    Answer, Delivery, Entry, Index, Kind, Lexicon, Matching, Query, Reach, RegionFilter, Subject,
};

static LEXICON: LazyLock<Arc<Lexicon>> =
    LazyLock::new(|| Arc::new(Lexicon::new(["营业收入", "规上企业"]).unwrap()));
static INDEX: LazyLock<Index> =
    LazyLock::new(|| Index::create_in_ram(LEXICON.clone(), &corpus::library()).unwrap());

fn ask(text: &str) -> Answer {
    INDEX.search(&Query::text(text)).unwrap()
}

/// policy, policy#第八条, or policy/measure
fn name(entry: &Entry) -> String {
    match &entry.subject {
        Subject::Policy => entry.policy_id.clone(),
        Subject::Article { label, .. } => format!("{}#{label}", entry.policy_id),
        Subject::Measure { id, .. } => format!("{}/{id}", entry.policy_id),
    }
}

fn names(answer: &Answer) -> Vec<String> {
    answer.hits.iter().map(|hit| name(&hit.entry)).collect()
}

#[track_caller]
fn first(text: &str, expected: &str) {
    let answer = ask(text);
    let found = names(&answer);
    assert_eq!(
        found.first().map(String::as_str),
        Some(expected),
        "{text}: {found:?}"
    );
    assert_ne!(answer.matching, Matching::Everything);
}

#[track_caller]
fn finds(text: &str, expected: &[&str]) {
    let answer = INDEX
        .search(&Query {
            limit: 100,
            ..Query::text(text)
        })
        .unwrap();
    assert_eq!(answer.matching, Matching::All, "{text}");
    let found = names(&answer);
    for one in expected {
        assert!(
            found.iter().any(|name| name == one),
            "{text}: {one} in {found:?}"
        );
    }
}

#[track_caller]
fn nothing(text: &str) {
    let answer = ask(text);
    assert_eq!((answer.total, names(&answer)), (0, vec![]), "{text}");
}

#[test]
fn words_find_their_measure_first() {
    first("免申快享", "xiaonan-fast-2024");
    first("免申即享", "xiaonan-fast-2024");
    first("惠企资金按月兑现", "anfu-guide-2025/monthly-payment");
    first("专精特新", "xiangyang-specialised-2024/little-giant-award");
    first("小巨人", "xiangyang-specialised-2024/little-giant-award");
    first(
        "专精特新小巨人",
        "xiangyang-specialised-2024/little-giant-award",
    );
    first("单项冠军", "xiangyang-specialised-2024#第四条");
    first("扩岗补助", "hubei-jobs-2025/new-jobs-subsidy");
    first("一次性扩岗补助", "hubei-jobs-2025/new-jobs-subsidy");
    first("稳岗返还", "hubei-jobs-2025/stable-jobs-refund");
    first("创业贷款贴息", "hubei-jobs-2025/startup-loan-interest");
    first("设备补助", "xiangyang-industry-2025/renovation-grant");
    first("出口信用保险补贴", "hubei-export-2023/export-insurance");
    first("上市奖励", "mingguang-listing-2025#第三条");
    first("研发投入补助", "huanggang-tech-2025#第二条");
    first("划型标准", "national-size-classes#四");
    first(
        "种植蕲艾每亩补贴多少",
        "qichun-mugwort-2025/planting-subsidy",
    );
}

#[test]
fn other_scripts_and_widths_are_the_same_question() {
    for text in [
        "專精特新小巨人",
        "专 精特新小巨人",
        "「專精特新小巨人」",
        "专精特新小巨人？",
    ] {
        first(text, "xiangyang-specialised-2024/little-giant-award");
    }
    first("規上企業增長獎勵", "xiangyang-industry-2025/growth-award");
    first(
        "ｇｒｏｗｔｈ－ａｗａｒｄ",
        "xiangyang-industry-2025/growth-award",
    );
}

#[test]
fn brackets_inside_a_word_do_not_matter() {
    for text in ["首台套", "首台(套)", "首台（套）", "首臺(套)"] {
        finds(
            text,
            &[
                "xiangyang-zone-equipment",
                "xiangyang-zone-equipment#第五条",
                "xiangyang-zone-equipment/first-set-award",
                "xiangyang-zone-equipment/first-set-insurance",
            ],
        );
    }
    first(
        "首台套保险补贴",
        "xiangyang-zone-equipment/first-set-insurance",
    );
    let answer = ask("首台套");
    let article = answer
        .hits
        .iter()
        .find(|hit| name(&hit.entry).contains('#'))
        .unwrap();
    assert_eq!(article.heading.marked(), ["首台(套)"]);
    assert_eq!(article.snippet.marked(), ["首台（套）", "首台(套)"]);
}

#[test]
fn synonyms_find_each_other() {
    first("高企", "huanggang-tech-2025/hightech-award");
    first("高企认定", "huanggang-tech-2025/hightech-award");
    first("规上工业企业入库", "luotian-turnover-2024#第二条");
    first("技改", "xiangyang-industry-2025/renovation-grant");
    finds("技改", &["xiangyang-industry-2025#第九条"]);
    finds("免申即享", &["anfu-guide-2025#第七条", "xiaonan-fast-2024"]);
    finds("研发费用", &["huanggang-tech-2025#第二条"]);
    finds("社保", &["hubei-jobs-2025#二"]);
    let answer = ask("高企");
    assert_eq!(answer.hits[0].heading.marked(), ["高新技术企业"]);
}

#[test]
fn parts_of_long_words_are_found() {
    finds(
        "高新技术",
        &[
            "huanggang-tech-2025#第一条",
            "huanggang-tech-2025/hightech-award",
        ],
    );
    finds("扩岗", &["hubei-jobs-2025/new-jobs-subsidy"]);
    finds("担保贷款", &["hubei-jobs-2025/startup-loan-interest"]);
    finds("装备", &["xiangyang-zone-equipment"]);
}

#[test]
fn names_that_no_dictionary_has_are_found() {
    first("孝南", "xiaonan-fast-2024");
    first("循环用水", "macheng-stone-2025/water-grant");
    finds("沪深北", &["mingguang-listing-2025#第三条"]);
    finds("蕲", &["qichun-mugwort-2025/planting-subsidy"]);
}

#[test]
fn a_quoted_phrase_is_exact() {
    for text in ["“规模以上”", "\"规模以上\"", "＂规模以上＂", "「規模以上」"]
    {
        let answer = ask(text);
        let found = names(&answer);
        assert_eq!(
            found,
            [
                "luotian-turnover-2024/listing-award",
                "luotian-turnover-2024#第二条"
            ],
            "{text}"
        );
    }
    nothing("“规上企业补助”");
    // Words that may stand apart, and the same words as a phrase.
    finds("返还失业保险费", &["hubei-jobs-2025#一"]);
    nothing("“返还失业保险费”");
    finds("“失业保险费的60%”", &["hubei-jobs-2025#一"]);
    // A phrase is not given up for the sake of other words.
    nothing("“规上企业补助” 奖励");
}

#[test]
fn document_numbers_find_their_document_first() {
    for text in [
        "襄政办发〔2025〕12号",
        "襄政办发[2025]12号",
        "襄政办发【2025】12号",
        "襄政办发（２０２５）１２号",
        "襄政辦發〔2025〕12號",
        "襄政办发 2025 12号",
        "关于襄政办发〔2025〕12号",
    ] {
        first(text, "xiangyang-industry-2025");
    }
    first("国统字〔2017〕213号", "national-size-classes");
    first("国务院令第802号", "national-debts");
    first("国务院令 802号", "national-debts");
    first(
        "襄政办发〔2025〕12号 增长奖励",
        "xiangyang-industry-2025#第八条",
    );
    // The same serial of another issuer is not that document.
    nothing("鄂政办发〔2025〕12号");
}

#[test]
fn ids_find_their_entry_first() {
    first("growth-award", "xiangyang-industry-2025/growth-award");
    first(
        "xiangyang-industry-2025/growth-award",
        "xiangyang-industry-2025/growth-award",
    );
    first("GROWTH-AWARD", "xiangyang-industry-2025/growth-award");
    first("hubei-jobs-2025", "hubei-jobs-2025");
    finds("growth", &["xiangyang-industry-2025/growth-award"]);
}

#[test]
fn regions_and_issuers_can_be_asked_for() {
    first("罗田", "luotian-turnover-2024");
    first("襄阳 第八条", "xiangyang-industry-2025#第八条");
    first("罗田县", "luotian-turnover-2024");
    first("蕲春", "qichun-mugwort-2025");
    first("湖北扩岗补助", "hubei-jobs-2025/new-jobs-subsidy");
    first(
        "襄阳 小巨人 奖励",
        "xiangyang-specialised-2024/little-giant-award",
    );
    finds(
        "黄冈",
        &[
            "luotian-turnover-2024",
            "macheng-stone-2025",
            "qichun-mugwort-2025",
        ],
    );
    finds("科技局", &["huanggang-tech-2025"]);
}

#[test]
fn a_title_typed_in_full_finds_its_policy_first() {
    for entry in corpus::library()
        .iter()
        .filter(|entry| entry.kind() == Kind::Policy)
    {
        first(&entry.policy_title, &entry.policy_id);
    }
}

#[test]
fn numbers_are_not_found_inside_longer_ones() {
    finds("奖励20万元", &["huanggang-tech-2025#第一条"]);
    let answer = INDEX
        .search(&Query {
            limit: 100,
            ..Query::text("“00万元”")
        })
        .unwrap();
    assert_eq!(answer.total, 0);
}

#[test]
fn a_question_with_one_word_too_many_still_finds() {
    let answer = ask("稳岗返还 失业保险 宇宙飞船");
    assert_eq!(
        answer.matching,
        Matching::Some {
            required: 2,
            asked: 3
        }
    );
    assert_eq!(
        name(&answer.hits[0].entry),
        "hubei-jobs-2025/stable-jobs-refund"
    );
    nothing("宇宙飞船");
    nothing("？？！！");
}

#[test]
fn no_question_is_everything_in_a_stable_order() {
    let all = corpus::library();
    let answer = INDEX
        .search(&Query {
            limit: 100,
            ..Query::default()
        })
        .unwrap();
    assert_eq!(
        (answer.total, answer.matching),
        (all.len(), Matching::Everything)
    );
    let keys: Vec<String> = answer.hits.iter().map(|hit| hit.entry.key()).collect();
    assert!(keys.is_sorted());
}

#[test]
fn pages_join_into_the_whole_list() {
    let whole = INDEX
        .search(&Query {
            limit: 100,
            ..Query::text("奖励")
        })
        .unwrap();
    let mut joined = Vec::new();
    for offset in (0..whole.total).step_by(3) {
        let page = Query {
            offset,
            limit: 3,
            ..Query::text("奖励")
        };
        let page = INDEX.search(&page).unwrap();
        assert_eq!(page.total, whole.total);
        joined.extend(names(&page));
    }
    assert!(whole.total > 6);
    assert_eq!(joined, names(&whole));
    let beyond = Query {
        offset: usize::MAX,
        ..Query::text("奖励")
    };
    assert_eq!(INDEX.search(&beyond).unwrap().hits, []);
}

fn in_region(code: &str, above: &[&str], reach: Reach) -> Vec<String> {
    let above = above.iter().map(|&code| code.to_owned()).collect();
    let region = Some(RegionFilter {
        code: code.into(),
        above,
        reach,
    });
    let kinds = vec![Kind::Policy];
    names(
        &INDEX
            .search(&Query {
                region,
                kinds,
                limit: 100,
                ..Query::default()
            })
            .unwrap(),
    )
}

#[test]
fn regions_filter_with_their_subtree_and_what_is_above() {
    let xiangyang = [
        "xiangyang-industry-2025",
        "xiangyang-specialised-2024",
        "xiangyang-zone-equipment",
    ];
    let national = ["national-debts", "national-size-classes"];
    let province = ["hubei-export-2023", "hubei-jobs-2025"];
    assert_eq!(in_region("4206", &["42"], Reach::Inside), xiangyang);
    assert_eq!(
        in_region("4206", &["42"], Reach::InsideAndNational),
        [&national[..], &xiangyang].concat()
    );
    assert_eq!(
        in_region("4206", &["42"], Reach::InsideAndAbove),
        [&province[..], &national, &xiangyang].concat()
    );
    assert_eq!(
        in_region("421123", &["42", "4211"], Reach::InsideAndAbove),
        [
            &["huanggang-tech-2025"],
            &province[..],
            &["luotian-turnover-2024"],
            &national
        ]
        .concat()
    );
    assert_eq!(in_region("", &[], Reach::Inside), national);
    assert_eq!(in_region("", &[], Reach::InsideAndNational).len(), 14);
}

#[test]
fn filters_combine_and_leave_their_own_choices_counted() {
    let query = Query {
        deliveries: vec![Delivery::NoApplication],
        valid_on: Some(date(2025, 6, 30)),
        limit: 100,
        ..Query::text("奖励")
    };
    let answer = INDEX.search(&query).unwrap();
    assert!(
        answer
            .hits
            .iter()
            .all(|hit| hit.entry.delivery == Some(Delivery::NoApplication))
    );
    assert_eq!(
        answer.facets.kinds.keys().collect::<Vec<_>>(),
        [&Kind::Measure]
    );
    // The other ways of delivery are counted as if none were chosen.
    assert!(answer.facets.deliveries[&Delivery::Application] > 0);
    let without = Query {
        deliveries: vec![],
        ..query
    };
    let without = INDEX.search(&without).unwrap();
    assert_eq!(without.facets.deliveries, answer.facets.deliveries);
    assert_eq!(
        without.facets.deliveries[&Delivery::NoApplication],
        u64::try_from(answer.total).unwrap()
    );
}

#[test]
fn facets_count_what_the_filters_would_find() {
    let answer = ask("补贴");
    let all = &answer.facets;
    assert_eq!(
        all.kinds.values().sum::<u64>(),
        u64::try_from(answer.total).unwrap()
    );
    for (code, &count) in &all.regions {
        let region = RegionFilter {
            code: code.clone(),
            above: vec![],
            reach: Reach::Inside,
        };
        let found = INDEX
            .search(&Query {
                region: Some(region),
                ..Query::text("补贴")
            })
            .unwrap();
        assert_eq!(u64::try_from(found.total).unwrap(), count, "{code}");
    }
    for (topic, &count) in &all.topics {
        let topics = vec![topic.clone()];
        let found = INDEX
            .search(&Query {
                topics,
                ..Query::text("补贴")
            })
            .unwrap();
        assert_eq!(u64::try_from(found.total).unwrap(), count, "{topic}");
    }
    for (issuer, &count) in &all.issuers {
        let issuers = vec![issuer.clone()];
        let found = INDEX
            .search(&Query {
                issuers,
                ..Query::text("补贴")
            })
            .unwrap();
        assert_eq!(u64::try_from(found.total).unwrap(), count, "{issuer}");
    }
    assert!(!all.regions.is_empty() && !all.topics.is_empty() && !all.issuers.is_empty());
}

#[test]
fn validity_includes_its_first_and_last_day() {
    let found = |day| {
        let query = Query {
            valid_on: Some(day),
            kinds: vec![Kind::Policy],
            ..Query::text("外贸")
        };
        INDEX.search(&query).unwrap().total
    };
    assert_eq!(found(date(2022, 12, 31)), 0);
    assert_eq!(found(date(2023, 1, 1)), 1);
    assert_eq!(found(date(2023, 12, 31)), 1);
    assert_eq!(found(date(2024, 1, 1)), 0);
}

#[test]
fn suggestions_follow_the_typing() {
    let names = |typed: &str| -> Vec<String> {
        INDEX
            .suggest(typed, 5)
            .unwrap()
            .into_iter()
            .map(|one| one.name.text)
            .collect()
    };
    assert_eq!(names("一次"), ["一次性扩岗补助"]);
    assert_eq!(names("高企"), ["高新技术企业认定奖励"]);
    assert_eq!(
        names("首台套"),
        [
            "首台(套)保险补贴",
            "首台(套)研制奖励",
            "襄阳高新区首台(套)重大技术装备支持办法",
        ]
    );
    assert_eq!(
        names("專精"),
        [
            "专精特新小巨人认定奖励",
            "省级专精特新中小企业奖励",
            "襄阳市支持专精特新企业高质量发展办法"
        ]
    );
    assert_eq!(names(" "), [""; 0]);
    assert_eq!(names("没有这个"), [""; 0]);
    assert_eq!(INDEX.suggest("奖励", 2).unwrap().len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_question_is_an_error(text in any::<String>()) {
        check_any(&text);
    }

    #[test]
    fn no_question_made_of_special_parts_is_an_error(parts in prop::collection::vec(
        prop::sample::select(vec![
            "“", "”", "\"", "「", "」", "〔2025〕", "12号", "襄政办发", "(", "套", ")", "首台", "AND", "NOT",
            "title:", "*", "~2", "^", "\\", "/", "growth-award", "高企", "的", " ", "\n", "\u{0}", "\u{feff}",
            "e\u{301}", "𠮷", "😀", "50", ".", "5", "%", "[", "TO", "]", "规模以上", "專", "ﬁ", "㈠", "İ",
        ]), 0..12)) {
        check_any(&parts.concat());
    }
}

static TEXTS: LazyLock<Vec<(String, Vec<char>)>> = LazyLock::new(|| {
    let text = |entry: Entry| (name(&entry), format!("{}。{}", entry.heading(), entry.text));
    corpus::library()
        .into_iter()
        .map(text)
        .map(|(name, text)| (name, text.chars().collect()))
        .collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn whatever_stands_in_an_entry_finds_it(which in any::<prop::sample::Index>(),
            start in any::<prop::sample::Index>(), length in 1..12_usize) {
        let (entry, text) = which.get(&TEXTS);
        let start = start.index(text.len());
        let end = (start + length).min(text.len());
        let inside = |at: usize| {
            at > 0 && at < text.len()
                && text[at - 1].is_ascii_alphanumeric() && text[at].is_ascii_alphanumeric()
        };
        prop_assume!(!inside(start) && !inside(end));
        let stretch: String = text[start..end].iter().collect();
        prop_assume!(stretch.chars().any(char::is_alphanumeric));
        let all = |text: String| INDEX.search(&Query { limit: 100, ..Query::text(text) }).unwrap();
        let answer = all(stretch.clone());
        prop_assert_eq!(answer.matching, Matching::All);
        prop_assert!(names(&answer).contains(entry), "{} for {}", entry, stretch);
        let whole = !stretch.contains(['(', '（', ')', '）']) && !stretch.contains('。');
        prop_assume!(whole);
        let answer = all(format!("“{stretch}”"));
        prop_assert!(names(&answer).contains(entry), "{} for “{}”", entry, stretch);
    }
}

fn check_any(text: &str) {
    let answer = ask(text);
    for hit in &answer.hits {
        assert_eq!(hit.snippet.marked().len(), hit.snippet.marks.len());
        assert_eq!(hit.heading.text, hit.entry.heading());
        assert!(hit.entry.text.contains(&hit.snippet.text));
    }
    assert_eq!(answer, ask(text));
    INDEX.suggest(text, 3).unwrap();
}
