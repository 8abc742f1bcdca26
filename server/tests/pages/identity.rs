//! Signing in by a real identity service in a real browser: out of the site and back, by rules
//! that let no form lead elsewhere.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use fantoccini::Locator;
use tempfile::TempDir;

use crate::axe;
use crate::browser::{Browser, DESK, PATIENCE, PHONE};
use crate::oidc::library;
use crate::ready;

/// An enterprise that the provider knows.
const ENTERPRISE: &str = "91420600MA00000159";

/// A process that ends with the test, and what it writes: it would end with its first line after
/// nobody reads any more.
struct Running {
    child: Child,
    _output: Option<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _it_may_be_gone = self.child.kill();
        let _it_was_ended = self.child.wait();
    }
}

fn provider(library: &Path, site: &str) -> (Running, String) {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/accounts/openid/tests/provider.mjs"
    );
    let mut child = Command::new("node")
        .args([Path::new(script), library])
        .args([ENTERPRISE, site])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut issuer = String::new();
    let mut output = child.stdout.take().unwrap();
    BufReader::new(&mut output).read_line(&mut issuer).unwrap();
    // Held open, so that what it says later does not end it.
    let running = Running {
        child,
        _output: Some(output),
    };
    (running, issuer.trim().to_owned())
}

/// A server that knows the provider.
fn server(folder: &Path, issuer: &str, listen: &str) -> Running {
    let bureau = concat!(env!("CARGO_MANIFEST_DIR"), "/src/command/demo/bureau.toml");
    let zhida = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zhida"));
        command.current_dir(folder).env_remove("ZHIDA_STORE");
        command
    };
    let made = zhida()
        .args(["payout", "init", bureau, "--data", "data"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{said}");
    std::fs::write(folder.join("corp.secret"), "s3cret:+%/ x\n").unwrap();
    let installation = format!(
        "[identity.corp]\nlabel = \"省统一身份认证\"\nfor = \"enterprises\"\n\
         issuer = \"{issuer}\"\nclient_id = \"corp\"\nsecret_file = \"corp.secret\"\n\
         site = \"http://{listen}\"\nalgorithms = [\"ES256\"]\nenterprise_claim = \"uscc\"\n\
         scopes = [\"openid\", \"profile\"]\ncreate_in = \"示例市财政局\"\n"
    );
    std::fs::write(folder.join("installation.toml"), installation).unwrap();
    let mut child = zhida()
        .args(["serve", "--data", "data", "--settings", bureau])
        .args(["--installation", "installation.toml", "--listen", listen])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let started = said.any(|line| line.unwrap().contains("服务已启动"));
    assert!(started, "the server ended");
    std::thread::spawn(move || said.for_each(drop));
    Running {
        child,
        _output: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_goes_to_the_service_and_comes_back() {
    if !ready() {
        return;
    }
    let Some(library) = library() else { return };
    let listen = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let site = format!("http://{listen}");
    let (_provider, issuer) = provider(&library, &site);
    let folder = TempDir::new().unwrap();
    let _server = server(folder.path(), &issuer, &listen);
    for view in [DESK, PHONE] {
        let browser = Browser::open(view).await;
        browser.goto(&format!("{site}/sign-in?next=/account")).await;
        assert_eq!(browser.overflow().await, 0, "{view:?}");
        if view.scripts {
            assert_eq!(axe::findings(&browser).await, [""; 0]);
        }
        let go = Locator::Css("form[action='/sign-in/by'] button");
        let go = browser.client.find(go).await.unwrap();
        go.click().await.unwrap();
        // Over there, by itself: the page in between leads on.
        let field = Locator::Css("input[name='login']");
        let field = browser.client.wait().at_most(PATIENCE).for_element(field);
        field.await.unwrap().send_keys("qiye").await.unwrap();
        let there = browser.client.current_url().await.unwrap();
        assert!(there.as_str().starts_with(&issuer), "{there}");
        let button = browser.client.find(Locator::Css("button")).await;
        button.unwrap().click().await.unwrap();
        browser.signed_in().await;
        let here = browser.client.current_url().await.unwrap();
        assert_eq!(here.as_str(), format!("{site}/account"));
        // No rule of a page was broken on the way.
        assert_eq!(browser.complaints().await, [""; 0], "{view:?}");
        // And out, here and there.
        let out = Locator::Css("form[action='/sign-out'] button");
        browser
            .client
            .find(out)
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        let there = Locator::Css("form[action$='/session/end/confirm']");
        let asked = browser.client.wait().at_most(PATIENCE);
        let asked = asked.for_element(there).await;
        assert!(
            asked.is_ok(),
            "{view:?}: {:?}",
            browser.client.current_url().await
        );
        browser.goto(&format!("{site}/account")).await;
        let sign_in = Locator::Css("a[href^='/sign-in']");
        assert!(browser.client.find(sign_in).await.is_ok());
        browser.close().await;
    }
}
