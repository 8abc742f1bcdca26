//! Awards of a sealed sweep: computed again from policies and facts before anybody acts on them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use zhida_engine::facts::PaidWhen;
use zhida_engine::interpreter::Context;
use zhida_engine::payouts::{
    Award, BudgetLineId, Digest, EntitlementKey, KnownPayment, Origin, PayoutState, Subject, Terms,
};
use zhida_engine::replay::Seal;
use zhida_engine::snapshot::{Snapshot, vocabulary_digest};
use zhida_engine::sweep::{PayableAward, SweepOptions, SweepSummary, payable_awards};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{Measure, MeasureRef};
use zhida_policies::syntax::ast::CapWindow;
use zhida_policies::syntax::words::Cadence;
use zhida_policies::values::{Date, Uscc};

use crate::arguments::Common;
use crate::audit;
use crate::command::watched;
use crate::enterprises::Enterprises;
use crate::failure::{Failure, Status};
use crate::library;
use crate::output::{Output, note};
use crate::payouts::desk::Desk;
use crate::payouts::settings::BureauSettings;
use crate::payouts::terms;
use crate::publishing::once_held;
use crate::store::log::{Signed, sign_digest};
use crate::timings::Timings;

/// Which sweep.
#[derive(Args, Debug)]
pub(crate) struct SweepArguments {
    /// zhida sweep --out 写出的文件夹,或其中的 seal-….json
    #[arg(value_name = "清算")]
    pub(crate) sweep: PathBuf,
    #[command(flatten)]
    pub(crate) enterprises: Enterprises,
}

/// A sweep computed again, with what was sealed.
pub(crate) struct Recomputed {
    library: Library,
    snapshot: Snapshot,
    context: Context,
    summary: SweepSummary,
    /// What may be paid now.
    pub(crate) awards: Vec<PayableAward>,
    /// The seal, and its digest.
    seal: Seal,
    digest: Digest,
    /// Its file.
    sealed: PathBuf,
}

impl SweepArguments {
    /// Runs the sweep again; refused where it does not come to what was sealed (promise P3).
    ///
    /// The policies are those in force. `before` are the seals that the payouts at hand came
    /// from: what was awarded keeps the terms it was awarded under, so that a sweep of the same
    /// policies is run again by them, although others are in force by now.
    pub(crate) fn recompute(
        &self,
        desk: &Desk,
        common: &Common,
        before: &BTreeSet<Digest>,
        output: &mut Output,
    ) -> Result<Recomputed, Failure> {
        let (seal, sealed) = Seal::open(&self.sweep).map_err(audit::failed)?;
        let library = library_for((&seal, &sealed), desk, common, before, output)?;
        let (snapshot, context) = self.enterprises.open(&library)?;
        let options = SweepOptions::new(context);
        let (summary, awards) = watched(&snapshot, &Timings::start(), |control| {
            payable_awards(&snapshot, &library, options, control)
        })?;
        if summary.digest != seal.result.digest {
            return Err(Failure::said(
                Status::Integrity,
                format!(
                    "重算的结果 {} 与清算记录 {} 不一致",
                    short(&summary.digest),
                    short(&seal.result.digest)
                ),
                "请用当时的快照(--snapshot)、年度和基准日;都对而仍不一致,说明清算文件或数据被改过",
            ));
        }
        Ok(Recomputed {
            library,
            snapshot,
            context,
            summary,
            awards,
            digest: Digest::new(seal.digest()),
            seal,
            sealed,
        })
    }
}

/// The library that a sweep is run again by: the one in force, or the sealed one where payouts
/// came from it and it is known to have been in force once.
fn library_for(
    (seal, sealed): (&Seal, &Path),
    desk: &Desk,
    common: &Common,
    before: &BTreeSet<Digest>,
    output: &mut Output,
) -> Result<Library, Failure> {
    let today = library::policies(common)?;
    let vocabulary = vocabulary_digest(&*library::vocabulary(common)?);
    let is_of_today = terms::are_texts(&today, &seal.policy_texts);
    if is_of_today && seal.vocabulary == vocabulary {
        let mut library = library::sound(common, output)?;
        library::without_drafts(&mut library);
        return Ok(library);
    }
    let changed = terms::changed(&today, seal);
    if terms::came_from(desk, seal, before)? && seal.vocabulary == vocabulary {
        let held = once_held(
            &desk.store,
            common,
            &seal.policy_texts,
            desk.at.business_date(),
        );
        if desk.handle().block_on(held)? {
            // Drafts and codes are left to the program, and not to whoever wrote the seal.
            let texts = seal.policies_beside(sealed).map_err(audit::failed)?;
            let mut library = library::of(texts, common)?;
            library::without_drafts(&mut library);
            note(format_args!("按清算当时的政策重算;此后变过:{changed}"));
            return Ok(library);
        }
        return Err(Failure::said(
            Status::Integrity,
            format!("清算所用的政策文本从未一起生效过:{changed}"),
            "请核对清算文件夹;若更换过程序或政策库,请用 --policies 写明当时的政策库",
        ));
    }
    Err(Failure::refused(
        format!("清算以后政策或词汇表变过:{changed}"),
        "请按现行政策重新清算(zhida sweep);已经生成的兑付事项仍按当时的政策办理",
    ))
}

fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

impl Recomputed {
    /// The measure of an award.
    pub(crate) fn measure(&self, award: &PayableAward) -> Option<&Measure> {
        let place = self.library.measure_index.get(&award.measure)?;
        self.library.measures.get(*place)
    }

    /// Records the seal, its inputs and the result before anything is made of them, so that the
    /// data folder alone is enough to compute every amount again.
    pub(crate) fn record(&self, desk: &Desk) -> Result<(), Failure> {
        let files = audit::files_of(&self.seal, &self.sealed);
        desk.wait(desk.store.keep_files(&files, desk.at))?;
        let (key, origin) = (&desk.store.key, &desk.store.origin);
        let signed = sign_digest(key, origin, Signed::Seal, self.digest.as_str());
        let name = self.seal.file_name().replace(".json", ".note");
        let note = signed.as_bytes();
        desk.wait(
            desk.store
                .keep(audit::files::SIGNATURE, &name, note, desk.at),
        )?;
        // Beside the seal it is only a copy, for whoever has the folder and not the log.
        let _a_folder_may_be_read_only = std::fs::write(self.sealed.with_file_name(name), note);
        Ok(())
    }

    /// The entitlements that the awards become.
    pub(crate) fn entitlements(&self, settings: &BureauSettings) -> Result<Vec<Award>, Failure> {
        let mut found = Vec::with_capacity(self.awards.len());
        for award in &self.awards {
            found.push(self.entitlement(award, settings)?);
        }
        Ok(found)
    }

    /// The entitlements, those of a period that was paid for as supplements to it.
    pub(crate) fn supplemented(
        &self,
        desk: &Desk,
        settings: &BureauSettings,
    ) -> Result<Vec<Award>, Failure> {
        let mut awards = self.entitlements(settings)?;
        loop {
            let subjects = awards
                .iter()
                .map(|award| Subject::Payout(award.key.payout_id()));
            let books = desk.see(&subjects.collect::<Vec<Subject>>())?;
            let mut is_changed = false;
            for award in &mut awards {
                let before = books.payout(&award.key.payout_id());
                let is_paid = before.is_some_and(|before| {
                    let state = before.state();
                    let is_paid = matches!(state, PayoutState::Paid | PayoutState::Settled);
                    is_paid && before.origin.award != award.origin.award
                });
                if is_paid && let Some(next) = award.key.supplement.checked_add(1) {
                    award.key.supplement = next;
                    is_changed = true;
                }
            }
            if !is_changed {
                return Ok(awards);
            }
        }
    }

    fn entitlement(
        &self,
        award: &PayableAward,
        settings: &BureauSettings,
    ) -> Result<Award, Failure> {
        let unknown = || {
            Failure::said(
                Status::Integrity,
                format!("清单里的事项 {} 不在政策库中", award.measure),
                "请用 zhida verify 核验数据文件夹",
            )
        };
        let measure = self.measure(award).ok_or_else(unknown)?;
        let fund = measure.fund.as_ref().map(|fund| &*fund.0);
        let line = settings.line_of(fund).ok_or_else(|| {
            Failure::usage(
                format!(
                    "没有指标支付事项 {}(资金 {})",
                    measure.id,
                    fund.unwrap_or("未写明")
                ),
                "请在单位设置的 [[line]] 里写上这项资金,或写 funds = [\"*\"]",
            )
        })?;
        let code = self.snapshot.uscc(award.row);
        let (uscc, _) = Uscc::parse(code).map_err(|error| {
            Failure::bad_data(
                format!("企业代码 {code} 不能用来付款:{error}"),
                "请核对企业数据",
            )
        })?;
        Ok(Award {
            key: EntitlementKey {
                bureau: settings.id(),
                measure: measure.id.to_string(),
                uscc,
                period: self.period(measure, award.instalment),
                supplement: 0,
            },
            enterprise: self.snapshot.name(award.row).to_owned(),
            line: BudgetLineId::new(&line.id),
            amount: award.amount,
            exclusive: None,
            origin: self.origin(award),
            terms: self.terms(measure, settings),
            knows: self.knows(measure, code),
        })
    }

    /// What the ledger of the snapshot has for each measure that bears on this one.
    fn knows(&self, measure: &Measure, code: &str) -> Vec<KnownPayment> {
        let caps = self.library.caps.iter().map(|cap| &cap.over);
        let groups = self.library.highest_of.iter().map(|group| &group.over);
        let shared = caps.chain(groups).filter(|over| over.contains(&measure.id));
        let mut bearing: BTreeSet<&MeasureRef> = shared.flatten().collect();
        if measure.cadence == Cadence::Yearly && !measure.first_time_only {
            // Its own other years bear on it only through a limit over all of them.
            let always = self.library.caps.iter();
            let mut always = always.filter(|cap| cap.window == CapWindow::Cumulative);
            if !always.any(|cap| cap.over.contains(&measure.id)) {
                bearing.remove(&measure.id);
            }
        } else {
            bearing.insert(&measure.id);
        }
        let ledger = self.snapshot.ledger();
        let known = bearing.into_iter().map(|other| KnownPayment {
            measure: other.to_string(),
            paid: ledger.paid(code, other, PaidWhen::Always),
        });
        known.collect()
    }

    fn origin(&self, award: &PayableAward) -> Origin {
        Origin {
            sweep: Digest::new(&self.summary.digest),
            root: Digest::new(&self.summary.payable.root),
            award: Digest::new(award.leaf.to_string()),
            policies: Digest::new(&self.summary.policies),
            snapshot: Digest::new(&self.summary.snapshot),
            paid_before: award.paid,
            seal: Some(self.digest.clone()),
        }
    }

    /// The award period: what is granted once has one for ever.
    fn period(&self, measure: &Measure, instalment: Option<u16>) -> String {
        let period = match measure.cadence {
            Cadence::Once => "once".to_owned(),
            Cadence::Yearly | Cadence::Quarterly | Cadence::Monthly | Cadence::EveryYears(_) => {
                self.context.year.to_string()
            }
        };
        match instalment {
            Some(number) => format!("{period}#{number}"),
            None => period,
        }
    }

    fn terms(&self, measure: &Measure, settings: &BureauSettings) -> Terms {
        let policy = self.library.policies.get(measure.policy.0);
        let number = policy.and_then(|policy| policy.document_number.clone());
        let title = policy.map_or("", |policy| &policy.title);
        let last_day = Date::new(i16::try_from(self.context.year).unwrap_or(i16::MAX), 12, 31);
        let last_day = last_day.unwrap_or(self.context.as_of);
        Terms {
            title: measure.name.clone(),
            document: number.unwrap_or_else(|| title.to_owned()),
            // What a year earned was earned when it ended, however late it is decided.
            award_date: self.context.as_of.min(last_day),
            effective: measure.validity.from,
            expires: measure.validity.to,
            notice_days: settings.notice_days,
        }
    }
}
