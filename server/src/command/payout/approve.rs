//! `zhida payout propose`, `check`, `approve`, `send-back` and `drop`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use zhida_engine::payouts::{Command, Digest, PayoutId, PayoutState, Subject};

use super::which::Which;
use crate::arguments::Common;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, told};
use crate::payouts::settings::BureauSettings;
use crate::payouts::sweep::SweepArguments;

/// 提出(经办):占用指标
#[derive(Args, Debug)]
pub(super) struct Propose {
    #[command(flatten)]
    which: Which,
}

impl Propose {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let ids = self.which.ids(desk, &[PayoutState::Computed])?;
        let commands = ids.into_iter().map(|payout| Command::Propose { payout });
        let answered = desk.give(commands.collect())?;
        told(output, "提出", &answered)
    }
}

/// 复核:由另一人把清算重算一遍,逐笔对上才通过
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    sweep: SweepArguments,
    /// 单位设置(TOML)
    #[arg(long, value_name = "设置")]
    settings: PathBuf,
    /// 只复核这一事项
    #[arg(long, value_name = "事项")]
    measure: Option<String>,
}

impl Check {
    pub(super) fn run(
        self,
        desk: &mut Desk,
        common: &Common,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let settings = BureauSettings::read(&self.settings)?;
        let filter = crate::store::PayoutFilter {
            states: vec![PayoutState::Proposed],
            measure: self.measure,
            ..crate::store::PayoutFilter::default()
        };
        let proposed = desk.wait(desk.store.payouts(&filter))?;
        let before = proposed.iter().filter_map(|one| one.origin.seal.clone());
        let before: BTreeSet<Digest> = before.collect();
        let recomputed = self.sweep.recompute(desk, common, &before, output)?;
        let awards = recomputed.supplemented(desk, &settings)?;
        let leaves: BTreeMap<PayoutId, Digest> = awards
            .into_iter()
            .map(|award| (award.key.payout_id(), award.digest()))
            .collect();
        // What this sweep does not hold is another's matter, and stays where it is.
        let of_sweep = proposed.into_iter().filter_map(|payout| {
            let recomputed = leaves.get(&payout.id)?.clone();
            Some(Command::Check {
                payout: payout.id,
                recomputed,
            })
        });
        let answered = desk.give(of_sweep.collect())?;
        told(output, "复核", &answered)
    }
}

/// 审批:承诺指标;大额须再有一人审批
#[derive(Args, Debug)]
pub(super) struct Approve {
    #[command(flatten)]
    which: Which,
}

impl Approve {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let ids = self.which.ids(desk, &[PayoutState::Checked])?;
        let subjects: Vec<Subject> = ids.iter().cloned().map(Subject::Payout).collect();
        let books = desk.see(&subjects)?;
        let origins = ids.iter().filter_map(|id| Some(&books.payout(id)?.origin));
        let seals: BTreeSet<Digest> = origins.filter_map(|one| one.seal.clone()).collect();
        let commands = ids.into_iter().map(|payout| Command::Approve { payout });
        let answered = desk.give(commands.collect())?;
        if output.form() == Form::People {
            for seal in seals {
                output.line(format_args!("依据清算封存 {seal}"))?;
            }
        }
        told(output, "审批", &answered)
    }
}

/// 退回(复核或审批):释放指标,由经办重新提出
#[derive(Args, Debug)]
pub(super) struct SendBack {
    #[command(flatten)]
    which: Which,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl SendBack {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let ids = self
            .which
            .ids(desk, &[PayoutState::Proposed, PayoutState::Checked])?;
        let commands = ids.into_iter().map(|payout| Command::SendBack {
            payout,
            reason: self.reason.clone(),
        });
        let answered = desk.give(commands.collect())?;
        told(output, "退回", &answered)
    }
}

/// 不予兑付(复核或审批,审批通过以前)
#[derive(Args, Debug)]
pub(super) struct DropAward {
    #[command(flatten)]
    which: Which,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl DropAward {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let ids = self
            .which
            .ids(desk, &[PayoutState::Proposed, PayoutState::Checked])?;
        let commands = ids.into_iter().map(|payout| Command::Drop {
            payout,
            reason: self.reason.clone(),
        });
        let answered = desk.give(commands.collect())?;
        told(output, "不予兑付", &answered)
    }
}
