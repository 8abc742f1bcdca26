//! Idempotency keys of the command line.

use std::collections::BTreeMap;

use zhida_engine::payouts::{Actor, Command, Digest};

use crate::failure::Failure;

/// The keys of one call: under a name that the caller gave, so that a repeated call does nothing
/// twice, or under one that nobody else has.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    root: String,
    given: BTreeMap<Digest, u32>,
}

impl Keys {
    /// Keys under a name that the caller gave, or under one that nobody else has.
    pub(crate) fn new(given: Option<&str>) -> Result<Self, Failure> {
        match given {
            Some(given) => Ok(Self::under(given)),
            None => Ok(Self::under(&made_up()?)),
        }
    }

    /// Keys under a name.
    pub(crate) fn under(root: &str) -> Self {
        Self {
            root: root.to_owned(),
            given: BTreeMap::new(),
        }
    }

    /// The key of an order. It follows from what is ordered, so that a call that was killed in the
    /// middle and goes another way when it is repeated still knows what it has done.
    pub(crate) fn of(&mut self, actor: &Actor, command: &Command) -> Result<String, Failure> {
        let bytes = serde_json::to_vec(&(actor, command)).map_err(|error| {
            Failure::bad_data(format!("指令无法记录:{error}"), "请把这条命令告诉我们")
        })?;
        let digest = Digest::of(&bytes);
        let times = self.given.entry(digest.clone()).or_default();
        *times = times.saturating_add(1);
        let short = digest.as_str().get(..32).unwrap_or_default();
        Ok(format!("{}/{short}/{times}", self.root))
    }

    /// A name for something new: the same for the same call.
    pub(crate) fn name(&self, prefix: &str) -> String {
        let digest = Digest::of(self.root.as_bytes());
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
