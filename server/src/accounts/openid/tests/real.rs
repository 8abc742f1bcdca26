//! The whole way against a real provider: `oidc-provider`, certified by the OpenID Foundation,
//! run by node on this machine. `make tools` installs it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use axum::http::StatusCode;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, Url};
use zhida_engine::payouts::{Moment, Role};
use zhida_policies::values::Uscc;

use super::library::library;
use super::{knows, leads_to, service, set_out};
use crate::accounts::pages::tests::{BUREAU, Browser, NINE, goes_to, now, people};
use crate::accounts::{By, Identity};
use crate::web::testing::{Reply, Site};

/// The provider as a process; ends with the test.
struct Provider {
    child: Child,
    issuer: String,
    _said: BufReader<ChildStdout>,
}

impl Provider {
    fn start(library: &Path) -> Self {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/accounts/openid/tests/provider.mjs"
        );
        let mut child = Command::new("node")
            .args([Path::new(script), library, Path::new(uscc().as_str())])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut issuer = String::new();
        // Held open, so that what it says later does not end it.
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim().to_owned();
        assert!(issuer.starts_with("http://127.0.0.1:"), "{issuer}");
        Self {
            child,
            issuer,
            _said: said,
        }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _it_may_have_ended = self.child.kill();
        let _the_same = self.child.wait();
    }
}

/// A person at the provider: what a browser does there.
struct Person {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Person {
    fn new() -> Self {
        let tls = crate::messages::tls_trusting(None).unwrap();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let cookies = BTreeMap::new();
        Self { client, cookies }
    }

    async fn send(&mut self, url: &Url, form: Option<&str>) -> Response {
        let request = match form {
            Some(form) => self
                .client
                .post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.to_owned()),
            None => self.client.get(url.clone()),
        };
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let pairs = pairs.collect::<Vec<_>>().join("; ");
        let response = request.header(COOKIE, pairs).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value.is_empty() {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
        response
    }

    /// Follows redirects over there until there is a page, or the way leads back to us.
    async fn follow(&mut self, from: Url, form: Option<&str>) -> Result<(Url, String), String> {
        let (mut url, mut form) = (from, form);
        for _ in 0..10 {
            let response = self.send(&url, form.take()).await;
            if !response.status().is_redirection() {
                assert_eq!(
                    response.status(),
                    200,
                    "{url}: {}",
                    response.text().await.unwrap()
                );
                return Ok((url, response.text().await.unwrap()));
            }
            let location = response.headers()[LOCATION].to_str().unwrap();
            if let Some(path) = location.strip_prefix("https://zhida.test") {
                return Err(path.to_owned());
            }
            url = url.join(location).unwrap();
        }
        panic!("led in circles");
    }

    /// Goes where a page leads to, signs in there; the path by which he comes back.
    async fn signs_in(&mut self, address: &Url, form: &str) -> String {
        let (page, text) = self.follow(address.clone(), None).await.expect("a form");
        assert!(text.contains("<form"), "{text}");
        self.follow(page, Some(form))
            .await
            .expect_err("the way back")
    }
}

fn uscc() -> Uscc {
    Uscc::generate("91", "420600", "80000001").unwrap()
}

/// A site that knows both clients of the provider, by the clock of this machine, which is that of
/// the provider.
async fn town(provider: &Provider) -> Site {
    let site = Site::signed_in(NINE, crate::accounts::pages::places()).await;
    let at = jiff::Timestamp::now();
    site.server.clock.set(Moment(at.as_microsecond()));
    people(&site, &[("jingban", "王经办", BUREAU, Role::Maker)]).await;
    let officials = "for = \"officials\"\nalgorithms = [\"PS256\"]\nclient_id = \"gov\"\n\
        second_factor = { acr = [\"level2\"] }\nscopes = [\"openid\", \"profile\"]";
    let enterprises = "for = \"enterprises\"\nalgorithms = [\"ES256\"]\nclient_id = \"corp\"\n\
        enterprise_claim = \"uscc\"\nscopes = [\"openid\", \"profile\"]\n\
        create_in = \"示例市财政局\"";
    let make = |name, more| service(site.folder.path(), &provider.issuer, name, more);
    let services = vec![make("gov", officials), make("corp", enterprises)];
    knows(&site, services).await;
    let identity = Identity {
        issuer: provider.issuer.clone(),
        subject: "jingban".to_owned(),
    };
    let accounts = &site.server.accounts;
    accounts
        .link(By::Console, "jingban", &identity, now(&site))
        .await
        .unwrap();
    site
}

async fn round(site: &Site, person: &mut Person, by: &str, form: &str) -> (Browser, Reply) {
    let mut browser = Browser::default();
    let address = set_out(site, &mut browser, by, "/account").await;
    let back = person.signs_in(&address, form).await;
    let reply = browser.get(site, &back).await;
    (browser, reply)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_official_signs_in_steps_up_and_signs_out() {
    let Some(library) = library() else { return };
    let provider = Provider::start(&library);
    let site = town(&provider).await;
    let mut person = Person::new();
    let (browser, half) = round(&site, &mut person, "gov", "login=jingban").await;
    assert_eq!(half.status, StatusCode::UNAUTHORIZED);
    assert!(
        half.text.contains("没有说明已验证第二因素"),
        "{}",
        half.text
    );
    assert_eq!(browser.session(), None, "no second factor was seen");
    let mut person = Person::new();
    let (mut browser, whole) = round(&site, &mut person, "gov", "login=jingban&second=1").await;
    assert_eq!(goes_to(&whole), "/account");
    let page = browser.get(&site, "/account").await;
    assert!(page.text.contains("王经办"), "{}", page.text);
    // Over there he is signed in already, and is asked again all the same.
    let page = browser.get(&site, "/step-up?next=/account").await;
    let form = "service=gov&next=/account";
    let leaving = browser.post(&site, &page, "/step-up/by", form).await;
    let (place, text) = person
        .follow(leads_to(&leaving), None)
        .await
        .expect("a form");
    assert!(text.contains("login again jingban"), "{text}");
    let back = person.follow(place, Some("login=jingban&second=1")).await;
    let done = browser.get(&site, &back.expect_err("the way back")).await;
    assert_eq!(goes_to(&done), "/account", "{}", done.text);
    let session = site
        .server
        .accounts
        .session(browser.session().unwrap(), now(&site))
        .await;
    assert!(session.unwrap().has_stepped_up(now(&site)));
    // Out here, and on to the page over there that asks whether to sign out as well.
    let page = browser.get(&site, "/account").await;
    let out = browser.post(&site, &page, "/sign-out", "").await;
    let (_, text) = person.follow(leads_to(&out), None).await.expect("a page");
    assert!(text.contains("/session/end/confirm"), "{text}");
    assert_eq!(
        browser.get(&site, "/account").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(site.server.store.verify(None).await.unwrap().fault, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_signs_in_for_the_first_time_and_again() {
    let Some(library) = library() else { return };
    let provider = Provider::start(&library);
    let site = town(&provider).await;
    let mut first = String::new();
    for _ in 0..2 {
        let (browser, reply) = round(&site, &mut Person::new(), "corp", "login=qiye").await;
        assert_eq!(goes_to(&reply), "/account", "{}", reply.text);
        let id = browser.session().unwrap();
        let session = site.server.accounts.session(id, now(&site)).await.unwrap();
        assert_eq!(session.scope.enterprise(), Some(uscc()));
        assert_eq!(session.user.person.as_str(), format!("陈企业({})", uscc()));
        let account = session.user.id.to_string();
        assert!(first.is_empty() || first == account);
        first = account;
    }
    // Whoever is nobody's handler is nobody here.
    let (_, reply) = round(&site, &mut Person::new(), "corp", "login=jingban").await;
    assert!(
        reply.text.contains("没有可用的统一社会信用代码"),
        "{}",
        reply.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_who_was_refused_or_comes_twice() {
    let Some(library) = library() else { return };
    let provider = Provider::start(&library);
    let site = town(&provider).await;
    let (_, reply) = round(&site, &mut Person::new(), "gov", "login=").await;
    assert!(reply.text.contains("access_denied"), "{}", reply.text);
    let (_, reply) = round(&site, &mut Person::new(), "gov", "login=mouren&second=1").await;
    assert!(reply.text.contains("身份编号 mouren"), "{}", reply.text);
    let mut browser = Browser::default();
    let address = set_out(&site, &mut browser, "gov", "").await;
    let back = Person::new()
        .signs_in(&address, "login=jingban&second=1")
        .await;
    let cookies = browser.cookies.clone();
    assert_eq!(goes_to(&browser.get(&site, &back).await), "/account");
    let mut again = Browser { cookies };
    let reply = again.get(&site, &back).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert_eq!(again.session(), None);
}
