//! The amounts and rates of a rule, for lists of search results.

/// What may follow a figure that people look for.
const UNITS: [&str; 5] = ["亿元", "万元", "元", "%", "‰"];

/// The figures with a unit in a rule as it is written, each once.
pub(crate) fn figures(rule: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut rest = rule;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let tail = rest.get(start..).unwrap_or_default();
        let end = tail.find(|c: char| !(c.is_ascii_digit() || ".,_".contains(c)));
        let (digits, after) = tail.split_at(end.unwrap_or(tail.len()));
        if let Some(unit) = UNITS.iter().find(|unit| after.starts_with(**unit)) {
            let figure = format!("{digits}{unit}");
            if !found.contains(&figure) {
                found.push(figure);
            }
        }
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_units_and_stand_once() {
        let rule = "最小(研发费用 * 12.5%, 1,000万元) + 3 * 12.5% + 0元";
        assert_eq!(figures(rule), ["12.5%", "1,000万元", "0元"]);
    }
}
