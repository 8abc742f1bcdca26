//! Somebody with an account: a password of his own, a phone with codes, and a browser.

use std::time::Duration;

use fantoccini::Locator;
use totp_rs::{Algorithm, Builder, Secret};

use crate::browser::{Browser, View};
use crate::office::Office;

/// How many seconds a code is for.
pub(crate) const STEP: u64 = 30;

/// Somebody who signs in.
pub(crate) struct Person {
    account: String,
    password: String,
    seed: Option<String>,
    /// The last step of time whose code was used: each is good once.
    used: u64,
    browser: Option<Browser>,
}

/// The code of a phone for a step of time.
pub(crate) fn code(seed: &str, step: u64) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP)
        .with_secret(Secret::try_from_base32(seed).unwrap())
        .with_account_name("")
        .build_noncompliant();
    totp.generate(step * STEP).to_string()
}

impl Person {
    /// Somebody who has not signed in yet.
    pub(crate) fn new(account: &str, number: usize) -> Self {
        Self {
            account: account.to_owned(),
            password: format!("Lantern{number}-quiet-Harbour"),
            seed: None,
            used: 0,
            browser: None,
        }
    }

    /// The open window.
    pub(crate) fn browser(&self) -> &Browser {
        self.browser.as_ref().unwrap()
    }

    /// Whether a window is open.
    pub(crate) const fn is_there(&self) -> bool {
        self.browser.is_some()
    }

    /// Opens a window of one's own.
    pub(crate) async fn come(&mut self, view: View) {
        self.browser = Some(Browser::open(view).await);
    }

    /// Closes the window.
    pub(crate) async fn leave(&mut self) {
        if let Some(browser) = self.browser.take() {
            browser.close().await;
        }
    }

    /// Whether password and phone were set up.
    pub(crate) const fn is_set_up(&self) -> bool {
        self.seed.is_some()
    }

    /// What the set-up page asks for.
    pub(crate) fn first<'a>(&'a self, code: &'a str) -> [(&'a str, &'a str); 4] {
        [
            ("name", self.account.as_str()),
            ("code", code),
            ("new", self.password.as_str()),
            ("again", self.password.as_str()),
        ]
    }

    /// What the sign-in page asks for.
    pub(crate) fn credentials(&self) -> [(&str, &str); 2] {
        [
            ("name", self.account.as_str()),
            ("password", self.password.as_str()),
        ]
    }

    /// Takes the key of the phone from the page that shows it once.
    pub(crate) async fn scan(&mut self) {
        let seed = Locator::Css("main li .code-text");
        let seed = self.browser().client.find(seed).await.unwrap();
        let text = seed.text().await.unwrap();
        self.seed = Some(text.split_whitespace().collect());
    }

    /// The next code of the phone; waits where those of now were all used.
    pub(crate) async fn code(&mut self, office: &Office) -> String {
        loop {
            let now = office.now() / STEP;
            // One step before or after now is taken.
            let step = now.max(self.used + 1);
            if step <= now + 1 {
                self.used = step;
                return code(self.seed.as_ref().unwrap(), step);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}
