//! What an installation is told about one bureau: its budget lines, paying accounts and people.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use zhida_engine::payouts::{
    BudgetLineId, BureauId, Command, Payer, PayerId, PersonId, Role, User, UserId,
};
use zhida_policies::values::{Money, Uscc};

use crate::failure::Failure;

/// One bureau, as its settings file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BureauSettings {
    /// Its name, as it stands on notices and files.
    pub(crate) bureau: String,
    /// From which amount a second approver signs.
    pub(crate) second_approver_from: Option<Money>,
    /// How often an enterprise is reminded before its time is over.
    #[serde(default = "two")]
    pub(crate) reminders: u16,
    /// How many days it has to confirm.
    #[serde(default = "sixty")]
    pub(crate) confirm_days: u16,
    /// How many working days a notice is shown.
    #[serde(default = "five")]
    pub(crate) notice_days: u16,
    /// Whom to call about a notice.
    #[serde(default)]
    pub(crate) contact: String,
    /// How many working days each role may let something wait.
    #[serde(default, rename = "limit")]
    pub(crate) limits: Vec<LimitSettings>,
    /// The budget lines.
    #[serde(default, rename = "line")]
    pub(crate) lines: Vec<LineSettings>,
    /// The paying accounts.
    #[serde(default, rename = "payer")]
    pub(crate) payers: Vec<PayerSettings>,
    /// The people.
    #[serde(default, rename = "user")]
    pub(crate) users: Vec<UserSettings>,
}

/// One budget line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LineSettings {
    /// Its name.
    pub(crate) id: String,
    /// The fiscal year.
    pub(crate) year: i16,
    /// The funds of the policies that it pays, as `policy/fund`; all others where it says `*`.
    pub(crate) funds: Vec<String>,
}

/// How long things may wait for people in one role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitSettings {
    /// The role, by its Chinese name.
    pub(crate) role: String,
    /// How many working days.
    pub(crate) working_days: u32,
}

/// One paying account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PayerSettings {
    id: String,
    name: String,
    uscc: Option<Uscc>,
    account: String,
    cnaps: String,
    profile: String,
    lines_max: u32,
    suspense: String,
}

/// One person with one account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserSettings {
    id: String,
    person: String,
    roles: Vec<String>,
    enterprise: Option<Uscc>,
    approves_up_to: Option<Money>,
}

fn two() -> u16 {
    2
}

fn five() -> u16 {
    5
}

fn sixty() -> u16 {
    60
}

impl BureauSettings {
    /// Reads a settings file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, "读取", &error))?;
        toml::from_str(&text).map_err(|error| {
            Failure::bad_data(
                format!("{} 不是单位设置:{}", path.display(), error.message()),
                "写法见 docs/payouts.md 的例子",
            )
        })
    }

    /// The bureau.
    pub(crate) fn id(&self) -> BureauId {
        BureauId::new(&self.bureau)
    }

    /// The line that pays what a fund of the policies pays.
    pub(crate) fn line_of(&self, fund: Option<&str>) -> Option<&LineSettings> {
        let named = self.lines.iter().find(|line| {
            let mut funds = line.funds.iter();
            fund.is_some_and(|fund| funds.any(|named| named == fund))
        });
        let others = || {
            let mut lines = self.lines.iter();
            lines.find(|line| line.funds.iter().any(|fund| fund == "*"))
        };
        named.or_else(others)
    }

    /// The commands that set all of it up.
    pub(crate) fn commands(&self) -> Result<Vec<Command>, Failure> {
        let bureau = self.id();
        let mut commands = vec![Command::Configure {
            bureau: bureau.clone(),
            second_approver_from: self.second_approver_from,
            reminders: self.reminders,
            confirm_days: self.confirm_days,
        }];
        commands.extend(self.lines.iter().map(|line| Command::SetLine {
            line: BudgetLineId::new(&line.id),
            bureau: bureau.clone(),
            fiscal_year: line.year,
        }));
        for payer in &self.payers {
            commands.push(Command::SetPayer(Payer {
                id: PayerId::new(&payer.id),
                bureau: bureau.clone(),
                name: payer.name.clone(),
                uscc: payer.uscc,
                account: payer.account.clone(),
                cnaps: payer.cnaps.clone(),
                profile: payer.profile.clone(),
                lines_max: payer.lines_max,
                suspense: BudgetLineId::new(&payer.suspense),
            }));
        }
        for user in &self.users {
            commands.push(Command::SetUp {
                user: user.user(&bureau)?,
            });
        }
        Ok(commands)
    }
}

impl UserSettings {
    fn user(&self, bureau: &BureauId) -> Result<User, Failure> {
        let roles: Result<BTreeSet<Role>, Failure> =
            self.roles.iter().map(|name| role(name)).collect();
        Ok(User {
            id: UserId::new(&self.id),
            person: PersonId::new(&self.person),
            bureau: bureau.clone(),
            roles: roles?,
            enterprise: self.enterprise,
            approves_up_to: self.approves_up_to,
            is_active: true,
        })
    }
}

/// A role by its Chinese name.
pub(crate) fn role(name: &str) -> Result<Role, Failure> {
    let found = Role::ALL.into_iter().find(|role| role.chinese() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = Role::ALL.iter().map(|role| role.chinese()).collect();
        Failure::usage(
            format!("没有“{name}”这一职责"),
            format!("可用的职责:{}", names.join("、")),
        )
    })
}
