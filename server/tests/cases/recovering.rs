//! After the month: money that must come back, and who may not be paid or act any more.

use serde_json::Value;

use crate::support::desk::Town;
use crate::support::{Place, Run};

const DATA: [&str; 4] = [
    "--data",
    "out/month/data",
    "--now",
    "2026-08-04T09:00:00+08:00",
];

/// What came in without an instruction of ours, and with interest.
const CREDIT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>
<GrpHdr><MsgId>N9</MsgId><CreDtTm>2026-08-04T08:00:00+08:00</CreDtTm></GrpHdr>
<Ntfctn><Id>N9</Id><Acct><Id><Othr><Id>3500000000000001</Id></Othr></Id></Acct>
<Ntry><Amt Ccy="CNY">60.50</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-08-04</Dt></BookgDt><AcctSvcrRef>C20260804-1</AcctSvcrRef>
<BkTxCd><Prtry><Cd>TRF</Cd></Prtry></BkTxCd></Ntry>
</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>
"#;

/// A place where the month was played.
struct After(Place);

impl After {
    fn new() -> Self {
        let place = Place::new();
        place.ends(0, &["demo", "--count", "500", "--out", "out"]);
        Self(place)
    }

    #[track_caller]
    fn ends(&self, code: i32, words: &[&str]) -> Run {
        self.0.ends(code, &[&["payout"], words, &DATA].concat())
    }

    fn list(&self) -> Vec<Value> {
        self.ends(0, &["list", "--json"]).lines()
    }

    /// What an account stands at, in fen.
    fn balance(&self, account: &str) -> i64 {
        let line = &self.ends(0, &["lines", "--json"]).lines()[0];
        line["balances"][account].as_i64().unwrap_or(0)
    }

    fn is_clean(&self) {
        self.0.ends(0, &[&["verify"][..], &DATA].concat());
    }
}

#[test]
fn a_claim_is_recovered_with_interest_and_the_rest_written_off() {
    let after = After::new();
    let payout = after.list()[0]["payout"].as_str().unwrap().to_owned();
    let cash = after.balance("Cash");
    // 100 yuan are claimed back: three people.
    let claim = [
        "clawback",
        &payout,
        "100.00",
        "--document",
        "甲字2号",
        "--due",
        "2026-12-31",
    ];
    after.ends(0, &[&claim[..], &["--as", "jingban"]].concat());
    after.ends(0, &["sign", "--all", "--as", "fuhe"]);
    assert_eq!(after.balance("Clawback"), 0);
    after.ends(2, &["sign", "--all", "--as", "fuhe"]);
    after.ends(0, &["sign", "--all", "--as", "shenpi1"]);
    assert_eq!(after.balance("Clawback"), 10_000);
    // A credit without an instruction of ours is attached to nothing by itself.
    after.0.write("credit.xml", CREDIT);
    after.ends(0, &["answer", "credit.xml", "--payer", "零余额"]);
    after.ends(0, &["answer", "credit.xml", "--payer", "零余额"]);
    assert_eq!(after.balance("Unmatched"), -6_050);
    assert_eq!(after.balance("Cash"), cash + 6_050);
    let lines = after.ends(0, &["bank-lines", "--json"]).lines();
    assert_eq!(lines.len(), 1);
    let line = lines[0]["id"].as_str().unwrap().to_owned();
    // Two reconcilers find what it is.
    let recover = ["recover", &payout, "1", "--line", &line];
    after.ends(0, &[&recover[..], &["--as", "duizhang1"]].concat());
    after.ends(2, &["sign", "--all", "--as", "duizhang1"]);
    after.ends(0, &["sign", "--all", "--as", "duizhang2"]);
    assert_eq!(after.balance("Unmatched"), 0);
    assert_eq!(after.balance("Clawback"), 10_000 - 6_050);
    // Two approvers give up the rest; more than the rest cannot be given up.
    let write_off = ["write-off", &payout, "1", "50.00", "--document", "甲字3号"];
    after.ends(2, &[&write_off[..], &["--as", "shenpi1"]].concat());
    let write_off = ["write-off", &payout, "1", "39.50", "--document", "甲字3号"];
    after.ends(0, &[&write_off[..], &["--as", "shenpi1"]].concat());
    after.ends(0, &["sign", "--all", "--as", "shenpi2"]);
    assert_eq!(after.balance("Clawback"), 0);
    assert_eq!(after.balance("Loss"), 3_950);
    assert_eq!(after.balance("Cash"), cash + 6_050);
    after.is_clean();
}

#[test]
fn accounts_are_lent_and_stopped() {
    let after = After::new();
    let grant = ["grant", "2026惠企资金", "1.00", "--document"];
    // The maker goes on leave: his role is lent, and both names stand behind the signature.
    let lend = [
        "lend",
        "bangban",
        "--role",
        "经办",
        "--from",
        "2026-08-01",
        "--until",
        "2026-08-31",
        "--as",
        "jingban",
    ];
    let borrowed = ["--as", "bangban", "--in-place-of", "jingban"];
    after.ends(2, &[&grant[..], &["乙字1号"], &borrowed].concat());
    after.ends(0, &lend);
    after.ends(0, &[&grant[..], &["乙字1号"], &borrowed].concat());
    after.ends(2, &["sign", "--all", "--as", "jingban"]);
    after.ends(0, &["sign", "--all", "--as", "fuhe"]);
    after.ends(0, &[&lend[..], &["--end"]].concat());
    after.ends(2, &[&grant[..], &["乙字2号"], &borrowed].concat());
    // One administrator is enough to stop an account; the stopped one does nothing any more.
    after.ends(2, &["suspend", "fuhe", "--as", "jingban"]);
    after.ends(0, &["suspend", "fuhe", "--as", "anquan"]);
    after.ends(
        0,
        &[&grant[..], &["乙字3号"], &["--as", "jingban"]].concat(),
    );
    let run = after.ends(2, &["sign", "--all", "--as", "fuhe"]);
    assert!(run.out.contains("[102]"), "{}", run.out);
    let users = after.ends(0, &["users", "--json"]).lines();
    let stopped = users.iter().find(|user| user["id"] == "fuhe").unwrap();
    assert_eq!(stopped["is_active"], false);
    after.is_clean();
}

#[test]
fn a_barred_enterprise_gets_nothing_new() {
    let after = After::new();
    let barred = after.list()[0]["uscc"].as_str().unwrap().to_owned();
    let bar = [
        "bar",
        &barred,
        "--until",
        "2027-12-31",
        "--document",
        "丙字1号",
    ];
    after.ends(0, &[&bar[..], &["--as", "jingban"]].concat());
    after.ends(0, &["sign", "--all", "--as", "fuhe"]);
    let folder = std::fs::read_dir(after.0.path().join("out")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let snapshot = names
        .into_iter()
        .find(|name| name.starts_with("snapshot-"))
        .unwrap();
    let take = [
        "take",
        "out/month/sweep",
        "--snapshot",
        &format!("out/{snapshot}"),
        "--settings",
        "out/month/bureau.toml",
        "--as",
        "jingban",
    ];
    let run = after.ends(2, &take);
    assert!(run.out.contains("丙字1号"), "{}", run.out);
    after.is_clean();
}

/// What the bank returned is claimed from nobody: the claim is taken back by three, and nothing is
/// written off.
#[test]
fn a_claim_on_money_that_the_bank_returned_is_taken_back() {
    let after = After::new();
    let payout = after.list()[0].clone();
    let id = payout["payout"].as_str().unwrap();
    let amount = payout["amount"].as_str().unwrap();
    let claim = [
        "clawback",
        id,
        amount,
        "--document",
        "甲字2号",
        "--due",
        "2026-12-31",
        "--as",
        "jingban",
    ];
    after.ends(0, &claim);
    after.ends(0, &["sign", "--all", "--as", "fuhe"]);
    after.ends(0, &["sign", "--all", "--as", "shenpi1"]);
    let take_back = [
        "withdraw-claim",
        id,
        "1",
        amount,
        "--document",
        "甲字9号",
        "--as",
        "jingban",
    ];
    // The enterprise has the money still.
    after.ends(2, &take_back);
    let attempts = payout["attempts"].as_array().unwrap();
    let paid = attempts
        .iter()
        .find(|attempt| attempt["state"] == "Paid")
        .unwrap();
    let name = paid["end_to_end_id"].as_str().unwrap();
    let returned = CREDIT.replace("60.50", amount).replace(
        "</BkTxCd></Ntry>",
        &format!(
            "</BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{name}</EndToEndId></Refs>\
             <Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
             <RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"
        ),
    );
    after.0.write("returned.xml", &returned);
    after.ends(0, &["answer", "returned.xml", "--payer", "零余额"]);
    let (expense, clawback) = (after.balance("Expense"), after.balance("Clawback"));
    let fen: i64 = amount.replace('.', "").parse().unwrap();
    assert_eq!(clawback, fen);
    after.ends(0, &take_back);
    after.ends(0, &["sign", "--all", "--as", "fuhe"]);
    after.ends(0, &["sign", "--all", "--as", "shenpi2"]);
    assert_eq!(after.balance("Clawback"), 0);
    assert_eq!(after.balance("Expense"), expense + fen);
    assert_eq!(after.balance("Loss"), 0);
    after.is_clean();
}

/// A claim is set against what the same enterprise is still to get.
#[test]
fn a_claim_is_set_against_another_payout() {
    let (town, first, second) = two_awards();
    let claim = format!("payout clawback {first} 100.00 --document 甲字2号 --due 2026-12-31");
    town.does("07-13", &format!("{claim} --as jingban"));
    town.does("07-13", "payout sign --all --as fuhe");
    town.does("07-13", "payout sign --all --as shenpi1");
    let offset = |amount: &str| {
        format!("payout offset {first} 1 --against {second} --amount {amount} --law 第十条")
    };
    // No more than is claimed, and not against itself.
    town.ends(2, "07-13", &format!("{} --as jingban", offset("100.01")));
    let itself = offset("50.00").replace(&second, &first);
    town.ends(2, "07-13", &format!("{itself} --as jingban"));
    town.does("07-13", &format!("{} --as jingban", offset("100.00")));
    town.does("07-13", "payout sign --all --as fuhe");
    town.does("07-13", "payout sign --all --as shenpi2");
    assert_eq!(town.balance("Clawback"), 0);
    let payouts = town.json("07-13", "payout list");
    let other = payouts
        .iter()
        .find(|payout| payout["payout"] == second.as_str());
    assert_eq!(other.unwrap()["unpaid"], "99900.00");
    town.is_clean();
}

/// Two awards of one enterprise: the first paid, the second confirmed.
fn two_awards() -> (Town, String, String) {
    let town = Town::with_policy("payout batch", |policy| {
        let (head, block) = policy.split_once("```zhida\n").unwrap();
        let (block, _) = block.split_once("```").unwrap();
        let second = block.replace("事项 growth \"增长奖励\"", "事项 again \"再增长奖励\"");
        format!("{head}```zhida\n{block}\n{second}```\n")
    });
    let payouts = town.json("07-10", "payout list");
    assert_eq!(payouts.len(), 2, "{payouts:?}");
    let [first, second] =
        [0, 1].map(|place: usize| payouts[place]["payout"].as_str().unwrap().to_owned());
    town.does(
        "07-10",
        &format!("payout batch {first} --payer 零余额 --date 2026-07-10 --as zhifu1"),
    );
    let batch = town.batch();
    town.does(
        "07-10",
        &format!("payout seal {batch} --count 1 --total 100000.00 --as zhifu2"),
    );
    town.does(
        "07-10",
        &format!("payout send {batch} --to box --as zhifu1"),
    );
    town.does(
        "07-10",
        &format!("payout trial-bank {batch} --on 2026-07-10 -o camt.xml"),
    );
    town.does("07-11", "payout answer camt.xml --payer 零余额");
    (town, first, second)
}
