//! What two texts differ in, line by line.

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
    let old: Vec<&str> = before.lines().collect();
    let new: Vec<&str> = after.lines().collect();
    let same = |(one, other): &(&&str, &&str)| one == other;
    let head = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()).saturating_sub(head);
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest);
    let tail = tail.take_while(same).count();
    let part = |lines: &[&'_ str]| -> Vec<String> {
        let until = lines.len().saturating_sub(tail);
        let part = lines.get(head..until).unwrap_or_default();
        part.iter().map(|line| (*line).to_owned()).collect()
    };
    differing(&part(&old), &part(&new), head)
}

fn differing(old: &[String], new: &[String], head: usize) -> Vec<Changed> {
    let line = |place: usize, is_new: bool, text: &String| Changed {
        number: head.saturating_add(place).saturating_add(1),
        is_new,
        text: text.clone(),
    };
    let mut found = Vec::new();
    if old.len() > COMPARED_MAX || new.len() > COMPARED_MAX {
        found.extend(
            old.iter()
                .enumerate()
                .map(|(place, text)| line(place, false, text)),
        );
        found.extend(
            new.iter()
                .enumerate()
                .map(|(place, text)| line(place, true, text)),
        );
        return found;
    }
    let longest = common(old, new);
    let (mut one, mut other) = (0usize, 0usize);
    let at = |one: usize, other: usize| {
        let row = longest.get(one);
        row.and_then(|row| row.get(other)).copied().unwrap_or(0)
    };
    loop {
        match (old.get(one), new.get(other)) {
            (Some(gone), Some(come)) if gone == come => {
                one = one.saturating_add(1);
                other = other.saturating_add(1);
            }
            (Some(gone), come)
                if come.is_none()
                    || at(one.saturating_add(1), other) >= at(one, other.saturating_add(1)) =>
            {
                found.push(line(one, false, gone));
                one = one.saturating_add(1);
            }
            (_, Some(come)) => {
                found.push(line(other, true, come));
                other = other.saturating_add(1);
            }
            (_, None) => return found,
        }
    }
}

/// How many lines two texts have in common from each pair of places on.
fn common(old: &[String], new: &[String]) -> Vec<Vec<u32>> {
    let width = new.len().saturating_add(1);
    let mut rows = vec![vec![0u32; width]];
    for gone in old.iter().rev() {
        let mut row = vec![0u32; width];
        let below = rows.last().cloned().unwrap_or_default();
        for (place, come) in new.iter().enumerate().rev() {
            let next = place.saturating_add(1);
            let read = |row: &[u32], place: usize| row.get(place).copied().unwrap_or(0);
            let value = if gone == come {
                read(&below, next).saturating_add(1)
            } else {
                read(&below, place).max(read(&row, next))
            };
            if let Some(cell) = row.get_mut(place) {
                *cell = value;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
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
}
