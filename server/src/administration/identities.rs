//! Who people are for outside identity services: asked for by one administrator, agreed to by
//! another.

use askama::Template;
use axum::extract::{Form, Query};
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Moment, Role};

use super::{AUDIT, PEOPLE, SECURITY, next_of};
use crate::accounts::pages::{Come, clock_time};
use crate::accounts::{By, Identity, LinkLine, LinkPlace, Wish};
use crate::web::{Ask, Page, Place, Section, WebFault, html, see_other};

const HERE: &str = "/administration/identities";
/// How many links a page holds.
const LINKS: u32 = 50;

pub(super) fn places() -> Vec<Place> {
    vec![
        Place::get(HERE, PEOPLE, identities),
        Place::post("/administration/identities", SECURITY, link).stepped_up(),
        Place::post("/administration/identities/agree", AUDIT, agree).stepped_up(),
        Place::post("/administration/identities/unlink", SECURITY, unlink).stepped_up(),
    ]
}

/// A link as the page shows it.
struct LinkRow {
    account: String,
    person: String,
    service: String,
    issuer: String,
    subject: String,
    enterprise: String,
    is_own: bool,
}

/// A wish as the page shows it, with what else lets somebody in to the account.
struct WishRow {
    link: LinkRow,
    asked_by: String,
    asked_at: String,
    /// The same to the microsecond: what is agreed to is this very wish.
    made_at: i64,
    has_password: bool,
    has_second_factor: bool,
}

#[derive(Template)]
#[template(path = "administration/identities.html")]
struct IdentitiesPage {
    page: Page,
    links: Vec<LinkRow>,
    is_first: bool,
    next: Option<After>,
    waiting: Vec<WishRow>,
    services: Vec<(String, String)>,
    may_link: bool,
    may_agree: bool,
}

/// Where a page of links begins: after this account, service, number there and enterprise.
#[derive(Debug, Default, Deserialize)]
struct After {
    #[serde(default)]
    account: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    enterprise: String,
}

impl After {
    fn this(line: &LinkLine) -> Self {
        let LinkPlace([account, issuer, subject, enterprise]) = line.place();
        Self {
            account,
            issuer,
            subject,
            enterprise,
        }
    }

    fn place(self) -> LinkPlace {
        LinkPlace([self.account, self.issuer, self.subject, self.enterprise])
    }
}

async fn identities(ask: Ask, Query(after): Query<After>) -> Result<Response, WebFault> {
    let session = ask.session()?;
    let accounts = &ask.server.accounts;
    let bureau = &session.user.bureau;
    let services = accounts.issuers();
    let row = |(line, person): (LinkLine, String)| {
        let known = services
            .iter()
            .find(|(issuer, _)| *issuer == line.identity.issuer);
        let service = known.map_or(&line.identity.issuer, |(_, label)| label);
        LinkRow {
            is_own: person == session.user.person.as_str(),
            person,
            account: line.account,
            service: service.clone(),
            issuer: line.identity.issuer,
            subject: line.identity.subject,
            enterprise: line.enterprise,
        }
    };
    let wish = |mut wish: Wish| {
        let (asked_by, at) = wish.line.asked.take().unwrap_or_default();
        WishRow {
            asked_by,
            asked_at: clock_time(at),
            made_at: at.0,
            has_password: wish.has_password,
            has_second_factor: wish.has_second_factor,
            link: row((wish.line, wish.person)),
        }
    };
    let after = after.place();
    // One more than is shown says whether there is another page.
    let links = accounts.links_of(bureau, &after, LINKS.saturating_add(1));
    let mut links = links.await?;
    let next = next_of(&mut links, LINKS, |(line, _)| After::this(line));
    let waiting = accounts.links_awaiting(bureau, ask.at).await?;
    html(&IdentitiesPage {
        page: ask.page(Section::Administration, "外部身份"),
        links: links.into_iter().map(row).collect(),
        is_first: after == LinkPlace::default(),
        next,
        waiting: waiting.into_iter().map(wish).collect(),
        may_link: session.is_any(&[Role::SecurityAdministrator]),
        may_agree: session.is_any(&[Role::AuditAdministrator]),
        services,
    })
}

/// Whose account, and who over there.
#[derive(Deserialize)]
struct Which {
    account: String,
    issuer: String,
    subject: String,
    #[serde(default)]
    made_by: String,
    #[serde(default)]
    made_at: i64,
}

impl Which {
    fn identity(&self) -> Identity {
        Identity {
            issuer: self.issuer.trim().to_owned(),
            subject: self.subject.trim().to_owned(),
        }
    }
}

async fn link(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let accounts = &ask.server.accounts;
    let identity = which.identity();
    let known = accounts.issuers();
    if !known.iter().any(|(issuer, _)| *issuer == identity.issuer) {
        let message = "安装配置里没有这个身份服务";
        return Err(WebFault::bad(message, "请从列表中选择身份服务"));
    }
    if !(1..=255).contains(&identity.subject.len()) {
        let help = "请填写本人登录时看到的身份编号";
        return Err(WebFault::bad("身份编号应有 1 到 255 个字节", help));
    }
    let by = By::Session(&session);
    accounts
        .link(by, which.account.trim(), &identity, ask.at)
        .await?;
    Ok(see_other(HERE))
}

async fn agree(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let identity = which.identity();
    let link = (which.account.trim(), &identity);
    let seen = (which.made_by.as_str(), Moment(which.made_at));
    let accounts = &ask.server.accounts;
    accounts.agree_to_link(&session, link, seen, ask.at).await?;
    Ok(see_other(HERE))
}

async fn unlink(ask: Ask, come: Come, Form(which): Form<Which>) -> Result<Response, WebFault> {
    let (_, session) = come.session(&ask).await?;
    let identity = which.identity();
    let account = which.account.trim();
    // Without an account all links of the identity would be meant.
    if account.is_empty() {
        return Err(WebFault::bad("没有写账号", "请从列表里解除关联"));
    }
    let link = (Some(account), &identity);
    let accounts = &ask.server.accounts;
    accounts.unlink(By::Session(&session), link, ask.at).await?;
    Ok(see_other(HERE))
}
