//! Warnings: what is probably not what the law says.

pub(crate) mod conditions;
pub(crate) mod examples;
pub(crate) mod figures;
pub(crate) mod figures_of_rules;
pub(crate) mod growth;
pub(crate) mod local_tax;
pub(crate) mod payable;
pub(crate) mod wording;
