//! Made-up libraries, enterprises, payments and claims.

use std::cmp::Ordering;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use zhida_policies::values::Number;

use super::*;
use crate::awards::payments::of_one_beyond;
use crate::interpreter::{Bounds, UndefinedReason};

/// Measures of every made-up library: `m0` … `m4`.
const MEASURES: usize = 5;

/// A made-up measure.
#[derive(Clone, Debug)]
struct MadeMeasure {
    cadence: &'static str,
    /// The fund, by its place; one place behind the last is a fund that is kept elsewhere, and
    /// beyond it there is none.
    fund: usize,
    places: &'static str,
    /// The least payable amount.
    least: Option<i64>,
    /// The award as it is written: the claims do not depend on it.
    award: &'static str,
    parts: &'static str,
}

/// What a made-up library is made of.
#[derive(Clone, Debug)]
pub(super) struct Options {
    measures: Vec<MadeMeasure>,
    pub(super) rules: Vec<String>,
    /// Budget and rule of each fund.
    pub(super) funds: Vec<(i64, String)>,
}

impl Options {
    /// The same with nothing that looks beyond one enterprise before the funds.
    pub(super) fn alone(mut self) -> Self {
        for measure in &mut self.measures {
            measure.places = "";
        }
        for rule in &mut self.rules {
            *rule = rule.replace(" 按 集团", "");
        }
        self
    }

    pub(super) fn library(&self) -> Library {
        let mut block = String::new();
        for (at, measure) in self.measures.iter().enumerate() {
            let MadeMeasure {
                cadence,
                fund,
                places,
                least,
                award,
                parts,
            } = measure;
            block += &format!("事项 m{at} \"事项{at}\"\n周期 {cadence}\n");
            match fund.cmp(&self.funds.len()) {
                Ordering::Less => block += &format!("资金 f{fund}\n"),
                Ordering::Equal => block += "资金 kept-elsewhere\n",
                Ordering::Greater => {}
            }
            block += &format!("{places}资格 评分 >= 0\n金额 {award} 取整 分 舍去\n{parts}");
            if let Some(least) = least {
                block += &format!("起付 {least}分\n");
            }
        }
        for (at, (budget, rule)) in self.funds.iter().enumerate() {
            block += &format!("资金 f{at} \"资金{at}\" 预算 {budget}分 {rule}\n");
        }
        for (at, rule) in self.rules.iter().enumerate() {
            block += &rule.replace("ID", &format!("r{at}"));
        }
        library_of(&block)
    }
}

fn over() -> impl Strategy<Value = String> {
    let names: Vec<String> = (0..MEASURES).map(|at| format!("m{at}")).collect();
    proptest::sample::subsequence(names, 2..=4)
        .prop_shuffle()
        .prop_map(|names| names.join(", "))
}

fn rule() -> impl Strategy<Value = String> {
    let by = select(vec!["", " 按 集团"]);
    let group = (over(), by.clone()).prop_map(|(over, by)| format!("就高 ID 适用 {over}{by}\n"));
    let window = select(vec!["", " 每 年", " 累计"]);
    let split = select(vec!["", " 按先后", " 按比例"]);
    let limit = prop_oneof![
        2 => (0i64..60).prop_map(|limit| format!("{limit}分")),
        1 => Just("税额".to_owned()),
    ];
    let cap = (over(), by, window, split, limit).prop_map(|(over, by, window, split, limit)| {
        format!("限额 ID = {limit} 适用 {over}{by}{window}{split}\n")
    });
    prop_oneof![1 => group, 2 => cap]
}

fn made_measure() -> impl Strategy<Value = MadeMeasure> {
    let cadence = select(vec!["每年", "每季度", "每月", "一次性", "每2年", "每3年"]);
    let places = select(vec![
        "",
        "",
        "",
        "名额 1 按 评分 并列同享\n",
        "名额 2 按 评分 并列从严\n",
        "名额 3 按 面积\n",
    ]);
    let least = option::weighted(0.3, 1i64..20);
    let award = select(vec!["1元", "1元", "1元", "最大(1元 - 已付(本事项), 0元)"]);
    let parts = select(vec![
        "",
        "",
        "分担 省 33.4%, 市 33.3%, 县 33.3%\n",
        "分期 60%, 40% 若 评分 >= 0\n",
        "分期 12.5%, 37.5%, 50%\n分担 市 0.1%, 区 99.9%\n",
    ]);
    let all = (cadence, 0usize..5, places, least, award, parts);
    all.prop_map(|(cadence, fund, places, least, award, parts)| MadeMeasure {
        cadence,
        fund,
        places,
        least,
        award,
        parts,
    })
}

pub(super) fn options() -> impl Strategy<Value = Options> {
    let fund = select(vec![
        "不足时 按比例",
        "不足时 按先后",
        "不足时 按先后 评分",
        "不足时 按先后 税额",
        "不足时 按排名 评分",
        "不足时 按排名 面积",
        "不足时 停发",
        "分配 按权重 面积",
        "分配 按权重 面积",
    ]);
    let fund = (0i64..120, fund).prop_map(|(budget, rule)| (budget, rule.to_owned()));
    let measures = vec(made_measure(), MEASURES);
    (measures, vec(rule(), 0..4), vec(fund, 1..4)).prop_map(|(measures, rules, funds)| Options {
        measures,
        rules,
        funds,
    })
}

fn number() -> impl Strategy<Value = Figure> {
    prop_oneof![
        4 => (-1i64..6).prop_map(Figure::Whole),
        1 => (1i64..9, 2i64..4).prop_map(|(over, under)| {
            Figure::of(Number::from_ratio(over, under).unwrap())
        }),
    ]
}

/// Also numbers beyond 64 bits.
fn key() -> impl Strategy<Value = Figure> {
    let large = (0i128..2).prop_map(|more| Figure::of(Number::from_i128((1 << 100) + more)));
    prop_oneof![9 => number(), 1 => large]
}

fn known() -> impl Strategy<Value = Known> {
    let tax = prop_oneof![
        6 => (0i64..40).prop_map(Figure::Whole),
        1 => (-20i64..80).prop_map(|half| Figure::of(Number::from_ratio(half, 2).unwrap())),
    ];
    (key(), tax, number(), 0u32..3).prop_map(|(score, tax, area, group)| Known {
        score,
        tax,
        area,
        group: Some(group),
    })
}

/// Enterprises, payments and what each claim comes to in truth.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    /// Those of the snapshot, then those that it does not hold: without claims, but perhaps paid.
    pub(super) rows: Vec<Known>,
    /// How many the snapshot holds.
    held: usize,
    pub(super) payments: Vec<Payment>,
    pub(super) claims: Vec<(u32, u32, i64)>,
}

/// A payment, of which something may have been given back, and more than that.
fn payment(rows: u32) -> impl Strategy<Value = Vec<Payment>> {
    let payment = (0..rows, 0..MEASURES as u32, 2022i32..=2026, 1i64..15);
    (payment, option::weighted(0.2, 1i64..15)).prop_map(|((row, measure, year, fen), back)| {
        let payment = |fen| Payment {
            row,
            measure,
            year,
            fen,
        };
        let back = back.map(|back| payment(-back));
        std::iter::once(payment(fen)).chain(back).collect()
    })
}

pub(super) fn truth() -> impl Strategy<Value = Truth> {
    let beyond = prop_oneof![3 => Just(0usize), 1 => Just(1), 1 => Just(2)];
    (1usize..8, beyond).prop_flat_map(|(held, beyond)| {
        let claim = option::weighted(0.6, 1i64..50);
        (
            vec(known(), held + beyond),
            vec(payment((held + beyond) as u32), 0..4),
            vec(claim, held * MEASURES),
        )
            .prop_map(move |(rows, payments, claims)| {
                let claims = claims.into_iter().enumerate().filter_map(|(at, fen)| {
                    Some(((at / MEASURES) as u32, (at % MEASURES) as u32, fen?))
                });
                Truth {
                    rows,
                    held,
                    payments: payments.into_iter().flatten().collect(),
                    claims: claims.collect(),
                }
            })
    })
}

/// What is hidden of a truth.
#[derive(Clone, Debug)]
pub(super) struct Veil {
    /// By claim, of everybody for everything: how it is shown.
    claims: Vec<u8>,
    /// By row: what is not known, or has no value.
    facts: Vec<Vec<Hidden>>,
}

/// What a snapshot does not tell of one enterprise.
#[derive(Clone, Copy, Debug)]
enum Hidden {
    Score,
    Tax,
    /// It is known to lie near what it is.
    TaxWithin,
    Area,
    Group,
    ScoreWithoutValue,
    TaxWithoutValue,
    AreaWithoutValue,
}

pub(super) fn veil() -> impl Strategy<Value = Veil> {
    let claim = prop_oneof![6 => Just(0u8), 1 => Just(1), 1 => Just(2), 1 => Just(3), 1 => Just(4)];
    let hidden = select(vec![
        Hidden::Score,
        Hidden::Tax,
        Hidden::TaxWithin,
        Hidden::Area,
        Hidden::Group,
        Hidden::Group,
        Hidden::ScoreWithoutValue,
        Hidden::TaxWithoutValue,
        Hidden::AreaWithoutValue,
    ]);
    let fact = prop_oneof![
        12 => Just(Vec::new()),
        4 => vec(hidden.clone(), 1),
        1 => vec(hidden, 2),
    ];
    (vec(claim, 8 * MEASURES), vec(fact, 8)).prop_map(|(claims, facts)| Veil { claims, facts })
}

/// What a snapshot shows of a truth.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub(super) rows: Vec<Known>,
    pub(super) payments: Payments,
    pub(super) claims: Vec<Claim>,
}

impl Known {
    fn hide(&mut self, hidden: Hidden) {
        let unknown = || Figure::Unknown(Box::default());
        let undefined = || Figure::Undefined(UndefinedReason::DivisionByZero);
        match hidden {
            Hidden::Score => self.score = unknown(),
            Hidden::Tax => self.tax = unknown(),
            Hidden::TaxWithin => {
                let near = |more| {
                    let tax = self.tax.number()?;
                    tax.checked_add(&Number::from_i64(more)).ok()
                };
                self.tax = Figure::Unknown(Box::new(Bounds {
                    least: near(-2),
                    greatest: near(3),
                }));
            }
            Hidden::Area => self.area = unknown(),
            Hidden::Group => self.group = None,
            Hidden::ScoreWithoutValue => self.score = undefined(),
            Hidden::TaxWithoutValue => self.tax = undefined(),
            Hidden::AreaWithoutValue => self.area = undefined(),
        }
    }
}

impl Truth {
    /// What a snapshot shows that does not know everything: the claims as a sweep of it gives
    /// them, of which some are open that in truth come to nothing.
    pub(super) fn behind(&self, veil: &Veil) -> Shown {
        let mut rows = self.rows.clone();
        rows.truncate(self.held);
        for (row, hidden) in rows.iter_mut().zip(&veil.facts) {
            hidden.iter().for_each(|hidden| row.hide(*hidden));
        }
        let mut payments: Vec<Payment> = Vec::new();
        for row in 0..self.rows.len() as u32 {
            let own = self.payments.iter().filter(|payment| payment.row == row);
            if (row as usize) < self.held {
                payments.extend(own);
            } else {
                payments.extend(of_one_beyond(own.map(|payment| Payment {
                    row: Payment::NOBODY,
                    ..*payment
                })));
            }
        }
        let mut claims = Vec::new();
        for row in 0..rows.len() as u32 {
            for measure in 0..MEASURES as u32 {
                let at = row as usize * MEASURES + measure as usize;
                let fen = self
                    .claims
                    .iter()
                    .find(|claim| (claim.0, claim.1) == (row, measure))
                    .map(|claim| claim.2);
                let of = |state, least: i64, greatest| Claim {
                    row,
                    measure,
                    state,
                    least: Money::from_fen(least),
                    greatest,
                };
                let open = ClaimState::Undetermined;
                let claim = match (fen, veil.claims[at]) {
                    (Some(fen), 0) => Some(eligible(row, measure, fen)),
                    (Some(fen), 1) => Some(of(open, 0, Money::from_fen(fen + 2))),
                    (Some(fen), 2) => Some(of(open, (fen - 1).max(1), Money::from_fen(fen))),
                    (Some(fen), 3) => Some(of(ClaimState::Ceiling, 0, Money::from_fen(fen))),
                    (Some(_), _) => Some(of(ClaimState::Error, 0, Claim::NO_BOUND)),
                    (None, 1) => Some(of(open, 0, Money::from_fen(9))),
                    (None, 4) => Some(of(ClaimState::Error, 0, Claim::NO_BOUND)),
                    (None, _) => None,
                };
                claims.extend(claim);
            }
        }
        Shown {
            rows,
            payments: Payments::new(payments),
            claims,
        }
    }
}
