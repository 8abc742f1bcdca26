//! Why somebody whom an identity service sent is not let in.

/// How much of a number is kept where not all of it may be.
const LETTERS_SHOWN: usize = 4;

/// The service, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("通过“{label}”登录没有成功:{why}")]
pub(crate) struct ServiceRefusal {
    /// What people call it.
    pub(crate) label: String,
    /// Why.
    pub(crate) why: WhyNot,
}

/// Why not. None of it repeats a text that came from outside, the number of the person apart: that
/// is told to the person alone, and kept as [`WhyNot::kept`] says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WhyNot {
    /// It does not answer, or too late, or too much.
    #[error("身份服务暂时不能使用({0})")]
    Unreachable(&'static str),
    /// It did not answer a moment ago, and is not asked again at once.
    #[error("身份服务暂时不能使用(刚才没有回答)")]
    Resting,
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
    /// Whether the service was asked at all, or the answer of somebody looked at: what did not
    /// happen is not kept, or anybody could fill the log while a service is down.
    pub(crate) const fn is_kept(&self) -> bool {
        !matches!(self, Self::Resting | Self::Busy)
    }

    /// Whether it was the service that failed, and not whoever came.
    pub(crate) const fn is_of_service(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Resting | Self::Busy)
    }

    /// What the log keeps of it. A number that may mean a person is not written out: `mark` is the
    /// same for the same number, and the end of it is there to be compared with what he says.
    pub(super) fn kept(&self, mark: impl Fn(&str) -> String) -> String {
        match self {
            Self::NotLinked { subject } => {
                let mark = mark(subject);
                let masked = masked(subject);
                format!("身份还没有关联到本站账号,身份编号 {masked}(标记 {mark})")
            }
            Self::Unreachable(_)
            | Self::Resting
            | Self::Busy
            | Self::Answer(_)
            | Self::Token(_)
            | Self::Declined(_)
            | Self::NoVisit
            | Self::OtherIssuer
            | Self::Claim(_)
            | Self::WrongAccount
            | Self::OtherPerson
            | Self::NoSecondFactor => self.to_string(),
        }
    }

    /// What to do.
    pub(crate) const fn help(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Resting | Self::Busy => {
                "请稍后再试;有密码的账号也可以用密码登录"
            }
            Self::Answer(_) | Self::Token(_) | Self::OtherIssuer | Self::Claim(_) => {
                "请重新登录一次;仍不行请告诉系统管理员出错的时间"
            }
            Self::Declined(_) | Self::NoVisit => "请回到登录页面重新登录",
            Self::NotLinked { .. } => "请把身份编号告诉本单位安全管理员,由两位管理员办理关联",
            Self::WrongAccount | Self::OtherPerson => "请向本单位安全管理员核实账号",
            Self::NoSecondFactor => {
                "请在身份服务用第二因素重新登录;在本站绑定过手机的,也可以使用动态码"
            }
        }
    }
}

/// The last letters of a number: four of them, and never more than half.
fn masked(subject: &str) -> String {
    let letters = subject.chars().count();
    let shown = LETTERS_SHOWN.min(letters.checked_div(2).unwrap_or(0));
    let end: String = subject
        .chars()
        .skip(letters.saturating_sub(shown))
        .collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_end_of_a_number_is_kept() {
        let rows = [
            ("420601199001011234", "…1234"),
            ("13800001234", "…1234"),
            ("u-1001", "…001"),
            ("7", "…"),
            ("统一编号", "…编号"),
        ];
        for (subject, expected) in rows {
            assert_eq!(masked(subject), expected);
            let why = WhyNot::NotLinked {
                subject: subject.to_owned(),
            };
            let kept = why.kept(|text| format!("<{}>", text.len()));
            assert!(kept.contains(expected), "{kept}");
            assert!(kept.contains(&format!("<{}>", subject.len())), "{kept}");
            assert!(!kept.contains(&format!(" {subject}")), "{kept}");
            assert!(why.to_string().contains(subject), "he is told his number");
        }
    }
}
