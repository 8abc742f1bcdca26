//! Public notices and what is said against them.

use serde::{Deserialize, Serialize};
use zhida_policies::values::Date;

use super::batch::FileSeal;
use super::ids::{BureauId, Digest, NoticeId, PayoutId};
use super::moment::Moment;

/// One list shown in public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its name.
    pub id: NoticeId,
    /// Whose.
    pub bureau: BureauId,
    /// What it shows.
    pub payouts: Vec<PayoutId>,
    /// The day on which it appears.
    pub from: Date,
    /// The last day for objections.
    pub until: Date,
    /// The sheet as it was sealed.
    pub sheet: Digest,
    /// Its forms for the public: the bytes never change.
    pub files: Vec<FileSeal>,
}

/// What somebody has against one payout of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// 1, 2, … within its payout.
    pub number: u32,
    /// Who objects, as given; may be nobody.
    pub by: String,
    /// The paper.
    pub text: Digest,
    /// When it was registered.
    pub at: Moment,
    /// What was found.
    pub finding: Option<Digest>,
}

impl Objection {
    /// Whether nothing was found yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.finding.is_none()
    }
}
