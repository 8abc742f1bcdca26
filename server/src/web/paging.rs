//! Long lists come a page at a time; where the next page begins is a cursor.

use serde::Deserialize;

use super::fault::WebFault;

/// How many rows a page holds at most.
pub(crate) const PAGE_MAX: u32 = 200;
/// How many rows a page holds where nobody says.
const PAGE_USUAL: u32 = 50;

/// Where a page begins, and how long it is: `?after=…&limit=…`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Cursor {
    /// The last name of the page before.
    #[serde(default)]
    pub(crate) after: Option<String>,
    /// How many rows.
    #[serde(default)]
    pub(crate) limit: Option<u32>,
}

impl Cursor {
    /// How many rows are asked for.
    ///
    /// # Errors
    /// A bad request where it is none or more than [`PAGE_MAX`].
    pub(crate) fn limit(&self) -> Result<u32, WebFault> {
        match self.limit {
            None => Ok(PAGE_USUAL),
            Some(limit) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
            Some(limit) => Err(WebFault::bad(
                format!("limit={limit} 超出范围"),
                format!("每页 1 到 {PAGE_MAX} 条"),
            )),
        }
    }

    /// The name after which the page begins; the empty text is before all names.
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// Whether there is a page before.
    pub(crate) fn is_first(&self) -> bool {
        self.after().is_empty()
    }
}
