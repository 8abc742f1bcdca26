//! What is worked out for one measure holds for those that say the same, and for no others.

use super::equality::many;
use super::*;
use crate::plan::{Plan, Schema};
use crate::sweep::alike::first_alike;

/// The measures of the city: one, its copy under other names, and seven that differ.
const CITY: &str = r#"
事项 first "规模奖励"
  方式 免申即享
  周期 每年
  资格 "规上" 规上企业
  金额 营业收入 * 1% 取整 元 舍去

事项 copied "另一奖励"
  方式 免申即享
  周期 每年
  起付 100元
  资格 "在库" 规上企业
  金额 营业收入*1% 取整 元 舍去

事项 rounded "进位奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  金额 营业收入 * 1% 取整 元 进位

事项 unit "角分奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  金额 营业收入 * 1% 取整 分 舍去

事项 excepted "规下奖励"
  方式 免申即享
  周期 每年
  除外 规上企业
  资格 是
  金额 营业收入 * 1% 取整 元 舍去

事项 twice "两项奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  资格 是
  金额 营业收入 * 1% 取整 元 舍去

事项 rate "加倍奖励"
  方式 免申即享
  周期 每年
  资格 规上企业
  金额 营业收入 * 2% 取整 元 舍去

事项 bound "基数奖励"
  方式 免申即享
  周期 每年
  设 基数 = 营业收入
  资格 规上企业
  金额 基数 * 1% 取整 元 舍去

事项 earlier "上年基数奖励"
  方式 免申即享
  周期 每年
  设 基数 = 营业收入@上年
  资格 规上企业
  金额 基数 * 1% 取整 元 舍去
"#;

/// What a county and a zone took over word by word.
const COPY: &str = r#"
事项 taken "本地奖励"
  方式 免申即享
  周期 每年
  资格 "规上" 规上企业
  金额 营业收入 * 1% 取整 元 舍去
"#;

fn policy(id: &str, region: &str, measures: &str) -> PolicyText {
    let text = format!(
        "---\nid: {id}\ntitle: 样例\nissuer: 样例\nregion: \"{region}\"\n\
         effective: 2025-01-01\n---\n# 样例\n\n## 第一条 奖励\n\n奖励。\n\n\
         ```zhida{measures}```\n"
    );
    PolicyText {
        path: format!("{id}.md"),
        bytes: text.into_bytes(),
    }
}

fn adopted() -> Library {
    let codes = Arc::new(Codes::built_in().unwrap());
    let zone = codes.zones().next().unwrap();
    let texts = vec![
        policy("city", "4206", CITY),
        policy("county", "420606", COPY),
        policy("zone", zone.as_str(), COPY),
    ];
    let library = check(texts, vocabulary(), codes, CheckOptions::default());
    let mut faults = library.faults.iter();
    assert!(
        faults.all(|fault| fault.code.is_warning()),
        "{:?}",
        library.faults
    );
    library
}

#[test]
fn measures_are_alike_whose_parts_say_the_same() {
    let library = adopted();
    let snapshot = four();
    let plan = Plan::new(&library, CONTEXT, Schema::of(&snapshot));
    let names = |place: usize| {
        let measure = library.measures.get(place).unwrap();
        measure.id.0.to_string()
    };
    let alike = first_alike(&plan, &library).into_iter().enumerate();
    let others: Vec<_> = alike
        .filter(|(place, first)| place != first)
        .map(|(place, first)| (names(place), names(first)))
        .collect();
    let pair = |copy: &str, first: &str| (copy.to_owned(), first.to_owned());
    assert_eq!(library.measures.len(), 11);
    assert_eq!(
        others,
        [
            pair("city/copied", "city/first"),
            pair("county/taken", "city/first"),
        ]
    );
}

#[test]
fn details_are_those_of_the_reference_for_each_of_them() {
    let library = adopted();
    let rows = many();
    let rows: Vec<_> = rows.iter().take(2_000).collect();
    let rows: Vec<Row<'_>> = rows
        .iter()
        .map(|(uscc, (_, region, now, then, above))| (uscc.as_str(), *region, *now, *then, *above))
        .collect();
    let snapshot = snapshot_of(&rows);
    let (_, found) = swept(&snapshot, &library, options(2));
    let reference = SweepOptions {
        evaluator: Evaluator::Reference,
        ..options(2)
    };
    let (_, expected) = swept(&snapshot, &library, reference);
    let undetermined = |record: &&DecisionRecord| record.kind == DecisionKind::Undetermined;
    let measures: std::collections::BTreeSet<_> = expected
        .iter()
        .filter(undetermined)
        .map(|record| record.measure)
        .collect();
    // Nobody is in the zone.
    assert_eq!(measures.len(), 10, "{measures:?}");
    assert!(found == expected);
}
