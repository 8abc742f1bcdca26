//! Who is there: what a request may be done as.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use zhida_engine::payouts::{Action, Actor, Command, Moment, PersonId, Role, User};
use zhida_policies::values::Uscc;

use crate::accounts::refusal::AccountRefusal;
use crate::accounts::scope::Scope;

/// What a token may be used for; a person at a browser may do all that his roles let him.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenScope {
    /// 查询: to read whatever the owner can see.
    Read,
    /// 数据: to import facts.
    Data,
    /// 政策: to change policies.
    Policies,
    /// 清算: to run sweeps and forecasts.
    Sweeps,
    /// 兑付: to carry payouts on.
    Payouts,
    /// 管理: users, offices and settings.
    Admin,
    /// 导出: archives of everything.
    Exports,
}

impl TokenScope {
    /// All of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Read,
        Self::Data,
        Self::Policies,
        Self::Sweeps,
        Self::Payouts,
        Self::Admin,
        Self::Exports,
    ];

    /// The word in tables, files and requests.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Data => "data",
            Self::Policies => "policies",
            Self::Sweeps => "sweeps",
            Self::Payouts => "payouts",
            Self::Admin => "admin",
            Self::Exports => "exports",
        }
    }

    /// The Chinese name.
    pub(crate) const fn chinese(self) -> &'static str {
        match self {
            Self::Read => "查询",
            Self::Data => "数据",
            Self::Policies => "政策",
            Self::Sweeps => "清算",
            Self::Payouts => "兑付",
            Self::Admin => "管理",
            Self::Exports => "导出",
        }
    }

    /// The scope of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.word() == word)
    }
}

/// How somebody came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// By a page; the text that forms must carry to show that they come from our pages.
    Browser {
        /// Not the secret itself, and useless without it.
        form_token: String,
        /// The identity service by which he came.
        service: Option<String>,
        /// Whether the account has a second factor here.
        has_code: bool,
    },
    /// By an API token with these scopes.
    Token {
        /// What it may be used for.
        scopes: BTreeSet<TokenScope>,
    },
}

/// What is still missing before anything but signing in can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The code of the second factor.
    NeedsCode,
    /// A second factor, which officials must have.
    NeedsSecondFactor,
    /// A new password: it was reset, or is too old.
    NeedsPassword,
    /// Nothing.
    Complete,
}

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// Who, with the rights as they are now.
    pub(crate) user: User,
    /// What he may see.
    pub(crate) scope: Scope,
    /// How he came in.
    pub(crate) entry: Entry,
    /// How far signing in is.
    pub(crate) stage: Stage,
    /// What lists call the session or token.
    pub(crate) name: String,
    /// When a fresh code was last shown.
    pub(crate) stepped_up_at: Option<Moment>,
    /// Until when that code counts.
    pub(crate) stepped_up_until: Option<Moment>,
    /// A clerk's enterprise, and who of it asked, while he acts for it.
    pub(crate) assists: Option<(Uscc, PersonId)>,
}

impl Session {
    /// Whether the user has a role.
    pub(crate) fn is(&self, role: Role) -> bool {
        self.user.roles.contains(&role)
    }

    /// Whether the owner's rights may be used for this.
    pub(crate) fn allows(&self, scope: TokenScope) -> bool {
        match &self.entry {
            Entry::Browser { .. } => true,
            Entry::Token { scopes, .. } => scopes.contains(&scope),
        }
    }

    /// A clerk, for an enterprise that cannot act itself; both names are kept.
    ///
    /// # Errors
    /// [`AccountRefusal::NotTheRole`] for all but clerks, [`AccountRefusal::NobodyAsked`] without
    /// the name of who asked.
    pub(crate) fn assisting(
        &self,
        enterprise: Uscc,
        asked_by: &str,
    ) -> Result<Actor, AccountRefusal> {
        self.complete()?;
        if !self.is(Role::Clerk) {
            return Err(AccountRefusal::NotTheRole(Role::Clerk));
        }
        let asked_by = asked_by.trim();
        if asked_by.is_empty() || asked_by == self.user.person.as_str() {
            return Err(AccountRefusal::NobodyAsked);
        }
        Ok(Actor::Assisted {
            clerk: self.user.id.clone(),
            enterprise,
            asked_by: PersonId::new(asked_by),
        })
    }

    /// Whether signing in is complete.
    ///
    /// # Errors
    /// [`AccountRefusal::SignInUnfinished`] with what is missing.
    pub(crate) fn complete(&self) -> Result<(), AccountRefusal> {
        match self.stage {
            Stage::Complete => Ok(()),
            Stage::NeedsCode | Stage::NeedsSecondFactor | Stage::NeedsPassword => {
                Err(AccountRefusal::SignInUnfinished(self.stage))
            }
        }
    }

    /// Whether a fresh code was shown a short while ago.
    pub(crate) fn has_stepped_up(&self, now: Moment) -> bool {
        let since = self.stepped_up_at.is_some_and(|since| since <= now);
        since && self.stepped_up_until.is_some_and(|until| now < until)
    }
}

/// Whether an order moves money out, claims it back or changes who may do so.
pub(crate) fn needs_fresh_code(command: &Command, of_motion: Option<&Action>) -> bool {
    match command {
        Command::Seal { .. }
        | Command::BeginSending { .. }
        | Command::Sent { .. }
        | Command::Recover { .. }
        | Command::Enact { .. }
        | Command::Suspend { .. } => true,
        Command::OpenMotion { action, .. } => action_needs_fresh_code(action),
        Command::SignMotion { .. } => of_motion.is_none_or(action_needs_fresh_code),
        Command::Entitle(_)
        | Command::Propose { .. }
        | Command::Check { .. }
        | Command::Approve { .. }
        | Command::SendBack { .. }
        | Command::Drop { .. }
        | Command::Publish(_)
        | Command::Object { .. }
        | Command::EndNotice { .. }
        | Command::Confirm { .. }
        | Command::Decline { .. }
        | Command::Remind { .. }
        | Command::Expire { .. }
        | Command::MakeBatch(_)
        | Command::Unbatch { .. }
        | Command::MarkUnknown { .. }
        | Command::Answer { .. }
        | Command::StrayLine { .. }
        | Command::Settle { .. }
        | Command::WithdrawMotion { .. }
        | Command::BlockPayee { .. }
        | Command::Delegate(_)
        | Command::EndDelegation(_)
        | Command::SetUp { .. }
        | Command::SetPayer(_)
        | Command::SetLine { .. }
        | Command::Configure { .. } => false,
    }
}

/// Whether what a motion asks for needs a fresh code of each who signs it.
fn action_needs_fresh_code(action: &Action) -> bool {
    match action {
        Action::VoidBatch { .. }
        | Action::HandOver { .. }
        | Action::Reissue { .. }
        | Action::Clawback { .. }
        | Action::Offset { .. }
        | Action::WriteOff { .. }
        | Action::MatchClaim { .. }
        | Action::WithdrawClaim { .. }
        | Action::SetUser { .. } => true,
        // Of whoever approves; who asks for it changes nothing yet.
        Action::PublishPolicy(_) => false,
        Action::GrantBudget { .. }
        | Action::ResolveObjection { .. }
        | Action::ChangePayee { .. }
        | Action::UnblockPayee { .. }
        | Action::RuleUnknown { .. }
        | Action::CloseQuestion { .. }
        | Action::Cancel { .. }
        | Action::Bar { .. }
        | Action::MatchReversal { .. }
        | Action::ClosePeriod { .. } => false,
    }
}
