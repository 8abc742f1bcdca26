//! One month of payouts, as people would type it: every line is run as if it had been typed.

use std::fs;
use std::path::{Path, PathBuf};

use zhida_engine::payouts::{BatchState, Payout, PayoutState, Thing};
use zhida_policies::values::{Money, Uscc};

use crate::arguments;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, DeskArguments};
use crate::store::{Listing, PayoutFilter};

/// The bureau of the show.
const SETTINGS: &str = include_str!("bureau.toml");
/// How many payouts the show follows.
const PAYOUTS: &str = "200";
/// How many awards it takes up: those that it does not follow wait for people.
const TAKEN: &str = "260";
/// How many of those that wait are proposed and checked, and wait for approval.
const WAITING: &str = "40";
/// The account of an enterprise of the show.
const ENTERPRISE: &str = "qiye";
/// Banks that the made-up accounts are with: codes of the public list of bank branches.
const BANKS: [(&str, &str); 4] = [
    ("102100099996", "中国工商银行总行清算中心"),
    ("103100000026", "中国农业银行资金清算中心"),
    ("104100000004", "中国银行总行"),
    ("105100000017", "中国建设银行总行"),
];

/// Where the month is played.
pub(super) struct Month<'a> {
    folder: PathBuf,
    snapshot: &'a Path,
    /// What every line carries.
    common: Vec<String>,
    /// The enterprise that signs in afterwards, where the show goes on on pages.
    enterprise: Option<Uscc>,
}

impl<'a> Month<'a> {
    /// A month in a fresh folder.
    pub(super) fn new(
        out: &Path,
        snapshot: &'a Path,
        policies: Option<&Path>,
        enterprise: Option<Uscc>,
    ) -> Result<Self, Failure> {
        let folder = out.join("month");
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| Failure::file(&folder, "清空", &error))?;
        }
        fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, "建立", &error))?;
        let mut common = Vec::new();
        if let Some(policies) = policies {
            common.extend(["--policies".to_owned(), policies.display().to_string()]);
        }
        Ok(Self {
            folder,
            snapshot,
            common,
            enterprise,
        })
    }

    /// Plays it from the sweep to the verification.
    pub(super) fn play(&self, output: &mut Output) -> Result<(), Failure> {
        self.decide(output)?;
        self.publish(output)?;
        self.confirm(output)?;
        self.pay(output, "2026-07-10", "7", 1)?;
        self.reissue(output)?;
        self.close(output)?;
        match self.enterprise {
            None => Ok(()),
            Some(_) => self.go_on(output),
        }
    }

    /// The settings of the bureau, with the enterprise that signs in afterwards.
    fn bureau(&self) -> String {
        let mut text = SETTINGS.to_owned();
        if let Some(uscc) = self.enterprise {
            text.push_str(&format!(
                "\n[[user]]\nid = \"{ENTERPRISE}\"\nperson = \"企业经办人\"\nroles = [\"企业\"]\n\
                 enterprise = \"{uscc}\"\n"
            ));
        }
        text
    }

    /// What lies on the desks when the show ends: some wait to be proposed, some to be approved.
    fn go_on(&self, output: &mut Output) -> Result<(), Failure> {
        let (settings, sweep) = (self.path("bureau.toml"), self.path("sweep"));
        let snapshot = self.snapshot.display().to_string();
        let day = "2026-08-03";
        let propose = [
            "payout", "propose", "--all", "--limit", WAITING, "--as", "jingban",
        ];
        self.type_line(output, day, &propose)?;
        let check = [
            "payout",
            "check",
            &sweep,
            "--snapshot",
            &snapshot,
            "--settings",
            &settings,
            "--as",
            "fuhe",
        ];
        self.type_line(output, day, &check)
    }

    /// The data folder.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The settings of the bureau.
    pub(super) fn settings(&self) -> PathBuf {
        self.folder.join("bureau.toml")
    }

    /// Lays snapshot and sweep where a server finds them.
    pub(super) fn hand_over(&self) -> Result<(), Failure> {
        let sweep = self.folder.join("sweep");
        for (from, to) in [(self.snapshot, "snapshots/demo"), (&sweep, "sweeps/demo")] {
            let to = self.data().join(to);
            let copied = fs::create_dir_all(&to).and_then(|()| copy(from, &to));
            copied.map_err(|error| Failure::file(&to, "写", &error))?;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Runs one line. `{}` words stand for paths of the folder.
    fn type_line(&self, output: &mut Output, now: &str, words: &[&str]) -> Result<(), Failure> {
        let mut line: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        if words.first() != Some(&"sweep") {
            line.extend(["--data".to_owned(), self.path("data")]);
            line.extend(["--now".to_owned(), format!("{now}T09:30:00+08:00")]);
        }
        if output.form() == Form::People {
            output.line(format_args!("\n$ zhida {}", shown(&line)))?;
        }
        line.extend(self.common.iter().cloned());
        let status = arguments::run_line(&line, output)?;
        if status == Status::Done {
            return Ok(());
        }
        Err(Failure::said(
            status,
            "演示中的一步没有办成",
            "请把上面的输出告诉我们",
        ))
    }

    fn decide(&self, output: &mut Output) -> Result<(), Failure> {
        let settings = self.path("bureau.toml");
        fs::write(&settings, self.bureau())
            .map_err(|error| Failure::file(Path::new(&settings), "写", &error))?;
        let snapshot = self.snapshot.display().to_string();
        let sweep = self.path("sweep");
        let of_sweep = ["--snapshot", &snapshot, "--settings", &settings];
        let day = "2026-07-01";
        self.type_line(
            output,
            day,
            &["sweep", "--snapshot", &snapshot, "--out", &sweep],
        )?;
        self.type_line(output, day, &["payout", "init", &settings])?;
        let grant = [
            "payout",
            "grant",
            "2026惠企资金",
            "3000000000",
            "--document",
            "财预〔2026〕8号",
            "--as",
            "jingban",
        ];
        self.type_line(output, day, &grant)?;
        self.type_line(output, day, &["payout", "sign", "--all", "--as", "fuhe"])?;
        let mut take = vec!["payout", "take", &sweep];
        take.extend(of_sweep);
        let limit = match self.enterprise {
            Some(_) => TAKEN,
            None => PAYOUTS,
        };
        take.extend(["--limit", limit, "--as", "jingban"]);
        self.type_line(output, day, &take)?;
        self.type_line(
            output,
            day,
            &[
                "payout", "propose", "--all", "--limit", PAYOUTS, "--as", "jingban",
            ],
        )?;
        let mut check = vec!["payout", "check", &sweep];
        check.extend(of_sweep);
        check.extend(["--as", "fuhe"]);
        self.type_line(output, day, &check)?;
        self.type_line(
            output,
            day,
            &["payout", "approve", "--all", "--as", "shenpi1"],
        )?;
        if !self.payouts(&[PayoutState::Checked])?.is_empty() {
            let second = ["payout", "approve", "--all", "--as", "shenpi2"];
            self.type_line(output, day, &second)?;
        }
        Ok(())
    }

    fn publish(&self, output: &mut Output) -> Result<(), Failure> {
        let (settings, out) = (self.path("bureau.toml"), self.path("notices"));
        let notice = [
            "payout",
            "notice",
            "--all",
            "--settings",
            &settings,
            "--out",
            &out,
            "--as",
            "jingban",
        ];
        self.type_line(output, "2026-07-01", &notice)?;
        self.type_line(output, "2026-07-09", &["payout", "tick"])
    }

    fn confirm(&self, output: &mut Output) -> Result<(), Failure> {
        let payees = self.path("payees.csv");
        let waiting = self.payouts(&[PayoutState::AwaitPayee])?;
        fs::write(&payees, payees_of(&waiting))
            .map_err(|error| Failure::file(Path::new(&payees), "写", &error))?;
        let day = "2026-07-09";
        self.type_line(
            output,
            day,
            &["payout", "payee", &payees, "--as", "jingban"],
        )?;
        self.type_line(output, day, &["payout", "sign", "--all", "--as", "fuhe"])?;
        let confirm = [
            "payout",
            "confirm",
            "--all",
            "--each-enterprise",
            "--as",
            "bangban",
        ];
        self.type_line(output, day, &confirm)
    }

    /// Batch, seal, send, and what the bank says of it.
    fn pay(
        &self,
        output: &mut Output,
        day: &str,
        name: &str,
        returns: usize,
    ) -> Result<(), Failure> {
        let batch = [
            "payout",
            "batch",
            "--all",
            "--payer",
            "零余额",
            "--date",
            day,
            "--as",
            "zhifu1",
        ];
        self.type_line(output, day, &batch)?;
        let (batch, number, total) = self.open_batch()?;
        let (number, total) = (number.to_string(), total.to_string());
        let seal = [
            "payout", "seal", &batch, "--count", &number, "--total", &total, "--as", "zhifu2",
        ];
        self.type_line(output, day, &seal)?;
        let out = self.path("bank");
        let send = ["payout", "send", &batch, "--to", &out, "--as", "zhifu1"];
        self.type_line(output, day, &send)?;
        let answer = self.path(&format!("camt054-{name}.xml"));
        let returns = returns.to_string();
        let bank = [
            "payout",
            "trial-bank",
            &batch,
            "--on",
            day,
            "--returns",
            &returns,
            "-o",
            &answer,
        ];
        self.type_line(output, day, &bank)?;
        self.type_line(
            output,
            day,
            &["payout", "answer", &answer, "--payer", "零余额"],
        )
    }

    /// What came back is paid again: two people, then a second attempt.
    fn reissue(&self, output: &mut Output) -> Result<(), Failure> {
        let day = "2026-07-13";
        for payout in self.payouts(&[PayoutState::Returned])? {
            let id = payout.id.to_string();
            self.type_line(output, day, &["payout", "show", &id])?;
            let cause = "企业已恢复账户,银行书面确认";
            let reissue = [
                "payout", "reissue", &id, "--cause", cause, "--as", "jingban",
            ];
            self.type_line(output, day, &reissue)?;
            self.type_line(output, day, &["payout", "sign", "--all", "--as", "fuhe"])?;
        }
        self.pay(output, day, "again", 0)
    }

    fn close(&self, output: &mut Output) -> Result<(), Failure> {
        let day = "2026-08-03";
        let close = [
            "payout",
            "close",
            "2026-07-31",
            "--bureau",
            "示例市财政局",
            "--as",
            "duizhang1",
        ];
        self.type_line(output, day, &close)?;
        self.type_line(output, day, &["payout", "sign", "--all", "--as", "shenpi1"])?;
        self.type_line(
            output,
            day,
            &["payout", "settle", "--all", "--as", "duizhang1"],
        )?;
        self.type_line(output, day, &["payout", "lines"])?;
        self.type_line(output, day, &["verify"])
    }

    fn desk(&self) -> Result<Desk, Failure> {
        // The lines take the database from the same place.
        let store = std::env::var("ZHIDA_STORE").ok();
        Desk::open(&DeskArguments {
            data: self.folder.join("data"),
            store: store.and_then(|address| address.parse().ok()),
            ..DeskArguments::default()
        })
    }

    fn payouts(&self, states: &[PayoutState]) -> Result<Vec<Payout>, Failure> {
        let desk = self.desk()?;
        let filter = PayoutFilter {
            states: states.to_vec(),
            ..PayoutFilter::default()
        };
        desk.wait(desk.store.payouts(&filter))
    }

    /// The batch that can still change, counted by its items.
    fn open_batch(&self) -> Result<(String, usize, Money), Failure> {
        let batched = self.payouts(&[PayoutState::Batched])?;
        let total = batched.iter().filter_map(|payout| payout.alive());
        let total = total.fold(0i64, |sum, attempt| {
            sum.saturating_add(attempt.amount.fen())
        });
        let desk = self.desk()?;
        let things = desk.wait(desk.store.list(Listing::Batches))?;
        let mut open = None;
        for thing in things {
            if let Thing::Batch(batch) = thing
                && batch.state == BatchState::Open
            {
                open = Some(batch);
            }
        }
        let open = open.ok_or_else(|| Failure::refused("没有可以封的批次", ""))?;
        Ok((
            open.id.to_string(),
            open.items.len(),
            Money::from_fen(total),
        ))
    }
}

/// Copies the files of a folder into another.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

/// Made-up accounts under the registered names.
fn payees_of(payouts: &[Payout]) -> String {
    let mut text = "uscc,name,account,cnaps,bank\n".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for payout in payouts {
        if !seen.insert(payout.key.uscc) {
            continue;
        }
        let place = seen.len();
        let bank = place
            .checked_rem(BANKS.len())
            .and_then(|bank| BANKS.get(bank));
        let (cnaps, bank) = bank.copied().unwrap_or_default();
        let account = format!("35{place:016}7");
        text.push_str(&format!(
            "{},{},{account},{cnaps},{bank}\n",
            payout.key.uscc, payout.enterprise
        ));
    }
    text
}

/// A line as a person would type it.
fn shown(words: &[String]) -> String {
    let quoted = words.iter().map(|word| {
        if word.contains([' ', '〔']) {
            format!("\"{word}\"")
        } else {
            word.clone()
        }
    });
    quoted.collect::<Vec<String>>().join(" ")
}
