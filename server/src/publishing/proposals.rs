//! What is proposed and what was published, as the books have it.

use zhida_engine::payouts::{
    Action, BureauId, Motion, MotionId, MotionState, PolicyRecord, Publication, Thing,
};

use crate::store::books::{list, motion_state, thing};
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

/// A query of proposals, the latest first: `$1` which bureaus, `$2` in which states, `$3` of which
/// policy or of all, `$4` how many at most, `$5` behind which one or from the first on. One that
/// these bureaus do not have is like one that is not there: behind it comes nothing.
macro_rules! proposals {
    ($bureaus:literal, $its_bureau:literal) => {
        concat!(
            "SELECT body FROM motions WHERE kind = 'PublishPolicy' AND ",
            $bureaus,
            " AND state IN (SELECT value FROM json_each($2)) AND ($3 = '' OR about = $3) \
             AND ($5 = '' OR EXISTS (SELECT 1 FROM motions m WHERE m.id = $5 \
             AND m.kind = 'PublishPolicy' AND ",
            $its_bureau,
            " AND (motions.asked_at < m.asked_at \
             OR (motions.asked_at = m.asked_at AND motions.id > m.id)))) \
             ORDER BY asked_at DESC, id LIMIT $4"
        )
    };
}

/// Those of some bureaus.
pub(crate) const PROPOSALS: &str = proposals!(
    "bureau IN (SELECT value FROM json_each($1))",
    "m.bureau IN (SELECT value FROM json_each($1))"
);
/// Those of all bureaus.
const PROPOSALS_OF_ALL: &str = proposals!("$1 <> ''", "$1 <> ''");

/// The states of proposals that are over.
const OVER: [MotionState; 2] = [MotionState::Carried, MotionState::Withdrawn];

async fn listed(
    store: &Store,
    within: &Within,
    states: &[MotionState],
    policy: Option<&str>,
    (after, count_max): (&str, u32),
) -> Result<Vec<Proposal>, StoreError> {
    let (query, bureaus) = match within {
        Within::All => (PROPOSALS_OF_ALL, Vec::new()),
        Within::Bureaus(bureaus) => (PROPOSALS, bureaus.iter().map(BureauId::as_str).collect()),
        // No enterprise publishes anything.
        Within::Enterprise(_) => return Ok(Vec::new()),
    };
    let states: Vec<&str> = states.iter().map(|state| motion_state(*state)).collect();
    let values = [
        list(&bureaus).into(),
        list(&states).into(),
        policy.unwrap_or_default().into(),
        i64::from(count_max).into(),
        after.into(),
    ];
    let rows = store.database.fetch(query, &values).await?;
    let things = rows.iter().map(|row| thing(row.text("body")?));
    let things: Vec<Thing> = things.collect::<Result<_, StoreError>>()?;
    Ok(things.into_iter().filter_map(Proposal::of).collect())
}

/// The proposals within sight that wait for an approval, the latest first: of one policy, or of
/// all, so many at most.
///
/// # Errors
/// What the database says.
pub(crate) async fn open_proposals(
    store: &Store,
    within: &Within,
    policy: Option<&str>,
    count_max: u32,
) -> Result<Vec<Proposal>, StoreError> {
    listed(store, within, &[MotionState::Open], policy, ("", count_max)).await
}

/// The proposals within sight that were approved or returned, the latest first, so many at most.
///
/// # Errors
/// What the database says.
pub(crate) async fn past_proposals(
    store: &Store,
    within: &Within,
    policy: Option<&str>,
    count_max: u32,
) -> Result<Vec<Proposal>, StoreError> {
    listed(store, within, &OVER, policy, ("", count_max)).await
}

/// All proposals within sight, the latest first, from behind one of them, so many at most.
///
/// # Errors
/// What the database says.
pub(crate) async fn proposals_after(
    store: &Store,
    within: &Within,
    after: &str,
    count_max: u32,
) -> Result<Vec<Proposal>, StoreError> {
    let [carried, withdrawn] = OVER;
    let states = [MotionState::Open, carried, withdrawn];
    listed(store, within, &states, None, (after, count_max)).await
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
