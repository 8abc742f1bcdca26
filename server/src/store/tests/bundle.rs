//! Archives for auditors: made on both databases, checked by this program and by the verifier in
//! Python, and broken in every way.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zhida_engine::payouts::Moment;
use zhida_engine::snapshot::canonical_json;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::books::{Dice, requests, store};
use super::support::Place;
use super::support::month::Script;
use crate::audit::bundle::{Edition, verify};
use crate::store::encoding::hex;
use crate::store::log::{Signed, sign_digest};
use crate::store::{PayoutFilter, Store};

on_both_databases!(
    an_archive_is_checked_without_the_database,
    one_changed_byte_anywhere_fails_both_verifiers,
    what_the_holder_of_the_key_forges_is_found_and_named,
);

const NOW: Moment = Moment(1_800_000_000_000_000);
/// How many bytes are changed, each alone; how many of them the verifier in Python looks at.
const BYTES: usize = 300;
const BYTES_IN_PYTHON: usize = 12;

/// A month of payouts with files, exported.
async fn exported(place: &Place, edition: Edition) -> (Store, PathBuf) {
    let store = store(place).await;
    let orders = Script::month(6).orders;
    for (number, group) in requests(&orders).chunks(40).enumerate() {
        store.submit(group).await.unwrap();
        store.head(NOW).await.unwrap();
        let (name, text) = (format!("凭证{number}.txt"), format!("第 {number} 份"));
        let kept = store.keep("paper", &name, text.as_bytes(), NOW).await;
        kept.unwrap();
    }
    let kept = store
        .keep("notice", "公示.txt", "名单".as_bytes(), NOW)
        .await;
    kept.unwrap();
    let path = place.folder.path().join("bundle.zip");
    store.export(&path, edition, NOW).await.unwrap();
    (store, path)
}

/// What the verifier in Python says; `None` where there is no Python.
fn python(path: &Path, key: &str) -> Option<Result<String, String>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify.py");
    let run = Command::new("python3")
        .arg(script)
        .arg(path)
        .arg(key)
        .output();
    let Ok(run) = run else {
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!in_ci, "Python is not installed: run `make tools`");
        return None;
    };
    let out = String::from_utf8_lossy(&run.stdout).into_owned();
    let err = String::from_utf8_lossy(&run.stderr).into_owned();
    Some(if run.status.success() {
        Ok(out)
    } else {
        Err(err)
    })
}

async fn an_archive_is_checked_without_the_database(place: &Place) {
    for edition in [Edition::Full, Edition::Masked] {
        let inner = Place {
            folder: tempfile::tempdir().unwrap(),
            address: match edition {
                Edition::Full => place.address.clone(),
                Edition::Masked => {
                    let folder = place.folder.path().join("masked.sqlite");
                    crate::store::Address::Sqlite(folder)
                }
            },
        };
        let (store, path) = exported(&inner, edition).await;
        let (key, head) = (store.key.public(), store.head(NOW).await.unwrap());
        let note = head.note(&store.origin, &key);
        let sound = store.verify(None).await.unwrap();
        let payouts = store.payouts(&PayoutFilter::default()).await.unwrap();
        store.close().await;
        let checked = verify(&path, Some(&key), Some(&note)).unwrap().unwrap();
        assert_eq!(checked.events, sound.events);
        assert_eq!(checked.postings, sound.postings);
        assert_eq!(checked.manifest.root, sound.root.to_string());
        match edition {
            Edition::Full => {
                assert_eq!(checked.executed, sound.events);
                assert_eq!(checked.files, sound.files);
                assert_eq!(usize::try_from(checked.proofs), Ok(payouts.len()));
            }
            Edition::Masked => {
                assert_eq!((checked.executed, checked.proofs), (0, 0));
                // The notice is public, the papers are not.
                assert_eq!(checked.files, 1);
                let text = all_text(&path);
                assert!(!text.contains("35000000"), "an account is shown");
                assert!(!text.contains("审批二"), "a person is named");
            }
        }
        if let Some(said) = python(&path, &key.text()) {
            let said = said.unwrap();
            let expected = format!("sound: {} events", sound.events);
            assert!(said.starts_with(&expected) && said.contains(&sound.root.to_string()));
        }
        // Another key than the one that was saved.
        let faults = crate::store::faults::Faults::default();
        let other = inner.folder.path().join("other.key");
        let other = crate::store::log::LogKey::create(&other, &faults).unwrap();
        let fault = verify(&path, Some(&other.public()), None).unwrap();
        assert!(fault.unwrap_err().contains("公钥"));
        if let Some(said) = python(&path, &other.public().text()) {
            assert!(said.unwrap_err().contains("FAULT"));
        }
    }
}

/// Everything in an archive as text.
fn all_text(path: &Path) -> String {
    let mut zip = ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    for place in 0..zip.len() {
        let mut bytes = Vec::new();
        zip.by_index(place)
            .unwrap()
            .read_to_end(&mut bytes)
            .unwrap();
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    text
}

async fn one_changed_byte_anywhere_fails_both_verifiers(place: &Place) {
    let (store, path) = exported(place, Edition::Full).await;
    let key = store.key.public();
    store.close().await;
    let bytes = fs::read(&path).unwrap();
    let changed = place.folder.path().join("changed.zip");
    let mut dice = Dice(7);
    let ends = [0, 1, bytes.len() - 1, bytes.len() - 64, bytes.len() - 65];
    for number in 0..BYTES {
        let at = ends.get(number).copied();
        let at = at.unwrap_or_else(|| dice.below(bytes.len()));
        let mut other = bytes.clone();
        other[at] ^= 1 << dice.below(8);
        fs::write(&changed, &other).unwrap();
        let found = verify(&changed, Some(&key), None);
        assert!(!matches!(found, Ok(Ok(_))), "byte {at}");
        if number < BYTES_IN_PYTHON
            && let Some(said) = python(&changed, &key.text())
        {
            assert!(said.is_err(), "byte {at}: {said:?}");
        }
    }
    // One byte less, and one more.
    for other in [&bytes[..bytes.len() - 1], &[&bytes[..], b"x"].concat()] {
        fs::write(&changed, other).unwrap();
        assert!(!matches!(verify(&changed, Some(&key), None), Ok(Ok(_))));
        if let Some(said) = python(&changed, &key.text()) {
            assert!(said.is_err());
        }
    }
}

/// How a forged archive is signed.
#[derive(Clone, Copy, PartialEq)]
enum Signer {
    /// Not at all: the note is that of the true manifest.
    Nobody,
    /// By whoever holds the key of the log.
    Holder,
}

/// Writes an archive again with one entry changed, whole in itself.
fn forge(
    (store, from, to): (&Store, &Path, &Path),
    entry: &str,
    change: impl Fn(&str) -> String,
    signer: Signer,
) {
    let mut zip = ZipArchive::new(fs::File::open(from).unwrap()).unwrap();
    let mut entries = Vec::new();
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).unwrap();
        let (name, mut bytes) = (file.name().unwrap().into_owned(), Vec::new());
        file.read_to_end(&mut bytes).unwrap();
        if name == entry {
            let text = String::from_utf8(bytes).unwrap();
            let forged = change(&text);
            assert_ne!(forged, text, "{entry}");
            bytes = forged.into_bytes();
        }
        entries.push((name, bytes));
    }
    let manifest = entries.iter().position(|(name, _)| name == "manifest.json");
    let manifest = manifest.unwrap();
    let mut said: Value = serde_json::from_slice(&entries[manifest].1).unwrap();
    for listed in said["entries"].as_array_mut().unwrap() {
        let path = listed["path"].as_str().unwrap().to_owned();
        let (_, bytes) = entries.iter().find(|(name, _)| *name == path).unwrap();
        listed["sha256"] = json!(hex(&Sha256::digest(bytes)));
        listed["bytes"] = json!(bytes.len());
    }
    let text = canonical_json(&said);
    let digest = hex(&Sha256::digest(text.as_bytes()));
    entries[manifest].1 = text.into_bytes();
    if signer == Signer::Holder {
        let note = sign_digest(&store.key, &store.origin, Signed::Bundle, &digest);
        entries[manifest + 1].1 = note.into_bytes();
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    let comment = format!("zhida bundle sha256 {}", "0".repeat(64));
    zip.set_comment(comment).unwrap();
    let mut bytes = zip.finish().unwrap().into_inner();
    let covered = bytes.len() - 64;
    let digest = hex(&Sha256::digest(&bytes[..covered]));
    bytes.truncate(covered);
    bytes.extend_from_slice(digest.as_bytes());
    fs::write(to, bytes).unwrap();
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
async fn what_the_holder_of_the_key_forges_is_found_and_named(place: &Place) {
    let (store, path) = exported(place, Edition::Full).await;
    let key = store.key.public();
    let forged = place.folder.path().join("forged.zip");
    let paths = (&store, path.as_path(), forged.as_path());
    let swap = |from: &'static str, to: &'static str| move |text: &str| text.replacen(from, to, 1);
    let without_last = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        lines[..lines.len() - 1].join("\n") + "\n"
    };
    let digest = hex(&Sha256::digest("第 0 份".as_bytes()));
    let paper = format!("files/{digest}");
    // What is changed, what is said, and whether the verifier in Python sees it, too.
    type Change = Box<dyn Fn(&str) -> String>;
    let changes: Vec<(&str, Change, &str, bool)> = vec![
        (
            "log/events.jsonl",
            Box::new(swap("经办", "经手")),
            "第",
            true,
        ),
        ("log/events.jsonl", Box::new(without_last), "日志应有", true),
        (
            "log/heads.jsonl",
            Box::new(swap("utc-microseconds 1", "utc-microseconds 2")),
            "签名",
            true,
        ),
        ("log/heads.jsonl", Box::new(without_last), "日志头", true),
        (
            "books/postings.jsonl",
            Box::new(swap("\"fen\":1", "\"fen\":2")),
            "应为零",
            true,
        ),
        (
            "books/postings.jsonl",
            Box::new(swap("\"line\":\"2026", "\"line\":\"2027")),
            "应为零",
            true,
        ),
        (
            "books/payouts.jsonl",
            Box::new(swap("SETTLED", "PAID")),
            "books/payouts.jsonl 第",
            false,
        ),
        (
            "books/payouts.jsonl",
            Box::new(without_last),
            "缺少记录",
            false,
        ),
        (
            "books/users.jsonl",
            Box::new(swap("\"person\":\"", "\"person\":\"别")),
            "users",
            false,
        ),
        (
            "books/attempts.jsonl",
            Box::new(swap("\"is_alive\":1", "\"is_alive\":0")),
            "attempts",
            false,
        ),
        (
            "books/replies.jsonl",
            Box::new(swap("done", "gone")),
            "replies",
            false,
        ),
        (
            "files.jsonl",
            Box::new(swap("凭证0", "凭证9")),
            "登记与日志不符",
            false,
        ),
        (&paper, Box::new(swap("0", "9")), "内容与摘要不符", true),
    ];
    for (entry, change, said, in_python) in changes {
        forge(paths, entry, &change, Signer::Nobody);
        let fault = verify(&forged, Some(&key), None).unwrap().unwrap_err();
        assert!(fault.contains("manifest.note"), "{entry}: {fault}");
        forge(paths, entry, &change, Signer::Holder);
        let fault = verify(&forged, Some(&key), None).unwrap().unwrap_err();
        assert!(fault.contains(said), "{entry}: {fault}");
        if let Some(told) = python(&forged, &key.text()) {
            assert_eq!(told.is_err(), in_python, "{entry}: {told:?}");
        }
    }
}
