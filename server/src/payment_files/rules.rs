//! What must hold for every payment file, whatever its form: read once into types that cannot be
//! wrong, everything that is wrong collected.

use std::collections::BTreeMap;

use zhida_policies::values::account_name::is_unprintable;
use zhida_policies::values::bank_account::mask;
use zhida_policies::values::date::parse_date;
use zhida_policies::values::{AccountName, BankAccount, Cnaps, Date, ResidentId, Uscc};

use super::amount::{FEN_MAX, yuan};
use super::file::{PaymentBlock, PaymentFile, PaymentLine};
use super::refusal::{Refusals, Refused};
use super::wording;

/// The most characters of an identity in a payment message.
pub(crate) const ID_MAX: usize = 35;
/// The most characters of a name and of a remittance text in a payment message.
pub(crate) const TEXT_MAX: usize = 140;

/// A file all of whose values are right.
#[derive(Debug)]
pub(crate) struct CheckedFile<'a> {
    /// The file.
    pub(crate) file: &'a PaymentFile,
    /// The date on which it was sealed.
    pub(crate) sealed_on: Date,
    /// The code of the bureau.
    pub(crate) initiator_uscc: Uscc,
    /// The blocks.
    pub(crate) blocks: Vec<CheckedBlock<'a>>,
    /// The sum of all amounts in fen.
    pub(crate) total_fen: i64,
}

/// A block all of whose values are right.
#[derive(Debug)]
pub(crate) struct CheckedBlock<'a> {
    /// The block.
    pub(crate) block: &'a PaymentBlock,
    /// The paying account.
    pub(crate) payer_account: BankAccount,
    /// The code of its bank.
    pub(crate) payer_cnaps: Cnaps,
    /// The payments.
    pub(crate) lines: Vec<CheckedLine<'a>>,
    /// The sum of its amounts in fen.
    pub(crate) total_fen: i64,
}

/// A payment all of whose values are right.
#[derive(Debug)]
pub(crate) struct CheckedLine<'a> {
    /// Its place, counted from 1 over all blocks.
    pub(crate) place: usize,
    /// The payment.
    pub(crate) line: &'a PaymentLine,
    /// The payee's account.
    pub(crate) account: BankAccount,
    /// The code of the payee's bank.
    pub(crate) cnaps: Cnaps,
    /// The payee's code.
    pub(crate) uscc: Option<Uscc>,
    /// The payee's resident number.
    pub(crate) resident_id: Option<ResidentId>,
    /// The identity and the remittance text, the identity first.
    pub(crate) reference: String,
}

/// Checks a file.
///
/// # Errors
/// [`Refused`] with everything that is wrong, by line and field.
pub(crate) fn check(file: &PaymentFile, lines_max: usize) -> Result<CheckedFile<'_>, Refused> {
    let mut refusals = Refusals::default();
    let sealed_on = sealed_on(&file.sealed_at, &mut refusals);
    identity("报文编号", &file.message_id, &mut refusals);
    text("发起单位名称", &file.initiator.name, &mut refusals);
    let initiator_uscc = uscc(
        "发起单位统一社会信用代码",
        &file.initiator.uscc,
        &mut refusals,
    );
    if file.count() == 0 || file.blocks.iter().any(|block| block.lines.is_empty()) {
        let reason = "没有付款明细".to_owned();
        refusals.add("明细", "0", reason, "请去掉空的付款批次");
    }
    if file.count() > lines_max {
        let reason = format!("笔数超过本格式每个文件 {lines_max} 笔的上限");
        refusals.add("笔数", &file.count().to_string(), reason, "请分成几个批次");
    }
    let mut seen = Seen::default();
    let mut blocks = Vec::new();
    let mut place = 0usize;
    for block in &file.blocks {
        refusals.at_file();
        let payer = payer(block, sealed_on, &mut refusals);
        let mut lines = Vec::new();
        for line in &block.lines {
            place = place.saturating_add(1);
            refusals.at(place, &line.end_to_end_id);
            seen.note(place, line, &mut refusals);
            lines.extend(checked_line(place, line, &mut refusals));
        }
        if let (Some((payer_account, payer_cnaps)), Some(total_fen)) = (payer, block.total_fen()) {
            blocks.push(CheckedBlock {
                block,
                payer_account,
                payer_cnaps,
                lines,
                total_fen,
            });
        }
    }
    refusals.at_file();
    let total_fen = file.total_fen().filter(|total| *total <= FEN_MAX);
    if total_fen.is_none() && file.lines().all(|(_, _, line)| line.amount_fen <= FEN_MAX) {
        let reason = "合计超过 18 位".to_owned();
        refusals.add("合计", "", reason, "请分成几个批次");
    }
    refusals.finish()?;
    // Each absent value has its refusal, so nothing is left out here.
    match (sealed_on, initiator_uscc, total_fen) {
        (Some(sealed_on), Some(initiator_uscc), Some(total_fen)) => Ok(CheckedFile {
            file,
            sealed_on,
            initiator_uscc,
            blocks,
            total_fen,
        }),
        _ => Err(Refused(Vec::new())),
    }
}

/// The identities that were already used in the file.
#[derive(Default)]
struct Seen<'a> {
    end_to_end: BTreeMap<&'a str, usize>,
    instruction: BTreeMap<&'a str, usize>,
}

impl<'a> Seen<'a> {
    fn note(&mut self, place: usize, line: &'a PaymentLine, refusals: &mut Refusals) {
        let mut once = |field: &str, id: &'a str, map: &mut BTreeMap<&'a str, usize>| {
            if let Some(first) = map.get(id) {
                let reason = format!("与第 {first} 笔重复");
                refusals.add(field, id, reason, "同一笔钱不能付两次,请检查批次");
            } else {
                map.insert(id, place);
            }
        };
        once("企业流水号", &line.end_to_end_id, &mut self.end_to_end);
        if let Some(id) = &line.instruction_id {
            once("指令号", id, &mut self.instruction);
        }
    }
}

/// The stored seal instant: `2026-03-15T09:30:00+08:00` and nothing else.
fn sealed_on(text: &str, refusals: &mut Refusals) -> Option<Date> {
    let date = text.split_once('T').and_then(|(date, rest)| {
        let time = rest.strip_suffix("+08:00")?;
        let shape = time.len() == 8
            && time
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b':');
        let time: jiff::civil::Time = time.parse().ok().filter(|_| shape)?;
        (time.second() < 60).then(|| parse_date(date).ok())?
    });
    if date.is_none() {
        let reason = "不是形如 2026-03-15T09:30:00+08:00 的时刻".to_owned();
        refusals.add("封存时间", text, reason, "请使用封存时记下的时间");
    }
    date
}

fn payer(
    block: &PaymentBlock,
    sealed_on: Option<Date>,
    refusals: &mut Refusals,
) -> Option<(BankAccount, Cnaps)> {
    name("付款户名", &block.payer.name, refusals);
    if let Some(bank) = &block.payer.bank_name {
        text("付款行名", bank, refusals);
    }
    let date = block.execution_date;
    if let Some(sealed_on) = sealed_on {
        if date < sealed_on {
            let reason = format!("早于封存日期 {sealed_on}");
            refusals.add(
                "付款日期",
                &date.to_string(),
                reason,
                "请改为封存当日或以后的工作日",
            );
        } else if date.year() != sealed_on.year() {
            let reason = format!("与封存日期 {sealed_on} 不在同一预算年度");
            refusals.add(
                "付款日期",
                &date.to_string(),
                reason,
                "请改为年内的工作日,或跨年后重新封存",
            );
        }
    }
    let account = account("付款账号", &block.payer.account, refusals);
    let cnaps = cnaps("付款行联行号", &block.payer.cnaps, refusals);
    account.zip(cnaps)
}

fn checked_line<'a>(
    place: usize,
    line: &'a PaymentLine,
    refusals: &mut Refusals,
) -> Option<CheckedLine<'a>> {
    identity("企业流水号", &line.end_to_end_id, refusals);
    if let Some(id) = &line.instruction_id {
        identity("指令号", id, refusals);
    }
    if !(1..=FEN_MAX).contains(&line.amount_fen) {
        let reason = "必须大于零且不超过 18 位".to_owned();
        refusals.add("金额", &yuan(line.amount_fen), reason, "请核对发放金额");
    }
    name("收款户名", &line.payee_name, refusals);
    let account = account("收款账号", &line.payee_account, refusals);
    let cnaps = cnaps("收款行联行号", &line.payee_cnaps, refusals);
    if let Some(bank) = &line.payee_bank_name {
        text("收款行名", bank, refusals);
    }
    let code = line.payee_uscc.as_deref();
    let uscc = code.and_then(|code| uscc("收款人统一社会信用代码", code, refusals));
    let number = line.payee_resident_id.as_deref();
    let resident_id = number.and_then(|number| resident_id(number, refusals));
    purpose(line.purpose_code.as_deref(), refusals);
    text("附言", &line.remittance, refusals);
    let reference = format!("{} {}", line.end_to_end_id, line.remittance);
    let length = reference.chars().count();
    if length > TEXT_MAX {
        let reason = format!("连同流水号共 {length} 字,超过 {TEXT_MAX} 字");
        refusals.add(
            "附言",
            &line.remittance,
            reason,
            "请缩短事项简称;程序不会截断",
        );
    }
    Some(CheckedLine {
        place,
        line,
        account: account?,
        cnaps: cnaps?,
        uscc,
        resident_id,
        reference,
    })
}

fn identity(field: &str, id: &str, refusals: &mut Refusals) {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if id.is_empty() || id.len() > ID_MAX || !id.bytes().all(is_allowed) {
        let reason = format!("不是 1 至 {ID_MAX} 位的字母、数字和连字符");
        refusals.add(field, id, reason, "编号由系统生成,请勿修改");
    }
}

/// A text of a message: 1 to 140 visible characters.
fn text(field: &str, value: &str, refusals: &mut Refusals) {
    let length = value.chars().count();
    if value.trim().is_empty() {
        refusals.add(field, value, "为空".to_owned(), "请补齐");
    } else if let Some(found) = value.chars().find(|found| is_unprintable(*found)) {
        let reason = format!("含有不可见或无通用含义的字符 U+{:04X}", u32::from(found));
        refusals.add(field, value, reason, "请重新录入");
    } else if length > TEXT_MAX {
        let reason = format!("共 {length} 字,超过 {TEXT_MAX} 字");
        refusals.add(field, value, reason, "请缩短;程序不会截断");
    }
}

fn name(field: &str, value: &str, refusals: &mut Refusals) {
    if let Err(error) = AccountName::parse(value) {
        refusals.add(
            field,
            value,
            wording::name(error),
            "请按银行预留户名核对后重新录入",
        );
    }
}

fn account(field: &str, value: &str, refusals: &mut Refusals) -> Option<BankAccount> {
    let read = BankAccount::parse(value);
    if let Err(error) = read {
        refusals.add(
            field,
            &mask(value),
            wording::account(error),
            "请按开户资料核对账号,以文本录入",
        );
    }
    read.ok()
}

fn cnaps(field: &str, value: &str, refusals: &mut Refusals) -> Option<Cnaps> {
    let read = Cnaps::parse(value);
    if let Err(error) = read {
        refusals.add(
            field,
            value,
            wording::cnaps(error),
            "请向开户行核对 12 位支付系统行号",
        );
    }
    read.ok()
}

fn uscc(field: &str, value: &str, refusals: &mut Refusals) -> Option<Uscc> {
    match Uscc::parse(value) {
        Ok((uscc, _)) => Some(uscc),
        Err(error) => {
            refusals.add(field, value, wording::uscc(error), "请核对营业执照");
            None
        }
    }
}

fn resident_id(value: &str, refusals: &mut Refusals) -> Option<ResidentId> {
    let read = ResidentId::parse(value);
    if let Err(error) = read {
        let reason = wording::resident_id(error);
        refusals.add("收款人身份证号", &mask(value), reason, "请核对身份证件");
    }
    read.ok()
}

fn purpose(code: Option<&str>, refusals: &mut Refusals) {
    let is_code =
        |code: &str| code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if let Some(code) = code.filter(|code| !is_code(code)) {
        let reason = "不是四位大写字母的用途代码".to_owned();
        refusals.add("用途代码", code, reason, "补贴用 SUBS,政府付款用 GOVT");
    }
}
