//! What waits for whom, what looks odd, and the papers of a batch.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use zhida_engine::payouts::{Books, BureauId, Role, Thing, WaitsFor};
use zhida_engine::sweep::TotalFen;
use zhida_policies::calendar::WorkingDays;

use axum::response::Response;

use super::operation::{Operation, Tag};
use super::proofs::attachment;
use super::reply;
use super::request::{Asked, Body, Known};
use super::room::Room;
use super::shapes::{AlarmRow, PileRow};
use super::sight::{self, Named};
use super::things::{READ, SEES_PAYOUTS};
use crate::payouts::sheet;
use crate::store::Kind;
use crate::views::things;
use crate::views::work::{self, Pile};
use crate::web::{Access, Ask, Typed, WebFault, act_typed};

async fn waiting(ask: Ask, known: Known) -> Result<Response, WebFault> {
    let limits = work::limits(&ask.server.bureaus)?;
    let calendar = WorkingDays::built_in()
        .map_err(|faults| WebFault::broken(format!("working days: {faults:?}")))?;
    let today = ask.at.business_date();
    let mut piles: BTreeMap<(BureauId, WaitsFor, &'static str), Pile> = BTreeMap::new();
    for more in work::piles(&ask.server.store, &sight::scope(&ask)?).await? {
        let limit = limits.get(&(more.bureau.clone(), more.on())).copied();
        let key = (more.bureau.clone(), more.on(), more.step.chinese());
        let pile = piles.entry(key).or_default();
        pile.add(&more, (limit, &calendar), today)?;
    }
    let rows = piles.into_iter().map(|((bureau, on, step), pile)| {
        let limit = limits.get(&(bureau.clone(), on)).copied();
        PileRow {
            bureau: bureau.to_string(),
            waits_for: sheet::who(on).trim_end_matches(':').to_owned(),
            step,
            payouts: pile.payouts,
            amount: TotalFen::of(pile.fen).to_string(),
            since: pile.since.unwrap_or(today).to_string(),
            overdue: limit.map(|_| pile.overdue),
            limit,
        }
    });
    reply::list(&rows.collect::<Vec<_>>(), None, &known)
}

/// Since when an account counts as new.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AlarmQuery {
    /// 几天以内算刚变更;不写为 30
    days: Option<u16>,
}

async fn alarms(
    ask: Ask,
    Asked(query): Asked<AlarmQuery>,
    known: Known,
) -> Result<Response, WebFault> {
    let days = query.days.unwrap_or(30);
    let since = things::days_back(ask.at, days);
    let mut books = Books::new();
    let store = &ask.server.store;
    for payee in things::odd_payees(store, &sight::scope(&ask)?, since).await? {
        books.put(Thing::Payee(payee));
    }
    let alarms = books.payee_alarms(ask.at.business_date(), days);
    let rows: Vec<AlarmRow> = alarms.iter().map(AlarmRow::of).collect();
    reply::list(&rows, None, &known)
}

/// 批次的纸面材料
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskSheet {
    /// 交接单(文本),或供人查看的清单(xlsx)
    form: SheetForm,
    /// 清单写完整账号:只给组批和封批的人
    #[serde(default)]
    full_accounts: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum SheetForm {
    Txt,
    Xlsx,
}

/// Who has papers of batches in hand.
const PAYERS: Access = Access::Roles(&[
    Role::PaymentMaker,
    Role::PaymentChecker,
    Role::Reconciler,
    Role::Auditor,
]);

async fn sheet_of(
    ask: Ask,
    Named(batch): Named<String>,
    Body(wanted, _): Body<AskSheet>,
) -> Result<Response, WebFault> {
    sight::one(&ask, Kind::Batches, &batch).await?;
    let room = Room::new(&ask.server)?;
    let folder = room.folder("sheets");
    let mut typed = Typed::verb("sheet").option("--out", folder.display());
    if wanted.full_accounts {
        typed = typed.flag("--full-accounts");
    }
    act_typed(&ask, None, typed.of(&batch)).await?.whole()?;
    let end = match wanted.form {
        SheetForm::Txt => ".txt",
        SheetForm::Xlsx => ".xlsx",
    };
    let entries = std::fs::read_dir(&folder).map_err(WebFault::broken)?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let path = paths.find(|path| path.to_string_lossy().ends_with(end));
    let path = path.ok_or_else(WebFault::missing)?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let bytes = std::fs::read(&path).map_err(WebFault::broken)?;
    Ok(attachment(&name, bytes))
}

/// 练习用的银行:按已发送的批次写一份 camt.054 答复
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskTrialAnswer {
    /// 入账日
    #[schema(format = Date)]
    on: String,
    /// 头几笔退票
    #[serde(default)]
    returns: u32,
}

async fn trial_answer(
    ask: Ask,
    Named(batch): Named<String>,
    Body(wanted, _): Body<AskTrialAnswer>,
) -> Result<Response, WebFault> {
    sight::one(&ask, Kind::Batches, &batch).await?;
    let room = Room::new(&ask.server)?;
    let path = room.folder("answer.xml");
    let typed = Typed::verb("trial-bank")
        .option("--on", wanted.on)
        .option("--returns", wanted.returns)
        .option("--output", path.display());
    act_typed(&ask, None, typed.of(&batch)).await?.whole()?;
    let bytes = std::fs::read(&path).map_err(WebFault::broken)?;
    Ok(attachment(&format!("{batch}-camt.054.xml"), bytes))
}

/// Who trains with the bank for trials.
const TRAINEES: Access =
    Access::Roles(&[Role::PaymentMaker, Role::PaymentChecker, Role::Reconciler]);

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::get(
            (Tag::Records, "待办:什么事等着谁,超没超时限"),
            "/api/v1/work",
            SEES_PAYOUTS,
            waiting,
        )
        .lists::<PileRow>()
        .token(READ),
        Operation::get(
            (Tag::Records, "账户提示:几家企业同一账号,或账户刚变更过"),
            "/api/v1/alarms",
            Access::OFFICIALS,
            alarms,
        )
        .query::<AlarmQuery>()
        .lists::<AlarmRow>()
        .token(READ),
        Operation::post(
            (Tag::Orders, "批次的纸面材料:交接单和清单"),
            "/api/v1/batches/{batch}/sheet",
            PAYERS,
            sheet_of,
        )
        .takes::<AskSheet>()
        .gives_bytes("application/octet-stream")
        .token(READ),
        Operation::post(
            (Tag::Orders, "练习用的银行答复(camt.054)"),
            "/api/v1/batches/{batch}/trial-answer",
            TRAINEES,
            trial_answer,
        )
        .takes::<AskTrialAnswer>()
        .gives_bytes("application/octet-stream")
        .token(READ),
    ]
}
