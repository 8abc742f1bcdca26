//! A batch goes to the small bank and its answers come back as the same set of facts, in any order
//! and however often; changed bytes never stop the reader.

use std::collections::BTreeSet;

use proptest::prelude::*;
use zhida_policies::values::Date;

use super::bank::{Outcome, camt054, csv, pain002};
use super::bank_texts::profile;
use super::batch::any_batch;
use super::schema;
use crate::payment_files::{
    AnswerFact, AnswerStatus, Completeness, PaymentFile, PaymentFormat, Profile, read_answer, write,
};

/// A batch, what the bank does with each payment, and an order in which it tells it.
fn answered() -> impl Strategy<Value = (PaymentFile, Vec<(usize, Outcome)>)> {
    any_batch().prop_flat_map(|file| {
        let count = file.count();
        let outcomes = prop::collection::vec(prop::sample::select(Outcome::ALL.to_vec()), count);
        let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
        (Just(file), outcomes, order).prop_map(|(file, outcomes, order)| {
            let told = order
                .iter()
                .map(|place| (*place, outcomes[*place]))
                .collect();
            (file, told)
        })
    })
}

/// What must be known of one payment whatever the form: identity, amount, name, account, status.
type Known = (String, i64, String, String, AnswerStatus);

fn known<'a>(facts: impl IntoIterator<Item = &'a AnswerFact>) -> BTreeSet<Known> {
    let known = |fact: &AnswerFact| {
        let text = |text: &Option<String>| text.clone().unwrap();
        let amount = fact.amount_fen.unwrap();
        (
            text(&fact.end_to_end_id),
            amount,
            text(&fact.name),
            text(&fact.account),
            fact.status,
        )
    };
    facts.into_iter().map(known).collect()
}

fn expected(
    file: &PaymentFile,
    told: &[(usize, Outcome)],
    status: impl Fn(Outcome) -> Option<AnswerStatus>,
) -> BTreeSet<Known> {
    let lines: Vec<_> = file.lines().map(|(_, _, line)| line).collect();
    told.iter()
        .filter_map(|(place, outcome)| {
            let line = lines[*place];
            Some((
                line.end_to_end_id.clone(),
                line.amount_fen,
                line.payee_name.trim().to_owned(),
                line.payee_account.clone(),
                status(*outcome)?,
            ))
        })
        .collect()
}

/// Names without spaces at their ends, which no reader keeps.
fn trimmed(mut file: PaymentFile) -> PaymentFile {
    for line in file.blocks.iter_mut().flat_map(|block| &mut block.lines) {
        line.payee_name = line.payee_name.trim().to_owned();
    }
    file
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn status_reports((file, told) in answered()) {
        let file = trimmed(file);
        for version in ["03", "10", "12"] {
            let bytes = pain002(version, &file, &told);
            let read = read_answer(bytes.as_bytes(), "a.xml", None).unwrap();
            // A status report never says that money has left.
            let expected = expected(&file, &told, |outcome| Some(match outcome {
                Outcome::Booked | Outcome::Returned => AnswerStatus::Accepted,
                Outcome::Accepted | Outcome::Pending | Outcome::Rejected => outcome.status(),
            }));
            prop_assert_eq!(known(read.facts()), expected);
            prop_assert!(read.alarms.is_empty());
            for answer in &read.answers {
                prop_assert_eq!(answer.fact.message_id.as_deref(), Some("B20260315000001A1"));
                prop_assert_eq!(answer.fact.block_id.as_deref(), Some("B20260315000001A1-P01"));
                prop_assert_eq!(answer.fact.date, Some(Date::constant(2026, 3, 16)));
                let line = bytes.lines().nth(answer.line - 1).unwrap();
                prop_assert!(line.contains(answer.fact.end_to_end_id.as_deref().unwrap()));
            }
        }
    }

    #[test]
    fn notifications((file, told) in answered()) {
        let file = trimmed(file);
        let read = read_answer(camt054(&file, &told).as_bytes(), "a.xml", None).unwrap();
        let expected = expected(&file, &told, |outcome| match outcome {
            Outcome::Booked | Outcome::Returned => Some(outcome.status()),
            Outcome::Accepted | Outcome::Pending | Outcome::Rejected => None,
        });
        prop_assert_eq!(known(read.facts()), expected);
        prop_assert_eq!(read.completeness, Completeness::Agreed);
    }

    #[test]
    fn bank_texts_whatever_their_order_and_repetition(
        (file, told) in answered(),
        twice in any::<bool>(),
    ) {
        let file = trimmed(file);
        let form = profile("gbk-csv");
        // Names that GBK cannot say never went out.
        prop_assume!(write(&file, &PaymentFormat::Text(Box::new(form.clone()))).is_ok());
        let read = |told: &[(usize, Outcome)]| {
            read_answer(&csv(&file, told), "a.csv", Some(&form)).unwrap()
        };
        let first = read(&told);
        prop_assert_eq!(known(first.facts()), expected(&file, &told, |o| Some(o.status())));
        let mut other = told.clone();
        other.reverse();
        if twice {
            other.extend(told.iter().copied());
        }
        let second = read(&other);
        prop_assert_eq!(first.facts(), second.facts());
        prop_assert!(first.sha256 != second.sha256 || told.len() == 1 && !twice);
    }

    #[test]
    fn changed_bytes_are_read_or_refused((file, told) in answered(), changes in changes()) {
        let form = profile("gbk-csv");
        let mut originals = vec![
            (pain002("12", &file, &told).into_bytes(), None),
            (camt054(&file, &told).into_bytes(), None),
        ];
        if write(&file, &PaymentFormat::Text(Box::new(form.clone()))).is_ok() {
            originals.push((csv(&file, &told), Some(&form)));
        }
        for (original, form) in originals {
            let bytes = changed(original, &changes);
            survives(&bytes, form);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(&bytes, None);
        for id in ["gbk-csv", "payroll-pipe", "budget-feed"] {
            survives(&bytes, Some(&profile(id)));
        }
    }
}

/// Whether it is read or not, the digest names the bytes and a refusal says why.
fn survives(bytes: &[u8], form: Option<&Profile>) {
    let digest = crate::payment_files::sha256(bytes);
    match read_answer(bytes, "B1-01_1_1.00.txt", form) {
        Ok(read) => assert_eq!(read.sha256, digest),
        Err(error) => {
            assert_eq!(error.sha256, digest);
            assert!(!error.faults.is_empty());
            assert!(error.faults.iter().all(|fault| !fault.reason.is_empty()));
        }
    }
}

/// Places, in thousandths of the file, and what is done there.
fn changes() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    prop::collection::vec((0usize..1000, 0u8..4, any::<u8>()), 1..6)
}

fn changed(mut bytes: Vec<u8>, changes: &[(usize, u8, u8)]) -> Vec<u8> {
    for (thousandth, kind, byte) in changes {
        let place = bytes.len() * thousandth / 1000;
        match kind {
            0 if place < bytes.len() => bytes[place] = *byte,
            1 if place < bytes.len() => {
                bytes.remove(place);
            }
            2 => bytes.insert(place, *byte),
            _ => bytes.truncate(bytes.len().saturating_sub(usize::from(*byte))),
        }
    }
    bytes
}

#[test]
fn the_bank_of_the_tests_writes_what_the_schemas_allow() {
    let file = super::batch::three();
    let told = [
        (0, Outcome::Booked),
        (1, Outcome::Rejected),
        (2, Outcome::Returned),
    ];
    schema::is_valid(pain002("03", &file, &told).as_bytes(), "pain.002.001.03");
    schema::is_valid(pain002("12", &file, &told).as_bytes(), "pain.002.001.12");
    schema::is_valid(camt054(&file, &told).as_bytes(), "camt.054.001.08");
}
