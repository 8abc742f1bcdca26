//! The verbs around a batch: taken out, voided, handed over, found half sent, ruled on, paid again.

use crate::support::copy;
use crate::support::desk::Town;

/// Seals the open batch.
fn seal(town: &Town, day: &str) -> String {
    let batch = town.batch();
    town.does(
        day,
        &format!("payout seal {batch} --count 1 --total 100000.00 --as zhifu2"),
    );
    batch
}

fn batch_again(town: &Town, day: &str) {
    let make = format!("payout batch --all --payer 零余额 --date 2026-{day} --as zhifu1");
    town.does(day, &make);
    town.stands_at("BATCHED");
}

/// Begins to send a batch into a folder that cannot be made.
fn half_sent() -> (Town, String) {
    let town = Town::before("nothing");
    let batch = seal(&town, "07-10");
    town.place.write("blocked", "");
    town.ends(
        3,
        "07-10",
        &format!("payout send {batch} --to blocked --as zhifu1"),
    );
    town.stands_at("SENDING");
    (town, batch)
}

#[test]
fn a_payout_leaves_an_open_batch_and_a_sealed_one_is_voided_by_two() {
    let town = Town::before("nothing");
    let first = town.batch();
    town.does("07-10", &format!("payout unbatch {first} ID --as zhifu1"));
    town.stands_at("CONFIRMED");
    batch_again(&town, "07-13");
    // The first batch is open still, and empty; the payout is in the second.
    let second = town.payout()["attempts"][1]["batch"]
        .as_str()
        .map(str::to_owned);
    let second = second.unwrap_or_else(|| {
        town.payout()["attempts"][0]["batch"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    assert_ne!(first, second);
    let sealed = format!("payout seal {second} --count 1 --total 100000.00 --as zhifu2");
    town.ends(2, "07-13", &sealed.replace("100000.00", "100000.01"));
    town.does("07-13", &sealed);
    town.ends(
        2,
        "07-13",
        &format!("payout unbatch {second} ID --as zhifu1"),
    );
    town.does(
        "07-13",
        &format!("payout void {second} --reason 文件未离开机房 --as zhifu1"),
    );
    town.ends(2, "07-13", "payout sign --all --as zhifu1");
    town.does("07-13", "payout sign --all --as zhifu2");
    town.stands_at("CONFIRMED");
    assert_eq!(town.balance("Transit"), 0);
    batch_again(&town, "07-14");
    town.is_clean();
}

#[test]
fn a_batch_that_people_carried_to_the_bank_is_handed_over_by_two() {
    let (town, batch) = half_sent();
    town.place.write("receipt.txt", "银行柜面已签收");
    let hand_over = format!("payout hand-over {batch} --statement receipt.txt --as zhifu1");
    town.does("07-10", &hand_over);
    town.stands_at("SENDING");
    town.does("07-10", "payout sign --all --as zhifu2");
    town.stands_at("SENT");
    // What may have left is never void.
    town.ends(
        2,
        "07-10",
        &format!("payout void {batch} --reason 想重来 --as zhifu1"),
    );
    town.is_clean();
}

/// The very file lies in the exchange folder: it was sent, and is not sent again.
#[test]
fn a_file_that_is_found_where_it_should_be_was_sent() {
    let (town, batch) = half_sent();
    let place = &town.place;
    std::fs::create_dir(place.path().join("box")).unwrap();
    let batches = town.json("07-10", "payout batches");
    let file = &batches[0]["files"][0];
    let (name, digest) = (
        file["name"].as_str().unwrap(),
        file["digest"].as_str().unwrap(),
    );
    let kept = place
        .path()
        .join("zhida-data/files")
        .join(&digest[..2])
        .join(digest);
    std::fs::copy(kept, place.path().join("box").join(name)).unwrap();
    town.does(
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    town.stands_at("SENT");
    town.is_clean();
}

#[test]
fn a_file_that_is_not_found_is_unknown_and_paid_again_only_by_evidence() {
    let (town, batch) = half_sent();
    std::fs::create_dir(town.place.path().join("box")).unwrap();
    let again = town.ends(
        2,
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    assert!(again.err.contains("不会自动再发"), "{}", again.err);
    town.stands_at("UNKNOWN");
    let left = std::fs::read_dir(town.place.path().join("box"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "nothing may be sent again by itself");
    // Nobody pays again before two people have ruled.
    town.ends(2, "07-13", "payout reissue ID --cause 未收到 --as jingban");
    town.place.write("letter.txt", "我行未收到该批文件");
    let rule = "payout rule ID --unpaid --on 2026-07-13 --evidence letter.txt --as duizhang1";
    town.does("07-13", rule);
    town.ends(2, "07-13", "payout sign --all --as duizhang1");
    town.does("07-13", "payout sign --all --as duizhang2");
    town.stands_at("REJECTED");
    assert_eq!(town.balance("Transit"), 0);
    // The account was wrong: with another one the enterprise confirms again.
    let payees = town.place.read("payees.csv");
    town.place.write(
        "payees.csv",
        &payees.replace("3500000000000000017", "3500000000000000025"),
    );
    town.does("07-13", "payout payee payees.csv --as jingban");
    let asked = town.does("07-13", "payout motions").out;
    assert!(
        asked.contains("3500000000000000025"),
        "who signs must see the account: {asked}"
    );
    town.does("07-13", "payout sign --all --as fuhe");
    town.does("07-13", "payout reissue ID --cause 账号有误 --as jingban");
    town.does("07-13", "payout sign --all --as fuhe");
    town.stands_at("AWAIT_PAYEE");
    town.does(
        "07-13",
        "payout confirm --all --each-enterprise --as bangban",
    );
    town.stands_at("REISSUE");
    batch_again(&town, "07-14");
    let second = seal(&town, "07-14");
    town.does(
        "07-14",
        &format!("payout send {second} --to box --as zhifu1"),
    );
    let sent = std::fs::read_dir(town.place.path().join("box")).unwrap();
    let texts: Vec<String> = sent
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("3500000000000000025"), "{}", texts[0]);
    assert_eq!(town.payout()["attempts"].as_array().unwrap().len(), 2);
    town.is_clean();
}

#[test]
fn a_silent_bank_is_looked_into_and_ruled_on() {
    let town = Town::before("nothing");
    let batch = seal(&town, "07-10");
    town.does(
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    town.stands_at("SENT");
    // Three working days by the settings: Friday 10 July, until Wednesday 15 July.
    town.does("07-15", "payout tick");
    town.stands_at("SENT");
    town.ends(2, "07-15", "payout unknown ID --as jingban");
    town.does("07-15", "payout unknown ID --as duizhang1");
    town.stands_at("UNKNOWN");
    town.place.write("statement.txt", "7月10日对账单");
    let rule = "payout rule ID --paid --on 2026-07-10 --evidence statement.txt --as duizhang1";
    town.does("07-15", rule);
    town.does("07-15", "payout sign --all --as duizhang2");
    town.stands_at("PAID");
    assert_eq!(town.balance("Cash"), -10_000_000);
    town.is_clean();

    let waits = Town::before("nothing");
    let batch = seal(&waits, "07-10");
    waits.does(
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    waits.does("07-16", "payout tick");
    waits.stands_at("UNKNOWN");
}

/// A bank that takes texts in GBK, and answers in GBK.
#[test]
fn a_bank_with_gbk_texts_is_paid_by_asks_and_answers() {
    let town = Town::with("nothing", |settings| {
        settings.replace("pain.001.001.09", "gbk-csv")
    });
    let batch = seal(&town, "07-10");
    town.does(
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    let file = std::fs::read_dir(town.place.path().join("box"))
        .unwrap()
        .next();
    let bytes = std::fs::read(file.unwrap().unwrap().path()).unwrap();
    let (text, _, is_wrong) = encoding_rs::GBK.decode(&bytes);
    assert!(
        !is_wrong && text.contains("增长企业") && text.contains("100000.00"),
        "{text}"
    );
    assert!(text.contains("中国工商银行总行清算中心"), "{text}");
    let serial = town.payout()["attempts"][0]["end_to_end_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let answer = |name: &str, word: &str, reference: &str| {
        let text = format!(
            "企业流水号,收款账号,收款户名,金额,状态,原因,交易日期,银行流水号\r\n\
             {serial},3500000000000000017,增长企业,100000.00,{word},,2026-07-10,{reference}\r\n\
             合计,1,100000.00\r\n"
        );
        let (bytes, _, _) = encoding_rs::GBK.encode(&text);
        std::fs::write(town.place.path().join(name), bytes).unwrap();
        town.does("07-11", &format!("payout answer {name} --payer 零余额"));
    };
    // Seen before is not refused: it is a question for two reconcilers.
    answer("first.csv", "重复", "R1");
    town.stands_at("SENT");
    let shown = town.does("07-11", "payout show ID").out;
    assert!(shown.contains("疑问:银行说以前收到过这条指令"), "{shown}");
    town.place.write("letter.txt", "仅收到一份");
    town.ends(
        1,
        "07-11",
        "payout question ID 2 --evidence letter.txt --as duizhang1",
    );
    town.does(
        "07-11",
        "payout question ID --evidence letter.txt --as duizhang1",
    );
    town.does("07-11", "payout sign --all --as duizhang2");
    let shown = town.does("07-11", "payout show ID").out;
    assert!(!shown.contains("疑问"), "{shown}");
    answer("second.csv", "成功", "R2");
    town.stands_at("PAID");
    town.is_clean();
}

#[test]
fn the_papers_of_a_batch_hide_accounts_from_those_who_do_not_answer_for_it() {
    let town = Town::before("nothing");
    let batch = seal(&town, "07-10");
    town.does(
        "07-10",
        &format!("payout sheet {batch} --out papers --as zhifu1"),
    );
    let sheet = town.place.read(&format!("papers/{batch}-交接单.txt"));
    for told in ["100000.00", "SHA-256", "日志头", "报文编号"] {
        assert!(sheet.contains(told), "{told} in {sheet}");
    }
    assert!(!sheet.contains("3500000000000000017"), "{sheet}");
    let full = format!("payout sheet {batch} --out papers --full-accounts");
    let refused = town.ends(2, "07-10", &format!("{full} --as jingban"));
    assert!(refused.err.contains("完整账号只给"), "{}", refused.err);
    town.does("07-10", &format!("{full} --as zhifu2"));
}

#[test]
fn a_printed_head_shows_a_log_that_was_set_back() {
    let town = Town::before("nothing");
    let old = town.place.path().join("old");
    let data = town.place.path().join("zhida-data");
    copy(&data, &old);
    let batch = seal(&town, "07-10");
    town.does(
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    let head = town.does("07-10", "payout head").out;
    town.place.write("head.txt", &head);
    town.does("07-20", "verify --head head.txt");
    // Yesterday's copy is in order by itself; the paper knows better.
    town.does("07-20", "verify --data old");
    let found = town.ends(4, "07-20", "verify --data old --head head.txt");
    assert!(found.out.contains("日志头"), "{}", found.out);
}
