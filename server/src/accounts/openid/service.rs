//! One identity service: where it sends browsers, and what a code that comes back is worth.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;
use zhida_engine::payouts::Moment;
use zhida_policies::values::Uscc;

use crate::accounts::openid::claims::Claims;
use crate::accounts::openid::discovery::{Endpoints, document_url, secure_url};
use crate::accounts::openid::keys::Keys;
use crate::accounts::openid::refusal::{ServiceRefusal, WhyNot};
use crate::accounts::openid::settings::{People, ServiceSettings};
use crate::accounts::openid::token::{Expected, Unverified};
use crate::accounts::openid::visit::Marks;
use crate::accounts::openid::wire::{Told, Wire};
use crate::accounts::settings::{HOUR, MINUTE};
use crate::failure::Failure;

/// How long what a service says about itself, and its keys, count.
const KNOWN_FOR: i64 = HOUR;
/// How often its keys are asked for out of turn, because a token is signed by another one.
const KEYS_EVERY: i64 = MINUTE;
/// For how long a service that did not answer is left alone.
const REST: i64 = 10 * 1_000_000;
/// Longer than a question may take: before that, a clock went back.
const WAIT_MAX: i64 = MINUTE;
/// The longest name of a service.
const NAME_BYTES_MAX: usize = 32;
/// The most letters of the name of a person.
const PERSON_LETTERS_MAX: usize = 60;
/// Where browsers come back to, before the name of the service.
const BACK: &str = "/sign-in/back/";

/// The services of an installation, by name.
pub(crate) type Services = BTreeMap<String, Arc<Service>>;

/// One service.
#[derive(Debug)]
pub(crate) struct Service {
    name: String,
    settings: ServiceSettings,
    site: String,
    secret: Secret,
    wire: Wire,
    known: Mutex<Known>,
}

/// What the service gave this installation to show who it is; never shown.
struct Secret(Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret")
    }
}

/// What is known of a service, and since when.
#[derive(Debug, Default)]
struct Known {
    endpoints: Option<(Moment, Arc<Endpoints>)>,
    keys: Option<(Moment, Arc<Keys>)>,
    failed_at: Option<Moment>,
}

/// Somebody whom a service vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Who it is over there.
    pub(super) subject: String,
    /// For which enterprise.
    pub(super) enterprise: Option<Uscc>,
    /// What he is called.
    pub(super) person: Option<String>,
    /// Whether the service saw a second factor of a kind that the settings accept.
    pub(super) has_second_factor: bool,
}

/// What is given for a code.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    token_type: String,
    id_token: String,
}

/// Why nothing is given.
#[derive(Deserialize)]
struct Declined {
    error: String,
}

/// Whether keys that are known will do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Known,
    Newer,
}

impl Service {
    /// Reads the settings of one service.
    ///
    /// # Errors
    /// What is wrong with them, or with the files that they name.
    pub(crate) fn new(name: &str, settings: ServiceSettings) -> Result<Self, Failure> {
        check(name, &settings).map_err(|problem| {
            Failure::usage(
                format!("安装配置 [identity.\"{name}\"] {problem}"),
                "各项的写法见 docs/accounts.md",
            )
        })?;
        let path = &settings.secret_file;
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::file(path, "读取客户端密钥", &error))?;
        let text = Zeroizing::new(text);
        let secret = Zeroizing::new(text.trim().to_owned());
        if secret.is_empty() {
            let problem = format!("客户端密钥 {} 是空的", path.display());
            return Err(Failure::bad_data(problem, "请写入身份服务分配的密钥"));
        }
        Ok(Self {
            name: name.to_owned(),
            site: settings.site.trim_end_matches('/').to_owned(),
            secret: Secret(secret),
            wire: Wire::new(&settings)?,
            known: Mutex::new(Known::default()),
            settings,
        })
    }

    /// What addresses call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// How the installation has it.
    pub(crate) fn settings(&self) -> &ServiceSettings {
        &self.settings
    }

    /// A refusal in its name.
    pub(super) fn refusal(&self, why: WhyNot) -> ServiceRefusal {
        let label = self.settings.label.clone();
        ServiceRefusal { label, why }
    }

    fn redirect(&self) -> String {
        format!("{}{BACK}{}", self.site, self.name)
    }

    /// Where a browser goes to sign in, or to show again who is there.
    pub(super) async fn address(
        &self,
        marks: &Marks,
        is_again: bool,
        now: Moment,
    ) -> Result<Url, WhyNot> {
        let endpoints = self.endpoints(now).await?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(marks.verifier.as_bytes()));
        let settings = &self.settings;
        let mut url = endpoints.authorize.clone();
        let mut pairs = url.query_pairs_mut();
        pairs
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &self.redirect())
            .append_pair("scope", &settings.scopes.join(" "))
            .append_pair("state", &marks.state)
            .append_pair("nonce", &marks.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if !settings.second_factor.acr.is_empty() {
            pairs.append_pair("acr_values", &settings.second_factor.acr.join(" "));
        }
        if is_again {
            pairs
                .append_pair("prompt", "login")
                .append_pair("max_age", "0");
        }
        drop(pairs);
        Ok(url)
    }

    /// Where a browser goes to sign out over there as well, where the service has such a place.
    ///
    /// # Shape
    /// The ID token is not sent along: it would end in the history of the browser.
    pub(crate) async fn goodbye(&self, now: Moment) -> Option<Url> {
        let endpoints = self.endpoints(now).await.ok()?;
        let mut url = endpoints.end.clone()?;
        let back = format!("{}/sign-in", self.site);
        url.query_pairs_mut()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", &back);
        Some(url)
    }

    /// Whether the one who answered is the one who was asked.
    pub(super) async fn is_answer(&self, issuer: Option<&str>, now: Moment) -> Result<(), WhyNot> {
        let endpoints = self.endpoints(now).await?;
        match issuer {
            Some(issuer) if issuer == self.settings.issuer => Ok(()),
            None if !endpoints.tells_issuer => Ok(()),
            Some(_) | None => Err(WhyNot::OtherIssuer),
        }
    }

    /// Exchanges a code for what it says about a person.
    pub(super) async fn exchange(
        &self,
        code: &str,
        marks: &Marks,
        signed_in_since: Option<Moment>,
        now: Moment,
    ) -> Result<Verified, WhyNot> {
        let endpoints = self.endpoints(now).await?;
        let tokens = self.tokens(&endpoints, code, marks).await?;
        let unverified = Unverified::read(&tokens.id_token, &self.settings.algorithms)?;
        if !unverified.is_signed(&*self.keys(&endpoints, Wanted::Known, now).await?)
            && !unverified.is_signed(&*self.keys(&endpoints, Wanted::Newer, now).await?)
        {
            return Err(WhyNot::Token("签名不对"));
        }
        let mut claims = unverified.checked(&Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client_id,
            nonce: &marks.nonce,
            access_token: &tokens.access_token,
            now,
            leeway_seconds: self.settings.leeway_seconds.into(),
            signed_in_since,
        })?;
        let has_second_factor = self.has_second_factor(&claims);
        self.complete(&endpoints, &mut claims, &tokens.access_token)
            .await?;
        self.verified(&claims, has_second_factor)
    }

    async fn tokens(
        &self,
        endpoints: &Endpoints,
        code: &str,
        marks: &Marks,
    ) -> Result<Tokens, WhyNot> {
        let (form, basic) = self.proofs(endpoints, code, marks);
        let basic = basic
            .as_ref()
            .map(|(name, secret)| (name.as_str(), secret.as_str()));
        let Told { status, body } = self.wire.post(&endpoints.token, form, basic).await?;
        if status != StatusCode::OK {
            let declined: Result<Declined, _> = serde_json::from_slice(&body);
            return Err(match declined {
                Ok(declined) => WhyNot::Declined(known_error(&declined.error)),
                Err(_) => WhyNot::Unreachable("状态码不是 200"),
            });
        }
        let tokens: Tokens = serde_json::from_slice(&body)
            .map_err(|_| WhyNot::Answer("换取的凭证读不出来或缺少必要的项"))?;
        match tokens.token_type.eq_ignore_ascii_case("bearer") {
            true => Ok(tokens),
            false => Err(WhyNot::Answer("凭证的种类不是 Bearer")),
        }
    }

    /// What shows that the code is ours to exchange: a form, and what stands in the header.
    fn proofs(
        &self,
        endpoints: &Endpoints,
        code: &str,
        marks: &Marks,
    ) -> (String, Option<(String, Zeroizing<String>)>) {
        let (client, secret) = (&self.settings.client_id, self.secret.0.as_str());
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.redirect())
            .append_pair("code_verifier", &marks.verifier);
        if endpoints.secret_in_form {
            form.append_pair("client_id", client)
                .append_pair("client_secret", secret);
            return (form.finish(), None);
        }
        // In the header both are written as in a form (RFC 6749, 2.3.1).
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let basic = (encoded(client), Zeroizing::new(encoded(secret)));
        (form.finish(), Some(basic))
    }

    /// Asks for what the token does not say, where the service says it elsewhere.
    async fn complete(
        &self,
        endpoints: &Endpoints,
        claims: &mut Claims,
        token: &str,
    ) -> Result<(), WhyNot> {
        let settings = &self.settings;
        let mut names = vec![settings.person_claim.as_str()];
        names.extend(settings.enterprise_claim.as_deref());
        if settings.people == People::Enterprises {
            names.push(&settings.name_claim);
        }
        let Some(place) = &endpoints.person else {
            return Ok(());
        };
        if names.iter().all(|name| claims.has(name)) {
            return Ok(());
        }
        let told = self.wire.get(place, Some(token)).await?;
        let told: Claims =
            serde_json::from_slice(&told).map_err(|_| WhyNot::Answer("用户信息读不出来"))?;
        // Of somebody else it may say what it likes (OpenID Connect Core 1.0, 5.3.2).
        if told.text("sub") != claims.text("sub") {
            return Err(WhyNot::Answer("用户信息是别人的"));
        }
        claims.complete(told, &names);
        Ok(())
    }

    /// Whether the service says that it saw a second factor of a kind that is accepted.
    fn has_second_factor(&self, claims: &Claims) -> bool {
        let accepted = &self.settings.second_factor;
        let is_in = |list: &[String], text: &str| list.iter().any(|one| one == text);
        let acr = claims.text("acr");
        let amr = claims.texts("amr").unwrap_or_default();
        acr.is_some_and(|acr| is_in(&accepted.acr, acr))
            || amr.iter().any(|method| is_in(&accepted.amr, method))
    }

    fn verified(&self, claims: &Claims, has_second_factor: bool) -> Result<Verified, WhyNot> {
        let settings = &self.settings;
        let subject = claims.text(&settings.person_claim);
        let subject = subject.filter(|subject| subject.len() <= 255 && is_plain(subject));
        let subject = subject.ok_or(WhyNot::Claim("身份编号"))?;
        let enterprise = settings.enterprise_claim.as_deref().map(|name| {
            let code = claims.text(name).map(Uscc::parse);
            // Another installation may let a wrong check character pass; nobody is let in by one.
            match code {
                Some(Ok((uscc, None))) => Ok(uscc),
                Some(Ok((_, Some(_))) | Err(_)) | None => Err(WhyNot::Claim("统一社会信用代码")),
            }
        });
        let person = claims.text(&settings.name_claim).map(str::trim);
        let person = person.filter(|person| {
            is_plain(person) && (1..=PERSON_LETTERS_MAX).contains(&person.chars().count())
        });
        Ok(Verified {
            subject: subject.to_owned(),
            enterprise: enterprise.transpose()?,
            person: person.map(str::to_owned),
            has_second_factor,
        })
    }

    async fn endpoints(&self, now: Moment) -> Result<Arc<Endpoints>, WhyNot> {
        let mut known = self.known.lock().await;
        if let Some((at, endpoints)) = &known.endpoints
            && is_within(*at, now, KNOWN_FOR)
        {
            return Ok(Arc::clone(endpoints));
        }
        known.may_ask(now)?;
        let url = document_url(&self.settings.issuer).ok_or(WhyNot::Answer("issuer 写得不对"))?;
        let began = Instant::now();
        let read = self.wire.get(&url, None).await;
        let read = read.and_then(|bytes| Endpoints::read(&bytes, &self.settings));
        let endpoints = Arc::new(known.noted(read, (began, now))?);
        known.endpoints = Some((now, Arc::clone(&endpoints)));
        Ok(endpoints)
    }

    /// The keys; newer ones at most once in a while, whatever tokens name.
    async fn keys(
        &self,
        endpoints: &Endpoints,
        wanted: Wanted,
        now: Moment,
    ) -> Result<Arc<Keys>, WhyNot> {
        let mut known = self.known.lock().await;
        let age_max = match wanted {
            Wanted::Known => KNOWN_FOR,
            Wanted::Newer => KEYS_EVERY,
        };
        if let Some((at, keys)) = &known.keys
            && is_within(*at, now, age_max)
        {
            return Ok(Arc::clone(keys));
        }
        known.may_ask(now)?;
        let began = Instant::now();
        let read = self.wire.get(&endpoints.keys, None).await;
        let read = read.and_then(|bytes| Keys::read(&bytes));
        let keys = Arc::new(known.noted(read, (began, now))?);
        known.keys = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }
}

impl Known {
    /// Whoever waited behind a question without an answer does not ask it again at once.
    fn may_ask(&self, now: Moment) -> Result<(), WhyNot> {
        let since = self.failed_at.map(|at| now.0.saturating_sub(at.0));
        // Who came while it was still waited for came before it failed.
        match since.is_some_and(|since| (WAIT_MAX.saturating_neg()..REST).contains(&since)) {
            true => Err(WhyNot::Resting),
            false => Ok(()),
        }
    }

    /// Keeps whether a question that began then was answered. Where it was not, the rest begins
    /// when the wait is over: those who waited behind it do not ask again one by one.
    fn noted<T>(
        &mut self,
        result: Result<T, WhyNot>,
        (began, at): (Instant, Moment),
    ) -> Result<T, WhyNot> {
        let waited = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
        let over = Moment(at.0.saturating_add(waited));
        self.failed_at = result.is_err().then_some(over);
        result
    }
}

/// Whether something of then still counts; a clock that went back makes nothing count.
fn is_within(at: Moment, now: Moment, span: i64) -> bool {
    (0..span).contains(&now.0.saturating_sub(at.0))
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// The codes of RFC 6749 (4.1.2.1 and 5.2) and OpenID Connect Core 1.0 (3.1.2.6); nothing else
/// that comes from outside is repeated.
pub(super) fn known_error(code: &str) -> &'static str {
    const CODES: [&str; 15] = [
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unmet_authentication_requirements",
        "unsupported_grant_type",
        "unsupported_response_type",
    ];
    let known = CODES.into_iter().find(|known| *known == code);
    known.unwrap_or("原因不明")
}

/// What is wrong with settings.
fn check(name: &str, settings: &ServiceSettings) -> Result<(), &'static str> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(is_letter) {
        return Err("的名称只能用小写字母、数字和短横线,至多 32 个");
    }
    let issuer = secure_url(&settings.issuer);
    if issuer.is_none_or(|issuer| issuer.query().is_some()) {
        return Err("issuer 应为 https 地址(本机可用 http)");
    }
    let is_bare = |url: &Url| url.path() == "/" && url.query().is_none();
    if !secure_url(&settings.site).as_ref().is_some_and(is_bare) {
        return Err("site 应为本站的 https 地址,不带路径(本机可用 http)");
    }
    if settings.label.trim().is_empty() || settings.client_id.is_empty() {
        return Err("label 和 client_id 不能为空");
    }
    if settings.algorithms.is_empty() {
        return Err("algorithms 至少写一种签名算法");
    }
    if !settings.scopes.iter().any(|scope| scope == "openid") {
        return Err("scopes 须含 openid");
    }
    if !(1..=30).contains(&settings.timeout_seconds) || settings.leeway_seconds > 300 {
        return Err("timeout_seconds 应为 1 到 30,leeway_seconds 至多 300");
    }
    match (settings.people, &settings.enterprise_claim) {
        (People::Enterprises, None) => Err("for = \"enterprises\" 时须写 enterprise_claim"),
        (People::Officials, Some(_)) => Err("for = \"officials\" 时不能写 enterprise_claim"),
        (People::Officials, None) if settings.create_in.is_some() => {
            Err("for = \"officials\" 时不能写 create_in:工作人员的账号由两位管理员设立")
        }
        (People::Officials, None) | (People::Enterprises, Some(_)) => Ok(()),
    }
}
