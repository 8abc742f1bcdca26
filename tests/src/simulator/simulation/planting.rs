//! Planted bugs of those who read answers, or have access to the disk.

use zhida_engine::payouts::{BankFact, Command, FactKind};

use super::Simulation;
use crate::simulator::mutant::Mutant;
use crate::simulator::service::Request;

impl Simulation<'_> {
    /// Silence that is taken for a refusal.
    pub(super) fn misunderstood(&mut self, request: Request) -> Request {
        let Command::MarkUnknown { payout } = &request.command else {
            return request;
        };
        let payout = self.service.books.payout(payout);
        let alive = payout.and_then(|payout| payout.alive());
        match (self.plan.mutant, alive) {
            (Some(Mutant::SilenceIsRefusal), Some(alive)) => {
                let fact = BankFact {
                    kind: FactKind::Rejected,
                    amount: None,
                    account: None,
                    reference: "逾期".to_owned(),
                    reason: None,
                    on: None,
                };
                let name = alive.end_to_end_id.clone();
                self.answer_of(&name, &fact)
            }
            _ => request,
        }
    }

    pub(super) fn plant(&mut self) {
        let chains = match self.plan.mutant {
            Some(Mutant::EntryEdited) => false,
            Some(Mutant::EntryEditedAndChained) => true,
            _ => return,
        };
        let entries = self.service.storage.log.len();
        if entries > 200 && self.weather.chance(10) {
            let at = self.weather.below(entries / 2);
            self.service.storage.edit(at, chains);
        }
    }
}
