//! Chinese first, English on request, from one catalogue.
//!
//! The Chinese text is the key: templates read as they will be read. `server/words/*.toml` hold
//! `"中文" = "English"`; a test finds what a template says and no catalogue has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Language {
    /// 中文.
    #[default]
    Chinese,
    /// English.
    English,
}

/// The catalogues, by area.
const CATALOGUES: [(&str, &str); 7] = [
    ("common", include_str!("../../words/common.toml")),
    ("accounts", include_str!("../../words/accounts.toml")),
    ("portal", include_str!("../../words/portal.toml")),
    ("console", include_str!("../../words/console.toml")),
    ("audit", include_str!("../../words/audit.toml")),
    (
        "administration",
        include_str!("../../words/administration.toml"),
    ),
    ("messages", include_str!("../../words/messages.toml")),
];

static ENGLISH: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    for (area, text) in CATALOGUES {
        match toml::from_str::<BTreeMap<String, String>>(text) {
            Ok(words) => all.extend(words),
            Err(error) => tracing::error!(area, %error, "catalogue cannot be read"),
        }
    }
    all
});

impl Language {
    /// The tag of BCP 47.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The language of a tag.
    pub(crate) fn of_tag(tag: &str) -> Self {
        if tag.trim().starts_with("en") {
            Self::English
        } else {
            Self::Chinese
        }
    }
}

/// A text in a language; the Chinese where there is no other.
pub(crate) fn translated(text: &str, language: Language) -> &str {
    match language {
        Language::Chinese => text,
        Language::English => ENGLISH.get(text).map_or(text, String::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_catalogue_can_be_read() {
        for (area, text) in CATALOGUES {
            let words = toml::from_str::<BTreeMap<String, String>>(text);
            assert!(words.is_ok(), "{area}: {words:?}");
        }
    }

    #[test]
    fn every_word_of_a_template_has_its_english() {
        let mut missing = Vec::new();
        visit(
            std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")),
            &mut |text| {
                for said in text.split("page.t(\"").skip(1) {
                    let said = said.split('"').next().unwrap();
                    if !ENGLISH.contains_key(said) {
                        missing.push(said.to_owned());
                    }
                }
            },
        );
        assert!(missing.is_empty(), "no English for {missing:?}");
    }

    fn visit(folder: &std::path::Path, see: &mut impl FnMut(&str)) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, see);
            } else {
                see(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}
