//! What is proposed and what was published, as the books have it.

use zhida_engine::payouts::{
    Action, BureauId, Motion, MotionId, MotionState, PolicyRecord, Publication, Thing,
};

use crate::store::{Kind, Listing, Rows, Store, StoreError, Within};

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It waits for an approval.
    Open,
    /// It was approved.
    Approved,
    /// It was returned, or taken back.
    Returned,
}

impl Standing {
    /// The Chinese name.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::Open => "等待批准",
            Self::Approved => "已批准",
            Self::Returned => "已退回",
        }
    }
}

/// One proposal.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    /// The motion as the books have it.
    pub(crate) motion: Motion,
    /// What is to become of the policy.
    pub(crate) publication: Publication,
}

impl Proposal {
    fn of(thing: Thing) -> Option<Self> {
        let Thing::Motion(motion) = thing else {
            return None;
        };
        let Action::PublishPolicy(publication) = &motion.action else {
            return None;
        };
        Some(Self {
            publication: (**publication).clone(),
            motion: *motion,
        })
    }

    /// Where it stands.
    pub(crate) fn standing(&self) -> Standing {
        match self.motion.state {
            MotionState::Open => Standing::Open,
            MotionState::Carried => Standing::Approved,
            MotionState::Withdrawn => Standing::Returned,
        }
    }
}

/// All proposals within sight, the open ones first, then the latest.
///
/// # Errors
/// What the database says.
pub(crate) async fn proposals(store: &Store, within: &Within) -> Result<Vec<Proposal>, StoreError> {
    let things = store.page(Kind::Motions, within, &Rows::default()).await?;
    let mut found: Vec<Proposal> = things.into_iter().filter_map(Proposal::of).collect();
    found.sort_by_key(|one| {
        let asked = one.motion.signatures.first().map(|first| first.at);
        let is_over = one.standing() != Standing::Open;
        (is_over, std::cmp::Reverse(asked), one.motion.id.clone())
    });
    Ok(found)
}

/// One proposal within sight.
///
/// # Errors
/// What the database says.
pub(crate) async fn proposal(
    store: &Store,
    within: &Within,
    id: &MotionId,
) -> Result<Option<Proposal>, StoreError> {
    let rows = Rows {
        id: Some(id.to_string()),
        limit: Some(1),
        ..Rows::default()
    };
    let found = store.page(Kind::Motions, within, &rows).await?;
    Ok(found.into_iter().find_map(Proposal::of))
}

/// What was published, by name.
///
/// # Errors
/// What the database says.
pub(crate) async fn records(store: &Store) -> Result<Vec<PolicyRecord>, StoreError> {
    let things = store.list(Listing::Policies).await?;
    let records = things.into_iter().filter_map(|thing| match thing {
        Thing::Policy(record) => Some(*record),
        Thing::User(_)
        | Thing::Delegation(_)
        | Thing::Settings(_)
        | Thing::Line(_)
        | Thing::Payer(_)
        | Thing::Payee(_)
        | Thing::Bar(_)
        | Thing::Payout(_)
        | Thing::Notice(_)
        | Thing::Batch(_)
        | Thing::Motion(_)
        | Thing::BankLine(_) => None,
    });
    Ok(records.collect())
}

/// What a bureau within sight has published of a policy.
///
/// # Errors
/// What the database says.
pub(crate) async fn record(
    store: &Store,
    sees: impl Fn(&BureauId) -> bool,
    policy: &str,
) -> Result<Option<PolicyRecord>, StoreError> {
    let mut all = records(store).await?.into_iter();
    Ok(all.find(|record| record.policy == policy && sees(&record.bureau)))
}
