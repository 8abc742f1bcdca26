//! Writes a customer credit transfer initiation (ISO 20022 pain.001.001.09 and .03): a fixed order
//! of elements, fixed forms, line feeds; no mark, no DTD, no clock. The same file gives the same
//! bytes.

pub(super) mod shape;

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use sha2::{Digest, Sha256};

use super::amount::yuan;
use super::file::{PaymentFile, WrittenFile};
use super::refusal::{Refusals, Refused};
use super::rules::{self, CheckedBlock, CheckedFile, CheckedLine, ID_MAX};

/// The most payments that banks commonly take in one file.
pub(crate) const LINES_MAX: usize = 5_000;

/// A version of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pain001Version {
    /// pain.001.001.03 (2009), which many banks still run.
    V03,
    /// pain.001.001.09 (2019).
    V09,
}

/// Who bears the charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChargeBearer {
    /// As the service level says.
    Slev,
    /// Payer and payee their own.
    Shar,
    /// The payer.
    Debt,
}

/// What a bank wants of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pain001Options {
    /// The version.
    pub(crate) version: Pain001Version,
    /// The most payments of one file.
    pub(crate) lines_max: usize,
    /// Who bears the charges.
    pub(crate) charge_bearer: ChargeBearer,
}

impl Pain001Version {
    /// `pain.001.001.09`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Pain001Version::V03 => "pain.001.001.03",
            Pain001Version::V09 => "pain.001.001.09",
        }
    }

    /// The namespace of the message.
    pub(crate) fn namespace(self) -> String {
        format!("urn:iso:std:iso:20022:tech:xsd:{}", self.name())
    }
}

impl Pain001Options {
    /// What most banks want.
    pub(crate) const fn new(version: Pain001Version, charge_bearer: ChargeBearer) -> Self {
        Self {
            version,
            lines_max: LINES_MAX,
            charge_bearer,
        }
    }
}

impl ChargeBearer {
    /// All of them, the usual one first.
    pub(crate) const ALL: [Self; 3] = [Self::Slev, Self::Shar, Self::Debt];

    /// The code of the message.
    pub(crate) fn code(self) -> &'static str {
        match self {
            ChargeBearer::Slev => "SLEV",
            ChargeBearer::Shar => "SHAR",
            ChargeBearer::Debt => "DEBT",
        }
    }
}

/// Writes the message and reads it back against the facets of its schema.
///
/// # Shape
/// One file named after the message; a batch beyond the bank's number of lines is refused, because
/// a second file would need a message identity of its own.
/// # Units
/// Fen in, yuan with two decimals in the text, made from the integer.
/// # Errors
/// [`Refused`] with everything that is wrong; nothing is cut or replaced.
/// # Source
/// PAYOUTS.md e2.
pub(crate) fn write(file: &PaymentFile, options: Pain001Options) -> Result<WrittenFile, Refused> {
    let checked = rules::check(file, options.lines_max.min(LINES_MAX))?;
    let mut refusals = Refusals::default();
    for number in [1, checked.blocks.len()] {
        let id = block_id(&file.message_id, number);
        if id.len() > ID_MAX {
            let reason = format!("加上批次后缀后超过 {ID_MAX} 位");
            refusals.add("报文编号", &id, reason, "报文编号最多 31 位");
            break;
        }
    }
    refusals.finish()?;
    let bytes = message(&checked, options).map_err(|error| broken(&error.to_string()))?;
    shape::check(&bytes, options.version, &checked).map_err(|what| broken(&what))?;
    let lines: Vec<_> = file.lines().map(|(_, _, line)| line).collect();
    let name = format!("{}.xml", file.message_id);
    Ok(WrittenFile::new(name, bytes, &lines, checked.total_fen))
}

/// The program has written what the schema does not allow: a defect of the program, and no file.
fn broken(what: &str) -> Refused {
    let mut refusals = Refusals::default();
    let reason = format!("未通过封存前的报文结构检查({what})");
    refusals.add("报文", "", reason, "这是程序的缺陷,请勿发送并联系维护人员");
    match refusals.finish() {
        Err(refused) => refused,
        Ok(()) => Refused(Vec::new()),
    }
}

/// The identity of a block, counted from 1.
pub(crate) fn block_id(message_id: &str, number: usize) -> String {
    format!("{message_id}-P{number:02}")
}

fn message(checked: &CheckedFile<'_>, options: Pain001Options) -> io::Result<Vec<u8>> {
    let mut xml = Xml(Writer::new_with_indent(Vec::new(), b' ', 1));
    xml.0
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let namespace = options.version.namespace();
    let document = BytesStart::new("Document").with_attributes([("xmlns", namespace.as_str())]);
    xml.0.write_event(Event::Start(document))?;
    xml.inside("CstmrCdtTrfInitn", |xml| {
        header(xml, checked)?;
        for (number, block) in (1..).zip(&checked.blocks) {
            xml.inside("PmtInf", |xml| {
                payment_block(xml, checked, options, number, block)
            })?;
        }
        Ok(())
    })?;
    xml.0.write_event(Event::End(BytesEnd::new("Document")))?;
    let mut bytes = xml.0.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn header(xml: &mut Xml, checked: &CheckedFile<'_>) -> io::Result<()> {
    let file = checked.file;
    xml.inside("GrpHdr", |xml| {
        xml.text("MsgId", &file.message_id)?;
        xml.text("CreDtTm", &file.sealed_at)?;
        xml.text("NbOfTxs", &file.count().to_string())?;
        xml.text("CtrlSum", &yuan(checked.total_fen))?;
        xml.inside("InitgPty", |xml| {
            xml.text("Nm", &file.initiator.name)?;
            organisation(xml, checked.initiator_uscc.as_str())
        })
    })
}

fn payment_block(
    xml: &mut Xml,
    checked: &CheckedFile<'_>,
    options: Pain001Options,
    number: usize,
    block: &CheckedBlock<'_>,
) -> io::Result<()> {
    xml.text("PmtInfId", &block_id(&checked.file.message_id, number))?;
    xml.text("PmtMtd", "TRF")?;
    // Single debit lines, so that each payment can be reconciled.
    xml.text("BtchBookg", "false")?;
    xml.text("NbOfTxs", &block.lines.len().to_string())?;
    xml.text("CtrlSum", &yuan(block.total_fen))?;
    xml.inside("PmtTpInf", |xml| {
        xml.inside("CtgyPurp", |xml| xml.text("Cd", "GOVT"))
    })?;
    let date = block.block.execution_date.to_string();
    match options.version {
        Pain001Version::V03 => xml.text("ReqdExctnDt", &date)?,
        Pain001Version::V09 => xml.inside("ReqdExctnDt", |xml| xml.text("Dt", &date))?,
    }
    let payer = &block.block.payer;
    xml.inside("Dbtr", |xml| xml.text("Nm", &payer.name))?;
    xml.inside("DbtrAcct", |xml| {
        account(xml, block.payer_account.as_str(), Some("BBAN"))?;
        xml.text("Ccy", "CNY")
    })?;
    xml.inside("DbtrAgt", |xml| {
        bank(xml, block.payer_cnaps.as_str(), payer.bank_name.as_deref())
    })?;
    xml.text("ChrgBr", options.charge_bearer.code())?;
    for line in &block.lines {
        xml.inside("CdtTrfTxInf", |xml| payment(xml, line, options.version))?;
    }
    Ok(())
}

fn payment(xml: &mut Xml, checked: &CheckedLine<'_>, version: Pain001Version) -> io::Result<()> {
    let line = checked.line;
    xml.inside("PmtId", |xml| {
        if let Some(id) = &line.instruction_id {
            xml.text("InstrId", id)?;
        }
        xml.text("EndToEndId", &line.end_to_end_id)?;
        match version {
            Pain001Version::V03 => Ok(()),
            Pain001Version::V09 => xml.text("UETR", &uetr(&line.end_to_end_id)),
        }
    })?;
    xml.inside("Amt", |xml| xml.amount("InstdAmt", &yuan(line.amount_fen)))?;
    xml.inside("CdtrAgt", |xml| {
        bank(xml, checked.cnaps.as_str(), line.payee_bank_name.as_deref())
    })?;
    xml.inside("Cdtr", |xml| {
        xml.text("Nm", &line.payee_name)?;
        match &checked.uscc {
            Some(uscc) => organisation(xml, uscc.as_str()),
            None => Ok(()),
        }
    })?;
    xml.inside("CdtrAcct", |xml| {
        account(xml, checked.account.as_str(), None)
    })?;
    if let Some(code) = &line.purpose_code {
        xml.inside("Purp", |xml| xml.text("Cd", code))?;
    }
    xml.inside("RmtInf", |xml| xml.text("Ustrd", &checked.reference))
}

/// The end-to-end reference of the message of 2019: it follows from our own identity, so that the
/// same payment has the same one whenever it is written.
///
/// # Shape
/// The schema takes UUIDs of version 4 only; 122 bits of a hash stand where random ones would.
pub(crate) fn uetr(end_to_end_id: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(format!("zhida uetr\n{end_to_end_id}")).into();
    let mut text = String::with_capacity(36);
    for (place, byte) in hash.into_iter().take(16).enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let byte = match place {
            6 => (byte & 0x0f) | 0x40,
            8 => (byte & 0x3f) | 0x80,
            _ => byte,
        };
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

fn organisation(xml: &mut Xml, uscc: &str) -> io::Result<()> {
    xml.inside("Id", |xml| {
        xml.inside("OrgId", |xml| {
            xml.inside("Othr", |xml| {
                xml.text("Id", uscc)?;
                xml.inside("SchmeNm", |xml| xml.text("Prtry", "USCC"))
            })
        })
    })
}

fn account(xml: &mut Xml, number: &str, scheme: Option<&str>) -> io::Result<()> {
    xml.inside("Id", |xml| {
        xml.inside("Othr", |xml| {
            xml.text("Id", number)?;
            match scheme {
                Some(code) => xml.inside("SchmeNm", |xml| xml.text("Cd", code)),
                None => Ok(()),
            }
        })
    })
}

fn bank(xml: &mut Xml, cnaps: &str, name: Option<&str>) -> io::Result<()> {
    xml.inside("FinInstnId", |xml| {
        xml.inside("ClrSysMmbId", |xml| {
            xml.inside("ClrSysId", |xml| xml.text("Cd", "CNAPS"))?;
            xml.text("MmbId", cnaps)
        })?;
        name.map_or(Ok(()), |name| xml.text("Nm", name))
    })
}

/// The writer of elements.
struct Xml(Writer<Vec<u8>>);

impl Xml {
    fn inside(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut Self) -> io::Result<()>,
    ) -> io::Result<()> {
        self.0.write_event(Event::Start(BytesStart::new(name)))?;
        content(self)?;
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.0.write_event(Event::Start(BytesStart::new(name)))?;
        self.0.write_event(Event::Text(BytesText::new(text)))?;
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    fn amount(&mut self, name: &str, text: &str) -> io::Result<()> {
        let start = BytesStart::new(name).with_attributes([("Ccy", "CNY")]);
        self.0.write_event(Event::Start(start))?;
        self.0.write_event(Event::Text(BytesText::new(text)))?;
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }
}
