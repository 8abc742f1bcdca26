//! From single awards to the payable list: `sweep` and `explain` over enterprises that share a cap
//! and a fund. The file `data/shared.md` holds the policy, the enterprises, the calculation by hand
//! and the explanation that it must come to.

use serde_json::json;

use crate::support::{GROWN, Place};

const SHARED: &str = include_str!("data/shared.md");

/// What stands between the fences of a block.
fn block(language: &str) -> &'static str {
    let (_, below) = SHARED.split_once(&format!("```{language}\n")).unwrap();
    below.split_once("```").unwrap().0
}

/// A place with the shared policy, the enterprises of the file and more.
fn place(more: &str) -> Place {
    let place = Place::new();
    place.write("政策.md", SHARED);
    place.write("企业.csv", &format!("{}{more}", block("csv")));
    place
}

fn with(first: &[&'static str]) -> Vec<&'static str> {
    let when = [
        "--snapshot",
        "企业.csv",
        "--year",
        "2025",
        "--as-of",
        "2026-06-30",
    ];
    [first, &when, &["--policies", "政策.md"]].concat()
}

#[test]
fn an_explanation_goes_from_the_base_figure_to_the_payable_amount() {
    let run = place("").ends(0, &with(&["explain", "shared/a", GROWN]));
    assert_eq!(run.out, block("text"));
    let run = place("").ends(0, &with(&["explain", "shared/a", GROWN, "--json"]));
    let payable = &run.lines()[0]["payable"];
    assert_eq!(payable["payable"], "555.56");
    assert_eq!(
        (&payable["standing"], &payable["is_partial"]),
        (&json!("final"), &json!(false))
    );
}

#[test]
fn steps_that_need_others_are_named_where_there_are_none() {
    let place = Place::new();
    place.write("政策.md", SHARED);
    let one: Vec<&str> = block("csv").lines().take(2).collect();
    place.write("企业.csv", &one.join("\n"));
    let run = place.ends(0, &with(&["explain", "shared/a", GROWN]));
    // The cap is the enterprise's own and leaves 750 yuan; what the fund leaves of it is not known.
    for part in [
        "单独算得 750.00 元,还要看其他企业",
        "750.00 元 ← 第9步 限额“年度限额”",
        "未计算 ← 第10步 资金“奖励资金” 要与其他企业一起算;请用全部企业的快照",
    ] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
    assert!(!run.out.contains("现在可付"), "{}", run.out);
}

#[test]
fn a_sweep_says_what_may_be_paid_and_from_which_funds() {
    let run = place("").ends(0, &with(&["sweep"]));
    let (table, _timings) = run.out.rsplit_once("用时").unwrap();
    insta::assert_snapshot!("sweep_shared", table);
    let run = place("").ends(0, &with(&["sweep", "--json"]));
    let settlement = &run.totals()["settlement"];
    assert_eq!(settlement["payable"], "1750.00");
    assert_eq!(
        (&settlement["payable_awards"], &settlement["rows"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(
        settlement["funds"],
        json!([{"fund": "shared/pot", "name": "奖励资金", "budget": "1000.00", "paid": "0.00",
                "claimed": "1350.00", "granted": "1000.00", "left": "0.00", "awards": 2,
                "open": 0}])
    );
    let limit = &settlement["limits"][0];
    assert_eq!(
        (&limit["step"], &limit["rule"]),
        (&json!(9), &json!("shared/year"))
    );
    assert_eq!(
        (&limit["awards"], &limit["reduced"]),
        (&json!(2), &json!("500.00"))
    );
    assert_eq!(run.lines()[0]["payable"], "1000.00");
}

#[test]
fn who_may_ask_for_more_makes_the_fund_provisional() {
    // Nobody knows its research: it may ask the fund for up to the cap of 1,500 yuan.
    let place = place("91420600MA0000031Y,缺数企业,420606,无,,0\n");
    let run = place.ends(0, &with(&["sweep"]));
    for part in [
        "现在可付 750.00 元,1 笔;逐项算得 2,600.00 元",
        "暂不能付 2 笔:现在算得 1,000.00 元,最少 473.67 元",
        "2 笔:资金“奖励资金” 里有待定的企业或数据 shared/pot",
    ] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
    let run = place.ends(0, &with(&["explain", "shared/a", GROWN]));
    for part in [
        "应得 1,000.00 元\n暂不兑付:现在算得 555.56 元,最少 263.15 元",
        "可能减少,暂不兑付",
    ] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
}
