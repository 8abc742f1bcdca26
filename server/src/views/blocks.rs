//! Why nothing may be paid to an enterprise, as far as somebody may know it.

use zhida_engine::payouts::{BureauId, Payee};

use crate::web::Scope;

/// Told to whoever may not read the reason: the people of another bureau.
const BY_OTHERS: &str = "其他单位已暂停付款";

/// Told to the enterprise itself.
const TO_ENTERPRISE: &str = "目前暂停付款,请联系办理单位";

/// Why nothing may be paid to it; `None` where nothing stands in the way.
///
/// # Shape
/// The reason as it was written where only one bureau is seen; otherwise each with its bureau. What
/// the program says itself goes through `words`, which translates it.
pub(crate) fn told(
    payee: &Payee,
    scope: &Scope,
    words: impl Fn(&'static str) -> &'static str,
) -> Option<String> {
    if !payee.is_blocked() {
        return None;
    }
    if matches!(scope, Scope::Enterprise(_)) {
        return Some(words(TO_ENTERPRISE).to_owned());
    }
    let seen = payee.blocks.iter();
    let seen: Vec<_> = seen
        .filter(|(bureau, _)| scope.sees_bureau(bureau))
        .collect();
    let is_own = matches!(scope, Scope::Bureaus(bureaus) if bureaus.len() == 1);
    let has_others = seen.len() < payee.blocks.len();
    let named = seen.into_iter().map(|(bureau, reason)| match is_own {
        true => reason.clone(),
        false => format!("{bureau}:{reason}"),
    });
    let others = has_others.then(|| words(BY_OTHERS).to_owned());
    let all: Vec<String> = named.chain(payee.blocked.clone()).chain(others).collect();
    Some(all.join(";"))
}

/// Whose block is lifted, in words.
pub(crate) fn whose(of: Option<&BureauId>) -> String {
    of.map_or_else(
        || "不属于任何单位的暂停".to_owned(),
        |of| format!("{of}的暂停"),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zhida_policies::values::Uscc;

    use super::*;

    fn scope(bureaus: &[&str]) -> Scope {
        let named = bureaus.iter().map(|bureau| BureauId::new(*bureau));
        Scope::Bureaus(named.collect::<BTreeSet<_>>())
    }

    fn shown(payee: &Payee, scope: &Scope) -> Option<String> {
        told(payee, scope, |text| text)
    }

    #[test]
    fn a_reason_is_for_those_who_see_its_bureau() {
        let (uscc, _) = Uscc::parse("91420600MA00000159").unwrap();
        let mut payee = Payee::new(uscc);
        assert_eq!(shown(&payee, &scope(&["经信局"])), None);
        let mut block = |bureau: &str, reason: &str| {
            payee
                .blocks
                .insert(BureauId::new(bureau), reason.to_owned());
            payee.clone()
        };
        let one = block("经信局", "涉诉");
        assert_eq!(shown(&one, &scope(&["经信局"])).as_deref(), Some("涉诉"));
        assert_eq!(
            shown(&one, &scope(&["商务局"])).as_deref(),
            Some("其他单位已暂停付款")
        );
        let two = block("商务局", "账户冻结");
        assert_eq!(
            shown(&two, &scope(&["商务局"])).as_deref(),
            Some("账户冻结;其他单位已暂停付款")
        );
        assert_eq!(
            shown(&two, &scope(&["商务局", "经信局"])).as_deref(),
            Some("商务局:账户冻结;经信局:涉诉")
        );
        assert_eq!(
            shown(&two, &Scope::Enterprise(uscc)).as_deref(),
            Some("目前暂停付款,请联系办理单位")
        );
        // One of before blocks had bureaus is for whoever pays the enterprise.
        let mut old = Payee::new(uscc);
        old.blocked = Some("冻结".to_owned());
        assert_eq!(shown(&old, &scope(&["商务局"])).as_deref(), Some("冻结"));
    }
}
