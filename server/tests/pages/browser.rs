//! A browser of its own for each test.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long the driver may take to start.
const START: Duration = Duration::from_secs(30);

/// How the pages are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The width of the window.
    pub(crate) width: u32,
    /// Whether scripts run.
    pub(crate) scripts: bool,
}

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

/// A driver with one window.
pub(crate) struct Browser {
    driver: Child,
    /// The window.
    pub(crate) client: Client,
    _profile: TempDir,
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
        // Free again when it is known.
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let profile = TempDir::new().unwrap();
        let scripts = if view.scripts { 1 } else { 2 };
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": chromium(),
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                    "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--lang=zh-CN",
                    format!("--window-size={},900", view.width),
                    format!("--user-data-dir={}", profile.path().display()),
                ],
                "prefs": { "profile.managed_default_content_settings.javascript": scripts },
            },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!()
        };
        let begun = Instant::now();
        let address = format!("http://127.0.0.1:{port}");
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
        // The window of a headless browser has a least width of its own; what counts is the page.
        let metrics = json!({
            "cmd": "Emulation.setDeviceMetricsOverride",
            "params": {
                "width": view.width, "height": 900, "deviceScaleFactor": 1,
                "mobile": view.width < 600,
            },
        });
        command(&client, metrics).await;
        Self {
            driver,
            client,
            _profile: profile,
        }
    }

    /// Goes to a page.
    pub(crate) async fn goto(&self, address: &str) {
        self.client.goto(address).await.unwrap();
    }

    /// Fills a field by its name.
    pub(crate) async fn fill(&self, name: &str, value: &str) {
        let selector = format!("main [name=\"{name}\"]");
        let field = self.client.find(Locator::Css(&selector)).await;
        let field = field.unwrap_or_else(|error| panic!("no field {name}: {error}"));
        field.clear().await.unwrap();
        field.send_keys(value).await.unwrap();
    }

    /// Presses the button, or follows the link, that says this.
    pub(crate) async fn press(&self, text: &str) {
        let path = format!(
            "//main//button[contains(normalize-space(.), '{text}')] | \
             //main//a[contains(normalize-space(.), '{text}')]"
        );
        let button = self.client.find(Locator::XPath(&path)).await;
        let button = match button {
            Ok(button) => button,
            Err(error) => panic!("no button {text}: {error}\n{}", self.text().await),
        };
        button.click().await.unwrap();
    }

    /// What the page says.
    pub(crate) async fn text(&self) -> String {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap()
    }

    /// A picture of the whole page.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let taken = command(
            &self.client,
            json!({
                "cmd": "Page.captureScreenshot",
                "params": {"captureBeyondViewport": true, "format": "png"},
            }),
        )
        .await;
        let data = taken["data"].as_str().unwrap().to_owned();
        decoded(&data)
    }

    /// How wide the page is, beyond what can be seen.
    pub(crate) async fn overflow(&self) -> i64 {
        let metrics = command(
            &self.client,
            json!({"cmd": "Page.getLayoutMetrics", "params": {}}),
        )
        .await;
        let wide = |name: &str, part: &str| metrics[name][part].as_f64().unwrap();
        let beyond = wide("cssContentSize", "width") - wide("cssLayoutViewport", "clientWidth");
        beyond.round() as i64
    }

    /// Closes the window and ends the driver.
    pub(crate) async fn close(mut self) {
        let _it_may_be_closed = self.client.clone().close().await;
        let _it_may_be_gone = self.driver.kill();
        let _it_was_ended = self.driver.wait();
    }
}

/// A command of the browser's own protocol, through the driver.
async fn command(client: &Client, body: Value) -> Value {
    client.issue_cmd(Cdp(body)).await.unwrap()
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

/// The bytes of base64 text.
fn decoded(text: &str) -> Vec<u8> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| *byte != b'=')
        .map(value)
        .collect();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let bits = group
            .iter()
            .fold(0u32, |bits, digit| bits << 6 | u32::from(*digit));
        let bits = bits << (6 * (4 - group.len()));
        let whole = bits.to_be_bytes();
        bytes.extend_from_slice(&whole[1..group.len()]);
    }
    bytes
}
