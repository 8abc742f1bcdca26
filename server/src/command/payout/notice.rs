//! Public notices.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use zhida_engine::payouts::{
    Command, Digest, FileSeal, NewNotice, NoticeId, Payout, PayoutState, Subject,
};
use zhida_policies::calendar::WorkingDays;
use zhida_policies::measure::MeasureRef;
use zhida_policies::measure::library::Library;
use zhida_policies::values::Money;

use super::reprint::place_kept;
use super::which::Which;
use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::library;
use crate::notices::{AmountStanding, DraftRow, Evidence, NoticeDraft, NoticeList};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, told};
use crate::payouts::settings::BureauSettings;
use crate::payouts::terms;
use crate::store::NewFile;
use crate::store::encoding::hex;
use crate::table::{count, money};

/// 公示(经办):每个事项一份名单(网页、xlsx、CSV),脱敏后公开
#[derive(Args, Debug)]
pub(super) struct Notice {
    #[command(flatten)]
    which: Which,
    /// 单位设置(TOML)
    #[arg(long, value_name = "设置")]
    settings: PathBuf,
    /// 名单写到哪个文件夹
    #[arg(long, value_name = "文件夹")]
    out: PathBuf,
}

impl Notice {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let settings = BureauSettings::read(&self.settings)?;
        let mut then: BTreeMap<Option<Digest>, Arc<Library>> = BTreeMap::new();
        let calendar = calendar()?;
        let payouts = self.which.payouts(desk, &[PayoutState::Approved])?;
        // What one list shows comes from one seal.
        let mut lists: BTreeMap<(String, Digest, Option<Digest>), Vec<Payout>> = BTreeMap::new();
        for payout in payouts {
            let origin = &payout.origin;
            let (sweep, seal) = (origin.sweep.clone(), origin.seal.clone());
            let of = (payout.key.measure.clone(), sweep, seal);
            lists.entry(of).or_default().push(payout);
        }
        // People look for the large ones first.
        for list in lists.values_mut() {
            list.sort_by_key(|payout| (Reverse(payout.amount), payout.key.uscc));
        }
        let mut worst = Status::Done;
        let mut place = self.published_before(desk, output)?;
        for ((measure, _, seal), payouts) in lists {
            let id = notice_id(desk, place);
            place = place.saturating_add(1);
            // What was awarded is shown as it was then: the policy may have changed or ended.
            let shown = match then.get(&seal) {
                Some(library) => Arc::clone(library),
                None => {
                    let library = match &seal {
                        Some(seal) => terms::library_of(desk, seal)?,
                        None => library::as_it_is(common)?,
                    };
                    Arc::clone(then.entry(seal).or_insert(Arc::new(library)))
                }
            };
            let draft = draft(desk, &settings, &shown, &measure, &payouts)?;
            let list = NoticeList::seal(&draft, &calendar).map_err(|error| {
                Failure::refused(format!("事项 {measure} 不能公示:{error}"), "")
            })?;
            let status = self.publish(desk, output, id, &list, &draft, &payouts)?;
            if status != Status::Done {
                worst = status;
            }
        }
        Ok(worst)
    }

    /// How many lists the same call published before it was interrupted. Their files are written
    /// once more, as they were: they may not have got so far.
    fn published_before(&self, desk: &Desk, output: &mut Output) -> Result<usize, Failure> {
        let mut place = 0;
        loop {
            let id = notice_id(desk, place);
            let books = desk.see(&[Subject::Notice(id.clone())])?;
            let Some(notice) = books.notice(&id) else {
                return Ok(place);
            };
            place_kept(desk, output, notice, &self.out)?;
            place = place.saturating_add(1);
        }
    }

    fn publish(
        &self,
        desk: &mut Desk,
        output: &mut Output,
        id: NoticeId,
        list: &NoticeList,
        draft: &NoticeDraft,
        payouts: &[Payout],
    ) -> Result<Status, Failure> {
        let workbook = list
            .xlsx()
            .map_err(|error| Failure::refused(error.to_string(), "请分成几份公示"))?;
        let forms = [
            ("html", list.html().into_bytes()),
            ("xlsx", workbook),
            ("csv", list.csv().into_bytes()),
            ("txt", list.canonical_text().into_bytes()),
        ];
        let files = forms.map(|(form, bytes)| NewFile {
            kind: "notice",
            name: format!("{id}.{form}"),
            bytes,
        });
        let seals = files.iter().map(|file| FileSeal {
            name: file.name.clone(),
            digest: Digest::of(&file.bytes),
        });
        let command = Command::Publish(NewNotice {
            id: id.clone(),
            payouts: payouts.iter().map(|payout| payout.id.clone()).collect(),
            from: draft.published,
            until: list.until(),
            working_days: u16::try_from(draft.working_days).unwrap_or(u16::MAX),
            sheet: Digest::new(hex(&list.digest())),
            files: seals.collect(),
        });
        // The list shows a head of the log: what the log says of its files must not come before
        // it, or a call that was interrupted would print another list when it is repeated.
        let answered = desk.give_with_files(command, &files)?;
        let status = told(output, "公示", &[answered])?;
        if status != Status::Done {
            return Ok(status);
        }
        // Only what is on record is shown to anybody.
        for file in &files {
            desk.wait(desk.store.place(&self.out, &file.name, &file.bytes))?;
        }
        match output.form() {
            Form::Json => output.json(&json!({
                "notice": id, "until": list.until(), "total": list.total(),
                "payouts": payouts.len(),
            }))?,
            Form::People => output.line(format_args!(
                "{} 元,{} 笔,公示到 {}:{}/{id}.html",
                money(list.total()),
                count(payouts.len()),
                list.until(),
                self.out.display()
            ))?,
        }
        Ok(status)
    }
}

/// The name of the list at a place of this call: the same for the same call.
fn notice_id(desk: &Desk, place: usize) -> NoticeId {
    NoticeId::new(format!("{}-{place}", desk.keys.name("N")))
}

/// The calendar that the binary holds.
pub(crate) fn calendar() -> Result<WorkingDays, Failure> {
    WorkingDays::built_in().map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure::said(
            Status::BadData,
            format!("自带的工作日历有误:{}", faults.join(";")),
            "",
        )
    })
}

fn draft(
    desk: &Desk,
    settings: &BureauSettings,
    library: &Library,
    measure: &str,
    payouts: &[Payout],
) -> Result<NoticeDraft, Failure> {
    let place = library.measure_index.get(&MeasureRef(measure.into()));
    let known = place.and_then(|place| library.measures.get(*place));
    let policy = known.and_then(|known| library.policies.get(known.policy.0));
    let (Some(known), Some(policy), Some(first)) = (known, policy, payouts.first()) else {
        return Err(Failure::usage(
            format!("政策库里没有事项 {measure}"),
            "请用 zhida verify 核验数据文件夹",
        ));
    };
    let total = payouts
        .iter()
        .try_fold(0i64, |sum, payout| sum.checked_add(payout.amount.fen()));
    let total =
        total.ok_or_else(|| Failure::refused("合计超出可以表示的范围", "请分成几份公示"))?;
    let head = desk.wait(desk.store.head(desk.at))?;
    Ok(NoticeDraft {
        title: format!("{}拟兑付名单公示", known.name),
        bureau: settings.bureau.clone(),
        policy_title: policy.title.clone(),
        policy_number: first.terms.document.clone(),
        measure: known.name.clone(),
        article: known.basis.join(" "),
        published: desk.at.business_date(),
        working_days: u32::from(settings.notice_days),
        objections: settings.contact.clone(),
        rows: payouts.iter().map(row).collect(),
        total: Money::from_fen(total),
        evidence: Evidence {
            sweep: first.origin.sweep.bytes().unwrap_or_default(),
            seal: first.origin.seal.as_ref().and_then(Digest::bytes),
            log_size: head.size,
            log_root: head.root.0,
            log_signature: head.signature,
            key: head.key_id.clone(),
        },
    })
}

fn row(payout: &Payout) -> DraftRow {
    DraftRow {
        enterprise: payout.enterprise.clone(),
        uscc: payout.key.uscc,
        amount: payout.amount,
        basis: payout.terms.title.clone(),
        standing: AmountStanding::Final,
        persons: Vec::new(),
    }
}
