//! `plan`: what is shared, and what is left to the reference interpreter.

use crate::support::Place;

const POLICY: [&str; 4] = ["--policies", "政策.md", "--as-of", "2026-06-30"];

/// Two measures that share their condition.
const SHARED: &str = r#"---
id: shared
title: 共享
issuer: 测试市人民政府
region: "4206"
effective: 2025-01-01
expires: 2025-12-31
---
# 共享

## 第二条 两个奖励

年营业收入1亿元以上的企业奖励1万元,另奖励2万元。

```zhida
事项 one "一"
  方式 免申即享
  周期 每年
  资格 "收入" 营业收入 >= 1亿元
  金额 1万元 取整 元 舍去

事项 two "二"
  方式 免申即享
  周期 每年
  资格 "收入" 营业收入 >= 1亿元
  金额 2万元 取整 元 舍去
```
"#;

#[test]
fn a_plan_counts_what_is_shared() {
    let place = Place::new();
    place.write("共享.md", SHARED);
    let plan = ["plan", "--policies", "共享.md", "--as-of", "2025-12-31"];
    let run = place.ends(0, &[&plan[..], &["--year", "2025", "--json"]].concat());
    let totals = run.totals();
    // The column, 1亿元 and the comparison, and two amounts. A comparison takes its constant in,
    // so that unshared there are two columns, two comparisons and two amounts.
    assert_eq!(totals["measures_valid"], 2);
    assert_eq!(
        (&totals["nodes"], &totals["tree_nodes"]),
        (&5.into(), &6.into())
    );
    assert_eq!(totals["sharing_percent"], 120);
    assert_eq!(totals["reference_nodes"], 0);
    let people = place.ends(0, &[&plan[..], &["--year", "2025"]].concat());
    assert!(people.out.contains("事项 2 个,节点 5 个"), "{}", people.out);
    assert!(people.out.contains("1.20 倍"), "{}", people.out);
    // A year outside the validity leaves nothing to plan.
    let late = place.ends(0, &[&plan[..], &["--year", "2027"]].concat());
    assert!(late.out.contains("另有 2 个事项"), "{}", late.out);
}

#[test]
fn a_plan_is_made_for_the_columns_of_a_snapshot() {
    let place = Place::new();
    let plan = [
        &["plan", "--snapshot", "企业.csv", "--year", "2025"][..],
        &POLICY,
    ]
    .concat();
    let run = place.ends(0, &plan);
    assert!(run.out.contains("事项 1 个"), "{}", run.out);
    let nodes = place.ends(0, &[&plan[..], &["--nodes"]].concat());
    assert!(nodes.out.contains("revenue@2025"), "{}", nodes.out);
    assert!(nodes.out.lines().count() > run.out.lines().count());
}

#[test]
fn a_plan_needs_a_year_and_a_library_without_faults() {
    let place = Place::new();
    let run = place.ends(1, &[&["plan"][..], &POLICY].concat());
    assert!(run.err.contains("--year"), "{}", run.err);
    let run = place.ends(2, &["plan", "--policies", "faults.md", "--year", "2025"]);
    assert!(run.err.contains("不能据此计算金额"), "{}", run.err);
}
