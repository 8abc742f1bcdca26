//! Packs the policies of the library, their vocabulary and the profiles of bank files into the
//! binary, so that `zhida` works wherever it is copied.

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let package = env::var("CARGO_MANIFEST_DIR")?;
    let library = Path::new(&package).join("../policies/library");
    println!("cargo::rerun-if-changed={}", library.display());
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=migrations");
    let library = library.canonicalize()?;
    let mut files = Vec::new();
    policy_files(&library, &mut files)?;
    files.sort();

    let mut code = String::from("pub(crate) const POLICIES: &[(&str, &[u8])] = &[\n");
    for file in &files {
        let name = file.strip_prefix(&library)?;
        let name = name.to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({name:?}, include_bytes!({file:?})),")?;
    }
    let vocabulary = library.join("vocabulary.toml");
    writeln!(code, "];")?;
    writeln!(
        code,
        "pub(crate) const VOCABULARY: &str = include_str!({vocabulary:?});"
    )?;
    let profiles = Path::new(&package).join("profiles");
    println!("cargo::rerun-if-changed={}", profiles.display());
    writeln!(code, "pub(crate) const PROFILES: &[(&str, &str)] = &[")?;
    for file in profile_files(&profiles)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        writeln!(code, "    ({name:?}, include_str!({file:?})),")?;
    }
    writeln!(code, "];")?;
    let target = PathBuf::from(env::var("OUT_DIR")?).join("library.rs");
    fs::write(target, code)?;
    Ok(())
}

/// Every `*.md` below a folder except those named `README.md`.
fn policy_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            policy_files(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "md")
            && path.file_name().is_some_and(|name| name != "README.md")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// Every `*.toml` of a folder, by name.
fn profile_files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path().canonicalize()?;
        if path.extension().is_some_and(|end| end == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
