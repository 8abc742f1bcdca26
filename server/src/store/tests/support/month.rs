//! A month of orders, written down before anything is done: from empty books to settled payouts,
//! with refusals, returns and what else a month brings. Benches include it as well.

use std::collections::BTreeSet;

use zhida_engine::payouts::{
    Action, Actor, Award, BankFact, BankLine, BatchId, BudgetLineId, BureauId, ClaimTerms, Command,
    Delegation, Digest, EndToEndId, EntitlementKey, FactKind, FileSeal, Finding, Moment, MotionId,
    NewBatch, NewNotice, NoticeId, Order, Origin, Outcome, PayeeDetails, Payer, PayerId, PayoutId,
    PersonId, Role, Rules, SealTotals, Terms, User, UserId,
};
use zhida_policies::values::{Date, Duration, Money, Uscc};

/// The one bureau.
pub(crate) const BUREAU: &str = "示例市财政局";
/// Its budget line.
pub(crate) const LINE: &str = "2026惠企资金";
const PAYER: &str = "零余额";
/// The first day of the month at noon in Beijing.
const FIRST: i64 = 1_772_424_000_000_000;
const DAY: i64 = 86_400_000_000;
/// The most payouts of a batch.
const LINES_MAX: usize = 5_000;

/// Who there is: account and role, each a person of his own.
const PEOPLE: [(&str, Role); 12] = [
    ("经办", Role::Maker),
    ("复核", Role::Checker),
    ("审批", Role::Approver),
    ("审批二", Role::Approver),
    ("支付经办", Role::PaymentMaker),
    ("支付复核", Role::PaymentChecker),
    ("对账", Role::Reconciler),
    ("对账二", Role::Reconciler),
    ("帮办", Role::Clerk),
    ("安全", Role::SecurityAdministrator),
    ("审计管理", Role::AuditAdministrator),
    ("审计", Role::Auditor),
];

/// Orders under their idempotency keys, in the order of their time.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) orders: Vec<(String, Order)>,
    day: i64,
    motions: u32,
}

/// An enterprise by its number.
pub(crate) fn uscc(number: usize) -> Uscc {
    Uscc::generate("91", "110000", &format!("8{number:07}")).unwrap()
}

/// What an enterprise is awarded: another amount for each.
pub(crate) fn amount(number: usize) -> Money {
    Money::from_fen(10_000 + i64::try_from(number).unwrap() * 7)
}

fn key(number: usize) -> EntitlementKey {
    EntitlementKey {
        bureau: BureauId::new(BUREAU),
        measure: "示例政策/奖励".to_owned(),
        uscc: uscc(number),
        period: "2025".to_owned(),
        supplement: 0,
    }
}

/// The payout of an enterprise.
pub(crate) fn payout(number: usize) -> PayoutId {
    key(number).payout_id()
}

fn instruction(number: usize, attempt: u32) -> EndToEndId {
    payout(number).end_to_end_id(attempt)
}

fn name(number: usize) -> String {
    format!("示例{number}有限公司")
}

fn account(number: usize) -> String {
    format!("35{number:014}7")
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// One award of a made-up sweep.
pub(crate) fn award(number: usize) -> Award {
    Award {
        key: key(number),
        enterprise: name(number),
        line: BudgetLineId::new(LINE),
        amount: amount(number),
        exclusive: None,
        origin: Origin {
            sweep: digest("sweep"),
            root: digest("root"),
            award: digest(&format!("award {number}")),
            policies: digest("policies"),
            snapshot: digest("snapshot"),
            paid_before: Money::default(),
            seal: Some(digest("seal")),
        },
        terms: Terms {
            title: "示例奖励".to_owned(),
            document: "示例〔2026〕1号".to_owned(),
            award_date: Date::constant(2025, 12, 31),
            effective: Date::constant(2025, 1, 1),
            expires: None,
            notice_days: 5,
        },
        knows: Vec::new(),
    }
}

/// A fact of the bank about an instruction of an enterprise.
pub(crate) fn fact(number: usize, kind: FactKind, reference: &str) -> BankFact {
    BankFact {
        kind,
        amount: Some(amount(number)),
        account: Some(account(number)),
        reference: format!("{reference}{number}"),
        reason: None,
        on: Some(Date::constant(2026, 3, 20)),
    }
}

impl Script {
    fn date(&self) -> Date {
        Moment(FIRST + self.day * DAY).business_date()
    }

    fn later(&self, days: i64) -> Date {
        Duration::from_days(days).after(self.date()).unwrap()
    }

    /// One order more.
    pub(crate) fn order(&mut self, actor: Actor, command: Command) {
        let number = self.orders.len();
        let at = Moment(FIRST + self.day * DAY + i64::try_from(number).unwrap());
        let order = Order { actor, at, command };
        self.orders.push((format!("键 {number}"), order));
    }

    pub(crate) fn by(&mut self, user: &str, command: Command) {
        self.order(Actor::User(UserId::new(user)), command);
    }

    fn system(&mut self, command: Command) {
        self.order(Actor::System, command);
    }

    /// What the first asks for and the others agree to.
    fn motion(&mut self, people: &[&str], action: Action) {
        self.motions += 1;
        let motion = MotionId::new(format!("会签{}", self.motions));
        for (place, user) in people.iter().enumerate() {
            let (motion, action) = (motion.clone(), Box::new(action.clone()));
            self.by(
                user,
                match place {
                    0 => Command::OpenMotion { motion, action },
                    _ => Command::SignMotion { motion },
                },
            );
        }
    }

    /// Sets everything up, with a grant.
    pub(crate) fn opening(&mut self, granted: i64) {
        let bureau = BureauId::new(BUREAU);
        for line in [LINE, "未达"] {
            self.system(Command::SetLine {
                line: BudgetLineId::new(line),
                bureau: bureau.clone(),
                fiscal_year: 2026,
            });
        }
        self.system(Command::Configure {
            bureau: bureau.clone(),
            rules: Rules {
                second_approver_from: Some(Money::from_fen(1_000_000)),
                reminders: 1,
                confirm_days: 60,
                answer_days: 3,
            },
        });
        self.system(Command::SetPayer(Payer {
            id: PayerId::new(PAYER),
            bureau: bureau.clone(),
            name: "示例市财政局零余额账户".to_owned(),
            uscc: None,
            account: "3500000000000001".to_owned(),
            cnaps: "102100099996".to_owned(),
            profile: "pain.001.001.09".to_owned(),
            lines_max: u32::try_from(LINES_MAX).unwrap(),
            suspense: BudgetLineId::new("未达"),
        }));
        for (id, role) in PEOPLE {
            self.system(Command::SetUp {
                user: user(id, id, role),
            });
        }
        if granted > 0 {
            self.grant("财预〔2026〕8号", granted);
        }
    }

    /// More money.
    pub(crate) fn grant(&mut self, document: &str, fen: i64) {
        let action = Action::GrantBudget {
            line: BudgetLineId::new(LINE),
            document: document.to_owned(),
            amount: Money::from_fen(fen),
        };
        self.motion(&["经办", "复核"], action);
    }

    /// Awards taken up.
    pub(crate) fn taken(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            self.system(Command::Entitle(Box::new(award(number))));
        }
    }

    /// Proposed and checked.
    pub(crate) fn checked(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers.clone() {
            let payout = payout(number);
            self.by("经办", Command::Propose { payout });
        }
        for number in numbers {
            let (payout, recomputed) = (payout(number), award(number).digest());
            self.by("复核", Command::Check { payout, recomputed });
        }
    }

    pub(crate) fn approved(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let payout = payout(number);
            self.by("审批", Command::Approve { payout });
        }
    }

    /// Shown in public, and the time of it gone by.
    pub(crate) fn shown(&mut self, numbers: std::ops::Range<usize>) {
        let payouts = numbers.clone().map(payout).collect();
        self.by(
            "经办",
            Command::Publish(NewNotice {
                id: NoticeId::new(format!("公示{}", numbers.start)),
                payouts,
                from: self.date(),
                until: self.later(9),
                working_days: 7,
                sheet: digest("sheet"),
                files: Vec::new(),
            }),
        );
        self.day += 12;
        for number in numbers {
            let payout = payout(number);
            self.system(Command::EndNotice { payout });
        }
    }

    fn new_account(&mut self, number: usize, account: String) {
        let action = Action::ChangePayee {
            uscc: uscc(number),
            details: PayeeDetails {
                name: name(number),
                account,
                cnaps: "102100099996".to_owned(),
                bank: "示例银行".to_owned(),
            },
        };
        self.motion(&["经办", "复核"], action);
    }

    fn confirm(&mut self, number: usize, payee_version: u32) {
        let payout = payout(number);
        let actor = Actor::Assisted {
            clerk: UserId::new("帮办"),
            enterprise: uscc(number),
            asked_by: PersonId::new(format!("法人{number}")),
        };
        self.order(
            actor,
            Command::Confirm {
                payout,
                payee_version,
            },
        );
    }

    /// Accounts given and confirmed.
    pub(crate) fn confirmed(&mut self, numbers: std::ops::Range<usize>) {
        for number in numbers {
            self.new_account(number, account(number));
            self.confirm(number, 1);
        }
    }

    /// Batched, sealed and sent.
    pub(crate) fn sent(&mut self, batch: &str, numbers: &[usize]) {
        for (place, numbers) in numbers.chunks(LINES_MAX).enumerate() {
            let id = BatchId::new(format!("{batch}{place}"));
            let payouts = numbers.iter().map(|number| payout(*number)).collect();
            self.by(
                "支付经办",
                Command::MakeBatch(NewBatch {
                    id: id.clone(),
                    payer: PayerId::new(PAYER),
                    execution: self.later(1),
                    payouts,
                }),
            );
            let total = numbers.iter().map(|number| amount(*number).fen()).sum();
            let name = format!("{id}.xml");
            let digest = digest(&name);
            self.by(
                "支付复核",
                Command::Seal {
                    batch: id.clone(),
                    totals: SealTotals {
                        count: u32::try_from(numbers.len()).unwrap(),
                        total: Money::from_fen(total),
                    },
                    files: vec![FileSeal { name, digest }],
                },
            );
            let batch = id.clone();
            self.by("支付经办", Command::BeginSending { batch });
            let (batch, receipt) = (id, Digest::of(b"receipt"));
            self.system(Command::Sent { batch, receipt });
        }
    }

    pub(crate) fn told(&mut self, number: usize, attempt: u32, fact: BankFact) {
        self.system(Command::Answer {
            instruction: instruction(number, attempt),
            fact,
            source: digest("camt"),
        });
    }

    /// Paid, whatever the attempt.
    pub(crate) fn paid(&mut self, number: usize, attempt: u32) {
        let reference = format!("D{attempt}-");
        self.told(number, attempt, fact(number, FactKind::Booked, &reference));
    }

    /// The period closed, and everything settled.
    pub(crate) fn settled(&mut self, numbers: std::ops::Range<usize>) {
        self.day += 40;
        let action = Action::ClosePeriod {
            bureau: BureauId::new(BUREAU),
            until: self.later(-3),
        };
        self.motion(&["对账", "审批"], action);
        for number in numbers {
            let payout = payout(number);
            self.by("对账", Command::Settle { payout });
        }
    }

    /// A month of at least six enterprises with everything that it brings.
    pub(crate) fn month(count: usize) -> Self {
        let mut script = Self::default();
        script.opening(100_000_000);
        script.taken(0..count);
        script.refused();
        script.checked(0..count);
        // Not by who has checked it.
        script.by("复核", Command::Approve { payout: payout(0) });
        script.approved(0..count);
        script.lent();
        script.shown(0..count);
        script.objected(count - 1);
        script.confirmed(0..count - 1);
        script.changed(1);
        let numbers: Vec<usize> = (0..count - 1).collect();
        script.sent("批", &numbers);
        script.answered(count - 1);
        script.people();
        script.settled(0..count);
        script
    }

    /// What is refused at once: an award for the same period, a second of an exclusive group, an
    /// amount beyond the fund, somebody without the role.
    fn refused(&mut self) {
        let mut again = award(0);
        again.amount = Money::from_fen(1);
        let mut exclusive = award(1_000_000);
        exclusive.exclusive = Some("二选一".to_owned());
        let mut other = award(1_000_001);
        other.exclusive = Some("二选一".to_owned());
        let mut large = award(1_000_002);
        large.amount = Money::from_fen(900_000_000);
        self.by("审计", Command::Entitle(Box::new(again)));
        for award in [exclusive, other, large] {
            self.system(Command::Entitle(Box::new(award)));
        }
        let payout = payout(1_000_002);
        self.by("经办", Command::Propose { payout });
    }

    /// A role lent, used and taken back.
    fn lent(&mut self) {
        let lent = Delegation {
            of: UserId::new("审批"),
            to: UserId::new("对账二"),
            role: Role::Approver,
            from: self.date(),
            until: self.later(5),
        };
        self.by("审批", Command::Delegate(lent.clone()));
        let actor = Actor::Delegate {
            user: lent.to.clone(),
            of: lent.of.clone(),
        };
        let payout = payout(0);
        self.order(actor, Command::Approve { payout });
        let mut other = lent.clone();
        other.until = self.later(6);
        self.by("审批", Command::Delegate(other));
        self.by("审批", Command::EndDelegation(lent));
    }

    /// One that was objected to while its notice ran is too late; a second round is not.
    fn objected(&mut self, number: usize) {
        let (by, text) = ("某人".to_owned(), digest("objection"));
        let late = payout(number);
        self.by(
            "经办",
            Command::Object {
                payout: late.clone(),
                by,
                text,
            },
        );
        let action = Action::ResolveObjection {
            payout: late.clone(),
            objection: 1,
            finding: Finding::Unfounded,
            text: digest("finding"),
        };
        self.motion(&["复核", "审批二"], action);
        self.system(Command::Remind { payout: late });
    }

    /// A new account takes a payout back to confirmation.
    fn changed(&mut self, number: usize) {
        self.new_account(number, format!("36{number:014}7"));
        self.new_account(number, account(number));
        self.confirm(number, 3);
    }

    /// What the bank says: the first is returned and paid again, the second refused and given up,
    /// the third never answered, the fourth told twice, all others paid.
    fn answered(&mut self, count: usize) {
        self.day += 3;
        self.paid(0, 1);
        self.told(0, 1, fact(0, FactKind::Returned, "C"));
        let cause = "账户已恢复".to_owned();
        let reissue = Action::Reissue {
            payout: payout(0),
            cause,
        };
        self.motion(&["经办", "复核"], reissue);
        self.sent("再批", &[0]);
        self.paid(0, 2);
        self.told(1, 1, fact(1, FactKind::Rejected, "R"));
        let cancel = Action::Cancel {
            payout: payout(1),
            reason: "企业注销".to_owned(),
        };
        self.motion(&["经办", "复核", "审批"], cancel);
        self.system(Command::MarkUnknown { payout: payout(2) });
        let ruling = Action::RuleUnknown {
            payout: payout(2),
            attempt: 1,
            outcome: Outcome::Paid,
            on: self.date(),
            evidence: digest("letter"),
        };
        self.motion(&["对账", "对账二"], ruling);
        self.told(3, 1, fact(3, FactKind::Accepted, "A"));
        self.paid(3, 1);
        self.paid(3, 1);
        for number in 4..count {
            self.paid(number, 1);
        }
        self.clawed_back(3);
    }

    fn clawed_back(&mut self, number: usize) {
        let action = Action::Clawback {
            payout: payout(number),
            terms: ClaimTerms {
                amount: Money::from_fen(5_000),
                document: "追回〔2026〕1号".to_owned(),
                due: self.later(30),
                is_prior_year: false,
                returns_to_budget: true,
            },
        };
        self.motion(&["经办", "复核", "审批"], action);
        let payer = PayerId::new(PAYER);
        let line = BankLine::id_of(&payer, "流水1");
        self.system(Command::StrayLine {
            payer,
            reference: "流水1".to_owned(),
            amount: Money::from_fen(4_000),
            on: self.date(),
            text: "追回款".to_owned(),
            instruction: None,
            source: digest("camt"),
        });
        let (payout, claim) = (payout(number), 1);
        self.by(
            "对账",
            Command::Recover {
                payout,
                claim,
                line,
            },
        );
        let bar = Action::Bar {
            uscc: uscc(number),
            until: self.later(300),
            document: "限制〔2026〕1号".to_owned(),
        };
        self.motion(&["经办", "复核"], bar);
        let (uscc, reason) = (uscc(5), "账户冻结".to_owned());
        // As orders of earlier programs have it, and as orders are given now.
        for of in [None, Some(BureauId::new(BUREAU))] {
            let reason = reason.clone();
            self.by("复核", Command::BlockPayee { uscc, reason, of });
        }
    }

    /// A user more, by two administrators, and one less.
    fn people(&mut self) {
        let user = user("新人", "新人", Role::Maker);
        self.motion(&["安全", "审计管理"], Action::SetUser { user });
        let user = UserId::new("新人");
        self.by("安全", Command::Suspend { user });
    }
}

fn user(id: &str, person: &str, role: Role) -> User {
    User {
        id: UserId::new(id),
        person: PersonId::new(person),
        bureau: BureauId::new(BUREAU),
        roles: BTreeSet::from([role]),
        enterprise: None,
        approves_up_to: None,
        is_active: true,
    }
}
