//! The deliberate differences.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Reads `tests/feel-waivers.tsv`: the id of a case, a tab, the reason; `#` starts a comment.
pub(crate) fn read_waivers() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("feel-waivers.tsv");
    let text = fs::read_to_string(path).unwrap();
    let mut waivers = BTreeMap::new();
    for line in text.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (id, reason) = line.split_once('\t').expect("an id, a tab and a reason");
        assert!(!reason.trim().is_empty(), "{id} has no reason");
        let earlier = waivers.insert(id.to_owned(), reason.to_owned());
        assert!(earlier.is_none(), "{id} is listed twice");
    }
    waivers
}
