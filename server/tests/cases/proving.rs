//! Proofs of the log: written by `payout proof`, checked by `verify --proof` and by hand.

use serde_json::Value;
use zhida_engine::merkle::{TreeHash, verify_consistency, verify_inclusion};

use crate::support::Place;
use crate::support::desk::{Batched, NOW, on};

fn hash(text: &Value) -> TreeHash {
    let text = text.as_str().unwrap();
    let mut bytes = [0; 32];
    assert_eq!(text.len(), 64);
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    TreeHash(bytes)
}

fn hashes(texts: &Value) -> Vec<TreeHash> {
    texts.as_array().unwrap().iter().map(hash).collect()
}

/// The leaf as the log describes it: domain, sequence, time, length of the kind, kind, body.
fn leaf(proof: &Value) -> TreeHash {
    let text = |name: &str| proof[name].as_str().unwrap().as_bytes();
    let kind = text("kind");
    let length = u32::try_from(kind.len()).unwrap().to_be_bytes();
    let sequence = proof["sequence"].as_u64().unwrap().to_be_bytes();
    let at = proof["at"].as_i64().unwrap().to_be_bytes();
    let parts: [&[u8]; 6] = [
        b"zhida event 1\n",
        &sequence,
        &at,
        &length,
        kind,
        text("body"),
    ];
    TreeHash::of_leaf(&parts.concat())
}

#[test]
fn the_last_event_of_a_payout_is_proved_without_the_database() {
    let batched = Batched::new();
    let place = &batched.place;
    let run = ["payout", "proof", &batched.payout, "-o", "proof.json"];
    on(place, 10, &run);
    let text = place.read("proof.json");
    let proof: Value = serde_json::from_str(&text).unwrap();
    // The last thing that happened to it is the batch.
    assert!(
        proof["body"].as_str().unwrap().contains(&batched.batch),
        "{text}"
    );
    assert_eq!(proof["public_key"], batched.key.as_str());
    let leaf = leaf(&proof);
    assert_eq!(leaf, hash(&proof["leaf"]));
    let (size, index) = (
        proof["size"].as_u64().unwrap(),
        proof["sequence"].as_u64().unwrap() - 1,
    );
    let root = hash(&proof["root"]);
    verify_inclusion(&root, size, index, &leaf, &hashes(&proof["path"])).unwrap();

    // Anywhere else, where there is no data folder.
    let elsewhere = Place::new();
    elsewhere.write("proof.json", &text);
    let verify = [
        "verify",
        "--proof",
        "proof.json",
        "--public-key",
        &batched.key,
    ];
    let run = elsewhere.ends(0, &verify);
    assert!(run.out.contains("证明成立"), "{}", run.out);
    assert!(!run.err.contains("注意"), "{}", run.err);
    let run = elsewhere.ends(0, &["verify", "--proof", "proof.json"]);
    assert!(run.err.contains("公钥取自证明文件本身"), "{}", run.err);

    let other = Batched::new().key;
    let run = elsewhere.ends(
        4,
        &["verify", "--proof", "proof.json", "--public-key", &other],
    );
    assert!(run.err.contains("不是给定的公钥"), "{}", run.err);
    elsewhere.write("proof.json", &text.replace(&batched.batch, "B000000000000"));
    let run = elsewhere.ends(4, &verify);
    assert!(
        run.err.contains("事件的内容与叶子的散列不符"),
        "{}",
        run.err
    );
    elsewhere.write("proof.json", &text[..text.len() / 2]);
    let run = elsewhere.ends(3, &verify);
    assert!(run.err.contains("不是证明文件"), "{}", run.err);
    place.ends(1, &["payout", "proof", "P0", "-o", "none.json"]);
    assert!(!place.path().join("none.json").exists());
}

#[test]
fn a_log_that_grew_is_proved_to_begin_as_it_did() {
    let batched = Batched::new();
    let place = &batched.place;
    let head = place.ends(0, &[&["payout", "head"][..], &NOW].concat()).out;
    place.write("head.txt", &head);
    let seal = [
        "payout",
        "seal",
        &batched.batch,
        "--count",
        "1",
        "--total",
        &batched.total,
    ];
    on(place, 10, &[&seal[..], &["--as", "zhifu2"]].concat());
    on(
        place,
        10,
        &["payout", "proof", "--from", "head.txt", "-o", "grown.json"],
    );
    let text = place.read("grown.json");
    let proof: Value = serde_json::from_str(&text).unwrap();
    let verify = [
        "verify",
        "--proof",
        "grown.json",
        "--public-key",
        &batched.key,
        "--json",
    ];
    let shown = place.ends(0, &verify).lines().remove(0);
    let (from, size) = (
        shown["from"].as_u64().unwrap(),
        shown["size"].as_u64().unwrap(),
    );
    assert!(from < size, "{shown}");
    assert_eq!(head.lines().nth(1).unwrap(), from.to_string());
    // The payment file and the order are the two events since.
    assert_eq!(size, from + 2);
    // The newer root is that of the proofs of events.
    on(
        place,
        10,
        &["payout", "proof", &batched.payout, "-o", "proof.json"],
    );
    let event: Value = serde_json::from_str(&place.read("proof.json")).unwrap();
    assert_eq!(
        (&event["size"], &event["root"]),
        (&shown["size"], &shown["root"])
    );
    assert_eq!(event["sequence"].as_u64(), Some(size));
    let path = hashes(&proof["path"]);
    let newer = hash(&shown["root"]);
    assert!(verify_consistency((&newer, from), (&newer, size), &path).is_err());

    // A head that nobody signed, and a proof with one hash less.
    place.write(
        "head.txt",
        &head.replacen(&from.to_string(), &(from - 1).to_string(), 1),
    );
    let forged = ["payout", "proof", "--from", "head.txt", "-o", "forged.json"];
    let run = place.ends(4, &[&forged[..], &NOW].concat());
    assert!(run.err.contains("日志头不完整"), "{}", run.err);
    let mut shorter = proof;
    shorter["path"].as_array_mut().unwrap().pop().unwrap();
    place.write("grown.json", &shorter.to_string());
    let run = place.ends(4, &verify);
    assert!(run.err.contains("不是从旧的日志接续而来"), "{}", run.err);
}
