//! Who somebody is elsewhere: what lies within sight, and what ends with a link.

use super::*;
use crate::accounts::identity::LinkPlace;
use crate::accounts::{Identity, Linked, NewToken, TokenScope};
use crate::store::tests::support::on_both_databases;

on_both_databases!(
    what_belongs_to_other_bureaus_is_not_there,
    who_cannot_sign_in_any_more_has_no_tokens,
    lists_are_of_one_bureau_and_come_a_page_at_a_time,
    a_start_is_the_first_while_nobody_uses_an_account,
    a_wish_says_what_else_opens_the_account,
    what_was_taken_away_before_is_read_from_the_log,
    who_comes_by_a_service_for_enterprises_is_not_looked_at,
);

fn over_there(subject: &str) -> Identity {
    Identity {
        issuer: "https://id.example".to_owned(),
        subject: subject.to_owned(),
    }
}

impl Town {
    async fn link(&self, account: &str, subject: &str) {
        let identity = over_there(subject);
        let linked = self.accounts.link(By::Console, account, &identity, NINE);
        assert_eq!(linked.await.unwrap(), Linked::Now);
    }

    /// The accounts for which links are wished in a bureau.
    async fn wishes(&self, bureau: &str, now: Moment) -> Vec<String> {
        let bureau = BureauId::new(bureau);
        let wishes = self.accounts.links_awaiting(&bureau, now).await.unwrap();
        wishes.into_iter().map(|wish| wish.line.account).collect()
    }
}

async fn what_belongs_to_other_bureaus_is_not_there(place: &Place) {
    let town = Town::new(place).await;
    let user = user(("keanquan", "韩安全", TECH, Role::SecurityAdministrator));
    town.order(Actor::System, Command::SetUp { user }).await;
    let mut desks = Vec::new();
    for name in ["anquan", "shenguan", "keanquan"] {
        let phone = town.ready(name).await;
        desks.push(town.step_up(&phone, NINE).await.1);
    }
    let [city, audit, tech] = desks.as_slice() else {
        panic!("three")
    };
    let now = later(NINE, STEP);
    let accounts = &town.accounts;
    town.link("keji", "u-keji").await;
    let theirs = over_there("u-keji");
    // Taking away: the same answer for what is another's and for what is not there.
    let by = By::Session(city);
    let missing = AccountRefusal::NoSuchThing("身份“u-keji”的关联".to_owned());
    for whose in [Some("keji"), Some("nobody"), Some("jingban"), None] {
        let taken = accounts.unlink(by, (whose, &theirs), now).await;
        assert_eq!(refusal(taken), missing, "{whose:?}");
    }
    assert_eq!(accounts.links(None).await.unwrap().len(), 1);
    // Asking: one administrator alone cannot find out either; two are told.
    let asked = accounts.link(by, "jingban", &theirs, now).await;
    assert_eq!(asked.unwrap(), Linked::Awaits);
    let free = accounts.link(by, "fuhe", &over_there("u-free"), now).await;
    assert_eq!(free.unwrap(), Linked::Awaits);
    let agreed = accounts
        .agree_to_link(audit, ("jingban", &theirs), ("anquan", now), now)
        .await;
    assert!(matches!(refusal(agreed), AccountRefusal::AlreadyThere(_)));
    let agreed = accounts
        .agree_to_link(audit, ("fuhe", &over_there("u-free")), ("anquan", now), now)
        .await;
    agreed.unwrap();
    // What belongs to his own bureau he is told at once.
    let again = accounts.link(by, "zhifu", &over_there("u-free"), now).await;
    assert!(matches!(refusal(again), AccountRefusal::AlreadyThere(_)));
    // A wish of another bureau stays, one of his own makes way.
    let both = over_there("u-both");
    let wish = accounts.link(By::Session(tech), "keji", &both, now).await;
    assert_eq!(wish.unwrap(), Linked::Awaits);
    for account in ["zhifu", "bangban"] {
        accounts.link(by, account, &both, now).await.unwrap();
    }
    assert_eq!(town.wishes(TECH, now).await, ["keji"]);
    assert_eq!(town.wishes(CITY, now).await, ["bangban", "jingban"]);
    let gone = accounts.agree_to_link(audit, ("zhifu", &both), ("anquan", now), now);
    let gone = gone.await;
    assert!(matches!(refusal(gone), AccountRefusal::NoSuchThing(_)));
    town.is_sound().await;
}

async fn who_cannot_sign_in_any_more_has_no_tokens(place: &Place) {
    let town = Town::new(place).await;
    town.ready("fuhe").await;
    let asked = NewToken {
        title: "对账".to_owned(),
        scopes: [TokenScope::Read].into(),
        days: 1,
    };
    let mut tokens = Vec::new();
    for account in ["jingban", "fuhe", "zhifu"] {
        town.link(account, account).await;
        let made = town.accounts.make_token(By::Console, account, &asked, NINE);
        tokens.push(made.await.unwrap().0);
    }
    town.link("zhifu", "another").await;
    for account in ["jingban", "fuhe", "zhifu"] {
        let whose = (Some(account), &over_there(account));
        let taken = town.accounts.unlink(By::Console, whose, NINE).await;
        taken.unwrap();
    }
    // One has no other way in; another has a password, the third another link.
    let [gone, by_password, by_link] = tokens.as_slice() else {
        panic!("three")
    };
    let refused = town.accounts.token(gone, NINE).await;
    assert_eq!(refusal(refused), AccountRefusal::NotSignedIn);
    for token in [by_password, by_link] {
        town.accounts.token(token, NINE).await.unwrap();
    }
    town.is_sound().await;
}

async fn lists_are_of_one_bureau_and_come_a_page_at_a_time(place: &Place) {
    let town = Town::new(place).await;
    for account in ["zhifu", "fuhe", "jingban", "keji"] {
        town.link(account, account).await;
    }
    let (accounts, city) = (&town.accounts, BureauId::new(CITY));
    let page = async |after: &LinkPlace| {
        let links = accounts.links_of(&city, after, 2).await.unwrap();
        let last = links.last().map(|(line, _)| line.place());
        let names = links
            .into_iter()
            .map(|(line, person)| (line.account, person));
        (names.collect::<Vec<_>>(), last)
    };
    let row = |account: &str, person: &str| (account.to_owned(), person.to_owned());
    let (first, last) = page(&LinkPlace::default()).await;
    assert_eq!(first, [row("fuhe", "李复核"), row("jingban", "王经办")]);
    let (second, last) = page(&last.unwrap()).await;
    assert_eq!(second, [row("zhifu", "赵支付")]);
    assert_eq!(page(&last.unwrap()).await.0, []);
    // One account, and a page of them.
    let found = accounts.standing(&city, "jingban", NINE).await.unwrap();
    assert_eq!(found.unwrap().user.person.as_str(), "王经办");
    for missing in ["keji", "nobody"] {
        let found = accounts.standing(&city, missing, NINE).await.unwrap();
        assert_eq!(found, None, "{missing}");
    }
    let part = accounts.standings_after(&city, ("fuhe", 2), NINE).await;
    let names: Vec<String> = part
        .unwrap()
        .iter()
        .map(|s| s.user.id.to_string())
        .collect();
    assert_eq!(names, ["jingban", "qiye"]);
    // Bureaus with officials and without a place; administrators and enterprises need none.
    let without = accounts.bureaus_without_office().await.unwrap();
    let without: BTreeSet<&str> = without.iter().map(BureauId::as_str).collect();
    assert_eq!(without, BTreeSet::from([CITY, TECH, COUNTY]));
    let user = user((
        "xinxitong",
        "许系统",
        "示例市信息中心",
        Role::SystemAdministrator,
    ));
    town.order(Actor::System, Command::SetUp { user }).await;
    let again = accounts.bureaus_without_office().await.unwrap();
    assert_eq!(again.len(), 3);
}

async fn a_start_is_the_first_while_nobody_uses_an_account(place: &Place) {
    let town = Town::new(place).await;
    let first = town.accounts.first_codes(NINE).await.unwrap();
    assert_eq!(first.len(), 3);
    // Where people sign in by a service, nobody ever has a password.
    town.link("xitong", "u-1").await;
    assert_eq!(town.accounts.first_codes(NINE).await.unwrap(), []);
    let whose = (None, &over_there("u-1"));
    let taken = town.accounts.unlink(By::Console, whose, NINE).await;
    taken.unwrap();
    assert_eq!(town.accounts.first_codes(NINE).await.unwrap().len(), 3);
    let phone = town.ready("jingban").await;
    town.enter(&phone, NINE).await;
    let forget = "UPDATE accounts SET password = NULL WHERE id = $1";
    let forgotten: Result<_, crate::store::StoreError> = {
        let mut transaction = town.store.database.begin().await.unwrap();
        let done = transaction.execute(forget, &["jingban".into()]).await;
        transaction.commit().await.unwrap();
        done
    };
    forgotten.unwrap();
    assert_eq!(town.accounts.first_codes(NINE).await.unwrap(), []);
}

async fn a_wish_says_what_else_opens_the_account(place: &Place) {
    let town = Town::new(place).await;
    let phone = town.ready("anquan").await;
    let (_, admin) = town.step_up(&phone, NINE).await;
    let now = later(NINE, STEP);
    town.ready("fuhe").await;
    let code = town.accounts.issue(By::Console, "zhifu", now).await;
    let whose = ("zhifu", code.unwrap().code);
    let whose = (whose.0, whose.1.as_str());
    let set = town.accounts.redeem(whose, GOOD, &home(), now).await;
    set.unwrap();
    for account in ["fuhe", "jingban", "zhifu"] {
        let identity = over_there(account);
        let by = By::Session(&admin);
        let asked = town.accounts.link(by, account, &identity, now).await;
        assert_eq!(asked.unwrap(), Linked::Awaits);
    }
    let bureau = BureauId::new(CITY);
    let wishes = town.accounts.links_awaiting(&bureau, now).await.unwrap();
    let told: Vec<(&str, bool, bool)> = wishes
        .iter()
        .map(|wish| {
            let account = wish.line.account.as_str();
            (account, wish.has_password, wish.has_second_factor)
        })
        .collect();
    let expected = [
        ("fuhe", true, true),
        ("jingban", false, false),
        ("zhifu", true, false),
    ];
    assert_eq!(told, expected);
}

/// What the migration does with the log of an installation of before.
const FILL: [&str; 2] = [
    include_str!("../../../migrations/sqlite/0019_taken_away_links.sql"),
    include_str!("../../../migrations/postgres/0019_taken_away_links.sql"),
];

async fn what_was_taken_away_before_is_read_from_the_log(place: &Place) {
    let town = Town::new(place).await;
    let unlink = async |subject: &str| {
        let whose = (None, &over_there(subject));
        let taken = town.accounts.unlink(By::Console, whose, NINE).await;
        taken.unwrap();
    };
    for (account, subject) in [("jingban", "u-1"), ("fuhe", "u-2"), ("qiye", "u-3")] {
        town.link(account, subject).await;
    }
    for subject in ["u-1", "u-2", "u-3"] {
        unlink(subject).await;
    }
    // One came back, by the console; another came back and went again.
    for _ in 0..2 {
        town.link("fuhe", "u-2").await;
        town.link("qiye", "u-3").await;
        unlink("u-3").await;
        unlink("u-2").await;
    }
    town.link("fuhe", "u-2").await;
    town.is_sound().await;
    let kept = async || {
        let query = "SELECT subject || ' ' || enterprise AS line FROM identities_taken_away \
             ORDER BY subject";
        let rows = town.store.database.fetch(query, &[]).await.unwrap();
        let lines = rows.iter().map(|row| row.text("line").unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    let enterprise = user(PEOPLE[9]).enterprise.unwrap();
    let expected = ["u-1 ".to_owned(), format!("u-3 {enterprise}")];
    assert_eq!(kept().await, expected);
    town.run("DELETE FROM identities_taken_away").await;
    let fault = town.store.verify(None).await.unwrap().fault.unwrap();
    assert!(fault.contains("identities_taken_away"), "{fault}");
    let step = FILL[usize::from(!place.is_sqlite())];
    let fill = step.find("INSERT INTO").unwrap();
    let end = step[fill..].find(';').unwrap();
    town.run(&step[fill..fill + end]).await;
    assert_eq!(kept().await, expected);
    town.is_sound().await;
}

async fn who_comes_by_a_service_for_enterprises_is_not_looked_at(place: &Place) {
    let town = Town::new(place).await;
    let enterprise = user(PEOPLE[9]).enterprise.unwrap();
    // Of thousands who come before the officials, not one body is read: theirs cannot be.
    for number in 0..3 {
        let id = format!("{enterprise}-{number}");
        let mut transaction = town.store.database.begin().await.unwrap();
        for insert in [
            "INSERT INTO users (id, person, bureau, body) \
             SELECT $1, $1, bureau, '{}' FROM users WHERE id = 'qiye'",
            "INSERT INTO identities (issuer, subject, enterprise, account) \
             VALUES ('https://id.example', $1, 'one', $1)",
        ] {
            let made = transaction.execute(insert, &[id.as_str().into()]).await;
            assert_eq!(made.unwrap(), 1);
        }
        transaction.commit().await.unwrap();
    }
    let (accounts, bureau) = (&town.accounts, BureauId::new(CITY));
    let without = accounts.bureaus_without_office().await.unwrap();
    assert!(without.contains(&bureau));
}
