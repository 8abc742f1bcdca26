//! An ID token: whether it was signed by the service, for us, for now and for this visit.
//!
//! # Source
//! OpenID Connect Core 1.0, 2 and 3.1.3.7; RFC 7515 part 5.2; RFC 8725 part 3.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use zhida_engine::payouts::Moment;

use crate::accounts::openid::claims::Claims;
use crate::accounts::openid::keys::{Algorithm, Keys};
use crate::accounts::openid::refusal::WhyNot;

/// How old a token may be when it comes: longer than a visit.
const AGE_SECONDS_MAX: i64 = 15 * 60;
/// The longest name of somebody over there (OpenID Connect Core 1.0, part 2).
const SUBJECT_BYTES_MAX: usize = 255;

/// What stands before the claims.
#[derive(Deserialize)]
struct Header {
    alg: serde_json::Value,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// A token that was taken apart and not yet believed.
pub(super) struct Unverified<'t> {
    algorithm: Algorithm,
    key: Option<String>,
    message: &'t str,
    signed: Vec<u8>,
    claims: Claims,
}

/// What a token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) nonce: &'a str,
    pub(super) access_token: &'a str,
    pub(super) now: Moment,
    pub(super) leeway_seconds: i64,
    /// Since when somebody must have shown who he is, where that was asked for.
    pub(super) signed_in_since: Option<Moment>,
}

impl<'t> Unverified<'t> {
    /// Takes a token apart; one that is signed by another algorithm than those is refused before
    /// anything else of it is read.
    pub(super) fn read(token: &'t str, allowed: &[Algorithm]) -> Result<Self, WhyNot> {
        let unreadable = || WhyNot::Token("格式不对");
        let (message, signed) = token.rsplit_once('.').ok_or_else(unreadable)?;
        let (header, claims) = message.split_once('.').ok_or_else(unreadable)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| unreadable());
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| unreadable())?;
        let algorithm = serde_json::from_value::<Algorithm>(header.alg).ok();
        let algorithm = algorithm.filter(|algorithm| allowed.contains(algorithm));
        let algorithm = algorithm.ok_or(WhyNot::Token("签名算法不在允许之列"))?;
        if header.crit.is_some() {
            return Err(WhyNot::Token("含有不认识的必要项"));
        }
        Ok(Self {
            algorithm,
            key: header.kid,
            message,
            signed: decode(signed)?,
            claims: serde_json::from_slice(&decode(claims)?).map_err(|_| unreadable())?,
        })
    }

    /// Whether one of the keys signed it.
    pub(super) fn is_signed(&self, keys: &Keys) -> bool {
        let key = keys.find(self.key.as_deref(), self.algorithm);
        let message = self.message.as_bytes();
        key.is_some_and(|key| key.has_signed(self.algorithm, message, &self.signed))
    }

    /// The claims of a token whose signature was found good, where they are what they must be.
    pub(super) fn checked(self, expected: &Expected<'_>) -> Result<Claims, WhyNot> {
        let Self { claims, .. } = &self;
        let refused = |why| Err(WhyNot::Token(why));
        if claims.text("iss") != Some(expected.issuer) {
            return refused("不是这个身份服务签发的");
        }
        // Somebody else who is also meant is somebody whom we do not trust.
        let audience = claims.texts("aud").unwrap_or_default();
        if audience.is_empty() || audience.iter().any(|name| *name != expected.client) {
            return refused("不是签发给本站的");
        }
        if claims.has("azp") && claims.text("azp") != Some(expected.client) {
            return refused("不是签发给本站的");
        }
        let subject = claims.text("sub").unwrap_or_default();
        if !(1..=SUBJECT_BYTES_MAX).contains(&subject.len()) {
            return refused("没有身份编号");
        }
        let nonce = claims.text("nonce").unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
            return refused("不属于这次登录");
        }
        if claims.has("at_hash") {
            let half = self.algorithm.left_half(expected.access_token);
            if claims.text("at_hash") != Some(half.as_str()) {
                return refused("与访问凭证不是一起签发的");
            }
        }
        in_time(claims, expected)?;
        Ok(self.claims)
    }
}

/// Whether the token holds now, and the sign-in over there is as fresh as was asked for.
fn in_time(claims: &Claims, expected: &Expected<'_>) -> Result<(), WhyNot> {
    let now = expected.now.0.div_euclid(1_000_000);
    let (earliest, latest) = (
        now.saturating_sub(expected.leeway_seconds),
        now.saturating_add(expected.leeway_seconds),
    );
    let refused = |why| Err(WhyNot::Token(why));
    let (Some(expires), Some(issued)) = (claims.seconds("exp"), claims.seconds("iat")) else {
        return refused("没有写明时间");
    };
    if expires <= earliest {
        return refused("已过期");
    }
    if issued > latest || issued < earliest.saturating_sub(AGE_SECONDS_MAX) {
        return refused("签发时间不对");
    }
    if claims.has("nbf") && claims.seconds("nbf").is_none_or(|since| since > latest) {
        return refused("还没有生效");
    }
    if let Some(since) = expected.signed_in_since {
        let since = since.0.div_euclid(1_000_000);
        let since = since.saturating_sub(expected.leeway_seconds);
        let signed_in = claims.seconds("auth_time");
        if signed_in.is_none_or(|at| at < since || at > latest) {
            return refused("没有重新验证身份");
        }
    }
    Ok(())
}
