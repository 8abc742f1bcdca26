//! Made-up libraries, enterprises, payments and claims.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// Measures of every made-up library: `m0` … `m4`.
const MEASURES: usize = 5;

/// What a made-up library is made of.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// For each measure: cadence, fund, places, least payable amount.
    measures: Vec<(String, usize, String, Option<i64>)>,
    pub(super) rules: Vec<String>,
    /// Budget and rule of each fund.
    pub(super) funds: Vec<(i64, String)>,
}

impl Options {
    pub(super) fn library(&self) -> Library {
        let mut block = String::new();
        for (at, (cadence, fund, places, least)) in self.measures.iter().enumerate() {
            block += &format!("事项 m{at} \"事项{at}\"\n周期 {cadence}\n");
            if *fund < self.funds.len() {
                block += &format!("资金 f{fund}\n");
            }
            block += &format!("{places}资格 评分 >= 0\n金额 1元 取整 分 舍去\n");
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
    proptest::sample::subsequence(names, 2..=3)
        .prop_shuffle()
        .prop_map(|names| names.join(", "))
}

fn rule() -> impl Strategy<Value = String> {
    let by = select(vec!["", " 按 集团"]);
    let group = (over(), by.clone()).prop_map(|(over, by)| format!("就高 ID 适用 {over}{by}\n"));
    let window = select(vec!["", " 每 年", " 累计"]);
    let split = select(vec!["", " 按先后", " 按比例"]);
    let fixed = (over(), by, window.clone(), split.clone(), 0i64..60);
    let fixed = fixed.prop_map(|(over, by, window, split, limit)| {
        format!("限额 ID = {limit}分 适用 {over}{by}{window}{split}\n")
    });
    let own = (over(), window, split)
        .prop_map(|(over, window, split)| format!("限额 ID = 税额 适用 {over}{window}{split}\n"));
    prop_oneof![group, fixed, own]
}

pub(super) fn options() -> impl Strategy<Value = Options> {
    let cadence = select(vec!["每年", "每季度", "一次性", "每3年"]);
    let places = select(vec![
        "",
        "",
        "名额 1 按 评分 并列同享\n",
        "名额 2 按 评分 并列从严\n",
    ]);
    let least = option::weighted(0.3, 1i64..20);
    let measure = (cadence, 0usize..4, places, least)
        .prop_map(|(cadence, fund, places, least)| (cadence.into(), fund, places.into(), least));
    let fund = select(vec![
        "不足时 按比例",
        "不足时 按先后",
        "不足时 按先后 评分",
        "不足时 按排名 评分",
        "不足时 停发",
        "分配 按权重 面积",
    ]);
    let fund = (0i64..120, fund).prop_map(|(budget, rule)| (budget, rule.to_owned()));
    (vec(measure, MEASURES), vec(rule(), 0..4), vec(fund, 1..4)).prop_map(
        |(measures, rules, funds)| Options {
            measures,
            rules,
            funds,
        },
    )
}

fn number() -> impl Strategy<Value = Figure> {
    prop_oneof![
        4 => (0i64..6).prop_map(Figure::Whole),
        1 => (1i64..9, 2i64..4).prop_map(|(over, under)| {
            Figure::of(Number::from_ratio(over, under).unwrap())
        }),
    ]
}

use zhida_policies::values::Number;

fn known() -> impl Strategy<Value = Known> {
    let tax = (0i64..40).prop_map(Figure::Whole);
    (number(), tax, number(), 0u32..3).prop_map(|(score, tax, area, group)| Known {
        score,
        tax,
        area,
        group: Some(group),
    })
}

/// Enterprises, payments and what each claim comes to in truth.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) rows: Vec<Known>,
    pub(super) payments: Vec<Payment>,
    pub(super) claims: Vec<(u32, u32, i64)>,
}

pub(super) fn truth() -> impl Strategy<Value = Truth> {
    (1usize..8).prop_flat_map(|rows| {
        let row = 0..rows as u32;
        let payment = (row, 0..MEASURES as u32, 2022i32..=2025, 1i64..15);
        let payment = payment.prop_map(|(row, measure, year, fen)| Payment {
            row,
            measure,
            year,
            fen,
        });
        let claim = option::weighted(0.6, 1i64..50);
        (
            vec(known(), rows),
            vec(payment, 0..4),
            vec(claim, rows * MEASURES),
        )
            .prop_map(|(rows, payments, claims)| {
                let claims = claims.into_iter().enumerate().filter_map(|(at, fen)| {
                    Some(((at / MEASURES) as u32, (at % MEASURES) as u32, fen?))
                });
                Truth {
                    rows,
                    payments,
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
    /// By row: bits for score, tax, area and group.
    facts: Vec<u8>,
}

pub(super) fn veil() -> impl Strategy<Value = Veil> {
    let claim = prop_oneof![6 => Just(0u8), 1 => Just(1), 1 => Just(2), 1 => Just(3), 1 => Just(4)];
    let fact = prop_oneof![12 => Just(0u8), 1 => Just(1), 1 => Just(2), 1 => Just(4), 1 => Just(8)];
    (vec(claim, 8 * MEASURES), vec(fact, 8)).prop_map(|(claims, facts)| Veil { claims, facts })
}

impl Truth {
    /// The claims as a sweep gives them that does not know everything, and what is known of the
    /// enterprises. Some claims that in truth come to nothing are open too.
    pub(super) fn behind(&self, veil: &Veil) -> (Vec<Claim>, Vec<Known>) {
        let unknown = || Figure::Unknown(Box::default());
        let mut rows = self.rows.clone();
        for (row, hidden) in rows.iter_mut().zip(&veil.facts) {
            match hidden {
                1 => row.score = unknown(),
                2 => row.tax = unknown(),
                4 => row.area = unknown(),
                8 => row.group = None,
                _ => {}
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
        (claims, rows)
    }
}
