//! Bureaus, their people and accounts, and the enterprises.

use std::collections::{BTreeMap, BTreeSet};

use zhida_engine::payouts::{
    BudgetLineId, BureauId, Command, PayeeDetails, Payer, PayerId, PersonId, Role, Rules, User,
    UserId,
};
use zhida_policies::values::{Money, Uscc};

use crate::simulator::dice::Dice;

/// An enterprise and who speaks for it.
pub(crate) struct Enterprise {
    pub(crate) uscc: Uscc,
    pub(crate) name: String,
    pub(crate) user: UserId,
}

impl Enterprise {
    /// One of its accounts; a few do not belong to it.
    pub(crate) fn account(&self, dice: &mut Dice) -> PayeeDetails {
        let name = if dice.chance(60) {
            "别人有限公司".to_owned()
        } else {
            self.name.clone()
        };
        PayeeDetails {
            name,
            account: format!("62{:09}", dice.within(0, 999_999_999)),
            cnaps: "313522004113".to_owned(),
            bank: "示例银行".to_owned(),
        }
    }
}

/// Everybody and everything that is there from the first day.
pub(crate) struct Cast {
    pub(crate) bureaus: Vec<BureauId>,
    pub(crate) payers: Vec<Payer>,
    pub(crate) lines: Vec<(BudgetLineId, BureauId, i16)>,
    pub(crate) users: Vec<User>,
    pub(crate) enterprises: Vec<Enterprise>,
    /// Who really sits behind each account, whatever the books say.
    pub(crate) persons: BTreeMap<UserId, PersonId>,
    holders: BTreeMap<(BureauId, Role), Vec<UserId>>,
    settings: Vec<Command>,
}

/// Which roles the first and the second account of each official have. Most second accounts would
/// let one person do two steps that exclude each other.
const ROLES: [(&[Role], &[Role]); 11] = [
    (&[Role::Maker], &[Role::Checker]),
    (&[Role::Maker, Role::Clerk], &[]),
    (&[Role::Checker], &[Role::Approver]),
    (&[Role::Checker], &[Role::Maker, Role::PaymentMaker]),
    (&[Role::Approver], &[Role::PaymentChecker]),
    (&[Role::Approver], &[]),
    (&[Role::Approver, Role::Reconciler], &[]),
    (&[Role::PaymentMaker], &[Role::PaymentChecker]),
    (&[Role::PaymentMaker, Role::Reconciler], &[Role::Checker]),
    (&[Role::PaymentChecker], &[]),
    (&[Role::PaymentChecker, Role::Reconciler], &[]),
];

impl Cast {
    pub(crate) fn new(dice: &mut Dice, year: i16) -> Self {
        let mut cast = Self {
            bureaus: vec![BureauId::new("甲局"), BureauId::new("乙局")],
            payers: Vec::new(),
            lines: Vec::new(),
            users: Vec::new(),
            enterprises: Vec::new(),
            persons: BTreeMap::new(),
            holders: BTreeMap::new(),
            settings: Vec::new(),
        };
        for at in 0..cast.bureaus.len() {
            let bureau = cast.bureaus[at].clone();
            cast.found(at, &bureau, year, dice);
        }
        cast.settle_enterprises(dice);
        cast
    }

    /// One bureau: its lines, accounts and officials.
    fn found(&mut self, at: usize, bureau: &BureauId, year: i16, dice: &mut Dice) {
        for later in -1..5 {
            for source in ["省", "县"] {
                let id = BudgetLineId::new(format!("{bureau}-{source}-{}", year + later));
                self.lines.push((id, bureau.clone(), year + later));
            }
        }
        let suspense = BudgetLineId::new(format!("{bureau}-未达"));
        self.lines.push((suspense.clone(), bureau.clone(), year));
        for number in 0..2 {
            self.payers.push(Payer {
                id: PayerId::new(format!("{bureau}-户{number}")),
                bureau: bureau.clone(),
                name: format!("{bureau}零余额账户"),
                uscc: None,
                account: format!("3500{at}{number}"),
                cnaps: "313651027012".to_owned(),
                profile: "pain".to_owned(),
                lines_max: 3 + u32::try_from(dice.below(6)).unwrap(),
                suspense: suspense.clone(),
            });
        }
        for (number, (first, second)) in ROLES.iter().enumerate() {
            // The last official of both bureaus is one and the same person.
            let person = if number + 1 == ROLES.len() {
                "两局兼职".to_owned()
            } else {
                format!("{bureau}职员{number}")
            };
            self.employ(bureau, &person, "", first, dice);
            self.employ(bureau, &person, "二", second, dice);
        }
        for number in 0..2 {
            let security = format!("{bureau}安全员{number}");
            self.employ(bureau, &security, "", &[Role::SecurityAdministrator], dice);
            let audit = format!("{bureau}审计员{number}");
            self.employ(bureau, &audit, "", &[Role::AuditAdministrator], dice);
        }
        self.employ(bureau, &format!("{bureau}审计"), "", &[Role::Auditor], dice);
        let second = dice
            .chance(700)
            .then(|| Money::from_fen(dice.within(10_000, 400_000)));
        self.settings.push(Command::Configure {
            bureau: bureau.clone(),
            rules: Rules {
                second_approver_from: second,
                reminders: u16::try_from(dice.below(3)).unwrap(),
                confirm_days: 10 + u16::try_from(dice.below(50)).unwrap(),
                answer_days: 1 + u16::try_from(dice.below(5)).unwrap(),
            },
        });
    }

    fn employ(
        &mut self,
        bureau: &BureauId,
        person: &str,
        account: &str,
        roles: &[Role],
        dice: &mut Dice,
    ) {
        if roles.is_empty() {
            return;
        }
        let id = UserId::new(format!("{bureau}/{person}{account}"));
        for role in roles {
            let holders = self.holders.entry((bureau.clone(), *role)).or_default();
            holders.push(id.clone());
        }
        let limit = dice.chance(300);
        let limit = limit.then(|| Money::from_fen(dice.within(50_000, 900_000)));
        self.enrol(User {
            id,
            person: PersonId::new(person),
            bureau: bureau.clone(),
            roles: roles.iter().copied().collect(),
            enterprise: None,
            approves_up_to: limit,
            is_active: true,
        });
    }

    fn enrol(&mut self, user: User) {
        self.persons.insert(user.id.clone(), user.person.clone());
        self.users.push(user);
    }

    /// A few enterprises belong to officials, who must not pay themselves.
    fn settle_enterprises(&mut self, dice: &mut Dice) {
        for number in 0..14 {
            let organisation = format!("8{:07}", dice.within(0, 9_999_999));
            let uscc = Uscc::generate("91", "110000", &organisation).unwrap();
            let bureau = self.bureaus[number % 2].clone();
            let person = match number {
                0..6 => PersonId::new(format!("{bureau}职员{}", 3 + number)),
                _ => PersonId::new(format!("法人{number}")),
            };
            let user = UserId::new(format!("企业{number}"));
            self.enrol(User {
                id: user.clone(),
                person,
                bureau,
                roles: BTreeSet::from([Role::Enterprise]),
                enterprise: Some(uscc),
                approves_up_to: None,
                is_active: true,
            });
            let name = format!("示例{number}有限公司");
            self.enterprises.push(Enterprise { uscc, name, user });
        }
    }

    /// What the system sets up before anybody comes.
    pub(crate) fn opening(&self) -> Vec<Command> {
        let lines = self.lines.iter().map(|(line, bureau, year)| {
            let (line, bureau, fiscal_year) = (line.clone(), bureau.clone(), *year);
            Command::SetLine {
                line,
                bureau,
                fiscal_year,
            }
        });
        let users = self.users.iter().cloned();
        let users = users.map(|user| Command::SetUp { user });
        let payers = self.payers.iter().cloned().map(Command::SetPayer);
        let settings = self.settings.iter().cloned();
        lines.chain(payers).chain(users).chain(settings).collect()
    }

    /// Somebody who held a role of a bureau on the first day.
    pub(crate) fn holder(&self, bureau: &BureauId, role: Role, dice: &mut Dice) -> Option<UserId> {
        let holders = self.holders.get(&(bureau.clone(), role))?;
        dice.pick(holders).cloned()
    }

    pub(crate) fn enterprise(&self, uscc: &Uscc) -> Option<&Enterprise> {
        self.enterprises.iter().find(|other| other.uscc == *uscc)
    }
}
