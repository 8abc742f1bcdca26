//! Why an order is not carried out. Nothing changes then.

use zhida_policies::values::{Date, Money, Uscc};

use super::actor::Role;
use super::attempt::AttemptState;
use super::batch::BatchState;
use super::ids::{
    BatchId, BudgetLineId, BureauId, Digest, EndToEndId, MotionId, NoticeId, PayerId, PayoutId,
    PersonId, UserId,
};
use super::stage::PayoutState;

/// Why an order is refused; each reason has a published number, never used again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody of that name.
    #[error("没有用户“{0}”")]
    NoSuchUser(UserId),
    /// The account may not act.
    #[error("用户“{0}”已停用；请联系安全管理员")]
    UserSuspended(UserId),
    /// The actor does not hold the role.
    #[error("这一步须由{role}办理，“{user}”没有这一职责", role = .role.chinese())]
    NotTheRole {
        /// Who.
        user: UserId,
        /// What it needs.
        role: Role,
    },
    /// This is done by people, or by the system alone.
    #[error("这一步不能由此身份办理；请由有权办理的本人登录办理")]
    NotTheActor,
    /// The thing belongs to others.
    #[error("“{bureau}”的事项不在“{user}”的管辖范围内")]
    OtherBureau {
        /// Who.
        user: UserId,
        /// Whose it is.
        bureau: BureauId,
    },
    /// Two steps of one matter need two people (promise P4).
    #[error("“{person}”已办理过相互制约的一步（{step}），须由另一人办理")]
    SamePerson {
        /// Who.
        person: PersonId,
        /// What that person did.
        step: String,
    },
    /// The amount is above what this approver may approve.
    #[error("{amount}元超出“{user}”的审批额度{limit}元", amount = .amount.grouped(), limit = .limit.grouped())]
    AboveTier {
        /// Who.
        user: UserId,
        /// What the award is.
        amount: Money,
        /// What he may approve.
        limit: Money,
    },
    /// No delegation covers this.
    #[error("“{of}”没有把{role}职责委托给“{user}”，或委托不在有效期内", role = .role.chinese())]
    NotDelegated {
        /// Whose.
        of: UserId,
        /// To whom.
        user: UserId,
        /// Which.
        role: Role,
    },
    /// Roles that exclude each other.
    #[error("{first}与{second}不能由同一人担任", first = .first.chinese(), second = .second.chinese())]
    RolesExclude {
        /// One.
        first: Role,
        /// The other.
        second: Role,
    },
    /// No payout of that name.
    #[error("没有兑付事项{0}；请核对编号")]
    NoSuchPayout(PayoutId),
    /// No batch of that name.
    #[error("没有批次{0}；请核对编号")]
    NoSuchBatch(BatchId),
    /// No notice of that name.
    #[error("没有公示{0}；请核对编号")]
    NoSuchNotice(NoticeId),
    /// No motion of that name.
    #[error("没有会签事项{0}；请核对编号")]
    NoSuchMotion(MotionId),
    /// No budget line of that name.
    #[error("没有指标“{0}”；请先设立并下达")]
    NoSuchLine(BudgetLineId),
    /// No paying account of that name.
    #[error("没有付款账户“{0}”；请先设立")]
    NoSuchPayer(PayerId),
    /// Nothing else of that name.
    #[error("没有{0}；请核对")]
    NoSuchThing(String),
    /// The name is taken.
    #[error("{0}已存在，不能重复登记")]
    AlreadyThere(String),
    /// The payout is not where this step begins.
    #[error("兑付事项{payout}的状态是“{state}”，不能{step}", state = .state.chinese())]
    WrongState {
        /// Which.
        payout: PayoutId,
        /// Where it stands.
        state: PayoutState,
        /// What was asked.
        step: &'static str,
    },
    /// The attempt is not where this step begins.
    #[error("兑付事项{payout}第{attempt}次支付不在可以{step}的状态；请核对次数")]
    WrongAttempt {
        /// Which.
        payout: PayoutId,
        /// Which attempt.
        attempt: u32,
        /// Where it stands.
        state: AttemptState,
        /// What was asked.
        step: &'static str,
    },
    /// The batch is not where this step begins.
    #[error("批次{batch}的状态是“{state}”，不能{step}", state = .state.chinese())]
    WrongBatch {
        /// Which.
        batch: BatchId,
        /// Where it stands.
        state: BatchState,
        /// What was asked.
        step: &'static str,
    },
    /// The motion has ended.
    #[error("会签事项{0}已办结或已撤回；如仍需办理，请重新提出")]
    MotionEnded(MotionId),
    /// The entitlement was paid, or is on its way (promise P1).
    #[error("企业{uscc}该事项{period}已有兑付{payout}（{state}），不能重复", state = .state.chinese())]
    AlreadyEntitled {
        /// Who.
        uscc: Uscc,
        /// For which period.
        period: String,
        /// The payout.
        payout: PayoutId,
        /// Where it stands.
        state: PayoutState,
    },
    /// Another entitlement of a group of which one may be paid is alive.
    #[error("同组事项已有兑付{0}，只能享受一项")]
    Exclusive(PayoutId),
    /// A supplement needs a sweep that knew what was paid before.
    #[error("补差须以已知前次支付的清算为依据：前次支付{0}尚未支付，或清算早于该次支付")]
    SupplementTooEarly(PayoutId),
    /// The sweep did not know of a payment that bears on this award.
    #[error("清算没有计入同一企业的兑付{payout}（{state}）；请用最新的付款记录重新导入、清算", state = .state.chinese())]
    SweepTooOld {
        /// What it did not know.
        payout: PayoutId,
        /// Where that stands.
        state: PayoutState,
    },
    /// An award of nothing or less, or beyond reason.
    #[error("金额{}元不在可以兑付的范围内", .0.grouped())]
    NotAnAmount(Money),
    /// The sum does not fit.
    #[error("金额合计超出可以表示的范围")]
    Overflow,
    /// The budget does not cover it (promise P5).
    #[error("指标“{line}”可用{available}元，还差{short}元", available = .available.grouped(), short = .short.grouped())]
    NotEnoughBudget {
        /// Which.
        line: BudgetLineId,
        /// What it has.
        available: Money,
        /// What is missing.
        short: Money,
    },
    /// The checker's own computation differs.
    #[error("复算结果与清单不一致：兑付事项{0}不能通过复核，请查明原因")]
    NotRecomputed(PayoutId),
    /// The award lies outside the policy's time.
    #[error("政策已于{0}失效，且认定日期不在有效期内")]
    PolicyExpired(Date),
    /// The notice is too short.
    #[error("公示须满{asked}个工作日，所给期限只有{given}个")]
    NoticeTooShort {
        /// What the policy asks for.
        asked: u16,
        /// What was given.
        given: u16,
    },
    /// Days that contradict each other.
    #[error("日期先后有误：{0}")]
    DatesDisagree(String),
    /// The notice is not over.
    #[error("公示到{0}为止，还没有结束")]
    NoticeRuns(Date),
    /// The notice is over.
    #[error("公示已于{0}结束，异议须在此前提出")]
    NoticeOver(Date),
    /// An objection has no finding.
    #[error("还有未处理的异议；请先处理")]
    OpenObjection,
    /// The time to confirm is not over, or too few reminders were sent.
    #[error("确认期限到{until}为止，已提醒{sent}次、须提醒{asked}次；还不能作逾期处理")]
    NotExpired {
        /// Until when.
        until: Date,
        /// How often it was reminded.
        sent: u16,
        /// How often it must be.
        asked: u16,
    },
    /// The bureau has not said the rule that the step needs.
    #[error("“{bureau}”还没有设定{rule}，不能办理；请在单位设置里写明后登记")]
    NotConfigured {
        /// Whose rule.
        bureau: BureauId,
        /// Which one.
        rule: &'static str,
    },
    /// No account, another one, or one that does not belong to the enterprise.
    #[error("收款账户不能使用：{0}")]
    PayeeNotUsable(String),
    /// The enterprise may not be paid.
    #[error("企业{uscc}暂不能兑付：{reason}")]
    PayeeBlocked {
        /// Who.
        uscc: Uscc,
        /// Why not.
        reason: String,
    },
    /// The enterprise is barred for a time.
    #[error("企业{uscc}在{until}前不得享受（{document}）")]
    Barred {
        /// Who.
        uscc: Uscc,
        /// Until when.
        until: Date,
        /// The decision.
        document: String,
    },
    /// A decision that would end an earlier one before its time.
    #[error("企业{uscc}已限制到{until}（{document}），新的期限须晚于这一天")]
    BarredLonger {
        /// Who.
        uscc: Uscc,
        /// Until when.
        until: Date,
        /// The earlier decision.
        document: String,
    },
    /// The batch is empty, too long, or holds a payout twice.
    #[error("批次须有1至{0}笔，且不得重复")]
    BatchSize(u32),
    /// The day to pay lies outside the fiscal year or before today.
    #[error("付款日{execution}须在{year}预算年度内，且不早于今天")]
    WrongExecution {
        /// The day.
        execution: Date,
        /// The year.
        year: i16,
    },
    /// What the checker counted is not what the batch holds.
    #[error("复核人清点的笔数或金额与批次不符：批次有{count}笔，共{total}元；请重新清点", total = .total.grouped())]
    TotalsDiffer {
        /// How many.
        count: u32,
        /// How much.
        total: Money,
    },
    /// Sealed without a file.
    #[error("封批须有付款文件")]
    NoFile,
    /// Something about an attempt must be looked into first.
    #[error("兑付事项{0}还有未核销的疑问，不能再付款")]
    OpenQuestion(PayoutId),
    /// Another attempt is alive (promise P1).
    #[error("兑付事项{payout}第{attempt}次支付还没有最终结果，不能再次支付；请先向银行查证")]
    AttemptAlive {
        /// Which.
        payout: PayoutId,
        /// Which attempt.
        attempt: u32,
    },
    /// A bank's line shows a payment that these books do not know of (promise P1): they may be
    /// older than it.
    #[error(
        "银行流水里已有兑付事项{payout}的支付（未达款{line}），数据可能是从旧备份恢复的；不能再送出，请先由对账人员查证"
    )]
    MovedUnknown {
        /// Which.
        payout: PayoutId,
        /// The movement.
        line: Digest,
    },
    /// Nothing is left to be paid.
    #[error("兑付事项{0}没有待支付的金额")]
    NothingToPay(PayoutId),
    /// No instruction of that name.
    #[error("没有流水号为{0}的支付指令；请核对，或登记为未达款")]
    NoSuchInstruction(EndToEndId),
    /// No claim of that number.
    #[error("兑付事项{payout}没有第{claim}号追回；请核对编号")]
    NoSuchClaim {
        /// Which.
        payout: PayoutId,
        /// Which claim.
        claim: u32,
    },
    /// More than there is.
    #[error("{asked}元超出尚余的{left}元", asked = .asked.grouped(), left = .left.grouped())]
    MoreThanLeft {
        /// What was asked.
        asked: Money,
        /// What there is.
        left: Money,
    },
    /// The period takes no more postings.
    #[error("{0}以前的账期已结账；更正请记入当期")]
    PeriodClosed(Date),
    /// The payment lies in a period that is still open.
    #[error("付款日所在账期尚未结账，不能办结；请先结账")]
    PeriodOpen,
    /// Another publication came in between: what was checked is not what would hold.
    #[error(
        "政策“{policy}”的提议已过期：其间又发布了别的版本；请对照现行文本重新核对，必要时重新提出"
    )]
    PoliciesMoved {
        /// Which policy was to be published.
        policy: String,
    },
    /// A publication is agreed to by whoever has checked all policies with it.
    #[error(
        "会签事项{0}是政策发布，须核对全部政策后批准；请在工作台的政策发布页办理，或运行 zhida policy approve"
    )]
    NeedsACheck(MotionId),
    /// A reason or document is missing.
    #[error("须写明理由或文号")]
    NoReason,
}

impl Refusal {
    /// The published number.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::NoSuchUser(_) => 101,
            Self::UserSuspended(_) => 102,
            Self::NotTheRole { .. } => 103,
            Self::NotTheActor => 104,
            Self::OtherBureau { .. } => 105,
            Self::SamePerson { .. } => 106,
            Self::AboveTier { .. } => 107,
            Self::NotDelegated { .. } => 108,
            Self::RolesExclude { .. } => 109,
            Self::NoSuchPayout(_) => 201,
            Self::NoSuchBatch(_) => 202,
            Self::NoSuchNotice(_) => 203,
            Self::NoSuchMotion(_) => 204,
            Self::NoSuchLine(_) => 205,
            Self::NoSuchPayer(_) => 206,
            Self::NoSuchThing(_) => 207,
            Self::AlreadyThere(_) => 208,
            Self::NoSuchInstruction(_) => 209,
            Self::NoSuchClaim { .. } => 210,
            Self::WrongState { .. } => 301,
            Self::WrongAttempt { .. } => 302,
            Self::WrongBatch { .. } => 303,
            Self::MotionEnded(_) => 304,
            Self::AlreadyEntitled { .. } => 305,
            Self::Exclusive(_) => 306,
            Self::SupplementTooEarly(_) => 307,
            Self::OpenQuestion(_) => 308,
            Self::AttemptAlive { .. } => 309,
            Self::NothingToPay(_) => 310,
            Self::SweepTooOld { .. } => 311,
            Self::MovedUnknown { .. } => 312,
            Self::PoliciesMoved { .. } => 313,
            Self::NeedsACheck(_) => 314,
            Self::NotAnAmount(_) => 401,
            Self::Overflow => 402,
            Self::NotEnoughBudget { .. } => 403,
            Self::TotalsDiffer { .. } => 404,
            Self::MoreThanLeft { .. } => 405,
            Self::NotRecomputed(_) => 406,
            Self::PolicyExpired(_) => 501,
            Self::NoticeTooShort { .. } => 502,
            Self::DatesDisagree(_) => 503,
            Self::NoticeRuns(_) => 504,
            Self::NoticeOver(_) => 505,
            Self::OpenObjection => 506,
            Self::NotExpired { .. } => 507,
            Self::NotConfigured { .. } => 508,
            Self::PayeeNotUsable(_) => 601,
            Self::PayeeBlocked { .. } => 602,
            Self::Barred { .. } => 603,
            Self::BatchSize(_) => 604,
            Self::WrongExecution { .. } => 605,
            Self::NoFile => 606,
            Self::BarredLonger { .. } => 607,
            Self::PeriodClosed(_) => 701,
            Self::PeriodOpen => 702,
            Self::NoReason => 703,
        }
    }

    /// Whether somebody tried what he may not do: such refusals are kept in the log.
    #[must_use]
    pub const fn is_trespass(&self) -> bool {
        self.code() < 200
    }
}
