//! The figures of the steps after the award: places, `起付`, instalments, shares, funds and caps.

use zhida_engine::example::{examples_agree, run_case};
use zhida_policies::measure::library::Library;
use zhida_policies::measure::{FundRule, Measure};
use zhida_policies::span::Span;
use zhida_policies::values::{Money, Number, Percent};

use crate::figures::{Figure, each_of_expression};

/// Where a figure of a later step stands.
#[derive(Clone, Debug)]
enum Site {
    Places(usize),
    PayableFrom(usize),
    Instalment(usize, usize),
    Share(usize, usize),
    Budget(usize),
    FundRule(usize, Figure),
    Limit(usize, Figure),
    Key(usize, Figure),
}

/// A figure of a later step with how it is shown.
pub(crate) struct Later {
    site: Site,
    /// Where it stands, and what it belongs to.
    pub(crate) span: Span,
    pub(crate) what: String,
}

/// All figures of the later steps of a library.
pub(crate) fn later(library: &Library) -> Vec<Later> {
    let mut found = Vec::new();
    for (index, measure) in library.measures.iter().enumerate() {
        of_measure(index, measure, &mut found);
    }
    for (index, fund) in library.funds.iter().enumerate() {
        let mut add = |site, what: String| {
            let span = fund.span;
            found.push(Later { site, span, what });
        };
        add(Site::Budget(index), format!("预算 {}", fund.id));
        if let FundRule::FirstCome(Some(key)) | FundRule::Ranked(key) | FundRule::ByWeight(key) =
            &fund.rule
        {
            each_of_expression(&mut key.clone(), &mut |figure, _| {
                let what = format!("{} {}", fund.id, figure.value);
                add(Site::FundRule(index, figure), what);
            });
        }
    }
    for (index, cap) in library.caps.iter().enumerate() {
        each_of_expression(&mut cap.limit.clone(), &mut |figure, _| {
            found.push(Later {
                span: cap.span,
                what: format!("限额 {} {}", cap.id, figure.value),
                site: Site::Limit(index, figure),
            });
        });
    }
    found
}

fn of_measure(index: usize, measure: &Measure, found: &mut Vec<Later>) {
    let mut add = |site, what: String| {
        let span = measure.span;
        let what = format!("{what} {}", measure.id);
        found.push(Later { site, span, what });
    };
    if let Some(places) = &measure.places {
        add(Site::Places(index), format!("名额 {}", places.count));
        each_of_expression(&mut places.by.clone(), &mut |figure, _| {
            add(Site::Key(index, figure), "名额 按".to_owned());
        });
    }
    if let Some(from) = measure.payable_from {
        add(Site::PayableFrom(index), format!("起付 {from:?}"));
    }
    for (place, part) in measure.instalments.iter().enumerate() {
        let what = format!("分期 {:?}", part.share);
        add(Site::Instalment(index, place), what);
    }
    for (place, part) in measure.shares.iter().enumerate() {
        add(Site::Share(index, place), format!("分担 {:?}", part.share));
    }
}

/// A tenth more; a whole count one more.
fn more(value: &Number) -> Number {
    let tenth = Number::from_ratio(11, 10).unwrap();
    value.checked_mul(&tenth).unwrap()
}

fn more_money(money: Money) -> Money {
    Money::from_fen(money.fen() + money.fen() / 10)
}

/// Whether an example or a case notices a tenth more, or one more place.
pub(crate) fn is_noticed(library: &Library, later: &Later) -> bool {
    let mut changed = library.clone();
    let mut own: Option<usize> = None;
    let set = |figure: &Figure, expression: &mut _| {
        each_of_expression(expression, &mut |found, number| {
            if found.place == figure.place {
                *number = more(number);
            }
        });
    };
    match &later.site {
        Site::Places(index) => {
            changed.measures[*index].places.as_mut().unwrap().count += 1;
        }
        Site::Key(index, figure) => {
            set(
                figure,
                &mut changed.measures[*index].places.as_mut().unwrap().by,
            );
        }
        Site::PayableFrom(index) => {
            own = Some(*index);
            let from = &mut changed.measures[*index].payable_from;
            *from = from.map(more_money);
        }
        Site::Instalment(index, place) => {
            own = Some(*index);
            let share = &mut changed.measures[*index].instalments[*place].share;
            *share = Percent::from_value(more(share.value()));
        }
        Site::Share(index, place) => {
            own = Some(*index);
            let share = &mut changed.measures[*index].shares[*place].share;
            *share = Percent::from_value(more(share.value()));
        }
        Site::Budget(index) => {
            let budget = &mut changed.funds[*index].budget;
            *budget = more_money(*budget);
        }
        Site::FundRule(index, figure) => match &mut changed.funds[*index].rule {
            FundRule::FirstCome(Some(key)) | FundRule::Ranked(key) | FundRule::ByWeight(key) => {
                set(figure, key);
            }
            FundRule::FirstCome(None) | FundRule::ProRata | FundRule::Stop => {}
        },
        Site::Limit(index, figure) => set(figure, &mut changed.caps[*index].limit),
    }
    let example = own.is_some_and(|index| !examples_agree(&changed, &changed.measures[index]));
    example
        || changed
            .cases
            .iter()
            .any(|case| !run_case(&changed, case).is_empty())
}
