//! What two texts differ in, line by line.

use std::collections::BTreeMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    /// Its number in the text that holds it.
    pub(crate) number: usize,
    /// Whether the later text has it.
    pub(crate) is_new: bool,
    /// What it says.
    pub(crate) text: String,
}

/// How many lines are compared with each other at most: the rest counts as changed as a whole.
const COMPARED_MAX: usize = 3_000;

/// The lines that are gone and those that are new, in their order.
pub(crate) fn between(before: &str, after: &str) -> Vec<Changed> {
    let mut old: Vec<&str> = before.lines().collect();
    let mut new: Vec<&str> = after.lines().collect();
    let same = |(one, other): &(&&str, &&str)| one == other;
    let head = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()).saturating_sub(head);
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest);
    let tail = tail.take_while(same).count();
    let part = |lines: &mut Vec<&'_ str>| {
        lines.truncate(lines.len().saturating_sub(tail));
        lines.drain(..head);
    };
    part(&mut old);
    part(&mut new);
    differing(&old, &new, head)
}

fn differing(old: &[&str], new: &[&str], head: usize) -> Vec<Changed> {
    let changed = |texts: &[&str], places: Range<usize>, is_new: bool| {
        let lines = texts.get(places.clone()).unwrap_or_default().iter();
        let numbered = places.zip(lines).map(|(place, text)| Changed {
            number: head.saturating_add(place).saturating_add(1),
            is_new,
            text: (*text).to_owned(),
        });
        numbered.collect::<Vec<Changed>>()
    };
    let both = |gone: Range<usize>, come: Range<usize>| {
        let mut both = changed(old, gone, false);
        both.extend(changed(new, come, true));
        both
    };
    if old.len() > COMPARED_MAX || new.len() > COMPARED_MAX {
        return both(0..old.len(), 0..new.len());
    }
    // Lines are compared by number, each text of a line having one.
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    for line in old.iter().chain(new) {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        numbers.entry(line).or_insert(next);
    }
    let numbered = |lines: &[&str]| -> Vec<Option<u32>> {
        let lines = lines.iter().map(|line| numbers.get(line).copied());
        lines.collect()
    };
    let (before, after) = (numbered(old), numbered(new));
    let steps = capture_diff_slices(Algorithm::Myers, &before, &after);
    let found = steps.into_iter().flat_map(|step| match step {
        DiffOp::Equal { .. } => Vec::new(),
        DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
            both(step.old_range(), step.new_range())
        }
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(before: &str, after: &str) -> Vec<(usize, bool, String)> {
        let found = between(before, after).into_iter();
        found
            .map(|one| (one.number, one.is_new, one.text))
            .collect()
    }

    #[test]
    fn a_changed_line_is_gone_and_new() {
        let found = lines("a\nb\nc", "a\nx\nc");
        assert_eq!(
            found,
            [(2, false, "b".to_owned()), (2, true, "x".to_owned())]
        );
    }

    #[test]
    fn what_stays_between_changes_is_left_out() {
        let found = lines("a\nb\nc\nd\ne", "a\nc\nd\nnew\ne");
        assert_eq!(
            found,
            [(2, false, "b".to_owned()), (4, true, "new".to_owned())]
        );
        assert!(lines("a\nb", "a\nb").is_empty());
        assert_eq!(lines("", "a"), [(1, true, "a".to_owned())]);
        assert_eq!(lines("a\na", "a"), [(2, false, "a".to_owned())]);
    }
    /// The changed lines make one text of the other, and none of them stands in both.
    #[test]
    fn the_changes_make_one_text_of_the_other() {
        let mut seed = 7u32;
        let mut next = |most: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % most
        };
        for _ in 0..300 {
            let mut text =
                |count: u32| -> Vec<String> { (0..count).map(|_| next(5).to_string()).collect() };
            let (old, new) = (text(12), text(9));
            let found = between(&old.join("\n"), &new.join("\n"));
            let kept = |lines: &[String], is_new: bool| -> Vec<String> {
                let of = |place: usize| {
                    let mut found = found.iter();
                    found.any(|one| one.is_new == is_new && one.number == place + 1)
                };
                let lines = lines.iter().enumerate();
                let kept = lines.filter(|(place, _)| !of(*place));
                kept.map(|(_, line)| line.clone()).collect()
            };
            assert_eq!(kept(&old, false), kept(&new, true), "{old:?} {new:?}");
            for one in &found {
                let lines = if one.is_new { &new } else { &old };
                assert_eq!(one.text, lines[one.number - 1]);
            }
        }
    }

    /// Two long texts without a line in common take no more than their lines.
    #[test]
    fn long_texts_without_anything_in_common_are_compared() {
        let text = |name: &str| {
            let lines = (0..COMPARED_MAX).map(|line| format!("{name}{line}"));
            lines.collect::<Vec<String>>().join("\n")
        };
        let found = between(&text("a"), &text("b"));
        assert_eq!(found.len(), 2 * COMPARED_MAX);
    }
}
