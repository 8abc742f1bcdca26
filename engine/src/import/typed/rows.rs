//! The rows of a batch as the rows of a file.

use std::borrow::Cow;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::SchemaRef;
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::Vocabulary;

use crate::import::ImportError;
use crate::import::cell::{CellFault, CellReader};
use crate::import::header::{Header, Role};
use crate::import::report::{Consequence, Finding, Reason};
use crate::import::rows::{Cells, Refused};
use crate::import::typed::form::{Form, FormFault, holds_codes, holds_names};
use crate::import::typed::value::{Places, text_of};
use crate::snapshot::Cell;

/// How the columns of a file are read.
pub(crate) struct Columns {
    /// For each column of the heading, its place in the batches and its form.
    sources: Vec<Option<(usize, Form)>>,
    /// The columns that are read at all, by their place in the file.
    pub(crate) used: Vec<usize>,
}

impl Columns {
    /// Finds out how each column is read. One whose type does not fit is reported and ignored.
    pub(crate) fn bind(
        header: &mut Header,
        schema: &SchemaRef,
        vocabulary: &Vocabulary,
    ) -> Result<Self, ImportError> {
        let mut columns = Self {
            sources: Vec::new(),
            used: Vec::new(),
        };
        let mut findings = Vec::new();
        let roles = header.roles.iter_mut().zip(&header.titles);
        for ((place, field), (role, title)) in schema.fields().iter().enumerate().zip(roles) {
            let data = field.data_type();
            let form: Option<Result<Form, FormFault>> = match role {
                Role::Uscc if holds_codes(data) => Some(Ok(Form::Scalar(Places::Own))),
                Role::Uscc => {
                    return Err(ImportError::UsccType {
                        found: data.to_string(),
                    });
                }
                Role::Name if holds_names(data) => Some(Ok(Form::Scalar(Places::Own))),
                Role::Name => {
                    let message = format!("列的类型是 {data},读不出名称;请改为文本列");
                    Some(Err((Reason::WrongType, message)))
                }
                Role::Fact(fact) => {
                    let fact_type = &vocabulary.fact(fact.key.fact).fact_type;
                    Some(Form::new(fact_type, fact.reader.unit(), data))
                }
                Role::Ignored => None,
            };
            let source = match form {
                Some(Ok(form)) => {
                    let position = columns.used.len();
                    columns.used.push(place);
                    Some((position, form))
                }
                Some(Err(fault)) => {
                    findings.push(finding(title, &data.to_string(), fault));
                    *role = Role::Ignored;
                    None
                }
                None => None,
            };
            columns.sources.push(source);
        }
        header.findings.extend(findings);
        Ok(columns)
    }
}

fn finding(title: &str, value: &str, (reason, message): FormFault) -> Finding {
    Finding {
        row: 1,
        line: 1,
        column: title.to_owned(),
        value: value.to_owned(),
        reason,
        consequence: Consequence::ColumnIgnored,
        message,
    }
}

/// One row of a batch.
pub(crate) struct BatchRow<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) batch: &'a RecordBatch,
    pub(crate) row: usize,
    /// Its number in the file; the heading is row 1.
    pub(crate) number: u64,
}

impl BatchRow<'_> {
    fn source(&self, column: usize) -> Option<(&dyn Array, &Form)> {
        let (position, form) = self.columns.sources.get(column)?.as_ref()?;
        Some((self.batch.columns().get(*position)?.as_ref(), form))
    }
}

impl Cells for BatchRow<'_> {
    fn place(&self) -> (u64, u64) {
        (self.number, self.number)
    }

    fn formed(&self, _columns: usize) -> Result<(), CellFault> {
        Ok(())
    }

    fn text(&self, column: usize) -> Result<Result<Cow<'_, str>, Refused>, ImportError> {
        let text = match self.source(column) {
            Some((array, _)) => text_of(array, self.row, Places::Own),
            None => Ok(None),
        };
        Ok(text.map(Option::unwrap_or_default))
    }

    fn fact(
        &self,
        column: usize,
        reader: &CellReader,
        codes: &Codes,
    ) -> Result<Result<Cell, Refused>, ImportError> {
        Ok(match self.source(column) {
            Some((array, form)) => form.read(array, self.row, reader, codes),
            None => Ok(Cell::Missing),
        })
    }
}
