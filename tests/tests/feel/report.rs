//! What passed, by topic, and what is wrong.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::judge::Outcome;

/// How many cases there were and what became of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Totals {
    /// All of them.
    pub(crate) cases: usize,
    /// Those that passed.
    pub(crate) passed: usize,
    /// Those among them that the checker refuses for their types.
    pub(crate) refused: usize,
    /// Those that differ and are listed.
    pub(crate) waived: usize,
}

/// The outcomes so far.
pub(crate) struct Report {
    waivers: BTreeMap<String, String>,
    topics: BTreeMap<String, Totals>,
    wrong: Vec<String>,
}

impl Report {
    /// A report without cases.
    pub(crate) fn new(waivers: BTreeMap<String, String>) -> Self {
        Self {
            waivers,
            topics: BTreeMap::new(),
            wrong: Vec::new(),
        }
    }

    /// Takes note of one case.
    pub(crate) fn add(
        &mut self,
        topic: &str,
        id: &str,
        text: &str,
        expected: &Json,
        outcome: Outcome,
    ) {
        let totals = self.topics.entry(topic.to_owned()).or_default();
        totals.cases += 1;
        match (outcome, self.waivers.contains_key(id)) {
            (Outcome::Passed, false) => totals.passed += 1,
            (Outcome::PassedRefused, false) => {
                totals.passed += 1;
                totals.refused += 1;
            }
            (Outcome::Passed | Outcome::PassedRefused, true) => {
                totals.passed += 1;
                self.wrong
                    .push(format!("{id}: {text}\n  passes; its waiver is unnecessary"));
            }
            (Outcome::Differs(_), true) => totals.waived += 1,
            (Outcome::Differs(found), false) => self.wrong.push(format!(
                "{id}: {text}\n  expected {expected}\n  found    {found}"
            )),
        }
    }

    /// Prints the table of topics; panics when a case is neither passed nor waived, or both.
    #[track_caller]
    pub(crate) fn print_and_check(self) -> Totals {
        let mut all = Totals::default();
        println!("passed; of these refused for their types; waived; all");
        for (topic, totals) in &self.topics {
            print_line(topic, totals);
            all.cases += totals.cases;
            all.passed += totals.passed;
            all.refused += totals.refused;
            all.waived += totals.waived;
        }
        print_line("all", &all);
        let permille = all.passed * 1000 / all.cases.max(1);
        println!("{}.{} % passed", permille / 10, permille % 10);
        for wrong in &self.wrong {
            println!("{wrong}");
        }
        assert!(
            self.wrong.is_empty(),
            "{} cases differ without a waiver or are waived without a difference",
            self.wrong.len()
        );
        all
    }
}

fn print_line(topic: &str, totals: &Totals) {
    let Totals {
        cases,
        passed,
        refused,
        waived,
    } = totals;
    println!("{topic:<34}{passed:>8}{refused:>8}{waived:>8}{cases:>8}");
}
