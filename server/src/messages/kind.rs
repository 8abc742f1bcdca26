//! What there is to tell, and the words that each kind of message is made of.

/// A kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A notice shows the award.
    Notice,
    /// The enterprise is asked to confirm its account.
    Confirm,
    /// It is asked again.
    Reminder,
    /// It did not answer in time.
    Expired,
    /// The bank paid.
    Paid,
    /// The bank refused.
    Rejected,
    /// Money came back.
    Returned,
    /// An objection was looked into: the award stands.
    ObjectionUnfounded,
    /// There is no award.
    ObjectionFounded,
    /// The award is another one.
    ObjectionChanged,
    /// Money has to be given back.
    Clawback,
    /// A policy for all was published.
    PolicyUniversal,
    /// A policy was published that may apply to the reader.
    PolicySpecial,
    /// A policy ends.
    PolicyEnded,
    /// Long work is done.
    JobDone,
    /// Long work failed.
    JobFailed,
}

/// What every message about a payout can say.
const PAYOUT: [&str; 6] = [
    "enterprise",
    "title",
    "document",
    "amount",
    "bureau",
    "payout",
];
/// What messages about policies can say.
const POLICY: [&str; 4] = ["issuer", "title", "document", "effective"];

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 16] = [
        Self::Notice,
        Self::Confirm,
        Self::Reminder,
        Self::Expired,
        Self::Paid,
        Self::Rejected,
        Self::Returned,
        Self::ObjectionUnfounded,
        Self::ObjectionFounded,
        Self::ObjectionChanged,
        Self::Clawback,
        Self::PolicyUniversal,
        Self::PolicySpecial,
        Self::PolicyEnded,
        Self::JobDone,
        Self::JobFailed,
    ];

    /// Its name in templates and in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Notice => "payout.notice",
            Self::Confirm => "payout.confirm",
            Self::Reminder => "payout.reminder",
            Self::Expired => "payout.expired",
            Self::Paid => "payout.paid",
            Self::Rejected => "payout.rejected",
            Self::Returned => "payout.returned",
            Self::ObjectionUnfounded => "payout.objection.unfounded",
            Self::ObjectionFounded => "payout.objection.founded",
            Self::ObjectionChanged => "payout.objection.changed",
            Self::Clawback => "payout.clawback",
            Self::PolicyUniversal => "policy.universal",
            Self::PolicySpecial => "policy.special",
            Self::PolicyEnded => "policy.ended",
            Self::JobDone => "job.done",
            Self::JobFailed => "job.failed",
        }
    }

    /// The words that its templates can put in.
    pub(crate) fn words(self) -> Vec<&'static str> {
        let (common, own): (&[&str], &[&str]) = match self {
            Self::Notice | Self::Confirm => (&PAYOUT, &["until"]),
            Self::Reminder => (&PAYOUT, &["until", "number", "of"]),
            Self::Expired | Self::Rejected => (&PAYOUT, &[]),
            Self::Paid => (&PAYOUT, &["paid"]),
            Self::Returned => (&PAYOUT, &["returned"]),
            Self::ObjectionUnfounded | Self::ObjectionFounded => (&PAYOUT, &["number"]),
            Self::ObjectionChanged => (&PAYOUT, &["number", "before"]),
            Self::Clawback => (&PAYOUT, &["claimed", "due"]),
            Self::PolicyUniversal | Self::PolicySpecial | Self::PolicyEnded => (&POLICY, &[]),
            Self::JobDone => (&[], &["title", "job", "result"]),
            Self::JobFailed => (&[], &["title", "job", "problem"]),
        };
        common.iter().chain(own).copied().collect()
    }
}
