//! The rows that come back.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Decode, Postgres, Row as _, Sqlite, TypeInfo, ValueRef};

use crate::store::database::value::Value;
use crate::store::error::StoreError;

/// A row, with the names of its columns.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    header: Arc<Header>,
    values: Vec<Value>,
}

/// What the rows of one answer have in common.
#[derive(Debug, Default)]
pub(super) struct Header {
    table: String,
    columns: Vec<String>,
}

impl Header {
    fn new<C: Column>(sql: &str, columns: &[C]) -> Arc<Self> {
        let names = columns.iter().map(|column| column.name().to_owned());
        Arc::new(Self {
            table: table(sql).to_owned(),
            columns: names.collect(),
        })
    }

    fn fault(&self, column: &str, problem: impl Into<String>) -> StoreError {
        StoreError::Row {
            table: self.table.clone(),
            column: column.to_owned(),
            problem: problem.into(),
        }
    }
}

/// The first table that a statement names, for messages.
pub(super) fn table(sql: &str) -> &str {
    let mut words = sql.split_whitespace();
    let is_before = |word: &str| matches!(word, "FROM" | "INTO" | "UPDATE" | "from" | "into");
    words.find(|word| is_before(word));
    let name = words.next().unwrap_or("");
    name.trim_end_matches([',', ';', ')'])
}

impl Row {
    /// A whole number.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the column is not there or holds something else.
    pub(crate) fn int(&self, column: &str) -> Result<i64, StoreError> {
        let number = self.int_or_null(column)?;
        number.ok_or_else(|| self.header.fault(column, "应为整数,却为空"))
    }

    /// A whole number or nothing.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the column is not there or holds something else.
    pub(crate) fn int_or_null(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            other @ (Value::Text(_) | Value::Blob(_)) => Err(self.wrong(column, "整数", other)),
        }
    }

    /// A count or a size.
    ///
    /// # Errors
    /// [`StoreError::Row`] when it is not a whole number, or below zero.
    pub(crate) fn size(&self, column: &str) -> Result<u64, StoreError> {
        let number = self.int(column)?;
        let size = u64::try_from(number);
        size.map_err(|_| {
            self.header
                .fault(column, format!("应不小于 0,却是 {number}"))
        })
    }

    /// Text.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the column is not there or holds something else.
    pub(crate) fn text(&self, column: &str) -> Result<&str, StoreError> {
        let text = self.text_or_null(column)?;
        text.ok_or_else(|| self.header.fault(column, "应为文字,却为空"))
    }

    /// Text or nothing.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the column is not there or holds something else.
    pub(crate) fn text_or_null(&self, column: &str) -> Result<Option<&str>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other @ (Value::Int(_) | Value::Blob(_)) => Err(self.wrong(column, "文字", other)),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the column is not there or holds something else.
    pub(crate) fn blob(&self, column: &str) -> Result<&[u8], StoreError> {
        let bytes = self.blob_or_null(column)?;
        bytes.ok_or_else(|| self.header.fault(column, "应为字节,却为空"))
    }

    /// Bytes or nothing.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the column is not there or holds something else.
    pub(crate) fn blob_or_null(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Blob(bytes) => Ok(Some(bytes)),
            other @ (Value::Int(_) | Value::Text(_)) => Err(self.wrong(column, "字节", other)),
        }
    }

    /// A digest or a hash: exactly so many bytes.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the column is not there or has another length.
    pub(crate) fn array<const N: usize>(&self, column: &str) -> Result<[u8; N], StoreError> {
        let bytes = self.blob(column)?;
        let array = <[u8; N]>::try_from(bytes);
        let problem = || format!("应为 {N} 字节,却有 {} 字节", bytes.len());
        array.map_err(|_| self.header.fault(column, problem()))
    }

    pub(crate) fn value(&self, column: &str) -> Result<&Value, StoreError> {
        let place = self.header.columns.iter().position(|name| name == column);
        let value = place.and_then(|place| self.values.get(place));
        value.ok_or_else(|| self.header.fault(column, "查询结果中没有这一列"))
    }

    fn wrong(&self, column: &str, expected: &str, found: &Value) -> StoreError {
        let found = match found {
            Value::Null => "空",
            Value::Int(_) => "整数",
            Value::Text(_) => "文字",
            Value::Blob(_) => "字节",
        };
        let problem = format!("应为{expected},却是{found}");
        self.header.fault(column, problem)
    }
}

pub(super) fn from_sqlite(sql: &str, rows: &[SqliteRow]) -> Result<Vec<Row>, StoreError> {
    convert(sql, rows, sqlite_value)
}

/// Rows of either database; the columns are named once for all of them.
fn convert<R: sqlx::Row>(
    sql: &str,
    rows: &[R],
    value: impl Fn(&R, usize) -> sqlx::Result<Result<Value, String>>,
) -> Result<Vec<Row>, StoreError> {
    let header = rows.first().map(|row| Header::new(sql, row.columns()));
    let header = header.unwrap_or_default();
    let convert = |row: &R| {
        let values = header.columns.iter().enumerate();
        let values = values.map(|(index, name)| {
            value(row, index)
                .unwrap_or_else(|error| Err(error.to_string()))
                .map_err(|problem| header.fault(name, problem))
        });
        Ok(Row {
            header: Arc::clone(&header),
            values: values.collect::<Result<_, StoreError>>()?,
        })
    };
    rows.iter().map(convert).collect()
}

fn sqlite_value(row: &SqliteRow, index: usize) -> sqlx::Result<Result<Value, String>> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Ok(Value::Null));
    }
    let kind = raw.type_info();
    let decoded = match kind.name() {
        "INTEGER" => Decode::<Sqlite>::decode(raw).map(Value::Int),
        "TEXT" => Decode::<Sqlite>::decode(raw).map(Value::Text),
        "BLOB" => Decode::<Sqlite>::decode(raw).map(Value::Blob),
        other => return Ok(Err(format!("类型 {other} 不在使用之列"))),
    };
    decoded.map(Ok).map_err(sqlx::Error::Decode)
}

pub(super) fn from_postgres(sql: &str, rows: &[PgRow]) -> Result<Vec<Row>, StoreError> {
    convert(sql, rows, postgres_value)
}

fn postgres_value(row: &PgRow, index: usize) -> sqlx::Result<Result<Value, String>> {
    let raw = row.try_get_raw(index)?;
    if raw.is_null() {
        return Ok(Ok(Value::Null));
    }
    let kind = raw.type_info();
    let decoded = match kind.name() {
        "INT8" => Decode::<Postgres>::decode(raw).map(Value::Int),
        "INT4" => Decode::<Postgres>::decode(raw).map(|number: i32| Value::Int(number.into())),
        "INT2" => Decode::<Postgres>::decode(raw).map(|number: i16| Value::Int(number.into())),
        "BOOL" => Decode::<Postgres>::decode(raw).map(|is: bool| Value::Int(is.into())),
        "TEXT" | "VARCHAR" | "NAME" => Decode::<Postgres>::decode(raw).map(Value::Text),
        "BYTEA" => Decode::<Postgres>::decode(raw).map(Value::Blob),
        "VOID" => return Ok(Ok(Value::Null)),
        other => return Ok(Err(format!("类型 {other} 不在使用之列"))),
    };
    decoded.map(Ok).map_err(sqlx::Error::Decode)
}
