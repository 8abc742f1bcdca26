//! The log in order: numbers, roots, heads and proofs.

use std::fs;

use zhida_engine::merkle::{TreeHash, verify_consistency, verify_inclusion};

use super::support::Place;
use crate::store::database::{Database, Transaction};
use crate::store::error::StoreError;
use crate::store::faults::Faults;
use crate::store::log::{self, Appended, LogKey, NewEvent, PublicKey, SignedHead, Verified};

on_both_databases!(
    the_hashes_are_those_of_the_written_form,
    a_log_in_order_is_verified,
    a_log_longer_than_a_page_is_verified,
    the_undone_is_not_in_the_log,
    a_size_is_signed_once,
    every_proof_holds,
);

/// The name of the log of the tests.
pub(super) const ORIGIN: &str = "zhida/test";

/// The first secret key of RFC 8032 part 7.1, in Base64.
const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

/// The key of that secret.
pub(super) fn key() -> LogKey {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.key");
    fs::write(&path, format!("zhida log key 1\n{SEED}\n")).unwrap();
    only_for_owner(&path, 0o600);
    LogKey::read(&path).unwrap()
}

#[cfg(unix)]
fn only_for_owner(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn only_for_owner(_: &std::path::Path, _: u32) {}

fn event(at: i64, kind: &str, body: &[u8]) -> NewEvent {
    let (kind, body) = (kind.to_owned(), body.to_vec());
    NewEvent { at, kind, body }
}

/// Appends so many events, the first with number `from`, and signs a head over them.
pub(super) async fn append_and_sign(database: &Database, from: u64, count: u64) -> SignedHead {
    let events: Vec<NewEvent> = (from..from + count)
        .map(|number| event(1000, "种类", format!("{{\"n\":{number}}}").as_bytes()))
        .collect();
    let events = &events;
    let signed: Result<SignedHead, StoreError> = database
        .write(|mut transaction| async move {
            let appended = log::append(&mut transaction, events).await?;
            assert_eq!((appended.first, appended.last), (from, from + count - 1));
            log::sign_head(&mut transaction, &key(), ORIGIN, 1000).await
        })
        .await;
    signed.unwrap()
}

pub(super) async fn verified(database: &Database) -> Result<Verified, log::LogFault> {
    let mut transaction = database.read().await.unwrap();
    let keys = [key().public()];
    let verified = log::verify(&mut transaction, ORIGIN, &keys, None).await;
    verified.unwrap()
}

/// Hashes, key digest and note as another program computes them (Python's hashlib and
/// cryptography), from the documented form.
async fn the_hashes_are_those_of_the_written_form(place: &Place) {
    let database = place.open().await;
    let events = [
        event(1_767_225_600_000_000, "提出", br#"{"fen":30000000}"#),
        event(-1, "x", b""),
        event(0, "", b"\xff\x00"),
    ];
    let at = 1_767_225_600_000_000;
    let mut transaction = database.begin().await.unwrap();
    let appended = log::append(&mut transaction, &events).await.unwrap();
    let head = log::sign_head(&mut transaction, &key(), ORIGIN, at)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let root = "c58a3631d1027ceb98b2e89fd11af05a6f95d8ca499039a7487e73afeeac13fa";
    assert_eq!(appended.root.to_string(), root);
    let mut reader = database.read().await.unwrap();
    let page = log::page(&mut reader, 0).await.unwrap();
    let leaves: Vec<String> = page.iter().map(|event| event.leaf.to_string()).collect();
    assert_eq!(
        leaves,
        [
            "27b0a1824528f8e281754064a3aabf5aac27f41c31aabe219d0e5bf73ba63319",
            "287cdf22d6cab70beb4b1bb1ef9a777f347e14e64216c67f21caa1ce160dafc8",
            "d336b6231e87b96f06df84ff00070e45ddcafe88316dba013993237dbb294c51",
        ]
    );
    for (number, (found, written)) in (1..).zip(page.iter().zip(&events)) {
        assert_eq!(found.sequence, number);
        assert_eq!(
            (found.at, &found.kind, &found.body),
            (written.at, &written.kind, &written.body)
        );
    }
    let public = key().public();
    let id = "21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9";
    assert_eq!((public.id().as_str(), head.key_id.as_str()), (id, id));
    assert_eq!(PublicKey::from_text(&public.text()), Some(public.clone()));
    let note = "zhida/test\n3\nxYo2MdECfOuYsuif0RrwWm+V2MpJkDmnSH5zr+6sE/o=\n\
         utc-microseconds 1767225600000000\n\n\
         — zhida/test 5llZbs1br2KYBsrs2lXOTQV8jwXpsbt4nfVhw8OStxpZcUjttlymhTxT4QkzZHjlunqlHwet\
         Mx6x5fU6WCm+NiGbiwY=\n";
    assert_eq!(head.note(ORIGIN, &public), note);
}

async fn a_log_in_order_is_verified(place: &Place) {
    let database = place.open().await;
    let empty = verified(&database).await.unwrap();
    assert_eq!(
        (empty.size, empty.root, empty.heads),
        (0, TreeHash::of_nothing(), 0)
    );
    append_and_sign(&database, 1, 4).await;
    append_and_sign(&database, 5, 1).await;
    let head = append_and_sign(&database, 6, 5).await;
    let found = verified(&database).await.unwrap();
    assert_eq!((found.size, found.root, found.heads), (10, head.root, 3));
}

async fn a_log_longer_than_a_page_is_verified(place: &Place) {
    let database = place.open().await;
    append_and_sign(&database, 1, 4096).await;
    append_and_sign(&database, 4097, 5000).await;
    let head = append_and_sign(&database, 9097, 1).await;
    let found = verified(&database).await.unwrap();
    assert_eq!((found.size, found.root, found.heads), (9097, head.root, 3));
}

async fn the_undone_is_not_in_the_log(place: &Place) {
    let database = place.open().await;
    append_and_sign(&database, 1, 3).await;
    let mut transaction = database.begin().await.unwrap();
    let lost = [event(1, "lost", b"")];
    let appended = log::append(&mut transaction, &lost).await.unwrap();
    assert_eq!((appended.first, appended.last), (4, 4));
    transaction.rollback().await;
    let head = append_and_sign(&database, 4, 1).await;
    let found = verified(&database).await.unwrap();
    assert_eq!((found.size, found.root), (4, head.root));
    let mut reader = database.read().await.unwrap();
    let page = log::page(&mut reader, 3).await.unwrap();
    assert_eq!((page.len(), page[0].kind.as_str()), (1, "种类"));
}

async fn a_size_is_signed_once(place: &Place) {
    let database = place.open().await;
    let head = append_and_sign(&database, 1, 3).await;
    let mut transaction = database.begin().await.unwrap();
    let again = log::sign_head(&mut transaction, &key(), ORIGIN, 2000)
        .await
        .unwrap();
    assert_eq!(again, head);
    let nothing: Appended = log::append(&mut transaction, &[]).await.unwrap();
    assert_eq!(
        (nothing.first, nothing.last, nothing.root),
        (4, 3, head.root)
    );
    transaction.commit().await.unwrap();
    assert_eq!(verified(&database).await.unwrap().heads, 1);
}

async fn every_proof_holds(place: &Place) {
    let database = place.open().await;
    let mut roots = Vec::new();
    for size in 1..=20 {
        roots.push((append_and_sign(&database, size, 1).await.root, size));
    }
    let mut reader = database.read().await.unwrap();
    let leaves = log::leaves(&mut reader, 20).await.unwrap();
    for (newer, size) in &roots {
        prove(&mut reader, &leaves, &roots, (newer, *size)).await;
    }
    assert!(log::leaves(&mut reader, 21).await.is_err());
    assert!(log::inclusion(&mut reader, 21, 20).await.is_err());
    assert!(log::inclusion(&mut reader, 0, 20).await.is_err());
    assert!(log::consistency(&mut reader, 5, 4).await.is_err());
}

async fn prove(
    reader: &mut Transaction,
    leaves: &[TreeHash],
    roots: &[(TreeHash, u64)],
    (newer, size): (&TreeHash, u64),
) {
    for sequence in 1..=size {
        let index = sequence - 1;
        let leaf = &leaves[usize::try_from(index).unwrap()];
        let proof = log::inclusion(reader, sequence, size).await.unwrap();
        assert_eq!(verify_inclusion(newer, size, index, leaf, &proof), Ok(()));
        let (older, older_size) = &roots[usize::try_from(index).unwrap()];
        let proof = log::consistency(reader, sequence, size).await.unwrap();
        let older = (older, *older_size);
        assert_eq!(verify_consistency(older, (newer, size), &proof), Ok(()));
    }
}

#[test]
fn a_new_key_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.key");
    let made = LogKey::create(&path, &Faults::default()).unwrap();
    let other = LogKey::create(&folder.path().join("2"), &Faults::default()).unwrap();
    assert_ne!(made.public(), other.public());
    assert_eq!(LogKey::read(&path).unwrap().public(), made.public());
    assert!(!format!("{made:?}").contains(fs::read_to_string(&path).unwrap().trim()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        only_for_owner(&path, 0o640);
        let told = LogKey::read(&path).unwrap_err().to_string();
        assert!(told.contains("640") && told.contains("log.key"), "{told}");
        only_for_owner(&path, 0o600);
    }
    fs::write(&path, "zhida log key 1\nnonsense\n").unwrap();
    assert!(matches!(LogKey::read(&path), Err(StoreError::Key { .. })));
}
