//! The vocabulary: every fact that a rule may name, declared once with its type, unit, period
//! and the department that owns it.

mod fact;
mod fault;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use fact::{Absent, Fact, FactId, FactType, Field, Tree};
pub use fault::{VocabularyFault, VocabularyFaultKind};

use crate::values::{PeriodKind, spelling};

/// Every fact that exists, in the order of the file.
///
/// # Source
/// NOTATION.md part 3.
/// # Example
/// ```
/// # use zhida_policies::vocabulary::{FactType, Vocabulary};
/// let text = r#"
/// [[fact]]
/// id = "revenue"
/// name = "营业收入"
/// type = "money"
/// unit = "元"
/// period = "year"
/// source = "税务局"
/// "#;
/// let vocabulary = Vocabulary::read(text, &|_| false).unwrap();
/// let revenue = vocabulary.find("营业收入").unwrap();
/// assert_eq!(vocabulary.find("revenue"), Some(revenue));
/// assert_eq!(vocabulary.fact(revenue).fact_type, FactType::Money);
/// assert_eq!(vocabulary.nearest("营业收人"), Some("营业收入"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    facts: Vec<Fact>,
    names: BTreeMap<String, FactId>,
}

impl Vocabulary {
    /// Reads `vocabulary.toml`; `is_keyword` tells the words of the notation, which no fact may
    /// take as its name.
    ///
    /// # Errors
    /// Every fault of the text, in its order.
    pub fn read(
        text: &str,
        is_keyword: &dyn Fn(&str) -> bool,
    ) -> Result<Vocabulary, Vec<VocabularyFault>> {
        let facts = read::read(text, is_keyword)?;
        let mut names = BTreeMap::new();
        for (index, fact) in (0..).zip(&facts) {
            names.insert(fact.id.clone(), FactId(index));
            names.insert(fact.name.clone(), FactId(index));
        }
        Ok(Vocabulary { facts, names })
    }

    /// The fact with this Chinese or English name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FactId> {
        self.names.get(name).copied()
    }

    /// The fact with this number.
    ///
    /// # Panics
    /// If `id` comes from a larger vocabulary: a bug, since runs use one vocabulary.
    #[must_use]
    #[expect(
        clippy::indexing_slicing,
        reason = "only a vocabulary makes the numbers of its facts"
    )]
    pub fn fact(&self, id: FactId) -> &Fact {
        &self.facts[id.index()]
    }

    /// Every fact with its number, in the order of the file.
    pub fn facts(&self) -> impl ExactSizeIterator<Item = (FactId, &Fact)> {
        self.facts
            .iter()
            .enumerate()
            .map(|(index, fact)| (FactId(u32::try_from(index).unwrap_or(u32::MAX)), fact))
    }

    /// How many facts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are no facts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// The Chinese or English name nearest to a wrong one, if one is near.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&str> {
        spelling::nearest(name, self.names.keys().map(String::as_str))
    }

    /// The fact that says in which administrative division an enterprise is.
    #[must_use]
    pub fn region_fact(&self) -> Option<FactId> {
        self.status_code(Tree::Region, "region", "地区")
    }

    /// The fact that says what an enterprise does.
    #[must_use]
    pub fn industry_fact(&self) -> Option<FactId> {
        self.status_code(Tree::Industry, "industry", "行业")
    }

    /// The fact that lists the functional zones an enterprise is in.
    #[must_use]
    pub fn zones_fact(&self) -> Option<FactId> {
        let found = self.find("zones").or_else(|| self.find("功能区"))?;
        let fact = self.fact(found);
        (matches!(fact.fact_type, FactType::Set(_)) && fact.period == PeriodKind::None)
            .then_some(found)
    }

    /// The status fact with codes of a tree: the one with the usual name, else the first.
    fn status_code(&self, tree: Tree, id: &str, name: &str) -> Option<FactId> {
        let fits =
            |fact: &Fact| fact.fact_type == FactType::Code(tree) && fact.period == PeriodKind::None;
        let usual = [id, name].into_iter().filter_map(|name| self.find(name));
        let all = self.facts().map(|(found, _)| found);
        usual.chain(all).find(|found| fits(self.fact(*found)))
    }

    /// A text that is the same for two vocabularies exactly when they mean the same: facts in the
    /// order of their English names, without what is only explanation.
    ///
    /// # Shape
    /// One line per fact, its parts apart by tabs, which no part can hold.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        let mut lines: Vec<String> = self.facts.iter().map(Fact::canonical_line).collect();
        lines.sort();
        lines.concat()
    }
}
