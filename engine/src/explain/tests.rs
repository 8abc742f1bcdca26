//! Explanations as people read them.

use crate::example::ExampleFacts;
use crate::explain::Explanation;
use crate::interpreter::tests::library_of;
use crate::interpreter::{Context, Interpreter};

fn explain(measure: &str) -> Explanation {
    let library = library_of("4206", measure);
    let measure = &library.measures[0];
    let example = &measure.examples[0];
    let facts = ExampleFacts::new(&library, measure, example);
    let context = Context {
        year: example.year,
        as_of: example.as_of,
    };
    Interpreter::new(&library).explain(measure, &facts, context)
}

const GROWTH: &str = "事项 growth \"增长奖励\"\n周期 每年\n更正 \"原文“2024年”应为“2025年”\"\n\
     设 增速 = (营业收入 - 营业收入@上年) / 营业收入@上年\n资格 \"增速\" 增速 >= 10%\n\
     资格 \"规上\" 规上企业\n金额 分档(增速) { [10%..20%) : 20万元\n>= 20% : 50万元 } 取整 元 四舍五入\n";

#[test]
fn an_award_is_explained_down_to_its_facts() {
    let measure = format!(
        "{GROWTH}举例 年度 = 2025, 规上企业 = 是, 营业收入 = 1.2亿元, 营业收入@上年 = 1亿元 => 50万元"
    );
    let expected = "\
增长奖励(test/growth)
依据 《试行办法》 第一条
更正 原文“2024年”应为“2025年”
企业 举例 年度 2025 基准日 2025-12-31
应得 500,000.00 元
  是 ← 适用地区 襄阳市(4206)
    4206 襄阳市 ← 地区(基准日) [市场监管局]
    无 ← 功能区(基准日) [管委会]
  是 ← 有效期 2020-01-01 至 长期
  是 ← 资格“增速” 增速 >= 10%
    0.2(20%) ← 增速 (营业收入 - 营业收入@上年) / 营业收入@上年
      20,000,000.00 元 ← 计算 (营业收入 - 营业收入@上年)
        120,000,000.00 元 ← 营业收入(2025年) [税务局]
        100,000,000.00 元 ← 营业收入(2024年) [税务局]
      100,000,000.00 元 ← 营业收入(2024年) [税务局]
  是 ← 资格“规上” 规上企业
    是 ← 规上企业(2025年) [统计局]
  500,000.00 元 ← 金额 分档(增速) { [10%..20%) : 20万元 >= 20% : 50万元 }
    0.2(20%) ← 增速 (营业收入 - 营业收入@上年) / 营业收入@上年
    500,000.00 元 ← 第2行 >= 20% : 50万元
";
    assert_eq!(explain(&measure).to_string(), expected);
}

#[test]
fn what_is_missing_names_its_owner() {
    let measure =
        format!("{GROWTH}举例 年度 = 2025, 规上企业 = 是, 营业收入 = 1亿元 => 待核 营业收入@上年");
    let explanation = explain(&measure);
    assert_eq!(
        explanation.outcome.summary,
        "待核,缺 营业收入(2024年)[税务局];金额0.00 元至 500,000.00 元"
    );
    let json = serde_json::to_value(&explanation.outcome).unwrap();
    assert_eq!(json["kind"], "undetermined");
    assert_eq!(json["missing"][0]["owner"], "税务局");
    assert_eq!(json["reasons"][0]["code"], 301);
    assert_eq!(
        (&json["least"], &json["greatest"]),
        (&"0.00".into(), &"500000.00".into())
    );
}

#[test]
fn what_fails_shows_its_values() {
    let measure = format!(
        "{GROWTH}举例 年度 = 2025, 规上企业 = 否, 营业收入 = 1.05亿元, 营业收入@上年 = 1亿元 => 不符合"
    );
    let outcome = explain(&measure).outcome;
    assert_eq!(
        outcome.summary,
        "不符合:不满足资格条件“增速”;不满足资格条件“规上”"
    );
    let values: Vec<String> = outcome
        .reasons
        .iter()
        .flat_map(|reason| &reason.values)
        .map(|read| format!("{} = {}", read.name, read.value))
        .collect();
    assert_eq!(values, ["增速 = 0.05(5%)", "规上企业(2025年) = 否"]);
    let place = outcome.reasons[0].place.as_ref().unwrap();
    assert_eq!(
        (place.path.as_str(), place.line, place.column),
        ("test.md", 19, 1)
    );
}
