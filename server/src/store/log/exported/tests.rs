//! Exported proofs hold by the rules of RFC 6962 alone, and no bit of them can be changed.

use std::path::Path;

use zhida_engine::merkle::{TreeBuilder, TreeHash, consistency_proof, inclusion_proof};

use super::{ExportedProof, ProofFault, Proved};
use crate::store::faults::Faults;
use crate::store::log::{EventRecord, LogKey, SignedHead, leaf};

const ORIGIN: &str = "示例市财政局";

fn new_key(folder: &Path, name: &str) -> LogKey {
    LogKey::create(&folder.join(name), &Faults::failing_at(u64::MAX)).unwrap()
}

/// A log of so many events.
fn events(count: u64) -> Vec<EventRecord> {
    let event = |sequence| {
        let (at, kind) = (1_700_000_000_000_000, "order".to_owned());
        let body = format!("{{\"金额\":\"{sequence}.00\"}}").into_bytes();
        let leaf = leaf(&mut Vec::new(), sequence, at, &kind, &body);
        EventRecord {
            sequence,
            at,
            kind,
            body,
            leaf,
        }
    };
    (1..=count).map(event).collect()
}

fn leaves(events: &[EventRecord]) -> Vec<TreeHash> {
    events.iter().map(|event| event.leaf).collect()
}

/// The head over the first so many events, signed.
fn head(key: &LogKey, events: &[EventRecord], size: u64) -> SignedHead {
    let mut tree = TreeBuilder::default();
    let first = usize::try_from(size).unwrap();
    tree.extend(leaves(&events[..first]));
    let (at, root) = (1_700_000_000_000_001, tree.root());
    let mut head = SignedHead {
        size,
        root,
        at,
        key_id: key.public().id(),
        signature: [0; 64],
    };
    head.signature = key.sign(head.text(ORIGIN).as_bytes());
    head
}

fn inclusion(key: &LogKey, events: &[EventRecord], sequence: u64) -> ExportedProof {
    let size = u64::try_from(events.len()).unwrap();
    let index = usize::try_from(sequence.saturating_sub(1)).unwrap();
    let path = inclusion_proof(&leaves(events), index).unwrap();
    let head = head(key, events, size);
    ExportedProof::inclusion(&events[index], &head, (ORIGIN, &key.public()), &path)
}

fn consistency(key: &LogKey, events: &[EventRecord], older: u64) -> ExportedProof {
    let size = u64::try_from(events.len()).unwrap();
    let path = consistency_proof(&leaves(events), usize::try_from(older).unwrap()).unwrap();
    let (older, newer) = (head(key, events, older), head(key, events, size));
    ExportedProof::consistency(&older, &newer, (ORIGIN, &key.public()), &path)
}

#[test]
fn a_proof_of_every_event_and_every_older_log_holds() {
    let folder = tempfile::tempdir().unwrap();
    let key = new_key(folder.path(), "key");
    for size in 1..=9 {
        let events = events(size);
        for number in 1..=size {
            let proved = inclusion(&key, &events, number).verify(Some(&key.public()));
            let Ok(Proved::Inclusion {
                origin,
                head,
                sequence,
            }) = proved
            else {
                panic!("{proved:?}");
            };
            assert_eq!(
                (origin.as_str(), head.size, sequence),
                (ORIGIN, size, number)
            );
            let proved = consistency(&key, &events, number).verify(Some(&key.public()));
            let Ok(Proved::Consistency { older, newer, .. }) = proved else {
                panic!("{proved:?}");
            };
            assert_eq!((older.size, newer.size), (number, size));
        }
    }
}

/// Every bit of the file: whatever is read, it is another proof or none.
fn no_bit_can_be_changed(proof: &ExportedProof) {
    let text = serde_json::to_string(proof).unwrap();
    assert_eq!(
        serde_json::from_str::<ExportedProof>(&text).unwrap(),
        *proof
    );
    for place in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let Ok(changed) = serde_json::from_slice::<ExportedProof>(&bytes) else {
                continue;
            };
            let changed = changed.verify(None);
            assert!(changed.is_err(), "byte {place}, bit {bit}: {changed:?}");
        }
    }
}

#[test]
fn no_bit_of_an_inclusion_proof_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let key = new_key(folder.path(), "key");
    no_bit_can_be_changed(&inclusion(&key, &events(5), 3));
}

#[test]
fn no_bit_of_a_consistency_proof_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let key = new_key(folder.path(), "key");
    no_bit_can_be_changed(&consistency(&key, &events(5), 3));
}

#[test]
fn a_proof_of_another_key_is_refused_where_the_key_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (
        new_key(folder.path(), "own"),
        new_key(folder.path(), "other"),
    );
    let forged = inclusion(&other, &events(5), 3);
    assert!(forged.verify(None).is_ok());
    assert_eq!(
        forged.verify(Some(&own.public())),
        Err(ProofFault::OtherKey)
    );
}

#[test]
fn a_proof_of_a_log_that_was_written_anew_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = new_key(folder.path(), "key");
    let before = events(5);
    let mut anew = events(8);
    anew[1].body = "{\"金额\":\"9.00\"}".into();
    anew[1].leaf = leaf(&mut Vec::new(), 2, anew[1].at, "order", &anew[1].body);
    let older = head(&key, &before, 5);
    let newer = head(&key, &anew, 8);
    let path = consistency_proof(&leaves(&anew), 5).unwrap();
    let proof = ExportedProof::consistency(&older, &newer, (ORIGIN, &key.public()), &path);
    assert_eq!(proof.verify(None), Err(ProofFault::Consistency));
}
