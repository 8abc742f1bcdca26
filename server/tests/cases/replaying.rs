//! Sealed sweeps run again from the seal alone, and payouts followed back.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use zhida_engine::snapshot::canonical_json;

use crate::support::desk::{Batched, NOW, on};
use crate::support::{GROWN, IMPORT, POLICY, Place, command};

/// A place with a sealed sweep, from which everything else was taken away.
fn sealed() -> Place {
    let place = Place::new();
    place.ends(0, &[&IMPORT[..], &POLICY].concat());
    let sweep = ["sweep", "--snapshot", "s", "--out", "swept"];
    place.ends(0, &[&sweep[..], &POLICY].concat());
    for name in ["政策.md", "企业.csv", "faults.md"] {
        fs::remove_file(place.path().join(name)).unwrap();
    }
    fs::remove_dir_all(place.path().join("s")).unwrap();
    place
}

fn seal_of(place: &Place) -> PathBuf {
    let entries = fs::read_dir(place.path().join("swept")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let is_seal = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("seal-") && name.ends_with(".json")
    };
    paths.find(is_seal).unwrap()
}

#[test]
fn the_seal_alone_is_enough_whatever_the_threads_the_clock_and_the_language() {
    let place = sealed();
    let text = fs::read(seal_of(&place)).unwrap();
    let seal: Value = serde_json::from_slice(&text).unwrap();
    let digest: String = Sha256::digest(&text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let ways: [&[&str]; 4] = [
        &[],
        &["--threads", "1"],
        &["--reference"],
        &["--reference", "--threads", "1"],
    ];
    for (way, (zone, language)) in ways.iter().zip([
        ("Asia/Shanghai", "zh_CN.UTF-8"),
        ("Pacific/Honolulu", "C"),
        ("America/New_York", "en_US.UTF-8"),
        ("Pacific/Kiritimati", "tr_TR.UTF-8"),
    ]) {
        let line = [&["replay", "swept", "--json"], *way].concat();
        let mut zhida = command(place.path(), &line);
        let run = zhida.env("TZ", zone).env("LC_ALL", language).output();
        let run = run.unwrap();
        assert_eq!(run.status.code(), Some(0), "{way:?} {zone}");
        let said: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(said["equal"], true);
        assert_eq!(said["seal"], digest.as_str());
        assert_eq!(said["found"], seal["result"]["digest"]);
    }
    let run = place.ends(0, &["replay", "swept"]);
    assert!(run.out.contains("一致"), "{}", run.out);
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

#[test]
fn one_changed_byte_of_any_file_is_found() {
    let place = sealed();
    let all = files(&place.path().join("swept"));
    // Texts, three code tables, vocabulary, snapshot with its manifest, result and seal.
    assert_eq!(all.len(), 1 + 3 + 1 + 2 + 3 + 1, "{all:?}");
    for path in all {
        let bytes = fs::read(&path).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            let run = place.run(&["replay", "swept"]);
            let said = format!("{}{}", run.out, run.err);
            assert!(matches!(run.code, 3 | 4), "{} {at}: {said}", path.display());
            fs::remove_file(&path).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
    }
    place.ends(0, &["replay", "swept"]);
}

/// The program's words of the first difference: 0.5 % of 20 million yuan by the rule, 0.4 % as it
/// was claimed.
fn tells(said: &Value) {
    let difference = &said["difference"];
    assert_eq!(said["equal"], false);
    assert_eq!(difference["differs"], "decision", "{said}");
    assert_eq!(difference["enterprise"], GROWN);
    let award = |row: &Value| -> String {
        let cells = row["cells"].as_array().unwrap().iter();
        let found = cells.clone().find(|cell| cell[0] == "award_fen");
        found.unwrap()[1].as_str().unwrap().to_owned()
    };
    assert_eq!(award(&difference["sealed"]), "8000000");
    assert_eq!(award(&difference["found"]), "10000000");
    let first = difference["traces"]["first"].as_u64().unwrap();
    let first = usize::try_from(first).unwrap();
    let pair = &difference["traces"]["pairs"][first];
    assert_eq!(pair["right"]["label"], "金额", "{pair}");
    // What was claimed and what it comes to stand side by side.
    assert_eq!(pair["left"]["result"], "80,000.00 元", "{pair}");
    assert_eq!(pair["right"]["result"], "100,000.00 元", "{pair}");
    let columns = difference["columns"].as_array().unwrap();
    let award = columns.iter().find(|pair| pair["name"] == "award_fen");
    let award = award.unwrap();
    assert_eq!(
        (&award["sealed"], &award["found"]),
        (&"8000000".into(), &"10000000".into())
    );
    // Columns and reference agree on every node: the claim came of neither.
    assert!(difference["nodes"]["first"].is_null(), "{difference}");
    let nodes = difference["nodes"]["pairs"].as_array().unwrap();
    assert!(
        nodes.iter().any(|node| node["columns"] == "100,000.00 元"),
        "{difference}"
    );
}

#[test]
fn a_result_that_the_inputs_do_not_come_to_is_found_with_its_first_step() {
    let place = Place::new();
    place.ends(0, &[&IMPORT[..], &POLICY].concat());
    let sweep = ["sweep", "--snapshot", "s", "--out"];
    place.ends(0, &[&sweep[..], &["swept"], &POLICY].concat());
    // The same sweep by a policy that grants less.
    let text = place.read("政策.md");
    let examples = ["=> 10万元", "=> 50万元"];
    let kept = text
        .lines()
        .filter(|line| !examples.iter().any(|end| line.ends_with(end)));
    let kept: Vec<String> = kept.map(|line| line.replace("0.5%", "0.4%")).collect();
    place.write("别的.md", &(kept.join("\n") + "\n"));
    let other = ["other", "--policies", "别的.md"];
    place.ends(0, &[&sweep[..], &other].concat());
    // A seal that claims the one for the other, whole in itself.
    let (mine, theirs) = (seal_of(&place), {
        fs::rename(place.path().join("swept"), place.path().join("true")).unwrap();
        fs::rename(place.path().join("other"), place.path().join("swept")).unwrap();
        let theirs = seal_of(&place);
        fs::rename(place.path().join("swept"), place.path().join("other")).unwrap();
        fs::rename(place.path().join("true"), place.path().join("swept")).unwrap();
        place.path().join("other").join(theirs.file_name().unwrap())
    });
    let read = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let (mut forged, theirs) = (read(&mine), read(&theirs));
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
    for way in [
        &["replay", "swept", "--json"][..],
        &["replay", "swept", "--json", "--reference"],
    ] {
        let said = place.ends(4, way).lines().remove(0);
        tells(&said);
    }
    let run = place.ends(4, &["replay", "swept"]);
    for part in [
        "第一处不同的结论",
        GROWN,
        "第一个不同的步骤:金额",
        "封存须为 80,000.00 元,重放得 100,000.00 元",
        "个节点都相同",
        "不同的列:award_fen 封存 8000000,重放 10000000",
        "政策.md:",
    ] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
}

#[test]
fn a_seal_of_a_later_program_is_refused() {
    let place = sealed();
    let path = seal_of(&place);
    let text = fs::read_to_string(&path).unwrap();
    // The format of the seal is the first, that of the result the second that says so.
    let of_seal = text.replacen("\"format\":1,", "\"format\":9,", 1);
    let of_result = text.replacen("\"format\":4,", "\"format\":9,", 1);
    let of_rules = text.replace("\"semantics\":1", "\"semantics\":9");
    for (what, later) in [
        ("封存格式", of_seal),
        ("结果格式", of_result),
        ("规则含义", of_rules),
    ] {
        assert_ne!(later, text);
        fs::write(&path, later).unwrap();
        let run = place.ends(2, &["replay", "swept"]);
        let is_named = run.err.contains(what) && run.err.contains("第 9 版");
        assert!(is_named, "{}", run.err);
    }
}

#[test]
fn a_payout_is_followed_from_the_bank_to_the_facts() {
    let batched = Batched::new();
    let place = &batched.place;
    let line = ["replay", "--payout", &batched.payout];
    let trail = on(place, 10, &line).remove(0);
    assert_eq!(trail["payout"]["payout"], batched.payout.as_str());
    assert_eq!(trail["attempts"][0]["batch"]["id"], batched.batch.as_str());
    let sweep = &trail["sweep"];
    assert_eq!(sweep["is_equal"], true, "{sweep}");
    assert_eq!(sweep["seal"], trail["origin"]["seal"]);
    assert_eq!(sweep["leaf"], trail["origin"]["award"]);
    assert_eq!(sweep["amount"], batched.total.as_str());
    // Maker, checker and approver, and the clerk who confirmed for the enterprise.
    let signatures = trail["signatures"].as_array().unwrap().iter();
    let people: Vec<&str> = signatures
        .map(|one| one["user"].as_str().unwrap())
        .collect();
    assert_eq!(people, ["jingban", "fuhe", "shenpi1", "bangban"]);
    // Entitled, proposed, checked, approved, published, ended, confirmed, batched.
    assert_eq!(trail["events"].as_array().unwrap().len(), 8);
    let run = place.ends(0, &[&line[..], &NOW].concat());
    for part in ["批次", "公示", "审批", "重放:一致", "条文", "规则", "计算"] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
    // The notice and the sheet of the batch carry the digest of the seal.
    let seal = sweep["seal"].as_str().unwrap();
    let notices = files(&place.path().join("notices"));
    let texts = notices
        .iter()
        .filter(|path| path.extension().unwrap() == "txt");
    let texts: Vec<String> = texts
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert!(texts.iter().all(|text| text.contains(seal)) && !texts.is_empty());
    let sheet = ["payout", "sheet", &batched.batch, "--out", "sheets"];
    place.ends(0, &[&sheet[..], &NOW].concat());
    let sheets = files(&place.path().join("sheets"));
    let sheet = sheets
        .iter()
        .find(|path| path.extension().unwrap() == "txt");
    assert!(fs::read_to_string(sheet.unwrap()).unwrap().contains(seal));
    // The store signed the seal, beside it and in its own files.
    let signed = ["replay", "swept", "--public-key", &batched.key];
    place.ends(0, &signed);
    let note = seal_of(place).with_extension("note");
    let text = fs::read_to_string(&note).unwrap();
    fs::write(&note, text.replacen("seal ", "Seal ", 1)).unwrap();
    let run = place.ends(4, &signed);
    assert!(run.err.contains("签名"), "{}", run.err);
}

#[test]
fn the_calculation_sheet_holds_law_facts_and_proof_and_is_the_same_bytes() {
    let batched = Batched::new();
    let place = &batched.place;
    for name in ["a.html", "b.html", "a.pdf", "b.pdf"] {
        let line = ["payout", "sheet", &batched.payout, "-o", name];
        place.ends(0, &[&line[..], &NOW].concat());
    }
    let read = |name: &str| fs::read(place.path().join(name)).unwrap();
    assert_eq!(read("a.html"), read("b.html"));
    assert_eq!(read("a.pdf"), read("b.pdf"));
    assert!(read("a.pdf").starts_with(b"%PDF-"));
    let text = String::from_utf8(read("a.html")).unwrap();
    let trail = on(place, 10, &["replay", "--payout", &batched.payout]).remove(0);
    let seal = trail["sweep"]["seal"].as_str().unwrap();
    let law = trail["sweep"]["article"]["label"].as_str().unwrap();
    for part in [
        seal,
        law,
        &batched.key,
        "shenpi1",
        "与封存一致",
        "包含证明成立",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    let line = ["payout", "sheet", &batched.payout, "-o", "a.doc"];
    let run = place.ends(1, &[&line[..], &NOW].concat());
    assert!(run.err.contains(".pdf 或 .html"), "{}", run.err);
}

#[test]
fn what_auditors_ask_is_answered_by_jobs_with_the_digest_of_the_answer() {
    let batched = Batched::new();
    let place = &batched.place;
    let trail = on(place, 10, &["replay", "--payout", &batched.payout]).remove(0);
    let kept = trail["sweep"]["seal"].as_str().unwrap().to_owned();
    for (sealed, name) in [("swept", "a.json"), (kept.as_str(), "b.json")] {
        let line = ["job", "ask", "audit", "replay", sealed, "-o", name];
        place.ends(0, &[&line[..], &NOW].concat());
    }
    let line = ["job", "ask", "audit", "sample", &kept, "-o", "drawn.json"];
    place.ends(0, &[&line[..], &NOW].concat());
    let run = place.ends(0, &[&["job", "run", "--json"][..], &NOW].concat());
    let digests: Vec<String> = run
        .lines()
        .iter()
        .map(|line| line["digest"].as_str().unwrap().to_owned())
        .collect();
    // The folder and what the data folder keeps of it answer alike.
    assert_eq!(place.read("a.json"), place.read("b.json"));
    // All were asked at one moment, so that any of them may be first.
    let different: std::collections::BTreeSet<&String> = digests.iter().collect();
    assert_eq!((digests.len(), different.len()), (3, 2));
    let answer: Value = serde_json::from_str(&place.read("a.json")).unwrap();
    assert_eq!(
        (&answer["equal"], &answer["seal"]),
        (&true.into(), &kept.into())
    );
    assert!(place.read("drawn.json").contains("sampled"));
    // What was asked about is pinned.
    let line = ["job", "ask", "audit", "replay", "swept", "-o", "c.json"];
    place.ends(0, &[&line[..], &NOW].concat());
    let seal = seal_of(place);
    fs::remove_file(&seal).unwrap();
    let run = place.ends(1, &[&["job", "run"][..], &NOW].concat());
    assert!(
        run.err.contains("封存") || run.out.contains("封存"),
        "{}",
        run.err
    );
}

#[test]
fn an_archive_is_checked_and_its_sweep_run_again_where_there_is_no_database() {
    let batched = Batched::new();
    let place = &batched.place;
    let export = ["export", "--audit", "-o", "bundle.zip"];
    let made = place.ends(0, &[&export[..], &NOW, &["--json"]].concat());
    let made = made.lines().remove(0);
    assert_eq!(made["edition"], "full");
    assert_eq!(made["public_key"], batched.key.as_str());
    let masked = ["export", "--audit", "--masked", "-o", "masked.zip"];
    place.ends(0, &[&masked[..], &NOW].concat());
    let head = place.ends(0, &[&["payout", "head"][..], &NOW].concat()).out;
    // Anywhere else.
    let other = Place::new();
    for name in ["bundle.zip", "masked.zip"] {
        fs::copy(place.path().join(name), other.path().join(name)).unwrap();
    }
    other.write("head.txt", &head);
    let key = ["--public-key", &batched.key];
    let verify = [
        "verify",
        "bundle.zip",
        "--replay",
        "--head",
        "head.txt",
        "--json",
    ];
    let found = other
        .ends(0, &[&verify[..], &key].concat())
        .lines()
        .remove(0);
    assert_eq!(found["root"], made["root"]);
    assert_eq!(found["executed"], found["events"]);
    assert_eq!(found["sweeps"].as_array().unwrap().len(), 1);
    assert_eq!(found["sweeps"][0]["is_equal"], true, "{found}");
    let run = other.ends(0, &[&["verify", "masked.zip"][..], &key].concat());
    assert!(run.out.contains("脱敏版没有日志内容"), "{}", run.out);
    let run = other.ends(0, &["verify", "masked.zip"]);
    assert!(run.err.contains("公钥取自审计包本身"), "{}", run.err);
    // A head of another log, and a byte in the middle.
    let mut lines: Vec<&str> = head.lines().collect();
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    lines[2] = zeros;
    other.write("head.txt", &lines.join("\n"));
    let run = other.ends(4, &["verify", "bundle.zip", "--head", "head.txt"]);
    assert!(run.out.contains("与给定的日志头不符"), "{}", run.out);
    let mut bytes = fs::read(other.path().join("bundle.zip")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(other.path().join("bundle.zip"), bytes).unwrap();
    let run = other.ends(4, &["verify", "bundle.zip"]);
    assert!(run.out.contains("整个文件的摘要不符"), "{}", run.out);
}

#[test]
fn one_fact_or_one_policy_otherwise_changes_just_what_it_must() {
    let place = sealed();
    // 99,999,999 yuan are one short of the threshold: what is due is lost.
    let fact = format!("{GROWN}:营业收入@2025=99999999");
    let line = ["replay", "swept", "--json", "--fact", &fact];
    let lines = place.ends(0, &line).lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let change = &lines[0];
    assert_eq!(change["enterprise"], GROWN);
    // 0.5 % of 20 million yuan.
    assert_eq!(change["before"], "100000.00");
    assert_eq!(change["after"], Value::Null);
    let first = change["traces"]["first"].as_u64().unwrap();
    let pair = &change["traces"]["pairs"][usize::try_from(first).unwrap()];
    let label = pair["left"]["label"].as_str().unwrap();
    assert!(label.contains("营业收入"), "{pair}");
    assert_eq!(lines[1]["totals"]["before"], "100000.00");
    assert_eq!(lines[1]["totals"]["after"], "0.00");
    // The missing year of another enterprise, and one more yuan of a third.
    let more = [
        "replay",
        "swept",
        "--json",
        "--fact",
        "91420600MA0000031Y:营业收入@2024=100000000",
        "--fact",
        "91420600MA00000234:revenue@2025=100000000.00",
    ];
    let lines = place.ends(0, &more).lines();
    let after: Vec<&Value> = lines[..2].iter().map(|line| &line["after"]).collect();
    // 0.5 % of 50 million and of 20 million.
    assert_eq!(after, ["250000.00", "100000.00"]);
    // A policy of the same id in the place of the sealed one.
    let inputs = files(&place.path().join("swept/inputs"));
    let policy = inputs
        .iter()
        .find(|path| path.extension().is_some_and(|end| end == "md"));
    let text = fs::read_to_string(policy.unwrap()).unwrap();
    let examples = ["=> 10万元", "=> 50万元"];
    let kept = text
        .lines()
        .filter(|line| !examples.iter().any(|end| line.ends_with(end)));
    let kept: Vec<String> = kept.map(|line| line.replace("0.5%", "0.4%")).collect();
    place.write("新.md", &(kept.join("\n") + "\n"));
    let lines = place
        .ends(0, &["replay", "swept", "--json", "--policy", "新.md"])
        .lines();
    assert_eq!(lines[0]["after"], "80000.00");
    let first = lines[0]["traces"]["first"].as_u64().unwrap();
    let pair = &lines[0]["traces"]["pairs"][usize::try_from(first).unwrap()];
    assert_eq!(pair["differs"], true, "{pair}");
    // What does not exist is said so, and nothing is changed by asking.
    for (fact, said) in [
        ("91420600MA00000159:没有的@2025=1", "词汇表里没有"),
        ("91420600MA00000159:营业收入@2025Q1=1", "期间不对"),
        ("91420600MA00000159:营业收入@2025=一亿", "的值"),
        ("91420600MA0000099X:营业收入@2025=1", "没有企业"),
    ] {
        let run = place.ends(1, &["replay", "swept", "--fact", fact]);
        assert!(run.err.contains(said), "{fact}: {}", run.err);
    }
    let run = place.ends(0, &["replay", "swept", "--fact", &fact]);
    assert!(run.out.contains("1 笔应付金额会变"), "{}", run.out);
    place.ends(0, &["replay", "swept"]);
}

/// A policy that pays for equipment, and enterprises whose invoices are not all different.
const EQUIPMENT: &str = "---
id: equipment
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

购置设备的企业,按设备价款的10%补助。

```zhida
事项 all \"设备补助\"
  方式 免申即享
  周期 每年
  资格 合计(设备购置, 设备价款) > 0元
  金额 合计(设备购置, 设备价款) * 10% 取整 分 舍去
```

## 第二条 机器人补助

购置工业机器人的企业,按设备价款的5%补助。

```zhida
事项 robots \"机器人补助\"
  方式 免申即享
  周期 每年
  资格 合计(设备购置, 设备价款 其中 工业机器人) > 0元
  金额 合计(设备购置, 设备价款 其中 工业机器人) * 5% 取整 分 舍去
```
";

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn awards_are_drawn_by_risk_and_the_same_invoice_twice_is_found() {
    let place = Place::new();
    place.write("政策.md", EQUIPMENT);
    let list = |records: &str| format!("\"{}\"", records.replace('"', "\"\""));
    let one = r#"[{"设备价款":"1000000","发票号码":"INV-1","工业机器人":false}]"#;
    let two = r#"[{"设备价款":"2000000","发票号码":"INV-2","工业机器人":true}]"#;
    let own = r#"[{"设备价款":"3000000","发票号码":"INV-3","工业机器人":false},{"设备价款":"5","工业机器人":false}]"#;
    let rows = [
        ("91420600MA00000159", "甲", one),
        ("91420600MA00000234", "乙", one),
        ("91420600MA0000031Y", "丙", two),
        ("91420600MA0000058N", "丁", own),
    ];
    let mut csv = "统一社会信用代码,企业名称,地区,功能区,设备购置@2025\n".to_owned();
    for (uscc, name, records) in rows {
        csv.push_str(&format!("{uscc},{name},420606,无,{}\n", list(records)));
    }
    place.write("企业.csv", &csv);
    let sweep = [
        "sweep",
        "--snapshot",
        "企业.csv",
        "--year",
        "2025",
        "--as-of",
        "2026-06-30",
    ];
    place.ends(0, &[&sweep[..], &["--out", "swept"], &POLICY].concat());
    let found = place
        .ends(1, &["audit", "overlap", "swept", "--json"])
        .lines();
    assert_eq!(found.len(), 3, "{found:?}");
    let users = |overlap: &Value| -> Vec<(String, String)> {
        let uses = overlap["uses"].as_array().unwrap().iter();
        let text = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        uses.map(|one| (text(one, "name"), text(one, "measure")))
            .collect()
    };
    let pair = |name: &str, measure: &str| (name.to_owned(), format!("equipment/{measure}"));
    // One invoice of two enterprises; one invoice of two measures; what has no number is nobody's.
    assert_eq!(found[0]["value"], "INV-1");
    assert_eq!(users(&found[0]), [pair("甲", "all"), pair("乙", "all")]);
    assert_eq!(found[1]["value"], "INV-2");
    assert_eq!(users(&found[1]), [pair("丙", "all"), pair("丙", "robots")]);
    // The same year swept once more, and a record more in front of one: nothing is used twice by
    // that.
    let more = r#"[{"设备价款":"7","工业机器人":false},"#;
    let again = place.read("企业.csv").replace(&own.replace('"', "\"\""), &{
        let pushed = own.replacen('[', more, 1);
        pushed.replace('"', "\"\"")
    });
    assert_ne!(again, place.read("企业.csv"));
    place.write("又.csv", &again);
    let later = [
        "sweep",
        "--snapshot",
        "又.csv",
        "--year",
        "2025",
        "--as-of",
        "2026-07-01",
    ];
    place.ends(0, &[&later[..], &["--out", "again"], &POLICY].concat());
    let both = place
        .ends(1, &["audit", "overlap", "swept", "again", "--json"])
        .lines();
    assert_eq!(both.len(), 3, "{both:?}");
    for (one, two) in found.iter().zip(&both).take(2) {
        assert_eq!((&one["value"], users(one)), (&two["value"], users(two)));
        let seals = |overlap: &Value| overlap["uses"][0]["seals"].as_array().unwrap().len();
        assert_eq!((seals(one), seals(two)), (1, 2));
    }
    // Paid for in another year as well, every invoice is there twice.
    place.write(
        "明年.csv",
        &place.read("企业.csv").replace("@2025", "@2026"),
    );
    let next = [
        "sweep",
        "--snapshot",
        "明年.csv",
        "--year",
        "2026",
        "--as-of",
        "2027-06-30",
    ];
    place.ends(0, &[&next[..], &["--out", "next"], &POLICY].concat());
    let found = place
        .ends(1, &["audit", "overlap", "swept", "next", "--json"])
        .lines();
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(found[2]["value"], "INV-3");
    // 300,000 yuan and half a yuan are the largest award, whatever the lot says.
    let sample = ["audit", "sample", "swept", "--each", "1", "--json"];
    let drawn = place.ends(0, &sample).lines();
    let largest = drawn.iter().find(|one| {
        let risks = one["risks"].as_array();
        risks.is_some_and(|risks| risks.contains(&Value::from("largest")))
    });
    assert_eq!(largest.unwrap()["amount"], "300000.50");
    assert_eq!(place.ends(0, &sample).lines(), drawn);
    let seeds = ["1", "2", "3", "4", "5", "6"];
    let of_seed = |seed: &str| {
        let line = [&sample[..], &["--seed", seed]].concat();
        let mut drawn = place.ends(0, &line).lines();
        // The last line names the seed.
        drawn.pop();
        format!("{drawn:?}")
    };
    let different: std::collections::BTreeSet<String> = seeds.map(of_seed).into();
    assert!(different.len() > 1);
}

#[test]
fn an_award_just_above_a_threshold_is_near_and_one_far_above_is_not() {
    let place = Place::new();
    place.write(
        "企业.csv",
        "统一社会信用代码,企业名称,地区,功能区,规上企业,营业收入@2025,营业收入@2024\n\
         91420600MA00000159,刚过,420606,无,是,100500000,80000000\n\
         91420600MA00000234,远超,420606,无,是,900000000,500000000\n",
    );
    place.ends(0, &[&IMPORT[..], &POLICY].concat());
    place.ends(
        0,
        &[&["sweep", "--snapshot", "s", "--out", "swept"][..], &POLICY].concat(),
    );
    let line = ["audit", "sample", "swept", "--json", "--margin", "10"];
    let drawn = place.ends(0, &line).lines();
    let near: Vec<(&str, &Value)> = drawn
        .iter()
        .filter(|one| one["near"].as_array().is_some_and(|near| !near.is_empty()))
        .map(|one| (one["name"].as_str().unwrap(), &one["near"]))
        .collect();
    // 1 % of 100.5 million is more than what lies above 100 million.
    assert_eq!(near, [("刚过", &serde_json::json!(["营业收入"]))]);
    let first_time = drawn.iter().filter(|one| {
        let risks = one["risks"].as_array();
        risks.is_some_and(|risks| risks.contains(&Value::from("first_time")))
    });
    assert_eq!(first_time.count(), 2);
}
