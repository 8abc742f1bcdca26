//! Signatures that were made elsewhere: by node's OpenSSL, and in a standard.

use serde_json::Value;

use crate::accounts::openid::claims::Claims;
use crate::accounts::openid::keys::{Algorithm, Keys};

const VECTORS: &str = include_str!("vectors.json");
const ALL: [Algorithm; 9] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}

/// Each is good by its own algorithm and by no other, and not when a single bit is another.
#[test]
fn a_signature_is_good_for_its_message_algorithm_and_key() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let mut seen = Vec::new();
    for vector in &vectors {
        let algorithm: Algorithm = serde_json::from_value(vector["alg"].clone()).unwrap();
        let set = serde_json::json!({ "keys": [vector["jwk"]] }).to_string();
        let keys = Keys::read(set.as_bytes()).unwrap();
        let message = vector["message"].as_str().unwrap().as_bytes();
        let signed = decoded(vector["signature"].as_str().unwrap());
        for other in ALL {
            let key = keys.find(None, other);
            let is_good = key.is_some_and(|key| key.has_signed(other, message, &signed));
            assert_eq!(is_good, other == algorithm, "{algorithm:?} by {other:?}");
        }
        let key = keys.find(None, algorithm).unwrap();
        for place in 0..signed.len() {
            let mut wrong = signed.clone();
            wrong[place] ^= 1;
            assert!(
                !key.has_signed(algorithm, message, &wrong),
                "{algorithm:?} {place}"
            );
        }
        assert!(!key.has_signed(algorithm, &message[1..], &signed));
        assert!(!key.has_signed(algorithm, message, &signed[1..]));
        seen.push(algorithm);
    }
    assert!(ALL.iter().all(|algorithm| seen.contains(algorithm)));
    let last = vectors.last().unwrap();
    assert_eq!(last["source"], "RFC 8037, A.4");
}

#[test]
fn a_key_is_for_what_it_says() {
    let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
    let rsa = vectors
        .iter()
        .find(|vector| vector["alg"] == "RS256")
        .unwrap();
    let with = |name: &str, value: &str| {
        let mut jwk = rsa["jwk"].clone();
        jwk[name] = Value::from(value);
        let set = serde_json::json!({ "keys": [jwk] }).to_string();
        Keys::read(set.as_bytes())
            .unwrap()
            .find(None, Algorithm::Rs256)
            .is_some()
    };
    assert!(with("use", "sig") && with("alg", "RS256"));
    assert!(!with("use", "enc") && !with("alg", "RS512") && !with("kty", "oct"));
    assert!(!with("n", "") && !with("n", "%%"));
    // Which of two is meant must be said.
    let two = serde_json::json!({ "keys": [rsa["jwk"], rsa["jwk"]] }).to_string();
    let two = Keys::read(two.as_bytes()).unwrap();
    assert_eq!(two.find(None, Algorithm::Rs256), None);
    let many = serde_json::json!({ "keys": vec![&rsa["jwk"]; 65] }).to_string();
    assert!(Keys::read(many.as_bytes()).is_err());
}

/// The example of OpenID Connect Core 1.0, A.4.
#[test]
fn the_half_of_an_access_token_is_as_the_standard_has_it() {
    let half = Algorithm::Rs256.left_half("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
    assert_eq!(half, "77QmUPtjPfzWtF2AnpK9RQ");
}

#[test]
fn no_name_stands_twice() {
    let read = |text: &str| serde_json::from_str::<Claims>(text);
    assert!(read(r#"{"sub":"a","aud":"b"}"#).is_ok());
    for wrong in [
        r#"{"sub":"a","sub":"b"}"#,
        r#"{"sub":"a","\u0073ub":"b"}"#,
        "[]",
        "null",
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
