//! What the verbs of a bureau read besides the books: its settings, and a sweep with its facts.

use std::path::PathBuf;

use super::acts::Scratch;
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

/// The last sweep with its snapshot and its day, behind a verb that computes it again.
///
/// # Errors
/// Refused where there is no sweep yet.
pub(super) async fn sweep(ask: &Ask, typed: Typed) -> Result<Typed, WebFault> {
    let material = ask.server.material();
    let found = material.as_ref().and_then(|all| {
        let (folder, _) = all.sweep.as_ref()?;
        Some((folder.clone(), all.folder.clone(), all.context))
    });
    let (folder, snapshot, context) = found.ok_or_else(|| {
        WebFault::refused(None, "还没有清算结果;请先在“清算”页面清算一次")
    })?;
    Ok(typed
        .of(folder.display())
        .option("--snapshot", snapshot.display())
        .option("--year", context.year)
        .option("--as-of", context.as_of))
}
