//! Examples that agree, and what is said of those that do not.

use super::*;
use crate::interpreter::tests::library_of;

const MEASURE: &str = "事项 power \"用电奖励\"\n周期 每年\n资格 \"规上\" 规上企业\n\
     资格 \"用电\" 用电量@1月..9月 >= 100\n金额 用电量@1月..9月 * 1元 取整 元 舍去\n";

/// The faults of the examples, each as its message.
fn faults(examples: &str) -> Vec<Option<String>> {
    let library = library_of("4206", &format!("{MEASURE}{examples}"));
    let outcomes = run_examples(&library);
    outcomes
        .into_iter()
        .map(|outcome| outcome.fault.map(|fault| fault.message))
        .collect()
}

#[test]
fn examples_that_agree() {
    let examples = "举例 规上企业 = 是, 用电量@1月..9月 = 120 => 120元\n\
         举例 规上企业 = 是, 用电量@1月..9月 = 99 => 不符合\n\
         举例 规上企业 = 是, 用电量@1月..9月 = 120, 地区 = \"420902\" => 不适用\n\
         举例 规上企业 = 是 => 待核 用电量\n\
         举例 规上企业 = 是 => 待核 用电量@9月\n\
         举例 规上企业 = 是 => 待核 用电量@1月..9月\n\
         举例 规上企业 = 是, 用电量@1月..8月 = 120 => 待核 用电量@9月\n\
         举例 => 待核 规上企业, 用电量";
    assert_eq!(faults(examples), vec![None; 8]);
}

#[test]
fn examples_that_disagree_say_what_was_computed() {
    let examples = "举例 规上企业 = 是, 用电量@1月..9月 = 120 => 121元\n\
         举例 规上企业 = 否, 用电量@1月..9月 = 120 => 120元\n\
         举例 规上企业 = 是, 用电量@1月..9月 = 120 => 出错\n\
         举例 规上企业 = 是 => 待核 规上企业, 用电量\n\
         举例 规上企业 = 是 => 待核 用电量@10月";
    let messages: Vec<String> = faults(examples).into_iter().flatten().collect();
    assert_eq!(messages.len(), 5);
    assert_eq!(messages[0], "举例应为 121.00 元,算得 应得 120.00 元");
    assert_eq!(
        messages[1],
        "举例应为 120.00 元,算得 不符合:不满足资格条件“规上”"
    );
    assert_eq!(messages[2], "举例应为 出错,算得 应得 120.00 元");
    assert!(
        messages[3].starts_with("举例应为 待核 规上企业、用电量,算得 待核,缺 用电量(2020年1月)")
    );
}

#[test]
fn a_disagreement_stands_at_the_expectation() {
    let library = library_of(
        "4206",
        &format!("{MEASURE}举例 规上企业 = 否, 用电量@1月..9月 = 120 => 120元"),
    );
    let outcome = run_examples(&library).remove(0);
    let fault = outcome.fault.unwrap();
    assert_eq!(fault.code, Code::Z06);
    let text = &library.files[0].text;
    assert_eq!(&text[fault.span.range()], "120元");
    let help = fault.help.unwrap();
    assert!(help.contains("规上企业(2020年) = 否"), "{help}");
    assert!(help.contains("否 ← 资格“规上” 规上企业"), "{help}");
}
