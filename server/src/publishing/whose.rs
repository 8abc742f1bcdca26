//! Whose policies a bureau may publish: those of the place that it acts for.

use zhida_engine::payouts::{BureauId, Role, Thing, User};
use zhida_policies::document::Document;
use zhida_policies::values::Region;

use crate::accounts::offices_of;
use crate::failure::Failure;
use crate::library;
use crate::payouts::desk::Desk;
use crate::store::Listing;

/// Refuses policies of places that a bureau does not act for, by every text that they have and
/// are to have: nobody comes by the policy of another place by writing his own region into it.
///
/// # Errors
/// The first region outside; what the database says.
pub(super) fn may_rule(desk: &Desk, bureau: &BureauId, texts: &[&[u8]]) -> Result<(), Failure> {
    let offices = desk.wait(offices_of(&desk.store))?;
    if offices.is_empty() {
        return must_be_alone(desk, bureau);
    }
    let codes = library::codes()?;
    let own = offices.get(bureau).map(|office| office.region);
    for text in texts {
        let document = Document::read_bytes(text).document;
        let Some(front) = document.front_matter() else {
            continue;
        };
        let region = front.region.value;
        let is_inside = own.is_some_and(|own| own == region || codes.region_covers(own, region));
        if !is_inside {
            return Err(Failure::refused(
                format!(
                    "政策适用的地区“{}”不在“{bureau}”的辖区内",
                    region_in_words(region)
                ),
                "请由当地单位发布,现行文本和新文本的地区都要在辖区内;单位的辖区由系统管理员登记",
            ));
        }
    }
    Ok(())
}

fn region_in_words(region: Region) -> String {
    match region.is_nation() {
        true => "全国".to_owned(),
        false => region.as_str().to_owned(),
    }
}

/// Where no bureau has a place, one alone may publish, whatever the place of a policy.
fn must_be_alone(desk: &Desk, bureau: &BureauId) -> Result<(), Failure> {
    let publishes = |user: &User| {
        let roles = [Role::Maker, Role::Approver];
        user.is_active && roles.iter().any(|role| user.roles.contains(role))
    };
    let users = desk.wait(desk.store.list(Listing::Users))?;
    let other = users.iter().find_map(|thing| match thing {
        Thing::User(user) if user.bureau != *bureau && publishes(user) => Some(&user.bureau),
        Thing::User(_)
        | Thing::Delegation(_)
        | Thing::Settings(_)
        | Thing::Line(_)
        | Thing::Payer(_)
        | Thing::Payee(_)
        | Thing::Bar(_)
        | Thing::Payout(_)
        | Thing::Notice(_)
        | Thing::Batch(_)
        | Thing::Motion(_)
        | Thing::BankLine(_)
        | Thing::Policy(_) => None,
    });
    match other {
        None => Ok(()),
        Some(other) => Err(Failure::refused(
            format!("单位不止一个(“{bureau}”、“{other}”),却都没有登记辖区:不知道政策归谁发布"),
            "请系统管理员先登记各单位的辖区:“单位”页面,或 zhida account office",
        )),
    }
}
