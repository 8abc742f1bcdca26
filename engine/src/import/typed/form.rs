//! How the values of an Arrow column become those of a fact: decided once a column, by its type.
//!
//! | Arrow type | facts that take it |
//! |---|---|
//! | text, also in dictionaries | all, through the parser of CSV cells |
//! | whole numbers | money, numbers, yes or no, dates as 20240229, texts, codes of regions |
//! | decimals | the same, exactly |
//! | floats | the same, where they are certain to be what was written |
//! | boolean | yes or no |
//! | days, and instants without zone or in UTC | dates |
//! | lists of texts | sets |
//! | lists of structures | lists of records |
//!
//! Whole numbers of money are yuan, or the unit of the heading; yes and no are 1 and 0. Codes of
//! industries are no numbers: 0111 (rice) would become 111 (a service for coal mines).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field as ArrowField};
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::{FactType, Field, Tree};

use crate::import::cell::{CellFault, CellReader, Unit};
use crate::import::limits::LIST_RECORDS_MAX;
use crate::import::report::Reason;
use crate::import::rows::Refused;
use crate::import::typed::value::{Places, text_of};
use crate::snapshot::Cell;

/// Fen are the second place after the point of a yuan.
const FEN_PLACES: u8 = 2;

/// Why no value of a column can be taken over.
pub(crate) type FormFault = (Reason, String);

/// How the values of one column are read.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// Each value is one text, number, day or truth value.
    Scalar(Places),
    /// Each value is a list of members.
    Members,
    /// Each value is a list of records.
    Records(Vec<FieldForm>, usize),
}

/// How one field of the records is read.
#[derive(Clone, Debug)]
pub(crate) struct FieldForm {
    name: String,
    /// Its place in the vocabulary.
    place: usize,
    reader: CellReader,
    form: Form,
}

/// What the values of an Arrow type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Nothing,
    Text,
    Number,
    Truth,
    Day,
    List,
    Other,
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "Arrow has many types; those not named are refused"
)]
fn class(data: &DataType) -> Class {
    match data {
        DataType::Null => Class::Nothing,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Class::Text,
        DataType::Dictionary(_, values) if class(values) == Class::Text => Class::Text,
        DataType::Boolean => Class::Truth,
        DataType::Date32 | DataType::Date64 => Class::Day,
        DataType::Timestamp(_, None) => Class::Day,
        DataType::Timestamp(_, Some(zone)) if is_utc(zone) => Class::Day,
        DataType::List(_) | DataType::LargeList(_) => Class::List,
        DataType::Float32 | DataType::Float64 => Class::Number,
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => Class::Number,
        data if data.is_integer() => Class::Number,
        _ => Class::Other,
    }
}

fn is_utc(zone: &str) -> bool {
    ["UTC", "Etc/UTC", "Z", "+00:00", "+00", "+0000"].contains(&zone)
}

/// Whether a column of this type can hold unified social credit codes.
pub(crate) fn holds_codes(data: &DataType) -> bool {
    matches!(class(data), Class::Text | Class::Number)
}

/// Whether a column of this type can hold names.
pub(crate) fn holds_names(data: &DataType) -> bool {
    matches!(class(data), Class::Text | Class::Nothing)
}

impl Form {
    /// How values of this Arrow type become values of a fact.
    pub(crate) fn new(
        fact_type: &FactType,
        unit: Unit,
        data: &DataType,
    ) -> Result<Self, FormFault> {
        let scalar = Self::Scalar(Places::Own);
        let found = match (fact_type, class(data)) {
            (_, Class::Nothing) => Some(scalar),
            (FactType::Money, Class::Text | Class::Number) => Some(Self::Scalar(Places::Fen(
                unit.up.saturating_add(FEN_PLACES),
            ))),
            (_, Class::Text) => Some(scalar),
            (
                FactType::Number
                | FactType::Boolean
                | FactType::Date
                | FactType::Text
                | FactType::Enum(_)
                | FactType::Code(Tree::Region),
                Class::Number,
            ) => Some(scalar),
            (FactType::Boolean, Class::Truth) | (FactType::Date, Class::Day) => Some(scalar),
            (FactType::Set(_), Class::List) => item(data)
                .is_some_and(|item| matches!(class(item), Class::Text | Class::Nothing))
                .then_some(Self::Members),
            (FactType::List(fields), Class::List) => match item(data) {
                Some(DataType::Struct(found)) => {
                    return records(fields, found).map(|forms| Self::Records(forms, fields.len()));
                }
                Some(DataType::Null) => Some(Self::Records(Vec::new(), fields.len())),
                Some(_) | None => None,
            },
            (
                FactType::Money
                | FactType::Number
                | FactType::Boolean
                | FactType::Date
                | FactType::Text
                | FactType::Enum(_)
                | FactType::Code(_)
                | FactType::Set(_)
                | FactType::List(_),
                Class::Number | Class::Truth | Class::Day | Class::List | Class::Other,
            ) => None,
        };
        found.ok_or_else(|| (Reason::WrongType, advice(fact_type, data)))
    }

    /// The value in a row.
    pub(crate) fn read(
        &self,
        array: &dyn Array,
        row: usize,
        reader: &CellReader,
        codes: &Codes,
    ) -> Result<Cell, Refused> {
        match self {
            Self::Scalar(places) => match text_of(array, row, *places)? {
                Some(text) => reader
                    .read(&text, codes)
                    .map_err(|fault| (text.into_owned(), fault)),
                None => Ok(Cell::Missing),
            },
            Self::Members => {
                let Some((items, range)) = items(array, row)? else {
                    return Ok(Cell::Missing);
                };
                let mut words = Vec::with_capacity(range.len());
                for item in range {
                    words.push(text_of(items.as_ref(), item, Places::Own)?);
                }
                reader
                    .read_members(words.iter().map(Option::as_deref))
                    .map_err(|fault| (shown(words.len()), fault))
            }
            Self::Records(fields, width) => {
                let Some((items, range)) = items(array, row)? else {
                    return Ok(Cell::Missing);
                };
                let count = range.len();
                let mut records = Vec::with_capacity(count);
                for (number, item) in (1usize..).zip(range) {
                    let record = record(fields, *width, &items, item, codes);
                    records.push(record.map_err(|fault| {
                        let message = format!("第 {number} 条记录:{}", fault.message);
                        (shown(count), CellFault::new(fault.reason, message))
                    })?);
                }
                Ok(Cell::Records(records))
            }
        }
    }
}

/// The type of the items of a list.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "Arrow has many types; those not named are refused"
)]
fn item(data: &DataType) -> Option<&DataType> {
    match data {
        DataType::List(item) | DataType::LargeList(item) => Some(item.data_type()),
        _ => None,
    }
}

/// How the fields of the records are read.
fn records(fields: &[Field], found: &[Arc<ArrowField>]) -> Result<Vec<FieldForm>, FormFault> {
    let mut forms: Vec<FieldForm> = Vec::with_capacity(found.len());
    for column in found {
        let name = column.name().trim();
        let field = (0usize..)
            .zip(fields)
            .find(|(_, field)| field.id == name || field.name == name);
        let Some((place, field)) = field else {
            let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            let message = format!("没有字段“{name}”;可用:{}", known.join("、"));
            return Err((Reason::WrongList, message));
        };
        if forms.iter().any(|form| form.place == place) {
            return Err((Reason::WrongList, format!("字段“{name}”写了两次")));
        }
        let form = Form::new(&field.field_type, Unit::NONE, column.data_type())
            .map_err(|(reason, message)| (reason, format!("{}:{message}", field.name)))?;
        forms.push(FieldForm {
            name: field.name.clone(),
            place,
            reader: CellReader::new(&field.field_type, Unit::NONE),
            form,
        });
    }
    Ok(forms)
}

fn record(
    fields: &[FieldForm],
    width: usize,
    items: &ArrayRef,
    item: usize,
    codes: &Codes,
) -> Result<Vec<Cell>, CellFault> {
    let wrong = |message: &str| CellFault::new(Reason::WrongList, message.to_owned());
    let structs = items
        .as_struct_opt()
        .filter(|structs| structs.is_valid(item));
    let structs = structs.ok_or_else(|| wrong("记录是空值"))?;
    let mut cells = vec![Cell::Missing; width];
    for (field, column) in fields.iter().zip(structs.columns()) {
        let value = field
            .form
            .read(column.as_ref(), item, &field.reader, codes)
            .map_err(|(_, fault)| {
                CellFault::new(fault.reason, format!("{}:{}", field.name, fault.message))
            })?;
        if let Some(cell) = cells.get_mut(field.place) {
            *cell = value;
        }
    }
    Ok(cells)
}

/// The items of the list in a row; `None` when it is missing.
fn items(
    array: &dyn Array,
    row: usize,
) -> Result<Option<(ArrayRef, std::ops::Range<usize>)>, Refused> {
    if array.is_null(row) {
        return Ok(None);
    }
    let bounds = |start: Option<usize>, end: Option<usize>| Some(start?..end?);
    let next = row.saturating_add(1);
    let (items, range) = if let Some(lists) = array.as_list_opt::<i32>() {
        let place = |row| usize::try_from(*lists.value_offsets().get(row)?).ok();
        (lists.values(), bounds(place(row), place(next)))
    } else if let Some(lists) = array.as_list_opt::<i64>() {
        let place = |row| usize::try_from(*lists.value_offsets().get(row)?).ok();
        (lists.values(), bounds(place(row), place(next)))
    } else {
        return Ok(None);
    };
    let whole = range.filter(|range| range.start <= range.end && range.end <= items.len());
    let range = whole.ok_or_else(|| {
        let message = "明细的位置越界;文件可能已损坏".to_owned();
        (String::new(), CellFault::new(Reason::WrongList, message))
    })?;
    if range.len() > LIST_RECORDS_MAX {
        let message = format!("一格里有 {} 条记录,最多 {LIST_RECORDS_MAX} 条", range.len());
        let fault = CellFault::new(Reason::WrongList, message);
        return Err((shown(range.len()), fault));
    }
    Ok(Some((Arc::clone(items), range)))
}

/// What a report shows of a list.
fn shown(count: usize) -> String {
    format!("[{count} 项]")
}

/// What is wrong with the type, and which to use.
fn advice(fact_type: &FactType, data: &DataType) -> String {
    let wanted = match fact_type {
        FactType::Money => "定点小数(元)、整数(元)或文本",
        FactType::Number => "定点小数、整数或文本",
        FactType::Boolean => "布尔或文本",
        FactType::Date => "日期、不带时区或 UTC 的零点时间,或文本",
        FactType::Code(Tree::Industry) => "文本(行业代码有前导零,存成数字会变成别的行业)",
        FactType::Text | FactType::Enum(_) | FactType::Code(Tree::Region) => "文本",
        FactType::Set(_) => "文本列表或文本",
        FactType::List(_) => "结构列表,或写成 JSON 的文本",
    };
    format!("列的类型是 {data},不能用于这个事实;请改为{wanted}")
}
