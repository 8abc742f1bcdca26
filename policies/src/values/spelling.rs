//! What was probably meant: the nearest of several spellings.

/// The candidate that needs the fewest changed characters to become `word`, if those are at most
/// a third of the longer one (and one for short words); the first of equals.
///
/// # Example
/// ```
/// # use zhida_policies::values::spelling::nearest;
/// let names = ["营业收入", "研发费用"];
/// assert_eq!(nearest("营业收人", names), Some("营业收入"));
/// assert_eq!(nearest("用电量", names), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(LENGTH_MAX).collect();
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let characters: Vec<char> = candidate.chars().take(LENGTH_MAX).collect();
        let longer = word.len().max(characters.len());
        let allowed = longer.div_ceil(3).max(1);
        if longer < 2 || word.len().abs_diff(characters.len()) > allowed {
            continue;
        }
        let distance = edit_distance(&word, &characters);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longer words are compared by their beginnings.
const LENGTH_MAX: usize = 64;

/// How many characters must be inserted, removed, replaced or swapped with their neighbour.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i.saturating_add(1)];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX);
            let replace = at(&last, j).saturating_add(usize::from(x != y));
            let insert = at(&row, j).saturating_add(1);
            let remove = at(&last, j.saturating_add(1)).saturating_add(1);
            let mut least = replace.min(insert).min(remove);
            if let (Some(i), Some(j)) = (i.checked_sub(1), j.checked_sub(1))
                && a.get(i) == Some(y)
                && b.get(j) == Some(x)
            {
                least = least.min(at(&before_last, j).saturating_add(1));
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (a, b, distance) in [
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("revneue", "revenue", 1),
            ("高新技术企业", "高新企业", 2),
            ("same", "same", 0),
        ] {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            assert_eq!(edit_distance(&a, &b), distance);
            assert_eq!(edit_distance(&b, &a), distance);
        }
    }

    #[test]
    fn far_words_are_not_offered() {
        assert_eq!(nearest("revneue", ["region", "revenue"]), Some("revenue"));
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest("资产总额", ["营业收入", "从业人员"]), None);
    }
}
