//! The schemas of ISO 20022 as judge, where they and `xmllint` are at hand; in CI they must be.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/iso20022/xsd")
}

/// Asks `xmllint` whether messages are valid, each with what it said; absent when nobody can say.
pub(super) fn verdicts(messages: &[Vec<u8>], schema: &str) -> Option<Vec<Result<(), String>>> {
    let schema = folder().join(format!("{schema}.xsd"));
    let has_tool = Command::new("xmllint").arg("--version").output().is_ok();
    if !has_tool || !schema.is_file() {
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "no xmllint or no {}", schema.display());
        println!("skipped: no xmllint or no {}", schema.display());
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let name = |number: usize| format!("message-{number:05}.xml");
    for (number, message) in messages.iter().enumerate() {
        fs::write(folder.path().join(name(number)), message).unwrap();
    }
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema.canonicalize().unwrap())
        .args((0..messages.len()).map(name))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let verdict = |number: usize| {
        let of_message = |line: &&str| line.starts_with(&name(number));
        let lines: Vec<&str> = said.lines().filter(of_message).collect();
        match lines.as_slice() {
            [line] if line.ends_with(" validates") => Ok(()),
            lines => Err(lines.join("\n")),
        }
    };
    Some((0..messages.len()).map(verdict).collect())
}

/// The message must be valid.
#[track_caller]
pub(super) fn is_valid(bytes: &[u8], schema: &str) {
    for verdict in verdicts(&[bytes.to_vec()], schema).into_iter().flatten() {
        verdict.unwrap();
    }
}

/// The message must not be valid: the judge can say no.
#[track_caller]
pub(super) fn is_invalid(bytes: &[u8], schema: &str) {
    for verdict in verdicts(&[bytes.to_vec()], schema).into_iter().flatten() {
        verdict.unwrap_err();
    }
}
