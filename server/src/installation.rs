//! What an installation decides about itself, in one file: how it serves, who signs in how.
//!
//! # Shape
//! TOML with the parts `[serve]` (docs/serving.md), `[accounts]` and `[messages]`
//! (docs/messages.md); what is left out is as those parts say. A part that nobody knows is refused.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::accounts::AccountSettings;
use crate::failure::Failure;
use crate::messages::MessageSettings;
use crate::serve::ServeSettings;

/// The settings of an installation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Installation {
    /// How it listens, and what it allows its clients.
    pub(crate) serve: ServeSettings,
    /// Passwords, second factors, sessions.
    pub(crate) accounts: AccountSettings,
    /// By which ways messages leave the house.
    pub(crate) messages: MessageSettings,
}

impl Installation {
    /// Reads the file; without one everything is as it usually is.
    ///
    /// # Errors
    /// What cannot be read, and where.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(path).map_err(|error| Failure::file(path, "读取", &error))?;
        toml::from_str(&text).map_err(|error| {
            Failure::bad_data(
                format!("{} 不是安装配置:{error}", path.display()),
                "写法见 docs/serving.md",
            )
        })
    }
}
