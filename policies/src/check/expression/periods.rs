//! Which period of a fact is read.

use crate::check::scope::Scope;
use crate::measure::expression::PeriodRead;
use crate::syntax::ast::{PeriodSyntax, PeriodSyntaxKind, YearPart, YearSyntax};
use crate::values::PeriodKind;
use crate::vocabulary::{Fact, FactType};

/// Why a period does not fit a fact.
pub(crate) struct Misfit {
    pub(crate) text: String,
    pub(crate) help: String,
}

/// The period of a fact that the text asks for.
pub(crate) fn read_of(fact: &Fact, period: Option<&PeriodSyntax>) -> Result<PeriodRead, Misfit> {
    let (year, part) = match period.map(|period| period.kind) {
        None => (YearSyntax::Offset(0), None),
        Some(PeriodSyntaxKind::Year(year, part)) => (year, part),
        Some(PeriodSyntaxKind::Date(_)) => {
            return Err(misfit(fact, "按日取值的只有参数"));
        }
    };
    let read = match fact.period {
        PeriodKind::None if period.is_some() => {
            return Err(Misfit {
                text: format!("“{}”是基准日的状态,没有期间", fact.name),
                help: "删去“@”和后面的期间".to_owned(),
            });
        }
        PeriodKind::None => PeriodRead::Status,
        PeriodKind::Year if part.is_some() => {
            return Err(misfit(fact, "它是按年的,没有季度和月份的数"));
        }
        PeriodKind::Year => PeriodRead::Year(year),
        PeriodKind::Quarter => {
            let (first, last) =
                quarters(part).ok_or_else(|| misfit(fact, "它是按季度的,月份要正好合成整季度"))?;
            PeriodRead::Quarters(year, first, last)
        }
        PeriodKind::Month => {
            let (first, last) = months(part);
            PeriodRead::Months(year, first, last)
        }
    };
    let several = match read {
        PeriodRead::Status | PeriodRead::Year(_) => false,
        PeriodRead::Quarters(_, first, last) | PeriodRead::Months(_, first, last) => first != last,
    };
    if several && !matches!(fact.fact_type, FactType::Money | FactType::Number) {
        return Err(misfit(
            fact,
            "只有金额和数可以跨月、跨季合计,这里要写明是哪一期",
        ));
    }
    Ok(read)
}

fn misfit(fact: &Fact, why: &str) -> Misfit {
    let form = match fact.period {
        PeriodKind::None => "不带期间",
        PeriodKind::Year => "@本年、@上年、@年-3、@2023",
        PeriodKind::Quarter => "@一季度、@上半年、@上年一季度",
        PeriodKind::Month => "@3月、@1月..9月、@一季度、@上年一季度",
    };
    Misfit {
        text: format!("期间与“{}”不合:{why}", fact.name),
        help: format!("“{}”可以写:{form}", fact.name),
    }
}

fn months(part: Option<YearPart>) -> (u8, u8) {
    match part {
        None => (1, 12),
        Some(YearPart::Quarter(quarter)) => {
            let last = quarter.saturating_mul(3);
            (last.saturating_sub(2), last)
        }
        Some(YearPart::Half(1)) => (1, 6),
        Some(YearPart::Half(_)) => (7, 12),
        Some(YearPart::Months(first, last)) => (first, last),
    }
}

fn quarters(part: Option<YearPart>) -> Option<(u8, u8)> {
    let (first, last) = months(part);
    let starts = first.checked_sub(1)?.is_multiple_of(3);
    if !starts || !last.is_multiple_of(3) {
        return None;
    }
    Some((first.div_ceil(3), last.div_ceil(3)))
}

impl Scope<'_> {
    /// Moves the year of a read into the year of the definition being read.
    pub(super) fn shift_read(&self, read: PeriodRead) -> PeriodRead {
        match read {
            PeriodRead::Status => PeriodRead::Status,
            PeriodRead::Year(year) => PeriodRead::Year(self.shifted(year)),
            PeriodRead::Quarters(year, first, last) => {
                PeriodRead::Quarters(self.shifted(year), first, last)
            }
            PeriodRead::Months(year, first, last) => {
                PeriodRead::Months(self.shifted(year), first, last)
            }
        }
    }
}
