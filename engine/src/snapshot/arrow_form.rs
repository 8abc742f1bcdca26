//! Columns as Arrow arrays for the files, and back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, ListArray, StringArray, StructArray,
};
use arrow::datatypes::{DataType, Field, Fields, Int32Type};

use crate::snapshot::SnapshotError;
use crate::snapshot::cell::Shape;
use crate::snapshot::column::{Column, ListColumn, SetColumn, TextColumn};
use crate::snapshot::number_column::NumberColumn;

/// The name of the items of a list in Arrow schemas.
const ITEM: &str = "item";

/// The column as an array, with its type for the schema.
pub(crate) fn to_arrow(name: &str, column: &Column) -> Result<ArrayRef, SnapshotError> {
    let failed = |error: arrow::error::ArrowError| wrong(name, &error.to_string());
    Ok(match column {
        Column::Money(values) => Arc::new(values.clone()),
        Column::Number(values) => Arc::new(values.to_long().map_err(failed)?),
        Column::NumberText(values) => Arc::new(values.clone()),
        Column::Boolean(values) => Arc::new(values.clone()),
        Column::Date(values) => Arc::new(values.clone()),
        Column::Text(texts) => {
            let words = texts
                .words()
                .iter()
                .map(|word| Some(&**word))
                .collect::<StringArray>();
            let keys = texts.keys().clone();
            Arc::new(DictionaryArray::<Int32Type>::try_new(keys, Arc::new(words)).map_err(failed)?)
        }
        Column::Set(sets) => {
            let fields = sets.members().iter();
            let fields: Fields = fields
                .map(|(member, _)| Field::new(&**member, DataType::Boolean, false))
                .collect();
            let bits = sets.members().iter().map(|(_, bits)| bits.clone());
            let arrays: Vec<ArrayRef> = bits
                .map(|bits| -> ArrayRef { Arc::new(BooleanArray::new(bits, None)) })
                .collect();
            let nulls = column.nulls().cloned();
            Arc::new(StructArray::try_new(fields, arrays, nulls).map_err(failed)?)
        }
        Column::Records(lists) => {
            let mut fields = Vec::new();
            let mut arrays = Vec::new();
            for (field, values) in lists.fields() {
                let array = to_arrow(name, values)?;
                fields.push(Field::new(field, array.data_type().clone(), true));
                arrays.push(array);
            }
            let fields = Fields::from(fields);
            let records = StructArray::try_new(fields, arrays, None).map_err(failed)?;
            let item = Arc::new(Field::new(ITEM, records.data_type().clone(), false));
            let offsets = lists.offsets().clone();
            let nulls = column.nulls().cloned();
            Arc::new(ListArray::try_new(item, offsets, Arc::new(records), nulls).map_err(failed)?)
        }
    })
}

/// The column that an array of a file holds.
pub(crate) fn from_arrow(
    name: &str,
    array: &ArrayRef,
    shape: &Shape,
) -> Result<Column, SnapshotError> {
    match shape {
        Shape::Money => Ok(Column::Money(downcast(name, array)?)),
        Shape::Number if *array.data_type() == DataType::Utf8 => {
            Ok(Column::NumberText(downcast(name, array)?))
        }
        Shape::Number => numbers(name, array).map(Column::Number),
        Shape::Boolean => Ok(Column::Boolean(downcast(name, array)?)),
        Shape::Date => Ok(Column::Date(downcast(name, array)?)),
        Shape::Text => {
            let texts: DictionaryArray<Int32Type> = downcast(name, array)?;
            let words: StringArray = downcast(name, texts.values())?;
            TextColumn::from_keys(name, texts.keys(), &words).map(Column::Text)
        }
        Shape::Set(members) => set_from_arrow(name, array, members),
        Shape::Records(fields) => list_from_arrow(name, array, fields),
    }
}

fn numbers(name: &str, array: &ArrayRef) -> Result<NumberColumn, SnapshotError> {
    let numbers = if matches!(array.data_type(), DataType::Decimal64(..)) {
        NumberColumn::Short(downcast(name, array)?)
    } else {
        NumberColumn::Long(downcast(name, array)?)
    };
    if !numbers.is_sound() {
        return Err(wrong(name, "有数的位数超过类型所允许的位数"));
    }
    Ok(numbers)
}

fn set_from_arrow(
    name: &str,
    array: &ArrayRef,
    members: &Arc<[Arc<str>]>,
) -> Result<Column, SnapshotError> {
    let sets: StructArray = downcast(name, array)?;
    let mut bitmaps = Vec::with_capacity(members.len());
    for member in members.iter() {
        let bits = sets.column_by_name(member);
        let bits = bits.ok_or_else(|| wrong(name, &format!("没有成员“{member}”")))?;
        let bits: BooleanArray = downcast(name, bits)?;
        let known = match sets.nulls() {
            Some(nulls) => bits.values() & nulls.inner(),
            None => bits.values().clone(),
        };
        bitmaps.push((Arc::clone(member), known));
    }
    if sets.num_columns() != members.len() {
        return Err(wrong(name, "成员多于词汇表"));
    }
    Ok(Column::Set(SetColumn::new(
        sets.len(),
        sets.nulls().cloned(),
        bitmaps,
    )))
}

fn list_from_arrow(
    name: &str,
    array: &ArrayRef,
    fields: &Arc<[(String, Shape)]>,
) -> Result<Column, SnapshotError> {
    let lists: ListArray = downcast(name, array)?;
    let records: StructArray = downcast(name, lists.values())?;
    if records.num_columns() != fields.len() {
        return Err(wrong(name, "字段与词汇表不一致"));
    }
    let mut columns = Vec::with_capacity(fields.len());
    for (field, shape) in fields.iter() {
        let values = records.column_by_name(field);
        let values = values.ok_or_else(|| wrong(name, &format!("没有字段“{field}”")))?;
        columns.push((field.clone(), from_arrow(name, values, shape)?));
    }
    let offsets = lists.offsets().clone();
    Ok(Column::Records(ListColumn::new(
        offsets,
        lists.nulls().cloned(),
        columns,
    )))
}

/// The array as the type wanted.
pub(crate) fn downcast<T: Array + Clone + 'static>(
    name: &str,
    array: &ArrayRef,
) -> Result<T, SnapshotError> {
    let typed = array.as_any().downcast_ref::<T>().cloned();
    typed.ok_or_else(|| wrong(name, &format!("类型是 {}", array.data_type())))
}

fn wrong(name: &str, reason: &str) -> SnapshotError {
    SnapshotError::Shape {
        column: name.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal64Array, Decimal128Array};

    use super::*;

    #[test]
    fn numbers_of_more_digits_than_their_type_has_are_refused_by_name() {
        let short: ArrayRef = Arc::new(Decimal64Array::from(vec![0, 10i64.pow(18)]));
        let long: ArrayRef = Arc::new(Decimal128Array::from(vec![0, -(10i128.pow(38))]));
        for array in [short, long] {
            from_arrow("用电量@2025", &array.slice(0, 1), &Shape::Number).unwrap();
            let error = from_arrow("用电量@2025", &array, &Shape::Number).unwrap_err();
            let expected =
                "快照列“用电量@2025”的形状不对:有数的位数超过类型所允许的位数;请重新导入";
            assert_eq!(error.to_string(), expected);
        }
    }
}
