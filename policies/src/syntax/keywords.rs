//! The one table of keywords: what each means, and how it is spelled in Chinese and in English.
//!
//! Lexer, parser and printer, the vocabulary and the test of the grammar's text all read this
//! table; a word that is not here is a name.

mod table;

use crate::syntax::words::{
    AwardUnit, BinaryOperator, Delivery, Function, HitPolicy, RoundingWord, Ties, TypeWord,
};

pub use table::TABLE;

/// The two spellings of the notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Chinese keywords.
    Chinese,
    /// English keywords.
    English,
}

/// One keyword in both spellings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it means.
    pub meaning: Meaning,
    /// The Chinese spelling.
    pub chinese: &'static str,
    /// The English spelling.
    pub english: &'static str,
}

impl Entry {
    /// The spelling in one language.
    #[must_use]
    pub fn spelling(&self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.chinese,
            Language::English => self.english,
        }
    }

    /// Whether a word is one of the two spellings.
    #[must_use]
    pub fn matches(&self, word: &str) -> bool {
        self.chinese == word || self.english == word
    }
}

/// The words that begin a declaration or a statement, at the start of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Opener {
    /// `事项`
    Measure,
    /// `定义`
    Definition,
    /// `参数`
    Parameter,
    /// `资金`, a declaration or a statement.
    Fund,
    /// `限额`
    Cap,
    /// `就高`
    HighestOf,
    /// `算例`
    Case,
    /// `方式`
    Delivery,
    /// `周期`
    Cadence,
    /// `仅限首次`
    FirstTimeOnly,
    /// `有效`
    Valid,
    /// `依据`
    Basis,
    /// `设`
    Let,
    /// `资格`
    Condition,
    /// `除外`
    Exception,
    /// `金额`
    Award,
    /// `上限金额`
    AwardCeiling,
    /// `名额`
    Places,
    /// `起付`
    PayableFrom,
    /// `分期`
    Instalments,
    /// `分担`
    Shares,
    /// `更正`
    Erratum,
    /// `收款方`
    Payee,
    /// `举例`
    Example,
}

/// The words inside statements and expressions that stand for nothing by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Particle {
    /// `预算`
    Budget,
    /// `不足时`
    WhenShort,
    /// `按比例`
    ProRata,
    /// `按先后`
    FirstCome,
    /// `按排名`
    Ranked,
    /// `停发`
    Stop,
    /// `分配`
    Allocate,
    /// `按权重`
    ByWeight,
    /// `适用`
    Over,
    /// `每 年`
    PerYear,
    /// `累计`
    Cumulative,
    /// `按`
    By,
    /// `取整`
    Round,
    /// `若`
    Provided,
    /// `不符合`
    Ineligible,
    /// `不适用`
    NotApplicable,
    /// `待核`
    Undetermined,
    /// `出错`
    Failed,
    /// `实付`, in the result of an example.
    Payable,
    /// `分期`, in the result of an example.
    PaidInParts,
    /// `分担`, in the result of an example.
    BorneBy,
    /// `如果`
    If,
    /// `则`
    Then,
    /// `否则`
    Else,
    /// `非`
    Not,
    /// `属于`
    In,
    /// `不属于`
    NotIn,
    /// `介于`
    Between,
    /// `与`, between the two ends of `介于`.
    BetweenAnd,
    /// `其中`
    Satisfies,
    /// `分档`
    Step,
    /// `累进`
    Marginal,
    /// `按表`
    Table,
    /// `结果`
    Result,
    /// `已付`
    Paid,
    /// `本事项`
    ThisMeasure,
    /// `缺失`, as the value of a fact in an example.
    Absent,
}

/// The period of an award, where it is one fixed word; `每3年` is read by its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CadenceWord {
    /// `每年`
    Yearly,
    /// `每季度`
    Quarterly,
    /// `每月`
    Monthly,
    /// `一次性`
    Once,
}

/// A unit of time in a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeUnit {
    /// `年`
    Year,
    /// `个月`
    Month,
    /// `天`
    Day,
}

/// A word that stands for a moment of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builtin {
    /// `基准日`
    AsOf,
    /// `年度`
    AssessmentYear,
}

/// A word after `@`. Numbers, as in `年-3` or `3月`, are read by their pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeriodWord {
    /// A year counted from the assessment year.
    Year(i32),
    /// A quarter.
    Quarter(u8),
    /// A half year.
    Half(u8),
}

/// What a keyword means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It begins a declaration or a statement.
    Opener(Opener),
    /// It belongs to a statement or an expression.
    Particle(Particle),
    /// A type.
    Type(TypeWord),
    /// How a measure reaches the enterprise.
    Delivery(Delivery),
    /// The period of an award.
    Cadence(CadenceWord),
    /// The unit an award is rounded to.
    Unit(AwardUnit),
    /// How an award is rounded.
    Rounding(RoundingWord),
    /// What happens when the last place is shared.
    Ties(Ties),
    /// A hit policy.
    Hit(HitPolicy),
    /// An operator written as a word.
    Operator(BinaryOperator),
    /// A function; a keyword only before a bracket.
    Function(Function),
    /// `是`, `否`
    Boolean(bool),
    /// `null`
    Null,
    /// A unit of time; a keyword only after a number.
    Time(TimeUnit),
    /// `基准日`, `年度`
    Builtin(Builtin),
    /// A period; a keyword only after `@` and in `已付`.
    Period(PeriodWord),
}

/// Finds the entries that spell `word`; one word may have several meanings.
pub fn entries(word: &str) -> impl Iterator<Item = &'static Entry> + '_ {
    TABLE.iter().filter(move |entry| entry.matches(word))
}

/// Finds the entry with a given meaning.
///
/// # Shape
/// The first that carries it; the other entries with the same meaning are accepted when read and
/// never printed.
#[must_use]
pub fn entry(meaning: Meaning) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.meaning == meaning)
}

/// Whether `word` has the meaning.
#[must_use]
pub fn means(word: &str, meaning: Meaning) -> bool {
    entries(word).any(|entry| entry.meaning == meaning)
}

/// The Chinese spelling of a meaning, for messages.
#[must_use]
pub fn chinese(meaning: Meaning) -> &'static str {
    entry(meaning).map_or("", |entry| entry.chinese)
}

/// The statement or declaration that a word opens at the start of a line.
#[must_use]
pub fn opener(word: &str) -> Option<Opener> {
    entries(word).find_map(|entry| match entry.meaning {
        Meaning::Opener(opener) => Some(opener),
        Meaning::Particle(_)
        | Meaning::Type(_)
        | Meaning::Delivery(_)
        | Meaning::Cadence(_)
        | Meaning::Unit(_)
        | Meaning::Rounding(_)
        | Meaning::Ties(_)
        | Meaning::Hit(_)
        | Meaning::Operator(_)
        | Meaning::Function(_)
        | Meaning::Boolean(_)
        | Meaning::Null
        | Meaning::Time(_)
        | Meaning::Builtin(_)
        | Meaning::Period(_) => None,
    })
}

/// Whether `word` is a keyword in any place, so that no fact, definition or measure may be named
/// so.
///
/// # Example
/// ```
/// # use zhida_policies::syntax::keywords::is_reserved;
/// assert!(is_reserved("资格") && is_reserved("where"));
/// assert!(!is_reserved("营业收入"));
/// ```
#[must_use]
pub fn is_reserved(word: &str) -> bool {
    entries(word).next().is_some()
}

/// Whether `word` would be read as an operator, a constant or a joint wherever an expression may
/// stand, so that no fact can carry it as a name. Other keywords have their meaning only at the
/// start of a line, after a number or before a bracket, and may name facts.
#[must_use]
pub fn ends_expression(word: &str) -> bool {
    entries(word).any(|entry| match entry.meaning {
        Meaning::Operator(_) | Meaning::Boolean(_) | Meaning::Null | Meaning::Builtin(_) => true,
        Meaning::Particle(particle) => matches!(
            particle,
            Particle::If
                | Particle::Then
                | Particle::Else
                | Particle::Provided
                | Particle::Satisfies
                | Particle::Round
                | Particle::Over
                | Particle::Not
                | Particle::In
                | Particle::NotIn
                | Particle::Between
                | Particle::BetweenAnd
                | Particle::Table
                | Particle::Absent
        ),
        Meaning::Opener(_)
        | Meaning::Type(_)
        | Meaning::Delivery(_)
        | Meaning::Cadence(_)
        | Meaning::Unit(_)
        | Meaning::Rounding(_)
        | Meaning::Ties(_)
        | Meaning::Hit(_)
        | Meaning::Function(_)
        | Meaning::Time(_)
        | Meaning::Period(_) => false,
    })
}

/// A keyword that is written without spaces inside a longer word, as 且 in 规上企业且营业收入.
///
/// # Shape
/// Only a guess for help texts: 或有负债 is a proper name although it begins with 或.
#[must_use]
pub fn glued_keyword(word: &str) -> Option<&'static str> {
    const GLUED: [&str; 14] = [
        "如果",
        "否则",
        "不属于",
        "属于",
        "介于",
        "包含",
        "开头是",
        "取整",
        "其中",
        "适用",
        "且",
        "或",
        "则",
        "与",
    ];
    if is_reserved(word) {
        return None;
    }
    GLUED.into_iter().find(|keyword| word.contains(keyword))
}

/// The words of several parts (`round half up`, `first-time-only`), the longest first.
pub(crate) fn compound_words() -> &'static [&'static str] {
    static WORDS: std::sync::LazyLock<Vec<&'static str>> = std::sync::LazyLock::new(|| {
        let mut words: Vec<&str> = TABLE
            .iter()
            .flat_map(|entry| [entry.chinese, entry.english])
            .filter(|word| word.contains([' ', '-']))
            .collect();
        words.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        words.dedup();
        words
    });
    &WORDS
}
