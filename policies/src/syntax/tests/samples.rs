//! Every construct of the notation in both spellings.

/// The same block in Chinese and in English, names alike.
pub(super) const PAIRS: &[(&str, &str)] = &[
    ("定义 甲 : 金额 = 1元", "define 甲 : money = 1元"),
    ("定义 甲 : 数 = 1", "define 甲 : number = 1"),
    ("定义 甲 : 布尔 = 是", "define 甲 : boolean = true"),
    ("定义 甲 : 日期 = 基准日", "define 甲 : date = as_of"),
    ("定义 甲 : 文本 = \"a\"", "define 甲 : text = \"a\""),
    (
        "参数 lpr { 2024-10-21 : 3.10%, 2025-05-20 : 3.00% }",
        "parameter lpr { 2024-10-21 : 3.10%, 2025-05-20 : 3.00% }",
    ),
    (
        "参数 增速 : 数 {\n 2024-01-01 : 3%\n 2025-01-01 : -0.5%\n}",
        "parameter 增速 : number { 2024-01-01 : 3%; 2025-01-01 : -0.5% }",
    ),
    (
        "资金 industry-stable \"工业稳增长\" 预算 5000万元 不足时 按比例",
        "fund industry-stable \"工业稳增长\" budget 5000万元 when-short pro-rata",
    ),
    (
        "资金 f \"f\" 预算 5000万元 不足时 按先后",
        "fund f \"f\" budget 5000万元 when-short first-come",
    ),
    (
        "资金 f \"f\" 预算 5000万元 不足时 按先后 注册日期",
        "fund f \"f\" budget 5000万元 when-short first-come 注册日期",
    ),
    (
        "资金 f 预算 5000万元 不足时 按排名 增速",
        "fund f budget 5000万元 when-short ranked 增速",
    ),
    (
        "资金 f \"f\" 预算 5000万元 不足时 停发",
        "fund f \"f\" budget 5000万元 when-short stop",
    ),
    (
        "资金 f \"f\" 预算 5000万元 分配 按权重 得分 * 2",
        "fund f \"f\" budget 5000万元 allocate by-weight 得分 * 2",
    ),
    (
        "限额 c \"上限\" = 300万元 适用 a, b-2, p-1/c 每 年 按 集团代码 按比例",
        "cap c \"上限\" = 300万元 over a, b-2, p-1/c per year by 集团代码 pro-rata",
    ),
    (
        "限额 c = 最小(税额, 1亿元) 适用 a 累计 按先后",
        "cap c = min(税额, 1亿元) over a cumulative first-come",
    ),
    ("限额 c = 1元 适用 a", "cap c = 1元 over a"),
    (
        "就高 h \"就高\" 适用 a, p/b 按 项目编号",
        "highest-of h \"就高\" over a, p/b by 项目编号",
    ),
    (
        "算例 \"不够时\" 适用 a, p/b {\n 甲 : 50万元, 0元, 集团代码 = \"A\" => 30万元, 0元\n 乙 * 99 : 1元, 2元, 已付(p/b, 上年) = 3元 => 1元, 2元\n}",
        "case \"不够时\" over a, p/b { 甲 : 50万元, 0元, 集团代码 = \"A\" => 30万元, 0元; 乙 * 99 : 1元, 2元, paid(p/b, last_year) = 3元 => 1元, 2元 }",
    ),
    (
        "事项 m\n举例 甲 = 是 => 5万元 实付 3万元 分期 2万元, 1万元 分担 省 1万元, 市 2万元",
        "measure m\nexample 甲 = true => 5万元 payable 3万元 instalments 2万元, 1万元 shares 省 1万元, 市 2万元",
    ),
    (
        "事项 m \"m\"\n方式 免申即享\n周期 每年\n仅限首次\n有效 2025-01-01..2025-12-31\n依据 第八条 第二款\n资金 p/f",
        "measure m \"m\"\ndelivery no-application\ncadence yearly\nfirst-time-only\nvalid 2025-01-01..2025-12-31\nbasis 第八条 第二款\nfund p/f",
    ),
    (
        "事项 m \"m\"\n方式 即申即享\n周期 每季度\n有效 ..2025-12-31",
        "measure m \"m\"\ndelivery instant\ncadence quarterly\nvalid ..2025-12-31",
    ),
    (
        "事项 m \"m\"\n方式 申报\n周期 每月\n有效 2025-01-01..",
        "measure m \"m\"\ndelivery application\ncadence monthly\nvalid 2025-01-01..",
    ),
    ("事项 m\n周期 一次性", "measure m\ncadence once"),
    ("事项 m\n周期 每3年", "measure m\ncadence every-3-years"),
    (
        "事项 m\n设 甲 : 金额 = 1元\n资格 甲 > 0元\n资格 \"标签\" 非 乙\n除外 \"标签\" 丙\n除外 丁",
        "measure m\nlet 甲 : money = 1元\nwhere 甲 > 0元\nwhere \"标签\" not 乙\nexcept \"标签\" 丙\nexcept 丁",
    ),
    (
        "事项 m\n金额 1元 取整 元 四舍五入\n上限金额 1元 取整 角 舍去",
        "measure m\naward 1元 round yuan half-up\naward-ceiling 1元 round jiao down",
    ),
    (
        "事项 m\n金额 1元 取整 分 进位\n上限金额 1元 取整 十元 进位",
        "measure m\naward 1元 round fen up\naward-ceiling 1元 round ten-yuan up",
    ),
    (
        "事项 m\n金额 1元 取整 百元 进位\n上限金额 1元 取整 千元 进位",
        "measure m\naward 1元 round hundred-yuan up\naward-ceiling 1元 round thousand-yuan up",
    ),
    (
        "事项 m\n金额 1元 取整 万元 舍去\n名额 5 按 增速 并列同享",
        "measure m\naward 1元 round ten-thousand-yuan down\nplaces 5 by 增速 ties-share",
    ),
    (
        "事项 m\n名额 5 按 增速 并列从严\n起付 3万元\n分期 60%, 40% 若 在库@次年",
        "measure m\nplaces 5 by 增速 ties-miss\npayable-from 3万元\ninstalments 60%, 40% if 在库@next_year",
    ),
    (
        "事项 m\n分担 省 50%, 市 30%, 县 20%\n更正 \"原文有误\"\n收款方 银行名称",
        "measure m\nshares 省 50%, 市 30%, 县 20%\nerratum \"原文有误\"\npayee 银行名称",
    ),
    (
        "事项 m\n举例 甲 = 是, 乙@上年 = 1,000元, 年度 = 2025, 基准日 = 2026-06-30, 已付(本事项) = 5元 => 50万元",
        "measure m\nexample 甲 = true, 乙@last_year = 1,000元, assessment_year = 2025, as_of = 2026-06-30, paid(this_measure) = 5元 => 50万元",
    ),
    (
        "事项 m\n举例 甲 = 缺失 => 待核 甲, 乙@上年\n举例 => 不符合\n举例 丙 = [\"x\", \"y\"] => 不适用\n举例 乙 = -5 => 出错",
        "measure m\nexample 甲 = missing => undetermined 甲, 乙@last_year\nexample => ineligible\nexample 丙 = [\"x\", \"y\"] => not-applicable\nexample 乙 = -5 => error",
    ),
    (
        "事项 m\n举例 员工 = [ { 月数 = 12, 失业 = 是 }, { 月数 = 缺失 } ], 空 = [] => 0元",
        "measure m\nexample 员工 = [ { 月数 = 12, 失业 = true }, { 月数 = missing } ], 空 = [] => 0元",
    ),
    (
        "定义 a = 如果 甲 则 1 否则 如果 乙 则 2 否则 3",
        "define a = if 甲 then 1 else if 乙 then 2 else 3",
    ),
    (
        "定义 a = 甲 或 乙 且 非 丙 = 丁",
        "define a = 甲 or 乙 and not 丙 = 丁",
    ),
    (
        "定义 a = 行业 属于 [\"C\", \"F51\"] 且 行业 不属于 [\"C1\"]",
        "define a = 行业 in [\"C\", \"F51\"] and 行业 not in [\"C1\"]",
    ),
    (
        "定义 a = x 属于 [1..5) 或 x 属于 (1, < 5, >= 10)",
        "define a = x in [1..5) or x in (1, < 5, >= 10)",
    ),
    (
        "定义 a = x 介于 1 与 5 且 y 介于 2 与 3",
        "define a = x between 1 and 5 and y between 2 and 3",
    ),
    (
        "定义 a = 资质 包含 \"高新\" 且 名称 开头是 \"襄阳\"",
        "define a = 资质 contains \"高新\" and 名称 starts with \"襄阳\"",
    ),
    (
        "定义 a = -(x + 1) * 2 - y / 3 <= 4",
        "define a = -(x + 1) * 2 - y / 3 <= 4",
    ),
    (
        "定义 a = x@本年 + x@上年 + x@前年 + x@年-3 + x@次年 + x@2023",
        "define a = x@this_year + x@last_year + x@year-2 + x@year-3 + x@next_year + x@2023",
    ),
    (
        "定义 a = x@一季度 + x@四季度 + x@上半年 + x@下半年 + x@3月 + x@1月..9月",
        "define a = x@q1 + x@q4 + x@h1 + x@h2 + x@m3 + x@m1..m9",
    ),
    (
        "定义 a = x@上年一季度 + x@2024上半年 + x@上年1月..9月 + x@2024年3月 + x@年-3.1月",
        "define a = x@last_year.q1 + x@2024.h1 + x@last_year.m1..m9 + x@2024.m3 + x@year-3.m1",
    ),
    ("定义 a = lpr@2024-11-01", "define a = lpr@2024-11-01"),
    (
        "定义 a = 基准日 - 3年 >= 日期(2024, 3, 1) + 6个月 - 30天",
        "define a = as_of - 3 years >= date(2024, 3, 1) + 6 months - 30 days",
    ),
    (
        "定义 a = 1年 + 1个月 + 1日",
        "define a = 1 year + 1 month + 1 day",
    ),
    (
        "定义 a = 最小(1, 2) + 最大(1, 2) + 合计(x) + 计数(x) + 平均(x) + 中位数(x)",
        "define a = min(1, 2) + max(1, 2) + sum(x) + count(x) + mean(x) + median(x)",
    ),
    (
        "定义 a = 绝对值(x) + 取余(x, 2) + 向下取整(x) + 向上取整(x) + 取小数(x, 2)",
        "define a = abs(x) + modulo(x, 2) + floor(x) + ceiling(x) + decimal(x, 2)",
    ),
    (
        "定义 a = 四舍五入(x, 2) + 舍去(x, 2) + 进位(x, 2) + 五舍六入(x, 2)",
        "define a = round half up(x, 2) + round down(x, 2) + round up(x, 2) + round half down(x, 2)",
    ),
    (
        "定义 a = 缺失(x) 或 字数(x) > 2 或 截取(x, 1, 2) = \"a\" 或 结尾是(x, \"a\")",
        "define a = missing(x) or string length(x) > 2 or substring(x, 1, 2) = \"a\" or ends with(x, \"a\")",
    ),
    (
        "定义 a = 大写(x) = 小写(y) 且 年份(d) + 月份(d) + 日(d) > 3",
        "define a = upper case(x) = lower case(y) and year(d) + month(d) + day(d) > 3",
    ),
    (
        "定义 a = 复合增速不低于(x, 2, 20%)",
        "define a = compound-growth-at-least(x, 2, 20%)",
    ),
    (
        "定义 a = 已付(本事项) + 已付(p-1/m-2, 本年) + 已付(m, 上年) + 已付(m, 前年) + 已付(m, 2024-01-01..2024-12-31) + 已付(m, @2023)",
        "define a = paid(this_measure) + paid(p-1/m-2, this_year) + paid(m, last_year) + paid(m, year-2) + paid(m, 2024-01-01..2024-12-31) + paid(m, @2023)",
    ),
    (
        "定义 a = 合计(贷款, 本金 * 1% 其中 天数 > 0) + 计数(员工 其中 月数 >= 6)",
        "define a = sum(贷款, 本金 * 1% satisfies 天数 > 0) + count(员工 satisfies 月数 >= 6)",
    ),
    (
        "定义 a = 存在(员工 其中 失业) 且 全部(员工, 月数 >= 6)",
        "define a = any(员工 satisfies 失业) and all(员工, 月数 >= 6)",
    ),
    (
        "定义 a = 分档(x) { [0..10%) : 1元, [10%..20%] : 2元; > 20% : 3元 }",
        "define a = step(x) {\n[0..10%) : 1元\n[10%..20%] : 2元\n> 20% : 3元\n}",
    ),
    (
        "定义 a = 累进(x) { [0..100万元) : 1%, [100万元..] : 2% }",
        "define a = marginal(x) { [0..100万元) : 1%, [100万元..] : 2% }",
    ),
    (
        "定义 规模 = 按表 首个 {\n| 行业 | 人数 | 结果 |\n| 属于 [\"B\",\"C\"] | >= 1000, 5 | \"大\" |\n| 不属于 \"D\" | - | \"小\" |\n| 非(\"E\", \"F\") | 包含 \"高\" | \"微\" |\n}",
        "define 规模 = table first {\n| 行业 | 人数 | result |\n| in [\"B\",\"C\"] | >= 1000, 5 | \"大\" |\n| not in \"D\" | - | \"小\" |\n| not(\"E\", \"F\") | contains \"高\" | \"微\" |\n}",
    ),
    (
        "定义 a = 按表 优先 (\"高\", \"低\") {\n| x | 结果 |\n| -5 | \"低\" |\n}",
        "define a = table priority (\"高\", \"低\") {\n| x | result |\n| -5 | \"低\" |\n}",
    ),
    (
        "定义 a = 按表 唯一 {\n| x | 结果 |\n| 1 | 1 |\n} + 按表 任一 {\n| x | 结果 |\n| 1 | 1 |\n} + 按表 合计 {\n| x | 结果 |\n| 1 | 1 |\n}",
        "define a = table unique {\n| x | result |\n| 1 | 1 |\n} + table any {\n| x | result |\n| 1 | 1 |\n} + table sum {\n| x | result |\n| 1 | 1 |\n}",
    ),
    (
        "定义 a = 按表 最大 {\n| x | 结果 |\n| 1 | 1 |\n} + 按表 最小 {\n| x | 结果 |\n| 1 | 1 |\n} + 按表 计数 {\n| x | 结果 |\n| 1 | 1 |\n}",
        "define a = table max {\n| x | result |\n| 1 | 1 |\n} + table min {\n| x | result |\n| 1 | 1 |\n} + table count {\n| x | result |\n| 1 | 1 |\n}",
    ),
];

/// The blocks of the description of the notation.
pub(super) const DESCRIBED: &[&str] = &[
    r#"事项 growth-award "规上企业增长奖励"
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
"#,
    r#"定义 企业规模 = 按表 首个 {
  | 行业            | 从业人员 | 营业收入      | 结果   |
  | 属于 ["B","C","D"] | >= 1000      | >= 4亿元     | "大型" |
  | 属于 ["B","C","D"] | >= 300       | >= 2000万元  | "中型" |
  | 属于 ["B","C","D"] | >= 20        | >= 300万元   | "小型" |
  | 属于 ["B","C","D"] | -            | -            | "微型" |
}
"#,
    "事项 m\n  名额 5 按 增速 并列同享\n  起付 3万元\n  分期 60%, 40% 若 在库@次年\n  分担 省 50%, 市 30%, 县 20%\n",
    "定义 a = 合计(贷款, 本金 * 天数 / 365 * 1% 其中 天数 > 0)\n定义 b = 计数(新增员工 其中 参保月数 >= 6)\n",
    "事项 m\n举例 新增员工 = [ { 参保月数 = 12, 登记失业 = 是 } ], 资质 = [\"高新技术企业\"] => 5元\n",
    "定义 a = 资质 包含 \"高新技术企业\" 且 行业 属于 [\"C\", \"F51\"]\n",
    "定义 a = 复合增速不低于(x, 2, 20%)\n定义 b = 营业收入@年-3 + 用电量@一季度 + 用电量@上半年 + 用电量@1月..9月\n",
    "事项 m # 注释\n\n  # 上面空一行\n  资格 a /* 中间 */ 且 b // 末尾\n\n\n  金额 最小( # 断行\n    1元,\n    2元) 取整 元 舍去\n  依据 第八条 https://example.gov.cn/a#b # 尾注\n# 结束\n",
    "事项 m\n　资格 （营业收入 ≥ １，０００元） 且 “文本” ！= 名称 且 行业 属于 【“C”】\n",
];
