//! Sealed sweeps of every version of the rules' meaning, run again by every build.
#![allow(
    clippy::unwrap_used,
    reason = "a test whose inputs cannot be read fails"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use zhida_engine::replay::{ReplayOptions, Sealed};
use zhida_engine::sweep::{Evaluator, SEMANTICS_VERSION, SweepControl};
use zhida_tests::cases::project;

/// The seals of a version, by name.
fn seals(version: u32) -> Vec<PathBuf> {
    let folder = project().join(format!("tests/sealed/{version}"));
    let entries = fs::read_dir(&folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_seal = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("seal-")
    };
    let mut seals: Vec<PathBuf> = paths.filter(is_seal).collect();
    seals.sort();
    seals
}

#[track_caller]
fn check(path: &Path, evaluator: Evaluator, threads: usize) {
    let sealed = Sealed::open(path, None).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let options = ReplayOptions {
        evaluator,
        threads: Some(threads),
        scratch: scratch.path(),
    };
    let replayed = sealed.replay(
        options,
        SweepControl {
            cancel: &AtomicBool::new(false),
            on_progress: &mut |_| (),
            on_write: &|_| (),
        },
    );
    let replayed = replayed.unwrap();
    assert_eq!(replayed.difference, None, "{}", path.display());
    assert_eq!(replayed.summary.digest, sealed.seal.result.digest);
}

#[test]
fn every_sealed_sweep_of_every_version_comes_out_again() {
    for version in 1..=SEMANTICS_VERSION {
        let seals = seals(version);
        // One measure; limits over several measures and enterprises; the library over a city.
        assert!(seals.len() >= 3, "version {version}: {}", seals.len());
        for seal in &seals {
            check(seal, Evaluator::Columns, 2);
            check(seal, Evaluator::Reference, 1);
        }
    }
}
