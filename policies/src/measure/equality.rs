//! Equality, order and hash of checked expressions by what they say, not by where they stand.
//!
//! Lints compare expressions that two authors wrote in two places, and a plan evaluates what
//! fifty measures share only once.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use crate::measure::expression::{Band, Expr, TableRow, TierRow};

macro_rules! by_meaning {
    ($($kind:ident: $($field:ident),+;)+) => {
        $(
            impl PartialEq for $kind {
                fn eq(&self, other: &Self) -> bool {
                    $(self.$field == other.$field)&&+
                }
            }

            impl Eq for $kind {}

            impl PartialOrd for $kind {
                fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                    Some(self.cmp(other))
                }
            }

            impl Ord for $kind {
                fn cmp(&self, other: &Self) -> Ordering {
                    Ordering::Equal$(.then_with(|| self.$field.cmp(&other.$field)))+
                }
            }

            impl Hash for $kind {
                fn hash<H: Hasher>(&self, state: &mut H) {
                    $(self.$field.hash(state);)+
                }
            }
        )+
    };
}

by_meaning! {
    Expr: kind;
    TierRow: test, value;
    Band: low, high, rate;
    TableRow: cells, result;
}
