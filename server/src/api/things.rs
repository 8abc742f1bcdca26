//! Lists and details of what is on record, each row only to those who may see it.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zhida_engine::payouts::{Payout, PayoutState, Role, Thing};
use zhida_policies::values::Uscc;

use axum::response::Response;

use super::operation::{Operation, Tag};
use super::reply;
use super::request::{Asked, Known};
use super::shapes::{
    BankLineRow, BarRow, BatchRow, DelegationRow, LineRow, MotionRow, NoticeRow, PayeeRow,
    PayerRow, PayoutRow, PayoutShown, SettingsRow, UserRow,
};
use super::sight::{self, Named};
use crate::store::{Kind, Rows, Within};
use crate::web::{Access, Ask, Cursor, WebFault};

/// Who may look at payouts: whoever works on them, audits them or is paid.
pub(super) const SEES_PAYOUTS: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Auditor,
    Role::Clerk,
    Role::Enterprise,
]);

/// Who may look at users: administrators and auditors.
const SEES_USERS: Access = Access::Roles(&[
    Role::SystemAdministrator,
    Role::SecurityAdministrator,
    Role::AuditAdministrator,
    Role::Auditor,
]);

/// Who may look at motions: whoever signs them, and auditors.
const SEES_MOTIONS: Access = Access::Roles(&[
    Role::Maker,
    Role::Checker,
    Role::Approver,
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Auditor,
    Role::Clerk,
    Role::Enterprise,
    Role::SecurityAdministrator,
    Role::AuditAdministrator,
]);

/// The scope of tokens that look.
pub(super) const READ: &str = "read";

/// A page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// 从哪一条之后起:上一页的 next
    #[param(max_length = 200)]
    pub(super) after: Option<String>,
    /// 每页多少条,1 到 200
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

impl PageQuery {
    /// The rows of a kind.
    pub(super) fn rows(self) -> Result<Rows, WebFault> {
        page_rows(self.after, self.limit, Rows::default())
    }
}

/// Adds a page to what is asked for.
fn page_rows(after: Option<String>, limit: Option<u32>, rows: Rows) -> Result<Rows, WebFault> {
    let cursor = Cursor { after, limit };
    let limit = cursor.limit()?;
    if !cursor.is_first() && !sight::is_name(cursor.after()) {
        return Err(WebFault::bad("after 不能采用", "请原样使用上一页的 next"));
    }
    Ok(Rows {
        after: cursor.after().to_owned(),
        limit: Some(limit.saturating_add(1)),
        ..rows
    })
}

/// A page of rows, and where the next begins.
pub(super) fn listed<T: Serialize>(
    mut items: Vec<T>,
    rows: &Rows,
    id: impl Fn(&T) -> &str,
    known: &Known,
) -> Result<Response, WebFault> {
    let page = rows.limit.unwrap_or(1).saturating_sub(1);
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let is_more = items.len() > page;
    items.truncate(page);
    let next = items
        .last()
        .filter(|_| is_more)
        .map(|last| id(last).to_owned());
    reply::list(&items, next.as_deref(), known)
}

/// Which payouts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PayoutQuery {
    /// 只要这些状态,用逗号隔开,如 PAID,SETTLED 或 已支付
    #[param(max_length = 400)]
    state: Option<String>,
    /// 只要这一事项:政策编号/事项编号
    #[param(max_length = 200)]
    measure: Option<String>,
    /// 只要这家企业:统一社会信用代码
    #[param(max_length = 40)]
    enterprise: Option<String>,
    /// 从哪一条之后起:上一页的 next
    #[param(max_length = 200)]
    after: Option<String>,
    /// 每页多少条,1 到 200
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

fn states(text: &str) -> Result<Vec<PayoutState>, WebFault> {
    let names = text.split(',').map(str::trim);
    names
        .map(|name| {
            let mut all = PayoutState::ALL.into_iter();
            let found = all.find(|state| state.name() == name || state.chinese() == name);
            found.ok_or_else(|| {
                let names: Vec<&str> = PayoutState::ALL.iter().map(|state| state.name()).collect();
                WebFault::bad(
                    "state 里有不认识的状态",
                    format!("可用的状态:{}", names.join("、")),
                )
            })
        })
        .collect()
}

/// A code as it is asked for.
pub(super) fn code(text: &str) -> Result<Uscc, WebFault> {
    crate::command::uscc(text)
        .map_err(|reason| WebFault::bad(reason, "统一社会信用代码是 18 位数字和大写字母"))
}

async fn payouts(
    ask: Ask,
    Asked(query): Asked<PayoutQuery>,
    known: Known,
) -> Result<Response, WebFault> {
    let measure = query.measure.filter(|measure| !measure.is_empty());
    if measure
        .as_deref()
        .is_some_and(|measure| !sight::is_name(measure))
    {
        return Err(WebFault::bad(
            "measure 不能采用",
            "事项写成 政策编号/事项编号",
        ));
    }
    let filter = Rows {
        states: query
            .state
            .as_deref()
            .map(states)
            .transpose()?
            .unwrap_or_default(),
        measure,
        enterprise: query.enterprise.as_deref().map(code).transpose()?,
        ..Rows::default()
    };
    let rows = page_rows(query.after, query.limit, filter)?;
    let found = sight::rows(&ask, Kind::Payouts, &rows).await?;
    let items = found.iter().filter_map(|thing| {
        let Thing::Payout(payout) = thing else {
            return None;
        };
        Some(PayoutRow::of(payout))
    });
    listed(items.collect(), &rows, PayoutRow::id, &known)
}

/// One payout that lies within sight.
pub(super) async fn one_payout(ask: &Ask, id: &str) -> Result<Box<Payout>, WebFault> {
    let Thing::Payout(payout) = sight::one(ask, Kind::Payouts, id).await? else {
        return Err(WebFault::missing());
    };
    Ok(payout)
}

async fn payout(ask: Ask, Named(id): Named<String>, known: Known) -> Result<Response, WebFault> {
    let payout = one_payout(&ask, &id).await?;
    let is_official = matches!(sight::within(&ask)?, Within::Bureaus(_));
    reply::tagged(&PayoutShown::of(&payout, is_official), &known)
}

/// A list and a detail of one kind of things, as whoever sees this much is shown them.
macro_rules! kind {
    (
        $kind:ident, $list:ident, $detail:ident, $row:ident,
        |$scope:pat_param| $thing:pat => $shown:expr
    ) => {
        async fn $list(
            ask: Ask,
            Asked(query): Asked<PageQuery>,
            known: Known,
        ) -> Result<Response, WebFault> {
            let rows = query.rows()?;
            let found = sight::rows(&ask, Kind::$kind, &rows).await?;
            let $scope = &sight::scope(&ask)?;
            let items = found.iter().filter_map(|thing| {
                let $thing = thing else { return None };
                Some($shown)
            });
            listed(items.collect(), &rows, $row::id, &known)
        }

        async fn $detail(
            ask: Ask,
            Named(id): Named<String>,
            known: Known,
        ) -> Result<Response, WebFault> {
            let $thing = &sight::one(&ask, Kind::$kind, &id).await? else {
                return Err(WebFault::missing());
            };
            let $scope = &sight::scope(&ask)?;
            reply::tagged(&$shown, &known)
        }
    };
}

kind!(Lines, lines, line, LineRow, |_| Thing::Line(line) => LineRow::of(line));
kind!(Payers, payers, payer, PayerRow, |_| Thing::Payer(payer) => PayerRow::of(payer));
kind!(Batches, batches, batch, BatchRow, |_| Thing::Batch(batch) => BatchRow::of(batch));
kind!(Motions, motions, motion, MotionRow, |_| Thing::Motion(motion) => MotionRow::of(motion));
kind!(
    BankLines, bank_lines, bank_line, BankLineRow,
    |_| Thing::BankLine(line) => BankLineRow::of(line)
);
kind!(Payees, payees, payee, PayeeRow, |scope| Thing::Payee(payee) => PayeeRow::of(payee, scope));
kind!(Bars, bars, bar, BarRow, |_| Thing::Bar(bar) => BarRow::of(bar));
kind!(Users, users, user, UserRow, |_| Thing::User(user) => UserRow::of(user));
kind!(
    Settings, all_settings, settings, SettingsRow,
    |_| Thing::Settings(settings) => SettingsRow::of(settings)
);

/// Roles that were lent; they have no names of their own, so all come at once.
async fn delegations(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let found = sight::rows(&ask, Kind::Delegations, &Rows::default()).await?;
    let items = found.iter().filter_map(|thing| {
        let Thing::Delegation(lent) = thing else {
            return None;
        };
        Some(DelegationRow::of(lent))
    });
    reply::list(&items.collect::<Vec<_>>(), None, &known)
}

/// Notices, which everybody may see.
async fn notices(
    ask: Ask,
    Asked(query): Asked<PageQuery>,
    known: Known,
) -> Result<Response, WebFault> {
    let rows = query.rows()?;
    let found = ask
        .server
        .store
        .page(Kind::Notices, &Within::All, &rows)
        .await?;
    let items = found.iter().filter_map(|thing| {
        let Thing::Notice(notice) = thing else {
            return None;
        };
        Some(NoticeRow::of(notice))
    });
    listed(items.collect(), &rows, NoticeRow::id, &known)
}

async fn notice(ask: Ask, Named(id): Named<String>, known: Known) -> Result<Response, WebFault> {
    let wanted = Rows {
        id: Some(id),
        limit: Some(1),
        ..Rows::default()
    };
    let found = ask
        .server
        .store
        .page(Kind::Notices, &Within::All, &wanted)
        .await?;
    let Some(Thing::Notice(notice)) = found.first() else {
        return Err(WebFault::missing());
    };
    reply::tagged(&NoticeRow::of(notice), &known)
}

/// 我是谁
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// 账号
    user: String,
    /// 自然人
    person: String,
    /// 单位
    bureau: String,
    /// 职责
    roles: Vec<&'static str>,
    /// 代表哪家企业
    enterprise: Option<String>,
    /// 看得见哪些单位
    bureaus: Vec<String>,
    /// 访问令牌的范围;用浏览器会话的为空
    token_scopes: Vec<String>,
}

async fn me(ask: Ask) -> Result<Response, WebFault> {
    use crate::web::{Scope, Via};
    let session = ask.session()?;
    let user = &session.user;
    reply::json(&Me {
        user: user.id.to_string(),
        person: user.person.to_string(),
        bureau: user.bureau.to_string(),
        roles: user.roles.iter().map(|role| role.chinese()).collect(),
        enterprise: session.enterprise().map(|uscc| uscc.to_string()),
        bureaus: match &session.scope {
            Scope::Bureaus(bureaus) => bureaus.iter().map(ToString::to_string).collect(),
            Scope::Enterprise(_) => Vec::new(),
        },
        token_scopes: match &session.via {
            Via::Browser => Vec::new(),
            Via::Token(scopes) => scopes.iter().cloned().collect(),
        },
    })
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = of_payouts();
    all.extend(of_money());
    all.extend(of_people());
    all
}

const TAG: Tag = Tag::Records;

fn of_payouts() -> Vec<Operation> {
    vec![
        Operation::get(
            (TAG, "我是谁,能看见什么"),
            "/api/v1/me",
            Access::SignedIn,
            me,
        )
        .gives::<Me>()
        .token(READ),
        Operation::get((TAG, "兑付事项"), "/api/v1/payouts", SEES_PAYOUTS, payouts)
            .query::<PayoutQuery>()
            .lists::<PayoutRow>()
            .token(READ),
        Operation::get(
            (TAG, "一笔兑付:每次支付、追回、异议、办理人和来历"),
            "/api/v1/payouts/{payout}",
            SEES_PAYOUTS,
            payout,
        )
        .gives::<PayoutShown>()
        .token(READ),
        Operation::get((TAG, "会签事项"), "/api/v1/motions", SEES_MOTIONS, motions)
            .query::<PageQuery>()
            .lists::<MotionRow>()
            .token(READ),
        Operation::get(
            (TAG, "一项会签"),
            "/api/v1/motions/{motion}",
            SEES_MOTIONS,
            motion,
        )
        .gives::<MotionRow>()
        .token(READ),
        Operation::get((TAG, "公示"), "/api/v1/notices", Access::Public, notices)
            .query::<PageQuery>()
            .lists::<NoticeRow>()
            .token(READ),
        Operation::get(
            (TAG, "一份公示"),
            "/api/v1/notices/{notice}",
            Access::Public,
            notice,
        )
        .gives::<NoticeRow>()
        .token(READ),
    ]
}

fn of_money() -> Vec<Operation> {
    let officials = Access::OFFICIALS;
    vec![
        Operation::get((TAG, "指标与余额"), "/api/v1/lines", officials, lines)
            .query::<PageQuery>()
            .lists::<LineRow>()
            .token(READ),
        Operation::get((TAG, "一项指标"), "/api/v1/lines/{line}", officials, line)
            .gives::<LineRow>()
            .token(READ),
        Operation::get((TAG, "付款账户"), "/api/v1/payers", officials, payers)
            .query::<PageQuery>()
            .lists::<PayerRow>()
            .token(READ),
        Operation::get(
            (TAG, "一个付款账户"),
            "/api/v1/payers/{payer}",
            officials,
            payer,
        )
        .gives::<PayerRow>()
        .token(READ),
        Operation::get((TAG, "批次"), "/api/v1/batches", officials, batches)
            .query::<PageQuery>()
            .lists::<BatchRow>()
            .token(READ),
        Operation::get(
            (TAG, "一个批次"),
            "/api/v1/batches/{batch}",
            officials,
            batch,
        )
        .gives::<BatchRow>()
        .token(READ),
        Operation::get((TAG, "未达款"), "/api/v1/bank-lines", officials, bank_lines)
            .query::<PageQuery>()
            .lists::<BankLineRow>()
            .token(READ),
        Operation::get(
            (TAG, "一笔未达款"),
            "/api/v1/bank-lines/{bank_line}",
            officials,
            bank_line,
        )
        .gives::<BankLineRow>()
        .token(READ),
    ]
}

fn of_people() -> Vec<Operation> {
    let officials = Access::OFFICIALS;
    vec![
        Operation::get(
            (TAG, "企业收款账户"),
            "/api/v1/payees",
            SEES_PAYOUTS,
            payees,
        )
        .query::<PageQuery>()
        .lists::<PayeeRow>()
        .token(READ),
        Operation::get(
            (TAG, "一家企业的收款账户"),
            "/api/v1/payees/{enterprise}",
            SEES_PAYOUTS,
            payee,
        )
        .gives::<PayeeRow>()
        .token(READ),
        Operation::get((TAG, "限制申享的企业"), "/api/v1/bars", SEES_PAYOUTS, bars)
            .query::<PageQuery>()
            .lists::<BarRow>()
            .token(READ),
        Operation::get(
            (TAG, "一家企业受到的限制"),
            "/api/v1/bars/{enterprise}",
            SEES_PAYOUTS,
            bar,
        )
        .gives::<BarRow>()
        .token(READ),
        Operation::get((TAG, "用户和职责"), "/api/v1/users", SEES_USERS, users)
            .query::<PageQuery>()
            .lists::<UserRow>()
            .token(READ),
        Operation::get((TAG, "一个用户"), "/api/v1/users/{user}", SEES_USERS, user)
            .gives::<UserRow>()
            .token(READ),
        Operation::get(
            (TAG, "委托"),
            "/api/v1/delegations",
            SEES_MOTIONS,
            delegations,
        )
        .lists::<DelegationRow>()
        .token(READ),
        Operation::get(
            (TAG, "单位的设置"),
            "/api/v1/bureaus",
            officials,
            all_settings,
        )
        .query::<PageQuery>()
        .lists::<SettingsRow>()
        .token(READ),
        Operation::get(
            (TAG, "一个单位的设置"),
            "/api/v1/bureaus/{bureau}",
            officials,
            settings,
        )
        .gives::<SettingsRow>()
        .token(READ),
    ]
}
