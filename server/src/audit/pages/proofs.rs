//! Proofs: that the log was not rewritten since a head was printed, and that a payout stands in it.
//! Whoever was given one checks it on a public page, without an account.

use askama::Template;
use axum::extract::Form;
use axum::response::Response;
use serde::Deserialize;
use zhida_engine::payouts::{Moment, PayoutId};

use crate::console::attached;
use crate::store::log::ProofFault;
use crate::store::log::SignedHead;
use crate::store::{ExportedProof, Proved, PublicKey, Store, StoreError};
use crate::table::count;
use crate::views::times;
use crate::web::{Ask, Page, Section, WebFault, html};

/// What was pasted into a form.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Pasted {
    #[serde(default)]
    head: String,
    #[serde(default)]
    proof: String,
    #[serde(default)]
    public_key: String,
}

/// What a check came to.
struct Checked {
    is_good: bool,
    headline: String,
    pairs: Vec<(&'static str, String)>,
    /// The proof itself, to be saved.
    proof: String,
}

impl Checked {
    fn bad(headline: impl Into<String>) -> Self {
        Self {
            is_good: false,
            headline: headline.into(),
            pairs: Vec::new(),
            proof: String::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "audit/proofs.html")]
struct ProofsPage {
    page: Page,
    head: String,
    checked: Option<Checked>,
}

/// The page of auditors.
pub(super) async fn show(ask: Ask) -> Result<Response, WebFault> {
    html(&ProofsPage {
        page: ask.page(Section::Audit, "证明"),
        head: String::new(),
        checked: None,
    })
}

/// Text as it was before a form made its line ends longer.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

fn written(proof: &ExportedProof) -> Result<String, WebFault> {
    serde_json::to_string_pretty(proof).map_err(WebFault::broken)
}

/// Whether the log of now begins with all of the log of a head that was printed earlier.
pub(super) async fn growth(ask: Ask, Form(pasted): Form<Pasted>) -> Result<Response, WebFault> {
    let head = plain(&pasted.head);
    let store = &ask.server.store;
    let checked = match store.prove_growth(&head, ask.at).await {
        Ok(proof) => match proof.verify(Some(&store.key.public())) {
            Ok(proved) => told(&proof, &proved, OURS)?,
            Err(fault) => unsound(fault),
        },
        Err(StoreError::Integrity(message)) => {
            Checked::bad(format!("不能由这个日志头接续到现在的日志:{message}"))
        }
        Err(error) => return Err(error.into()),
    };
    html(&ProofsPage {
        page: ask.page(Section::Audit, "证明"),
        head,
        checked: Some(checked),
    })
}

/// The proof of a payout for its own enterprise, as a file.
///
/// # Errors
/// A refusal where nothing is on record about it alone; what the database says.
pub(super) async fn own(ask: &Ask, id: &str) -> Result<Response, WebFault> {
    let payout = PayoutId::new(id);
    let proof = ask.server.store.prove_alone(&payout, ask.at).await?;
    let proof = proof.ok_or_else(|| {
        WebFault::refused(
            None,
            "日志里关于这一笔的记录都还写着办理人,证明暂时不能下载;公示期满后可以下载",
        )
    })?;
    let text = format!("{}\n", written(&proof)?);
    Ok(attached(&format!("{id}-证明.json"), text.into_bytes()))
}

#[derive(Template)]
#[template(path = "audit/check.html")]
struct CheckPage {
    page: Page,
    pasted: Pasted,
    own_key: String,
    log: String,
    checked: Option<Checked>,
}

fn check_page(ask: &Ask, pasted: Pasted, checked: Option<Checked>) -> Result<Response, WebFault> {
    let store = &ask.server.store;
    html(&CheckPage {
        page: ask.page(Section::Portal, "核验证明"),
        pasted,
        own_key: store.key.public().text(),
        log: store.origin.clone(),
        checked,
    })
}

/// The public page.
pub(super) async fn form(ask: Ask) -> Result<Response, WebFault> {
    check_page(&ask, Pasted::default(), None)
}

/// Checks what was pasted.
pub(super) async fn check(ask: Ask, Form(pasted): Form<Pasted>) -> Result<Response, WebFault> {
    let checked = checked(&ask.server.store, &pasted)?;
    check_page(&ask, pasted, Some(checked))
}

/// Whose key a proof was checked with, in words.
const OURS: &str = "本系统日志的";
const PASTED_OURS: &str = "您填写的,是本系统日志的";
const PASTED_OTHER: &str = "您填写的,不是本系统日志的";
const ITS_OWN: &str = "取自证明本身,不是本系统日志的";

fn unsound(fault: ProofFault) -> Checked {
    Checked::bad(format!(
        "证明不成立:{fault};内容可能被改动过,或公钥不是这个日志的"
    ))
}

/// What a proof shows: by the key that was pasted, or else by those of this log. What fits nothing
/// but the key inside it was made by whoever made that key.
fn verified(
    store: &Store,
    proof: &ExportedProof,
    pasted: Option<&PublicKey>,
) -> Result<Checked, WebFault> {
    let is_own = |proved: &Proved| match proved {
        Proved::Inclusion { origin, .. } | Proved::Consistency { origin, .. } => {
            *origin == store.origin
        }
    };
    if let Some(key) = pasted {
        return match proof.verify(Some(key)) {
            Ok(proved) if store.keys.contains(key) && is_own(&proved) => {
                told(proof, &proved, PASTED_OURS)
            }
            Ok(proved) => told(proof, &proved, PASTED_OTHER),
            Err(fault) => Ok(unsound(fault)),
        };
    }
    let mut keys = store.keys.iter();
    let own = keys.find_map(|key| proof.verify(Some(key)).ok().filter(is_own));
    match (own, proof.verify(None)) {
        (Some(proved), _) => told(proof, &proved, OURS),
        (None, Ok(proved)) => Ok(Checked {
            is_good: false,
            headline: "证明自身完整,但不是本系统日志的密钥签的".to_owned(),
            ..told(proof, &proved, ITS_OWN)?
        }),
        (None, Err(fault)) => Ok(unsound(fault)),
    }
}

fn checked(store: &Store, pasted: &Pasted) -> Result<Checked, WebFault> {
    let key = pasted.public_key.trim();
    let key = match (key.is_empty(), PublicKey::from_text(key)) {
        (true, _) => None,
        (false, Some(key)) => Some(key),
        (false, None) => return Ok(Checked::bad("填写的不是公钥:公钥是 44 个字符的 Base64")),
    };
    let proof: ExportedProof = match serde_json::from_str(pasted.proof.trim()) {
        Ok(proof) => proof,
        Err(error) => {
            return Ok(Checked::bad(format!(
                "贴上的不是证明:{error};请原样贴上证明文件的全部内容"
            )));
        }
    };
    let mut told = verified(store, &proof, key.as_ref())?;
    let head = plain(&pasted.head);
    if told.is_good && !head.is_empty() {
        compare(&proof, &head, &mut told);
    }
    Ok(told)
}

/// Whether the head of a proof is the one that was printed.
fn compare(proof: &ExportedProof, head: &str, told: &mut Checked) {
    let (ExportedProof::Inclusion { head: own, .. }
    | ExportedProof::Consistency { newer: own, .. }) = proof;
    let older = match proof {
        ExportedProof::Consistency { older, .. } => Some(older.trim()),
        ExportedProof::Inclusion { .. } => None,
    };
    if own.trim() == head || older == Some(head) {
        told.pairs
            .push(("贴上的日志头", "就是证明里的日志头".to_owned()));
    } else {
        told.is_good = false;
        told.headline = "证明本身成立,但证明里的日志头不是贴上的日志头".to_owned();
    }
}

/// What a proof that holds shows, with whose key it was checked.
fn told(proof: &ExportedProof, proved: &Proved, whose: &str) -> Result<Checked, WebFault> {
    let mut pairs = Vec::new();
    let headline = match proved {
        Proved::Inclusion {
            origin,
            head,
            sequence,
        } => {
            pairs.extend(of_head("日志头", head));
            if let ExportedProof::Inclusion { at, leaf, .. } = proof {
                pairs.push(("记录的时刻", times::minute(Moment(*at))));
                pairs.push(("日志叶", leaf.clone()));
            }
            format!(
                "证明成立:日志“{origin}”共 {} 条,其中第 {} 条就是证明里的这一条",
                count(head.size),
                count(sequence)
            )
        }
        Proved::Consistency {
            origin,
            older,
            newer,
        } => {
            pairs.extend(of_head("以前的日志头", older));
            pairs.extend(of_head("现在的日志头", newer));
            format!(
                "证明成立:日志“{origin}”的前 {} 条没有改动过,现在共 {} 条",
                count(older.size),
                count(newer.size)
            )
        }
    };
    pairs.push(("公钥", whose.to_owned()));
    Ok(Checked {
        is_good: true,
        headline,
        pairs,
        proof: written(proof)?,
    })
}

fn of_head(name: &'static str, head: &SignedHead) -> Vec<(&'static str, String)> {
    let at = times::minute(Moment(head.at));
    vec![
        (name, format!("{} 条,{at} 签名", count(head.size))),
        ("树根", head.root.to_string()),
    ]
}
