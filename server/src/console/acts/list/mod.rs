//! All acts, by the page that they belong to.

mod after;
mod award;
mod bank;
mod other;
mod queue;

use super::{Act, Goes, Input, Names, Weight, Word};
pub(in crate::console) use after::AFTER;
pub(in crate::console) use award::PAYOUT;
use bank::{BANK, BATCH};
use other::OTHER;
use queue::BULK;

/// All of them.
pub(in crate::console) fn all() -> impl Iterator<Item = &'static Act> {
    let lists = [PAYOUT, AFTER, BULK, BATCH, BANK, OTHER];
    lists.into_iter().flatten()
}

/// The act of a name.
pub(in crate::console) fn named(name: &str) -> Option<&'static Act> {
    all().find(|act| act.name == name)
}

const ID: Word = Word::of_path("id", Names::Payout);
const REASON: Word = Word::new("reason", Goes::Option("--reason"), "理由", Input::Line);
const EVIDENCE: Word = Word::new(
    "evidence",
    Goes::Paper("--evidence"),
    "查证材料",
    Input::File,
);
const CLAIM: Word = Word::new("claim", Goes::Itself, "第几号追回", Input::Number);
const DOCUMENT: Word = Word::new(
    "document",
    Goes::Option("--document"),
    "决定文号",
    Input::Line,
);
const ONE: &str = "/console/payouts/{id}";

/// What one payout leaves room for.
const USUAL: Act = Act {
    name: "",
    path: "",
    back: ONE,
    title: "",
    hint: "",
    roles: &[],
    weight: Weight::Usual,
    states: &[],
    verb: "",
    words: &[],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::web::{Language, translated};

    #[test]
    fn no_two_acts_share_a_name_or_a_path() {
        let names: BTreeSet<&str> = all().map(|act| act.name).collect();
        let paths: BTreeSet<&str> = all().map(|act| act.path).collect();
        assert_eq!((names.len(), paths.len()), (all().count(), all().count()));
    }

    #[test]
    fn money_needs_a_second_factor() {
        for name in [
            "seal",
            "send",
            "hand-over",
            "clawback",
            "recover",
            "write-off",
            "sign",
        ] {
            let act = named(name).unwrap();
            assert_eq!(act.weight, Weight::Money, "{name}");
        }
    }

    #[test]
    fn every_act_can_be_said_in_english() {
        let mut missing = BTreeSet::new();
        let mut say = |text: &'static str| {
            if !text.is_empty() && translated(text, Language::English) == text {
                missing.insert(text);
            }
        };
        for act in all() {
            say(act.title);
            say(act.hint);
            for word in act.words {
                say(word.label);
                say(word.hint);
                if let Input::Pick(picks) = word.input {
                    picks.iter().for_each(|(_, label)| say(label));
                }
            }
        }
        assert!(missing.is_empty(), "no English for {missing:?}");
    }
}
