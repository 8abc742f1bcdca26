//! Sealed sweeps that do not come out again, and answers of many rows.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use zhida_engine::snapshot::canonical_json;
use zhida_policies::values::Uscc;

use crate::support::Place;
use crate::support::desk::{Batched, NOW};

/// A policy that pays a tenth of every machine, as far as its fund goes.
const FUNDED: &str = "---
id: machines
title: 设备补助办法
document_number: 测政发〔2025〕9号
issuer: 测试市人民政府
published: 2024-01-01
source: 为测试而写
region: \"4206\"
effective: 2024-01-01
topics: [工业]
---

# 设备补助办法

## 第一条 设备补助

购置设备的企业,按设备投资的10%补助;预算不足时按比例。

```zhida
资金 machine-fund \"设备补助资金\" 预算 100万元 不足时 按比例

事项 all \"设备补助\"
  方式 免申即享
  周期 每年
  资格 设备投资 > 0元
  金额 设备投资 * 10% 取整 分 舍去
  资金 machine-fund
```
";

/// An enterprise by its number.
fn code(number: usize) -> String {
    let code = Uscc::generate("91", "420600", &format!("8{number:07}"));
    code.unwrap().to_string()
}

/// Enterprises that bought machines for a million each.
fn enterprises(count: usize) -> String {
    let mut csv = "统一社会信用代码,企业名称,地区,功能区,设备投资@2025\n".to_owned();
    for number in 0..count {
        csv.push_str(&format!(
            "{},企业{number},420606,无,1000000\n",
            code(number)
        ));
    }
    csv
}

fn sweep(place: &Place, snapshot: &str, (policy, out): (&str, &str)) {
    let line = [
        "sweep",
        "--snapshot",
        snapshot,
        "--year",
        "2025",
        "--as-of",
        "2026-06-30",
        "--policies",
        policy,
        "--out",
        out,
    ];
    place.ends(0, &line);
}

fn seal_of(place: &Place, folder: &str) -> PathBuf {
    let entries = fs::read_dir(place.path().join(folder)).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let is_seal = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("seal-") && name.ends_with(".json")
    };
    paths.find(is_seal).unwrap()
}

/// Makes the seal of `swept` claim what `other` came to, whole in itself.
fn forge(place: &Place) {
    let read =
        |path: &PathBuf| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let mine = seal_of(place, "swept");
    let (mut forged, theirs) = (read(&mine), read(&seal_of(place, "other")));
    forged["result"] = theirs["result"].clone();
    forged["files"] = theirs["files"].clone();
    fs::remove_file(&mine).unwrap();
    let name = format!("seal-{}.json", forged["result"]["digest"].as_str().unwrap());
    let folder = place.path().join("swept");
    fs::write(folder.join(name), canonical_json(&forged)).unwrap();
    for file in ["decisions", "awards", "summary"] {
        let name = forged["files"][file]["name"].as_str().unwrap();
        fs::copy(place.path().join("other").join(name), folder.join(name)).unwrap();
    }
}

#[test]
fn what_only_the_limits_change_is_named_behind_the_steps_and_no_node_is_blamed() {
    let place = Place::new();
    place.write("政策.md", FUNDED);
    // Two tenths of a million each, of which the other fund has half.
    place.write("别的.md", &FUNDED.replace("预算 100万元", "预算 10万元"));
    place.write("企业.csv", &enterprises(2));
    sweep(&place, "企业.csv", ("政策.md", "swept"));
    sweep(&place, "企业.csv", ("别的.md", "other"));
    forge(&place);
    let said = place
        .ends(4, &["replay", "swept", "--json"])
        .lines()
        .remove(0);
    let difference = &said["difference"];
    assert_eq!(difference["differs"], "award", "{said}");
    assert_eq!(difference["enterprise"], code(0).as_str());
    let first = difference["traces"]["first"].as_u64().unwrap();
    let pair = &difference["traces"]["pairs"][usize::try_from(first).unwrap()];
    assert_eq!(pair["right"]["label"], "现在可付", "{pair}");
    assert_eq!(pair["left"]["result"], "50,000.00 元", "{pair}");
    assert_eq!(pair["right"]["result"], "100,000.00 元", "{pair}");
    // Every step of the decision is as it was: none of them is marked.
    let pairs = difference["traces"]["pairs"].as_array().unwrap().iter();
    let marked = pairs.filter(|pair| pair["differs"] == true);
    assert_eq!(marked.count(), 2, "{difference}");
    let run = place.ends(4, &["replay", "swept"]);
    for part in [
        "第一处不同的清单行",
        "第一个不同的步骤:现在可付",
        "封存须为 50,000.00 元,重放得 100,000.00 元",
    ] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
    // The other way round: the seal claims what was there before the fund was shared.
    fs::remove_dir_all(place.path().join("swept")).unwrap();
    fs::rename(place.path().join("other"), place.path().join("swept")).unwrap();
    sweep(&place, "企业.csv", ("政策.md", "other"));
    forge(&place);
    let run = place.ends(4, &["replay", "swept"]);
    assert!(run.out.contains("设备补助资金"), "{}", run.out);
    assert!(
        run.out
            .contains("封存须为 100,000.00 元,重放得 50,000.00 元"),
        "{}",
        run.out
    );
}

#[test]
fn a_row_of_nobody_in_the_facts_has_no_nodes_to_compare() {
    let place = Place::new();
    place.write("政策.md", FUNDED);
    place.write("企业.csv", &enterprises(2));
    place.write("更多.csv", &enterprises(3));
    sweep(&place, "企业.csv", ("政策.md", "swept"));
    sweep(&place, "更多.csv", ("政策.md", "other"));
    forge(&place);
    let run = place.ends(4, &["replay", "swept"]);
    for part in [code(2).as_str(), "没有可以比较的节点", "没有这家企业"] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
    assert!(!run.out.contains("个节点都相同"), "{}", run.out);
}

#[test]
fn a_job_writes_nothing_over_what_lies_there() {
    let batched = Batched::new();
    let place = &batched.place;
    let ask = |kind: &'static str, name: &'static str, key: &'static str| {
        let mut line = vec!["job", "ask", "audit", kind];
        if kind != "export" {
            line.push("swept");
        }
        line.extend(["-o", name, "--key", key]);
        line.extend(NOW);
        line
    };
    place.write("手稿.json", "不能丢");
    for kind in ["replay", "sample", "overlap", "export"] {
        let run = place.ends(1, &ask(kind, "手稿.json", "k0"));
        assert!(run.err.contains("已经存在,没有覆盖"), "{kind}: {}", run.err);
    }
    // What comes to lie there between asking and doing stays as well.
    for (kind, name, key) in [("sample", "a.json", "k1"), ("export", "b.zip", "k2")] {
        place.ends(0, &ask(kind, name, key));
        place.write(name, "不能丢");
        let run = place.ends(1, &[&["job", "run"][..], &NOW].concat());
        let said = format!("{}{}", run.out, run.err);
        assert!(said.contains("已经存在,没有覆盖"), "{said}");
        assert_eq!(place.read(name), "不能丢");
    }
    assert_eq!(place.read("手稿.json"), "不能丢");
    // Asked once more with its key, a job that is done is the same job.
    place.ends(0, &ask("sample", "c.json", "k3"));
    place.ends(0, &[&["job", "run"][..], &NOW].concat());
    let written = place.read("c.json");
    place.ends(0, &ask("sample", "c.json", "k3"));
    assert_eq!(place.read("c.json"), written);
    let left = fs::read_dir(place.path())
        .unwrap()
        .map(|one| one.unwrap().file_name());
    let left: Vec<_> = left
        .filter(|name| name.to_string_lossy().contains(".tmp"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_answer_of_many_changes_holds_the_computations_of_the_first() {
    let batched = Batched::new();
    let place = &batched.place;
    let sealed = Place::new();
    sealed.write("政策.md", FUNDED);
    sealed.write("企业.csv", &enterprises(25));
    sweep(&sealed, "企业.csv", ("政策.md", "swept"));
    let folder = sealed.path().join("swept").display().to_string();
    place.write("新.md", &FUNDED.replace("10%", "2%"));
    let line = [
        "job", "ask", "audit", "what-if", &folder, "--policy", "新.md", "-o", "a.json",
    ];
    place.ends(0, &[&line[..], &NOW].concat());
    place.ends(0, &[&["job", "run"][..], &NOW].concat());
    let text = place.read("a.json");
    let answer: Value = serde_json::from_str(&text).unwrap();
    // The fund has a million for 25 tenths of a million; then 2 % of a million each.
    assert_eq!(
        (&answer["before"], &answer["after"]),
        (&"1000000.00".into(), &"500000.00".into())
    );
    assert_eq!(answer["count"], 25);
    let changes = answer["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 25);
    let traced = changes
        .iter()
        .filter(|change| change["traces"]["pairs"].is_array());
    assert_eq!(traced.count(), 20);
    assert!(
        changes[..20]
            .iter()
            .all(|change| change["traces"].is_object())
    );
    assert!(text.find("\"count\"") < text.find("\"changes\""), "{text}");
    // Asked about alone, the last one is told as well.
    let last = changes[24]["enterprise"].as_str().unwrap();
    let line = ["replay", &folder, "--policy", "新.md", "--json"];
    let lines = place.ends(0, &line).lines();
    let last = lines
        .iter()
        .find(|line| line["enterprise"] == last)
        .unwrap();
    assert!(
        last["traces"]["pairs"].as_array().unwrap().len() > 2,
        "{last}"
    );
}
