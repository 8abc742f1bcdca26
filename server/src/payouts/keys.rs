//! Idempotency keys of the command line.

use crate::failure::Failure;

/// The key of each order of one call: given by the caller, so that a repeated call does nothing
/// twice, or made up anew.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    root: String,
    next: u32,
}

impl Keys {
    /// Keys under a name that the caller gave, or under one that nobody else has.
    pub(crate) fn new(given: Option<&str>) -> Result<Self, Failure> {
        let root = match given {
            Some(given) => given.to_owned(),
            None => made_up()?,
        };
        Ok(Self { root, next: 0 })
    }

    /// The key of the next order.
    pub(crate) fn next(&mut self) -> String {
        let key = format!("{}/{}", self.root, self.next);
        self.next = self.next.saturating_add(1);
        key
    }

    /// A name for something new: the same for the same call.
    pub(crate) fn name(&self, prefix: &str) -> String {
        let digest = zhida_engine::payouts::Digest::of(self.root.as_bytes());
        let short: String = digest.as_str().chars().take(12).collect();
        format!("{prefix}{}", short.to_uppercase())
    }
}

fn made_up() -> Result<String, Failure> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::bad_data(
            format!("无法取得随机数:{error}"),
            "请检查系统的随机数设备,或用 --key 给出幂等键",
        )
    })?;
    let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
    Ok(hex.collect())
}
