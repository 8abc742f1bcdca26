//! The papers of a batch.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use zhida_engine::payouts::{Actor, Batch as OneBatch, BatchId, Digest, Payer, PayoutId};

use super::batch::open;
use super::seal::beijing;
use crate::audit::{self, sheet::Reader};
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::payment_files::{AccountView, PaymentFile, hand_over_sheet, human_copy};
use crate::payouts::bank;
use crate::payouts::desk::Desk;

/// What goes with the files on paper: files, counts, sums, and the log as it stands.
pub(super) fn sheets(desk: &Desk, batch: &OneBatch, payer: &Payer) -> Result<String, Failure> {
    let file = file_of(desk, batch, payer)?;
    let files = bank::write(&file, payer)?;
    let head = desk.wait(desk.store.head(desk.at))?;
    let note = head.note(&desk.store.origin, &desk.store.key.public());
    let seals = seals(desk, batch)?;
    Ok(format!(
        "{}\n{seals}日志头(请保存,核验用):\n{note}",
        hand_over_sheet(&file, &files)
    ))
}

/// The seals of the sweeps that the payments of a batch come from, a line each.
fn seals(desk: &Desk, batch: &OneBatch) -> Result<String, Failure> {
    let (books, _, _) = open(desk, &batch.id)?;
    let payouts = batch.items.iter();
    let payouts = payouts.filter_map(|(payout, _)| books.payout(payout));
    let seals: BTreeSet<&Digest> = payouts.filter_map(|one| one.origin.seal.as_ref()).collect();
    let lines = seals.iter().map(|seal| format!("清算封存摘要:{seal}\n"));
    Ok(lines.collect())
}

/// A batch as a bank reads it, as it was when it was sealed.
fn file_of(desk: &Desk, batch: &OneBatch, payer: &Payer) -> Result<PaymentFile, Failure> {
    let (books, _, _) = open(desk, &batch.id)?;
    let at = batch.sealed_at.unwrap_or(desk.at);
    bank::payment_file(&books, batch, payer, &beijing(at))
}

/// 纸面材料:一笔兑付的计算单(-o);或一个批次的交接单和供人查看的 xlsx 清单(--out,账号只留末四位)
#[derive(Args, Debug)]
#[command(
    after_help = "示例:\n  zhida payout sheet PILOGLAQZNWKPTT7UJ5VMTSH4W -o 计算单.pdf\n  \
    zhida payout sheet 批次 --out 交接\n\n\
    计算单写明条文、所用数据和出处、计算步骤、审批和证明;同一笔、同一个日志头,字节总是一样的。"
)]
pub(super) struct Sheet {
    /// 兑付编号,或批次
    #[arg(value_name = "编号")]
    batch: String,
    /// 批次的材料写到哪个文件夹
    #[arg(long, value_name = "文件夹", required_unless_present = "output")]
    out: Option<PathBuf>,
    /// 计算单写到哪个文件:按名称写成 PDF(.pdf)或网页(.html)
    #[arg(short, long, value_name = "文件", conflicts_with_all = ["out", "full_accounts"])]
    output: Option<PathBuf>,
    /// 清单写完整账号:只给组批和封批的两人
    #[arg(long)]
    full_accounts: bool,
}

impl Sheet {
    /// Accounts in full are for those who answer for the batch.
    fn view(&self, desk: &Desk, batch: &OneBatch) -> Result<AccountView, Failure> {
        if !self.full_accounts {
            return Ok(AccountView::Masked);
        }
        let signed = match &desk.actor {
            Actor::User(user) => batch.signatures.iter().any(|other| other.user == *user),
            Actor::Delegate { .. } | Actor::Assisted { .. } | Actor::System => false,
        };
        if signed {
            return Ok(AccountView::Full);
        }
        Err(Failure::refused(
            "完整账号只给组批和封批的人",
            "请用 --as 写明账号,或去掉 --full-accounts",
        ))
    }

    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        if let Some(place) = &self.output {
            return calculation(desk, &self.batch, place, output);
        }
        let folder = self.out.clone().unwrap_or_default();
        let (_, batch, payer) = open(desk, &BatchId::new(&self.batch))?;
        let text = sheets(desk, &batch, &payer)?;
        let copy = human_copy(&file_of(desk, &batch, &payer)?, self.view(desk, &batch)?);
        let copy = copy.map_err(|error| {
            Failure::bad_data(format!("清单不能生成:{error}"), "请分成几个批次")
        })?;
        let head = format!("{}-交接单.txt", batch.id);
        let list = format!("{}-清单.xlsx", batch.id);
        for (name, bytes) in [(head, text.into_bytes()), (list, copy)] {
            let path = folder.join(&name);
            std::fs::create_dir_all(&folder)
                .and_then(|()| std::fs::write(&path, bytes))
                .map_err(|error| Failure::file(&path, "写", &error))?;
            output.line(path.display())?;
        }
        Ok(Status::Done)
    }
}

/// Writes the calculation sheet of a payout.
fn calculation(
    desk: &Desk,
    payout: &str,
    place: &Path,
    output: &mut Output,
) -> Result<Status, Failure> {
    let sheet = audit::sheet::made(desk, &PayoutId::new(payout), Reader::Official)?;
    let sheet = sheet.ok_or_else(|| {
        Failure::usage(
            format!("没有兑付事项 {payout},或日志里还没有只关于它的记录"),
            "用 zhida payout list 查看编号",
        )
    })?;
    let form = place.extension().and_then(|form| form.to_str());
    let bytes = match form {
        Some("pdf") => audit::sheet::pdf(&sheet)?,
        Some("html") => audit::sheet::page(&sheet)?.into_bytes(),
        Some(_) | None => {
            return Err(Failure::usage(
                format!("{} 看不出写成什么格式", place.display()),
                "文件名以 .pdf 或 .html 结尾",
            ));
        }
    };
    std::fs::write(place, bytes).map_err(|error| Failure::file(place, "写", &error))?;
    output.line(place.display())?;
    Ok(match sheet.warning.is_empty() {
        true => Status::Done,
        false => Status::Integrity,
    })
}
