//! A city of made-up enterprises, served by the binary.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;
use totp_rs::{Algorithm, Builder, Secret};

use crate::browser::Browser;

/// How somebody signs in.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    password: String,
    seed: String,
}

/// A running server.
pub(crate) struct City {
    server: Child,
    /// Where it answers, without a slash at the end.
    pub(crate) address: String,
    /// Everybody who can sign in.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Its folder.
    pub(crate) folder: TempDir,
}

impl City {
    /// Plays the month of the show and serves what it left.
    pub(crate) fn found(enterprises: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let mut server = Command::new(env!("CARGO_BIN_EXE_zhida"))
            .current_dir(folder.path())
            .args(["demo", "--json", "--serve", "--listen", "127.0.0.1:0"])
            .args(["--count", &enterprises.to_string(), "--out", "out"])
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
            let (password, seed) = (text("password"), text("seed"));
            accounts.insert(text("id"), Account { password, seed });
            if account["id"] == "zhifu2" {
                break;
            }
        }
        Self {
            server,
            address: address.recv().expect("the server ended"),
            accounts,
            folder,
        }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("out/month/data")
    }

    /// Serves the same folder again, from another moment on.
    pub(crate) fn go_on(&mut self, moment: &str) {
        self.stop();
        let month = self.folder.path().join("out/month");
        let mut server = Command::new(env!("CARGO_BIN_EXE_zhida"))
            .current_dir(&month)
            .args(["serve", "--data", "data", "--settings", "bureau.toml"])
            .args([
                "--listen",
                "127.0.0.1:0",
                "--clock",
                moment,
                "--log",
                "warn",
            ])
            .env_remove("ZHIDA_STORE")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.address = address_of(&mut server).recv().expect("the server ended");
        self.server = server;
    }

    fn stop(&mut self) {
        let id = self.server.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(told.success());
        self.server.wait().unwrap();
    }

    /// The code of a second factor at a time of Unix.
    pub(crate) fn code(&self, account: &str, seconds: u64) -> String {
        let account = &self.accounts[account];
        let secret = Secret::try_from_base32(&account.seed).unwrap();
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(30)
            .with_secret(secret)
            .with_account_name("")
            .build_noncompliant();
        totp.generate(seconds).to_string()
    }

    /// Signs in with password and second factor.
    pub(crate) async fn sign_in(&self, browser: &Browser, account: &str) {
        browser.goto(&format!("{}/sign-in", self.address)).await;
        browser.fill("name", account).await;
        browser
            .fill("password", &self.accounts[account].password)
            .await;
        browser.press("登录").await;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        browser
            .fill("code", &self.code(account, now.as_secs()))
            .await;
        browser.press("继续").await;
        let text = browser.text().await;
        assert!(text.contains("退出"), "{account} is not signed in: {text}");
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
