//! Lists sealed while the weight of a share still stood among the figures of its change.
//!
//! Their roots are those of today; only the columns of the file are others. They are read as the
//! file would be written today, so that a comparison names the row that differs and no other.

use std::sync::Arc;

use arrow::array::{Array, AsArray, ListArray, RecordBatch, StringArray, StructArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::error::ArrowError;

/// The column of the changes, and in it those of the figures and the weight.
const CHANGES: &str = "changes";
const FIGURES: &str = "figures";
const WEIGHT: &str = "weight";

/// Rows of a list with the weights in a column of their own; any other rows as they are.
pub(super) fn with_weights(batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let Some((place, _)) = schema.column_with_name(CHANGES) else {
        return Ok(batch);
    };
    let Some(changes) = batch.column(place).as_list_opt::<i32>() else {
        return Ok(batch);
    };
    let Some(parted) = part(changes)? else {
        return Ok(batch);
    };
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    let mut columns = batch.columns().to_vec();
    if let (Some(field), Some(column)) = (fields.get_mut(place), columns.get_mut(place)) {
        *field = Arc::new(Field::new(CHANGES, parted.data_type().clone(), true));
        *column = Arc::new(parted);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// The changes with the weights parted from the figures; nothing where they are already.
fn part(changes: &ListArray) -> Result<Option<ListArray>, ArrowError> {
    let Some(items) = changes.values().as_struct_opt() else {
        return Ok(None);
    };
    let at = items.fields().find(FIGURES);
    let (Some((at, _)), None) = (at, items.fields().find(WEIGHT)) else {
        return Ok(None);
    };
    let texts = cast(items.column(at), &DataType::Utf8)?;
    let texts = texts.as_string::<i32>().iter();
    let parted: Vec<_> = texts.map(|text| text.map(part_text)).collect();
    let figures = parted.iter().map(|parted| Some(&parted.as_ref()?.0));
    let weights = parted.iter().map(|parted| parted.as_ref()?.1);
    let mut columns = items.columns().to_vec();
    let mut fields: Vec<_> = items.fields().iter().cloned().collect();
    if let (Some(field), Some(column)) = (fields.get_mut(at), columns.get_mut(at)) {
        *field = Arc::new(Field::new(FIGURES, DataType::Utf8, true));
        *column = Arc::new(figures.collect::<StringArray>());
    }
    fields.push(Arc::new(Field::new(WEIGHT, DataType::UInt64, true)));
    columns.push(Arc::new(weights.collect::<UInt64Array>()));
    let items = StructArray::try_new(Fields::from(fields), columns, items.nulls().cloned())?;
    let item = Field::new("item", items.data_type().clone(), true);
    let (offsets, nulls) = (changes.offsets().clone(), changes.nulls().cloned());
    ListArray::try_new(Arc::new(item), offsets, Arc::new(items), nulls).map(Some)
}

/// Figures without the weight, and the weight. What is no weight stays where it is.
fn part_text(figures: &str) -> (String, Option<u64>) {
    let mut weight = None;
    let mut stays = |part: &&str| {
        let found = part.strip_prefix("weight=");
        let found = found.and_then(|number| number.parse().ok());
        if weight.is_some() || found.is_none() {
            return true;
        }
        weight = found;
        false
    };
    let parts: Vec<&str> = figures.split(' ').filter(|part| stays(part)).collect();
    (parts.join(" "), weight)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]
mod tests {
    use arrow::array::{ArrayRef, UInt8Array};
    use arrow::buffer::OffsetBuffer;

    use super::*;
    use crate::replay::kept::rows;

    /// Three rows with two changes, none and one, as they were and are written.
    fn list(figures: &[&str], weights: Option<Vec<Option<u64>>>) -> RecordBatch {
        let steps: ArrayRef = Arc::new(UInt8Array::from(vec![9, 10, 10]));
        let figures: ArrayRef = Arc::new(StringArray::from(figures.to_vec()));
        let mut columns = vec![("step", steps), (FIGURES, figures)];
        if let Some(weights) = weights {
            columns.push((WEIGHT, Arc::new(UInt64Array::from(weights))));
        }
        let field = |(name, column): &(&str, ArrayRef)| {
            Arc::new(Field::new(*name, column.data_type().clone(), true))
        };
        let fields: Fields = columns.iter().map(field).collect();
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        let items = StructArray::new(fields, columns, None);
        let item = Arc::new(Field::new("item", items.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths([2, 0, 1]);
        let changes: ArrayRef = Arc::new(ListArray::new(item, offsets, Arc::new(items), None));
        let codes: ArrayRef = Arc::new(StringArray::from(vec!["A", "B", "C"]));
        RecordBatch::try_from_iter([("uscc", codes), (CHANGES, changes)]).unwrap()
    }

    #[test]
    fn a_list_of_before_reads_as_one_of_today() {
        let today = list(
            &["room_fen=3", "limit_fen=9 scale=10", ""],
            Some(vec![None, Some(u64::MAX), None]),
        );
        let before = [
            "room_fen=3",
            "limit_fen=9 weight=18446744073709551615 scale=10",
            "",
        ];
        let read = |batch| rows(&with_weights(batch).unwrap()).unwrap();
        assert_eq!(read(list(&before, None)), rows(&today).unwrap());
        // What differs still does.
        let another = ["room_fen=3", "limit_fen=9 weight=5 scale=10", ""];
        assert_ne!(read(list(&another, None)), rows(&today).unwrap());
        // What is written today is not touched.
        assert_eq!(with_weights(today.clone()).unwrap(), today);
    }

    #[test]
    fn what_is_no_weight_stays_among_the_figures() {
        for text in ["weight=-1 scale=2", "weight= scale=2", "", "a  b"] {
            assert_eq!(part_text(text), (text.to_owned(), None));
        }
        let parted = part_text("weight=1 weight=2");
        assert_eq!(parted, ("weight=2".to_owned(), Some(1)));
    }

    #[test]
    fn rows_without_changes_are_as_they_are() {
        let codes: ArrayRef = Arc::new(StringArray::from(vec!["A"]));
        for name in ["uscc", CHANGES] {
            let batch = RecordBatch::try_from_iter([(name, Arc::clone(&codes))]).unwrap();
            assert_eq!(with_weights(batch.clone()).unwrap(), batch);
        }
    }
}
