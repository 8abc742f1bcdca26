//! The nearest known word to a misspelt one.

/// The word that takes the fewest changed characters, if it is near enough to be meant; the first
/// in the order given wins a tie.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let length = wanted.chars().count();
    let limit = (length / 2).max(1);
    known
        .map(|word| (distance(wanted, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word.to_owned())
}

/// The least number of characters to insert, remove, replace, or swap with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous: Option<char> = None;
    for (row, character) in left.chars().enumerate() {
        let mut current = Vec::with_capacity(last.len());
        current.push(row.saturating_add(1));
        for (column, other) in right.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX);
            let replaced = at(&last, column).saturating_add(usize::from(character != *other));
            let removed = at(&last, column.saturating_add(1)).saturating_add(1);
            let inserted = at(&current, column).saturating_add(1);
            let mut best = replaced.min(removed).min(inserted);
            let neighbour = column.checked_sub(1).and_then(|index| right.get(index));
            if let Some(index) = column.checked_sub(1)
                && previous == Some(*other)
                && neighbour == Some(&character)
            {
                best = best.min(at(&before_last, index).saturating_add(1));
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(character);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered() {
        let known = ["营业收入", "从业人员", "研发费用"];
        assert_eq!(
            nearest("营业收人", known.into_iter()).as_deref(),
            Some("营业收入")
        );
        assert_eq!(
            nearest("研费发用", known.into_iter()).as_deref(),
            Some("研发费用")
        );
        assert_eq!(nearest("完全不同的东西", known.into_iter()), None);
    }
}
