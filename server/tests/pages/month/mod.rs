//! A month of payouts in browsers: from the file of facts to the account of the enterprise, by a
//! dozen people with a browser each, through nothing but pages.

mod days;
mod law;
mod publishing;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use fantoccini::Locator;

use crate::browser::{DESK, DESK_WITHOUT_SCRIPTS, PHONE, PHONE_WITH_SCRIPTS, View};
use crate::office::Office;
use crate::person::Person;
use crate::{axe, pictures, postgres, ready};

pub(crate) use law::files;

/// One month.
struct Month {
    office: Office,
    view: View,
    people: BTreeMap<String, Person>,
    /// One-time codes of those who have not signed in yet.
    codes: BTreeMap<String, String>,
    found: Vec<String>,
    looked: usize,
    seen: BTreeSet<String>,
    stepped_up: Vec<String>,
}

impl Month {
    /// A bureau with files on its machines, and nobody there yet.
    fn before(view: View, store: Option<String>, files: &[(&str, String)]) -> Self {
        Self {
            office: Office::new(store, files, "2026-07-01T08:30:00+08:00"),
            view,
            people: BTreeMap::new(),
            codes: BTreeMap::new(),
            found: Vec::new(),
            looked: 0,
            seen: BTreeSet::new(),
            stepped_up: Vec::new(),
        }
    }

    /// Everybody goes home.
    async fn over(&mut self) {
        for person in self.people.values_mut() {
            person.leave().await;
        }
    }

    /// Fails where anything was found on the way.
    fn sum_up(&self, begun: Instant) {
        eprintln!("{} pages in {:?}", self.looked, begun.elapsed());
        assert!(self.found.is_empty(), "{}", self.found.join("\n"));
    }

    /// The server at a new time; who comes for the first time has got a code from the console.
    async fn begin(&mut self, at: &str, newcomers: &[&str]) {
        self.over().await;
        self.office.close();
        if !newcomers.is_empty() {
            let mut words = vec!["account", "create"];
            words.extend(newcomers);
            words.extend(["--now", at]);
            for told in self.office.run(&words) {
                let text = |name: &str| told[name].as_str().unwrap().to_owned();
                self.codes.insert(text("account"), text("code"));
            }
        }
        self.office.open(at);
    }

    /// The server at a later time of the same day; everybody stays as he is.
    fn later(&mut self, at: &str) {
        self.office.close();
        self.office.open(at);
    }

    fn person(&self, who: &str) -> &Person {
        &self.people[who]
    }

    /// Goes to a page, signing in before where nobody has.
    async fn goto(&mut self, who: &str, path: &str) {
        if !self.people.get(who).is_some_and(Person::is_there) {
            self.sign_in(who).await;
        }
        self.person(who)
            .browser()
            .goto(&self.office.address(path))
            .await;
        self.look(who).await;
    }

    async fn sign_in(&mut self, who: &str) {
        let number = self.people.len();
        let mut person = self
            .people
            .remove(who)
            .unwrap_or_else(|| Person::new(who, number));
        person.come(self.view).await;
        let is_first = !person.is_set_up();
        let start = if is_first { "/set-up" } else { "/sign-in" };
        person.browser().goto(&self.office.address(start)).await;
        self.people.insert(who.to_owned(), person);
        self.look(who).await;
        if is_first {
            let first = self.codes.remove(who).unwrap();
            let person = self.person(who);
            person
                .browser()
                .send("/set-up", &person.first(&first))
                .await;
            self.bind(who).await;
        } else {
            let person = self.person(who);
            person
                .browser()
                .send("/sign-in", &person.credentials())
                .await;
            self.look(who).await;
            self.send_code(who, "/sign-in/code").await;
        }
        self.look(who).await;
        self.person(who).browser().signed_in().await;
    }

    /// Binds a phone: officials are led to it, enterprises choose it.
    async fn bind(&mut self, who: &str) {
        self.look(who).await;
        if self.path(who).await == "/account" {
            self.person(who).browser().follow("绑定动态码").await;
            self.look(who).await;
        }
        self.person(who).browser().send("/sign-in/bind", &[]).await;
        let mut person = self.people.remove(who).unwrap();
        person.scan().await;
        self.people.insert(who.to_owned(), person);
        self.look(who).await;
        self.send_code(who, "/sign-in/bind/code").await;
        self.look(who).await;
        self.person(who).browser().follow("已保存,继续").await;
    }

    async fn send_code(&mut self, who: &str, action: &str) {
        let person = self.people.get_mut(who).unwrap();
        let code = person.code(&self.office).await;
        person.browser().send(action, &[("code", &code)]).await;
    }

    /// The path of the page that somebody sees.
    async fn path(&self, who: &str) -> String {
        let address = self.person(who).browser().client.current_url().await;
        address.unwrap().path().to_owned()
    }

    async fn text(&self, who: &str) -> String {
        self.person(who).browser().text().await
    }

    /// Sends a form that must be carried out.
    async fn send(&mut self, who: &str, action: &str, fields: &[(&str, &str)]) {
        self.submit(who, action, fields).await;
        let text = self.text(who).await;
        let was_refused = text.contains("没有办的") || text.contains("回首页");
        assert!(!was_refused, "{who} {action}: {text}");
        self.look(who).await;
    }

    /// Sends a form that a rule refuses.
    async fn refused(&mut self, who: &str, action: &str, fields: &[(&str, &str)], why: &str) {
        self.submit(who, action, fields).await;
        let text = self.text(who).await;
        assert!(text.contains(why), "{who} {action}: {text}");
        // The refusal itself is a reply that the browser logs.
        self.person(who).browser().complaints().await;
        self.look(who).await;
    }

    /// Sends a form; where a fresh code is asked for, shows one and sends the form again.
    async fn submit(&mut self, who: &str, action: &str, fields: &[(&str, &str)]) {
        let browser = self.person(who).browser();
        browser.send(action, fields).await;
        let link = browser
            .client
            .find(Locator::Css("main a[href^='/step-up']"))
            .await;
        if link.is_err() {
            return;
        }
        browser.complaints().await;
        browser.follow("去验证动态口令").await;
        self.look(who).await;
        self.picture(who, "step-up").await;
        self.send_code(who, "/step-up").await;
        self.stepped_up.push(action.to_owned());
        self.look(who).await;
        self.person(who).browser().send(action, fields).await;
    }

    /// Follows the first link in the page that begins so.
    async fn follow(&mut self, who: &str, begins: &str) {
        let selector = format!("main a[href^='{begins}']");
        let browser = self.person(who).browser();
        let link = browser.client.find(Locator::Css(&selector)).await;
        let link = match link {
            Ok(link) => link.attr("href").await.unwrap().unwrap(),
            Err(error) => panic!("{who}: no link {begins}: {error}\n{}", browser.text().await),
        };
        self.goto(who, &link).await;
    }

    /// Follows what the navigation calls so.
    async fn turn(&mut self, who: &str, text: &str) {
        self.person(who).browser().follow(text).await;
        self.look(who).await;
    }

    /// Signs everything that waits for somebody.
    async fn sign_all(&mut self, who: &str) {
        let mut signed = 0;
        loop {
            self.goto(who, "/console/motions").await;
            let form = Locator::Css("main form[action$='/sign']");
            let Ok(form) = self.person(who).browser().client.find(form).await else {
                break;
            };
            let action = form.attr("action").await.unwrap().unwrap();
            self.send(who, &action, &[]).await;
            signed += 1;
        }
        assert!(
            signed > 0,
            "{who} has nothing to sign: {}",
            self.text(who).await
        );
    }

    /// Whether the page can be used by everybody, is not wider than the screen, says what it is,
    /// and asks for nothing that it may not.
    async fn look(&mut self, who: &str) {
        let browser = self.person(who).browser();
        browser.came().await;
        let path = self.path(who).await;
        let title = browser.client.title().await.unwrap();
        let is_fault = title.starts_with("没有这一页") || title.starts_with("服务出错");
        let mut found = Vec::new();
        if title.is_empty() || is_fault {
            found.push(title);
        }
        found.extend(browser.complaints().await);
        let overflow = browser.overflow().await;
        if overflow > 0 {
            found.push(format!("{overflow} px wider than {}", self.view.width));
        }
        // The same page again, such as the one that asks for a code, is looked at once.
        let main = browser.client.find(Locator::Css("main")).await.unwrap();
        let text = main.text().await.unwrap();
        if !self.seen.contains(&text) {
            found.extend(axe::findings(browser).await);
            browser.complaints().await;
        }
        self.seen.insert(text);
        self.looked += 1;
        let told = found.into_iter().map(|one| format!("{who} {path}: {one}"));
        self.found.extend(told);
    }

    /// Keeps a picture of what somebody sees, of the one month that is shown.
    async fn picture(&self, who: &str, name: &str) {
        if self.view == DESK {
            let browser = self.person(who).browser();
            let unfold = "for (const fold of document.querySelectorAll('main details')) \
                fold.open = true";
            browser.client.execute(unfold, Vec::new()).await.unwrap();
            pictures::keep(browser, &format!("month-{name}")).await;
        }
    }

    /// What the books say of every enterprise in the end: state and fen.
    fn end(&mut self) -> BTreeMap<String, (String, i64)> {
        self.office.close();
        let listed = self.office.run(&["payout", "list", "--limit", "100"]);
        let one = |payout: &serde_json::Value| {
            let text = |name: &str| payout[name].as_str().unwrap().to_owned();
            (text("uscc"), (text("state"), fen(&payout["amount"])))
        };
        listed
            .iter()
            .filter(|line| line.get("state").is_some())
            .map(one)
            .collect()
    }
}

/// `"100000.00"` in fen.
fn fen(amount: &serde_json::Value) -> i64 {
    let text = amount.as_str().unwrap().replace(',', "");
    let (yuan, fen) = text.split_once('.').unwrap();
    assert_eq!(fen.len(), 2, "{text}");
    format!("{yuan}{fen}").parse().unwrap()
}

/// The whole month, and what came of it.
async fn month(view: View, store: Option<String>) {
    let begun = Instant::now();
    let mut month = Month::before(view, store, &law::files());
    days::all(&mut month).await;
    month.over().await;
    days::end(&mut month);
    month.sum_up(begun);
}

/// A database for one test, gone afterwards; nothing where there is no server for it.
async fn over_postgres<F: Future<Output = ()>>(story: impl FnOnce(String) -> F) {
    let Some(server) = postgres::Server::shared() else {
        assert!(std::env::var_os("CI").is_none(), "PostgreSQL is missing");
        eprintln!("skipped: PostgreSQL is missing");
        return;
    };
    let name = server.create_database("read committed").await;
    story(server.url(&name)).await;
    server.drop_database(&name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_over_sqlite_on_a_desk() {
    if ready() {
        month(DESK, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_over_sqlite_on_a_phone_without_scripts() {
    if ready() {
        month(PHONE, None).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_over_postgres_on_a_desk_without_scripts() {
    if ready() {
        over_postgres(|store| month(DESK_WITHOUT_SCRIPTS, Some(store))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_over_postgres_on_a_phone() {
    if ready() {
        over_postgres(|store| month(PHONE_WITH_SCRIPTS, Some(store))).await;
    }
}
