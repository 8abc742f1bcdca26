//! An index in a directory: opened, updated, rebuilt, and never misread.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that stops has failed"
)]

mod corpus;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use zhida_indexer::{Entry, Error, Index, Lexicon, Opening, Query, RebuildCause};

static LEXICON: LazyLock<Arc<Lexicon>> = LazyLock::new(|| Arc::new(Lexicon::new([""; 0]).unwrap()));

fn open(directory: &Path, entries: &[Entry]) -> Index {
    Index::open_or_rebuild(directory, LEXICON.clone(), entries).unwrap()
}

/// Every hit of some questions, in order: two indexes that agree on it answer alike.
fn answers(index: &Index) -> Vec<Vec<String>> {
    [
        "奖励",
        "补助",
        "襄阳",
        "规上企业",
        "襄政办发〔2025〕12号",
        "",
    ]
    .map(|text| {
        let answer = index
            .search(&Query {
                limit: 100,
                ..Query::text(text)
            })
            .unwrap();
        answer.hits.iter().map(|hit| hit.entry.key()).collect()
    })
    .into()
}

fn generation(directory: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn an_index_is_built_once_and_opened_afterwards() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("deep").join("index");
    let library = corpus::library();
    let built = open(&directory, &library);
    assert_eq!(built.opening(), Opening::Rebuilt(RebuildCause::Absent));
    let opened = open(&directory, &library);
    assert_eq!(opened.opening(), Opening::Opened);
    let in_ram = Index::create_in_ram(LEXICON.clone(), &library).unwrap();
    assert_eq!(answers(&opened), answers(&in_ram));
    assert_eq!(answers(&opened), answers(&built));
}

#[test]
fn only_changed_policies_are_indexed_again() {
    let home = tempfile::tempdir().unwrap();
    let mut library = corpus::library();
    open(home.path(), &library);
    library.retain(|entry| entry.policy_id != "hubei-export-2023");
    for entry in library
        .iter_mut()
        .filter(|entry| entry.policy_id == "hubei-jobs-2025")
    {
        entry.text.push_str("补充说明。");
    }
    let updated = open(home.path(), &library);
    assert_eq!(updated.opening(), Opening::Updated(2));
    let fresh = Index::create_in_ram(LEXICON.clone(), &library).unwrap();
    assert_eq!(answers(&updated), answers(&fresh));
    assert_eq!(updated.search(&Query::text("补充说明")).unwrap().total, 7);
    assert_eq!(open(home.path(), &library).opening(), Opening::Opened);
}

#[test]
fn an_update_answers_like_a_rebuild() {
    let home = tempfile::tempdir().unwrap();
    let library = corpus::library();
    let (jobs, others): (Vec<Entry>, Vec<Entry>) = library
        .iter()
        .cloned()
        .partition(|entry| entry.policy_id == "hubei-jobs-2025");
    let index = open(home.path(), &others);
    index.update("hubei-jobs-2025", &jobs[..2]).unwrap();
    index.update("hubei-jobs-2025", &jobs).unwrap();
    let fresh = Index::create_in_ram(LEXICON.clone(), &library).unwrap();
    assert_eq!(answers(&index), answers(&fresh));
    assert_eq!(index.len(), fresh.len());
    assert_eq!(open(home.path(), &library).opening(), Opening::Opened);
    index.remove("hubei-jobs-2025").unwrap();
    let fresh = Index::create_in_ram(LEXICON.clone(), &others).unwrap();
    assert_eq!(answers(&index), answers(&fresh));
    assert_eq!(open(home.path(), &others).opening(), Opening::Opened);
}

#[test]
fn searches_during_an_update_see_the_old_or_the_new() {
    let library = corpus::library();
    let policy = "hubei-jobs-2025";
    let jobs: Vec<Entry> = library
        .iter()
        .filter(|entry| entry.policy_id == policy)
        .cloned()
        .collect();
    let index = Index::create_in_ram(LEXICON.clone(), &library).unwrap();
    let without = library.len() - jobs.len();
    std::thread::scope(|scope| {
        let searching = scope.spawn(|| {
            for _ in 0..300 {
                let total = index.search(&Query::default()).unwrap().total;
                assert!(total == library.len() || total == without, "{total}");
                index.suggest("奖励", 3).unwrap();
            }
        });
        while !searching.is_finished() {
            index.remove(policy).unwrap();
            index.update(policy, &jobs).unwrap();
        }
        searching.join().unwrap();
    });
    assert_eq!(index.len(), u64::try_from(library.len()).unwrap());
}

#[test]
fn suggestions_follow_an_update() {
    let library = corpus::library();
    let index = Index::create_in_ram(LEXICON.clone(), &library).unwrap();
    assert_eq!(index.suggest("一次性", 5).unwrap().len(), 1);
    index.remove("hubei-jobs-2025").unwrap();
    assert_eq!(index.suggest("一次性", 5).unwrap(), []);
}

#[test]
fn an_index_may_become_empty_and_full_again() {
    let library = corpus::library();
    let index = Index::create_in_ram(LEXICON.clone(), &[]).unwrap();
    assert!(index.is_empty());
    assert_eq!(index.search(&Query::text("奖励")).unwrap().total, 0);
    let policy = "national-debts";
    let entries: Vec<Entry> = library
        .into_iter()
        .filter(|entry| entry.policy_id == policy)
        .collect();
    index.update(policy, &entries).unwrap();
    assert_eq!(index.len(), 2);
    index.remove(policy).unwrap();
    index.remove(policy).unwrap();
    assert!(index.is_empty());
    index.update(policy, &entries).unwrap();
    assert_eq!(index.len(), 2);
}

#[test]
fn an_update_with_entries_of_another_policy_is_refused() {
    let index = Index::create_in_ram(LEXICON.clone(), &[]).unwrap();
    let error = index
        .update("national-debts", &corpus::library())
        .unwrap_err();
    assert!(matches!(error, Error::ForeignEntry { .. }));
    assert!(index.is_empty());
}

#[test]
fn another_dictionary_or_other_synonyms_rebuild() {
    let home = tempfile::tempdir().unwrap();
    let library = corpus::library();
    open(home.path(), &library);
    let words = Arc::new(Lexicon::new(["循环用水"]).unwrap());
    let index = Index::open_or_rebuild(home.path(), words, &library).unwrap();
    assert_eq!(index.opening(), Opening::Rebuilt(RebuildCause::Dictionary));
    // The first word is known either way, so only the synonyms differ.
    let one = Arc::new(Lexicon::with_synonyms(["奖励", "补贴"], "奖励\t补贴").unwrap());
    let two = Arc::new(Lexicon::with_synonyms(["奖励", "补贴"], "").unwrap());
    Index::open_or_rebuild(home.path(), one, &library).unwrap();
    let index = Index::open_or_rebuild(home.path(), two, &library).unwrap();
    assert_eq!(index.opening(), Opening::Rebuilt(RebuildCause::Synonyms));
}

#[track_caller]
fn check_damage(damage: impl Fn(&Path), cause: RebuildCause) {
    let home = tempfile::tempdir().unwrap();
    let library = corpus::library();
    let expected = answers(&open(home.path(), &library));
    fs::write(home.path().join("notes.txt"), "mine").unwrap();
    damage(home.path());
    let index = open(home.path(), &library);
    assert_eq!(index.opening(), Opening::Rebuilt(cause));
    assert_eq!(answers(&index), expected);
    assert_eq!(fs::read(home.path().join("notes.txt")).unwrap(), b"mine");
    generation(home.path());
    assert_eq!(open(home.path(), &library).opening(), Opening::Opened);
}

#[test]
fn a_damaged_index_is_rebuilt() {
    check_damage(
        |home| fs::remove_file(home.join("zhida-index.json")).unwrap(),
        RebuildCause::Absent,
    );
    check_damage(
        |home| fs::write(home.join("zhida-index.json"), "{\"format\":").unwrap(),
        RebuildCause::Absent,
    );
    check_damage(
        |home| {
            let pointer = r#"{"format":"zhida-index","generation":"../elsewhere"}"#;
            fs::write(home.join("zhida-index.json"), pointer).unwrap();
        },
        RebuildCause::Absent,
    );
    check_damage(
        |home| fs::remove_dir_all(generation(home)).unwrap(),
        RebuildCause::Unreadable,
    );
    check_damage(
        |home| fs::write(generation(home).join("meta.json"), "{}").unwrap(),
        RebuildCause::Unreadable,
    );
}

#[test]
fn every_single_damaged_file_of_an_index_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    open(home.path(), &corpus::library());
    let data = |path: &Path| {
        path.extension()
            .is_some_and(|ending| ending != "json" && ending != "lock")
    };
    let endings: Vec<String> = fs::read_dir(generation(home.path()))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| data(path))
        .map(|path| path.extension().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(endings.len() >= 5, "{endings:?}");
    for ending in endings {
        let file = |home: &Path| {
            fs::read_dir(generation(home))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .find(|path| path.extension().is_some_and(|one| *one == *ending))
                .unwrap()
        };
        check_damage(
            |home| {
                let mut bytes = fs::read(file(home)).unwrap();
                bytes.truncate(bytes.len() / 2);
                fs::write(file(home), bytes).unwrap();
            },
            RebuildCause::Unreadable,
        );
        check_damage(
            |home| {
                let mut bytes = fs::read(file(home)).unwrap();
                let middle = bytes.len() / 3;
                bytes[middle] ^= 0xff;
                fs::write(file(home), bytes).unwrap();
            },
            RebuildCause::Unreadable,
        );
        check_damage(
            |home| fs::remove_file(file(home)).unwrap(),
            RebuildCause::Unreadable,
        );
    }
}

#[test]
fn an_index_of_another_version_is_rebuilt() {
    check_damage(
        |home| {
            let path = generation(home).join("meta.json");
            let meta = fs::read_to_string(&path).unwrap();
            let old = meta.replace(r#"{\"schema\":"#, r#"{\"schema\":9"#);
            assert_ne!(meta, old);
            fs::write(path, old).unwrap();
        },
        RebuildCause::Version,
    );
}

#[test]
fn an_unfinished_rebuild_is_swept_away() {
    let home = tempfile::tempdir().unwrap();
    let library = corpus::library();
    open(home.path(), &library);
    let unfinished = home.path().join("zhida-generation-000002");
    fs::create_dir(&unfinished).unwrap();
    fs::write(unfinished.join("meta.json"), "half").unwrap();
    assert_eq!(open(home.path(), &library).opening(), Opening::Opened);
    fs::remove_file(home.path().join("zhida-index.json")).unwrap();
    let index = open(home.path(), &library);
    assert_eq!(index.opening(), Opening::Rebuilt(RebuildCause::Absent));
    assert!(generation(home.path()).ends_with("zhida-generation-000003"));
}

#[test]
fn an_index_that_was_replaced_still_answers_but_takes_no_update() {
    let home = tempfile::tempdir().unwrap();
    let library = corpus::library();
    let old = open(home.path(), &library);
    let expected = answers(&old);
    let words = Arc::new(Lexicon::new(["循环用水"]).unwrap());
    let new = Index::open_or_rebuild(home.path(), words, &library).unwrap();
    assert_eq!(answers(&old), expected);
    let error = old.remove("national-debts").unwrap_err();
    assert!(matches!(error, Error::Superseded { .. }));
    assert!(matches!(
        old.refresh().unwrap_err(),
        Error::Superseded { .. }
    ));
    assert_eq!(new.len(), old.len());
}

#[test]
fn an_update_by_another_process_is_seen_after_a_refresh() {
    let home = tempfile::tempdir().unwrap();
    let library = corpus::library();
    let (here, there) = (open(home.path(), &library), open(home.path(), &library));
    let before = answers(&here);
    assert_eq!(here.suggest("一次性", 5).unwrap().len(), 1);
    there.remove("hubei-jobs-2025").unwrap();
    assert_eq!(answers(&here), before);
    here.refresh().unwrap();
    assert_ne!(answers(&here), before);
    assert_eq!(answers(&here), answers(&there));
    assert_eq!(here.suggest("一次性", 5).unwrap(), []);
    here.remove("national-debts").unwrap();
    there.refresh().unwrap();
    assert_eq!(answers(&here), answers(&there));
}

#[test]
fn a_place_that_is_no_directory_is_an_error() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "mine").unwrap();
    let result = Index::open_or_rebuild(&file, LEXICON.clone(), &corpus::library());
    assert!(matches!(result.map(|_| ()), Err(Error::Io { .. })));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}
