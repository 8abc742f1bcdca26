//! What the log keeps of sign-in: who, when, from where, what, and whether it was let through.
//!
//! No secret is in it, and no text that somebody typed where a password may have been meant.

use serde::{Deserialize, Serialize};
use zhida_engine::payouts::Moment;

use crate::accounts::codes::OneTime;
use crate::accounts::session::TokenScope;
use crate::store::StoreError;
use crate::store::database::Transaction;
use crate::store::log::{self, NewEvent};

/// What the kinds of these events begin with.
pub(crate) const KIND: &str = "account.";

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEvent {
    /// Whose account; nothing where nobody has it.
    pub(crate) account: Option<String>,
    /// Who did it: a user, 命令行, or the system.
    pub(crate) by: String,
    /// From which address.
    pub(crate) from: String,
    /// Whether it was let through.
    pub(crate) success: bool,
    /// What.
    pub(crate) what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum What {
    /// A password fitted.
    PasswordAccepted,
    /// It did not, or the account cannot be used.
    PasswordRefused,
    /// Too many tries: those that follow are not counted one by one.
    Throttled {
        /// What was tried.
        what: String,
    },
    /// Signing in is complete.
    SignedIn,
    /// Somebody went.
    SignedOut,
    /// Sessions ended otherwise.
    SessionsEnded {
        /// Why.
        reason: String,
        /// How many.
        count: u64,
    },
    /// A code of the second factor fitted.
    CodeAccepted,
    /// It did not.
    CodeRefused,
    /// A recovery code was used up.
    RecoveryUsed,
    /// A fresh code was shown for a step that needs one.
    SteppedUp,
    /// A second factor is in use.
    SecondFactorSet,
    /// It was taken away.
    SecondFactorRemoved,
    /// A code to which two administrators agreed was shown: the session may bind a phone.
    BindingAllowed,
    /// New recovery codes were made.
    RecoveryMade,
    /// A one-time code was made.
    CodeIssued {
        /// What for.
        purpose: String,
    },
    /// A second administrator agreed to one.
    CodeAgreed {
        /// What for.
        purpose: String,
    },
    /// A one-time code was refused.
    OneTimeCodeRefused,
    /// A password was set with a one-time code.
    PasswordSet,
    /// A password was changed by its owner.
    PasswordChanged,
    /// A token was made.
    TokenMade {
        /// What lists call it.
        name: String,
        /// What the owner calls it.
        title: String,
        /// What it may be used for.
        scopes: Vec<TokenScope>,
        /// Until when.
        expires: Moment,
    },
    /// A token was taken back.
    TokenRevoked {
        /// Which.
        name: String,
    },
    /// Where a bureau stands.
    OfficeSet {
        /// Which.
        bureau: String,
        /// Its region.
        region: String,
        /// Its department.
        department: String,
        /// Whether it sees all departments of its region.
        is_finance: bool,
    },
    /// An administrator asked that an account of an identity service belong to this one.
    IdentityAsked {
        /// The service.
        issuer: String,
        /// The account there.
        subject: String,
    },
    /// An account of an outside identity service belongs to this one.
    IdentityLinked {
        /// The service.
        issuer: String,
        /// The account there.
        subject: String,
        /// For which enterprise; empty for officials.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        enterprise: String,
    },
    /// It does not any more.
    IdentityUnlinked {
        /// The service.
        issuer: String,
        /// The account there.
        subject: String,
        /// For which enterprise; empty for officials.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        enterprise: String,
    },
    /// An identity service said who somebody is.
    ServiceAccepted {
        /// Which.
        service: String,
    },
    /// It did not, or whoever it is was not let in.
    ServiceRefused {
        /// Which.
        service: String,
        /// Why not.
        reason: String,
    },
    /// A clerk acts for an enterprise, or for none any more.
    Assists {
        /// Which.
        enterprise: Option<String>,
        /// Who of it asked.
        asked_by: Option<String>,
    },
    /// An archive of everything was taken away.
    ArchiveTaken {
        /// The job that made it.
        job: String,
        /// The digest of the archive.
        digest: String,
        /// Whether it holds persons and accounts in full.
        is_full: bool,
    },
    /// A right was missing.
    Forbidden {
        /// What was asked for.
        what: String,
    },
    /// The clock was set back.
    ClockSetBack {
        /// What it had been.
        from: Moment,
        /// How many sessions ended.
        ended: u64,
    },
}

impl What {
    /// The word of the kind.
    const fn word(&self) -> &'static str {
        match self {
            Self::PasswordAccepted => "password_accepted",
            Self::PasswordRefused => "password_refused",
            Self::Throttled { .. } => "throttled",
            Self::SignedIn => "signed_in",
            Self::SignedOut => "signed_out",
            Self::SessionsEnded { .. } => "sessions_ended",
            Self::CodeAccepted => "code_accepted",
            Self::CodeRefused => "code_refused",
            Self::RecoveryUsed => "recovery_used",
            Self::SteppedUp => "stepped_up",
            Self::SecondFactorSet => "second_factor_set",
            Self::SecondFactorRemoved => "second_factor_removed",
            Self::BindingAllowed => "binding_allowed",
            Self::RecoveryMade => "recovery_made",
            Self::CodeIssued { .. } => "code_issued",
            Self::CodeAgreed { .. } => "code_agreed",
            Self::OneTimeCodeRefused => "one_time_code_refused",
            Self::PasswordSet => "password_set",
            Self::PasswordChanged => "password_changed",
            Self::TokenMade { .. } => "token_made",
            Self::TokenRevoked { .. } => "token_revoked",
            Self::OfficeSet { .. } => "office_set",
            Self::IdentityAsked { .. } => "identity_asked",
            Self::IdentityLinked { .. } => "identity_linked",
            Self::IdentityUnlinked { .. } => "identity_unlinked",
            Self::ServiceAccepted { .. } => "service_accepted",
            Self::ServiceRefused { .. } => "service_refused",
            Self::Assists { .. } => "assists",
            Self::ArchiveTaken { .. } => "archive_taken",
            Self::Forbidden { .. } => "forbidden",
            Self::ClockSetBack { .. } => "clock_set_back",
        }
    }

    /// What people call it.
    pub(crate) const fn chinese(&self) -> &'static str {
        match self {
            Self::PasswordAccepted => "密码正确",
            Self::PasswordRefused => "密码错误",
            Self::Throttled { .. } => "尝试过多,暂停",
            Self::SignedIn => "登录完成",
            Self::SignedOut => "退出",
            Self::SessionsEnded { .. } => "登录结束",
            Self::CodeAccepted => "动态码正确",
            Self::CodeRefused => "动态码错误",
            Self::RecoveryUsed => "使用备用码",
            Self::SteppedUp => "再次验证动态码",
            Self::SecondFactorSet => "绑定动态码",
            Self::SecondFactorRemoved => "解除动态码",
            Self::BindingAllowed => "凭一次性代码绑定动态码",
            Self::RecoveryMade => "生成备用码",
            Self::CodeIssued { .. } => "签发一次性代码",
            Self::CodeAgreed { .. } => "同意一次性代码",
            Self::OneTimeCodeRefused => "一次性代码错误",
            Self::PasswordSet => "用一次性代码设置密码",
            Self::PasswordChanged => "更换密码",
            Self::TokenMade { .. } => "建立访问令牌",
            Self::TokenRevoked { .. } => "收回访问令牌",
            Self::OfficeSet { .. } => "设置单位所在",
            Self::IdentityAsked { .. } => "申请关联外部身份",
            Self::IdentityLinked { .. } => "关联外部身份",
            Self::IdentityUnlinked { .. } => "解除外部身份",
            Self::ServiceAccepted { .. } => "身份服务验证通过",
            Self::ServiceRefused { .. } => "身份服务登录被拒",
            Self::Assists { .. } => "帮办企业",
            Self::ArchiveTaken { .. } => "下载审计包",
            Self::Forbidden { .. } => "越权被拒",
            Self::ClockSetBack { .. } => "系统时钟倒退",
        }
    }

    /// What else there is to say of it.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Throttled { what } | Self::Forbidden { what } => what.clone(),
            Self::SessionsEnded { reason, count } => format!("{reason},{count} 个"),
            Self::CodeIssued { purpose } | Self::CodeAgreed { purpose } => {
                OneTime::of(purpose).map_or_else(String::new, |one| one.chinese().to_owned())
            }
            Self::TokenMade {
                name,
                title,
                scopes,
                ..
            } => {
                let scopes: Vec<&str> = scopes.iter().map(|scope| scope.chinese()).collect();
                format!("{title}({name}):{}", scopes.join("、"))
            }
            Self::TokenRevoked { name } => name.clone(),
            Self::OfficeSet {
                bureau,
                region,
                department,
                is_finance,
            } => {
                let all = if *is_finance { ",看全部部门" } else { "" };
                format!("{bureau}:{region} {department}{all}")
            }
            Self::IdentityAsked { issuer, subject } => format!("{subject} · {issuer}"),
            Self::IdentityLinked {
                issuer,
                subject,
                enterprise,
            }
            | Self::IdentityUnlinked {
                issuer,
                subject,
                enterprise,
            } => match enterprise.as_str() {
                "" => format!("{subject} · {issuer}"),
                enterprise => format!("{subject} · {issuer} · {enterprise}"),
            },
            Self::ServiceAccepted { service } => service.clone(),
            Self::ServiceRefused { service, reason } => format!("{service}:{reason}"),
            Self::Assists {
                enterprise,
                asked_by,
            } => match (enterprise, asked_by) {
                (Some(enterprise), Some(asked_by)) => format!("{enterprise},{asked_by} 要求"),
                (_, _) => "结束帮办".to_owned(),
            },
            Self::ArchiveTaken {
                job,
                digest,
                is_full,
            } => archive(job, digest, *is_full),
            Self::ClockSetBack { ended, .. } => format!("结束 {ended} 个登录"),
            Self::PasswordAccepted
            | Self::PasswordRefused
            | Self::SignedIn
            | Self::SignedOut
            | Self::CodeAccepted
            | Self::CodeRefused
            | Self::RecoveryUsed
            | Self::SteppedUp
            | Self::SecondFactorSet
            | Self::SecondFactorRemoved
            | Self::BindingAllowed
            | Self::RecoveryMade
            | Self::OneTimeCodeRefused
            | Self::PasswordSet
            | Self::PasswordChanged => String::new(),
        }
    }

    /// Whether it stands for something that was let through.
    const fn is_success(&self) -> bool {
        !matches!(
            self,
            Self::PasswordRefused
                | Self::Throttled { .. }
                | Self::CodeRefused
                | Self::OneTimeCodeRefused
                | Self::ServiceRefused { .. }
                | Self::Forbidden { .. }
        )
    }
}

impl AccountEvent {
    /// Something that somebody did to an account from an address.
    pub(crate) fn new(account: Option<&str>, by: &str, from: &str, what: What) -> Self {
        Self {
            account: account.map(str::to_owned),
            by: by.to_owned(),
            from: one_line(from),
            success: what.is_success(),
            what,
        }
    }

    /// Something that the system did by itself.
    pub(crate) fn of_system(what: What) -> Self {
        Self::new(None, "系统", "", what)
    }

    /// Reads an event of the log; every other text than the one that was written is refused.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(kind: &str, body: &[u8]) -> Result<Self, String> {
        let event: Self = serde_json::from_slice(body)
            .map_err(|error| format!("账号事件的内容读不出来:{error}"))?;
        let written = serde_json::to_vec(&event).unwrap_or_default();
        let is_whole = written == body && event.success == event.what.is_success();
        if !is_whole || kind.strip_prefix(KIND) != Some(event.what.word()) {
            return Err(format!("账号事件“{kind}”与其内容不符"));
        }
        Ok(event)
    }
}

/// An archive in words.
fn archive(job: &str, digest: &str, is_full: bool) -> String {
    let edition = if is_full { "完整版" } else { "脱敏版" };
    format!("{edition},任务 {job},摘要 {digest}")
}

/// What came from outside, without what would break a line of a log.
fn one_line(text: &str) -> String {
    let kept = text.chars().filter(|letter| !letter.is_control());
    kept.take(64).collect()
}

/// Appends an event in the caller's transaction.
///
/// # Errors
/// What the database says.
pub(crate) async fn append(
    transaction: &mut Transaction,
    event: AccountEvent,
    at: Moment,
) -> Result<(), StoreError> {
    let kind = format!("{KIND}{}", event.what.word());
    let body = serde_json::to_vec(&event);
    let body = body.map_err(|error| StoreError::Integrity(error.to_string()))?;
    let at = at.0;
    log::append(transaction, &[NewEvent { at, kind, body }])
        .await
        .map(drop)
}
