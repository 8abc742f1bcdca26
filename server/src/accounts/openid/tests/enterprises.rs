//! Enterprises: whose account it is, when it is made, and that no official's is reached.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zhida_engine::payouts::{Actor, BureauId, Command, Order, PersonId, Role, User, UserId};
use zhida_policies::values::Uscc;

use super::officials::{identity, is_sound};
use super::provider::Provider;
use super::{knows, leads_to, service, set_out};
use crate::accounts::event::append;
use crate::accounts::pages::tests::{BUREAU, Browser, NINE, goes_to, now, pass, people, prepared};
use crate::accounts::settings::HOUR;
use crate::accounts::{AccountEvent, By, What};
use crate::store::Request;
use crate::web::testing::{Reply, Site};

const CREATE: &str = "create_in = \"示例市财政局\"";

/// A site with two services of one provider: one for enterprises and one for officials.
async fn town(more: &str) -> (Site, Provider) {
    let site = Site::signed_in(NINE, crate::accounts::pages::places()).await;
    people(&site, &[("jingban", "王经办", BUREAU, Role::Maker)]).await;
    let provider = Provider::start().await;
    let of_enterprises = format!(
        "for = \"enterprises\"\nalgorithms = [\"ES256\"]\nenterprise_claim = \"uscc\"\n\
         second_factor = {{ acr = [\"level2\"] }}\n{more}"
    );
    let of_officials = "for = \"officials\"\nalgorithms = [\"ES256\"]";
    let make = |name, more: &str| service(site.folder.path(), &provider.base(), name, more);
    let services = vec![make("corp", &of_enterprises), make("gov", of_officials)];
    knows(&site, services).await;
    provider.script().now = now(&site).0 / 1_000_000;
    says(&provider, json!(first().as_str()), json!("陈企业"));
    (site, provider)
}

fn first() -> Uscc {
    Uscc::generate("91", "420600", "80000001").unwrap()
}

fn second() -> Uscc {
    Uscc::generate("91", "420600", "80000002").unwrap()
}

fn says(provider: &Provider, uscc: Value, name: Value) {
    let mut script = provider.script();
    script.claims.insert("uscc", uscc);
    script.claims.insert("name", name);
}

async fn round(site: &Site, provider: &Provider, service: &str) -> (Browser, Reply) {
    let mut browser = Browser::default();
    let address = set_out(site, &mut browser, service, "").await;
    let back = provider.signs_in(&address);
    let reply = browser.get(site, &back).await;
    (browser, reply)
}

/// The account that a browser is signed in to.
async fn account(site: &Site, browser: &Browser) -> String {
    let id = browser.session().expect("signed in");
    let session = site.server.accounts.session(id, now(site)).await.unwrap();
    session.user.id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_gets_its_account_when_it_first_comes() {
    let (site, provider) = town(CREATE).await;
    let (browser, reply) = round(&site, &provider, "corp").await;
    assert_eq!(goes_to(&reply), "/account");
    let made = account(&site, &browser).await;
    let id = browser.session().unwrap();
    let session = site.server.accounts.session(id, now(&site)).await.unwrap();
    assert_eq!(session.user.enterprise, Some(first()));
    assert_eq!(session.user.roles, [Role::Enterprise].into());
    assert_eq!(session.user.person.as_str(), format!("陈企业({})", first()));
    assert_eq!(session.user.bureau.as_str(), BUREAU);
    assert_eq!(session.scope.enterprise(), Some(first()));
    assert!(session.scope.bureaus().is_empty());
    // The same person is the same account, for another enterprise another one.
    let (again, _) = round(&site, &provider, "corp").await;
    assert_eq!(account(&site, &again).await, made);
    says(&provider, json!(second().as_str()), json!("陈企业"));
    let (other, _) = round(&site, &provider, "corp").await;
    let for_other = account(&site, &other).await;
    assert!(for_other.starts_with(second().as_str()) && made.starts_with(first().as_str()));
    // Another person of the same enterprise has his own.
    says(&provider, json!(first().as_str()), json!("李经理"));
    provider.script().claims.insert("sub", json!("u-2002"));
    let (colleague, _) = round(&site, &provider, "corp").await;
    assert_ne!(account(&site, &colleague).await, made);
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_no_account_is_made_and_a_linked_one_is_used() {
    let (site, provider) = town("").await;
    let (_, refused) = round(&site, &provider, "corp").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(
        refused.text.contains("还没有关联到本站账号"),
        "{}",
        refused.text
    );
    assert!(!has_user(&site, first().as_str()).await);
    // One that an administrator has linked is used, by the person of that name.
    let user = User {
        id: UserId::new("qiye"),
        person: PersonId::new("陈企业"),
        bureau: BureauId::new(BUREAU),
        roles: [Role::Enterprise].into(),
        enterprise: Some(first()),
        approves_up_to: None,
        is_active: true,
    };
    let order = Order {
        actor: Actor::System,
        at: now(&site),
        command: Command::SetUp { user },
    };
    let key = "people/qiye".to_owned();
    let set_up = site.server.store.submit(&[Request { key, order }]).await;
    set_up.unwrap();
    let accounts = &site.server.accounts;
    let identity = identity(&provider);
    let linked = accounts.link(By::Console, "qiye", &identity, now(&site));
    linked.await.unwrap();
    let (browser, reply) = round(&site, &provider, "corp").await;
    assert_eq!(goes_to(&reply), "/account");
    assert_eq!(account(&site, &browser).await, "qiye");
    // A name that is not said is not the right one.
    provider.script().claims.insert("name", Value::Null);
    provider
        .script()
        .document
        .insert("userinfo_endpoint", Value::Null);
    pass(&site, HOUR);
    provider.script().now = now(&site).0 / 1_000_000;
    let (browser, refused) = round(&site, &provider, "corp").await;
    assert!(refused.text.contains("没有可用的姓名"), "{}", refused.text);
    assert_eq!(browser.session(), None);
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_shows_again_who_he_is_makes_no_account_for_a_stranger() {
    let (site, provider) = town(CREATE).await;
    provider.script().claims.insert("acr", json!("level2"));
    let (mut browser, reply) = round(&site, &provider, "corp").await;
    assert_eq!(goes_to(&reply), "/account");
    let before = site.server.accounts.links(None).await.unwrap();
    let page = browser.get(&site, "/step-up").await;
    let form = "service=corp&next=/account";
    let leaving = browser.post(&site, &page, "/step-up/by", form).await;
    provider.script().claims.insert("sub", json!("u-2002"));
    let back = provider.signs_in(&leads_to(&leaving));
    let refused = browser.get(&site, &back).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(
        refused.text.contains("还没有关联到本站账号"),
        "{}",
        refused.text
    );
    let after = site.server.accounts.links(None).await.unwrap();
    assert_eq!(after, before, "nothing was linked");
}

async fn has_user(site: &Site, prefix: &str) -> bool {
    let query = "SELECT id FROM users WHERE id LIKE $1 || '%'";
    let rows = site
        .server
        .store
        .database
        .fetch(query, &[prefix.into()])
        .await;
    !rows.unwrap().is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_or_a_name_that_is_none_makes_no_account() {
    let (site, provider) = town(CREATE).await;
    let wrong = {
        let mut code = first().to_string();
        let last = code.pop().unwrap();
        code.push(if last == '0' { '1' } else { '0' });
        code
    };
    provider
        .script()
        .document
        .insert("userinfo_endpoint", Value::Null);
    for (uscc, name, why) in [
        (json!(wrong), json!("陈企业"), "没有可用的统一社会信用代码"),
        (json!("9142"), json!("陈企业"), "没有可用的统一社会信用代码"),
        (json!(""), json!("陈企业"), "没有可用的统一社会信用代码"),
        (
            json!([first().as_str()]),
            json!("陈企业"),
            "没有可用的统一社会信用代码",
        ),
        (Value::Null, json!("陈企业"), "没有可用的统一社会信用代码"),
        (json!(first().as_str()), Value::Null, "没有可用的姓名"),
        (json!(first().as_str()), json!(" "), "没有可用的姓名"),
        (json!(first().as_str()), json!("陈\n企业"), "没有可用的姓名"),
        (
            json!(first().as_str()),
            json!("陈".repeat(61)),
            "没有可用的姓名",
        ),
    ] {
        says(&provider, uscc.clone(), name.clone());
        let (browser, reply) = round(&site, &provider, "corp").await;
        assert!(reply.text.contains(why), "{uscc} {name}: {}", reply.text);
        assert_eq!(browser.session(), None);
    }
    assert!(!has_user(&site, "9142").await);
    assert_eq!(site.server.accounts.links(None).await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_token_leaves_out_is_asked_for_and_must_be_of_the_same_person() {
    let (site, provider) = town(CREATE).await;
    says(&provider, Value::Null, Value::Null);
    let person = json!({ "sub": "u-9999", "uscc": first().as_str(), "name": "陈企业" });
    provider.script().person = person;
    let (_, reply) = round(&site, &provider, "corp").await;
    assert!(reply.text.contains("用户信息是别人的"), "{}", reply.text);
    let person = json!({
        "sub": "u-1001", "uscc": first().as_str(), "name": "陈企业", "acr": "level2",
    });
    provider.script().person = person;
    let (browser, _) = round(&site, &provider, "corp").await;
    assert!(account(&site, &browser).await.starts_with(first().as_str()));
    // What is said there never overrules the token.
    provider
        .script()
        .claims
        .insert("uscc", json!(second().as_str()));
    let (browser, _) = round(&site, &provider, "corp").await;
    assert!(
        account(&site, &browser)
            .await
            .starts_with(second().as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_does_not_pass_to_another_person_or_come_back_by_itself() {
    let (site, provider) = town(CREATE).await;
    let (browser, _) = round(&site, &provider, "corp").await;
    let made = account(&site, &browser).await;
    says(&provider, json!(first().as_str()), json!("新法人"));
    let (_, reply) = round(&site, &provider, "corp").await;
    assert!(
        reply.text.contains("账号不能转给别人使用"),
        "{}",
        reply.text
    );
    // An administrator takes the link away: it does not come back by itself, whatever he is called
    // over there by now. For a new person at the same number, two administrators decide.
    let accounts = &site.server.accounts;
    let identity = identity(&provider);
    accounts
        .unlink(By::Console, (Some(&made), &identity), now(&site))
        .await
        .unwrap();
    for name in ["陈企业", "新法人", "陈企业二"] {
        says(&provider, json!(first().as_str()), json!(name));
        let (_, reply) = round(&site, &provider, "corp").await;
        assert!(
            reply.text.contains("还没有关联到本站账号"),
            "{name}: {}",
            reply.text
        );
    }
    is_sound(&site).await;
}

/// The account that versions before made for somebody: of his number and of his name.
fn former_account(provider: &Provider, person: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [provider.base().as_str(), "u-1001", person] {
        hasher.update(part.as_bytes());
        hasher.update(b"\n");
    }
    let digest = hasher.finalize();
    let digits: String = digest.iter().take(6).map(|b| format!("{b:02x}")).collect();
    format!("{}-{digits}", first())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_away_under_a_former_name_does_not_come_back() {
    let (site, provider) = town(CREATE).await;
    let former = former_account(&provider, "陈企业");
    let user = User {
        id: UserId::new(&former),
        person: PersonId::new(format!("陈企业({})", first())),
        bureau: BureauId::new(BUREAU),
        roles: [Role::Enterprise].into(),
        enterprise: Some(first()),
        approves_up_to: None,
        is_active: true,
    };
    let order = Order {
        actor: Actor::System,
        at: now(&site),
        command: Command::SetUp { user },
    };
    let key = format!("identity/{former}");
    let set_up = site.server.store.submit(&[Request { key, order }]).await;
    set_up.unwrap();
    let (accounts, identity) = (&site.server.accounts, identity(&provider));
    let link = accounts.link(By::Console, &former, &identity, now(&site));
    link.await.unwrap();
    // He uses it, is dismissed, and comes again: as he was called then, and as he is called now.
    let (browser, _) = round(&site, &provider, "corp").await;
    assert_eq!(account(&site, &browser).await, former);
    let whose = (Some(former.as_str()), &identity);
    let taken = accounts.unlink(By::Console, whose, now(&site)).await;
    taken.unwrap();
    for name in ["陈企业", "陈企业二"] {
        says(&provider, json!(first().as_str()), json!(name));
        let (browser, refused) = round(&site, &provider, "corp").await;
        let text = &refused.text;
        assert!(text.contains("还没有关联到本站账号"), "{name}: {text}");
        assert_eq!(browser.session(), None);
    }
    // For another enterprise he is somebody else, and two administrators may link him again.
    says(&provider, json!(second().as_str()), json!("陈企业"));
    let (_, reply) = round(&site, &provider, "corp").await;
    assert_eq!(goes_to(&reply), "/account");
    let link = accounts.link(By::Console, &former, &identity, now(&site));
    link.await.unwrap();
    says(&provider, json!(first().as_str()), json!("陈企业"));
    let (browser, _) = round(&site, &provider, "corp").await;
    assert_eq!(account(&site, &browser).await, former);
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_broke_under_a_former_name_goes_on() {
    let (site, provider) = town(CREATE).await;
    let former = former_account(&provider, "陈企业");
    // Linked by the system, and the books never had the user.
    let event = AccountEvent::new(
        Some(&former),
        "系统",
        "",
        What::IdentityLinked {
            issuer: provider.base(),
            subject: "u-1001".to_owned(),
            enterprise: first().to_string(),
        },
    );
    let (issuer, uscc) = (provider.base(), first().to_string());
    let mut transaction = site.server.store.database.begin().await.unwrap();
    for (insert, values) in [
        (
            "INSERT INTO identities (issuer, subject, enterprise, account) \
             VALUES ($1, 'u-1001', $2, $3)",
            vec![issuer.into(), uscc.into(), former.as_str().into()],
        ),
        (
            "INSERT INTO accounts (id, must_change, created_at) VALUES ($1, 0, 1)",
            vec![former.as_str().into()],
        ),
    ] {
        transaction.execute(insert, &values).await.unwrap();
    }
    append(&mut transaction, event, now(&site)).await.unwrap();
    transaction.commit().await.unwrap();
    let (browser, reply) = round(&site, &provider, "corp").await;
    assert_eq!(goes_to(&reply), "/account", "{}", reply.text);
    assert_eq!(account(&site, &browser).await, former);
    is_sound(&site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_as_an_enterprise_is_no_official() {
    let (site, provider) = town(CREATE).await;
    let (accounts, identity) = (&site.server.accounts, identity(&provider));
    accounts
        .link(By::Console, "jingban", &identity, now(&site))
        .await
        .unwrap();
    let _phone = prepared(&site, "jingban").await;
    // The same person at the same provider: by the door of enterprises he is an enterprise.
    provider.script().claims.insert("acr", json!("level2"));
    let (browser, _) = round(&site, &provider, "corp").await;
    assert!(account(&site, &browser).await.starts_with(first().as_str()));
    let (browser, half) = round(&site, &provider, "gov").await;
    assert_eq!(
        goes_to(&half),
        "/sign-in/code",
        "what counts for enterprises counts for nobody else"
    );
    assert_eq!(account(&site, &browser).await, "jingban");
    // An answer for one door does not open the other.
    let mut browser = Browser::default();
    let address = set_out(&site, &mut browser, "corp", "").await;
    let back = provider
        .signs_in(&address)
        .replace("/back/corp", "/back/gov");
    let reply = browser.get(&site, &back).await;
    assert!(
        reply.text.contains("回答的不是所选的身份服务"),
        "{}",
        reply.text
    );
    // And an enterprise does not come in by the door of officials.
    let enterprise = accounts.links(None).await.unwrap();
    let enterprise = enterprise
        .iter()
        .find(|link| !link.enterprise.is_empty())
        .unwrap();
    let account = enterprise.account.clone();
    accounts
        .unlink(By::Console, (Some("jingban"), &identity), now(&site))
        .await
        .unwrap();
    let (_, reply) = round(&site, &provider, "gov").await;
    assert!(
        reply.text.contains("还没有关联到本站账号"),
        "{account}: {}",
        reply.text
    );
}
