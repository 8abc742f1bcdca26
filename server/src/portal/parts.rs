//! What several pages of the portal share.

use std::sync::Arc;

use askama::Template;
use zhida_engine::explain::{ExplanationStep, StepState};
use zhida_indexer::Snippet;
use zhida_policies::values::Uscc;

use crate::failure::Failure;
use crate::views::my_measures::Looking;
use crate::web::{Ask, Page, WebFault};

/// A stretch of text, and whether it is marked.
pub(super) type Stretch = (bool, String);

/// The stretches of a snippet, in order.
pub(super) fn stretches(snippet: &Snippet) -> Vec<Stretch> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut push = |is_marked: bool, text: &str| {
        if !text.is_empty() {
            found.push((is_marked, text.to_owned()));
        }
    };
    for mark in &snippet.marks {
        push(
            false,
            snippet.text.get(from..mark.start).unwrap_or_default(),
        );
        push(true, snippet.text.get(mark.clone()).unwrap_or_default());
        from = mark.end;
    }
    push(false, snippet.text.get(from..).unwrap_or_default());
    found
}

/// A text as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            found.push(char::from(byte));
        } else {
            found.push_str(&format!("%{byte:02X}"));
        }
    }
    found
}

/// An address with its questions.
pub(super) fn address<'a>(
    path: &str,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> String {
    let pairs = pairs.into_iter();
    let pairs = pairs.map(|(key, value)| format!("{}={}", encoded(key), encoded(value)));
    let pairs: Vec<String> = pairs.collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", pairs.join("&")),
    }
}

/// The enterprise that the visitor acts for.
pub(super) fn enterprise(ask: &Ask) -> Result<Uscc, WebFault> {
    ask.session()?.enterprise().ok_or_else(WebFault::forbidden)
}

/// Does something with policies and facts on a thread that may take its time; nothing where
/// there are no facts yet, or none of this enterprise.
pub(super) async fn looking<T, F>(ask: &Ask, uscc: Uscc, work: F) -> Result<Option<T>, WebFault>
where
    T: Send + 'static,
    F: FnOnce(&Looking, usize) -> Result<T, Failure> + Send + 'static,
{
    let Some(material) = ask.server.material() else {
        return Ok(None);
    };
    let looking = Looking {
        published: ask.server.published(),
        material: Arc::clone(&material),
    };
    let Some(row) = material.snapshot.find(uscc.as_str()) else {
        return Ok(None);
    };
    let ran = tokio::task::spawn_blocking(move || work(&looking, row));
    let ran = ran.await.map_err(WebFault::broken)?;
    ran.map(Some).map_err(WebFault::from)
}

/// The steps of an explanation as a list within a list.
#[derive(Template)]
#[template(path = "portal/trace.html")]
pub(super) struct Trace<'a> {
    page: &'a Page,
    steps: &'a [ExplanationStep],
    depth: usize,
}

impl<'a> Trace<'a> {
    /// Of these steps.
    pub(super) fn of(page: &'a Page, steps: &'a [ExplanationStep]) -> Self {
        Self {
            page,
            steps,
            depth: 0,
        }
    }

    /// The steps below one.
    fn below(&self, step: &'a ExplanationStep) -> Result<String, askama::Error> {
        let below = Self {
            page: self.page,
            steps: &step.children,
            depth: self.depth.saturating_add(1),
        };
        below.render()
    }
}
