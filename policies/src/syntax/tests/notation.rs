//! Whole blocks of the notation.

use super::parse_clean;

/// The measure that the description of the notation begins with.
const GROWTH: &str = r#"事项 growth-award "规上企业增长奖励"
  方式 免申即享
  周期 每年
  资金 industry-stable
  设   增速 = (营业收入 - 营业收入@上年) / 营业收入@上年
  除外 "上年无营业收入" 营业收入@上年 <= 0元
  资格 "规上企业"     规上企业
  资格 "收入门槛"     营业收入 >= 1亿元
  资格 "增速门槛"     增速 >= 10%
  金额 分档(增速) {
         [10%..20%) : 20万元
         [20%..30%) : 50万元
         >= 30%     : 100万元
       } 取整 元 四舍五入
  举例 规上企业 = 是, 营业收入 = 1.2亿元, 营业收入@上年 = 1亿元        => 50万元
  举例 规上企业 = 是, 营业收入 = 119999999元, 营业收入@上年 = 1亿元    => 20万元
  举例 规上企业 = 是, 营业收入 = 2亿元, 营业收入@上年 = 0元            => 不适用
  举例 规上企业 = 是, 营业收入 = 2亿元                                 => 待核 营业收入@上年
"#;

#[test]
fn the_first_measure_is_read() {
    let block = parse_clean(GROWTH);
    assert_eq!(block.declarations.len(), 1);
}
