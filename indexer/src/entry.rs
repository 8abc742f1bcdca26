//! What can be found: a policy, one of its articles, or one of its measures.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One thing that a search can find, with everything a list of results shows about it.
///
/// A plain value: the caller fills it from a checked policy. Fields that do not apply stay empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The id of the policy that this belongs to.
    pub policy_id: String,
    /// The title of that policy.
    pub policy_title: String,
    /// Whether this is the policy, an article or a measure, and its own name.
    pub subject: Subject,
    /// The text: of a policy its introduction, of a measure the article it stands under.
    pub text: String,
    /// The number of the published document, as printed: 襄政办发〔2025〕0号.
    pub document_number: String,
    /// Who issued the policy.
    pub issuer: String,
    /// The regions that contain it, from the province down to its own. A national policy has none.
    pub places: Vec<Place>,
    /// What the policy is about.
    pub topics: Vec<String>,
    /// How a measure is paid out.
    pub delivery: Option<Delivery>,
    /// The first day on which it is in force; without one it always was.
    pub effective: Option<Date>,
    /// The last day on which it is in force; without one it has no end.
    pub expires: Option<Date>,
    /// Amounts as a reader would write them: 50万元, 20%.
    pub amounts: Vec<String>,
    /// The source file.
    pub file: String,
    /// The line in the source file, from 1.
    pub line: u32,
}

/// What an entry is, with its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Subject {
    /// The published document as a whole; its name is the title of the policy.
    #[default]
    Policy,
    /// One clause.
    Article {
        /// 第八条
        label: String,
        /// 增长奖励
        heading: String,
    },
    /// One payable item.
    Measure {
        /// The label of the article it stands under.
        article: String,
        /// Its id inside the policy.
        id: String,
        /// Its name.
        name: String,
    },
}

/// The three kinds of entries, for filters and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A published document.
    Policy,
    /// One clause of it.
    Article,
    /// One payable item.
    Measure,
}

impl Kind {
    /// All kinds, in the order in which a policy lists them.
    pub const ALL: [Self; 3] = [Self::Policy, Self::Article, Self::Measure];

    /// The spelling inside the index and in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Article => "article",
            Self::Measure => "measure",
        }
    }
}

/// How a measure reaches the enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// 免申即享: paid without an application.
    NoApplication,
    /// 即申即享: paid after one confirming click.
    Instant,
    /// 申报: a person decides.
    Application,
}

impl Delivery {
    /// All ways of delivery.
    pub const ALL: [Self; 3] = [Self::NoApplication, Self::Instant, Self::Application];

    /// The spelling inside the index and in JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoApplication => "no-application",
            Self::Instant => "instant",
            Self::Application => "application",
        }
    }

    /// The word of the notation, which people search for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoApplication => "免申即享",
            Self::Instant => "即申即享",
            Self::Application => "申报",
        }
    }
}

/// A region by its code and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// GB/T 2260 prefix, or a functional zone's own code.
    pub code: String,
    /// 襄阳市
    pub name: String,
}

impl Entry {
    /// The kind of the entry.
    pub fn kind(&self) -> Kind {
        match self.subject {
            Subject::Policy => Kind::Policy,
            Subject::Article { .. } => Kind::Article,
            Subject::Measure { .. } => Kind::Measure,
        }
    }

    /// The name of the entry itself: the title, the article's label and heading, or the
    /// measure's name.
    pub fn heading(&self) -> String {
        match &self.subject {
            Subject::Policy => self.policy_title.clone(),
            Subject::Article { label, heading } => match (label.as_str(), heading.as_str()) {
                ("", only) | (only, "") => only.to_owned(),
                (label, heading) => format!("{label} {heading}"),
            },
            Subject::Measure { name, .. } => name.clone(),
        }
    }

    /// A stable order of all entries: by policy, kind, line and name.
    ///
    /// Equal scores are listed in this order, so it must not depend on when an entry was indexed.
    pub fn key(&self) -> String {
        let name = match &self.subject {
            Subject::Policy => "",
            Subject::Article { label, .. } => label,
            Subject::Measure { id, .. } => id,
        };
        let rank = match self.kind() {
            Kind::Policy => 0,
            Kind::Article => 1,
            Kind::Measure => 2,
        };
        format!("{}/{rank}/{:010}/{name}", self.policy_id, self.line)
    }

    /// The code of the entry's own region, empty for a national one.
    pub fn region(&self) -> &str {
        self.places.last().map_or("", |place| &place.code)
    }
}

/// The digest of what the index holds of one policy.
///
/// # Errors
/// When an entry cannot be written as JSON.
pub(crate) fn digest_of(entries: &[&Entry]) -> Result<String, serde_json::Error> {
    let mut hash = Sha256::new();
    for entry in entries {
        let json = serde_json::to_vec(entry)?;
        hash.update(json.len().to_string());
        hash.update(b":");
        hash.update(&json);
    }
    Ok(hex(&hash.finalize()))
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
