//! A scope as the values of a statement.

use crate::store::Within;
use crate::store::books::list;
use crate::store::database::Value;
use crate::web::Scope;

/// What lies within sight, for `$1` and `$2`: bureaus as a JSON list, or one enterprise.
pub(super) fn sight(scope: &Scope) -> [Value; 2] {
    match scope {
        Scope::Bureaus(bureaus) => {
            let names: Vec<&str> = bureaus.iter().map(|bureau| bureau.as_str()).collect();
            [list(&names).into(), "".into()]
        }
        Scope::Enterprise(uscc) => ["[]".into(), uscc.as_str().into()],
    }
}

/// The bureaus within sight as a JSON list; an enterprise sees none.
pub(super) fn bureaus(scope: &Scope) -> Value {
    let [bureaus, _] = sight(scope);
    bureaus
}

/// What lies within sight, for lists by key.
pub(super) fn within(scope: &Scope) -> Within {
    match scope {
        Scope::Bureaus(bureaus) => Within::Bureaus(bureaus.clone()),
        Scope::Enterprise(uscc) => Within::Enterprise(*uscc),
    }
}
