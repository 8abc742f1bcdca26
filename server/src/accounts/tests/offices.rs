//! Who sees which bureaus.

use super::*;
use crate::accounts::Office;
use crate::store::tests::support::on_both_databases;

on_both_databases!(
    a_bureau_sees_what_lies_inside_it_and_nothing_beside_it,
    only_a_system_administrator_sets_offices,
);

/// Hubei, Xiangyang and two of its counties, and Wuhan beside it.
const OFFICES: [(&str, &str, &str, bool); 8] = [
    ("省财政厅", "42", "财政", true),
    ("省科技厅", "42", "科技", false),
    (CITY, "4206", "财政", true),
    (TECH, "4206", "科技", false),
    ("示例市工信局", "4206", "工信", false),
    (COUNTY, "420606", "科技", false),
    ("示例县财政局", "420606", "财政", true),
    ("邻市科技局", "4201", "科技", false),
];

fn office((bureau, region, department, is_finance): (&str, &str, &str, bool)) -> Office {
    Office {
        bureau: BureauId::new(bureau),
        region: region.parse().unwrap(),
        department: department.to_owned(),
        is_finance,
    }
}

async fn a_bureau_sees_what_lies_inside_it_and_nothing_beside_it(place: &Place) {
    let town = Town::new(place).await;
    let sees = async |account: &str| -> Vec<String> {
        let prepared = town.ready(account).await;
        let id = town.enter(&prepared, NINE).await;
        let session = town.accounts.session(&id, NINE).await.unwrap();
        let seen = session.scope.bureaus().iter().map(ToString::to_string);
        seen.collect()
    };
    // Before anybody said where it stands, a bureau sees itself.
    assert_eq!(sees("jingban").await, [CITY]);
    for line in OFFICES {
        town.accounts
            .set_office(By::Console, &office(line), NINE)
            .await
            .unwrap();
    }
    let sorted = |names: &[&str]| {
        let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
        names.into_iter().collect::<Vec<_>>()
    };
    let all_inside = [CITY, TECH, "示例市工信局", COUNTY, "示例县财政局"];
    assert_eq!(sees("fuhe").await, sorted(&all_inside));
    assert_eq!(sees("keji").await, sorted(&[TECH, COUNTY]));
    assert_eq!(sees("xianke").await, [COUNTY]);
    // No business for administrators, and one's own things alone for an enterprise.
    for nobody in ["xitong", "anquan", "shenguan", "qiye"] {
        assert_eq!(sees(nobody).await, Vec::<String>::new(), "{nobody}");
    }
    let prepared = town.ready("qiye").await;
    let id = town.enter(&prepared, NINE).await;
    let session = town.accounts.session(&id, NINE).await.unwrap();
    let own = session.user.enterprise.unwrap();
    assert_eq!(session.scope.enterprise(), Some(own));
    // Moved: seen anew at the next request, by other processes too.
    let moved = office(("示例市工信局", "4201", "工信", false));
    let elsewhere = Town::open(&town.store, &town.folder, AccountSettings::default()).await;
    let phone = town.ready("zhifu").await;
    let id = town.enter(&phone, NINE).await;
    assert!(
        town.accounts
            .session(&id, NINE)
            .await
            .unwrap()
            .scope
            .bureaus()
            .contains(&moved.bureau)
    );
    elsewhere
        .set_office(By::Console, &moved, NINE)
        .await
        .unwrap();
    assert!(
        !town
            .accounts
            .session(&id, NINE)
            .await
            .unwrap()
            .scope
            .bureaus()
            .contains(&moved.bureau)
    );
    town.is_sound().await;
}

#[test]
fn a_province_sees_its_cities_and_no_other() {
    let codes = Codes::built_in().unwrap();
    let names = |of: &str| -> Vec<&str> {
        let own = OFFICES.into_iter().find(|line| line.0 == of).unwrap();
        let seen = OFFICES
            .iter()
            .filter(|other| office(own).sees(&office(**other), &codes));
        seen.map(|other| other.0).collect()
    };
    assert_eq!(names("省财政厅").len(), OFFICES.len());
    assert_eq!(names("省科技厅"), ["省科技厅", TECH, COUNTY, "邻市科技局"]);
    assert_eq!(names("邻市科技局"), ["邻市科技局"]);
    assert_eq!(names("示例县财政局"), [COUNTY, "示例县财政局"]);
}

async fn only_a_system_administrator_sets_offices(place: &Place) {
    let town = Town::new(place).await;
    let now = later(NINE, STEP);
    for (name, may) in [
        ("anquan", false),
        ("shenguan", false),
        ("jingban", false),
        ("xitong", true),
    ] {
        let phone = town.ready(name).await;
        let (_, session) = town.step_up(&phone, NINE).await;
        let set = town
            .accounts
            .set_office(By::Session(&session), &office(OFFICES[2]), now)
            .await;
        assert_eq!(set.is_ok(), may, "{name}");
    }
    let nowhere = office(("某局", "9999", "财政", true));
    let refused = town.accounts.set_office(By::Console, &nowhere, now).await;
    assert!(matches!(refusal(refused), AccountRefusal::NoSuchThing(_)));
}
