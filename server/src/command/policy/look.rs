//! `zhida policy proposals`, `versions`, `show` and `compare`.

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{PolicyRecord, PolicyVersion};

use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Form, Output};
use crate::payouts::asked::publication_in_words;
use crate::payouts::desk::Desk;
use crate::publishing::{self, changes};
use crate::store::Within;
use crate::table::{Side, table};

/// 列出发布提议:等待批准的在前
#[derive(Args, Debug)]
pub(super) struct Proposals {
    /// 连同已批准、已退回的
    #[arg(long)]
    all: bool,
}

impl Proposals {
    pub(super) fn run(self, desk: &Desk, output: &mut Output) -> Result<Status, Failure> {
        let (store, all) = (&desk.store, Within::All);
        let mut shown = desk.wait(publishing::open_proposals(store, &all, None, u32::MAX))?;
        if self.all {
            shown.extend(desk.wait(publishing::past_proposals(store, &all, None, u32::MAX))?);
        }
        if output.form() == Form::Json {
            for one in shown {
                output.json(&one.motion)?;
            }
            return Ok(Status::Done);
        }
        if shown.is_empty() {
            output.line("没有等待批准的提议")?;
            return Ok(Status::Done);
        }
        let mut rows = table(&[
            ("编号", Side::Left),
            ("状态", Side::Left),
            ("单位", Side::Left),
            ("提出", Side::Left),
            ("内容", Side::Left),
        ]);
        for one in shown {
            let first = one.motion.signatures.first();
            let mut about = publication_in_words(&one.publication);
            if let Some(ended) = &one.motion.ended {
                about.push_str(&format!("(退回:{} {})", ended.person, ended.reason));
            }
            rows.add_row([
                one.motion.id.to_string(),
                one.standing().chinese().to_owned(),
                one.publication.bureau.to_string(),
                first.map_or_else(String::new, |first| first.person.to_string()),
                about,
            ]);
        }
        output.line(rows.trim_fmt())?;
        Ok(Status::Done)
    }
}

/// 列出一份政策的各版;不写政策编号,列出全部发布过的政策
#[derive(Args, Debug)]
pub(super) struct Versions {
    /// 政策编号
    #[arg(value_name = "政策")]
    policy: Option<String>,
}

impl Versions {
    pub(super) fn run(self, desk: &Desk, output: &mut Output) -> Result<Status, Failure> {
        let mut all = desk.wait(publishing::records(&desk.store))?;
        if let Some(policy) = &self.policy {
            all.retain(|record| record.policy == *policy);
        }
        if output.form() == Form::Json {
            for record in all {
                output.json(&record)?;
            }
            return Ok(Status::Done);
        }
        if all.is_empty() {
            output.line("没有发布过:用的是程序或 --policies 里的文本")?;
            return Ok(Status::Done);
        }
        let mut rows = table(&[
            ("政策", Side::Left),
            ("版", Side::Right),
            ("自何日起", Side::Left),
            ("提出、批准", Side::Left),
            ("理由", Side::Left),
            ("文本摘要", Side::Left),
        ]);
        let today = desk.at.business_date();
        for record in &all {
            let now = record.on(today).map(|version| version.number);
            for version in &record.versions {
                rows.add_row(row(record, version, now));
            }
        }
        output.line(rows.trim_fmt())?;
        Ok(Status::Done)
    }
}

fn row(record: &PolicyRecord, version: &PolicyVersion, now: Option<u32>) -> [String; 6] {
    let signed = version.signatures.iter();
    let people: Vec<String> = signed.map(|signed| signed.person.to_string()).collect();
    let mark = match () {
        () if now == Some(version.number) => "(现行)",
        () if record.was_replaced(version.number) => "(施行以前被取代)",
        () => "",
    };
    let text = version.text.as_ref();
    [
        record.policy.clone(),
        format!("{}{mark}", version.number),
        version.from.to_string(),
        people.join("、"),
        version.reason.clone(),
        text.map_or_else(|| "废止".to_owned(), ToString::to_string),
    ]
}

/// 显示一版的全文
#[derive(Args, Debug)]
pub(super) struct Show {
    /// 政策编号
    #[arg(value_name = "政策")]
    policy: String,
    /// 第几版;0 是第一次发布以前的文本,不写为现行文本
    #[arg(long, value_name = "版")]
    version: Option<u32>,
}

impl Show {
    pub(super) fn run(
        self,
        desk: &Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let text = text(desk, common, &self.policy, self.version)?;
        match output.form() {
            Form::Json => output.json(&json!({
                "policy": self.policy, "version": self.version, "text": text,
            }))?,
            Form::People => output.line(text.trim_end())?,
        }
        Ok(Status::Done)
    }
}

/// 对照两版:逐行列出删去和新增
#[derive(Args, Debug)]
pub(super) struct Compare {
    /// 政策编号
    #[arg(value_name = "政策")]
    policy: String,
    /// 前一版
    #[arg(value_name = "前")]
    before: u32,
    /// 后一版;不写为现行文本
    #[arg(value_name = "后")]
    after: Option<u32>,
}

impl Compare {
    pub(super) fn run(
        self,
        desk: &Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let before = text(desk, common, &self.policy, Some(self.before))?;
        let after = text(desk, common, &self.policy, self.after)?;
        for one in changes::between(&before, &after) {
            match output.form() {
                Form::Json => output.json(&json!({
                    "line": one.number, "is_new": one.is_new, "text": one.text,
                }))?,
                Form::People => {
                    let mark = if one.is_new { '+' } else { '-' };
                    output.line(format_args!("{mark}{:>5} {}", one.number, one.text))?;
                }
            }
        }
        Ok(Status::Done)
    }
}

/// The text of a version. Version 0 is what the first publication began from.
fn text(
    desk: &Desk,
    common: &Common,
    policy: &str,
    number: Option<u32>,
) -> Result<String, Failure> {
    let missing = || {
        Failure::usage(
            format!("政策“{policy}”没有这一版的文本"),
            "请用 zhida policy versions 查看有哪些版",
        )
    };
    let Some(number) = number else {
        let all = library::as_it_is(common)?;
        let found = all.policies.iter().find(|one| *one.id == *policy);
        let file = found.and_then(|one| all.files.iter().find(|file| file.id == one.file));
        return file.map(|file| file.text.to_string()).ok_or_else(missing);
    };
    let all = desk.wait(publishing::records(&desk.store))?;
    let record = all.iter().find(|record| record.policy == policy);
    let digest = record.and_then(|record| record.text(number));
    let digest = digest.cloned().ok_or_else(missing)?;
    let bytes = desk.wait(desk.store.fetch(&digest))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
