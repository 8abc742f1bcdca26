//! Faults: what is wrong with a policy text or vocabulary, where it says so, and what to do.
//!
//! A fault is data; [`crate::render`] turns it into the underlined text that people read.

use crate::span::Span;

/// The published codes of faults and warnings. A number is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Syntax.
    Z01,
    /// Unknown name.
    Z02,
    /// Type.
    Z03,
    /// A gap, an overlap or a row that can never match.
    Z04,
    /// Missing rounding, duplicate id, or a measure without award or condition.
    Z05,
    /// An example disagrees.
    Z06,
    /// Circular definition, wrong period, unknown member or code.
    Z07,
    /// Measures that cannot be combined as a group, cap or fund says.
    Z08,
    /// 以上/以下 against the comparison of the rule.
    W01,
    /// A figure of the rule or of the text without its counterpart.
    W02,
    /// An award linked to the local tax contribution.
    W03,
    /// A condition that never holds or never fails, an expired policy, an unguarded growth rate.
    W04,
    /// Too few examples.
    W05,
}

impl Code {
    /// All codes, in order.
    pub const ALL: [Self; 13] = [
        Self::Z01,
        Self::Z02,
        Self::Z03,
        Self::Z04,
        Self::Z05,
        Self::Z06,
        Self::Z07,
        Self::Z08,
        Self::W01,
        Self::W02,
        Self::W03,
        Self::W04,
        Self::W05,
    ];

    /// Whether the run goes on in spite of it.
    #[must_use]
    pub fn is_warning(self) -> bool {
        self >= Self::W01
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, formatter)
    }
}

/// One fault or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The published code.
    pub code: Code,
    /// Where it stands.
    pub span: Span,
    /// What is wrong, with the values inside; no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<(Span, String)>,
}

impl Fault {
    /// A fault at a place.
    #[must_use]
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            span,
            message: message.into(),
            help: None,
            related: Vec::new(),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place that belongs to it.
    #[must_use]
    pub fn with_related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }
}
