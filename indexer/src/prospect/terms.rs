//! The distinct clauses of a library, and which of them a profile refutes.

use std::collections::BTreeMap;

use zhida_policies::measure::Validity;
use zhida_policies::measure::expression::{FactRead, Value};
use zhida_policies::values::{Codes, Region};
use zhida_policies::vocabulary::Tree;

use crate::prospect::clause::{Atom, Clause, Shows, Want};
use crate::prospect::profile::{Profile, Shown};

/// The number of an atom, and of a clause.
pub(super) type Number = u32;

/// Every clause once, over atoms that are judged once for a profile.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// The aspect that each atom is about, by its number.
    atoms: Vec<Number>,
    aspects: usize,
    facts: BTreeMap<FactRead, Asked>,
    validities: Vec<(Validity, Number)>,
    clauses: Vec<Box<[(Number, Want)]>>,
}

/// What is asked of one fact: its aspects are its truth, its text and its members.
#[derive(Debug, Default)]
struct Asked {
    truth: Number,
    text: Number,
    members: Number,
    /// The atoms, in the order of [`key`].
    atoms: Vec<(Shows, Number)>,
}

impl Asked {
    /// What is asked, with its aspects numbered from a first one.
    fn starting(first: Number) -> Self {
        Self {
            truth: first,
            text: first.saturating_add(1),
            members: first.saturating_add(2),
            atoms: Vec::new(),
        }
    }

    fn aspect(&self, shows: &Shows) -> Number {
        match shows {
            Shows::True => self.truth,
            Shows::Text(_) | Shows::Below(_, _) => self.text,
            Shows::Holds(_) => self.members,
        }
    }

    fn atom(&self, kind: Kind, text: &str) -> Option<Number> {
        let order = |(shows, _): &(Shows, Number)| key(shows).cmp(&(kind, text));
        let found = self.atoms.binary_search_by(order).ok()?;
        self.atoms.get(found).map(|(_, atom)| *atom)
    }
}

/// The aspect of the assessment year, which is always known; those of the facts follow.
const YEAR: Number = 0;
/// How many aspects a fact has.
const ASPECTS: usize = 3;

/// Gives numbers to atoms and clauses while a library is read.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    atoms: BTreeMap<Atom, Number>,
    clauses: BTreeMap<Clause, Number>,
    listed: Vec<Box<[(Number, Want)]>>,
}

impl Numbering {
    /// The number of a clause.
    pub(super) fn number(&mut self, clause: &Clause) -> Number {
        if let Some(number) = self.clauses.get(clause) {
            return *number;
        }
        let mut literals = Vec::with_capacity(clause.len());
        for literal in clause {
            let next = number_of(self.atoms.len());
            let atom = self.atoms.entry(literal.atom.clone()).or_insert(next);
            literals.push((*atom, literal.want));
        }
        let number = number_of(self.listed.len());
        self.listed.push(literals.into());
        self.clauses.insert(clause.clone(), number);
        number
    }

    /// All clauses numbered so far.
    pub(super) fn finish(self) -> Terms {
        let mut terms = Terms {
            atoms: vec![YEAR; self.atoms.len()],
            aspects: 1,
            clauses: self.listed,
            ..Terms::default()
        };
        for (atom, number) in self.atoms {
            match atom {
                Atom::Fact(read, shows) => {
                    let asked = terms.facts.entry(read).or_insert_with(|| {
                        let first = number_of(terms.aspects);
                        terms.aspects = terms.aspects.saturating_add(ASPECTS);
                        Asked::starting(first)
                    });
                    if let Some(aspect) = terms.atoms.get_mut(place(number)) {
                        *aspect = asked.aspect(&shows);
                    }
                    asked.atoms.push((shows, number));
                }
                Atom::InForce(validity) => terms.validities.push((validity, number)),
            }
        }
        for asked in terms.facts.values_mut() {
            asked
                .atoms
                .sort_by(|(one, _), (other, _)| key(one).cmp(&key(other)));
        }
        terms
    }
}

/// What a profile says of each atom.
pub(super) struct Judged<'t> {
    terms: &'t Terms,
    /// Which aspects are known; an atom about one that is not known is neither so nor not so.
    known: Vec<bool>,
    /// Which atoms are so.
    so: Vec<bool>,
}

impl Judged<'_> {
    fn know(&mut self, aspect: Number) {
        if let Some(known) = self.known.get_mut(place(aspect)) {
            *known = true;
        }
    }

    fn set(&mut self, atom: Option<Number>) {
        if let Some(so) = atom.and_then(|atom| self.so.get_mut(place(atom))) {
            *so = true;
        }
    }

    fn contradicts(&self, (atom, want): (Number, Want)) -> bool {
        let at = |list: &[bool], number| list.get(place(number)).copied().unwrap_or(false);
        let aspect = self.terms.atoms.get(place(atom));
        aspect.is_some_and(|aspect| at(&self.known, *aspect))
            && at(&self.so, atom) != (want == Want::True)
    }

    /// Whether the profile refutes all literals of a clause.
    pub(super) fn refutes(&self, clause: Number) -> bool {
        let clause = self.terms.clauses.get(place(clause));
        clause.is_some_and(|clause| clause.iter().all(|one| self.contradicts(*one)))
    }

    /// All clauses that the profile refutes.
    pub(super) fn refuted(&self) -> impl Iterator<Item = Number> {
        let all = 0..number_of(self.terms.clauses.len());
        all.filter(|clause| self.refutes(*clause))
    }
}

impl Terms {
    /// What a profile is asked for.
    pub(super) fn reads(&self) -> impl Iterator<Item = FactRead> {
        self.facts.keys().copied()
    }

    /// How many clauses there are.
    pub(super) fn len(&self) -> usize {
        self.clauses.len()
    }

    /// What a profile says of every atom.
    pub(super) fn judge(&self, profile: &Profile, codes: &Codes) -> Judged<'_> {
        let mut judged = Judged {
            terms: self,
            known: vec![false; self.aspects],
            so: vec![false; self.atoms.len()],
        };
        judged.know(YEAR);
        for (validity, atom) in &self.validities {
            judged.set(touches(*validity, profile.year()).then_some(*atom));
        }
        for (read, asked) in &self.facts {
            match profile.of(*read) {
                Shown::Known(value) => judge(asked, value, codes, &mut judged),
                Shown::Records | Shown::Missing => {}
            }
        }
        judged
    }
}

/// Judges the atoms of one fact by its value. Those that speak of another type stay unknown.
fn judge(asked: &Asked, value: &Value, codes: &Codes, judged: &mut Judged<'_>) {
    match value {
        Value::Boolean(value) => {
            judged.know(asked.truth);
            judged.set(asked.atom(Kind::True, "").filter(|_| *value));
        }
        Value::Text(text) => {
            judged.know(asked.text);
            judge_text(asked, text, codes, judged);
        }
        Value::Set(members) => {
            judged.know(asked.members);
            for (shows, atom) in &asked.atoms {
                // The search of the interpreter, which finds nothing in a set out of order.
                if let Shows::Holds(member) = shows {
                    let held = members.binary_search(member).is_ok();
                    judged.set(held.then_some(*atom));
                }
            }
        }
        Value::Money(_)
        | Value::Number(_)
        | Value::Date(_)
        | Value::Duration(_)
        | Value::Sequence(_)
        | Value::Test(_) => {}
    }
}

fn judge_text(asked: &Asked, text: &str, codes: &Codes, judged: &mut Judged<'_>) {
    judged.set(asked.atom(Kind::Text, text));
    judged.set(asked.atom(Kind::Industry, text));
    for above in codes.industries().lineage(text) {
        judged.set(asked.atom(Kind::Industry, above.as_str()));
    }
    if let Ok(region) = text.parse::<Region>() {
        judged.set(asked.atom(Kind::Region, region.as_str()));
        for above in codes.regions().lineage(region.as_str()) {
            judged.set(asked.atom(Kind::Region, above.as_str()));
        }
    }
}

/// The kinds of what can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    True,
    Text,
    Industry,
    Region,
    Holds,
}

fn key(shows: &Shows) -> (Kind, &str) {
    match shows {
        Shows::True => (Kind::True, ""),
        Shows::Text(text) => (Kind::Text, text),
        Shows::Below(Tree::Industry, code) => (Kind::Industry, code),
        Shows::Below(Tree::Region, code) => (Kind::Region, code),
        Shows::Holds(member) => (Kind::Holds, member),
    }
}

/// Whether any day of a year lies in a validity. Every cadence needs at least that.
fn touches(validity: Validity, year: i32) -> bool {
    let ends = validity.to.is_none_or(|to| i32::from(to.year()) >= year);
    i32::from(validity.from.year()) <= year && ends
}

/// The place of a number in a list.
pub(super) fn place(number: Number) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The number of a place; a library never has so many.
pub(super) fn number_of(place: usize) -> Number {
    Number::try_from(place).unwrap_or(Number::MAX)
}
