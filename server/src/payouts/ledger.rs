//! What was paid, as a file between the payouts and the next snapshot: a sweep that does not know
//! of it would award it again.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zhida_engine::payouts::{AttemptState, Payout};
use zhida_engine::snapshot::{Ledger, LedgerEntry};
use zhida_policies::measure::MeasureRef;
use zhida_policies::values::{Date, Money};

use crate::failure::Failure;

/// The first line of a file.
#[derive(Debug, Deserialize, Serialize)]
struct Head {
    /// The version of the form.
    ledger: u32,
    /// The log when it was read: its size and root.
    position: String,
    /// How many lines follow, so that half a file is seen.
    entries: usize,
}

/// The version of the form.
const FORMAT: u32 = 1;

/// One line: fen, and the day on which the money moved.
#[derive(Debug, Deserialize, Serialize)]
struct Line {
    uscc: String,
    measure: String,
    award_year: i32,
    paid_on: Date,
    fen: i64,
}

/// What a payout moved, returns taken off, and what of it came back for a claim.
fn lines_of(payout: &Payout) -> Vec<Line> {
    let award_year = i32::from(payout.terms.award_date.year());
    let changed = payout.since.business_date();
    let line = |paid_on, amount: Money| Line {
        uscc: payout.key.uscc.to_string(),
        measure: payout.key.measure.clone(),
        award_year,
        paid_on,
        fen: amount.fen(),
    };
    // Disputed money lies in 未达 until somebody has found what it is.
    let attempts = payout.attempts.iter();
    let attempts = attempts.filter(|attempt| attempt.state() != AttemptState::Disputed);
    let attempts =
        attempts.map(|attempt| line(attempt.moved_on().unwrap_or(changed), attempt.moved()));
    let back = payout.claims.iter().fold(0i64, |back, claim| {
        let settled = claim.recovered.fen().saturating_add(claim.offset.fen());
        back.saturating_sub(settled)
    });
    let rest = [payout.offset, Money::from_fen(back)].map(|amount| line(changed, amount));
    attempts.chain(rest).filter(|line| line.fen != 0).collect()
}

/// The lines of what was paid, gathered from payouts that come a page at a time.
#[derive(Debug, Default)]
pub(crate) struct Paid {
    lines: Vec<u8>,
    entries: usize,
}

impl Paid {
    /// With what these payouts moved.
    pub(crate) fn add(&mut self, payouts: &[Payout]) -> Result<(), Failure> {
        for line in payouts.iter().flat_map(lines_of) {
            self.lines.push(b'\n');
            let written = serde_json::to_writer(&mut self.lines, &line);
            written.map_err(|error| Failure::bad_data(error.to_string(), ""))?;
            self.entries = self.entries.saturating_add(1);
        }
        Ok(())
    }

    /// All of it as a file, and how many lines there are.
    pub(crate) fn finish(self, position: String) -> Result<(Vec<u8>, usize), Failure> {
        let head = Head {
            ledger: FORMAT,
            position,
            entries: self.entries,
        };
        let text = serde_json::to_vec(&head);
        let mut text = text.map_err(|error| Failure::bad_data(error.to_string(), ""))?;
        text.extend(self.lines);
        text.push(b'\n');
        Ok((text, self.entries))
    }
}

/// Reads what was paid, for a snapshot.
pub(crate) fn read(path: &Path) -> Result<Ledger, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, "读取", &error);
    let unreadable = |place: usize, reason: String| {
        Failure::bad_data(
            format!("{} 第 {place} 行读不出来:{reason}", path.display()),
            "请用 zhida payout ledger 写出的文件,不要改动",
        )
    };
    let mut lines = BufReader::new(File::open(path).map_err(failed)?).lines();
    let first = lines
        .next()
        .transpose()
        .map_err(failed)?
        .unwrap_or_default();
    let head: Head =
        serde_json::from_str(&first).map_err(|error| unreadable(1, error.to_string()))?;
    if head.ledger != FORMAT {
        return Err(unreadable(1, format!("不认识第 {} 版的写法", head.ledger)));
    }
    let mut entries = Vec::new();
    for (place, text) in (2..).zip(lines) {
        let text = text.map_err(failed)?;
        let line: Line =
            serde_json::from_str(&text).map_err(|error| unreadable(place, error.to_string()))?;
        entries.push(LedgerEntry {
            uscc: Arc::from(line.uscc),
            measure: MeasureRef(Arc::from(line.measure)),
            award_year: line.award_year,
            paid_on: line.paid_on,
            amount: Money::from_fen(line.fen),
        });
    }
    if entries.len() != head.entries {
        return Err(Failure::bad_data(
            format!(
                "{} 应有 {} 笔,只有 {} 笔",
                path.display(),
                head.entries,
                entries.len()
            ),
            "文件不完整;请用 zhida payout ledger 重新写出",
        ));
    }
    Ledger::new(entries, head.position)
        .map_err(|error| Failure::bad_data(error.to_string(), "请核对付款记录"))
}
