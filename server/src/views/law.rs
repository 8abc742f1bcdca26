//! The text of an article in blocks, as pages show it.

/// The rows of a table that are shown at once; a longer one is folded.
pub(crate) const ROWS_OPEN: usize = 12;

/// One block of a law text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LawBlock {
    /// Words.
    Paragraph(String),
    /// Words, one point each.
    Points(Vec<String>),
    /// A table with its first row.
    Table {
        /// The headings.
        head: Vec<String>,
        /// The rows.
        rows: Vec<Vec<String>>,
    },
}

/// The blocks of a Markdown text; markup that is not one of a block stays as text.
pub(crate) fn blocks(text: &str) -> Vec<LawBlock> {
    let mut found: Vec<LawBlock> = Vec::new();
    let mut is_open = false;
    for line in text.lines().map(str::trim) {
        if line.is_empty() {
            is_open = false;
            continue;
        }
        if let Some(cells) = cells(line) {
            table_row(&mut found, cells, is_open);
        } else if let Some(point) = point(line) {
            match found.last_mut() {
                Some(LawBlock::Points(points)) if is_open => points.push(plain(point)),
                _ => found.push(LawBlock::Points(vec![plain(point)])),
            }
        } else {
            let line = plain(line.trim_start_matches('>').trim());
            match found.last_mut() {
                Some(LawBlock::Paragraph(words)) if is_open => join(words, &line),
                Some(LawBlock::Points(points)) if is_open => {
                    if let Some(last) = points.last_mut() {
                        join(last, &line);
                    }
                }
                _ => found.push(LawBlock::Paragraph(line)),
            }
        }
        is_open = true;
    }
    found
}

fn table_row(found: &mut Vec<LawBlock>, cells: Vec<String>, is_open: bool) {
    let is_rule = |cell: &String| {
        let is_line = |character| matches!(character, '-' | ':');
        !cell.is_empty() && cell.chars().all(is_line)
    };
    match found.last_mut() {
        Some(LawBlock::Table { .. }) if is_open && cells.iter().all(is_rule) => {}
        Some(LawBlock::Table { rows, .. }) if is_open => rows.push(cells),
        _ => found.push(LawBlock::Table {
            head: cells,
            rows: Vec::new(),
        }),
    }
}

fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    Some(inner.split('|').map(|cell| plain(cell.trim())).collect())
}

fn point(line: &str) -> Option<&str> {
    let marked = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
    marked.or_else(|| {
        let (number, rest) = line.split_once(". ")?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(rest)
    })
}

/// Lines of Chinese are joined without a space, others with one.
fn join(words: &mut String, more: &str) {
    let ends = words.chars().next_back();
    let starts = more.chars().next();
    let is_plain = |character: Option<char>| character.is_some_and(|one| one.is_ascii());
    if is_plain(ends) && is_plain(starts) {
        words.push(' ');
    }
    words.push_str(more);
}

fn plain(text: &str) -> String {
    text.replace("**", "").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_paragraphs_points_and_tables() {
        let text = "第一行,\n接着写。\n\nabc\ndef\n\n- 甲\n- 乙\n  续\n\n\
                    | 档 | 元 |\n|---|:--|\n| 一 | 1 |\n| 二 | 2 |\n尾 **重** 点";
        let words = |text: &str| LawBlock::Paragraph(text.to_owned());
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let expected = [
            words("第一行,接着写。"),
            words("abc def"),
            LawBlock::Points(vec!["甲".to_owned(), "乙续".to_owned()]),
            LawBlock::Table {
                head: row(["档", "元"]),
                rows: vec![row(["一", "1"]), row(["二", "2"])],
            },
            words("尾 重 点"),
        ];
        assert_eq!(blocks(text), expected);
    }

    #[test]
    fn no_text_has_no_blocks() {
        assert!(blocks(" \n\n").is_empty());
    }
}
