//! What must be shown, in the words of the notation.

use zhida_policies::measure::expression::{FactRead, PeriodRead};
use zhida_policies::syntax::ast::YearSyntax;
use zhida_policies::vocabulary::Vocabulary;

use crate::prospect::clause::{Atom, Clause, Form, Literal, Shows, Want};

/// One line for each clause about facts.
pub(super) fn lines(form: &Form, vocabulary: &Vocabulary) -> Vec<String> {
    let about_facts = |clause: &&Clause| {
        let mut atoms = clause.iter().map(|literal| &literal.atom);
        !atoms.any(|atom| matches!(atom, Atom::InForce(_)))
    };
    let line = |clause: &Clause| {
        if clause.is_empty() {
            return "否".to_owned();
        }
        let parts = clause.iter().map(|literal| words(literal, vocabulary));
        parts.collect::<Vec<_>>().join(" 或 ")
    };
    form.clauses.iter().filter(about_facts).map(line).collect()
}

fn words(Literal { atom, want }: &Literal, vocabulary: &Vocabulary) -> String {
    let Atom::Fact(read, shows) = atom else {
        return String::new();
    };
    let name = named(*read, vocabulary);
    match (shows, want) {
        (Shows::True, Want::True) => name,
        (Shows::True, Want::False) => format!("非 {name}"),
        (Shows::Text(text), Want::True) => format!("{name} = \"{text}\""),
        (Shows::Text(text), Want::False) => format!("{name} != \"{text}\""),
        (Shows::Below(_, code), Want::True) => format!("{name} 属于 [\"{code}\"]"),
        (Shows::Below(_, code), Want::False) => format!("{name} 不属于 [\"{code}\"]"),
        (Shows::Holds(member), Want::True) => format!("{name} 包含 \"{member}\""),
        (Shows::Holds(member), Want::False) => format!("非 {name} 包含 \"{member}\""),
    }
}

fn named(read: FactRead, vocabulary: &Vocabulary) -> String {
    let fact = vocabulary.fact(read.fact);
    let year = |year: YearSyntax| match year {
        YearSyntax::Offset(0) => String::new(),
        YearSyntax::Offset(-1) => "@上年".to_owned(),
        YearSyntax::Offset(-2) => "@前年".to_owned(),
        YearSyntax::Offset(1) => "@次年".to_owned(),
        YearSyntax::Offset(years) => format!("@年{years:+}"),
        YearSyntax::Fixed(year) => format!("@{year}"),
    };
    let period = match read.period {
        PeriodRead::Status => String::new(),
        PeriodRead::Year(named) => year(named),
        PeriodRead::Quarters(named, quarter, _) => format!("{}@{quarter}季度", year(named)),
        PeriodRead::Months(named, month, _) => format!("{}@{month}月", year(named)),
    };
    format!("{}{period}", fact.name)
}
