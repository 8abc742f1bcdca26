//! How the project is written: sizes, words and places that STYLE rules, checked on every file that
//! git does not ignore.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a test that overflows or reads beyond an end fails, as it should"
)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use zhida_tests::cases::project;

/// The most lines of a source file, tests and generated code apart.
const LINES_MAX: usize = 700;
/// From here on a file is listed, so that somebody asks whether it holds two things.
const LINES_TALK: usize = 400;
/// The most columns of a source line.
const COLUMNS_MAX: usize = 100;
/// The most bytes of any file.
const BYTES_MAX: u64 = 1_500_000;

/// Exceptions to a rule: the rule, the file, and why.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    (
        "words",
        "tests/tests/tidy.rs",
        "names the words that it forbids",
    ),
    (
        "whitespace",
        "LICENSE",
        "the licence as its authors publish it",
    ),
];

/// Words that mean unfinished work.
const UNFINISHED: [&str; 5] = ["TODO", "FIXME", "todo!(", "unimplemented!(", "dbg!("];
/// Words that speak of how the project was made instead of what it is.
const MAKING: [&str; 7] = [
    "ChatGPT",
    "Claude",
    "Copilot",
    "AI-generated",
    "language model",
    "issue #",
    "as discussed",
];
/// Places that exist on one machine only.
const MACHINE_PATHS: [&str; 4] = ["/root/", "/home/", "/work/", "/Users/"];
/// File names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 4] = ["utils", "helpers", "misc", "common"];

/// One file of the project.
struct ProjectFile {
    /// Its path from the project's folder, with `/`.
    path: String,
    /// Where it is.
    place: PathBuf,
    /// Its text; absent where it is not UTF-8.
    text: Option<String>,
}

impl ProjectFile {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it holds tests alone.
    fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }

    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.as_deref().unwrap_or("").lines();
        lines.enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Every file that git tracks or would track.
fn files() -> Result<Vec<ProjectFile>> {
    let root = project();
    let output = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(&root)
        .output()
        .context("git lists the files of the project")?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout)?;
    let mut files = Vec::new();
    for path in names.split('\0').filter(|path| !path.is_empty()) {
        let place = root.join(path);
        // A file that was deleted but not yet committed.
        if !place.is_file() {
            continue;
        }
        files.push(ProjectFile {
            path: path.to_owned(),
            text: String::from_utf8(fs::read(&place)?).ok(),
            place,
        });
    }
    ensure!(files.len() > 100, "only {} files found", files.len());
    Ok(files)
}

fn is_excepted(rule: &str, path: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(excepted, file, _)| *excepted == rule && *file == path)
}

/// Applies a rule to every file; the rule gives what is wrong, by line.
fn check(rule: &str, wrong_in: impl Fn(&ProjectFile) -> Vec<String>) -> Result<()> {
    let mut wrong = Vec::new();
    for file in files()? {
        if !is_excepted(rule, &file.path) {
            let found = wrong_in(&file).into_iter();
            wrong.extend(found.map(|what| format!("{}{what}", file.path)));
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} times:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    Ok(())
}

#[test]
fn source_files_are_short() -> Result<()> {
    let mut long: Vec<(usize, String)> = files()?
        .iter()
        .filter(|file| file.is_rust() && !file.is_test())
        .map(|file| (file.lines().count(), file.path.clone()))
        .filter(|(lines, _)| *lines > LINES_TALK)
        .collect();
    long.sort();
    for (lines, path) in &long {
        println!("{lines} lines: {path}");
    }
    check("length", |file| {
        let lines = file.lines().count();
        let long = file.is_rust() && !file.is_test() && lines > LINES_MAX;
        long.then(|| format!(": {lines} lines"))
            .into_iter()
            .collect()
    })
}

#[test]
fn source_lines_are_narrow() -> Result<()> {
    check("columns", |file| {
        let wide = |line: &str| line.chars().count() > COLUMNS_MAX;
        // A text or an attribute of a test in quotes cannot be split without changing it.
        let splits = |line: &str| !line.contains('"') && !line.contains("http");
        if !file.is_rust() {
            return Vec::new();
        }
        file.lines()
            .filter(|(_, line)| wide(line) && splits(line))
            .map(|(number, line)| format!(":{number}: {} columns", line.chars().count()))
            .collect()
    })
}

#[test]
fn every_module_says_what_it_is() -> Result<()> {
    check("module docs", |file| {
        let first = file
            .lines()
            .map(|(_, line)| line)
            .find(|line| !line.trim().is_empty() && !line.starts_with("#!"));
        let documented = first.is_some_and(|line| line.starts_with("//!"));
        // The unit tests beside a module are documented by their names.
        let speaks = file.path.ends_with("/tests.rs");
        (file.is_rust() && !documented && !speaks)
            .then(|| " does not begin with //!".to_owned())
            .into_iter()
            .collect()
    })
}

#[test]
fn nothing_is_left_unfinished_and_the_project_speaks_of_itself_alone() -> Result<()> {
    check("words", |file| {
        let words = UNFINISHED.iter().chain(&MAKING).chain(&MACHINE_PATHS);
        let mut found = Vec::new();
        for (number, line) in file.lines() {
            for word in words.clone().filter(|word| line.contains(*word)) {
                found.push(format!(":{number}: {word}"));
            }
        }
        found
    })
}

#[test]
fn no_test_is_left_out() -> Result<()> {
    check("ignored tests", |file| {
        let ignore = concat!("#[", "ignore");
        file.lines()
            .filter(|(_, line)| file.is_rust() && line.contains(ignore))
            .map(|(number, _)| format!(":{number}: an ignored test"))
            .collect()
    })
}

#[test]
fn no_float_comes_near_money() -> Result<()> {
    check("floats", |file| {
        let near = ["policies/src/", "engine/src/"]
            .iter()
            .any(|folder| file.path.starts_with(folder));
        if !near {
            return Vec::new();
        }
        let mut reason_above = false;
        let mut found = Vec::new();
        for (number, line) in file.lines() {
            let code = line.split("//").next().unwrap_or("");
            let float = code
                .split(|character: char| !character.is_alphanumeric() && character != '_')
                .any(|word| matches!(word, "f32" | "f64"));
            if float && !reason_above {
                found.push(format!(
                    ":{number}: a binary float without a reason above it"
                ));
            }
            reason_above = line.contains("reason =") || (reason_above && !line.trim().is_empty());
        }
        found
    })
}

#[test]
fn file_names_say_what_is_inside() -> Result<()> {
    check("names", |file| {
        let name = file.path.rsplit('/').next().unwrap_or("");
        let stem = name.strip_suffix(".rs");
        stem.filter(|stem| EMPTY_NAMES.contains(stem))
            .map(|_| " has a name that says nothing".to_owned())
            .into_iter()
            .collect()
    })
}

#[test]
fn files_are_small_enough_to_read() -> Result<()> {
    check("size", |file| {
        let bytes = fs::metadata(&file.place).map_or(0, |metadata| metadata.len());
        (bytes > BYTES_MAX)
            .then(|| format!(": {bytes} bytes"))
            .into_iter()
            .collect()
    })
}

#[test]
fn no_line_ends_in_a_space() -> Result<()> {
    check("whitespace", |file| {
        // Snapshots show what people read, spaces included.
        if file.path.ends_with(".snap") {
            return Vec::new();
        }
        file.lines()
            .filter(|(_, line)| line.ends_with([' ', '\t', '\r']))
            .map(|(number, _)| format!(":{number}: a space at the end"))
            .collect()
    })
}

#[test]
fn the_front_door_is_there() -> Result<()> {
    let root = project();
    let readme = fs::read_to_string(root.join("README.md")).context("README.md")?;
    for command in ["make demo", "make test"] {
        ensure!(
            readme.contains(command),
            "README.md does not show `{command}`"
        );
    }
    for name in [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "LICENSE",
    ] {
        ensure!(root.join(name).is_file(), "{name} is missing");
    }
    Ok(())
}

#[test]
fn every_exception_is_needed() -> Result<()> {
    let files = files()?;
    for (rule, path, reason) in EXCEPTIONS {
        ensure!(files.iter().any(|file| file.path == path), "{path} is gone");
        ensure!(
            !reason.is_empty() && !rule.is_empty(),
            "{path} has no reason"
        );
    }
    Ok(())
}
