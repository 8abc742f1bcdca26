//! Why somebody whom an identity service sent is not let in.

/// The service, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("通过“{label}”登录没有成功:{why}")]
pub(crate) struct ServiceRefusal {
    /// What people call it.
    pub(crate) label: String,
    /// Why.
    pub(crate) why: WhyNot,
}

/// Why not. None of it repeats a text that came from outside, the number of the person apart.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WhyNot {
    /// It does not answer, or too late, or too much.
    #[error("身份服务暂时不能使用({0})")]
    Unreachable(&'static str),
    /// It is asked for too much at once.
    #[error("同时登录的人太多")]
    Busy,
    /// Its answer is not one that OpenID Connect allows.
    #[error("身份服务的回答不合规范({0})")]
    Answer(&'static str),
    /// The token that it gave is not for us, not for now, not for this visit, or not from it.
    #[error("身份凭证无效({0})")]
    Token(&'static str),
    /// It did not sign the person in; the code of RFC 6749.
    #[error("身份服务没有完成登录({0})")]
    Declined(&'static str),
    /// This browser did not go there, or has come back already, or too late.
    #[error("这次登录不是从这个浏览器开始的,或已经用过、已过期")]
    NoVisit,
    /// Another service answered than the one that was asked.
    #[error("回答的不是所选的身份服务")]
    OtherIssuer,
    /// A claim that is needed is not there, or cannot be read.
    #[error("身份凭证里没有可用的{0}")]
    Claim(&'static str),
    /// Nobody said whose account it is.
    #[error("您的身份还没有关联到本站账号,身份编号 {subject}")]
    NotLinked {
        /// Who it is over there.
        subject: String,
    },
    /// The account cannot be used, or not by people of this service.
    #[error("关联的账号不能使用,或不能由这个身份服务登录")]
    WrongAccount,
    /// Another name than that of whoever owns the account.
    #[error("身份凭证上的姓名与账号的姓名不同,账号不能转给别人使用")]
    OtherPerson,
    /// A second factor is needed, and the service did not see one.
    #[error("身份服务没有说明已验证第二因素")]
    NoSecondFactor,
}

impl WhyNot {
    /// What to do.
    pub(crate) const fn help(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Busy => "请稍后再试;有密码的账号也可以用密码登录",
            Self::Answer(_) | Self::Token(_) | Self::OtherIssuer | Self::Claim(_) => {
                "请重新登录一次;仍不行请告诉系统管理员出错的时间"
            }
            Self::Declined(_) | Self::NoVisit => "请回到登录页面重新登录",
            Self::NotLinked { .. } => "请把身份编号告诉本单位安全管理员,由两位管理员办理关联",
            Self::WrongAccount | Self::OtherPerson => "请向本单位安全管理员核实账号",
            Self::NoSecondFactor => "请在身份服务启用第二因素,或使用本站的动态码",
        }
    }
}
