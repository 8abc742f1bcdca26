//! The kept lists of a notice once more.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{Notice, NoticeId, Subject, Thing};

use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::Desk;
use crate::store::Listing;
use crate::table::count;

/// 重印公示名单:把公示时封存的文件原样再写一遍(例如公示后写文件时中断)
#[derive(Args, Debug)]
pub(super) struct Reprint {
    /// 公示编号;不写时用 --all
    #[arg(value_name = "编号", required_unless_present = "all")]
    notices: Vec<String>,
    /// 所有公示
    #[arg(long, conflicts_with = "notices")]
    all: bool,
    /// 名单写到哪个文件夹;已有的同名文件内容相同就不动,不同就拒绝
    #[arg(long, value_name = "文件夹")]
    out: PathBuf,
}

impl Reprint {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        for notice in self.chosen(desk)? {
            place_kept(desk, output, &notice, &self.out)?;
        }
        Ok(Status::Done)
    }

    fn chosen(&self, desk: &Desk) -> Result<Vec<Notice>, Failure> {
        if self.all {
            let mut notices = Vec::new();
            for thing in desk.wait(desk.store.list(Listing::Notices))? {
                if let Thing::Notice(notice) = thing {
                    notices.push(notice);
                }
            }
            return Ok(notices);
        }
        let ids: Vec<NoticeId> = self.notices.iter().map(NoticeId::new).collect();
        let subjects = ids.iter().cloned().map(Subject::Notice);
        let books = desk.see(&subjects.collect::<Vec<Subject>>())?;
        let found = ids.iter().map(|id| {
            books.notice(id).cloned().ok_or_else(|| {
                Failure::usage(
                    format!("没有公示 {id}"),
                    "编号见公示名单的文件名;或用 --all 重印所有公示",
                )
            })
        });
        found.collect()
    }
}

/// Writes the kept files of a notice, and says which.
pub(super) fn place_kept(
    desk: &Desk,
    output: &mut Output,
    notice: &Notice,
    out: &Path,
) -> Result<(), Failure> {
    for file in &notice.files {
        let bytes = desk.wait(desk.store.fetch(&file.digest))?;
        desk.wait(desk.store.place(out, &file.name, &bytes))?;
    }
    let names: Vec<&str> = notice.files.iter().map(|file| file.name.as_str()).collect();
    match output.form() {
        Form::Json => output.json(&json!({
            "notice": notice.id, "until": notice.until, "files": names,
            "payouts": notice.payouts.len(),
        }))?,
        Form::People => output.line(format_args!(
            "{} 笔,公示到 {}:{}/ 里的 {}",
            count(notice.payouts.len()),
            notice.until,
            out.display(),
            names.join("、")
        ))?,
    }
    Ok(())
}
