//! Sealed sweeps: which there are, what each says, and what can be asked about it.

use std::collections::BTreeSet;
use std::path::Path;

use askama::Template;
use axum::extract::Path as Named;
use axum::http::StatusCode;
use axum::response::Response;
use zhida_engine::payouts::Digest;
use zhida_engine::replay::{ReplayError, Seal, SealedMeasure};

use super::{jobs, sees_all};
use crate::audit::files::{SEAL, SIGNATURE};
use crate::audit::sealed;
use crate::console::JobRow;
use crate::failure::{Failure, Status};
use crate::materials::{self, MaterialKind, Registered};
use crate::payouts::desk::Desk;
use crate::store::encoding::hex;
use crate::store::files::{self, FileRecord};
use crate::store::log::{Signed, signed_digest};
use crate::store::{Store, StoreError};
use crate::table::count;
use crate::views::payouts::{self, came_of};
use crate::views::times;
use crate::web::{Ask, Page, Scope, Section, WebFault, html, look};

/// What is said of a seal that is not what was recorded.
pub(crate) const CHANGED: &str = "封存文件已被改动";
/// What is said of a seal of a program that came after this one.
pub(crate) const LATER: &str = "由更新版本的程序封存,本程序读不了";

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

/// A sealed sweep in a list.
pub(crate) enum Listed {
    /// One that is what was sealed.
    Whole(Box<Found>),
    /// One that was kept and whose seal cannot be read.
    Unread {
        /// The digest of the seal, as it was recorded.
        digest: String,
        /// When it was kept.
        at: i64,
        /// Why: [`CHANGED`] or [`LATER`].
        why: &'static str,
    },
}

impl Listed {
    /// The digest of the seal.
    pub(crate) fn digest(&self) -> &str {
        match self {
            Self::Whole(found) => &found.digest,
            Self::Unread { digest, .. } => digest,
        }
    }

    /// When it was kept or made.
    fn at(&self) -> i64 {
        match self {
            Self::Whole(found) => found.at,
            Self::Unread { at, .. } => *at,
        }
    }

    /// What was sealed.
    fn whole(&self) -> Option<&Found> {
        match self {
            Self::Whole(found) => Some(found),
            Self::Unread { .. } => None,
        }
    }
}

/// A recorded seal, if it is still what was recorded and of a version that is known here.
///
/// # Errors
/// What the database and the file system say: that nothing can be read now says nothing of a seal.
fn kept(desk: &Desk, record: &FileRecord) -> Result<Listed, Failure> {
    let (digest, at) = (hex(&record.digest), record.at);
    let unread = |why: &'static str, failure: &dyn std::fmt::Debug| {
        tracing::error!(digest, ?failure, why, "a seal cannot be read");
        Ok(Listed::Unread {
            digest: digest.clone(),
            at,
            why,
        })
    };
    let bytes = match desk.wait(desk.store.fetch(&Digest::new(&digest))) {
        Ok(bytes) => bytes,
        Err(failure) if is_integrity(&failure) => return unread(CHANGED, &failure),
        Err(failure) => return Err(failure),
    };
    match Seal::read(Path::new(&digest), &bytes) {
        Ok(seal) => Ok(Listed::Whole(Box::new(Found {
            place: digest.clone(),
            digest: digest.clone(),
            seal,
            is_kept: true,
            at,
        }))),
        Err(failure @ ReplayError::Version { .. }) => unread(LATER, &failure),
        Err(failure) => unread(CHANGED, &failure),
    }
}

/// Whether what was kept is not what was recorded.
fn is_integrity(failure: &Failure) -> bool {
    let integrity = Status::Integrity;
    matches!(failure, Failure::Said { status, .. } if *status == integrity)
}

/// A sweep of the server that nothing was taken up from. What cannot be opened has no seal; the
/// workbench shows it.
fn made(folder: &Path, sweep: &Registered) -> Option<Found> {
    let place = folder.join(&sweep.folder);
    let (seal, _) = Seal::open(&place).ok()?;
    Some(Found {
        digest: seal.digest(),
        place: place.display().to_string(),
        seal,
        is_kept: false,
        at: sweep.at,
    })
}

/// All sealed sweeps, the last first: those that payouts came of, and those of the server.
///
/// # Shape
/// Whoever does not see everything sees those from which his payouts came. One that was changed is
/// listed as such, and the others beside it.
/// # Errors
/// What the database and the file system say.
pub(crate) async fn all(ask: &Ask) -> Result<Vec<Listed>, WebFault> {
    let is_whole = sees_all(ask).await?;
    let scope = ask.session()?.scope.clone();
    let folder = ask.server.folder.clone();
    look(ask, move |desk, _| {
        let mut records = desk.wait(desk.store.file_records())?;
        records.retain(|record| record.kind == SEAL);
        if !is_whole {
            let own = own(desk, &scope)?;
            records.retain(|record| own.contains(&hex(&record.digest)));
        }
        let listed = records.iter().map(|one| kept(desk, one));
        let mut listed: Vec<Listed> = listed.collect::<Result<_, _>>()?;
        if is_whole {
            for sweep in desk.wait(materials::list(&desk.store, MaterialKind::Sweep))? {
                let made = made(&folder, &sweep);
                let is_new = |made: &Found| listed.iter().all(|one| one.digest() != made.digest);
                if let Some(made) = made.filter(is_new) {
                    listed.push(Listed::Whole(Box::new(made)));
                }
            }
        }
        listed.sort_by(|one, other| (other.at(), other.digest()).cmp(&(one.at(), one.digest())));
        Ok(listed)
    })
    .await
}

/// The seals from which the payouts within a scope came.
fn own(desk: &Desk, scope: &Scope) -> Result<BTreeSet<String>, Failure> {
    desk.wait(payouts::seals(&desk.store, scope))
}

/// What is said of a seal that cannot be read.
fn unread(why: &'static str) -> WebFault {
    let help = if why == LATER {
        "请换用封存它的那个版本,或更新的版本的程序查看"
    } else {
        "请在审计总览核验全部记录,找出改动,并从备份恢复这个文件"
    };
    WebFault::new(StatusCode::CONFLICT, why, help)
}

/// One of them.
///
/// # Errors
/// [`WebFault::missing`], whether it is not there or not to be seen; a refusal where it changed.
pub(crate) async fn find(ask: &Ask, digest: &str) -> Result<Found, WebFault> {
    let wanted = sealed::digest_of(digest).ok_or_else(WebFault::missing)?;
    let (store, scope) = (&ask.server.store, &ask.session()?.scope);
    let is_whole = sees_all(ask).await?;
    if !is_whole && !came_of(store, scope, &wanted).await? {
        return Err(WebFault::missing());
    }
    let folder = ask.server.folder.clone();
    let record = record(store, &wanted).await?;
    let found = look(ask, move |desk, _| {
        if let Some(record) = record {
            return kept(desk, &record).map(Some);
        }
        let sweeps = desk.wait(materials::list(&desk.store, MaterialKind::Sweep))?;
        let mut made = sweeps.iter().filter_map(|sweep| made(&folder, sweep));
        let found = made.find(|one| is_whole && one.digest == wanted.as_str());
        Ok(found.map(|found| Listed::Whole(Box::new(found))))
    });
    match found.await? {
        Some(Listed::Whole(found)) => Ok(*found),
        Some(Listed::Unread { why, .. }) => Err(unread(why)),
        None => Err(WebFault::missing()),
    }
}

/// The record of a seal, if it was kept.
async fn record(store: &Store, digest: &Digest) -> Result<Option<FileRecord>, WebFault> {
    let bytes = digest.bytes().ok_or_else(WebFault::missing)?;
    let mut transaction = store.database.read().await?;
    let found = files::find(&mut transaction, &bytes).await;
    transaction.rollback().await;
    match found {
        Ok(record) => Ok(Some(record).filter(|record| record.kind == SEAL)),
        Err(StoreError::UnknownFile(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What commands know several of them by, in the order in which they were named.
///
/// # Errors
/// As [`find`], for the first that is none.
pub(crate) async fn places_of(ask: &Ask, digests: &[String]) -> Result<Vec<String>, WebFault> {
    let listed = all(ask).await?;
    let place = |digest: &String| {
        let found = listed.iter().find(|one| one.digest() == digest);
        let found = found.ok_or_else(WebFault::missing)?;
        match found {
            Listed::Whole(found) => Ok(found.place.clone()),
            Listed::Unread { why, .. } => Err(unread(why)),
        }
    };
    digests.iter().map(place).collect()
}

/// A sealed sweep as a page shows it.
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

/// Sums over all enterprises are for those who see all bureaus.
fn row(found: &Found, is_whole: bool) -> Row {
    let result = &found.seal.result;
    let told = |sum: String| match is_whole {
        true => sum,
        false => "—".to_owned(),
    };
    Row {
        digest: found.digest.clone(),
        at: times::minute(zhida_engine::payouts::Moment(found.at)),
        year: found.seal.year,
        as_of: found.seal.as_of.to_string(),
        enterprises: told(count(result.enterprises)),
        awards: told(count(result.payable_awards)),
        payable: told(grouped(&result.payable)),
        is_kept: found.is_kept,
    }
}

/// One that cannot be read: when it was kept, its digest, and why.
fn lost(listed: &Listed) -> Option<(String, String, &'static str)> {
    match listed {
        Listed::Whole(_) => None,
        Listed::Unread { digest, at, why } => Some((
            times::minute(zhida_engine::payouts::Moment(*at)),
            digest.clone(),
            why,
        )),
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
    changed: Vec<(String, String, &'static str)>,
    replays: Vec<JobRow>,
    suppositions: Vec<JobRow>,
    samples: Vec<JobRow>,
}

/// The list.
pub(super) async fn list(ask: Ask) -> Result<Response, WebFault> {
    let all = all(&ask).await?;
    let is_whole = sees_all(&ask).await?;
    let whole = all.iter().filter_map(Listed::whole);
    html(&ListPage {
        replays: jobs::rows(&ask, "replay").await?,
        suppositions: jobs::rows(&ask, "what-if").await?,
        samples: jobs::rows(&ask, "sample").await?,
        page: ask.page(Section::Audit, "封存的清算"),
        rows: whole.map(|found| row(found, is_whole)).collect(),
        changed: all.iter().filter_map(lost).collect(),
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
    is_whole: bool,
    lines: Vec<Line>,
}

/// One sealed sweep.
pub(super) async fn one(ask: Ask, Named(digest): Named<String>) -> Result<Response, WebFault> {
    let found = find(&ask, &digest).await?;
    let (signature, tone) = signature(&ask, &found).await?;
    let seal = &found.seal;
    let touched = seal.result.measures.iter();
    let touched = touched.filter(|one| one.eligible > 0 || one.undetermined > 0);
    let is_whole = sees_all(&ask).await?;
    let touched = touched.filter(|_| is_whole);
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
        row: row(&found, is_whole),
        is_whole,
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
    changed: Vec<(String, String, &'static str)>,
    jobs: Vec<JobRow>,
}

/// What stands behind several awards.
pub(super) async fn overlaps(ask: Ask) -> Result<Response, WebFault> {
    let all = all(&ask).await?;
    let is_whole = sees_all(&ask).await?;
    let whole = all.iter().filter_map(Listed::whole);
    html(&OverlapsPage {
        rows: whole.map(|found| row(found, is_whole)).collect(),
        changed: all.iter().filter_map(lost).collect(),
        jobs: jobs::rows(&ask, "overlap").await?,
        page: ask.page(Section::Audit, "重复核对"),
    })
}
