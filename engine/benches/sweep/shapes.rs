//! The rules of the benchmark's measures, each beside the SQL that a careful engineer would write
//! for it.
//!
//! Eight shapes of DOMAIN.md part 3 (S02, S05, S06, S07, S10, S12, S15, S26), with thresholds that
//! differ from measure to measure. Money is DECIMAL in yuan on the side of SQL, and every SQL
//! amount is exact.

/// How a measure looks with its figures filled in.
pub(crate) struct Shape {
    /// Its name.
    pub(crate) id: &'static str,
    /// The rules of the policy.
    pub(crate) rules: fn(u64) -> String,
    /// The condition of SQL.
    pub(crate) filter: fn(u64) -> String,
    /// The amount of SQL, in yuan.
    pub(crate) amount: fn(u64) -> String,
}

/// Conditions that nearly every measure shares, and why plans share nodes.
pub(crate) const COMMON_RULES: &str = "  除外 \"失信\" 失信\n";
/// The same in SQL.
pub(crate) const COMMON_FILTER: &str = "NOT dishonest";

/// All shapes.
pub(crate) const SHAPES: [Shape; 8] = [
    Shape {
        id: "growth",
        rules: |n| {
            let floor = 2_000 + 500 * (n % 7);
            format!(
                "  除外 \"上年无营业收入\" 营业收入@上年 <= 0元\n  资格 \"规上企业\" 规上企业\
                 \n  资格 \"收入\" 营业收入 >= {floor}万元\
                 \n  资格 \"增速\" (营业收入 - 营业收入@上年) / 营业收入@上年 >= 10%\
                 \n  金额 分档((营业收入 - 营业收入@上年) / 营业收入@上年) {{\
                 \n    [10%..20%) : {a}万元\n    [20%..30%) : {b}万元\n    >= 30% : {c}万元\
                 \n  }} 取整 元 四舍五入\n",
                a = 10 + n % 5,
                b = 20 + n % 5,
                c = 50 + n % 5,
            )
        },
        filter: |n| {
            let floor = (2_000 + 500 * (n % 7)) * 10_000;
            format!(
                "listed AND revenue_last > 0 AND revenue >= {floor} AND (revenue - \
                 revenue_last) * 10 >= revenue_last"
            )
        },
        amount: |n| {
            format!(
                "CASE WHEN (revenue - revenue_last) * 10 >= revenue_last * 3 THEN {c} WHEN \
                 (revenue - revenue_last) * 5 >= revenue_last THEN {b} ELSE {a} \
                 END::DECIMAL(18,2)",
                a = (10 + n % 5) * 10_000,
                b = (20 + n % 5) * 10_000,
                c = (50 + n % 5) * 10_000,
            )
        },
    },
    Shape {
        id: "research",
        rules: |n| {
            format!(
                "  资格 \"高新技术企业\" 资质 包含 \"高新技术企业\"\
                 \n  资格 \"研发费用\" 研发费用 >= {}万元\
                 \n  金额 最小(研发费用 * {}%, {}万元) 取整 元 四舍五入\n",
                50 + 10 * (n % 6),
                3 + n % 8,
                100 + 50 * (n % 4)
            )
        },
        filter: |n| format!("high_tech AND research >= {}", (50 + 10 * (n % 6)) * 10_000),
        amount: |n| {
            format!(
                "round(least(research * 0.{:02}, {}), 0)",
                3 + n % 8,
                (100 + 50 * (n % 4)) * 10_000
            )
        },
    },
    Shape {
        id: "title",
        rules: |n| {
            format!(
                "  资格 \"工业\" 行业 属于 [\"B\", \"C\", \"D\"]\
                 \n  资格 \"称号\" 资质 包含 \"专精特新中小企业\" 或 资质 包含 \
                 \"专精特新小巨人企业\"\
                 \n  金额 如果 资质 包含 \"专精特新小巨人企业\" 则 {}万元 否则 {}万元 取整 元 \
                 四舍五入\n",
                50 + n % 9,
                10 + n % 9
            )
        },
        filter: |_| "section IN ('B', 'C', 'D') AND (specialised OR giant)".to_owned(),
        amount: |n| {
            format!(
                "CASE WHEN giant THEN {} ELSE {} END::DECIMAL(18,2)",
                (50 + n % 9) * 10_000,
                (10 + n % 9) * 10_000
            )
        },
    },
    Shape {
        id: "equipment",
        rules: |n| {
            format!(
                "  资格 \"制造业\" 行业 属于 [\"C\"]\n  资格 \"设备投资\" 设备投资 >= {}万元\
                 \n  金额 最小(累进(设备投资) {{\n    [0元..1000万元] : {}%\
                 \n    (1000万元..5000万元] : {}%\n    > 5000万元 : {}%\
                 \n  }}, 1000万元) 取整 元 舍去\n",
                300 + 100 * (n % 5),
                5 + n % 3,
                8 + n % 3,
                10 + n % 3
            )
        },
        filter: |n| {
            format!(
                "section = 'C' AND equipment >= {}",
                (300 + 100 * (n % 5)) * 10_000
            )
        },
        amount: |n| {
            format!(
                "floor(least(least(equipment, 10000000) * 0.{:02} + greatest(least(equipment, \
                 50000000) - 10000000, 0) * 0.{:02} + greatest(equipment - 50000000, 0) * \
                 0.{:02}, 10000000))::DECIMAL(18,2)",
                5 + n % 3,
                8 + n % 3,
                10 + n % 3
            )
        },
    },
    Shape {
        id: "increment",
        rules: |n| {
            format!(
                "  资格 \"规上企业\" 规上企业\
                 \n  资格 \"增量\" 营业收入 - 营业收入@上年 >= {}万元\
                 \n  金额 最小((营业收入 - 营业收入@上年) * {}‰, 200万元) 取整 元 四舍五入\n",
                500 + 100 * (n % 10),
                1 + n % 6
            )
        },
        filter: |n| {
            format!(
                "listed AND revenue - revenue_last >= {}",
                (500 + 100 * (n % 10)) * 10_000
            )
        },
        amount: |n| {
            format!(
                "round(least((revenue - revenue_last) * 0.00{}, 2000000), 0)",
                1 + n % 6
            )
        },
    },
    Shape {
        id: "matrix",
        rules: |n| {
            format!(
                "  资格 \"批发零售\" 行业 属于 [\"F\"]\n  资格 \"收入\" 营业收入 >= 500万元\
                 \n  金额 按表 唯一 {{\n    | 营业收入 | 从业人员 | 结果 |\
                 \n    | [500万元..2000万元) | < 20 | {a}万元 |\
                 \n    | [500万元..2000万元) | >= 20 | {b}万元 |\
                 \n    | >= 2000万元 | < 20 | {b}万元 |\n    | >= 2000万元 | >= 20 | {c}万元 |\
                 \n  }} 取整 元 四舍五入\n",
                a = 2 + n % 4,
                b = 4 + n % 4,
                c = 8 + n % 4
            )
        },
        filter: |_| "section = 'F' AND revenue >= 5000000".to_owned(),
        amount: |n| {
            format!(
                "CASE WHEN revenue < 20000000 AND employees < 20 THEN {a} WHEN revenue < \
                 20000000 AND employees >= 20 THEN {b} WHEN revenue >= 20000000 AND employees \
                 < 20 THEN {b} WHEN revenue >= 20000000 AND employees >= 20 THEN {c} \
                 END::DECIMAL(18,2)",
                a = (2 + n % 4) * 10_000,
                b = (4 + n % 4) * 10_000,
                c = (8 + n % 4) * 10_000
            )
        },
    },
    Shape {
        id: "staff",
        rules: |n| {
            format!(
                "  资格 \"稳岗\" 从业人员 >= {} 且 从业人员 >= 从业人员@上年\
                 \n  金额 最小(从业人员 * {}元, 20万元) 取整 元 四舍五入\n",
                5 + n % 10,
                100 + 50 * (n % 9)
            )
        },
        filter: |n| {
            format!(
                "employees >= {} AND employees >= employees_last",
                5 + n % 10
            )
        },
        amount: |n| {
            format!(
                "least(employees * {}, 200000)::DECIMAL(18,2)",
                100 + 50 * (n % 9)
            )
        },
    },
    Shape {
        id: "hiring",
        rules: |n| {
            format!(
                "  资格 \"吸纳就业\" 计数(新增员工 其中 参保月数 >= {}) >= 1\
                 \n  金额 计数(新增员工 其中 参保月数 >= {} 且 登记失业) * 1500元 + \
                 计数(新增员工 其中 参保月数 >= {} 且 非 登记失业) * 500元 取整 元 四舍五入\n",
                3 + n % 6,
                3 + n % 6,
                3 + n % 6
            )
        },
        filter: |n| {
            format!(
                "len(list_filter(hires, lambda x: x.insured_months >= {m})) >= 1 AND \
                 len(list_filter(hires, lambda x: x.insured_months IS NULL OR \
                 (x.insured_months >= {m} AND x.registered_unemployed IS NULL))) = 0",
                m = 3 + n % 6
            )
        },
        amount: |n| {
            format!(
                "(len(list_filter(hires, lambda x: x.insured_months >= {m} AND \
                 x.registered_unemployed)) * 1500 + len(list_filter(hires, lambda x: \
                 x.insured_months >= {m} AND NOT x.registered_unemployed)) * \
                 500)::DECIMAL(18,2)",
                m = 3 + n % 6
            )
        },
    },
];
