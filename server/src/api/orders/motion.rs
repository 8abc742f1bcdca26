//! What needs several people, and the people themselves.

use serde::Deserialize;
use utoipa::ToSchema;
use zhida_engine::payouts::{MotionState, Role, Thing};

use super::{ADMIN, Operation, STAFF_AND_ADMINISTRATORS, Verb, operation, seen};
use crate::api::room::Room;
use crate::api::sight;
use crate::store::{Kind, Rows};
use crate::web::{Access, Ask, Typed, WebFault};

/// 会签一项或几项:最后一人签完即办理
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Sign {
    /// 会签事项编号
    #[serde(default)]
    motions: Vec<String>,
    /// 所有未办结的会签事项;轮不到本人的会列为未办
    #[serde(default)]
    all: bool,
}

impl Sign {
    async fn names(self, ask: &Ask) -> Result<Vec<String>, WebFault> {
        if self.all != self.motions.is_empty() {
            return Err(WebFault::bad(
                "没有写明签哪些,或写了两遍",
                "写 motions 编号,或写 all: true,二者选一",
            ));
        }
        if !self.all {
            sight::all(ask, Kind::Motions, &self.motions).await?;
            return Ok(self.motions);
        }
        let found = sight::rows(ask, Kind::Motions, &Rows::default()).await?;
        let open = found.into_iter().filter_map(|thing| {
            let Thing::Motion(motion) = thing else {
                return None;
            };
            (motion.state == MotionState::Open).then(|| motion.id.to_string())
        });
        Ok(open.collect())
    }
}

impl Verb for Sign {
    const PATH: &'static str = "/api/v1/payouts/sign";
    const TITLE: &'static str = "会签:最后一人签完即办理";
    const ACCESS: Access = STAFF_AND_ADMINISTRATORS;
    const IS_STEPPED_UP: bool = true;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let names = self.names(ask).await?;
        if names.is_empty() {
            return Ok(None);
        }
        Ok(Some(names.into_iter().fold(Typed::verb("sign"), Typed::of)))
    }
}

/// 撤回或否决会签事项
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Withdraw {
    /// 会签事项编号
    motion: String,
    /// 理由
    reason: String,
}

/// Whoever can ask for something can take it back.
const WHOEVER_ASKS: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Clerk,
    Role::Enterprise,
    Role::SecurityAdministrator,
    Role::AuditAdministrator,
]);

impl Verb for Withdraw {
    const PATH: &'static str = "/api/v1/payouts/withdraw";
    const TITLE: &'static str = "撤回或否决会签事项";
    const ACCESS: Access = WHOEVER_ASKS;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Motions, &self.motion).await?;
        let verb = Typed::verb("withdraw").option("--reason", self.reason);
        Ok(Some(verb.of(self.motion)))
    }
}

/// 下达指标(经办提出,复核会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantBudget {
    /// 指标
    line: String,
    /// 金额(元)
    amount: String,
    /// 文号
    document: String,
}

impl Verb for GrantBudget {
    const PATH: &'static str = "/api/v1/payouts/grant";
    const TITLE: &'static str = "下达指标(经办提出,复核会签)";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Lines, &self.line).await?;
        let verb = Typed::verb("grant").option("--document", self.document);
        Ok(Some(verb.of(self.line).of(self.amount)))
    }
}

/// 设立或变更用户(安全管理员提出,审计管理员会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetUser {
    /// 账号
    user: String,
    /// 自然人
    person: String,
    /// 单位
    bureau: String,
    /// 职责:经办、复核、审批、支付经办、支付复核、对账、审计、企业、帮办……
    #[serde(default)]
    roles: Vec<String>,
    /// 企业用户:代表哪家企业
    #[serde(default)]
    enterprise: Option<String>,
    /// 审批额度(元)
    #[serde(default)]
    approves_up_to: Option<String>,
}

const SECURITY: Access = Access::Roles(&[Role::SecurityAdministrator]);

impl Verb for SetUser {
    const PATH: &'static str = "/api/v1/payouts/user";
    const TITLE: &'static str = "设立或变更用户(安全管理员提出,审计管理员会签)";
    const ACCESS: Access = SECURITY;
    const SCOPE: &'static str = ADMIN;
    const IS_STEPPED_UP: bool = true;

    async fn typed(self, _: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("user")
            .option("--person", self.person)
            .option("--bureau", self.bureau)
            .maybe("--enterprise", self.enterprise.as_deref())
            .maybe("--approves-up-to", self.approves_up_to.as_deref());
        let roles = self.roles.into_iter();
        let verb = roles.fold(verb, |verb, role| verb.option("--role", role));
        Ok(Some(verb.of(self.user)))
    }
}

/// 停用账号(安全管理员一人即可)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Suspend {
    /// 账号
    user: String,
}

impl Verb for Suspend {
    const PATH: &'static str = "/api/v1/payouts/suspend";
    const TITLE: &'static str = "停用账号(安全管理员一人即可)";
    const ACCESS: Access = SECURITY;
    const SCOPE: &'static str = ADMIN;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Users, &self.user).await?;
        Ok(Some(Typed::verb("suspend").of(self.user)))
    }
}

/// 委托:把自己的一项职责在一段时间里交给另一人
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Lend {
    /// 交给谁:账号
    to: String,
    /// 哪项职责
    role: String,
    /// 第一天
    #[schema(format = Date)]
    from: String,
    /// 最后一天
    #[schema(format = Date)]
    until: String,
    /// 收回这项委托
    #[serde(default)]
    end: bool,
}

impl Verb for Lend {
    const PATH: &'static str = "/api/v1/payouts/lend";
    const TITLE: &'static str = "委托:把自己的一项职责在一段时间里交给另一人";

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        seen(ask, Kind::Users, &self.to).await?;
        let mut verb = Typed::verb("lend")
            .option("--role", self.role)
            .option("--from", self.from)
            .option("--until", self.until);
        if self.end {
            verb = verb.flag("--end");
        }
        Ok(Some(verb.of(self.to)))
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<Sign>(),
        operation::<Withdraw>(),
        operation::<GrantBudget>(),
        operation::<SetUser>(),
        operation::<Suspend>(),
        operation::<Lend>(),
    ]
}
