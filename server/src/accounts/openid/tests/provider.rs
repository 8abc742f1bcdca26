//! A provider that does as it is told, and lies as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Url;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded::byte_serialize;

use super::{SECRET, said};

/// How a token is signed, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signing {
    /// As it should be.
    Es256,
    /// Not at all.
    Nothing,
    /// With the public key as if it were a secret.
    PublicKeyAsSecret,
    /// By a key that nobody published.
    AnotherKey,
}

/// What its answers look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// At once.
    Plain,
    /// Never.
    Slow,
    /// Without an end.
    Endless,
    /// Somewhere else.
    Elsewhere,
    /// As a page for people.
    Page,
}

/// A key, by the name that it is published under.
pub(super) struct Pair {
    pub(super) name: String,
    pair: EcdsaKeyPair,
}

impl Pair {
    pub(super) fn new(name: &str) -> Self {
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap();
        let name = name.to_owned();
        Self { name, pair }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..65]);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name,
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }

    fn sign(&self, message: &str) -> Vec<u8> {
        let signed = self.pair.sign(&SystemRandom::new(), message.as_bytes());
        signed.unwrap().as_ref().to_vec()
    }
}

/// A code that was given, and for what.
struct Given {
    nonce: String,
    challenge: String,
    redirect: String,
}

/// What it does and says.
pub(super) struct Script {
    pub(super) base: String,
    /// Its clock, in seconds.
    pub(super) now: i64,
    pub(super) key: Pair,
    /// Which keys it publishes, where that is not the one that it signs with.
    pub(super) published: Option<Vec<Value>>,
    pub(super) signing: Signing,
    pub(super) manner: Manner,
    /// What its document says otherwise; null leaves a name out.
    pub(super) document: BTreeMap<&'static str, Value>,
    /// What its tokens say otherwise; null leaves a name out.
    pub(super) claims: BTreeMap<&'static str, Value>,
    /// What stands before the claims otherwise.
    pub(super) header: BTreeMap<&'static str, Value>,
    /// What it says elsewhere of a person.
    pub(super) person: Value,
    /// What was asked, in order.
    pub(super) asked: Vec<&'static str>,
    given: BTreeMap<String, Given>,
}

/// A provider that listens on this machine.
#[derive(Clone)]
pub(super) struct Provider(Arc<Mutex<Script>>);

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self(Arc::new(Mutex::new(Script {
            base,
            now: 0,
            key: Pair::new("first"),
            published: None,
            signing: Signing::Es256,
            manner: Manner::Plain,
            document: BTreeMap::new(),
            claims: BTreeMap::new(),
            header: BTreeMap::new(),
            person: Value::Null,
            asked: Vec::new(),
            given: BTreeMap::new(),
        })));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/person", get(person))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        provider
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap()
    }

    pub(super) fn base(&self) -> String {
        self.script().base.clone()
    }

    /// Somebody who was sent there signs in; the path by which he comes back.
    pub(super) fn signs_in(&self, address: &Url) -> String {
        let mut script = self.script();
        let say = |name: &str| said(address, name).unwrap_or_else(|| panic!("no {name}"));
        assert!(
            address
                .as_str()
                .starts_with(&format!("{}/authorize?", script.base))
        );
        assert_eq!(say("response_type"), "code");
        assert_eq!(say("client_id"), "zhida");
        assert_eq!(say("code_challenge_method"), "S256");
        let code = format!("code{}", script.given.len());
        let redirect = say("redirect_uri");
        let path = redirect
            .strip_prefix("https://zhida.test")
            .unwrap()
            .to_owned();
        let given = Given {
            nonce: say("nonce"),
            challenge: say("code_challenge"),
            redirect,
        };
        script.given.insert(code.clone(), given);
        let issuer: String = byte_serialize(script.base.as_bytes()).collect();
        format!("{path}?code={code}&state={}&iss={issuer}", say("state"))
    }
}

/// The answer in the manner of the moment.
async fn answer(provider: &Provider, asked: &'static str, body: Value) -> Response {
    let manner = {
        let mut script = provider.script();
        script.asked.push(asked);
        script.manner
    };
    let json = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    match manner {
        Manner::Plain => (json, body.to_string()).into_response(),
        Manner::Slow => std::future::pending().await,
        Manner::Endless => {
            let blank = || Ok::<_, std::io::Error>(vec![b' '; 8192]);
            let blanks = tokio_stream::iter(std::iter::repeat_with(blank));
            (json, Body::from_stream(blanks)).into_response()
        }
        Manner::Elsewhere => (
            StatusCode::FOUND,
            [(header::LOCATION, "http://169.254.169.254/")],
        )
            .into_response(),
        Manner::Page => ([(header::CONTENT_TYPE, "text/html")], "<p>".to_owned()).into_response(),
    }
}

fn changed(mut object: Map<String, Value>, by: &BTreeMap<&'static str, Value>) -> Value {
    for (name, value) in by {
        if value.is_null() {
            object.remove(*name);
        } else {
            object.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(object)
}

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else {
        panic!("{value}")
    };
    object
}

async fn document(State(provider): State<Provider>) -> Response {
    let body = {
        let script = provider.script();
        let base = &script.base;
        let plain = json!({
            "issuer": base, "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"), "jwks_uri": format!("{base}/keys"),
            "userinfo_endpoint": format!("{base}/person"),
            "end_session_endpoint": format!("{base}/end"),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        changed(object(plain), &script.document)
    };
    answer(&provider, "document", body).await
}

async fn keys(State(provider): State<Provider>) -> Response {
    let body = {
        let script = provider.script();
        let own = || vec![script.key.jwk()];
        json!({ "keys": script.published.clone().unwrap_or_else(own) })
    };
    answer(&provider, "keys", body).await
}

async fn person(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    assert_eq!(headers[header::AUTHORIZATION], "Bearer access");
    let body = provider.script().person.clone();
    answer(&provider, "person", body).await
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let body = {
        let mut script = provider.script();
        let in_header = headers.get(header::AUTHORIZATION).map(|value| {
            let value = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
            String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()
        });
        let encoded: String = byte_serialize(SECRET.as_bytes()).collect();
        let is_ours = match in_header {
            Some(text) => text == format!("zhida:{encoded}"),
            None => form.get("client_secret").is_some_and(|text| text == SECRET),
        };
        let given = script
            .given
            .remove(form.get("code").map_or("", String::as_str));
        let given = given.filter(|given| {
            let verifier = form.get("code_verifier").map_or("", String::as_str);
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            challenge == given.challenge
                && (43..=128).contains(&verifier.len())
                && form.get("redirect_uri") == Some(&given.redirect)
        });
        match given {
            Some(given) if is_ours => Ok(script.tokens(&given.nonce)),
            Some(_) => Err("invalid_client"),
            None => Err("invalid_grant"),
        }
    };
    match body {
        Ok(body) => answer(&provider, "token", body).await,
        Err(error) => {
            let mut response = answer(&provider, "token", json!({ "error": error })).await;
            *response.status_mut() = StatusCode::BAD_REQUEST;
            response
        }
    }
}

impl Script {
    /// Says something else in tokens; null leaves the name out.
    pub(super) fn say(&mut self, name: &'static str, value: Value) {
        self.claims.insert(name, value);
    }

    fn tokens(&self, nonce: &str) -> Value {
        let half = Sha256::digest(b"access");
        let plain = json!({
            "iss": self.base, "aud": "zhida", "sub": "u-1001", "nonce": nonce,
            "iat": self.now, "exp": self.now + 300, "auth_time": self.now,
            "at_hash": URL_SAFE_NO_PAD.encode(&half[..16]),
        });
        let claims = changed(object(plain), &self.claims);
        let name = match self.signing {
            Signing::Es256 | Signing::AnotherKey => "ES256",
            Signing::Nothing => "none",
            Signing::PublicKeyAsSecret => "HS256",
        };
        let header = json!({ "alg": name, "kid": self.key.name, "typ": "JWT" });
        let header = changed(object(header), &self.header);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let signed = match self.signing {
            Signing::Es256 => self.key.sign(&message),
            Signing::AnotherKey => Pair::new("first").sign(&message),
            Signing::Nothing => Vec::new(),
            Signing::PublicKeyAsSecret => {
                let key = self.key.pair.public_key().as_ref();
                let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
                mac.update(message.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
        };
        let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signed));
        json!({ "access_token": "access", "token_type": "bearer", "id_token": token })
    }
}
