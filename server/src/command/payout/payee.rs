//! Accounts of enterprises: registered, confirmed, blocked; or the award declined.

use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use zhida_engine::payouts::{
    Action, Actor, Block as Blocked, Command, MotionId, PayeeDetails, Payout, PayoutState, Subject,
};
use zhida_policies::values::Uscc;

use super::which::Which;
use crate::failure::{Failure, Status};
use crate::output::{Form, Output};
use crate::payouts::desk::{Desk, told};
use crate::table::count;

/// 登记收款账户(帮办或经办提出,复核会签):读 CSV,列为 代码,户名,账号,联行号,开户行
#[derive(Args, Debug)]
pub(super) struct Payee {
    /// CSV 文件(UTF-8,第一行是列名:uscc,name,account,cnaps,bank)
    #[arg(value_name = "文件")]
    file: PathBuf,
}

/// One line of the file. It holds an account number, and is never printed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayeeLine {
    uscc: Uscc,
    name: String,
    account: String,
    cnaps: String,
    bank: String,
}

impl Payee {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let lines = self.read()?;
        let mut groups: Vec<(Actor, Command)> = Vec::with_capacity(lines.len());
        for (place, line) in lines.into_iter().enumerate() {
            let motion = MotionId::new(format!("{}-{place}", desk.keys.name("M")));
            let action = Action::ChangePayee {
                uscc: line.uscc,
                details: PayeeDetails {
                    name: line.name,
                    account: line.account.split_whitespace().collect(),
                    cnaps: line.cnaps,
                    bank: line.bank,
                },
            };
            let command = Command::OpenMotion {
                motion,
                action: Box::new(action),
            };
            groups.push((desk.actor.clone(), command));
        }
        let actor = desk.actor.clone();
        let commands = groups.into_iter().map(|(_, command)| command);
        let answered = desk.give_as(&actor, commands.collect())?;
        let status = told(output, "提出登记收款账户", &answered)?;
        if output.form() == Form::People {
            output.line("下一步:复核人员核对后运行 zhida payout sign --all")?;
        }
        Ok(status)
    }

    /// Reads all lines before anything is done; a bad line changes nothing.
    fn read(&self) -> Result<Vec<PayeeLine>, Failure> {
        let text =
            std::fs::read(&self.file).map_err(|error| Failure::file(&self.file, "读取", &error))?;
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(text.as_slice());
        let mut lines = Vec::new();
        for (place, line) in reader.deserialize().enumerate() {
            let line: PayeeLine = line.map_err(|error| {
                Failure::bad_data(
                    format!(
                        "{} 第 {} 笔读不出来:{error}",
                        self.file.display(),
                        count(place.saturating_add(1))
                    ),
                    "什么都没有登记;第一行应是 uscc,name,account,cnaps,bank",
                )
            })?;
            check(&line).map_err(|reason| {
                Failure::bad_data(
                    format!(
                        "{} 第 {} 笔不能用来收款:{reason}",
                        self.file.display(),
                        count(place.saturating_add(1))
                    ),
                    "什么都没有登记;请改正后再登记",
                )
            })?;
            lines.push(line);
        }
        Ok(lines)
    }
}

/// Whether money can be sent to an account that is written like this.
fn check(line: &PayeeLine) -> Result<(), String> {
    crate::payment_files::check_payee(&line.name, &line.account, &line.cnaps)
}

/// 确认账户(企业,或帮办)
#[derive(Args, Debug)]
pub(super) struct Confirm {
    #[command(flatten)]
    which: Which,
    /// 与 --all 同用:按企业逐家帮办,要求办理的人记为企业的经办人
    #[arg(long, requires = "all")]
    each_enterprise: bool,
}

impl Confirm {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let payouts = self.which.payouts(desk, &[PayoutState::AwaitPayee])?;
        let subjects = payouts.iter().map(|payout| Subject::Payee(payout.key.uscc));
        let books = desk.see(&subjects.collect::<Vec<Subject>>())?;
        let mut answered = Vec::with_capacity(payouts.len());
        let mut orders = Vec::with_capacity(payouts.len());
        for payout in &payouts {
            let payee = books.payee(&payout.key.uscc);
            let version = payee.and_then(|payee| payee.current());
            orders.push((
                self.actor(desk, payout),
                Command::Confirm {
                    payout: payout.id.clone(),
                    payee_version: version.map_or(0, |version| version.number),
                },
            ));
        }
        answered.extend(desk.give_each(orders)?);
        told(output, "确认", &answered)
    }

    fn actor(&self, desk: &Desk, payout: &Payout) -> Actor {
        match (&desk.actor, self.each_enterprise) {
            (Actor::User(clerk), true) => Actor::Assisted {
                clerk: clerk.clone(),
                enterprise: payout.key.uscc,
                asked_by: zhida_engine::payouts::PersonId::new(format!(
                    "{}经办人",
                    payout.enterprise
                )),
            },
            (actor, _) => actor.clone(),
        }
    }
}

/// 放弃(企业,或帮办)
#[derive(Args, Debug)]
pub(super) struct Decline {
    #[command(flatten)]
    which: Which,
}

impl Decline {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let ids = self.which.ids(desk, &[PayoutState::AwaitPayee])?;
        let commands = ids.into_iter().map(|payout| Command::Decline { payout });
        let answered = desk.give(commands.collect())?;
        told(output, "放弃", &answered)
    }
}

/// 暂停向一家企业付款(复核一人即可;恢复用 unblock)
#[derive(Args, Debug)]
pub(super) struct Block {
    /// 企业
    #[arg(value_name = "代码", value_parser = crate::command::uscc)]
    uscc: Uscc,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl Block {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let command = Command::BlockPayee {
            uscc: self.uscc,
            reason: self.reason,
            of: desk.bureau()?,
        };
        let answered = desk.give(vec![command])?;
        told(output, "暂停付款", &answered)
    }
}

/// 恢复向一家企业付款(经办提出,复核会签)
#[derive(Args, Debug)]
pub(super) struct Unblock {
    /// 企业
    #[arg(value_name = "代码", value_parser = crate::command::uscc)]
    uscc: Uscc,
    /// 理由
    #[arg(long, value_name = "理由")]
    reason: String,
}

impl Unblock {
    pub(super) fn run(self, desk: &mut Desk, output: &mut Output) -> Result<Status, Failure> {
        let books = desk.see(&[Subject::Payee(self.uscc)])?;
        // A block of before blocks had bureaus belongs to nobody.
        let of = desk.bureau()?.filter(|bureau| {
            let payee = books.payee(&self.uscc);
            let block = payee.and_then(|payee| payee.block_of(bureau));
            !matches!(block, Some(Blocked::Nobodys(_)))
        });
        let action = Action::UnblockPayee {
            uscc: self.uscc,
            reason: self.reason,
            of,
        };
        desk.open_motion(output, action)
    }
}
