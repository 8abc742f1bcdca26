//! What an enterprise does against the articles of a small library.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that stops has failed"
)]

mod corpus;

use std::sync::Arc;

use zhida_indexer::{Index, Kind, Lexicon, Query, Reach, RegionFilter};

fn related(query: &Query) -> Vec<String> {
    let lexicon = Arc::new(Lexicon::new(["蕲艾", "规上企业", "专精特新"]).unwrap());
    let index = Index::create_in_ram(lexicon, &corpus::library()).unwrap();
    let hits = index.related(query).unwrap();
    assert!(hits.iter().all(|hit| hit.entry.kind() == Kind::Article));
    hits.into_iter().map(|hit| hit.entry.policy_id).collect()
}

/// The first article found for a business scope is of this policy.
#[track_caller]
fn check(scope: &str, first: &str) {
    let found = related(&Query::text(scope));
    assert_eq!(found.first().map(String::as_str), Some(first), "{found:?}");
}

#[test]
fn the_articles_of_a_trade_come_first() {
    check(
        "一般项目:蕲艾种植;艾草制品制造;艾草制品销售(除依法须经批准的项目外,凭营业执照依法自主开展经营活动)",
        "qichun-mugwort-2025",
    );
    check(
        "许可项目:建设工程施工。一般项目:建筑用石加工;石材销售;非金属矿物制品制造;水资源循环利用",
        "macheng-stone-2025",
    );
    check(
        "重大技术装备研制、销售;通用设备修理;机械零件加工;货物进出口",
        "xiangyang-zone-equipment",
    );
}

#[test]
fn a_long_scope_is_read_to_its_end() {
    let padding = "企业形象策划;市场营销策划;礼仪服务;".repeat(30);
    let found = related(&Query::text(format!("{padding}蕲艾种植")));
    assert!(
        found.contains(&"qichun-mugwort-2025".to_owned()),
        "{found:?}"
    );
}

#[test]
fn filters_hold() {
    let query = Query {
        region: Some(RegionFilter {
            code: "4206".into(),
            above: vec!["42".into()],
            reach: Reach::InsideAndAbove,
        }),
        ..Query::text("石材加工;技术改造;设备销售")
    };
    let found = related(&query);
    assert!(
        found.contains(&"xiangyang-industry-2025".to_owned()),
        "{found:?}"
    );
    assert!(
        !found.contains(&"macheng-stone-2025".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_scope_that_says_nothing_finds_nothing() {
    for scope in [
        "",
        "。;,",
        "一般项目:依法须经批准的项目,经相关部门批准后方可开展经营活动",
    ] {
        assert_eq!(
            related(&Query::text(scope)),
            Vec::<String>::new(),
            "{scope}"
        );
    }
}
