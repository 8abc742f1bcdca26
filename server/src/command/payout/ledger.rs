//! `zhida payout ledger`: what was paid, for the next snapshot.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::Desk;
use crate::payouts::ledger;
use crate::table::count;

/// How many payouts are read at once.
const PAGE: u32 = 2_000;

/// 付款记录:写给下一次导入(zhida import --ledger),清算才知道已经付过多少
#[derive(Args, Debug)]
pub(super) struct Ledger {
    /// 写到哪个文件
    #[arg(short, long, value_name = "文件")]
    output: PathBuf,
}

impl Ledger {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let head = desk.wait(desk.store.head(desk.at))?;
        let position = format!("{} {}", head.size, head.root);
        let mut paid = ledger::Paid::default();
        let mut after = String::new();
        loop {
            let page = desk.wait(desk.store.payouts_after(&after, PAGE))?;
            paid.add(&page)?;
            let Some(last) = page.last() else { break };
            after = last.id.to_string();
        }
        let (text, entries) = paid.finish(position.clone())?;
        fs::write(&self.output, text).map_err(|error| Failure::file(&self.output, "写", &error))?;
        match output.form() {
            Form::Json => output.json(&json!({"entries": entries, "position": position}))?,
            Form::People => output.line(format_args!(
                "{} 笔付款记录,到日志第 {} 条:{}",
                count(entries),
                count(head.size),
                self.output.display()
            ))?,
        }
        Ok(Status::Done)
    }
}
