//! `已付(…)`: what the ledger says was paid.

use crate::check::scope::{Scope, Typed};
use crate::fault::{Code, Fault};
use crate::measure::expression::{ExprKind, Type};
use crate::span::Span;
use crate::syntax::ast::{PaidPeriodSyntax, Reference};

impl Scope<'_> {
    pub(super) fn lower_paid(
        &mut self,
        measure: Option<&Reference>,
        period: Option<PaidPeriodSyntax>,
        span: Span,
    ) -> Typed {
        let id = match measure {
            Some(reference) => self.globals.measure_ref(self.policy, reference),
            None => match self.measure.clone() {
                Some(id) => Ok(id),
                None => Err(Fault::new(Code::Z02, span, "这里没有“本事项”")
                    .with_help("在事项之外要写明事项,例如“已付(policy-id/measure-id)”")),
            },
        };
        let period = period.map(|period| match period {
            PaidPeriodSyntax::Year(year) => PaidPeriodSyntax::Year(self.shifted(year)),
            PaidPeriodSyntax::Dates(from, to) => PaidPeriodSyntax::Dates(from, to),
        });
        match id {
            Ok(id) => Typed::new(ExprKind::Paid(id, period), Type::Money, span),
            Err(fault) => self.refuse(fault),
        }
    }
}
