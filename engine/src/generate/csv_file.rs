//! Made-up enterprises as a CSV file, as a department would deliver it.

use std::io::Write;
use std::ops::ControlFlow;

use serde_json::{Map, Value};
use zhida_policies::vocabulary::{FactType, Field};

use crate::generate::{GenerateError, Generator};
use crate::snapshot::Cell;

impl Generator {
    /// Writes the enterprises as UTF-8 CSV with Chinese headings.
    ///
    /// # Errors
    /// [`GenerateError::Write`] when the writer fails, [`GenerateError::Cancelled`] when `on_rows`
    /// breaks.
    pub fn write_csv(
        &self,
        writer: impl Write,
        on_rows: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<(), GenerateError> {
        let mut csv = csv::Writer::from_writer(writer);
        let mut header = vec!["统一社会信用代码".to_owned(), "企业名称".to_owned()];
        header.extend(self.columns.iter().map(|column| {
            let name = &self.vocabulary.fact(column.fact).name;
            match column.period.year() {
                None => name.clone(),
                Some(_) => format!("{name}@{}", column.period),
            }
        }));
        csv.write_record(&header).map_err(std::io::Error::from)?;
        self.each(on_rows, &mut |row| {
            let columns = self.columns.iter().zip(&row.cells);
            let cells = columns
                .map(|(column, cell)| text(cell, &self.vocabulary.fact(column.fact).fact_type));
            let identity = [row.uscc.clone(), row.name.clone()];
            csv.write_record(identity.into_iter().chain(cells))
                .map_err(std::io::Error::from)?;
            Ok(())
        })?;
        Ok(csv.flush()?)
    }
}

/// A cell as the import reads it.
fn text(cell: &Cell, fact_type: &FactType) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Money(money) => money.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Boolean(true) => "是".to_owned(),
        Cell::Boolean(false) => "否".to_owned(),
        Cell::Date(date) => date.to_string(),
        Cell::Text(text) => text.to_string(),
        Cell::Set(members) if members.is_empty() => "[]".to_owned(),
        Cell::Set(members) => {
            let words = members
                .iter()
                .filter_map(|place| fact_type.members().get(*place));
            words.map(String::as_str).collect::<Vec<_>>().join("|")
        }
        Cell::Records(records) => {
            let fields = if let FactType::List(fields) = fact_type {
                fields.as_slice()
            } else {
                &[]
            };
            let records = records
                .iter()
                .map(|record| Value::Object(object(record, fields)));
            Value::Array(records.collect()).to_string()
        }
    }
}

/// The known fields of a record.
fn object(record: &[Cell], fields: &[Field]) -> Map<String, Value> {
    let named = fields
        .iter()
        .zip(record)
        .filter(|(_, cell)| !cell.is_missing());
    named
        .map(|(field, cell)| {
            (
                field.name.clone(),
                Value::from(text(cell, &field.field_type)),
            )
        })
        .collect()
}
