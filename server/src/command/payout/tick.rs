//! What only needs time to pass.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use zhida_engine::payouts::{Actor, BureauId, Command, Payout, PayoutState, Subject};
use zhida_policies::calendar::WorkingDays;
use zhida_policies::values::Date;

use super::notice::calendar;
use crate::failure::{Failure, Status};
use crate::messages::reminders;
use crate::output::Output;
use crate::payouts::desk::{Desk, told};
use crate::store::{Keyed, Within};

/// What may stand in one of these is looked at.
const WAITING: [PayoutState; 5] = [
    PayoutState::OnNotice,
    PayoutState::AwaitPayee,
    PayoutState::Sending,
    PayoutState::Sent,
    PayoutState::Accepted,
];
/// How many payouts are looked at together.
const PAGE: u32 = 2_000;

/// 到点的事:公示期满、催确认、逾期、久无银行答复(期限以单位设置为准)
#[derive(Args, Debug)]
pub(super) struct Tick {
    /// 也提醒今天轮到提醒的企业(次数和间隔以单位设置为准,同一次只提醒一回)
    #[arg(long)]
    remind: bool,
}

impl Tick {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let calendar = calendar()?;
        let today = desk.at.business_date();
        // Whoever is to be reminded today is reminded once, whoever asks for it.
        let mut answered = match self.remind {
            true => desk.wait(reminders::remind(&desk.store, desk.at))?,
            false => Vec::new(),
        };
        let mut wanted = Keyed {
            states: WAITING.to_vec(),
            limit: Some(PAGE),
            ..Keyed::default()
        };
        loop {
            let mut payouts = desk.wait(desk.store.payouts_within(&Within::All, &wanted))?;
            let Some(last) = payouts.last() else { break };
            wanted.after = last.id.to_string();
            // Who is blocked cannot confirm, and does not run out of time.
            let is_asked = |payout: &Payout| payout.state() == PayoutState::AwaitPayee;
            let asked = payouts.iter().filter(|payout| is_asked(payout));
            let blocked = desk.wait(reminders::blocked(&desk.store, asked))?;
            payouts.retain(|payout| !is_asked(payout) || !blocked.contains(&payout.key.uscc));
            let patience = Patience::of(desk, &payouts)?;
            let mut commands = Vec::new();
            for payout in &payouts {
                commands.extend(due(payout, today, &calendar, &patience)?);
            }
            answered.extend(desk.give_as(&Actor::System, commands)?);
        }
        told(output, "到点办理", &answered)
    }
}

/// What time alone brings about for a payout.
fn due(
    payout: &Payout,
    today: Date,
    calendar: &WorkingDays,
    patience: &Patience,
) -> Result<Option<Command>, Failure> {
    let id = payout.id.clone();
    let is_over = |until: Option<Date>| until.is_some_and(|until| today > until);
    let state = payout.state();
    if state == PayoutState::OnNotice {
        let is_over = is_over(payout.notice_until);
        return Ok(is_over.then_some(Command::EndNotice { payout: id }));
    }
    if state == PayoutState::AwaitPayee {
        let is_over = is_over(payout.confirm_until);
        return Ok(is_over.then_some(Command::Expire { payout: id }));
    }
    let is_late = patience.is_over(payout, today, calendar)?;
    Ok(is_late.then_some(Command::MarkUnknown { payout: id }))
}

/// After how many working days each bureau no longer waits for a bank.
struct Patience(BTreeMap<BureauId, u16>);

impl Patience {
    fn of(desk: &Desk, payouts: &[Payout]) -> Result<Self, Failure> {
        let bureaus: BTreeSet<&BureauId> =
            payouts.iter().map(|payout| &payout.key.bureau).collect();
        let subjects = bureaus
            .iter()
            .map(|bureau| Subject::Settings((*bureau).clone()));
        let books = desk.see(&subjects.collect::<Vec<Subject>>())?;
        let said = bureaus.into_iter().filter_map(|bureau| {
            let rules = books.settings(bureau).rules?;
            Some((bureau.clone(), rules.answer_days))
        });
        Ok(Self(said.collect()))
    }

    /// A day that the calendar does not know is not guessed at.
    fn is_over(
        &self,
        payout: &Payout,
        today: Date,
        calendar: &WorkingDays,
    ) -> Result<bool, Failure> {
        let bureau = &payout.key.bureau;
        let Some(days) = self.0.get(bureau) else {
            return Err(Failure::refused(
                format!("“{bureau}”没有设定几个工作日没有答复就须查证(answer_days)"),
                "请在单位设置里写明后登记",
            ));
        };
        let last = calendar.add_working_days(payout.since.business_date(), u32::from(*days));
        let last =
            last.map_err(|error| Failure::bad_data(error.to_string(), "请更新程序自带的工作日历"))?;
        Ok(today > last)
    }
}
