//! Where `make tools` puts `oidc-provider`.

use std::path::{Path, PathBuf};

/// The library, where it is installed; a missing one is a failure in CI.
pub(crate) fn library() -> Option<PathBuf> {
    let makefile = include_str!("../../../../../Makefile");
    let version = makefile.split("OIDC_PROVIDER_VERSION = ").nth(1);
    let version = version.and_then(|rest| rest.lines().next());
    let version = version.expect("the version that is installed");
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let folder = cache
        .or_else(home)?
        .join(format!("zhida/oidc-provider-{version}"));
    let library = folder.join("node_modules/oidc-provider/lib/index.js");
    if library.is_file() {
        return Some(library);
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "oidc-provider {version} is missing: run make tools");
    eprintln!("without oidc-provider {version}: its tests are skipped");
    None
}
