//! The verbs between the sweep and the batch: sent back, objected to, declined, expired, blocked.

use crate::support::desk::Town;

#[test]
fn a_proposal_is_sent_back_proposed_again_and_dropped() {
    let town = Town::before("payout approve");
    town.stands_at("CHECKED");
    assert_eq!(town.balance("Reserved"), 10_000_000);
    // Who proposed it does not send it back, and nobody does without a reason.
    town.ends(2, "07-01", "payout send-back ID --reason 重算 --as jingban");
    town.ends(1, "07-01", "payout send-back ID --as fuhe");
    town.does("07-01", "payout send-back ID --reason 请补依据 --as fuhe");
    town.stands_at("COMPUTED");
    assert_eq!(town.balance("Reserved"), 0);
    town.does("07-02", "payout propose --all --as jingban");
    town.stands_at("PROPOSED");
    town.does("07-02", "payout drop ID --reason 企业已迁出 --as fuhe");
    town.stands_at("CANCELLED");
    assert_eq!(town.balance("Available"), 100_000_000);
    town.is_clean();
}

#[test]
fn an_objection_stops_the_award_until_two_people_have_found() {
    let town = Town::before("payout tick");
    town.place.write("objection.txt", "该企业不是规上企业");
    town.place.write("finding.txt", "经查属实或不实");
    town.does(
        "07-03",
        "payout object ID --by 群众 --text objection.txt --as jingban",
    );
    town.stands_at("OBJECTED");
    // Time alone ends no notice that was objected to.
    town.does("07-09", "payout tick");
    town.stands_at("OBJECTED");
    let shown = town.does("07-09", "payout show ID").out;
    assert!(shown.contains("异议 1:群众 未处理"), "{shown}");
    // Both findings at once, or none, is no finding.
    town.ends(
        1,
        "07-03",
        "payout resolve ID 1 --text finding.txt --as fuhe",
    );
    town.does(
        "07-03",
        "payout resolve ID 1 --unfounded --text finding.txt --as fuhe",
    );
    town.ends(2, "07-03", "payout sign --all --as fuhe");
    town.does("07-03", "payout sign --all --as shenpi1");
    town.stands_at("ON_NOTICE");
    town.does(
        "07-06",
        "payout object ID --text objection.txt --as jingban",
    );
    town.does(
        "07-06",
        "payout resolve ID 2 --founded --text finding.txt --as fuhe",
    );
    town.does("07-06", "payout sign --all --as shenpi2");
    town.stands_at("CANCELLED");
    assert_eq!(town.balance("Committed"), 0);
    town.is_clean();
}

/// 16,000,000 yuan more at 0.5 % are 80,000 yuan, where 20,000,000 were 100,000.
#[test]
fn an_objection_to_a_figure_begins_the_award_anew_with_what_a_sweep_finds() {
    let town = Town::before("payout tick");
    let place = &town.place;
    place.write("objection.txt", "营业收入有误");
    place.write("finding.txt", "更正为 1.16 亿元");
    let table = place.read("企业.csv");
    place.write("企业.csv", &table.replacen("120000000", "116000000", 1));
    let import = "import 企业.csv --year 2025 --as-of 2026-06-30 -o snap2 --policies 政策.md";
    let sweep = "sweep --snapshot snap2 --out swept2 --policies 政策.md";
    for line in [import, sweep] {
        place.ends(0, &line.split_whitespace().collect::<Vec<&str>>());
    }
    town.does(
        "07-03",
        "payout object ID --text objection.txt --as jingban",
    );
    let amend = "payout amend swept2 --snapshot snap2 --settings bureau.toml --payout ID \
                 --objection 1 --text finding.txt --as fuhe";
    town.does("07-03", amend);
    assert_eq!(town.payout()["amount"], "100000.00");
    town.does("07-03", "payout sign --all --as shenpi1");
    town.stands_at("COMPUTED");
    assert_eq!(town.payout()["amount"], "80000.00");
    assert_eq!(town.balance("Committed"), 0);
    town.does("07-03", "payout propose --all --as jingban");
    assert_eq!(town.balance("Reserved"), 8_000_000);
    town.is_clean();
}

/// What one person asks for is not done before the others have agreed, and is not called so.
#[test]
fn what_is_only_proposed_is_not_called_done() {
    let town = Town::before("payout grant");
    let grant = "payout grant 2026惠企资金 1000000 --document 甲字1号 --as jingban";
    let run = town.does("07-01", grant);
    assert!(!run.out.contains("已办"), "{}", run.out);
    for part in ["已提出,还没有办理", "须由复核同意", "zhida payout sign M"] {
        assert!(run.out.contains(part), "{part} in\n{}", run.out);
    }
    assert_eq!(town.balance("Available"), 0);
    let run = town.does("07-01", "payout sign --all --as fuhe");
    assert!(run.out.contains("1 项已办"), "{}", run.out);
    assert_eq!(town.balance("Available"), 100_000_000);
    // What is refused is told as ever.
    let refused = town.ends(2, "07-01", &grant.replace("jingban", "fuhe"));
    assert!(refused.out.contains("1 项未办"), "{}", refused.out);
    assert!(!refused.out.contains("已提出"), "{}", refused.out);
}

#[test]
fn an_enterprise_declines() {
    let town = Town::before("payout confirm");
    town.stands_at("AWAIT_PAYEE");
    let by = "--as bangban --for-enterprise 91420600MA00000159 --asked-by 张三";
    // Not for another enterprise, and not without somebody who asked for it.
    let other = "--as bangban --for-enterprise 91420600MA00000234 --asked-by 张三";
    town.ends(2, "07-09", &format!("payout decline ID {other}"));
    town.ends(
        1,
        "07-09",
        "payout decline ID --as bangban --for-enterprise 91420600MA00000159",
    );
    town.does("07-09", &format!("payout decline ID {by}"));
    town.stands_at("DECLINED");
    assert_eq!(town.balance("Available"), 100_000_000);
    town.is_clean();
}

/// Two reminders and 60 days are the rules of the bureau: 9 July and 60 days are 7 September.
#[test]
fn an_award_expires_after_the_days_and_reminders_of_the_bureau() {
    let town = Town::before("payout confirm");
    town.does("08-03", "payout tick --remind");
    town.does("09-07", "payout tick");
    town.stands_at("AWAIT_PAYEE");
    // One reminder is one too few.
    let refused = town.ends(2, "09-08", "payout tick");
    assert!(refused.out.contains("[507]"), "{}", refused.out);
    town.does("09-07", "payout tick --remind");
    town.does("09-08", "payout tick");
    town.stands_at("EXPIRED");
    assert_eq!(town.balance("Committed"), 0);
    town.is_clean();
}

#[test]
fn who_is_blocked_does_not_run_out_of_time() {
    let town = Town::before("payout confirm");
    town.does(
        "07-09",
        "payout block 91420600MA00000159 --reason 账户冻结 --as fuhe",
    );
    for day in ["08-09", "09-07", "09-08", "10-08"] {
        town.does(day, "payout tick --remind");
    }
    town.stands_at("AWAIT_PAYEE");
    town.does(
        "10-08",
        "payout unblock 91420600MA00000159 --reason 解冻 --as jingban",
    );
    town.does("10-08", "payout sign --all --as fuhe");
    town.does("10-09", "payout tick --remind");
    town.does(
        "10-09",
        "payout confirm --all --each-enterprise --as bangban",
    );
    town.stands_at("CONFIRMED");
    town.is_clean();
}

#[test]
fn a_block_is_set_by_one_and_lifted_by_two() {
    let town = Town::before("payout confirm");
    town.ends(1, "07-09", "payout block 91420600MA00000159 --as fuhe");
    town.does(
        "07-09",
        "payout block 91420600MA00000159 --reason 账户冻结 --as fuhe",
    );
    let confirm = "payout confirm --all --each-enterprise --as bangban";
    let refused = town.ends(2, "07-09", confirm);
    // Why is for officials.
    assert!(refused.out.contains("[602]"), "{}", refused.out);
    assert!(!refused.out.contains("账户冻结"), "{}", refused.out);
    town.ends(
        2,
        "07-09",
        "payout unblock 91420600MA00000159 --reason 解冻 --as fuhe",
    );
    town.does(
        "07-09",
        "payout unblock 91420600MA00000159 --reason 解冻 --as jingban",
    );
    town.ends(2, "07-09", confirm);
    town.ends(2, "07-09", "payout sign --all --as jingban");
    town.does("07-09", "payout sign --all --as fuhe");
    town.does("07-09", confirm);
    town.stands_at("CONFIRMED");
    town.is_clean();
}

#[test]
fn what_was_promised_is_cancelled_by_three() {
    let town = Town::before("payout confirm");
    assert_eq!(town.balance("Committed"), 10_000_000);
    town.does("07-09", "payout cancel ID --reason 企业注销 --as jingban");
    town.does("07-09", "payout sign --all --as fuhe");
    town.stands_at("AWAIT_PAYEE");
    town.does("07-09", "payout sign --all --as shenpi1");
    town.stands_at("CANCELLED");
    assert_eq!(town.balance("Committed"), 0);
    assert_eq!(town.balance("Available"), 100_000_000);
    town.is_clean();
}

/// The checker has three working days by the settings: from Wednesday 1 July, until Monday 6 July.
#[test]
fn the_work_list_counts_what_waits_too_long() {
    let town = Town::before("payout check");
    let overdue = |day: &str| {
        let piles = town.json(day, "payout work --settings bureau.toml");
        let pile = piles
            .iter()
            .find(|pile| pile["waits_for"] == "复核")
            .unwrap();
        assert_eq!((&pile["limit"], &pile["payouts"]), (&3.into(), &1.into()));
        pile["overdue"].as_u64().unwrap()
    };
    assert_eq!(overdue("07-06"), 0);
    assert_eq!(overdue("07-07"), 1);
    let shown = town.does("07-07", "payout work --settings bureau.toml").out;
    assert!(
        shown.contains("复核:复核") && shown.contains("时限"),
        "{shown}"
    );
    // Without settings nobody has a limit.
    let piles = town.json("07-07", "payout work");
    assert!(piles[0]["overdue"].is_null(), "{piles:?}");
}

/// Killed between the record of a notice and its files: the kept lists are written again.
#[test]
fn the_lists_of_a_notice_are_written_again_to_the_byte() {
    let town = Town::before("payout notice");
    // A file stands where the folder should be made.
    town.place.write("notices", "");
    let notice = "payout notice --all --settings bureau.toml --out notices --as jingban";
    town.ends(3, "07-01", notice);
    town.stands_at("ON_NOTICE");
    let written = town.json("07-02", "payout reprint --all --out lists");
    let names = written[0]["files"].as_array().unwrap();
    assert_eq!(names.len(), 4, "{written:?}");
    let read = |folder: &str, name: &serde_json::Value| {
        let path = town.place.path().join(folder).join(name.as_str().unwrap());
        std::fs::read(path).unwrap()
    };
    let notice = written[0]["notice"].as_str().unwrap();
    town.does("07-20", &format!("payout reprint {notice} --out again"));
    for name in names {
        assert!(!read("lists", name).is_empty());
        assert_eq!(read("lists", name), read("again", name));
    }
    let page = String::from_utf8(read("lists", &names[0])).unwrap();
    assert!(
        page.contains("增长企业") && page.contains("100,000.00"),
        "{page}"
    );
    // What lies there with other content is not overwritten.
    let changed = town
        .place
        .path()
        .join("again")
        .join(names[0].as_str().unwrap());
    std::fs::write(&changed, "改过").unwrap();
    town.ends(4, "07-20", &format!("payout reprint {notice} --out again"));
    assert_eq!(std::fs::read_to_string(changed).unwrap(), "改过");
    let unknown = town.ends(1, "07-20", "payout reprint N0 --out again");
    assert!(unknown.err.contains("没有公示 N0"), "{}", unknown.err);
    town.is_clean();
}
