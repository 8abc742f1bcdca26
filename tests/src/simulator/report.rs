//! What a simulation came to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::AddAssign;

use super::storage::{Done, Record};
use super::witness::{Breach, Promise};

/// What was lived through; the last two fields show whether two lives were the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were sent, sent again, or told by the bank.
    pub commands: usize,
    /// Orders that were carried out.
    pub carried: usize,
    /// How often each reason was given for a refusal, by its published number.
    pub refused: BTreeMap<u16, usize>,
    /// Requests under a key that was known.
    pub repeated: usize,
    /// Deaths of the program.
    pub restarts: usize,
    /// Simulated days.
    pub days: i64,
    /// Instructions made for banks.
    pub instructions: usize,
    /// Answers that a bank gave.
    pub answers: usize,
    /// Signatures that were judged by natural person.
    pub signatures: usize,
    /// Postings.
    pub postings: usize,
    /// Commands, motions, states and questions that came up.
    pub seen: BTreeSet<&'static str>,
    /// The digest of the books at the end.
    pub digest: String,
    /// The head of the log at the end, in hexadecimal digits.
    pub head: String,
}

impl AddAssign<&Tally> for Tally {
    fn add_assign(&mut self, other: &Tally) {
        self.commands += other.commands;
        self.carried += other.carried;
        self.repeated += other.repeated;
        self.restarts += other.restarts;
        self.days += other.days;
        self.instructions += other.instructions;
        self.answers += other.answers;
        self.signatures += other.signatures;
        self.postings += other.postings;
        for (reason, times) in &other.refused {
            *self.refused.entry(*reason).or_default() += times;
        }
        self.seen.extend(&other.seen);
        self.digest.clone_from(&other.digest);
        self.head.clone_from(&other.head);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} commands in {} simulated years: {} carried out, {} repeated, {} deaths, {} \
             instructions, {} answers, {} signatures, {} postings; refused {:?}",
            self.commands,
            self.days / 365,
            self.carried,
            self.repeated,
            self.restarts,
            self.instructions,
            self.answers,
            self.signatures,
            self.postings,
            self.refused,
        )
    }
}

/// A promise that was broken, and how to see it again.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// How many commands had been sent.
    pub step: usize,
    /// Which promise.
    pub promise: Promise,
    /// What does not hold.
    pub what: String,
    /// The order after which it did not hold.
    pub order: String,
    /// The orders before it that name the same payouts, as the log keeps them.
    pub story: Vec<String>,
}

/// How many orders of the story are told.
const STORY_MAX: usize = 40;

impl Failure {
    pub(crate) fn new(
        seed: u64,
        step: usize,
        breach: Breach,
        last: Option<&Done>,
        log: &[Record],
    ) -> Self {
        let names = named_in(&breach.what, last);
        let texts = log
            .iter()
            .map(|record| String::from_utf8_lossy(&record.bytes));
        let told = texts.filter(|text| names.iter().any(|name| text.contains(name)));
        let mut story: Vec<String> = told.map(|text| text.into_owned()).collect();
        story.drain(..story.len().saturating_sub(STORY_MAX));
        Self {
            seed,
            step,
            promise: breach.promise,
            what: breach.what,
            order: last.map_or_else(String::new, |done| format!("{:?}", done.order)),
            story,
        }
    }
}

/// The names of payouts, instructions, batches and motions that a breach speaks of.
fn named_in(what: &str, last: Option<&Done>) -> Vec<String> {
    let order = last.map_or_else(String::new, |done| format!("{:?}", done.order.command));
    let words = what.split(|letter: char| !letter.is_alphanumeric());
    let words = words.chain(order.split('"'));
    let names = words.filter(|word| {
        let is_hash = word.len() == 26 && word.is_ascii();
        is_hash || word.starts_with("批") || word.starts_with("会签")
    });
    names.map(str::to_owned).collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "seed {}, step {}: {:?} is broken: {}\nafter {}\nthe story of it:",
            self.seed, self.step, self.promise, self.what, self.order
        )?;
        for order in &self.story {
            writeln!(formatter, "  {order}")?;
        }
        write!(
            formatter,
            "again: ZHIDA_SIM_SEED={} cargo nextest run -p zhida-tests --test simulator promises",
            self.seed
        )
    }
}
