//! Pictures of pages, where somebody asked for them: `make pictures` keeps them in
//! `docs/pictures`.

use std::path::PathBuf;

use crate::browser::Browser;

/// The part of a long page that is shown.
const HEIGHT_MAX: u64 = 2_000;
/// The width of a phone.
const PHONE: u32 = 390;

/// Pages that are also shown as they look on a phone.
const ON_A_PHONE: [&str; 12] = [
    "start",
    "policies-one",
    "calculator-one-one",
    "my-measures",
    "my-measures-one-one",
    "my-payouts",
    "my-payouts-one",
    "console",
    "console-review",
    "console-payouts-one",
    "console-batches-one",
    "notices-one",
];

fn folder() -> Option<PathBuf> {
    std::env::var_os("ZHIDA_PICTURES").map(PathBuf::from)
}

/// Keeps a picture of the page that a browser shows.
pub(crate) async fn keep(browser: &Browser, name: &str) {
    let Some(folder) = folder() else { return };
    let width = browser.view().width;
    if width == PHONE && !ON_A_PHONE.contains(&name) {
        return;
    }
    let picture = browser.picture(HEIGHT_MAX).await;
    std::fs::create_dir_all(&folder).unwrap();
    let file = match width {
        PHONE => format!("{name}-phone.webp"),
        _ => format!("{name}.webp"),
    };
    std::fs::write(folder.join(file), picture).unwrap();
}
