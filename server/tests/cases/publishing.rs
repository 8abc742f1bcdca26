//! A policy is put in force by two people on the command line, and later commands go by it.

use super::support::{Place, Run};

const DAY: &str = "2026-07-01T09:30:00+08:00";

/// Types a line about the data folder.
#[track_caller]
fn at(place: &Place, code: i32, line: &str) -> Run {
    let mut typed: Vec<&str> = line.split_whitespace().collect();
    typed.extend(["--now", DAY, "--policies", "政策库"]);
    place.ends(code, &typed)
}

fn town() -> Place {
    let place = Place::new();
    let settings = include_str!("../../src/command/demo/bureau.toml");
    place.write("bureau.toml", settings);
    // Few policies beside: all of them are checked each time.
    let beside = place.read("政策.md");
    let beside = beside.replace("test-growth", "test-beside");
    std::fs::create_dir(place.path().join("政策库")).unwrap();
    place.write(
        "政策库/别的.md",
        &beside.replace("增长奖励办法", "别的办法"),
    );
    place.ends(0, &["payout", "init", "bureau.toml"]);
    place
}

/// The number of the proposal that a line has made.
#[track_caller]
fn proposed(place: &Place, line: &str) -> String {
    let run = at(place, 0, &format!("{line} --json"));
    let lines = run.lines();
    let made = lines.iter().find_map(|line| line["motion"].as_str());
    made.unwrap_or_else(|| panic!("{lines:?}")).to_owned()
}

#[test]
fn two_people_publish_and_every_version_can_be_read() {
    let place = town();
    let text = place.read("政策.md");
    let motion = proposed(
        &place,
        "policy propose 政策.md --reason 首次发布 --as jingban",
    );
    let listed = at(&place, 0, "policy proposals");
    assert!(listed.out.contains(&motion) && listed.out.contains("首次发布"));
    // Neither the one who asks, nor the usual signature, nor one without the role.
    for who in ["jingban", "fuhe"] {
        let run = at(&place, 2, &format!("policy approve {motion} --as {who}"));
        assert!(run.out.contains("未办 [10"), "{}", run.out);
    }
    let run = at(&place, 2, &format!("payout sign {motion} --as shenpi1"));
    assert!(run.out.contains("[314]"), "{}", run.out);
    let missing = at(&place, 1, "policy show test-growth");
    assert!(missing.err.contains("没有这一版"), "{}", missing.err);
    at(&place, 0, &format!("policy approve {motion} --as shenpi1"));
    let shown = at(&place, 0, "policy show test-growth");
    assert_eq!(shown.out.trim_end(), text.trim_end());
    // A second version, a proposal that it overtakes, and what differs.
    let second = text.replace("规上企业,按", "规模以上企业,按");
    place.write("第二版.md", &second);
    place.write("另一版.md", &text.replace("规上企业,按", "规上工业企业,按"));
    let late = proposed(
        &place,
        "policy propose 另一版.md --reason 另一稿 --as jingban",
    );
    let motion = proposed(
        &place,
        "policy propose 第二版.md --reason 改写 --author 李起草 --as jingban",
    );
    at(&place, 0, &format!("policy approve {motion} --as shenpi1"));
    let run = at(&place, 2, &format!("policy approve {late} --as shenpi1"));
    assert!(run.err.contains("[313]"), "{}", run.err);
    at(
        &place,
        0,
        &format!("policy return {late} --reason 已有新版 --as shenpi1"),
    );
    let all = at(&place, 0, "policy proposals --all");
    assert!(all.out.contains("已有新版"), "{}", all.out);
    let versions = at(&place, 0, "policy versions test-growth");
    for part in ["首次发布", "改写", "2(现行)"] {
        assert!(versions.out.contains(part), "{part} in {}", versions.out);
    }
    let compared = at(&place, 0, "policy compare test-growth 1");
    let lines: Vec<&str> = compared.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", compared.out);
    assert!(lines[0].starts_with('-') && lines[1].contains("规模以上企业"));
    place.ends(0, &["verify"]);
}

#[test]
fn what_is_not_sound_is_refused_with_its_faults() {
    let place = town();
    let wrong = place.read("政策.md").replace("=> 10万元", "=> 11万元");
    place.write("错误.md", &wrong);
    let line = "policy propose 错误.md --reason 试 --as jingban";
    let run = at(&place, 2, line);
    assert!(run.err.contains("举例不符"), "{}", run.err);
    let run = at(&place, 0, "policy proposals");
    assert!(run.out.contains("没有等待批准的提议"), "{}", run.out);
    let run = at(&place, 1, "policy end no-such --reason 试 --as jingban");
    assert!(run.err.contains("没有政策“no-such”"), "{}", run.err);
}

#[test]
fn a_version_that_does_not_hold_yet_gives_way_to_one_that_names_it() {
    let place = town();
    let propose = "policy propose 政策.md --reason 首次发布 --from 2027-01-01 --as jingban";
    let motion = proposed(&place, propose);
    at(&place, 0, &format!("policy approve {motion} --as shenpi1"));
    let text = place.read("政策.md");
    place.write("第二版.md", &text.replace("规上企业,按", "规模以上企业,按"));
    let propose = "policy propose 第二版.md --reason 提前施行 --as jingban";
    let run = at(&place, 2, propose);
    assert!(run.out.contains("[503]"), "{}", run.out);
    let run = at(&place, 2, &format!("{propose} --replace 2"));
    assert!(run.out.contains("[503]"), "{}", run.out);
    let motion = proposed(&place, &format!("{propose} --replace 1"));
    let listed = at(&place, 0, "policy proposals");
    assert!(
        listed.out.contains("取代尚未施行的第 1 版"),
        "{}",
        listed.out
    );
    at(&place, 0, &format!("policy approve {motion} --as shenpi1"));
    let shown = at(&place, 0, "policy show test-growth");
    assert!(shown.out.contains("规模以上企业,按"), "{}", shown.out);
    let versions = at(&place, 0, "policy versions test-growth");
    assert!(versions.out.contains("施行以前被取代"), "{}", versions.out);
    place.ends(0, &["verify"]);
}
