//! A folder of its own for one request: papers that were sent along, and what a verb writes.

use std::path::{Path, PathBuf};

use crate::store::encoding::hex;
use crate::web::{Server, WebFault};

/// A folder that goes when the request has ended.
pub(super) struct Room(PathBuf);

impl Room {
    /// An empty folder inside the data folder.
    ///
    /// # Errors
    /// A folder that cannot be made is a fault of the server.
    pub(super) fn new(server: &Server) -> Result<Self, WebFault> {
        let mut name = [0u8; 16];
        getrandom::fill(&mut name).map_err(WebFault::broken)?;
        let folder = server.folder.join("rooms").join(hex(&name));
        std::fs::create_dir_all(&folder).map_err(WebFault::broken)?;
        Ok(Self(folder))
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A folder inside, not yet there.
    pub(super) fn folder(&self, name: &'static str) -> PathBuf {
        self.0.join(name)
    }

    /// A file inside with this content.
    ///
    /// # Errors
    /// A file that cannot be written is a fault of the server.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, WebFault> {
        let path = self.0.join(own_name(name));
        std::fs::write(&path, bytes).map_err(WebFault::broken)?;
        Ok(path)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _what_stays_is_swept_by_the_next_start = std::fs::remove_dir_all(&self.0);
    }
}

/// A name that somebody sent as the name of a file here: nothing in it leads anywhere else.
fn own_name(name: &str) -> String {
    let kept = name.chars().filter(|letter| {
        letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '(' | ')' | '〔' | '〕')
    });
    let name: String = kept.take(60).collect();
    let name = name.trim_matches('.').to_owned();
    if name.is_empty() {
        "paper".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::own_name;

    #[test]
    fn a_name_that_was_sent_leads_nowhere_else() {
        let cases = [
            ("../../etc/passwd", "etcpasswd"),
            ("/etc/passwd", "etcpasswd"),
            ("..", "paper"),
            ("", "paper"),
            ("a\0b\nc", "abc"),
            ("异议书〔2026〕1号.pdf", "异议书〔2026〕1号.pdf"),
            ("C:\\x.txt", "Cx.txt"),
        ];
        for (sent, own) in cases {
            assert_eq!(own_name(sent), own, "{sent:?}");
        }
        assert_eq!(own_name(&"长".repeat(300)).chars().count(), 60);
    }
}
