//! What everybody may see of payouts: totals of what was shown in public, and the notices.

use zhida_engine::payouts::{Digest, Notice, NoticeId, Thing};
use zhida_engine::sweep::TotalFen;
use zhida_policies::values::{Date, Money};

use crate::store::books::thing;
use crate::store::{Store, StoreError};

/// Public totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PublicTotals {
    /// How many enterprises stood on a notice with an award that still stands.
    pub(crate) enterprises: u64,
    /// How many payments were made.
    pub(crate) paid_count: u64,
    /// What they come to.
    pub(crate) paid: TotalFen,
}

/// The totals of what was shown in public and is not given up.
///
/// # Errors
/// What the database says.
pub(crate) async fn totals(store: &Store) -> Result<PublicTotals, StoreError> {
    let select = "SELECT COUNT(DISTINCT uscc) AS enterprises, \
         COUNT(CASE WHEN state IN ('PAID', 'SETTLED') THEN 1 END) AS paid_count, \
         CAST(COALESCE(SUM(CASE WHEN state IN ('PAID', 'SETTLED') THEN amount ELSE 0 END), 0) \
         AS BIGINT) AS fen FROM payouts WHERE state NOT IN ('COMPUTED', 'PROPOSED', 'CHECKED', \
         'APPROVED', 'OBJECTED', 'DECLINED', 'EXPIRED', 'CANCELLED')";
    let rows = store.database.fetch(select, &[]).await?;
    let Some(row) = rows.first() else {
        return Ok(PublicTotals::default());
    };
    Ok(PublicTotals {
        enterprises: row.size("enterprises")?,
        paid_count: row.size("paid_count")?,
        paid: TotalFen::of(i128::from(row.int("fen")?)),
    })
}

/// What was paid under each measure, the greatest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn paid_by_measure(
    store: &Store,
    most: usize,
) -> Result<Vec<(String, Money)>, StoreError> {
    let select = "SELECT measure, CAST(SUM(amount) AS BIGINT) AS fen FROM payouts \
         WHERE state IN ('PAID', 'SETTLED') GROUP BY measure";
    let rows = store.database.fetch(select, &[]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        let measure = row.text("measure")?.to_owned();
        found.push((measure, Money::from_fen(row.int("fen")?)));
    }
    found.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
    found.truncate(most);
    Ok(found)
}

/// All notices, the latest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn notices(store: &Store) -> Result<Vec<Notice>, StoreError> {
    let rows = store
        .database
        .fetch("SELECT body FROM notices", &[])
        .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.extend(notice_of(row.text("body")?)?);
    }
    found.sort_by(|one, other| (other.from, &one.id).cmp(&(one.from, &other.id)));
    Ok(found)
}

/// One notice.
///
/// # Errors
/// What the database says.
pub(crate) async fn notice(store: &Store, id: &NoticeId) -> Result<Option<Notice>, StoreError> {
    let select = "SELECT body FROM notices WHERE id = $1";
    let rows = store.database.fetch(select, &[id.as_str().into()]).await?;
    match rows.first() {
        Some(row) => notice_of(row.text("body")?),
        None => Ok(None),
    }
}

fn notice_of(body: &str) -> Result<Option<Notice>, StoreError> {
    let Thing::Notice(notice) = thing(body)? else {
        return Ok(None);
    };
    Ok(Some(notice))
}

/// One row of a list that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetRow {
    /// Its number.
    pub(crate) number: String,
    /// The code, masked where it has to be.
    pub(crate) uscc: String,
    /// The name, masked where it has to be.
    pub(crate) enterprise: String,
    /// How much.
    pub(crate) amount: Money,
    /// Whether the amount may still change.
    pub(crate) is_provisional: bool,
}

/// A list as it was sealed and shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// Its heading.
    pub(crate) title: String,
    /// Who shows it.
    pub(crate) bureau: String,
    /// The policy and its number.
    pub(crate) policy: String,
    /// The article.
    pub(crate) article: String,
    /// The measure.
    pub(crate) measure: String,
    /// Whom to tell of objections.
    pub(crate) objections: String,
    /// The rows.
    pub(crate) rows: Vec<SheetRow>,
    /// The sum.
    pub(crate) total: Money,
    /// What proves it: name and value.
    pub(crate) evidence: Vec<(&'static str, String)>,
}

impl Sheet {
    /// Reads a list from the text that its digest is made of.
    pub(crate) fn of(text: &str) -> Self {
        let mut sheet = Self::default();
        for line in text.lines() {
            let mut parts = line.split('\t');
            let key = parts.next().unwrap_or_default();
            let values: Vec<&str> = parts.collect();
            let value = || values.join(" ");
            match key {
                "title" => sheet.title = value(),
                "bureau" => sheet.bureau = value(),
                "policy" => sheet.policy = value(),
                "document" => sheet.policy = format!("《{}》{}", sheet.policy, value()),
                "article" => sheet.article = value(),
                "measure" => sheet.measure = value(),
                "objections" => sheet.objections = value(),
                "row" => sheet.rows.extend(row(&values)),
                "total" => sheet.total = fen(values.first()),
                "sweep" => sheet.evidence.push(("清算结果摘要", value())),
                "log-size" => sheet.evidence.push(("日志条数", value())),
                "log-root" => sheet.evidence.push(("日志树根", value())),
                "log-signature" => sheet.evidence.push(("日志签名", value())),
                "key" => sheet.evidence.push(("签名公钥编号", value())),
                _ => {}
            }
        }
        sheet
    }
}

fn row(values: &[&str]) -> Option<SheetRow> {
    let [number, uscc, enterprise, amount, standing, _basis] = values else {
        return None;
    };
    Some(SheetRow {
        number: (*number).to_owned(),
        uscc: (*uscc).to_owned(),
        enterprise: (*enterprise).to_owned(),
        amount: fen(Some(amount)),
        is_provisional: *standing == "provisional",
    })
}

fn fen(text: Option<&&str>) -> Money {
    let fen = text.and_then(|text| text.parse().ok());
    Money::from_fen(fen.unwrap_or_default())
}

/// The list of a notice as it was sealed; nothing where its text is not kept.
///
/// # Errors
/// What the store says; [`StoreError::Integrity`] where the text is not what was sealed.
pub(crate) async fn sheet(store: &Store, notice: &Notice) -> Result<Option<Sheet>, StoreError> {
    if !is_kept(store, &notice.sheet).await? {
        return Ok(None);
    }
    let bytes = store.fetch(&notice.sheet).await?;
    Ok(Some(Sheet::of(&String::from_utf8_lossy(&bytes))))
}

async fn is_kept(store: &Store, digest: &Digest) -> Result<bool, StoreError> {
    let Some(digest) = digest.bytes() else {
        return Ok(false);
    };
    let select = "SELECT name FROM files WHERE digest = $1";
    let rows = store.database.fetch(select, &[digest.into()]).await?;
    Ok(!rows.is_empty())
}

/// A form of a notice as it was sealed: `html`, `xlsx`, `csv` or `txt`.
///
/// # Errors
/// What the store says.
pub(crate) async fn form(
    store: &Store,
    notice: &Notice,
    form: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut files = notice.files.iter();
    let sealed = files.find(|file| file.name == format!("{}.{form}", notice.id));
    match sealed {
        Some(sealed) => store.fetch(&sealed.digest).await.map(Some),
        None => Ok(None),
    }
}

/// Whether a notice runs on a day.
pub(crate) fn is_running(notice: &Notice, today: Date) -> bool {
    notice.from <= today && today <= notice.until
}
