//! Charts as SVG, in whole tenths of a pixel: no number of a chart is ever a float.
//!
//! # Shape
//! A chart is worked out here and drawn by a template; the numbers stand in a table below it, so
//! that nobody needs to see the chart. Amounts are scaled to the greatest.

/// How wide the drawing is, in tenths of a pixel.
const WIDTH: i64 = 6_400;
/// How high one bar of a list is, with the space below it.
const BAR: i64 = 300;
/// Where the bars begin: the names stand to the left.
const LEFT: i64 = 1_900;
/// How much room the amounts have to the right of the bars.
const RIGHT: i64 = 1_300;
/// How high the columns of months are at most.
const COLUMN: i64 = 1_800;
/// Where the columns stand.
const FLOOR: i64 = 2_000;
/// The most characters of a name beside a bar.
const NAME_CHARS: usize = 13;

/// A length as SVG writes it: 123.4.
fn tenths(length: i64) -> String {
    format!("{}.{}", length.div_euclid(10), length.rem_euclid(10))
}

/// What one mark of a chart stands for: two amounts, such as paid and committed.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Its name.
    pub(super) name: String,
    /// The first amount, in fen.
    pub(super) first: i64,
    /// The second amount, in fen.
    pub(super) second: i64,
    /// Both in words, as they stand beside it.
    pub(super) words: String,
}

/// A rectangle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rectangle {
    /// From the left.
    pub(super) x: String,
    /// From the top.
    pub(super) y: String,
    /// Its width.
    pub(super) width: String,
    /// Its height.
    pub(super) height: String,
    /// The class of its colour.
    pub(super) class: &'static str,
}

/// A text in a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// From the left.
    pub(super) x: String,
    /// From the top.
    pub(super) y: String,
    /// What it says.
    pub(super) text: String,
    /// Where it is held: start, middle or end.
    pub(super) anchor: &'static str,
}

/// A chart that is worked out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chart {
    /// Width and height.
    pub(super) view: String,
    /// The bars.
    pub(super) bars: Vec<Rectangle>,
    /// The texts.
    pub(super) labels: Vec<Label>,
}

/// A part of a length as an amount is of the greatest; what is there at all shows.
fn scaled(amount: i64, greatest: i64, length: i64) -> i64 {
    let (amount, greatest) = (i128::from(amount.max(0)), i128::from(greatest));
    if amount == 0 || greatest <= 0 {
        return 0;
    }
    let part = amount.saturating_mul(i128::from(length));
    let part = part.checked_div(greatest).unwrap_or(0);
    i64::try_from(part).unwrap_or(length).clamp(10, length)
}

fn greatest(marks: &[Mark]) -> i64 {
    let both = marks
        .iter()
        .map(|mark| mark.first.saturating_add(mark.second));
    both.max().unwrap_or(0)
}

/// Bars that lie one below the other, each of two parts.
pub(super) fn bars(marks: &[Mark]) -> Chart {
    let rows = i64::try_from(marks.len()).unwrap_or(0);
    let length = WIDTH.saturating_sub(LEFT).saturating_sub(RIGHT);
    let most = greatest(marks);
    let mut chart = Chart {
        view: format!("0 0 {} {}", tenths(WIDTH), tenths(rows.saturating_mul(BAR))),
        ..Chart::default()
    };
    for (row, mark) in (0i64..).zip(marks) {
        let top = row.saturating_mul(BAR);
        let whole = scaled(mark.first.saturating_add(mark.second), most, length);
        let first = scaled(mark.first, most, length).min(whole);
        for (x, width, class) in [
            (LEFT, first, "f1"),
            (
                LEFT.saturating_add(first),
                whole.saturating_sub(first),
                "f2",
            ),
        ] {
            if width > 0 {
                chart.bars.push(Rectangle {
                    x: tenths(x),
                    y: tenths(top.saturating_add(50)),
                    width: tenths(width),
                    height: tenths(180),
                    class,
                });
            }
        }
        let base = tenths(top.saturating_add(190));
        chart.labels.push(Label {
            x: tenths(LEFT.saturating_sub(80)),
            y: base.clone(),
            text: short(&mark.name),
            anchor: "end",
        });
        chart.labels.push(Label {
            x: tenths(LEFT.saturating_add(whole).saturating_add(60)),
            y: base,
            text: mark.words.clone(),
            anchor: "start",
        });
    }
    chart
}

/// Columns that stand side by side, for what follows in time.
pub(super) fn columns(marks: &[Mark]) -> Chart {
    let most = greatest(marks);
    let many = i64::try_from(marks.len()).unwrap_or(1).max(1);
    let step = WIDTH.checked_div(many).unwrap_or(WIDTH);
    let width = step
        .saturating_mul(6)
        .checked_div(10)
        .unwrap_or(step)
        .min(600);
    let mut chart = Chart {
        view: format!(
            "0 0 {} {}",
            tenths(WIDTH),
            tenths(FLOOR.saturating_add(300))
        ),
        ..Chart::default()
    };
    for (place, mark) in (0i64..).zip(marks) {
        let middle = place
            .saturating_mul(step)
            .saturating_add(step.div_euclid(2));
        let whole = scaled(mark.first.saturating_add(mark.second), most, COLUMN);
        let first = scaled(mark.first, most, COLUMN).min(whole);
        let left = tenths(middle.saturating_sub(width.div_euclid(2)));
        for (from, height, class) in [
            (first, first, "f1"),
            (whole, whole.saturating_sub(first), "f2"),
        ] {
            if height > 0 {
                chart.bars.push(Rectangle {
                    x: left.clone(),
                    y: tenths(FLOOR.saturating_sub(from)),
                    width: tenths(width),
                    height: tenths(height),
                    class,
                });
            }
        }
        chart.labels.push(Label {
            x: tenths(middle),
            y: tenths(FLOOR.saturating_add(180)),
            text: mark.name.clone(),
            anchor: "middle",
        });
    }
    chart
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS {
        return name.to_owned();
    }
    let kept: String = name.chars().take(NAME_CHARS.saturating_sub(1)).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(name: &str, first: i64, second: i64) -> Mark {
        Mark {
            name: name.to_owned(),
            first,
            second,
            words: String::new(),
        }
    }

    #[test]
    fn the_greatest_bar_takes_all_the_room_and_its_parts_meet() {
        let chart = bars(&[mark("a", 100, 100), mark("b", 50, 0)]);
        let widths: Vec<&str> = chart.bars.iter().map(|bar| bar.width.as_str()).collect();
        // 320 px of room: 160 and 160 for the greatest, 80 for a quarter of it.
        assert_eq!(widths, ["160.0", "160.0", "80.0"]);
        assert_eq!(chart.bars[1].x, "350.0");
        assert_eq!(chart.view, "0 0 640.0 60.0");
    }

    #[test]
    fn what_is_there_at_all_shows_and_nothing_does_not() {
        let chart = bars(&[mark("a", i64::MAX, 0), mark("b", 1, 0), mark("c", 0, 0)]);
        let widths: Vec<&str> = chart.bars.iter().map(|bar| bar.width.as_str()).collect();
        assert_eq!(widths, ["320.0", "1.0"]);
    }

    #[test]
    fn columns_stand_on_the_floor() {
        let chart = columns(&[mark("2026-07", 30, 10)]);
        assert_eq!(chart.bars[0].y, "65.0");
        assert_eq!(chart.bars[0].height, "135.0");
        assert_eq!(chart.bars[1].y, "20.0");
        assert_eq!(chart.bars[1].height, "45.0");
    }

    #[test]
    fn no_marks_are_no_bars() {
        assert!(bars(&[]).bars.is_empty());
        assert!(columns(&[]).bars.is_empty());
    }

    #[test]
    fn long_names_are_cut_by_characters() {
        assert_eq!(
            short("规上工业企业稳增长奖励办法一号"),
            "规上工业企业稳增长奖励办…"
        );
        assert_eq!(short("短"), "短");
    }
}
