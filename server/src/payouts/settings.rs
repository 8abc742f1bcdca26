//! What an installation is told about one bureau: its budget lines, paying accounts and people.

use std::collections::BTreeSet;
use std::path::Path;
use std::{fmt, fs};

use serde::{Deserialize, Serialize};
use zhida_engine::payouts::{
    BudgetLineId, BureauId, Command, Payer, PayerId, PersonId, Role, Rules, User, UserId,
};
use zhida_policies::values::{Money, Uscc};

use crate::failure::Failure;

/// One bureau, as its settings file says.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BureauSettings {
    /// Its name, as it stands on notices and files.
    pub(crate) bureau: String,
    /// From which amount a second approver signs.
    pub(crate) second_approver_from: SecondApprover,
    /// How often an enterprise is reminded before its time is over.
    pub(crate) reminders: u16,
    /// How many days it has to confirm.
    pub(crate) confirm_days: u16,
    /// After how many working days without a last answer a payment is looked into.
    pub(crate) answer_days: u16,
    /// How many working days a notice is shown.
    pub(crate) notice_days: u16,
    /// Whom to call about a notice.
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
    /// The file as it was read, for verbs that read one.
    #[serde(skip)]
    pub(crate) text: String,
}

// What is printed for debugging ends in logs, and those show no account in full.
impl fmt::Debug for BureauSettings {
    fn fmt(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(form, "BureauSettings({})", self.bureau)
    }
}

/// One budget line.
#[derive(Debug, Deserialize, Serialize)]
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
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitSettings {
    /// The role, by its Chinese name.
    pub(crate) role: String,
    /// How many working days.
    pub(crate) working_days: u32,
}

/// One paying account.
#[derive(Deserialize, Serialize)]
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
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserSettings {
    id: String,
    person: String,
    roles: Vec<String>,
    enterprise: Option<Uscc>,
    approves_up_to: Option<Money>,
}

/// From which amount a second approver signs.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct SecondApprover(Option<Money>);

/// How a bureau says that one approver is enough for every amount.
const NO_SECOND_APPROVER: &str = "不设";

impl TryFrom<String> for SecondApprover {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == NO_SECOND_APPROVER {
            return Ok(Self(None));
        }
        let amount = text.parse::<Money>();
        amount.map(|amount| Self(Some(amount))).map_err(|_| {
            format!("两人审批的起点“{text}”应是金额(元,如 \"5000000.00\"),或“{NO_SECOND_APPROVER}”")
        })
    }
}

impl From<SecondApprover> for String {
    fn from(from: SecondApprover) -> Self {
        from.0.map_or_else(
            || NO_SECOND_APPROVER.to_owned(),
            |amount| amount.to_string(),
        )
    }
}

/// What every bureau says itself: the key, what it is, and how it is written. The program has no
/// values of its own for these, because they bind enterprises and the people of the bureau.
const REQUIRED: [(&str, &str, &str); 7] = [
    ("bureau", "单位名称", "bureau = \"示例市财政局\""),
    (
        "second_approver_from",
        "多少元起须两人审批,没有就写“不设”",
        "second_approver_from = \"5000000.00\"",
    ),
    ("reminders", "作逾期处理以前提醒企业几次", "reminders = 2"),
    ("confirm_days", "企业有几天确认账户", "confirm_days = 60"),
    ("notice_days", "公示几个工作日", "notice_days = 5"),
    (
        "answer_days",
        "发送后几个工作日没有最终答复就须查证",
        "answer_days = 3",
    ),
    (
        "contact",
        "对公示有异议找谁",
        "contact = \"示例市财政局惠企科,电话 0000-12345678\"",
    ),
];

/// Which of the required keys a file leaves out, with a line to copy for each.
fn missing(table: &toml::Table) -> Vec<String> {
    let left_out = REQUIRED
        .iter()
        .filter(|(key, _, _)| !table.contains_key(*key));
    let line =
        |(key, meaning, example): &(&str, &str, &str)| format!("  {key}({meaning}),例如:{example}");
    left_out.map(line).collect()
}

impl BureauSettings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// All rules that are left out at once; else the first place that cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, "读取", &error))?;
        Self::of(&text).map_err(|why| {
            Failure::bad_data(
                format!("单位设置 {} {why}", path.display()),
                "这些规定由单位自己写明,程序不代为设定;完整的例子见 docs/payouts.md",
            )
        })
    }

    fn of(text: &str) -> Result<Self, String> {
        let unreadable = |error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count().saturating_add(1));
            let place = line.map_or_else(String::new, |line| format!("第 {line} 行"));
            format!("{place}读不出来:{}", error.message())
        };
        let table: toml::Table = toml::from_str(text).map_err(unreadable)?;
        let missing = missing(&table);
        if !missing.is_empty() {
            return Err(format!("缺少这些规定:\n{}", missing.join("\n")));
        }
        let read: Self = toml::from_str(text).map_err(unreadable)?;
        Ok(Self {
            text: text.to_owned(),
            ..read
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
            rules: Rules {
                second_approver_from: self.second_approver_from.0,
                reminders: self.reminders,
                confirm_days: self.confirm_days,
                answer_days: self.answer_days,
            },
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

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = include_str!("../command/demo/bureau.toml");

    #[test]
    fn every_rule_that_is_left_out_is_named_with_a_line_to_copy() {
        assert!(BureauSettings::of(WHOLE).is_ok());
        for (key, meaning, example) in REQUIRED {
            let lines = WHOLE.lines().filter(|line| !line.starts_with(key));
            let without: Vec<&str> = lines.collect();
            let why = BureauSettings::of(&without.join("\n")).err().unwrap();
            for told in [key, meaning, example] {
                assert!(why.contains(told), "{told} in {why}");
            }
            assert_eq!(why.lines().count(), 2, "{why}");
            // The line to copy is one that can be read.
            let whole = format!("{example}\n{}", without.join("\n"));
            assert!(BureauSettings::of(&whole).is_ok(), "{example}");
        }
        let why = BureauSettings::of("").err().unwrap();
        assert_eq!(why.lines().count(), 1 + REQUIRED.len(), "{why}");
    }

    #[test]
    fn a_second_approver_is_an_amount_or_said_not_to_be() {
        let with = |said: &str| {
            let text = WHOLE.replace("\"5000000.00\"", said);
            BureauSettings::of(&text).map(|settings| settings.second_approver_from.0)
        };
        assert_eq!(with("\"100.00\""), Ok(Some(Money::from_fen(10_000))));
        assert_eq!(with("\"不设\""), Ok(None));
        let why = with("\"很多\"").unwrap_err();
        assert!(why.contains("第 3 行") && why.contains("很多"), "{why}");
    }
}
