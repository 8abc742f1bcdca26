//! Marks what was asked for in the text as it was published.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;

use crate::normal::Normal;

/// Length of a snippet in characters; it may start up to a sentence earlier.
const SNIPPET_CHARACTERS: usize = 90;
/// How far back the start of a sentence is looked for.
const LEAD_CHARACTERS: usize = 24;
/// Matches of one text that are looked at.
const MATCHES_MAX: usize = 300;

/// A stretch of text with the parts to be marked. Plain text: who shows it must escape it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Snippet {
    /// The stretch, exactly as in the original.
    pub text: String,
    /// Bytes of `text` to mark, in order, apart from each other.
    pub marks: Vec<Range<usize>>,
    /// Whether the original goes on before the stretch.
    pub cut_before: bool,
    /// Whether the original goes on after the stretch.
    pub cut_after: bool,
}

impl Snippet {
    /// The marked parts.
    pub fn marked(&self) -> Vec<&str> {
        self.marks
            .iter()
            .filter_map(|mark| self.text.get(mark.clone()))
            .collect()
    }
}

/// One thing that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needle {
    /// Normal texts, each of which says it.
    pub(crate) texts: Vec<String>,
    /// Marked only where none of the texts is found: they are ordinary words like 企业.
    pub(crate) pieces: Vec<String>,
}

impl Needle {
    /// A needle without pieces.
    pub(crate) fn of(texts: Vec<String>) -> Self {
        Self {
            texts,
            pieces: Vec::new(),
        }
    }
}

/// A place in the original where something that was asked for was found.
struct Match<'a> {
    bytes: Range<usize>,
    text: &'a str,
}

/// A whole text with all marks.
pub(crate) fn whole(original: &str, needles: &[Needle]) -> Snippet {
    let matches = find(original, needles);
    cut(original, 0..original.len(), &matches)
}

/// The stretch of a text with the most, and the longest, of the needles.
pub(crate) fn best(original: &str, needles: &[Needle]) -> Snippet {
    let matches = find(original, needles);
    let mut best = stretch_from(original, 0);
    let mut best_weight = weight(&matches, &best);
    for found in &matches {
        let stretch = stretch_from(original, sentence_start(original, found.bytes.start));
        let weight = weight(&matches, &stretch);
        if weight > best_weight {
            (best, best_weight) = (stretch, weight);
        }
    }
    cut(original, best, &matches)
}

/// All places where a needle stands, in the order of the text.
fn find<'a>(original: &str, needles: &'a [Needle]) -> Vec<Match<'a>> {
    let normal = Normal::of(original);
    let mut matches = Vec::new();
    for needle in needles {
        let before = matches.len();
        find_texts(&normal, &needle.texts, &mut matches);
        if matches.len() == before {
            find_texts(&normal, &needle.pieces, &mut matches);
        }
    }
    matches.sort_by_key(|found| (found.bytes.start, found.bytes.end));
    matches.truncate(MATCHES_MAX);
    matches
}

fn find_texts<'a>(normal: &Normal, texts: &'a [String], matches: &mut Vec<Match<'a>>) {
    for text in texts.iter().filter(|text| !text.trim().is_empty()) {
        for (start, _) in normal.text().match_indices(text.as_str()).take(MATCHES_MAX) {
            let bytes = start..start.saturating_add(text.len());
            if !inside_latin_run(normal.text(), &bytes)
                && let Some(bytes) = normal.original(&bytes)
            {
                matches.push(Match { bytes, text });
            }
        }
    }
}

/// Whether the bytes cut a number or Latin word in two: 50 is not in 150.
fn inside_latin_run(text: &str, bytes: &Range<usize>) -> bool {
    let letter = |at: Option<usize>| {
        at.and_then(|at| text.as_bytes().get(at))
            .is_some_and(u8::is_ascii_alphanumeric)
    };
    let first = bytes.start;
    let last = bytes.end.checked_sub(1);
    (letter(first.checked_sub(1)) && letter(Some(first)))
        || (letter(Some(bytes.end)) && letter(last))
}

/// Distinct texts inside a stretch, longer ones counting more.
fn weight(matches: &[Match<'_>], stretch: &Range<usize>) -> usize {
    let inside =
        |found: &&Match<'_>| stretch.start <= found.bytes.start && found.bytes.end <= stretch.end;
    let found: BTreeSet<&str> = matches
        .iter()
        .filter(inside)
        .map(|found| found.text)
        .collect();
    found
        .iter()
        .fold(0, |sum, text| sum.saturating_add(text.chars().count()))
}

fn stretch_from(original: &str, start: usize) -> Range<usize> {
    let rest = original.get(start..).unwrap_or_default();
    let length = rest
        .char_indices()
        .nth(SNIPPET_CHARACTERS)
        .map_or(rest.len(), |(at, _)| at);
    start..start.saturating_add(length)
}

/// Where the sentence of a match starts, or a little before the match if that is far away.
fn sentence_start(original: &str, at: usize) -> usize {
    let before = original.get(..at).unwrap_or_default();
    let mut start = at;
    for (byte, letter) in before.char_indices().rev().take(LEAD_CHARACTERS) {
        if "。;；!！?？\n".contains(letter) {
            return start;
        }
        start = byte;
    }
    start
}

fn cut(original: &str, stretch: Range<usize>, matches: &[Match<'_>]) -> Snippet {
    let mut marks: Vec<Range<usize>> = Vec::new();
    for found in matches {
        if found.bytes.start < stretch.start || found.bytes.end > stretch.end {
            continue;
        }
        let start = found.bytes.start.saturating_sub(stretch.start);
        let end = found.bytes.end.saturating_sub(stretch.start);
        match marks.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => marks.push(start..end),
        }
    }
    Snippet {
        cut_before: stretch.start > 0,
        cut_after: stretch.end < original.len(),
        text: original.get(stretch).unwrap_or_default().to_owned(),
        marks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn needles(texts: &[&str]) -> Vec<Needle> {
        texts
            .iter()
            .map(|&text| Needle::of(vec![text.to_owned()]))
            .collect()
    }

    #[track_caller]
    fn check(original: &str, wanted: &[&str], marked: &[&str]) {
        assert_eq!(whole(original, &needles(wanted)).marked(), marked);
    }

    #[test]
    fn marks_stand_on_the_original() {
        check("購買首台（套）裝備", &["首台套"], &["首台（套）"]);
        check("專精特新企業", &["专精特新", "企业"], &["專精特新企業"]);
        check("奖励150万元、50万元", &["50"], &["50"]);
        check(
            "高新技术企业",
            &["高新技术企业", "高新技术", "技术"],
            &["高新技术企业"],
        );
        check("没有", &["别的"], &[]);
        check("", &["别的"], &[]);
    }

    #[test]
    fn the_stretch_with_most_needles_wins_and_starts_at_its_sentence() {
        let filler = "与此无关的一句话。".repeat(30);
        let text = format!("稳岗。{filler}失业保险稳岗返还按60%返还。{filler}");
        let snippet = best(&text, &needles(&["稳岗", "返还", "失业保险"]));
        assert!(
            snippet.text.starts_with("失业保险稳岗返还按60%返还。"),
            "{}",
            snippet.text
        );
        assert!(snippet.cut_before && snippet.cut_after);
        assert_eq!(snippet.marked(), ["失业保险稳岗返还", "返还"]);
        assert_eq!(snippet.text.chars().count(), SNIPPET_CHARACTERS);
    }

    #[test]
    fn pieces_are_marked_only_without_the_whole() {
        let needle = Needle {
            texts: vec!["规上企业".into(), "规模以上企业".into()],
            pieces: vec!["规上".into(), "规模以上".into(), "企业".into()],
        };
        let marked = |text: &str| -> Vec<String> {
            let snippet = whole(text, std::slice::from_ref(&needle));
            snippet.marked().into_iter().map(str::to_owned).collect()
        };
        assert_eq!(marked("规模以上企业是企业"), ["规模以上企业"]);
        assert_eq!(marked("规模以上的工业企业"), ["规模以上", "企业"]);
    }

    #[test]
    fn without_a_match_the_beginning_is_shown() {
        let snippet = best(&"开头".repeat(200), &needles(&["别的"]));
        assert!(snippet.text.starts_with("开头") && !snippet.cut_before && snippet.cut_after);
    }

    proptest! {
        #[test]
        fn marks_are_ordered_apart_and_inside(text in any::<String>(), needle in "\\PC{0,3}") {
            let needles = [Needle::of(vec![needle])];
            for snippet in [whole(&text, &needles), best(&text, &needles)] {
                prop_assert_eq!(snippet.marked().len(), snippet.marks.len());
                prop_assert!(snippet.marks.is_sorted_by(|one, next| one.end < next.start));
            }
        }
    }
}
