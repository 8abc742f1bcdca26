//! A reader of the small comma-separated tables that hold official codes.

use super::{CodeTable, CodesError, CodesProblem};
use crate::values::region::Region;

/// The rows of one table, each with its line.
pub(super) struct Table {
    which: CodeTable,
    columns: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    /// Reads a table with a heading that names at least `columns`.
    pub(super) fn read(
        which: CodeTable,
        text: &str,
        columns: &[&'static str],
    ) -> Result<Table, CodesError> {
        let mut table = Table {
            which,
            columns: Vec::new(),
            rows: Vec::new(),
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, content) in (1..).zip(text.lines()) {
            if content.trim().is_empty() || content.starts_with('#') {
                continue;
            }
            let error = |problem| CodesError {
                table: which,
                line,
                problem,
            };
            let cells = cells(content).ok_or_else(|| error(CodesProblem::Quote))?;
            if table.columns.is_empty() {
                for &column in columns {
                    if !cells.iter().any(|cell| cell == column) {
                        return Err(error(CodesProblem::MissingColumn(column)));
                    }
                }
                table.columns = cells;
                continue;
            }
            let (expected, found) = (table.columns.len(), cells.len());
            if expected != found {
                return Err(error(CodesProblem::Cells { expected, found }));
            }
            table.rows.push((line, cells));
        }
        Ok(table)
    }

    /// The rows in their order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row {
            table: self,
            line: *line,
            cells,
        })
    }

    /// A problem of the table as a whole.
    pub(super) fn error(&self, problem: CodesProblem) -> CodesError {
        CodesError {
            table: self.which,
            line: 0,
            problem,
        }
    }
}

/// One row of a table.
pub(super) struct Row<'a> {
    table: &'a Table,
    line: usize,
    cells: &'a [String],
}

impl Row<'_> {
    /// The text of a cell; empty for a column that does not exist.
    pub(super) fn cell(&self, column: &str) -> &str {
        let index = self.table.columns.iter().position(|name| name == column);
        index
            .and_then(|index| self.cells.get(index))
            .map_or("", String::as_str)
    }

    /// The name, which must be there.
    pub(super) fn name(&self) -> Result<String, CodesError> {
        match self.cell("name") {
            "" => Err(self.error(CodesProblem::NoName(self.cell("code").to_owned()))),
            name => Ok(name.to_owned()),
        }
    }

    /// The level of a code, which the level column must say with its word.
    pub(super) fn level(&self, level: usize, words: &[&'static str]) -> Result<u8, CodesError> {
        let expected = level
            .checked_sub(1)
            .and_then(|index| words.get(index))
            .copied();
        match (expected, u8::try_from(level)) {
            (Some(expected), Ok(level)) if expected == self.cell("level") => Ok(level),
            (expected, _) => Err(self.error(CodesProblem::Level {
                code: self.cell("code").to_owned(),
                expected: expected.unwrap_or("division"),
                found: self.cell("level").to_owned(),
            })),
        }
    }

    /// Reads a region code.
    pub(super) fn region(&self, text: &str) -> Result<Region, CodesError> {
        text.parse()
            .map_err(|error| self.error(CodesProblem::Region(text.to_owned(), error)))
    }

    /// A problem of this row.
    pub(super) fn error(&self, problem: CodesProblem) -> CodesError {
        CodesError {
            table: self.table.which,
            line: self.line,
            problem,
        }
    }
}

/// Cuts a line at its commas; a cell in double quotes may hold commas and doubled quotes.
fn cells(line: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let cell;
        match rest.trim_start().strip_prefix('"') {
            Some(quoted) => (cell, rest) = quoted_cell(quoted)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (text, after) = rest.split_at_checked(end)?;
                (cell, rest) = (text.trim().to_owned(), after);
            }
        }
        cells.push(cell);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return rest.trim().is_empty().then_some(cells),
        }
    }
}

/// Reads to the closing quotation mark; gives what follows it.
fn quoted_cell(mut rest: &str) -> Option<(String, &str)> {
    let mut cell = String::new();
    loop {
        let (text, after) = rest.split_once('"')?;
        cell.push_str(text);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return Some((cell, after.trim_start())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cells;

    #[test]
    fn lines_are_cut_at_commas() {
        for (line, expected) in [
            ("C,1,制造业", Some(vec!["C", "1", "制造业"])),
            ("a, b ,", Some(vec!["a", "b", ""])),
            ("\"a,b\",\"say \"\"x\"\"\"", Some(vec!["a,b", "say \"x\""])),
            ("\"a", None),
            ("\"a\"b,c", None),
        ] {
            let expected = expected.map(|cells| cells.into_iter().map(str::to_owned).collect());
            assert_eq!(cells(line), expected, "{line}");
        }
    }
}
