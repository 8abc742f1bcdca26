//! Why somebody is not let in, or something about an account is not done.

use zhida_engine::payouts::Role;

#[cfg(feature = "openid")]
use crate::accounts::openid::ServiceRefusal;
use crate::accounts::password::PasswordFault;
use crate::accounts::session::Stage;
use crate::failure::Failure;
use crate::store::StoreError;

/// Why it was not done: refused by rule, or the store failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// Refused; a failure that matters is in the log.
    #[error(transparent)]
    Refused(#[from] AccountRefusal),
    /// The store failed; nothing was done.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why something is refused. None of them tells whether an account exists.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccountRefusal {
    /// Name or password are wrong, or the account cannot be used.
    #[error("账号或密码不对,或账号不能使用")]
    NotLetIn,
    /// Too many tries.
    #[error("尝试次数过多,请在 {minutes} 分钟后再试")]
    TooMany {
        /// When to come again.
        minutes: i64,
    },
    /// Too many others are signing in.
    #[error("登录的人太多,请稍候再试")]
    Busy,
    /// The code of the second factor is wrong, was used, or is of another time.
    #[error("动态码不对或已用过,请等下一个动态码再试")]
    WrongCode,
    /// A one-time code is wrong, was used or is too old.
    #[error("账号或一次性代码不对,或代码已用过、已过期;请向管理员索取新的代码")]
    WrongOneTimeCode,
    /// The new password does not follow the rules.
    #[error("新密码不合要求:{}", PasswordFault::list(.0))]
    BadPassword(Vec<PasswordFault>),
    /// Nobody is signed in here, or not any more.
    #[error("没有登录,或登录已失效;请重新登录")]
    NotSignedIn,
    /// Signing in is not complete.
    #[error("登录还没有完成:{}", missing(*.0))]
    SignInUnfinished(Stage),
    /// This needs a fresh code.
    #[error("这一步要用新的动态码再确认一次")]
    NeedsFreshCode,
    /// The account has no second factor.
    #[error("这个账号还没有绑定动态码,请先绑定")]
    NoSecondFactor,
    /// An official who may sign in by a service binds his first phone with a code of two others.
    #[error(
        "用身份服务登录的工作人员第一次绑定动态码,须先输入一次性代码;\
         请向安全管理员申请,审计管理员同意后使用"
    )]
    NeedsCodeToBind,
    /// Officials cannot do without.
    #[error("工作人员必须使用动态码,不能解除绑定")]
    SecondFactorRequired,
    /// The user does not have the role.
    #[error("这一步须由{}办理", .0.chinese())]
    NotTheRole(Role),
    /// A clerk must say who of the enterprise asked.
    #[error("帮办须写明企业的哪位经办人要求办理,且不能是帮办本人")]
    NobodyAsked,
    /// A second administrator, another person, must agree.
    #[error("同意的人须是另一位管理员,不能是提出的人或账号本人")]
    SamePerson,
    /// Whoever asked for it is no security administrator any more.
    #[error("提出的人已不是在用的安全管理员,请由现在的安全管理员重新提出")]
    NotAskedByAdministrator,
    /// The core knows no such user.
    #[error("没有用户“{0}”;用户由安全管理员提出、审计管理员会签设立")]
    NoSuchUser(String),
    /// There is no such account, session, token, code or link.
    #[error("没有{0}")]
    NoSuchThing(String),
    /// The thing is there already.
    #[error("{0}已经存在")]
    AlreadyThere(String),
    /// An identity service sent somebody who is not let in.
    #[cfg(feature = "openid")]
    #[error(transparent)]
    Service(#[from] ServiceRefusal),
    /// A token cannot live so long, or has no scope.
    #[error("{0}")]
    BadToken(String),
}

fn missing(stage: Stage) -> &'static str {
    match stage {
        Stage::NeedsCode => "请输入动态码",
        Stage::NeedsSecondFactor => "请绑定动态码",
        Stage::NeedsPassword => "请设置新密码",
        Stage::Complete => "请重新登录",
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Store(error) => error.into(),
            AccountError::Refused(refusal) => Self::refused(refusal.to_string(), ""),
        }
    }
}
