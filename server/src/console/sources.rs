//! What the verbs of a bureau read besides the books: its settings, and a sweep with its facts.

use std::path::PathBuf;

use crate::materials::{self, MaterialKind};
use crate::scratch::Scratch;
use crate::web::{Ask, Typed, WebFault};

/// The settings of the bureau of whoever acts, as a file.
///
/// # Errors
/// Refused where the server has none.
pub(super) fn settings(ask: &Ask, scratch: &Scratch) -> Result<PathBuf, WebFault> {
    let bureau = &ask.session()?.user.bureau;
    let settings = ask.server.bureau(bureau).ok_or_else(|| {
        WebFault::refused(
            None,
            format!("服务没有“{bureau}”的单位设置;请系统管理员在启动服务时加上"),
        )
    })?;
    let text = toml::to_string(settings).map_err(WebFault::broken)?;
    let path = scratch.path().join("bureau.toml");
    std::fs::write(&path, text).map_err(WebFault::broken)?;
    Ok(path)
}

/// A sweep with its snapshot and its day, behind a verb that computes it again: the one that is
/// named, or the last.
///
/// # Errors
/// Refused where there is no sweep yet; missing where there is none of that name.
pub(super) async fn sweep(ask: &Ask, named: Option<&str>, typed: Typed) -> Result<Typed, WebFault> {
    let store = &ask.server.store;
    let sweeps = materials::list(store, MaterialKind::Sweep).await?;
    let wanted = match named {
        Some(digest) => {
            let found = sweeps.into_iter().find(|sweep| sweep.digest == digest);
            found.ok_or_else(WebFault::missing)?
        }
        None => sweeps
            .into_iter()
            .next()
            .ok_or_else(|| WebFault::refused(None, "还没有清算结果;请先在“清算”页面清算一次"))?,
    };
    let snapshots = materials::list(store, MaterialKind::Snapshot).await?;
    let snapshot = snapshots
        .into_iter()
        .find(|one| one.digest == wanted.snapshot);
    let snapshot = snapshot.ok_or_else(|| {
        WebFault::refused(
            None,
            format!(
                "登记册里没有这次清算所用的快照 {};请先导入它",
                wanted.snapshot
            ),
        )
    })?;
    let data = &ask.server.folder;
    Ok(typed
        .of(data.join(&wanted.folder).display())
        .option("--snapshot", data.join(&snapshot.folder).display())
        .option("--year", wanted.year)
        .option("--as-of", &wanted.as_of))
}
