//! Pictures of pages, where somebody asked for them: `make pictures` keeps them in
//! `docs/pictures`.

use std::path::PathBuf;

use crate::browser::Browser;

/// The part of a long page that is shown.
const HEIGHT_MAX: u64 = 2_000;
/// The width of a phone.
const PHONE: u32 = 390;

/// Pages that are also shown as they look on a phone.
const ON_A_PHONE: [&str; 14] = [
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
    "console-imports-one",
    "console-publications-one",
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    /// What all pictures may weigh together.
    const BYTES_MAX: u64 = 6_000_000;

    /// The pictures that a page refers to, by their names.
    fn shown(page: &str) -> BTreeSet<String> {
        let ends = page.split(".webp").map(|part| {
            let begins = part.rfind(['(', '"', '/']).map_or(0, |place| place + 1);
            part[begins..].to_owned()
        });
        let mut names: Vec<String> = ends.collect();
        names.pop();
        names.into_iter().collect()
    }

    #[test]
    fn the_gallery_shows_every_picture_and_no_other() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
        let mut kept = BTreeSet::new();
        let mut bytes = 0;
        for entry in std::fs::read_dir(&docs).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if let Some(name) = name.strip_suffix(".webp") {
                kept.insert(name.to_owned());
                bytes += entry.metadata().unwrap().len();
            }
        }
        let gallery = std::fs::read_to_string(docs.join("README.md")).unwrap();
        assert_eq!(shown(&gallery), kept);
        let first = std::fs::read_to_string(docs.join("../../README.md")).unwrap();
        let first = shown(&first);
        assert!(!first.is_empty() && first.is_subset(&kept), "{first:?}");
        assert!(bytes < BYTES_MAX, "{bytes} bytes of pictures");
    }
}
