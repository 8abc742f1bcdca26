//! Sealed sweeps: which there are, what each says, and what can be asked about it.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use zhida_engine::replay::{Seal, SealedMeasure};

use super::{jobs, sees_all};
use crate::audit::files::{SEAL, SIGNATURE};
use crate::audit::sealed;
use crate::console::JobRow;
use crate::materials::{self, MaterialKind};
use crate::store::PayoutFilter;
use crate::store::encoding::hex;
use crate::store::log::{Signed, signed_digest};
use crate::table::count;
use crate::views::times;
use crate::web::{Ask, Page, Section, WebFault, html, look};

/// A sealed sweep that whoever asks may look at.
pub(crate) struct Found {
    /// The digest of the seal.
    pub(crate) digest: String,
    /// What commands know it by: the digest of a kept one, the folder of another.
    pub(crate) place: String,
    /// What was sealed.
    pub(crate) seal: Seal,
    /// Whether payouts came of it, so that the log holds it.
    pub(crate) is_kept: bool,
    /// When it was kept or made, UTC microseconds.
    pub(crate) at: i64,
}

/// All sealed sweeps, the last first: those that payouts came of, and those of the server.
///
/// # Shape
/// Whoever does not see everything sees those from which his payouts came.
/// # Errors
/// What the database and the file system say.
pub(crate) async fn all(ask: &Ask) -> Result<Vec<Found>, WebFault> {
    let is_whole = sees_all(ask).await?;
    let scope = ask.session()?.scope.clone();
    let folder = ask.server.folder.clone();
    look(ask, move |desk, _| {
        let mut found: Vec<Found> = Vec::new();
        for record in desk.wait(desk.store.file_records())? {
            if record.kind == SEAL {
                let digest = hex(&record.digest);
                let (seal, _) = sealed::seal(desk, &digest)?;
                found.push(Found {
                    place: digest.clone(),
                    digest,
                    seal,
                    is_kept: true,
                    at: record.at,
                });
            }
        }
        if is_whole {
            for sweep in desk.wait(materials::list(&desk.store, MaterialKind::Sweep))? {
                let place = folder.join(&sweep.folder);
                // What cannot be opened has no seal; the workbench shows it.
                let Ok((seal, _)) = Seal::open(&place) else {
                    continue;
                };
                let digest = seal.digest();
                if !found.iter().any(|one| one.digest == digest) {
                    found.push(Found {
                        place: place.display().to_string(),
                        digest,
                        seal,
                        is_kept: false,
                        at: sweep.at,
                    });
                }
            }
        } else {
            let payouts = desk.wait(desk.store.payouts(&PayoutFilter::default()))?;
            let own = payouts
                .iter()
                .filter(|one| scope.sees_bureau(&one.key.bureau));
            let own: BTreeSet<String> = own
                .filter_map(|payout| Some(payout.origin.seal.as_ref()?.to_string()))
                .collect();
            found.retain(|one| own.contains(&one.digest));
        }
        found.sort_by(|one, other| (other.at, &other.digest).cmp(&(one.at, &one.digest)));
        Ok(found)
    })
    .await
}

/// One of them.
///
/// # Errors
/// [`WebFault::missing`], whether it is not there or not to be seen.
pub(crate) async fn find(ask: &Ask, digest: &str) -> Result<Found, WebFault> {
    let found = all(ask).await?.into_iter().find(|one| one.digest == digest);
    found.ok_or_else(WebFault::missing)
}

/// A sealed sweep in a list.
struct Row {
    digest: String,
    at: String,
    year: i32,
    as_of: String,
    enterprises: String,
    awards: String,
    payable: String,
    is_kept: bool,
}

fn row(found: &Found) -> Row {
    let result = &found.seal.result;
    Row {
        digest: found.digest.clone(),
        at: times::minute(zhida_engine::payouts::Moment(found.at)),
        year: found.seal.year,
        as_of: found.seal.as_of.to_string(),
        enterprises: count(result.enterprises),
        awards: count(result.payable_awards),
        payable: grouped(&result.payable),
        is_kept: found.is_kept,
    }
}

/// Yuan as a seal writes them, with their digits grouped.
fn grouped(yuan: &str) -> String {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, "00"));
    match whole.strip_prefix('-') {
        Some(whole) => format!("-{}.{part}", count(whole)),
        None => format!("{}.{part}", count(whole)),
    }
}

#[derive(Template)]
#[template(path = "audit/sweeps.html")]
struct ListPage {
    page: Page,
    rows: Vec<Row>,
    replays: Vec<JobRow>,
    suppositions: Vec<JobRow>,
    samples: Vec<JobRow>,
}

/// The list.
pub(super) async fn list(ask: Ask) -> Result<Response, WebFault> {
    let rows = all(&ask).await?.iter().map(row).collect();
    html(&ListPage {
        replays: jobs::rows(&ask, "replay").await?,
        suppositions: jobs::rows(&ask, "what-if").await?,
        samples: jobs::rows(&ask, "sample").await?,
        page: ask.page(Section::Audit, "封存的清算"),
        rows,
    })
}

/// What one measure came to.
struct Line {
    measure: String,
    payable: String,
    award: String,
    eligible: String,
    undetermined: String,
}

fn line(measure: &SealedMeasure) -> Line {
    Line {
        measure: measure.measure.clone(),
        payable: grouped(&measure.payable),
        award: grouped(&measure.award),
        eligible: count(measure.eligible),
        undetermined: count(measure.undetermined),
    }
}

#[derive(Template)]
#[template(path = "audit/sweep.html")]
struct SweepPage {
    page: Page,
    row: Row,
    pairs: Vec<(&'static str, String)>,
    signature: &'static str,
    tone: &'static str,
    texts: Vec<(String, String)>,
    lines: Vec<Line>,
}

/// One sealed sweep.
pub(super) async fn one(ask: Ask, Path(digest): Path<String>) -> Result<Response, WebFault> {
    let found = find(&ask, &digest).await?;
    let (signature, tone) = signature(&ask, &found).await?;
    let seal = &found.seal;
    let touched = seal.result.measures.iter();
    let touched = touched.filter(|one| one.eligible > 0 || one.undetermined > 0);
    let texts = seal
        .texts()
        .map(|text| (text.path.clone(), text.sha256.clone()));
    html(&SweepPage {
        page: ask.page(Section::Audit, "封存的清算"),
        pairs: vec![
            ("封存摘要", found.digest.clone()),
            ("结果摘要", seal.result.digest.clone()),
            ("结论树根", seal.result.root.clone()),
            ("清单树根", seal.result.awards_root.clone()),
            ("政策摘要", seal.policies.clone()),
            ("词汇表摘要", seal.vocabulary.clone()),
            ("数据摘要", seal.snapshot.clone()),
            ("已付记录的日志位置", seal.ledger.position.clone()),
            ("规则含义版本", seal.semantics.to_string()),
        ],
        signature,
        tone,
        texts: texts.collect(),
        lines: touched.map(line).collect(),
        row: row(&found),
    })
}

/// Whether the key of the log signed a seal.
async fn signature(ask: &Ask, found: &Found) -> Result<(&'static str, &'static str), WebFault> {
    if !found.is_kept {
        return Ok(("还没有被兑付采用,没有签名", "wait"));
    }
    let name = found.seal.file_name().replace(".json", ".note");
    let digest = found.digest.clone();
    look(ask, move |desk, _| {
        let keys = desk.store.keys.clone();
        for record in desk.wait(desk.store.file_records())? {
            if record.kind != SIGNATURE || record.name != name {
                continue;
            }
            let digest_of = zhida_engine::payouts::Digest::new(hex(&record.digest));
            let note = desk.wait(desk.store.fetch(&digest_of))?;
            let note = String::from_utf8_lossy(&note);
            let mut signed = keys.iter();
            if signed.any(|key| {
                signed_digest(&note, Signed::Seal, key).as_deref() == Some(digest.as_str())
            }) {
                return Ok(("日志密钥的签名成立", "good"));
            }
        }
        Ok(("没有成立的签名", "bad"))
    })
    .await
}

#[derive(Template)]
#[template(path = "audit/overlaps.html")]
struct OverlapsPage {
    page: Page,
    rows: Vec<Row>,
    jobs: Vec<JobRow>,
}

/// What stands behind several awards.
pub(super) async fn overlaps(ask: Ask) -> Result<Response, WebFault> {
    html(&OverlapsPage {
        rows: all(&ask).await?.iter().map(row).collect(),
        jobs: jobs::rows(&ask, "overlap").await?,
        page: ask.page(Section::Audit, "重复核对"),
    })
}
