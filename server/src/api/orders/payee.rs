//! Accounts of enterprises: registered, confirmed, blocked; or the award declined.

use serde::Deserialize;
use utoipa::ToSchema;
use zhida_engine::payouts::{PayoutState, Role};

use super::{Operation, STAFF_AND_ENTERPRISES, Verb, Which, operation};
use crate::api::room::Room;
use crate::web::{Access, Ask, Typed, WebFault};

/// Who may give an account: the enterprise, a clerk for it, or a maker.
const GIVERS: Access = Access::Roles(&[Role::Maker, Role::Clerk, Role::Enterprise]);

/// 登记收款账户(企业、帮办或经办提出,复核会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegisterAccounts {
    /// 账户,一家企业一个
    #[serde(deserialize_with = "crate::api::strict::objects")]
    accounts: Vec<NewAccount>,
}

/// 一家企业的收款账户
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// 统一社会信用代码
    uscc: String,
    /// 户名
    name: String,
    /// 账号
    account: String,
    /// 联行号
    cnaps: String,
    /// 开户行
    bank: String,
}

impl Verb for RegisterAccounts {
    const PATH: &'static str = "/api/v1/payouts/payee";
    const TITLE: &'static str = "登记收款账户(企业、帮办或经办提出,复核会签)";
    const ACCESS: Access = GIVERS;
    const BYTES_MAX: usize = 4 * 1024 * 1024;

    async fn typed(self, ask: &Ask, room: &Room) -> Result<Option<Typed>, WebFault> {
        if self.accounts.is_empty() {
            return Ok(None);
        }
        // An enterprise gives its own account and no other's.
        if let Some(own) = ask.session()?.enterprise() {
            let is_own = |account: &NewAccount| {
                crate::command::uscc(&account.uscc).is_ok_and(|uscc| uscc == own)
            };
            if !self.accounts.iter().all(is_own) {
                return Err(WebFault::missing());
            }
        }
        let mut writer = csv::Writer::from_writer(Vec::new());
        let head = ["uscc", "name", "account", "cnaps", "bank"];
        writer.write_record(head).map_err(WebFault::broken)?;
        for account in &self.accounts {
            let fields = [
                &account.uscc,
                &account.name,
                &account.account,
                &account.cnaps,
                &account.bank,
            ];
            writer.write_record(fields).map_err(WebFault::broken)?;
        }
        let bytes = writer.into_inner().map_err(WebFault::broken)?;
        let path = room.file("accounts.csv", &bytes)?;
        Ok(Some(Typed::verb("payee").of(path.display())))
    }
}

/// 确认账户(企业,或帮办)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Confirm {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
}

impl Verb for Confirm {
    const PATH: &'static str = "/api/v1/payouts/confirm";
    const TITLE: &'static str = "确认账户(企业,或帮办)";
    const ACCESS: Access = STAFF_AND_ENTERPRISES;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("confirm");
        self.which.of(ask, verb, &[PayoutState::AwaitPayee]).await
    }
}

/// 放弃(企业,或帮办)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decline {
    /// 办哪些
    #[serde(deserialize_with = "crate::api::strict::object")]
    which: Which,
}

impl Verb for Decline {
    const PATH: &'static str = "/api/v1/payouts/decline";
    const TITLE: &'static str = "放弃(企业,或帮办)";
    const ACCESS: Access = STAFF_AND_ENTERPRISES;

    async fn typed(self, ask: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("decline");
        self.which.of(ask, verb, &[PayoutState::AwaitPayee]).await
    }
}

/// 暂停向一家企业付款(复核一人即可)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Block {
    /// 统一社会信用代码
    enterprise: String,
    /// 理由
    reason: String,
}

impl Verb for Block {
    const PATH: &'static str = "/api/v1/payouts/block";
    const TITLE: &'static str = "暂停向一家企业付款(复核一人即可)";

    async fn typed(self, _: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("block").option("--reason", self.reason);
        Ok(Some(verb.of(self.enterprise)))
    }
}

/// 恢复向一家企业付款(经办提出,复核会签)
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Unblock {
    /// 统一社会信用代码
    enterprise: String,
    /// 理由
    reason: String,
}

impl Verb for Unblock {
    const PATH: &'static str = "/api/v1/payouts/unblock";
    const TITLE: &'static str = "恢复向一家企业付款(经办提出,复核会签)";

    async fn typed(self, _: &Ask, _: &Room) -> Result<Option<Typed>, WebFault> {
        let verb = Typed::verb("unblock").option("--reason", self.reason);
        Ok(Some(verb.of(self.enterprise)))
    }
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<RegisterAccounts>(),
        operation::<Confirm>(),
        operation::<Decline>(),
        operation::<Block>(),
        operation::<Unblock>(),
    ]
}
