//! All pages in a real browser, over a real server: signed in with password and second factor,
//! on a desk and on a phone, with scripts and without.
//!
//! Needs chromedriver, chromium and axe-core (`make tools` installs them); without them the tests
//! are skipped, which is a failure where `CI` is set.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test whose inputs cannot be made or read fails"
)]

mod axe;
mod browser;
mod city;
mod crawl;
mod documented;
mod forms;
mod identity;
mod month;
mod office;
#[path = "../../src/accounts/openid/tests/library.rs"]
mod oidc;
mod person;
mod pictures;
#[path = "../../src/store/tests/support/postgres.rs"]
mod postgres;
mod tokens;

/// Whether the tools of these tests are there; says so where they are not.
///
/// # Panics
/// Where `CI` is set and they are missing.
fn ready() -> bool {
    let missing = browser::missing().or_else(axe::missing);
    let Some(missing) = missing else { return true };
    assert!(
        std::env::var_os("CI").is_none(),
        "{missing} is missing; `make tools` installs it"
    );
    eprintln!("skipped: {missing} is missing");
    false
}

/// A client that is no browser.
fn client() -> reqwest::Client {
    let provider = rustls::crypto::ring::default_provider();
    let _another_test_may_have_been_first = provider.install_default();
    reqwest::Client::new()
}
