//! Which payouts a step is for.

use clap::Args;
use zhida_engine::payouts::{Payout, PayoutId, PayoutState, Subject};

use crate::failure::Failure;
use crate::payouts::desk::Desk;
use crate::store::PayoutFilter;

/// Which payouts: by name, or all that stand where the step begins.
#[derive(Args, Debug)]
pub(super) struct Which {
    /// 兑付事项编号;不写时用 --all
    #[arg(value_name = "编号", required_unless_present = "all")]
    payouts: Vec<String>,
    /// 所有正等着这一步的兑付事项
    #[arg(long, conflicts_with = "payouts")]
    all: bool,
    /// 与 --all 同用:只办这一事项
    #[arg(long, value_name = "事项", requires = "all")]
    measure: Option<String>,
    /// 与 --all 同用:最多办多少笔
    #[arg(long, value_name = "笔数", requires = "all")]
    limit: Option<u32>,
}

impl Which {
    /// Their names.
    pub(super) fn ids(
        &self,
        desk: &Desk,
        states: &[PayoutState],
    ) -> Result<Vec<PayoutId>, Failure> {
        if !self.all {
            return Ok(self.payouts.iter().map(PayoutId::new).collect());
        }
        let found = self.of_states(desk, states)?;
        Ok(found.into_iter().map(|payout| payout.id).collect())
    }

    /// The payouts themselves.
    pub(super) fn payouts(
        &self,
        desk: &Desk,
        states: &[PayoutState],
    ) -> Result<Vec<Payout>, Failure> {
        if self.all {
            return self.of_states(desk, states);
        }
        let subjects = self.payouts.iter().map(PayoutId::new).map(Subject::Payout);
        let books = desk.see(&subjects.collect::<Vec<Subject>>())?;
        let each = self.payouts.iter().map(|id| {
            books
                .payout(&PayoutId::new(id))
                .cloned()
                .ok_or_else(|| unknown(id))
        });
        each.collect()
    }

    fn of_states(&self, desk: &Desk, states: &[PayoutState]) -> Result<Vec<Payout>, Failure> {
        let filter = PayoutFilter {
            states: states.to_vec(),
            measure: self.measure.clone(),
            limit: self.limit,
            ..PayoutFilter::default()
        };
        desk.wait(desk.store.payouts(&filter))
    }
}

fn unknown(id: &str) -> Failure {
    Failure::usage(
        format!("没有兑付事项 {id}"),
        "用 zhida payout list 查看编号",
    )
}
