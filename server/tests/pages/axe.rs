//! Whether pages can be used by everybody: axe-core, as `make tools` fetched it.

use std::path::PathBuf;

use serde_json::Value;

use crate::browser::Browser;

/// Findings of these weights fail a test.
const GRAVE: [&str; 2] = ["serious", "critical"];

fn script() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    cache.unwrap_or_else(home).join("zhida/axe.min.js")
}

/// What is missing to look at pages.
pub(crate) fn missing() -> Option<&'static str> {
    (!script().is_file()).then_some("axe-core")
}

/// What keeps people from using the page that a browser shows, one a line.
pub(crate) async fn findings(browser: &Browser) -> Vec<String> {
    let source = std::fs::read_to_string(script()).unwrap();
    let client = &browser.client;
    // The page came without its scripts, where it was to; axe itself needs them.
    browser.let_scripts_run(true).await;
    if let Err(error) = client.execute(&source, Vec::new()).await {
        return vec![format!(
            "the page went away while it was looked at: {error}"
        )];
    }
    let run = "const done = arguments[0]; \
        axe.run(document, {resultTypes: ['violations']}).then(done, e => done(String(e)));";
    let found = match client.execute_async(run, Vec::new()).await {
        Ok(found) => found,
        Err(error) => {
            return vec![format!(
                "the page went away while it was looked at: {error}"
            )];
        }
    };
    browser.let_scripts_run(browser.view().scripts).await;
    let Some(violations) = found["violations"].as_array() else {
        panic!("axe: {found}");
    };
    let grave = violations.iter().filter(|one| {
        let impact = one["impact"].as_str().unwrap_or_default();
        GRAVE.contains(&impact)
    });
    grave.map(told).collect()
}

fn told(violation: &Value) -> String {
    let nodes = violation["nodes"].as_array().cloned().unwrap_or_default();
    let places = nodes.iter().take(3).map(|node| node["html"].to_string());
    format!(
        "{}: {} ({})",
        violation["id"],
        violation["help"],
        places.collect::<Vec<String>>().join(" | ")
    )
}
