//! After the month: money that must come back, and who may not be paid or act any more.

use serde_json::Value;

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
