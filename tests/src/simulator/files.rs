//! Payment files, as plain as can be: what matters is that the same batch gives the same bytes.

use std::fmt::Write as _;

use zhida_engine::payouts::{Batch, Books, Digest, EndToEndId, FileSeal, Moment, PayoutId};

/// One instruction of a file.
pub(crate) struct Instruction {
    pub(crate) name: EndToEndId,
    pub(crate) fen: i64,
    pub(crate) account: String,
    pub(crate) payout: PayoutId,
}

/// The bytes that a bank gets; the time inside is that of sealing.
pub(crate) fn write(books: &Books, batch: &Batch, sealed_at: Moment) -> Vec<u8> {
    let mut text = format!(
        "{}|{}|{}|{}\n",
        batch.message_id,
        sealed_at.0,
        batch.execution,
        batch.items.len()
    );
    for (id, number) in &batch.items {
        let Some(payout) = books.payout(id) else {
            continue;
        };
        let attempts = payout.attempts.iter();
        for attempt in attempts.filter(|attempt| attempt.number == *number) {
            let current = books.payee(&payout.key.uscc);
            let current = current.and_then(|payee| payee.current());
            let payee = attempt.payee.as_ref();
            let payee = payee.or(current.map(|version| &version.details));
            let account = payee.map_or("", |payee| payee.account.as_str());
            let (name, fen) = (&attempt.end_to_end_id, attempt.amount.fen());
            writeln!(text, "{name}|{fen}|{account}|{id}").unwrap();
        }
    }
    text.into_bytes()
}

/// The seals that the batch is to carry.
pub(crate) fn seals(batch: &Batch, bytes: &[u8]) -> Vec<FileSeal> {
    let name = format!("{}.txt", batch.message_id);
    let digest = Digest::of(bytes);
    vec![FileSeal { name, digest }]
}

/// What a bank reads in a file.
pub(crate) fn read(bytes: &[u8]) -> Vec<Instruction> {
    let text = std::str::from_utf8(bytes).unwrap();
    let lines = text.lines().skip(1).map(|line| {
        let parts: Vec<&str> = line.split('|').collect();
        Instruction {
            name: EndToEndId::new(parts[0]),
            fen: parts[1].parse().unwrap(),
            account: parts[2].to_owned(),
            payout: PayoutId::new(parts[3]),
        }
    });
    lines.collect()
}
