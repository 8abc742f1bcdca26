//! Signing in by a service: against a small one that can be told to lie, and against a real one.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, as it should"
)]

mod attacks;
mod enterprises;
mod library;
mod officials;
mod provider;
mod real;
mod services;
mod two_factors;
mod vectors;

use std::path::Path;
use std::sync::Arc;

use axum::http::header::REFRESH;
use reqwest::Url;

use crate::accounts::openid::{Service, ServiceSettings, Services};
use crate::accounts::pages::tests::Browser;
use crate::web::testing::{Reply, Site};

/// What the small provider is called on the pages.
const LABEL: &str = "省统一身份认证";
/// What it gave us to show who we are; with letters that forms write otherwise.
const SECRET: &str = "s3cret:+%/ x";

/// A service of these settings; `more` are further lines of TOML.
fn service(folder: &Path, issuer: &str, name: &str, more: &str) -> Service {
    let file = folder.join(format!("{name}.secret"));
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let client = match more.contains("client_id") {
        true => "",
        false => "client_id = \"zhida\"\n",
    };
    let text = format!(
        "label = \"{LABEL}\"\nissuer = \"{issuer}\"\n{client}\
         secret_file = \"{}\"\nsite = \"https://zhida.test\"\n{more}\n",
        file.display()
    );
    let settings: ServiceSettings = toml::from_str(&text).unwrap();
    Service::new(name, settings).unwrap()
}

/// A site that knows services.
async fn knows(site: &Site, services: Vec<Service>) {
    let named = services.into_iter();
    let named = named.map(|service| (service.name().to_owned(), Arc::new(service)));
    site.server.accounts.know(named.collect::<Services>());
}

/// Where a page leads on to by itself.
#[track_caller]
fn leads_to(reply: &Reply) -> Url {
    assert_eq!(reply.status, 200, "{}", reply.text);
    let refresh = reply.headers[REFRESH].to_str().unwrap();
    Url::parse(refresh.strip_prefix("0; url=").unwrap()).unwrap()
}

/// What an address says under a name.
fn said(address: &Url, name: &str) -> Option<String> {
    let mut pairs = address.query_pairs();
    pairs.find_map(|(found, value)| (found == name).then(|| value.into_owned()))
}

/// Sets out to a service, as the button on the page does; where it leads to.
async fn set_out(site: &Site, browser: &mut Browser, service: &str, next: &str) -> Url {
    let page = browser.get(site, "/sign-in").await;
    let form = format!("service={service}&next={next}");
    let leaving = browser.post(site, &page, "/sign-in/by", &form).await;
    leads_to(&leaving)
}
