//! What somebody with rights on the database could change, and what that is worth to him.

use std::fs;

use super::*;
use crate::accounts::identity::Identity;
use crate::accounts::{NewToken, Office, TokenScope};
use crate::store::tests::support::{on_both_databases, on_sqlite};

on_both_databases!(
    verify_finds_what_was_changed,
    the_database_alone_lets_nobody_in,
    a_lost_or_foreign_key_is_refused,
);

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn verify_finds_what_was_changed(place: &Place) {
    let town = Town::new(place).await;
    let office = Office {
        bureau: BureauId::new(CITY),
        region: "4206".parse().unwrap(),
        department: "财政".to_owned(),
        is_finance: false,
    };
    town.accounts
        .set_office(By::Console, &office, NINE)
        .await
        .unwrap();
    let asked = NewToken {
        title: "程序".to_owned(),
        scopes: BTreeSet::from([TokenScope::Read]),
        days: 30,
    };
    town.ready("jingban").await;
    let (_, line) = town
        .accounts
        .make_token(By::Console, "jingban", &asked, NINE)
        .await
        .unwrap();
    let identity = Identity {
        issuer: "https://id.example".to_owned(),
        subject: "u1".to_owned(),
    };
    town.accounts
        .link(By::Console, "jingban", &identity, NINE)
        .await
        .unwrap();
    town.is_sound().await;
    let cases = [
        (
            "UPDATE offices SET is_finance = 1",
            "UPDATE offices SET is_finance = 0",
            "offices",
        ),
        (
            "UPDATE api_tokens SET scopes = 'read admin'",
            "UPDATE api_tokens SET scopes = 'read'",
            "api_tokens",
        ),
        (
            "UPDATE identities SET account = 'anquan'",
            "UPDATE identities SET account = 'jingban'",
            "identities",
        ),
        (
            "INSERT INTO offices (bureau, region, department, is_finance) \
             VALUES ('某局', '42', '财政', 1)",
            "DELETE FROM offices WHERE bureau = '某局'",
            "offices",
        ),
    ];
    for (change, back, table) in cases {
        run(&town, change).await;
        let fault = town.store.verify(None).await.unwrap().fault;
        assert!(
            fault.as_deref().is_some_and(|told| told.contains(table)),
            "{fault:?}"
        );
        run(&town, back).await;
        town.is_sound().await;
    }
    // A token that was taken back lives again.
    town.accounts
        .revoke_token(By::Console, &line.name, NINE)
        .await
        .unwrap();
    town.is_sound().await;
    run(&town, "UPDATE api_tokens SET revoked_at = NULL").await;
    let fault = town.store.verify(None).await.unwrap().fault.unwrap();
    assert!(fault.contains(&line.name), "{fault}");
}

async fn run(town: &Town, change: &'static str) {
    town.run(change).await;
}

async fn the_database_alone_lets_nobody_in(place: &Place) {
    let town = Town::new(place).await;
    let (mine, theirs) = (town.ready("jingban").await, town.ready("anquan").await);
    // A password, a phone and a session of one's own, put in the place of another's.
    let half = town
        .accounts
        .sign_in("jingban", &mine.password, &home(), NINE)
        .await
        .unwrap();
    run(
        &town,
        "UPDATE accounts SET password = (SELECT password FROM accounts WHERE id = 'jingban'), \
         seed = (SELECT seed FROM accounts WHERE id = 'jingban') WHERE id = 'anquan'",
    )
    .await;
    let tried = town
        .accounts
        .sign_in("anquan", &mine.password, &home(), NINE)
        .await;
    assert_eq!(refusal(tried), AccountRefusal::NotLetIn);
    drop(theirs);
    run(&town, "UPDATE sessions SET account = 'anquan'").await;
    let moved = town.accounts.session(&half.id, NINE).await;
    assert_eq!(refusal(moved), AccountRefusal::NotSignedIn);
}

async fn a_lost_or_foreign_key_is_refused(place: &Place) {
    let town = Town::new(place).await;
    town.ready("jingban").await;
    let Town { store, folder, .. } = &town;
    let path = folder.join("vault.key");
    let open = async || {
        let codes = Arc::new(Codes::built_in().unwrap());
        Accounts::open(store, folder, AccountSettings::default(), codes).await
    };
    open().await.unwrap();
    let kept = fs::read(&path).unwrap();
    let refused = |opened: Result<Accounts, StoreError>| {
        let error = opened.unwrap_err();
        assert!(matches!(error, StoreError::Key { .. }), "{error}");
        error.to_string()
    };
    fs::remove_file(&path).unwrap();
    assert!(refused(open().await).contains("丢失"));
    let other = format!(
        "zhida vault key 1\n{}\n",
        crate::store::encoding::base64(&[7; 32])
    );
    fs::write(&path, other).unwrap();
    only_owner(&path, 0o600);
    assert!(refused(open().await).contains("不是这个数据库"));
    fs::write(&path, &kept).unwrap();
    only_owner(&path, 0o644);
    assert!(refused(open().await).contains("其他用户可以读取"));
    only_owner(&path, 0o600);
    open().await.unwrap();
}

fn only_owner(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_key_file_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    on_sqlite(async |place| {
        let town = Town::new(place).await;
        let mode = fs::metadata(town.folder.join("vault.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    });
}
