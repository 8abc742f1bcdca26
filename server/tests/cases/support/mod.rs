//! A folder with small inputs, and the built binary run in it.

pub(crate) mod desk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The enterprise whose award the tests work out by hand.
pub(crate) const GROWN: &str = "91420600MA00000159";

/// The enterprises of the tests, and when they are looked at.
pub(crate) const WHEN: [&str; 6] = [
    "--snapshot",
    "企业.csv",
    "--year",
    "2025",
    "--as-of",
    "2026-06-30",
];

/// The policy of the tests.
pub(crate) const POLICY: [&str; 2] = ["--policies", "政策.md"];

/// Imports the enterprises of the tests as the snapshot `s`.
pub(crate) const IMPORT: [&str; 8] = [
    "import",
    "企业.csv",
    "--year",
    "2025",
    "--as-of",
    "2026-06-30",
    "-o",
    "s",
];

/// A folder of its own for each test.
pub(crate) struct Place {
    folder: TempDir,
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// The lines of JSON on standard output.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap();
        self.out.lines().map(parse).collect()
    }

    /// The last line of JSON.
    pub(crate) fn totals(&self) -> Value {
        self.lines().pop().unwrap()["totals"].clone()
    }
}

impl Place {
    /// A folder with `政策.md`, `faults.md` and `企业.csv`.
    pub(crate) fn new() -> Self {
        let place = Self {
            folder: TempDir::new().unwrap(),
        };
        place.write("政策.md", include_str!("../data/policy.md"));
        place.write("faults.md", include_str!("../data/faults.md"));
        place.write("企业.csv", include_str!("../data/enterprises.csv"));
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs `zhida` here.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = command(self.path(), arguments).output().unwrap();
        Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs `zhida` here and expects an exit code.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32, arguments: &[&str]) -> Run {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}\n{}\n{}", run.out, run.err);
        run
    }
}

/// The built binary with arguments, without a terminal.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zhida"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// The library as it lies in the repository.
pub(crate) fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/library")
}

/// A folder with all that is in it, under another name.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
