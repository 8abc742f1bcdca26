//! Files: there whole or not at all, given out only when recorded, and checked when read.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::support::Place;
use crate::store::database::Database;
use crate::store::encoding::hex;
use crate::store::error::StoreError;
use crate::store::faults::Faults;
use crate::store::files::{self, FileFolder, FileRecord};

on_both_databases!(
    a_recorded_file_comes_back,
    what_is_not_recorded_is_not_given_out,
    every_change_of_a_file_is_found,
    a_name_is_no_path,
);

/// The SHA-256 of `abc`.
///
/// # Source
/// FIPS 180-2 appendix B.1.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn open(place: &Place) -> FileFolder {
    FileFolder::open(&place.folder.path().join("files"), Faults::default()).unwrap()
}

fn path_of(place: &Place, digest: &str) -> PathBuf {
    place
        .folder
        .path()
        .join("files")
        .join(&digest[..2])
        .join(digest)
}

async fn put(database: &Database, folder: &FileFolder, name: &str, content: &[u8]) -> FileRecord {
    let kept = folder.keep(content.to_vec()).await.unwrap();
    let recorded: Result<FileRecord, StoreError> = database
        .write(|mut transaction| async move {
            files::record(&mut transaction, &kept, "payment", name, 7).await
        })
        .await;
    recorded.unwrap()
}

async fn a_recorded_file_comes_back(place: &Place) {
    let (database, folder) = (place.open().await, open(place));
    let record = put(&database, &folder, "批次一.xml", b"abc").await;
    assert_eq!((hex(&record.digest).as_str(), record.length), (ABC, 3));
    assert_eq!(fs::read(path_of(place, ABC)).unwrap(), b"abc");
    assert_eq!(folder.read(&record).await.unwrap(), b"abc");
    // The same content again is the same file, under its first name.
    let again = put(&database, &folder, "批次二.xml", b"abc").await;
    assert_eq!(again, record);
    let long: Vec<u8> = (0..300_000_u32)
        .map(|number| number.to_le_bytes()[0])
        .collect();
    let record = put(&database, &folder, "long", &long).await;
    assert_eq!(folder.read(&record).await.unwrap(), long);
    let mut reader = database.read().await.unwrap();
    assert_eq!(files::page(&mut reader, None).await.unwrap().len(), 2);
    assert_eq!(folder.verify(&mut reader).await.unwrap(), []);
}

async fn what_is_not_recorded_is_not_given_out(place: &Place) {
    let (database, folder) = (place.open().await, open(place));
    let kept = folder.keep(b"abc".to_vec()).await.unwrap();
    let mut reader = database.read().await.unwrap();
    let error = files::find(&mut reader, &kept.digest).await.unwrap_err();
    assert_eq!(error.to_string(), format!("没有登记摘要为 {ABC} 的文件"));
    assert!(matches!(error, StoreError::UnknownFile(_)));
    assert_eq!(folder.verify(&mut reader).await.unwrap(), []);
    drop(reader);
    // A passing file that a kill left behind goes when the folder is opened.
    let left = place.folder.path().join("files/.tmp/9.tmp");
    fs::write(&left, "half").unwrap();
    let folder = open(place);
    assert!(!left.exists());
    put(&database, &folder, "now", b"abc").await;
}

async fn every_change_of_a_file_is_found(place: &Place) {
    let (database, folder) = (place.open().await, open(place));
    let record = put(&database, &folder, "批次一.xml", b"abc").await;
    let other = put(&database, &folder, "批次二.xml", b"other").await;
    let path = path_of(place, ABC);
    let found = async || {
        let mut reader = database.read().await.unwrap();
        folder.verify(&mut reader).await.unwrap()
    };
    for (content, problem) in [(&b"abd"[..], "内容"), (b"ab", "2 字节"), (b"", "0 字节")] {
        fs::write(&path, content).unwrap();
        let [fault] = found().await.try_into().unwrap();
        let told = fault.to_string();
        assert!(told.contains("批次一.xml") && told.contains(ABC), "{told}");
        assert!(told.contains(problem), "{told}");
        let error = folder.read(&record).await.unwrap_err();
        assert!(matches!(error, StoreError::Integrity(_)), "{error}");
    }
    fs::remove_file(&path).unwrap();
    let [fault] = found().await.try_into().unwrap();
    assert!(fault.problem.contains("不在"), "{fault}");
    assert!(folder.read(&record).await.is_err());
    assert_eq!(folder.read(&other).await.unwrap(), b"other");
    put(&database, &folder, "again", b"abc").await;
    assert_eq!(found().await, []);
}

async fn a_name_is_no_path(place: &Place) {
    let (database, folder) = (place.open().await, open(place));
    let kept = folder.keep(b"abc".to_vec()).await.unwrap();
    let long = "名".repeat(201);
    for name in [
        "",
        " ",
        ".",
        "..",
        "../a",
        "/a",
        "a\\b",
        "c:a",
        "a\0",
        "a\nb",
        long.as_str(),
    ] {
        let recorded: Result<FileRecord, StoreError> = database
            .write(|mut transaction| async move {
                files::record(&mut transaction, &kept, "k", name, 1).await
            })
            .await;
        assert!(matches!(recorded, Err(StoreError::Name { .. })), "{name:?}");
    }
    put(&database, &folder, &"名".repeat(200), b"abc").await;
}

/// Fails after some bytes.
struct Breaking(usize);

impl Read for Breaking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.min(buffer.len());
        self.0 -= count;
        match count {
            0 => Err(io::Error::other("source gone")),
            _ => Ok(count),
        }
    }
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(names(&path)),
            false => found.push(path),
        }
    }
    found
}

#[tokio::test]
async fn a_source_that_breaks_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let folder = FileFolder::open(place.path(), Faults::default()).unwrap();
    let error = folder.keep_from(Breaking(100_000)).await.unwrap_err();
    assert!(error.to_string().contains("source gone"), "{error}");
    assert_eq!(names(place.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_step_that_fails_leaves_no_half_file() {
    let abc = &b"abc"[..];
    for step in 1.. {
        let place = tempfile::tempdir().unwrap();
        // Opening the folder takes the first steps.
        let Ok(folder) = FileFolder::open(place.path(), Faults::failing_at(step)) else {
            continue;
        };
        let kept = folder.keep(abc.to_vec()).await;
        for name in names(place.path()) {
            assert_eq!(fs::read(&name).unwrap(), abc, "step {step}");
            assert!(name.ends_with(ABC), "{name:?}");
        }
        if kept.is_ok() {
            // Folder, write, sync, rename, folder sync: each before and after.
            assert_eq!(step, 17);
            break;
        }
    }
}
