//! Public notice lists (公示名单): who is to be paid how much for which article, shown to everybody
//! for the working days that the law asks for.
//!
//! A [`NoticeDraft`] is what the caller knows; sealing it checks it, masks its texts and gives a
//! [`NoticeList`], which is written as HTML, xlsx, CSV and canonical text. The same list gives the
//! same bytes each time: no clock is read. Every form carries the digest of the canonical text.

mod canonical;
mod csv;
mod error;
mod html;
mod sheet;
#[cfg(test)]
mod tests;
mod xlsx;

use zhida_policies::calendar::WorkingDays;
use zhida_policies::values::{Date, Money, Uscc};

use crate::masking::{self, Audience, PublicText};

pub(crate) use error::NoticeError;
pub(crate) use sheet::begins_formula;

/// The most characters of one text; a longer one is refused, never cut.
const TEXT_MAX: usize = 2_000;

/// A notice list before it is checked and masked.
#[derive(Clone, Debug)]
pub(crate) struct NoticeDraft {
    /// The heading.
    pub(crate) title: String,
    /// The bureau that gives notice.
    pub(crate) bureau: String,
    /// The title of the policy.
    pub(crate) policy_title: String,
    /// Its document number.
    pub(crate) policy_number: String,
    /// The name of the measure.
    pub(crate) measure: String,
    /// The article that grants it.
    pub(crate) article: String,
    /// The day of publication, which does not count.
    pub(crate) published: Date,
    /// For how many working days the list is shown.
    pub(crate) working_days: u32,
    /// How to object: office, phone and address of the bureau, which are public and not masked.
    pub(crate) objections: String,
    /// Who is to be paid.
    pub(crate) rows: Vec<DraftRow>,
    /// What the rows must sum to, from the awards and not from the rows.
    pub(crate) total: Money,
    /// What the list was made from.
    pub(crate) evidence: Evidence,
}

/// One award of a draft.
#[derive(Clone, Debug)]
pub(crate) struct DraftRow {
    /// The registered name.
    pub(crate) enterprise: String,
    /// Its code.
    pub(crate) uscc: Uscc,
    /// What is to be paid.
    pub(crate) amount: Money,
    /// Why, in words.
    pub(crate) basis: String,
    /// Whether the amount is sure.
    pub(crate) standing: AmountStanding,
    /// Names of natural persons (owner, legal person) that must not show in the basis.
    pub(crate) persons: Vec<String>,
}

/// Whether an amount can still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AmountStanding {
    /// It stands, objections apart.
    Final,
    /// Open decisions of others can still change it.
    Provisional,
}

/// What a list was made from, so that an auditor finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// The digest of the sweep's result.
    pub(crate) sweep: [u8; 32],
    /// The digest of its seal, with which it can be run again.
    pub(crate) seal: Option<[u8; 32]>,
    /// How many entries the event log had.
    pub(crate) log_size: u64,
    /// The root of its tree.
    pub(crate) log_root: [u8; 32],
    /// The signature of size and root (ed25519).
    pub(crate) log_signature: [u8; 64],
    /// The id of the key that signed.
    pub(crate) key: String,
}

/// A checked and masked list, ready to be published.
///
/// # Shape
/// At least one row, every amount above zero, the rows sum to the total, and the last day is the
/// one that the calendar gives. No text holds what the public may not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoticeList {
    title: PublicText,
    bureau: PublicText,
    policy_title: PublicText,
    policy_number: PublicText,
    measure: PublicText,
    article: PublicText,
    published: Date,
    working_days: u32,
    until: Date,
    objections: String,
    rows: Vec<NoticeRow>,
    total: Money,
    provisional: Money,
    evidence: Evidence,
    digest: [u8; 32],
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct NoticeRow {
    enterprise: PublicText,
    uscc: String,
    amount: Money,
    basis: PublicText,
    standing: AmountStanding,
}

impl NoticeList {
    /// Checks a draft, masks its texts and computes the last day and the digest.
    ///
    /// # Errors
    /// [`NoticeError`] for the first thing that is wrong; nothing is cut, guessed or left out.
    pub(crate) fn seal(
        draft: &NoticeDraft,
        calendar: &WorkingDays,
    ) -> Result<NoticeList, NoticeError> {
        if draft.working_days == 0 {
            return Err(NoticeError::NoDays);
        }
        let until = calendar.add_working_days(draft.published, draft.working_days)?;
        let rows = draft.rows.iter().zip(1usize..);
        let rows: Vec<NoticeRow> = rows
            .map(|(row, place)| seal_row(row, place))
            .collect::<Result<_, _>>()?;
        let (total, provisional) = sums(&rows, draft.total)?;
        let evidence = Evidence {
            key: own_line("签名密钥", &draft.evidence.key)?,
            ..draft.evidence.clone()
        };
        let mut list = NoticeList {
            title: text("标题", &draft.title)?,
            bureau: text("公示单位", &draft.bureau)?,
            policy_title: text("政策名称", &draft.policy_title)?,
            policy_number: text("文号", &draft.policy_number)?,
            measure: text("事项名称", &draft.measure)?,
            article: text("条款", &draft.article)?,
            published: draft.published,
            working_days: draft.working_days,
            until,
            objections: own_line("异议渠道", &draft.objections)?,
            rows,
            total,
            provisional,
            evidence,
            digest: [0; 32],
        };
        list.digest = canonical::digest(&list);
        Ok(list)
    }

    /// The last day on which objections count.
    pub(crate) fn until(&self) -> Date {
        self.until
    }

    /// The sum of all rows.
    pub(crate) fn total(&self) -> Money {
        self.total
    }

    /// SHA-256 of [`NoticeList::canonical_text`], which is printed on every form.
    pub(crate) fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// The list as text in one fixed form, for the digest and for those who check it.
    pub(crate) fn canonical_text(&self) -> String {
        canonical::text(self)
    }

    /// The list as one page in Chinese, without scripts and without anything from outside.
    pub(crate) fn html(&self) -> String {
        html::page(self)
    }

    /// The source of styles that [`NoticeList::html`] needs from a content security policy.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the server that shows it comes next")
    )]
    pub(crate) fn style_source() -> String {
        html::style_source()
    }

    /// The list as CSV for spreadsheets: UTF-8 with a byte-order mark, RFC 4180.
    pub(crate) fn csv(&self) -> String {
        csv::write(self)
    }

    /// The list as a workbook with text cells only.
    ///
    /// # Errors
    /// [`NoticeError::Workbook`] when the list does not fit a sheet.
    pub(crate) fn xlsx(&self) -> Result<Vec<u8>, NoticeError> {
        xlsx::write(self)
    }

    /// How many different enterprises the rows name.
    fn enterprises(&self) -> usize {
        let codes: std::collections::BTreeSet<&str> =
            self.rows.iter().map(|row| row.uscc.as_str()).collect();
        codes.len()
    }
}

/// A text of the bureau itself, which is public as it is; it has only to be there and to fit.
fn own_line(field: &'static str, raw: &str) -> Result<String, NoticeError> {
    measured(field, raw)?;
    Ok(masking::visible(raw))
}

/// A masked text that says something and fits.
fn text(field: &'static str, raw: &str) -> Result<PublicText, NoticeError> {
    measured(field, raw)?;
    Ok(PublicText::of(raw, &[]))
}

/// Refuses a text that says nothing or is too long.
fn measured(field: &'static str, raw: &str) -> Result<(), NoticeError> {
    let found = raw.chars().count();
    if raw.trim().is_empty() {
        return Err(NoticeError::Empty { field });
    }
    if found > TEXT_MAX {
        let max = TEXT_MAX;
        return Err(NoticeError::TooLong { field, found, max });
    }
    Ok(())
}

fn seal_row(row: &DraftRow, place: usize) -> Result<NoticeRow, NoticeError> {
    let in_row = |error: NoticeError| NoticeError::Row {
        place,
        error: Box::new(error),
    };
    measured("企业名称", &row.enterprise).map_err(in_row)?;
    measured("依据", &row.basis).map_err(in_row)?;
    if row.amount <= Money::ZERO {
        let amount = row.amount;
        return Err(in_row(NoticeError::Amount { amount }));
    }
    let persons: Vec<&str> = row.persons.iter().map(String::as_str).collect();
    Ok(NoticeRow {
        enterprise: PublicText::of_enterprise(&row.enterprise),
        uscc: masking::uscc(row.uscc, Audience::Public),
        amount: row.amount,
        basis: PublicText::of(&row.basis, &persons),
        standing: row.standing,
    })
}

/// The sum of the rows, which is the one stated, and that of the provisional ones.
fn sums(rows: &[NoticeRow], stated: Money) -> Result<(Money, Money), NoticeError> {
    if rows.is_empty() {
        return Err(NoticeError::NoRows);
    }
    let (mut total, mut provisional) = (Money::ZERO, Money::ZERO);
    for row in rows {
        total = total
            .checked_add(row.amount)
            .map_err(|_| NoticeError::Overflow)?;
        if row.standing == AmountStanding::Provisional {
            provisional = provisional
                .checked_add(row.amount)
                .map_err(|_| NoticeError::Overflow)?;
        }
    }
    if total != stated {
        let summed = total;
        return Err(NoticeError::Total { stated, summed });
    }
    Ok((total, provisional))
}
