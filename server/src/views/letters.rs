//! Objections from outside, as letters: kept until a maker registers or answers them.
//!
//! A letter moves no money and stops none: a maker registers it against a payout, and from then
//! on the objection is one of the books.

use zhida_engine::payouts::{BureauId, Moment, NoticeId, PayoutId};
use zhida_policies::values::Uscc;

use crate::store::books::list;
use crate::store::database::{Row, Value};
use crate::store::{Store, StoreError};
use crate::web::Scope;

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LetterState {
    /// Nobody has dealt with it.
    New,
    /// It was registered against a payout.
    Registered,
    /// It was answered without being registered.
    Answered,
}

impl LetterState {
    const ALL: [Self; 3] = [Self::New, Self::Registered, Self::Answered];

    const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Registered => "registered",
            Self::Answered => "answered",
        }
    }

    /// In Chinese.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::New => "已收到,待登记",
            Self::Registered => "已登记,正在核查",
            Self::Answered => "已答复",
        }
    }
}

/// A letter that somebody sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewLetter {
    /// The name of the request, so that sending it twice is one letter.
    pub(crate) key: String,
    /// To which bureau.
    pub(crate) bureau: BureauId,
    /// Against which notice.
    pub(crate) notice: Option<NoticeId>,
    /// About which payout, if it is one.
    pub(crate) payout: Option<PayoutId>,
    /// Which enterprise sends it, if it signed in.
    pub(crate) enterprise: Option<Uscc>,
    /// Who, as given; may be nobody.
    pub(crate) name: String,
    /// How to reach them.
    pub(crate) contact: String,
    /// What it says.
    pub(crate) text: String,
}

/// A letter that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The number that the sender has.
    pub(crate) id: String,
    /// To which bureau.
    pub(crate) bureau: BureauId,
    /// Against which notice.
    pub(crate) notice: Option<NoticeId>,
    /// About which payout, if it is one.
    pub(crate) payout: Option<PayoutId>,
    /// Which enterprise sent it.
    pub(crate) enterprise: Option<String>,
    /// Who, as given.
    pub(crate) name: String,
    /// How to reach them.
    pub(crate) contact: String,
    /// What it says.
    pub(crate) text: String,
    /// When it came.
    pub(crate) at: Moment,
    /// Where it stands.
    pub(crate) state: LetterState,
    /// What was answered.
    pub(crate) answer: String,
}

/// Keeps a letter; the same request twice is one letter.
///
/// # Errors
/// What the database says; [`StoreError::Integrity`] where there is no randomness for a number
/// that nobody can guess.
pub(crate) async fn keep(
    store: &Store,
    letter: &NewLetter,
    at: Moment,
) -> Result<Letter, StoreError> {
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes)
        .map_err(|error| StoreError::Integrity(format!("取不到随机数:{error}")))?;
    let id = format!("YY{}", crate::store::encoding::hex(&bytes).to_uppercase());
    // The same request is the same letter to the letter: a key of somebody else finds nothing.
    let said = serde_json::json!([
        letter.key,
        letter.bureau,
        letter.notice,
        letter.payout,
        letter.enterprise,
        letter.name,
        letter.contact,
        letter.text,
    ]);
    let key = match letter.key.as_str() {
        "" => id.clone(),
        _ => zhida_engine::payouts::Digest::of(said.to_string().as_bytes()).to_string(),
    };
    let text = |text: Option<String>| Value::from(text.unwrap_or_default());
    let values = [
        id.as_str().into(),
        key.as_str().into(),
        letter.bureau.as_str().into(),
        text(letter.notice.as_ref().map(ToString::to_string)),
        text(letter.payout.as_ref().map(ToString::to_string)),
        text(letter.enterprise.map(|uscc| uscc.to_string())),
        letter.name.as_str().into(),
        letter.contact.as_str().into(),
        letter.text.as_str().into(),
        at.0.into(),
    ];
    let insert = "INSERT INTO objection_letters (id, request, bureau, notice, payout, \
         enterprise, name, contact, body, at, state, answer) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'new', '') \
         ON CONFLICT (request) DO NOTHING";
    let written: Result<u64, StoreError> = store
        .database
        .write(|mut transaction| {
            let values = values.clone();
            async move { transaction.execute(insert, &values).await }
        })
        .await;
    written?;
    let select = "SELECT * FROM objection_letters WHERE request = $1";
    let rows = store.database.fetch(select, &[key.as_str().into()]).await?;
    let kept = rows.first().map(of_row).transpose()?;
    kept.ok_or_else(|| StoreError::Integrity("刚存下的异议来信不见了".to_owned()))
}

/// The letter of a number.
///
/// # Errors
/// What the database says.
pub(crate) async fn find(store: &Store, id: &str) -> Result<Option<Letter>, StoreError> {
    let select = "SELECT * FROM objection_letters WHERE id = $1";
    let rows = store.database.fetch(select, &[id.into()]).await?;
    rows.first().map(of_row).transpose()
}

/// The letters to the bureaus within sight, or those of one enterprise, the latest first.
///
/// # Errors
/// What the database says.
pub(crate) async fn within(store: &Store, scope: &Scope) -> Result<Vec<Letter>, StoreError> {
    let (bureaus, enterprise) = match scope {
        Scope::Bureaus(bureaus) => {
            let names: Vec<&str> = bureaus.iter().map(BureauId::as_str).collect();
            (list(&names), String::new())
        }
        Scope::Enterprise(uscc) => ("[]".to_owned(), uscc.to_string()),
    };
    let select = "SELECT * FROM objection_letters \
         WHERE bureau IN (SELECT value FROM json_each($1)) OR ($2 <> '' AND enterprise = $2) \
         ORDER BY at DESC, id LIMIT 500";
    let values = [bureaus.into(), enterprise.into()];
    let rows = store.database.fetch(select, &values).await?;
    rows.iter().map(of_row).collect()
}

/// Says what became of a letter.
///
/// # Errors
/// What the database says.
pub(crate) async fn settle(
    store: &Store,
    id: &str,
    state: LetterState,
    answer: &str,
) -> Result<(), StoreError> {
    let values: [Value; 3] = [id.into(), state.name().into(), answer.into()];
    let update = "UPDATE objection_letters SET state = $2, answer = $3 WHERE id = $1";
    let written: Result<u64, StoreError> = store
        .database
        .write(|mut transaction| {
            let values = values.clone();
            async move { transaction.execute(update, &values).await }
        })
        .await;
    written.map(drop)
}

fn of_row(row: &Row) -> Result<Letter, StoreError> {
    let some = |column: &str| -> Result<Option<String>, StoreError> {
        let text = row.text(column)?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    };
    let word = row.text("state")?;
    let state = LetterState::ALL.into_iter().find(|one| one.name() == word);
    Ok(Letter {
        id: row.text("id")?.to_owned(),
        bureau: BureauId::new(row.text("bureau")?),
        notice: some("notice")?.map(NoticeId::new),
        payout: some("payout")?.map(PayoutId::new),
        enterprise: some("enterprise")?,
        name: row.text("name")?.to_owned(),
        contact: row.text("contact")?.to_owned(),
        text: row.text("body")?.to_owned(),
        at: Moment(row.int("at")?),
        state: state.ok_or_else(|| StoreError::Integrity(format!("没有来信状态“{word}”")))?,
        answer: row.text("answer")?.to_owned(),
    })
}
