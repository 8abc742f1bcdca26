//! A small town: one bureau, its people, one enterprise or two, money to give.

use std::collections::BTreeMap;

use zhida_policies::values::date::days_between;
use zhida_policies::values::{Date, Money, Uscc};

use crate::payouts::*;

/// The award of the town, in fen.
pub(super) const AWARD: i64 = 30_000_000;
/// What the town has to give, in fen.
pub(super) const GRANT: i64 = 100_000_000;

pub(super) const BUREAU: &str = "财政局";
pub(super) const LINE: &str = "2026/产业扶持";
pub(super) const SUSPENSE: &str = "2026/未达";
pub(super) const PAYER: &str = "零余额";
pub(super) const BATCH: &str = "B1";

/// People: the account, the person behind it, and its role. `MK2` is another maker, `CK` checks.
const PEOPLE: [(&str, Role); 18] = [
    ("MK", Role::Maker),
    ("MK2", Role::Maker),
    ("CK", Role::Checker),
    ("CK2", Role::Checker),
    ("AP1", Role::Approver),
    ("AP2", Role::Approver),
    ("PMK", Role::PaymentMaker),
    ("PMK2", Role::PaymentMaker),
    ("PCK", Role::PaymentChecker),
    ("PCK2", Role::PaymentChecker),
    ("RC1", Role::Reconciler),
    ("RC2", Role::Reconciler),
    ("CLK", Role::Clerk),
    ("AU", Role::Auditor),
    ("SYS", Role::SystemAdministrator),
    ("SEC", Role::SecurityAdministrator),
    ("AUD", Role::AuditAdministrator),
    ("SEC2", Role::SecurityAdministrator),
];

/// The books, a clock, and every order that was carried out.
#[derive(Clone)]
pub(super) struct Town {
    pub(super) books: Books,
    pub(super) now: Moment,
    pub(super) carried: Vec<Order>,
    pub(super) motions: u32,
}

pub(super) type Carried = Result<Effects, Refusal>;

pub(super) fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

pub(super) fn day(year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap()
}

/// A moment by the clock of Beijing, computed from the calendar alone.
pub(super) fn at(date: Date, hour: i64, minute: i64, second: i64) -> Moment {
    let days = days_between(Date::constant(1970, 1, 1), date);
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - 8 * 3_600;
    Moment(seconds * 1_000_000)
}

pub(super) fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

pub(super) fn user_id(name: &str) -> UserId {
    UserId::new(name)
}

pub(super) fn bureau() -> BureauId {
    BureauId::new(BUREAU)
}

pub(super) fn line() -> BudgetLineId {
    BudgetLineId::new(LINE)
}

/// The enterprise number `at` of the town.
pub(super) fn uscc(at: u32) -> Uscc {
    Uscc::generate("91", "420602", &format!("{:08}", 80_210_043 + at)).unwrap()
}

pub(super) fn user(name: &str, person: &str, roles: &[Role]) -> User {
    User {
        id: user_id(name),
        person: PersonId::new(person),
        bureau: bureau(),
        roles: roles.iter().copied().collect(),
        enterprise: None,
        approves_up_to: None,
        is_active: true,
    }
}

pub(super) fn details(account: &str) -> PayeeDetails {
    PayeeDetails {
        name: "示例机械有限公司".to_owned(),
        account: account.to_owned(),
        cnaps: "313522004113".to_owned(),
        bank: "示例银行".to_owned(),
    }
}

/// The award of enterprise `at` for a period.
pub(super) fn award(at: u32, period: &str, amount: i64) -> Award {
    Award {
        key: EntitlementKey {
            bureau: bureau(),
            measure: "industry-2025/growth-award".to_owned(),
            uscc: uscc(at),
            period: period.to_owned(),
            supplement: 0,
        },
        enterprise: "示例机械有限公司".to_owned(),
        line: line(),
        amount: fen(amount),
        exclusive: None,
        origin: Origin {
            sweep: digest("sweep"),
            root: digest("root"),
            award: digest("award"),
            policies: digest("policies"),
            snapshot: digest("snapshot"),
            paid_before: fen(0),
            seal: Some(Digest::of(b"seal")),
        },
        terms: Terms {
            title: "增长奖励".to_owned(),
            document: "襄政发〔2025〕1号".to_owned(),
            award_date: day(2025, 12, 31),
            effective: day(2025, 1, 1),
            expires: Some(day(2026, 12, 31)),
            notice_days: 5,
        },
        knows: Vec::new(),
    }
}

pub(super) fn payer() -> Payer {
    Payer {
        id: PayerId::new(PAYER),
        bureau: bureau(),
        name: "示例县财政局零余额账户".to_owned(),
        uscc: None,
        account: "3500000000000001".to_owned(),
        cnaps: "313651027012".to_owned(),
        profile: "default".to_owned(),
        lines_max: 3,
        suspense: BudgetLineId::new(SUSPENSE),
    }
}

/// What the town's bureau has decided.
pub(super) fn rules(second_approver_from: Option<i64>) -> Rules {
    Rules {
        second_approver_from: second_approver_from.map(fen),
        reminders: 2,
        confirm_days: 60,
        answer_days: 3,
    }
}

pub(super) fn configure(second_approver_from: Option<i64>) -> Command {
    Command::Configure {
        bureau: bureau(),
        rules: rules(second_approver_from),
    }
}

impl Town {
    /// People, lines and a paying account; nothing granted yet.
    pub(super) fn bare() -> Self {
        let mut town = Self {
            books: Books::new(),
            now: at(day(2026, 3, 16), 10, 0, 0),
            carried: Vec::new(),
            motions: 0,
        };
        for (name, role) in PEOPLE {
            town.set_up(user(name, name, &[role]));
        }
        for number in 0..3 {
            let name = format!("EN{number}");
            let mut enterprise = user(&name, &name, &[Role::Enterprise]);
            enterprise.enterprise = Some(uscc(number));
            town.set_up(enterprise);
        }
        for line in [LINE, SUSPENSE] {
            let line = BudgetLineId::new(line);
            let command = Command::SetLine {
                line,
                bureau: bureau(),
                fiscal_year: 2026,
            };
            town.system(command).unwrap();
        }
        town.system(Command::SetPayer(payer())).unwrap();
        town.system(configure(None)).unwrap();
        town
    }

    /// The same town with a bureau that never said its rules.
    pub(super) fn without_rules(mut self) -> Self {
        let mut settings = self.books.settings(&bureau());
        settings.rules = None;
        self.books.put(Thing::Settings(settings));
        self
    }

    /// A town with a grant and an account for its first enterprise.
    pub(super) fn new() -> Self {
        let mut town = Self::bare();
        town.motion(&["MK", "CK"], grant("财预〔2026〕1号", GRANT))
            .unwrap();
        town.motion(&["EN0", "CK"], change_payee(0, "6222000000000000"))
            .unwrap();
        town
    }

    pub(super) fn set_up(&mut self, user: User) {
        self.system(Command::SetUp { user }).unwrap();
    }

    /// Gives one order; the law of the whole is looked at after each.
    #[track_caller]
    pub(super) fn order(&mut self, actor: Actor, command: Command) -> Carried {
        let order = Order {
            actor,
            at: self.now,
            command,
        };
        let effects = super::reducer::execute(&mut self.books, &order)?;
        self.carried.push(order);
        Ok(effects)
    }

    #[track_caller]
    pub(super) fn system(&mut self, command: Command) -> Carried {
        self.order(Actor::System, command)
    }

    #[track_caller]
    pub(super) fn user(&mut self, name: &str, command: Command) -> Carried {
        self.order(Actor::User(user_id(name)), command)
    }

    /// Opens a motion with the first name and signs it with the others.
    #[track_caller]
    pub(super) fn motion(&mut self, names: &[&str], action: Action) -> Carried {
        let actors = names.iter().map(|name| Actor::User(user_id(name)));
        self.motion_by(actors.collect(), action)
    }

    #[track_caller]
    pub(super) fn motion_by(&mut self, actors: Vec<Actor>, action: Action) -> Carried {
        self.motions += 1;
        let motion = MotionId::new(format!("M{}", self.motions));
        let mut effects = Effects::default();
        for (at, actor) in actors.into_iter().enumerate() {
            let command = if at == 0 {
                Command::OpenMotion {
                    motion: motion.clone(),
                    action: Box::new(action.clone()),
                }
            } else {
                Command::SignMotion {
                    motion: motion.clone(),
                }
            };
            effects = self.order(actor, command)?;
        }
        Ok(effects)
    }

    /// The payout of the first enterprise.
    pub(super) fn id(&self) -> PayoutId {
        award(0, "2025", AWARD).key.payout_id()
    }

    pub(super) fn payout(&self) -> &Payout {
        self.books.payout(&self.id()).unwrap()
    }

    pub(super) fn state(&self) -> Option<PayoutState> {
        self.books.payout(&self.id()).map(Payout::state)
    }

    pub(super) fn entitle(&mut self) -> Carried {
        self.system(Command::Entitle(Box::new(award(0, "2025", AWARD))))
    }

    pub(super) fn propose(&mut self) -> Carried {
        let payout = self.id();
        self.user("MK", Command::Propose { payout })
    }

    pub(super) fn check(&mut self) -> Carried {
        let (payout, recomputed) = (self.id(), self.payout().award_digest());
        self.user("CK", Command::Check { payout, recomputed })
    }

    pub(super) fn approve(&mut self) -> Carried {
        let payout = self.id();
        self.user("AP1", Command::Approve { payout })
    }

    /// Eight calendar days hold five working days; see the calendar for which.
    pub(super) fn notice(&self, id: &str) -> NewNotice {
        NewNotice {
            id: NoticeId::new(id),
            payouts: vec![self.id()],
            from: day(2026, 3, 17),
            until: day(2026, 3, 24),
            working_days: 5,
            sheet: digest("sheet"),
            files: Vec::new(),
        }
    }

    pub(super) fn publish(&mut self) -> Carried {
        let notice = self.notice("N1");
        self.user("MK", Command::Publish(notice))
    }

    pub(super) fn object(&mut self) -> Carried {
        let payout = self.id();
        let by = "某企业".to_owned();
        let text = digest("objection");
        self.user("MK", Command::Object { payout, by, text })
    }

    pub(super) fn end_notice(&mut self) -> Carried {
        self.now = at(day(2026, 3, 25), 9, 0, 0);
        let payout = self.id();
        self.system(Command::EndNotice { payout })
    }

    pub(super) fn confirm(&mut self) -> Carried {
        let payout = self.id();
        let versions = self.books.payee(&uscc(0)).map(|payee| payee.versions.len());
        let payee_version = u32::try_from(versions.unwrap_or(0)).unwrap();
        let command = Command::Confirm {
            payout,
            payee_version,
        };
        self.user("EN0", command)
    }

    pub(super) fn new_batch(&self, id: &str) -> NewBatch {
        NewBatch {
            id: BatchId::new(id),
            payer: PayerId::new(PAYER),
            execution: day(2026, 12, 31),
            payouts: vec![self.id()],
        }
    }

    pub(super) fn make_batch(&mut self, id: &str) -> Carried {
        let batch = self.new_batch(id);
        self.user("PMK", Command::MakeBatch(batch))
    }

    pub(super) fn seal_command(&self, id: &str) -> Command {
        let batch = BatchId::new(id);
        let items = &self.books.batch(&batch).unwrap().items;
        let amount = |(payout, number): &(PayoutId, u32)| {
            let attempts = &self.books.payout(payout).unwrap().attempts;
            let mut attempts = attempts.iter().filter(|other| other.number == *number);
            attempts.next().unwrap().amount.fen()
        };
        let totals = SealTotals {
            count: u32::try_from(items.len()).unwrap(),
            total: fen(items.iter().map(amount).sum()),
        };
        let files = vec![FileSeal {
            name: format!("{id}.xml"),
            digest: digest(id),
        }];
        Command::Seal {
            batch,
            totals,
            files,
        }
    }

    pub(super) fn seal(&mut self, id: &str) -> Carried {
        let command = self.seal_command(id);
        self.user("PCK", command)
    }

    pub(super) fn begin(&mut self, id: &str) -> Carried {
        let batch = BatchId::new(id);
        self.system(Command::BeginSending { batch })
    }

    pub(super) fn sent(&mut self, id: &str) -> Carried {
        let (batch, receipt) = (BatchId::new(id), digest("receipt"));
        self.system(Command::Sent { batch, receipt })
    }

    /// From confirmed to sent in a batch of its own.
    #[track_caller]
    pub(super) fn send(&mut self, id: &str) {
        self.make_batch(id).unwrap();
        self.seal(id).unwrap();
        self.begin(id).unwrap();
        self.sent(id).unwrap();
    }

    pub(super) fn answer(&mut self, attempt: u32, fact: BankFact) -> Carried {
        let instruction = self.id().end_to_end_id(attempt);
        let source = digest("answers");
        self.system(Command::Answer {
            instruction,
            fact,
            source,
        })
    }

    pub(super) fn stray(&mut self, reference: &str, amount: i64) -> Carried {
        self.system(Command::StrayLine {
            payer: PayerId::new(PAYER),
            reference: reference.to_owned(),
            amount: fen(amount),
            on: self.now.business_date(),
            text: "来款".to_owned(),
            instruction: None,
            source: digest("statement"),
        })
    }

    /// A movement for an instruction that the books do not know.
    pub(super) fn told_too_early(&mut self, attempt: u32, fact: &BankFact) -> Carried {
        let sign = if fact.kind == FactKind::Booked { -1 } else { 1 };
        self.system(Command::StrayLine {
            payer: PayerId::new(PAYER),
            reference: fact.reference.clone(),
            amount: fen(sign * fact.amount.unwrap().fen()),
            on: fact.on.unwrap(),
            text: "示例机械有限公司".to_owned(),
            instruction: Some(self.id().end_to_end_id(attempt)),
            source: digest("statement"),
        })
    }

    /// Brings the award to where it stands then, on the straight way.
    #[track_caller]
    pub(super) fn at(state: PayoutState) -> Self {
        let mut town = Self::new();
        town.bring_to(state);
        town
    }

    #[track_caller]
    pub(super) fn bring_to(&mut self, state: PayoutState) {
        let steps: [fn(&mut Self) -> Carried; 14] = [
            Self::entitle,
            Self::propose,
            Self::check,
            Self::approve,
            Self::publish,
            Self::end_notice,
            Self::confirm,
            |town| town.make_batch(BATCH),
            |town| town.seal(BATCH),
            |town| town.begin(BATCH),
            |town| town.sent(BATCH),
            |town| town.answer(1, accepted()),
            |town| town.answer(1, booked("D1")),
            Self::settle_year,
        ];
        for step in steps {
            if self.state() == Some(state) {
                return;
            }
            step(self).unwrap();
        }
        assert_eq!(self.state(), Some(state));
    }

    /// Closes the period in which the money moved, then settles.
    pub(super) fn settle_year(&mut self) -> Carried {
        let until = day(2026, 4, 30);
        self.now = at(day(2026, 5, 6), 9, 0, 0);
        let bureau = bureau();
        self.motion(&["RC1", "AP1"], Action::ClosePeriod { bureau, until })?;
        let payout = self.id();
        self.system(Command::Settle { payout })
    }

    /// What an account of all lines together stands at.
    pub(super) fn balance(&self, account: LedgerAccount) -> i64 {
        self.books.lines().map(|line| line.balance(account)).sum()
    }
}

pub(super) fn grant(document: &str, amount: i64) -> Action {
    Action::GrantBudget {
        line: line(),
        document: document.to_owned(),
        amount: fen(amount),
    }
}

pub(super) fn change_payee(at: u32, account: &str) -> Action {
    Action::ChangePayee {
        uscc: uscc(at),
        details: details(account),
    }
}

pub(super) fn fact(kind: FactKind, amount: Option<i64>, reference: &str) -> BankFact {
    BankFact {
        kind,
        amount: amount.map(fen),
        account: None,
        reference: reference.to_owned(),
        reason: None,
        on: Some(day(2026, 3, 26)),
    }
}

pub(super) fn accepted() -> BankFact {
    fact(FactKind::Accepted, None, "A1")
}

pub(super) fn rejected() -> BankFact {
    fact(FactKind::Rejected, None, "R1")
}

pub(super) fn booked(reference: &str) -> BankFact {
    fact(FactKind::Booked, Some(AWARD), reference)
}

pub(super) fn returned(amount: i64, reference: &str) -> BankFact {
    fact(FactKind::Returned, Some(amount), reference)
}

/// Postings of all lines together by account, without what cancels out.
pub(super) fn postings(effects: &[Effects]) -> BTreeMap<(char, String), i64> {
    let mut sums = BTreeMap::new();
    for posting in effects.iter().flat_map(|effects| &effects.postings) {
        let ledger = match posting.account.ledger() {
            Ledger::Budget => 'B',
            Ledger::Money => 'F',
        };
        let place = (ledger, posting.account.name().to_owned());
        *sums.entry(place).or_insert(0) += posting.fen;
    }
    sums.retain(|_, fen| *fen != 0);
    sums
}

/// Reads postings as the design writes them: `F: TRANSIT +a, CASH −a · B: SPENT +a, COMMITTED −a`.
pub(super) fn written(text: &str, values: &[(char, i64)]) -> BTreeMap<(char, String), i64> {
    let mut sums = BTreeMap::new();
    for ledger in text.split('·').map(str::trim).filter(|text| *text != "–") {
        let (name, postings) = ledger.split_once(": ").unwrap();
        for posting in postings.split(", ") {
            let (account, change) = posting.split_once(' ').unwrap();
            let mut letters = change.chars();
            let sign = match letters.next().unwrap() {
                '+' => 1,
                '−' => -1,
                other => panic!("{other} is no sign"),
            };
            let letter = letters.next().unwrap();
            let value = values.iter().find(|(name, _)| *name == letter).unwrap().1;
            let place = (name.chars().next().unwrap(), account.to_owned());
            *sums.entry(place).or_insert(0) += sign * value;
        }
    }
    sums
}
