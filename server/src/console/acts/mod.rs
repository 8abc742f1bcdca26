//! What can be done on the pages of a bureau: each act is one verb of the desk with its fields.
//!
//! # Shape
//! An [`Act`] is a row of [`list`]: where it is posted, who may, which verb runs, and which words
//! the fields become. One handler runs them all ([`run`]), one template draws their forms
//! ([`offer`]); so a page shows a form exactly where its act is allowed.

pub(super) mod list;
mod offer;
mod run;
mod subject;

use zhida_engine::payouts::{PayoutState, Role};

pub(super) use offer::{Choice, Offer};
pub(super) use run::{Done, Given, answered, places};
pub(super) use subject::{Names, lies_within};

/// One thing that can be done.
pub(super) struct Act {
    /// Its name, unique among all.
    pub(super) name: &'static str,
    /// Where it is posted.
    pub(super) path: &'static str,
    /// Where to go on.
    pub(super) back: &'static str,
    /// What its button says.
    pub(super) title: &'static str,
    /// What to know before.
    pub(super) hint: &'static str,
    /// Who may.
    pub(super) roles: &'static [Role],
    /// What it weighs.
    pub(super) weight: Weight,
    /// The states in which it begins; none where states do not matter.
    pub(super) states: &'static [PayoutState],
    /// The verb.
    pub(super) verb: &'static str,
    /// Its words.
    pub(super) words: &'static [Word],
}

/// What an act weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// A step like others.
    Usual,
    /// It ends something.
    Grave,
    /// Money goes: a second factor first.
    Money,
}

/// One field of a form, and what it becomes of the verb.
pub(super) struct Word {
    /// The name of the field.
    pub(super) field: &'static str,
    /// What it becomes.
    pub(super) goes: Goes,
    /// What it names, which must lie within sight.
    pub(super) names: Names,
    /// What stands beside it.
    pub(super) label: &'static str,
    /// How it is filled in.
    pub(super) input: Input,
    /// What to know.
    pub(super) hint: &'static str,
}

/// What a field becomes.
#[derive(Clone, Copy)]
pub(super) enum Goes {
    /// Stands for itself.
    Itself,
    /// The value of an option.
    Option(&'static str),
    /// A flag, where it is ticked.
    Flag(&'static str),
    /// One of these flags, by the value that was picked.
    OneOf(&'static [(&'static str, &'static str)]),
    /// An uploaded file, by its path.
    File,
    /// An uploaded file, as the value of an option.
    Paper(&'static str),
    /// The bureau of whoever acts.
    OwnBureau(&'static str),
    /// A folder of the server.
    Folder(&'static str, &'static str),
    /// The settings of the bureau of whoever acts.
    Settings,
    /// The sweep, with its snapshot and its day.
    Sweep,
    /// Everything that a filter leaves of what stands in these states.
    Filtered(&'static [PayoutState]),
    /// A filter that the verb applies itself: what it leaves is counted first.
    Counted(&'static [PayoutState]),
}

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// By the page, or not at all.
    Unseen,
    /// One line.
    Line,
    /// One line that may stay empty.
    Maybe,
    /// Yuan.
    Yuan,
    /// A whole number.
    Number,
    /// A day.
    Day,
    /// A file.
    File,
    /// Ticked or not.
    Tick,
    /// One of these: value and label.
    Pick(&'static [(&'static str, &'static str)]),
    /// One of what the page offers.
    Offered,
}

impl Act {
    /// Whether a file comes with it.
    pub(super) fn has_files(&self) -> bool {
        let mut words = self.words.iter();
        words.any(|word| matches!(word.goes, Goes::File | Goes::Paper(_)))
    }
}

impl Word {
    /// A field.
    const fn new(field: &'static str, goes: Goes, label: &'static str, input: Input) -> Self {
        Self {
            field,
            goes,
            names: Names::Nothing,
            label,
            input,
            hint: "",
        }
    }

    /// What the path names.
    const fn of_path(field: &'static str, names: Names) -> Self {
        Self {
            field,
            goes: Goes::Itself,
            names,
            label: "",
            input: Input::Unseen,
            hint: "",
        }
    }

    /// What the server adds itself.
    const fn added(goes: Goes) -> Self {
        Self::new("", goes, "", Input::Unseen)
    }

    /// With what must lie within sight.
    const fn naming(mut self, names: Names) -> Self {
        self.names = names;
        self
    }

    /// With what to know.
    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }
}
