//! What must be shown, as a conjunction of clauses.

use std::collections::BTreeSet;
use std::sync::Arc;

use zhida_policies::measure::Validity;
use zhida_policies::measure::expression::FactRead;
use zhida_policies::vocabulary::Tree;

/// Clauses that are kept of one measure. What is left out makes the candidates more, never fewer.
const CLAUSES_MAX: usize = 64;
/// Literals of a clause that is kept.
const LITERALS_MAX: usize = 4096;

/// Which truth a condition must not fail to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Want {
    /// It must hold: 资格.
    True,
    /// It must not hold: 除外.
    False,
}

impl Want {
    /// The other.
    pub(super) fn flipped(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
        }
    }
}

/// What the value of a fact can show.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shows {
    /// It is true.
    True,
    /// It is this text, enum member or code.
    Text(Arc<str>),
    /// It is this code or one below it.
    Below(Tree, Arc<str>),
    /// It holds this member.
    Holds(Arc<str>),
}

/// Something that is so, is not so, or is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Atom {
    /// A fact shows something.
    Fact(FactRead, Shows),
    /// The assessment year touches the validity.
    InForce(Validity),
}

/// An atom that must be so, or must not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literal {
    pub(super) atom: Atom,
    pub(super) want: Want,
}

/// Literals of which one must not be refuted. The empty clause is always refuted.
pub(super) type Clause = BTreeSet<Literal>;

/// Clauses that must all stand: one refuted clause makes the measure plainly ineligible or not
/// applicable.
///
/// # Shape
/// No clause at all says that nothing is necessary, or that nothing was understood. The algebra
/// may drop clauses, never add one that does not follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) clauses: BTreeSet<Clause>,
}

impl Form {
    /// Nothing is necessary.
    pub(super) fn always() -> Self {
        Self::default()
    }

    /// Nothing suffices.
    pub(super) fn never() -> Self {
        Self {
            clauses: BTreeSet::from([Clause::new()]),
        }
    }

    /// One atom is necessary.
    pub(super) fn literal(atom: Atom, want: Want) -> Self {
        let clause = Clause::from([Literal { atom, want }]);
        Self {
            clauses: BTreeSet::from([clause]),
        }
    }

    /// All of these are necessary.
    pub(super) fn all(forms: impl IntoIterator<Item = Self>) -> Self {
        let clauses = forms.into_iter().flat_map(|form| form.clauses);
        Self {
            clauses: clauses.take(CLAUSES_MAX).collect(),
        }
    }

    /// One of these is necessary.
    pub(super) fn any(forms: impl IntoIterator<Item = Self>) -> Self {
        forms.into_iter().fold(Self::never(), |so_far, form| {
            let so_far = so_far.clauses.into_iter();
            let pairs: Vec<Clause> = match form.clauses.first() {
                // Long lists of codes are many forms of one clause: each only grows the others.
                Some(only) if form.clauses.len() == 1 => {
                    let grown = |mut left: Clause| {
                        left.extend(only.iter().cloned());
                        left
                    };
                    so_far.map(grown).collect()
                }
                Some(_) | None => so_far
                    .flat_map(|left| {
                        let joined = |right: &Clause| left.union(right).cloned().collect();
                        form.clauses.iter().map(joined).collect::<Vec<Clause>>()
                    })
                    .collect(),
            };
            let useful = |clause: &Clause| clause.len() <= LITERALS_MAX && !is_certain(clause);
            let useful = pairs.into_iter().filter(useful);
            Self {
                clauses: useful.take(CLAUSES_MAX).collect(),
            }
        })
    }
}

/// Whether a clause wants an atom both to be so and not to be so, and thus says nothing.
fn is_certain(clause: &Clause) -> bool {
    let mut neighbours = clause.iter().zip(clause.iter().skip(1));
    neighbours.any(|(one, next)| one.atom == next.atom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zhida_policies::values::Date;

    fn day(day: i8) -> Atom {
        let from = Date::new(2025, 1, day).unwrap();
        Atom::InForce(Validity { from, to: None })
    }

    fn so(number: i8) -> Form {
        Form::literal(day(number), Want::True)
    }

    #[test]
    fn the_algebra_of_clauses() {
        let sizes = |form: &Form| form.clauses.iter().map(BTreeSet::len).collect::<Vec<_>>();
        assert_eq!(sizes(&Form::any([so(1), so(2)])), [2]);
        assert_eq!(sizes(&Form::all([so(1), so(2)])), [1, 1]);
        let both = Form::all([so(1), so(2)]);
        assert_eq!(sizes(&Form::any([both.clone(), so(3)])), [2, 2]);
        assert_eq!(Form::any([so(1), Form::always()]), Form::always());
        assert_eq!(Form::any([so(1), Form::never()]), so(1));
        assert_eq!(Form::all([so(1), Form::always()]), so(1));
        assert_eq!(Form::any([]), Form::never());
        assert_eq!(Form::all([]), Form::always());
        let not = Form::literal(day(1), Want::False);
        assert_eq!(Form::any([so(1), not]), Form::always());
    }

    #[test]
    fn too_many_clauses_are_dropped_not_joined() {
        let pair = |n: i8| Form::all([so(n), so(n + 1)]);
        let form = Form::any((1..=15).step_by(2).map(pair));
        assert_eq!(form.clauses.len(), CLAUSES_MAX);
        assert!(form.clauses.iter().all(|clause| clause.len() == 8));
    }
}
