//! Edges 10 and 11: the enterprise confirms its account, declines, or never answers.

use super::stands_at;
use crate::payouts::actor::{Role, Signature};
use crate::payouts::draft::Draft;
use crate::payouts::ids::PayoutId;
use crate::payouts::payee::{PayeeDetails, PayeeVersion};
use crate::payouts::refusal::Refusal;
use crate::payouts::signing::refuse_same_person_as;
use crate::payouts::stage::{PayoutState, Stage};
use zhida_policies::values::account_name::NameMatch;
use zhida_policies::values::{AccountName, BankAccount, Cnaps, CnapsError, Uscc};

impl Draft<'_> {
    pub(in crate::payouts) fn confirm(
        &mut self,
        id: &PayoutId,
        payee_version: u32,
    ) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        let signature = self.sign_for(&payout.key.uscc)?;
        stands_at(payout, &[PayoutState::AwaitPayee], "确认")?;
        // Who decided on the award does not take it for the enterprise as well.
        let officials = [Role::Maker, Role::Checker, Role::Approver];
        refuse_same_person_as(&officials, &signature, &payout.signatures, "兑付事项")?;
        self.refuse_blocked_enterprise(payout)?;
        let payee = self.books.payees.get(&payout.key.uscc);
        let Some(current) = payee.and_then(|payee| payee.current()) else {
            return Err(Refusal::PayeeNotUsable("还没有登记收款账户".to_owned()));
        };
        if current.number != payee_version {
            return Err(Refusal::PayeeNotUsable(format!(
                "确认的是第{payee_version}版账户，现用第{}版",
                current.number
            )));
        }
        refuse_unusable(&current.details)?;
        // Nobody confirms, in the place of an enterprise, the account that he gave it (P4).
        let givers = [Role::Maker, Role::Checker];
        refuse_same_person_as(&givers, &signature, &current.signatures, "收款账户变更")?;
        if !is_same_name(&current.details.name, &payout.enterprise) {
            return Err(Refusal::PayeeNotUsable(format!(
                "账户名称“{}”与企业名称“{}”不一致",
                current.details.name, payout.enterprise
            )));
        }
        let payout = self.payout(id)?;
        payout.payee_version = Some(payee_version);
        payout.signatures.push(signature);
        payout.is_expensed = true;
        // A confirmation after edge 25 leads back to where it was asked for.
        let stage = if payout.was_attempted() {
            Stage::Reissue
        } else {
            Stage::Confirmed
        };
        self.enter(id, stage)
    }

    pub(in crate::payouts) fn decline(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        self.sign_for(&payout.key.uscc)?;
        stands_at(payout, &[PayoutState::AwaitPayee], "放弃")?;
        if payout.is_expensed {
            // What was booked as owed is given up by edge 27, with three people.
            return Err(Refusal::WrongState {
                payout: id.clone(),
                state: PayoutState::AwaitPayee,
                step: "放弃（已列支，须由财政部门取消）",
            });
        }
        self.enter(id, Stage::Declined)
    }

    pub(in crate::payouts) fn remind(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let payout = self.see(id)?;
        self.by_system_or(Role::Maker, &payout.key.bureau)?;
        stands_at(payout, &[PayoutState::AwaitPayee], "提醒")?;
        let payout = self.payout(id)?;
        payout.reminders = payout.reminders.saturating_add(1);
        Ok(())
    }

    pub(in crate::payouts) fn expire(&mut self, id: &PayoutId) -> Result<(), Refusal> {
        let today = self.today();
        let payout = self.see(id)?;
        self.by_system()?;
        stands_at(payout, &[PayoutState::AwaitPayee], "作逾期处理")?;
        // Who may not confirm does not run out of time.
        self.refuse_blocked_by_bureaus(payout)?;
        let asked = self.rules(&payout.key.bureau, "提醒次数")?.reminders;
        let is_over = payout.confirm_until.is_some_and(|until| today > until);
        if !is_over || payout.reminders < asked || payout.is_expensed {
            return Err(Refusal::NotExpired {
                until: payout.confirm_until.unwrap_or(today),
                sent: payout.reminders,
                asked,
            });
        }
        self.enter(id, Stage::Expired)
    }

    /// A new account: what had confirmed the old one, and has not been sealed, confirms again.
    pub(in crate::payouts) fn change_payee(
        &mut self,
        uscc: &Uscc,
        details: &PayeeDetails,
        signatures: &[Signature],
    ) -> Result<(), Refusal> {
        refuse_unusable(details)?;
        let payee = self.payee(uscc);
        let last = payee.current().map_or(0, |version| version.number);
        payee.versions.push(PayeeVersion {
            number: last.saturating_add(1),
            details: details.clone(),
            signatures: signatures.to_vec(),
        });
        let of_enterprise = self.books.by_enterprise.get(uscc).into_iter().flatten();
        for id in of_enterprise.cloned().collect::<Vec<PayoutId>>() {
            match self.see(&id)?.state() {
                PayoutState::Confirmed | PayoutState::Reissue => {
                    self.enter(&id, Stage::AwaitPayee)?;
                }
                PayoutState::Batched => {
                    self.take_out(&id)?;
                    self.enter(&id, Stage::AwaitPayee)?;
                }
                PayoutState::Computed
                | PayoutState::Proposed
                | PayoutState::Checked
                | PayoutState::Approved
                | PayoutState::OnNotice
                | PayoutState::Objected
                | PayoutState::AwaitPayee
                | PayoutState::Sealed
                | PayoutState::Sending
                | PayoutState::Sent
                | PayoutState::Accepted
                | PayoutState::Unknown
                | PayoutState::Paid
                | PayoutState::Rejected
                | PayoutState::Returned
                | PayoutState::Settled
                | PayoutState::Declined
                | PayoutState::Expired
                | PayoutState::Cancelled => {}
            }
        }
        Ok(())
    }
}

/// Refuses an account that no bank could take: a code with a wrong check digit, a damaged number,
/// a name with characters that nobody sees (PAYOUTS.md e1 and e3).
fn refuse_unusable(details: &PayeeDetails) -> Result<(), Refusal> {
    let why = if AccountName::parse(&details.name).is_err() {
        format!(
            "账户名称“{}”须为1至140个可见字符，且不以=、+、-、@开头",
            details.name
        )
    } else if BankAccount::parse(&details.account).is_err() {
        format!(
            "账号“{}”须为9至32位数字（可含-），请按银行凭证核对",
            details.account
        )
    } else if let Err(error) = Cnaps::parse(&details.cnaps) {
        let hint = match error {
            CnapsError::Length { found } => format!("须为12位数字，现有{found}位"),
            CnapsError::Character { position, .. } => format!("第{position}位不是数字"),
            CnapsError::CheckDigit { expected } => format!("末位校验码应为{expected}"),
        };
        format!("联行号“{}”{hint}，请按银行凭证核对", details.cnaps)
    } else {
        return Ok(());
    };
    Err(Refusal::PayeeNotUsable(why))
}

/// Whether the account is in the name of the enterprise. Full-width forms, spaces and the kind of
/// a middle dot make no other name (PAYOUTS.md e1); the bank gets the name as it has it.
fn is_same_name(account: &str, enterprise: &str) -> bool {
    let names = (AccountName::parse(account), AccountName::parse(enterprise));
    match names {
        (Ok(account), Ok(enterprise)) => account.compare(&enterprise) != NameMatch::Different,
        (Err(_), _) | (_, Err(_)) => account == enterprise,
    }
}
