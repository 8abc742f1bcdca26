//! Sign-in as a whole, on SQLite and on a real PostgreSQL.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, as it should"
)]

mod codes;
mod links;
mod offices;
mod roots;
mod sessions;
mod signing_in;
mod tampering;
mod throttling;
mod tokens;

use std::collections::BTreeSet;
use std::sync::Arc;

use zhida_engine::payouts::{
    Actor, BureauId, Command, Moment, Order, PersonId, Role, User, UserId,
};
use zhida_policies::values::{Codes, Uscc};

use crate::accounts::settings::{DAY, HOUR, MINUTE};
use crate::accounts::totp::Seed;
use crate::accounts::{
    AccountError, AccountRefusal, AccountSettings, Accounts, By, Client, Prepared, Session,
};
use crate::store::tests::support::Place;
use crate::store::{Request, Store, StoreError};

/// Monday, 6 July 2026, nine o'clock in Beijing.
const NINE: Moment = Moment(1_783_299_600_000_000);
/// Half a minute: the life of a code.
const STEP: i64 = MINUTE / 2;
/// A password that follows the rules of both profiles.
const GOOD: &str = "Tb7-mqvxRuoli-Hu";

/// The bureaus.
const CITY: &str = "示例市财政局";
const TECH: &str = "示例市科技局";
const COUNTY: &str = "示例县科技局";

/// Who there is: account, person, bureau, role.
const PEOPLE: [(&str, &str, &str, Role); 10] = [
    ("jingban", "王经办", CITY, Role::Maker),
    ("fuhe", "李复核", CITY, Role::Checker),
    ("zhifu", "赵支付", CITY, Role::PaymentChecker),
    ("bangban", "钱帮办", CITY, Role::Clerk),
    ("keji", "孙科技", TECH, Role::Maker),
    ("xianke", "周县科", COUNTY, Role::Maker),
    ("xitong", "吴系统", CITY, Role::SystemAdministrator),
    ("anquan", "郑安全", CITY, Role::SecurityAdministrator),
    ("shenguan", "冯审管", CITY, Role::AuditAdministrator),
    ("qiye", "陈企业", CITY, Role::Enterprise),
];

/// A store with people, and its accounts.
struct Town {
    store: Store,
    accounts: Accounts,
    folder: std::path::PathBuf,
    keys: std::sync::atomic::AtomicU32,
}

fn user((id, person, bureau, role): (&str, &str, &str, Role)) -> User {
    let enterprise =
        (role == Role::Enterprise).then(|| Uscc::generate("91", "420600", "80000001").unwrap());
    User {
        id: UserId::new(id),
        person: PersonId::new(person),
        bureau: BureauId::new(bureau),
        roles: BTreeSet::from([role]),
        enterprise,
        approves_up_to: None,
        is_active: true,
    }
}

/// From an address, without a device that anybody knows.
fn from(address: &str) -> Client {
    Client {
        address: address.to_owned(),
        agent: "测试".to_owned(),
        device: None,
    }
}

fn home() -> Client {
    from("192.0.2.1")
}

fn later(now: Moment, by: i64) -> Moment {
    Moment(now.0 + by)
}

/// Why it was refused.
#[track_caller]
fn refusal<T: std::fmt::Debug>(result: Result<T, AccountError>) -> AccountRefusal {
    match result {
        Err(AccountError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

impl Town {
    async fn new(place: &Place) -> Self {
        Self::with(place, AccountSettings::default()).await
    }

    async fn with(place: &Place, settings: AccountSettings) -> Self {
        let folder = place.folder.path().join("data");
        let store = Store::create(&folder, Some(&place.address), "zhida/test").await;
        let store = store.unwrap();
        let accounts = Self::open(&store, &folder, settings).await;
        let town = Self {
            store,
            accounts,
            folder,
            keys: std::sync::atomic::AtomicU32::new(0),
        };
        for person in PEOPLE {
            let command = Command::SetUp { user: user(person) };
            town.order(Actor::System, command).await;
        }
        town
    }

    async fn open(store: &Store, folder: &std::path::Path, settings: AccountSettings) -> Accounts {
        let codes = Arc::new(Codes::built_in().unwrap());
        Accounts::open(store, folder, settings, codes)
            .await
            .unwrap()
    }

    /// An order to the books.
    async fn order(&self, actor: Actor, command: Command) {
        let number = self.keys.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let order = Order {
            actor,
            at: NINE,
            command,
        };
        let key = format!("test/{number}");
        let answers = self.store.submit(&[Request { key, order }]).await.unwrap();
        let done = matches!(answers.as_slice(), [crate::store::Answered::Done { .. }]);
        assert!(done, "{answers:?}");
    }

    /// An account that is ready to be used.
    async fn ready(&self, account: &str) -> Phone {
        let prepared = self.accounts.prepare(account, NINE).await.unwrap();
        Phone::of(prepared)
    }

    /// Signs in with password and code; the identifier of a complete session.
    async fn enter(&self, phone: &Phone, now: Moment) -> String {
        let (name, password) = (phone.account.as_str(), phone.password.as_str());
        let signed_in = self.accounts.sign_in(name, password, &home(), now).await;
        let id = signed_in.unwrap().id;
        let code = phone.code(now);
        self.accounts
            .show_code(&id, &code, &home(), now)
            .await
            .unwrap()
    }

    /// Signs in and shows a fresh code a step later.
    async fn step_up(&self, phone: &Phone, now: Moment) -> (String, Session) {
        let id = self.enter(phone, now).await;
        let now = later(now, STEP);
        let code = phone.code(now);
        let id = self
            .accounts
            .step_up(&id, &code, &home(), now)
            .await
            .unwrap();
        let session = self.accounts.session(&id, now).await.unwrap();
        (id, session)
    }

    /// How often each kind stands in the log.
    async fn logged(&self, kind: &str) -> usize {
        let query = "SELECT body FROM events WHERE kind = $1 ORDER BY sequence";
        let kind = format!("account.{kind}");
        let rows = self.store.database.fetch(query, &[kind.into()]).await;
        rows.unwrap().len()
    }

    /// All that the log says of accounts, as text.
    async fn log(&self) -> String {
        let query = "SELECT body FROM events WHERE kind LIKE 'account.%' ORDER BY sequence";
        let rows = self.store.database.fetch(query, &[]).await.unwrap();
        let bodies = rows.iter().map(|row| row.blob("body").unwrap().to_vec());
        let bodies = bodies.map(|body| String::from_utf8(body).unwrap());
        bodies.collect::<Vec<_>>().join("\n")
    }

    /// Changes rows behind the log.
    async fn run(&self, change: &'static str) {
        let changed: Result<u64, StoreError> = self
            .store
            .database
            .write(|mut transaction| async move { transaction.execute(change, &[]).await })
            .await;
        assert!(changed.unwrap() > 0, "{change}");
    }

    /// Nothing was changed behind the log.
    async fn is_sound(&self) {
        let found = self.store.verify(None).await.unwrap();
        assert_eq!(found.fault, None);
    }
}

/// What the owner of an account has.
struct Phone {
    account: String,
    password: String,
    seed: Seed,
}

impl Phone {
    fn of(prepared: Prepared) -> Self {
        Self {
            account: prepared.account,
            password: prepared.password,
            seed: Seed::from_base32(&prepared.seed),
        }
    }

    fn code(&self, now: Moment) -> String {
        self.seed.code(now)
    }
}

/// The futures of the accounts can wait on any thread.
#[test]
fn futures_go_from_thread_to_thread() {
    fn goes<T: Send>(_: &impl Fn() -> T) {}
    let accounts: fn() -> Accounts = || unreachable!("never called");
    goes(&|| async move {
        let accounts = accounts();
        let (client, now) = (Client::default(), Moment(0));
        drop(accounts.sign_in("a", "b", &client, now).await);
        drop(accounts.session("a", now).await);
        drop(accounts.show_code("a", "b", &client, now).await);
        drop(accounts.step_up("a", "b", &client, now).await);
        drop(accounts.redeem(("a", "b"), "c", &client, now).await);
        drop(
            accounts
                .change_password("a", ("b", "c"), &client, now)
                .await,
        );
        drop(accounts.token("a", now).await);
        drop(accounts.begin_second_factor("a", now).await);
        drop(accounts.finish_second_factor("a", "b", &client, now).await);
        drop(accounts.issue(By::Console, "a", now).await);
        drop(accounts.standings(now).await);
    });
    assert_eq!(DAY, 24 * HOUR);
}
