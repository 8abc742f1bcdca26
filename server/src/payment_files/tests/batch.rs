//! Batches to write.

use proptest::prelude::*;
use zhida_policies::values::{AccountName, Date};

use crate::payment_files::{Initiator, Payer, PaymentBlock, PaymentFile, PaymentLine};

/// Bank codes that are published, with their right check digits.
pub(super) const CODES: [&str; 5] = [
    "102100099996",
    "105100000017",
    "313651027012",
    "313522004113",
    "403100000004",
];

/// A payment that is right in every form.
pub(super) fn line(number: usize) -> PaymentLine {
    PaymentLine {
        end_to_end_id: format!("E7QK2M9X4T1B{number:04}"),
        instruction_id: Some(format!("I{number:016}")),
        amount_fen: 30_000_000,
        payee_name: "示例机械有限公司".to_owned(),
        payee_account: "6222000000000017".to_owned(),
        payee_cnaps: CODES[3].to_owned(),
        payee_bank_name: Some("示例银行襄阳高新支行".to_owned()),
        payee_uscc: Some("91110000802100433B".to_owned()),
        payee_resident_id: None,
        purpose_code: Some("SUBS".to_owned()),
        remittance: "ZC2026-003 高企认定奖励".to_owned(),
    }
}

/// A batch of these payments.
pub(super) fn batch(lines: Vec<PaymentLine>) -> PaymentFile {
    PaymentFile {
        message_id: "B20260315000001A1".to_owned(),
        sealed_at: "2026-03-15T09:30:00+08:00".to_owned(),
        initiator: Initiator {
            name: "示例县财政局".to_owned(),
            uscc: "11420600011158023C".to_owned(),
        },
        blocks: vec![PaymentBlock {
            payer: Payer {
                name: "示例县财政局零余额账户".to_owned(),
                account: "3500000000000001".to_owned(),
                cnaps: CODES[2].to_owned(),
                bank_name: None,
            },
            execution_date: Date::constant(2026, 3, 16),
            lines,
        }],
    }
}

/// Three payments of different kinds: the usual one, a name with marks and one fen, a natural
/// person without codes.
pub(super) fn three() -> PaymentFile {
    let mut second = line(2);
    second.amount_fen = 1;
    second.payee_name = "A&B <中国>（襄阳）有限公司".to_owned();
    second.payee_account = "4200-1865-1080-5300-1234".to_owned();
    second.payee_cnaps = CODES[1].to_owned();
    let mut third = line(3);
    third.amount_fen = 1_234_567_890_123;
    third.payee_name = "买买提·艾力".to_owned();
    third.payee_account = "6200 0000 0000 0005".to_owned();
    third.payee_cnaps = CODES[0].to_owned();
    third.payee_uscc = None;
    third.instruction_id = None;
    third.purpose_code = None;
    batch(vec![line(1), second, third])
}

fn name() -> impl Strategy<Value = String> {
    "[一-龥A-Za-z0-9（）·&<>' ]{1,40}"
        .prop_filter("a name", |name| AccountName::parse(name).is_ok())
}

fn any_line() -> impl Strategy<Value = PaymentLine> {
    let amount = prop_oneof![1i64..=1_000_000_000, Just(1), Just(99), Just(100)];
    let account = "[0-9]{9,32}";
    (
        amount,
        name(),
        account,
        0usize..5,
        "[一-龥0-9A-Za-z&<-]{1,40}",
    )
        .prop_map(
            |(amount_fen, payee_name, payee_account, code, remittance)| PaymentLine {
                amount_fen,
                payee_name,
                payee_account,
                payee_cnaps: CODES[code].to_owned(),
                remittance,
                ..line(1)
            },
        )
}

/// Any batch that may go out, with one or two blocks.
pub(super) fn any_batch() -> impl Strategy<Value = PaymentFile> {
    (prop::collection::vec(any_line(), 1..12), any::<bool>()).prop_map(|(mut lines, two)| {
        for (number, line) in lines.iter_mut().enumerate() {
            line.end_to_end_id = format!("E{number:020}");
            line.instruction_id = (number % 2 == 0).then(|| format!("I{number:08}"));
        }
        let rest = if two && lines.len() > 1 {
            lines.split_off(lines.len() / 2)
        } else {
            Vec::new()
        };
        let mut file = batch(lines);
        if !rest.is_empty() {
            let mut block = file.blocks[0].clone();
            block.execution_date = Date::constant(2026, 3, 17);
            block.lines = rest;
            file.blocks.push(block);
        }
        file
    })
}
