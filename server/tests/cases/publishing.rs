//! A policy is put in force by two people on the command line, and later commands go by it.

use super::support::desk::Town;
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

/// Twice the rate under another name.
fn doubled(text: &str) -> String {
    text.replace("0.5%", "1%")
        .replace("\"增长奖励\"", "\"增量奖励\"")
        .replace("=> 10万元", "=> 20万元")
}

/// Publishes a text of the policy of a town on a day.
#[track_caller]
fn publish(town: &Town, day: &str, text: &str) {
    town.place.write("新版.md", text);
    let line = "policy propose 新版.md --reason 提高标准 --as jingban --json";
    let lines = town.does(day, line).lines();
    let motion = lines.iter().find_map(|line| line["motion"].as_str());
    let motion = motion.unwrap().to_owned();
    town.does(day, &format!("policy approve {motion} --as shenpi1"));
}

/// 20,000,000 yuan more at 0.5 % are 100,000 yuan, and stay it when 1 % is in force.
#[test]
fn what_was_awarded_goes_on_under_the_terms_of_its_sweep() {
    let town = Town::before("payout check");
    let text = town.place.read("政策.md");
    publish(&town, "07-02", &doubled(&text));
    let sweep = "swept --snapshot snap --settings bureau.toml";
    let checked = town.does("07-02", &format!("payout check {sweep} --as fuhe"));
    assert!(
        checked.err.contains("按清算当时的政策重算"),
        "{}",
        checked.err
    );
    town.stands_at("CHECKED");
    assert_eq!(town.payout()["amount"], "100000.00");
    town.does("07-02", "payout approve --all --as shenpi1");
    // The policy ends altogether before the notice.
    let lines = town.does(
        "07-02",
        "policy end test-growth --reason 废止 --as jingban --json",
    );
    let lines = lines.lines();
    let motion = lines.iter().find_map(|line| line["motion"].as_str());
    let motion = motion.unwrap().to_owned();
    town.does("07-03", &format!("policy approve {motion} --as shenpi1"));
    town.does(
        "07-03",
        "payout notice --all --settings bureau.toml --out notices --as jingban",
    );
    town.stands_at("ON_NOTICE");
    let notices = std::fs::read_dir(town.place.path().join("notices")).unwrap();
    let pages = notices.map(|entry| entry.unwrap().path());
    let page = pages.filter(|path| path.extension().is_some_and(|end| end == "html"));
    let pages: Vec<String> = page
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(pages.len(), 1);
    assert!(pages[0].contains("增长奖励拟兑付名单公示"), "{}", pages[0]);
    assert!(!pages[0].contains("增量奖励"));
    town.is_clean();
}

/// An objection to a figure: 16,000,000 yuan more at the 0.5 % of the award, not at today's 1 %.
#[test]
fn an_award_is_amended_under_the_terms_of_its_sweep() {
    let town = Town::before("payout tick");
    let place = &town.place;
    place.write("objection.txt", "营业收入有误");
    place.write("finding.txt", "更正为 1.16 亿元");
    let text = place.read("政策.md");
    publish(&town, "07-02", &doubled(&text));
    let table = place.read("企业.csv");
    place.write("企业.csv", &table.replacen("120000000", "116000000", 1));
    for line in [
        "import 企业.csv --year 2025 --as-of 2026-06-30 -o snap2 --policies 政策.md",
        "sweep --snapshot snap2 --out swept2 --policies 政策.md",
    ] {
        place.ends(0, &line.split_whitespace().collect::<Vec<&str>>());
    }
    town.does(
        "07-03",
        "payout object ID --text objection.txt --as jingban",
    );
    let amend = "payout amend swept2 --snapshot snap2 --settings bureau.toml --payout ID \
                 --objection 1 --text finding.txt --as fuhe";
    town.does("07-03", amend);
    town.does("07-03", "payout sign --all --as shenpi1");
    assert_eq!(town.payout()["amount"], "80000.00");
    town.is_clean();
}

#[test]
fn a_sweep_of_policies_that_changed_is_made_again_before_anything_is_awarded() {
    let town = Town::before("payout take");
    let text = town.place.read("政策.md");
    publish(&town, "07-01", &doubled(&text));
    let take = "payout take swept --snapshot snap --settings bureau.toml --as jingban";
    let refused = town.ends(2, "07-01", take);
    assert!(
        refused.err.contains("清算以后政策或词汇表变过"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("政策.md"), "{}", refused.err);
    assert!(refused.err.contains("重新清算"), "{}", refused.err);
}
