//! What an installation decides about itself, in one file: how it serves, who signs in how.
//!
//! # Shape
//! TOML with the parts `[serve]` and `[daily]` (docs/serving.md), `[accounts]` and `[identity]`
//! (docs/accounts.md), and `[messages]` (docs/messages.md); what is left out is as those parts say.
//! A part that nobody knows is refused.

#[cfg(feature = "openid")]
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::accounts::AccountSettings;
#[cfg(feature = "openid")]
use crate::accounts::openid::{Service, ServiceSettings, Services};
use crate::daily::DailySettings;
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
    /// By which identity services people may sign in.
    #[cfg(feature = "openid")]
    pub(crate) identity: BTreeMap<String, ServiceSettings>,
    /// The same, where the program cannot.
    #[cfg(not(feature = "openid"))]
    identity: Option<toml::Table>,
    /// What is done once a day.
    pub(crate) daily: DailySettings,
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
        let read: Self = toml::from_str(&text).map_err(|error| {
            Failure::bad_data(
                format!("{} 不是安装配置:{error}", path.display()),
                "写法见 docs/serving.md",
            )
        })?;
        #[cfg(not(feature = "openid"))]
        if read.identity.is_some() {
            return Err(Failure::usage(
                format!(
                    "{} 有 [identity],这个程序不能用身份服务登录",
                    path.display()
                ),
                "请改用编入了 openid 的程序,或去掉这一部分",
            ));
        }
        Ok(read)
    }

    /// The identity services, ready to be asked.
    ///
    /// # Errors
    /// What is wrong with their settings or files.
    #[cfg(feature = "openid")]
    pub(crate) fn services(&self) -> Result<Services, Failure> {
        let services = self.identity.iter().map(|(name, settings)| {
            let service = Service::new(name, settings.clone())?;
            Ok((name.clone(), std::sync::Arc::new(service)))
        });
        services.collect()
    }
}
