//! A city of made-up enterprises, served by the binary.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::browser::Browser;
use crate::person::{STEP, code};

/// When it is in the city, as the server begins: the day after the last of the month.
const CLOCK: &str = "2026-08-03T10:00:00+08:00";

/// How somebody signs in.
#[derive(Debug)]
struct Account {
    password: String,
    seed: String,
    /// The last step of time whose code was used.
    used: AtomicU64,
}

/// A running server.
pub(crate) struct City {
    server: Child,
    began: Instant,
    /// Where it answers, without a slash at the end.
    pub(crate) address: String,
    accounts: BTreeMap<String, Account>,
    _folder: TempDir,
}

impl City {
    /// Plays the month of the show and serves what it left.
    pub(crate) fn found(enterprises: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let mut server = Command::new(env!("CARGO_BIN_EXE_zhida"))
            .current_dir(folder.path())
            .args(["demo", "--json", "--serve", "--listen", "127.0.0.1:0"])
            .args(["--count", &enterprises.to_string(), "--out", "out"])
            .args(["--clock", CLOCK])
            .env_remove("ZHIDA_STORE")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let address = address_of(&mut server);
        let out = BufReader::new(server.stdout.take().unwrap());
        let mut accounts = BTreeMap::new();
        for line in out.lines() {
            // The month says something to people as well.
            let Ok(line) = serde_json::from_str::<Value>(&line.unwrap()) else {
                continue;
            };
            let Some(account) = line.get("account") else {
                continue;
            };
            let text = |name: &str| account[name].as_str().unwrap().to_owned();
            let known = Account {
                password: text("password"),
                seed: text("seed"),
                used: AtomicU64::new(0),
            };
            accounts.insert(text("id"), known);
            if account["id"] == "zhifu2" {
                break;
            }
        }
        Self {
            server,
            address: address.recv().expect("the server ended"),
            began: Instant::now(),
            accounts,
            _folder: folder,
        }
    }

    /// The next code of an account; waits where those of now were all used.
    async fn code(&self, account: &Account) -> String {
        let clock: jiff::Timestamp = CLOCK.parse().unwrap();
        let clock = u64::try_from(clock.as_second()).unwrap();
        loop {
            let now = (clock + self.began.elapsed().as_secs()) / STEP;
            let step = now.max(account.used.load(Ordering::SeqCst) + 1);
            if step <= now + 1 {
                account.used.store(step, Ordering::SeqCst);
                return code(&account.seed, step);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Signs in with password and second factor.
    pub(crate) async fn sign_in(&self, browser: &Browser, who: &str) {
        let account = &self.accounts[who];
        browser.goto(&format!("{}/sign-in", self.address)).await;
        let fields = [("name", who), ("password", account.password.as_str())];
        browser.send("/sign-in", &fields).await;
        let code = self.code(account).await;
        browser.send("/sign-in/code", &[("code", &code)]).await;
        browser.signed_in().await;
    }
}

impl Drop for City {
    fn drop(&mut self) {
        let _it_may_be_gone = self.server.kill();
        let _it_was_ended = self.server.wait();
    }
}

/// Where the server will say that it answers; what it says is read on, so that it never waits.
fn address_of(server: &mut Child) -> Receiver<String> {
    let said = BufReader::new(server.stderr.take().unwrap()).lines();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in said.map_while(Result::ok) {
            match line.split_once("服务已启动:") {
                Some((_, address)) => {
                    let _it_may_be_known = sender.send(address.trim_end_matches('/').to_owned());
                }
                None => eprintln!("{line}"),
            }
        }
    });
    receiver
}
