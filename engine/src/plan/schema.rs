//! Which decimal scale the number columns of a snapshot have.

use std::collections::BTreeMap;

use crate::plan::op::Kind;
use crate::plan::scale::SCALE_MAX;
use crate::snapshot::{Column, ColumnKey, Snapshot};

/// The forms of the number columns that a plan was made for.
///
/// A number column that is not named holds whole numbers or nothing at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    numbers: BTreeMap<(ColumnKey, Option<usize>), Kind>,
}

impl Schema {
    /// The forms of a snapshot's columns.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut numbers = BTreeMap::new();
        for column in snapshot.columns() {
            numbers.extend(form(&column.values).map(|kind| ((column.key, None), kind)));
            if let Column::Records(list) = &column.values {
                let fields = list.fields().iter().enumerate();
                let forms = fields.filter_map(|(place, (_, field))| {
                    Some(((column.key, Some(place)), form(field)?))
                });
                numbers.extend(forms);
            }
        }
        Self { numbers }
    }

    /// The kind of a number column, or of a number field of a list.
    #[must_use]
    pub fn number(&self, key: ColumnKey, field: Option<usize>) -> Kind {
        let kind = self.numbers.get(&(key, field));
        kind.copied().unwrap_or(Kind::Decimal(0))
    }
}

fn form(column: &Column) -> Option<Kind> {
    match column {
        Column::Number(values) => Some(match u8::try_from(values.scale()) {
            Ok(scale) if scale <= SCALE_MAX => Kind::Decimal(scale),
            Ok(_) | Err(_) => Kind::Ratio,
        }),
        Column::NumberText(_) => Some(Kind::Ratio),
        Column::Money(_)
        | Column::Boolean(_)
        | Column::Date(_)
        | Column::Text(_)
        | Column::Set(_)
        | Column::Records(_) => None,
    }
}
