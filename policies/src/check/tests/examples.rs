//! Examples: what they give, and what they expect.

use super::block;

/// An example must give these faults.
#[track_caller]
fn example(text: &str, expected: &[&str]) {
    block(
        &format!("事项 m \"m\"\n资格 规上企业\n金额 1元 取整 元 舍去\n举例 {text}"),
        expected,
    );
}

#[test]
fn values_have_the_type_of_their_fact() {
    example(
        "规上企业 = 是, 营业收入 = 1.5元, 资质 = [\"瞪羚企业\"], 资质 = [] => 1元",
        &["Z05 资质 = []"],
    );
    example("规上企业 = \"是\" => 1元", &["Z03 \"是\""]);
    example("营业收入 = 5 => 1元", &["Z03 5"]);
    example("营业收入 = 0.001元 => 1元", &["Z03 0.001元"]);
    example("资质 = [\"瞪羚\"] => 1元", &["Z07 \"瞪羚\""]);
    example("企业规模 = \"特大\" => 1元", &["Z07 \"特大\""]);
    example("行业 = \"C99\" => 1元", &["Z07 \"C99\""]);
    example("营业收入 = 研发费用 => 1元", &["Z03 研发费用"]);
    example("新增员工 = 5 => 1元", &["Z03 5"]);
    example("营业收人 = 5元 => 1元", &["Z02 营业收人"]);
    example("营业收入@一季度 = 5元 => 1元", &["Z07 一季度"]);
}

#[test]
fn records_have_the_fields_of_their_list() {
    example(
        "新增员工 = [ { 参保月数 = 6, 登记失业 = 是 }, {  登记失业 = 否 } ] => 1元",
        &[],
    );
    example("新增员工 = [ { 参保月 = 6 } ] => 1元", &["Z02 参保月"]);
    example("新增员工 = [ { 参保月数 = 是 } ] => 1元", &["Z03 是"]);
    example(
        "新增员工 = [ { 参保月数 = 6, 参保月数 = 7 } ] => 1元",
        &["Z05 参保月数"],
    );
}

#[test]
fn a_fact_is_given_once_for_one_period() {
    example("营业收入 = 1元, 营业收入@上年 = 1元 => 1元", &[]);
    example(
        "营业收入 = 1元, 营业收入@本年 = 1元 => 1元",
        &["Z05 营业收入@本年 = 1元"],
    );
    example(
        "年度 = 2026, 规上企业 = 是, 营业收入 = 1元, 营业收入@2026 = 2元 => 1元",
        &["Z05 营业收入@2026 = 2元"],
    );
    example(
        "年度 = 2026, 营业收入 = 1元, 营业收入@2025 = 2元 => 1元",
        &[],
    );
}

#[test]
fn settings_say_one_thing() {
    example("年度 = 2026, 基准日 = 2026-06-30 => 1元", &[]);
    example("年度 = 1元 => 1元", &["Z03 1元"]);
    example("基准日 = 2026 => 1元", &["Z03 2026"]);
    example("年度 = 缺失 => 1元", &["Z03 年度 = 缺失"]);
    example("年度 = 2025, 年度 = 2026 => 1元", &["Z05 年度 = 2026"]);
    example("已付(本事项) = 1元, 已付(p/m, 上年) = 2元 => 1元", &[]);
    example("已付(n) = 1元 => 1元", &["Z02 n"]);
}

#[test]
fn results_can_come_out() {
    example("规上企业 = 是 => 5", &["Z03 5"]);
    example("规上企业 = 是 => 0.001元", &["Z03 0.001元"]);
    example("营业收入 = 1元 => 待核 规上企业, 营业收入@上年", &[]);
    example("营业收入 = 1元 => 待核 规上企亚", &["Z02 规上企亚"]);
    example("营业收入 = 1元 => 待核 规上企业@上年", &["Z07 上年"]);
}
