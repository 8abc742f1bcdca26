//! An act as a form on a page.

use super::{Act, Goes, Input, Weight, Word};
use crate::web::Page;

/// A value that can be picked, and what it is called.
#[derive(Clone, Debug)]
pub(in crate::console) struct Choice {
    /// The value.
    pub(in crate::console) value: String,
    /// What it is called.
    pub(in crate::console) label: String,
}

/// One field of a form.
#[derive(Clone, Debug)]
pub(in crate::console) struct Field {
    /// Its name.
    pub(in crate::console) name: &'static str,
    /// Its name on the page.
    pub(in crate::console) id: String,
    /// What stands beside it.
    pub(in crate::console) label: &'static str,
    /// What to know.
    pub(in crate::console) hint: &'static str,
    /// How it is filled in: text, money, number, date, file, tick, pick.
    pub(in crate::console) kind: &'static str,
    /// Whether it must be filled in.
    pub(in crate::console) is_needed: bool,
    /// What it holds already.
    pub(in crate::console) value: String,
    /// What can be picked.
    pub(in crate::console) choices: Vec<Choice>,
}

/// An act that is offered on a page.
#[derive(Clone, Debug)]
pub(in crate::console) struct Offer {
    /// What its button says.
    pub(in crate::console) title: &'static str,
    /// What to know before.
    pub(in crate::console) hint: &'static str,
    /// Where it is posted.
    pub(in crate::console) action: String,
    /// Whether a file comes with it.
    pub(in crate::console) has_files: bool,
    /// Whether it ends something.
    pub(in crate::console) is_grave: bool,
    /// Whether a second factor is asked for.
    pub(in crate::console) is_money: bool,
    /// What people fill in.
    pub(in crate::console) fields: Vec<Field>,
    /// What the page fills in.
    pub(in crate::console) hidden: Vec<(&'static str, String)>,
}

impl Offer {
    /// The form of an act; nothing for whoever may not.
    ///
    /// `path` gives the names in the path of the act, in their order.
    pub(in crate::console) fn of(act: &'static Act, page: &Page, path: &[&str]) -> Option<Self> {
        if !page.is_any(act.roles) {
            return None;
        }
        let mut action = String::new();
        let mut names = path.iter();
        for part in act.path.split('/').skip(1) {
            action.push('/');
            match part.starts_with('{') {
                true => action.push_str(names.next().copied().unwrap_or_default()),
                false => action.push_str(part),
            }
        }
        let seen = act.words.iter().filter(|word| word.input != Input::Unseen);
        let key = path.join("-");
        Some(Self {
            title: act.title,
            hint: act.hint,
            action,
            has_files: act.has_files(),
            is_grave: act.weight == Weight::Grave,
            is_money: act.weight == Weight::Money,
            fields: seen.map(|word| Field::of(act, word, &key)).collect(),
            hidden: Vec::new(),
        })
    }

    /// With something that the page fills in.
    pub(in crate::console) fn hiding(mut self, name: &'static str, value: impl ToString) -> Self {
        self.hidden.push((name, value.to_string()));
        self.fields.retain(|field| field.name != name);
        self
    }

    /// With a field that is filled in already, and can be changed.
    pub(in crate::console) fn filled(mut self, name: &str, value: impl ToString) -> Self {
        for field in &mut self.fields {
            if field.name == name {
                field.value = value.to_string();
            }
        }
        self
    }

    /// With what can be picked for a field.
    pub(in crate::console) fn offering(mut self, name: &str, choices: Vec<Choice>) -> Self {
        for field in &mut self.fields {
            if field.name == name {
                field.choices.clone_from(&choices);
            }
        }
        self
    }

    /// Whether there is nothing to fill in.
    pub(in crate::console) fn is_button(&self) -> bool {
        self.fields.is_empty()
    }
}

impl Field {
    fn of(act: &'static Act, word: &'static Word, key: &str) -> Self {
        let mut choices = Vec::new();
        if let Input::Pick(picks) = word.input {
            choices.extend(picks.iter().map(|(value, label)| Choice {
                value: (*value).to_owned(),
                label: (*label).to_owned(),
            }));
        }
        let kind = match word.input {
            Input::Unseen | Input::Line | Input::Maybe => "text",
            Input::Yuan => "money",
            Input::Number => "number",
            Input::Day => "date",
            Input::File => "file",
            Input::Tick => "tick",
            Input::Pick(_) | Input::Offered => "pick",
        };
        let is_ticked = matches!(word.goes, Goes::Flag(_));
        Self {
            name: word.field,
            id: format!("{}-{key}-{}", act.name, word.field),
            label: word.label,
            hint: word.hint,
            kind,
            is_needed: word.input != Input::Maybe && !is_ticked,
            value: String::new(),
            choices,
        }
    }
}
