//! A browser of its own for each test.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the driver may take to start.
const START: Duration = Duration::from_secs(30);
/// How long a page may take to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How the pages are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The width of the window.
    pub(crate) width: u32,
    /// Whether the scripts of pages run.
    pub(crate) scripts: bool,
}

/// How high the window is.
const HEIGHT: u64 = 900;

/// A desk, with scripts.
pub(crate) const DESK: View = View {
    width: 1280,
    scripts: true,
};
/// A phone, without scripts.
pub(crate) const PHONE: View = View {
    width: 390,
    scripts: false,
};
/// A desk, without scripts.
pub(crate) const DESK_WITHOUT_SCRIPTS: View = View {
    scripts: false,
    ..DESK
};
/// A phone, with scripts.
pub(crate) const PHONE_WITH_SCRIPTS: View = View {
    scripts: true,
    ..PHONE
};

/// How long a driver may take to close its window at the end.
const END: Duration = Duration::from_secs(10);

/// A process that opens and closes windows.
struct Driver {
    process: Child,
    port: u16,
    /// The name of its window, once there is one.
    session: Option<String>,
}

impl Driver {
    fn start() -> Self {
        // Free again when it is known.
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            // What the browser itself says on a page, such as in a field for a day.
            .env("LANGUAGE", "zh_CN")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            process,
            port,
            session: None,
        }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Closes the window: a driver that is only killed leaves its browser running.
    fn close_window(&self) -> std::io::Result<()> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(END))?;
        let asked = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        );
        stream.write_all(asked.as_bytes())?;
        // The reply begins when the browser has ended.
        stream.read(&mut [0; 64]).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _it_may_be_closed = self.close_window();
        let _it_may_be_gone = self.process.kill();
        let _it_was_ended = self.process.wait();
    }
}

/// A driver with one window; both end with it, and where a test fails as well.
pub(crate) struct Browser {
    driver: Driver,
    /// The window.
    pub(crate) client: Client,
    view: View,
    profile: TempDir,
}

/// What is missing to run a browser.
pub(crate) fn missing() -> Option<&'static str> {
    let is_there = |name: &str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|folder| folder.join(name).is_file())
    };
    if !is_there("chromedriver") {
        return Some("chromedriver");
    }
    (!is_there("chromium")).then_some("chromium")
}

fn chromium() -> PathBuf {
    let paths = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&paths).map(|folder| folder.join("chromium"));
    found.find(|path| path.is_file()).unwrap()
}

impl Browser {
    /// Opens a window.
    pub(crate) async fn open(view: View) -> Self {
        let mut driver = Driver::start();
        let profile = TempDir::new().unwrap();
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": chromium(),
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                    "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--lang=zh-CN",
                    format!("--window-size={},900", view.width),
                    // Whatever a page asks for elsewhere fails, and is found in the log.
                    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
            },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!()
        };
        let begun = Instant::now();
        let address = driver.address();
        let client = loop {
            let mut builder =
                ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
            builder.capabilities(capabilities.clone());
            match builder.connect(&address).await {
                Ok(client) => break client,
                Err(error) => {
                    assert!(begun.elapsed() < START, "chromedriver: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        };
        driver.session = client.session_id().await.unwrap();
        let browser = Self {
            driver,
            client,
            view,
            profile,
        };
        // The window of a headless browser has a least width of its own; what counts is the page.
        browser.show(HEIGHT).await;
        browser.let_scripts_run(view.scripts).await;
        browser
    }

    /// Whether scripts run from here on. Those that a page brought before stay as they are.
    pub(crate) async fn let_scripts_run(&self, run: bool) {
        let asked = json!({
            "cmd": "Emulation.setScriptExecutionDisabled", "params": { "value": !run },
        });
        command(&self.client, asked).await;
    }

    /// How this window looks at pages.
    pub(crate) const fn view(&self) -> View {
        self.view
    }

    /// What the browser found wrong since it was asked last: errors of scripts, what the policy of
    /// a page forbids, and what could not be loaded.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.client.issue_cmd(Log).await.unwrap();
        let entries = entries.as_array().cloned().unwrap_or_default();
        let grave = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        let told = grave.filter_map(|entry| entry["message"].as_str());
        // Before the first page the browser shows one of its own.
        let of_pages = told.filter(|message| !message.starts_with("chrome://"));
        of_pages.map(str::to_owned).collect()
    }

    /// Goes to a page.
    pub(crate) async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Waits until somebody is signed in.
    pub(crate) async fn signed_in(&self) {
        let out = Locator::Css("form[action='/sign-out']");
        let found = self.client.wait().at_most(PATIENCE).for_element(out).await;
        if let Err(error) = found {
            panic!("nobody is signed in: {error}\n{}", self.text().await);
        }
    }

    /// What the page says.
    pub(crate) async fn text(&self) -> String {
        let body = Locator::Css("body");
        let body = self.client.wait().at_most(PATIENCE).for_element(body).await;
        body.unwrap().text().await.unwrap_or_default()
    }

    /// A picture of the page from its beginning, as WebP.
    pub(crate) async fn picture(&self, height_max: u64) -> Vec<u8> {
        let (_, height) = self.size().await;
        self.show(height.clamp(HEIGHT, height_max)).await;
        let asked = json!({
            "cmd": "Page.captureScreenshot", "params": { "format": "webp", "quality": 70 },
        });
        let taken = command(&self.client, asked).await;
        self.show(HEIGHT).await;
        let text = taken["data"].as_str().unwrap();
        base64::engine::general_purpose::STANDARD
            .decode(text)
            .unwrap()
    }

    /// By how much the page is wider than what can be seen.
    pub(crate) async fn overflow(&self) -> u64 {
        self.size()
            .await
            .0
            .saturating_sub(u64::from(self.view.width))
    }

    /// The status of the answer that the page came with.
    pub(crate) async fn status(&self) -> u64 {
        let status = "return performance.getEntriesByType('navigation')[0].responseStatus";
        let status = self.client.execute(status, Vec::new()).await.unwrap();
        status.as_u64().unwrap_or_default()
    }

    /// How wide and how high the page is.
    async fn size(&self) -> (u64, u64) {
        let asked = json!({"cmd": "Page.getLayoutMetrics", "params": {}});
        let metrics = command(&self.client, asked).await;
        let side = |name: &str| metrics["cssContentSize"][name].as_u64().unwrap();
        (side("width"), side("height"))
    }

    /// Makes the window so high, with the width of the view.
    async fn show(&self, height: u64) {
        let asked = json!({
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {
                "width": self.view.width, "height": height, "deviceScaleFactor": 1,
                "mobile": self.view.width < 600,
            },
        });
        command(&self.client, asked).await;
    }

    /// Closes the window and ends the driver.
    pub(crate) async fn close(mut self) {
        if self.client.clone().close().await.is_ok() {
            self.driver.session = None;
        }
    }
}

/// A command of the browser's own protocol, through the driver.
async fn command(client: &Client, body: Value) -> Value {
    client.issue_cmd(Cdp(body)).await.unwrap()
}

/// `POST /session/{id}/se/log`: what the browser had to say.
#[derive(Debug)]
struct Log;

impl fantoccini::wd::WebDriverCompatibleCommand for Log {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let asked = json!({"type": "browser"});
        (http::Method::POST, Some(asked.to_string()))
    }
}

/// `POST /session/{id}/goog/cdp/execute`.
#[derive(Debug)]
struct Cdp(Value);

impl fantoccini::wd::WebDriverCompatibleCommand for Cdp {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

/// How many processes run that were started with this folder.
fn running_in(profile: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap();
    let lines = processes.filter_map(|one| std::fs::read(one.ok()?.path().join("cmdline")).ok());
    lines
        .filter(|line| String::from_utf8_lossy(line).contains(profile))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_ends_with_a_test_that_fails() {
    if !crate::ready() {
        return;
    }
    let browser = Browser::open(DESK).await;
    let profile = browser.profile.path().display().to_string();
    assert!(running_in(&profile) > 0, "a browser runs");
    let failing = tokio::spawn(async move {
        let _open = browser;
        panic!("as a test does that finds something wrong");
    });
    assert!(failing.await.is_err());
    let begun = Instant::now();
    while running_in(&profile) > 0 {
        assert!(begun.elapsed() < END, "the browser was left running");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
