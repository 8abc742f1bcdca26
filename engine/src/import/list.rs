//! List facts: a JSON array of records in one cell.
//!
//! `[{"本金": "1000000.00", "利率": 3.45}, {"本金": null}]`: fields by Chinese or English name, values
//! as text or as plain JSON. Numbers are taken from their text, so that none passes through a
//! binary float; a field twice in one record is refused.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use zhida_policies::values::Codes;
use zhida_policies::vocabulary::Field;

use crate::import::cell::{CellFault, CellReader, Unit};
use crate::import::limits::LIST_RECORDS_MAX;
use crate::import::report::Reason;
use crate::snapshot::Cell;

/// Reads one field of the records.
#[derive(Clone, Debug)]
pub(crate) struct FieldReader {
    id: String,
    name: String,
    reader: CellReader,
}

impl FieldReader {
    pub(crate) fn new(field: &Field) -> Self {
        let reader = CellReader::new(&field.field_type, Unit::NONE);
        Self {
            id: field.id.clone(),
            name: field.name.clone(),
            reader,
        }
    }
}

/// The fields of one record in their order, each with the text of its value.
struct RawRecord<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for RawRecord<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = RawRecord<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry::<String, &'de RawValue>()? {
                    fields.push(field);
                }
                Ok(RawRecord(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// The records of a cell.
pub(crate) fn records(
    cell: &str,
    fields: &[FieldReader],
    codes: &Codes,
) -> Result<Cell, CellFault> {
    let parsed: Vec<RawRecord<'_>> = serde_json::from_str(cell).map_err(|_| {
        wrong(r#"明细要写成 JSON,如 [{"本金": "1000000.00"}],没有记录写 []"#.to_owned())
    })?;
    if parsed.len() > LIST_RECORDS_MAX {
        return Err(wrong(format!(
            "一格里有 {} 条记录,最多 {LIST_RECORDS_MAX} 条",
            parsed.len()
        )));
    }
    let mut records = Vec::with_capacity(parsed.len());
    for (number, record) in (1usize..).zip(parsed) {
        let record = self::record(record, fields, codes).map_err(|fault| {
            let message = format!("第 {number} 条记录:{}", fault.message);
            CellFault::new(fault.reason, message)
        })?;
        records.push(record);
    }
    Ok(Cell::Records(records))
}

fn record(
    raw: RawRecord<'_>,
    fields: &[FieldReader],
    codes: &Codes,
) -> Result<Vec<Cell>, CellFault> {
    let mut cells = vec![Cell::Missing; fields.len()];
    let mut seen = vec![false; fields.len()];
    for (name, value) in raw.0 {
        let name = name.trim();
        let place = fields
            .iter()
            .position(|field| field.id == name || field.name == name);
        let found = place.and_then(|place| {
            Some((
                fields.get(place)?,
                cells.get_mut(place)?,
                seen.get_mut(place)?,
            ))
        });
        let Some((field, cell, seen)) = found else {
            let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            return Err(wrong(format!("没有字段“{name}”;可用:{}", known.join("、"))));
        };
        if std::mem::replace(seen, true) {
            return Err(wrong(format!("字段“{name}”写了两次")));
        }
        *cell = field
            .reader
            .read(&plain_text(value.get())?, codes)
            .map_err(|fault| {
                CellFault::new(fault.reason, format!("{}:{}", field.name, fault.message))
            })?;
    }
    Ok(cells)
}

/// The text of a JSON value, as a cell would hold it.
fn plain_text(json: &str) -> Result<String, CellFault> {
    match json.bytes().next() {
        Some(b'"') => serde_json::from_str(json).map_err(|_| wrong("文本里有坏的转义".to_owned())),
        Some(b'n') => Ok(String::new()),
        Some(b'{' | b'[') => Err(wrong(
            "字段的值不能再是明细;集合请用 | 连接成文本".to_owned(),
        )),
        Some(_) | None => Ok(json.to_owned()),
    }
}

fn wrong(message: String) -> CellFault {
    CellFault::new(Reason::WrongList, message)
}

#[cfg(test)]
mod tests {
    use zhida_policies::values::Money;
    use zhida_policies::vocabulary::FactType;

    use super::*;

    fn fields() -> Vec<FieldReader> {
        let field = |id: &str, name: &str, field_type| {
            FieldReader::new(&Field {
                id: id.to_owned(),
                name: name.to_owned(),
                field_type,
                unit: None,
                about: None,
                is_key: false,
            })
        };
        vec![
            field("principal", "本金", FactType::Money),
            field("rate", "利率", FactType::Number),
            field("in_pay", "在岗", FactType::Boolean),
        ]
    }

    #[track_caller]
    fn read(cell: &str) -> Result<Vec<Vec<Cell>>, CellFault> {
        let cell = records(cell, &fields(), &Codes::default())?;
        let Cell::Records(records) = cell else {
            panic!("{cell:?}")
        };
        Ok(records)
    }

    #[test]
    fn values_are_exact_in_either_form() {
        let rate: crate::snapshot::FiniteDecimal = "1234567890123456789.123456789".parse().unwrap();
        let expected = vec![
            vec![
                Cell::Money(Money::from_fen(10)),
                Cell::Number(rate),
                Cell::Boolean(true),
            ],
            vec![Cell::Missing, Cell::Missing, Cell::Boolean(false)],
        ];
        let chinese = r#"[{"本金":"0.10","利率":1234567890123456789.123456789,"在岗":true},
            {"在岗":"否","利率":null}]"#;
        assert_eq!(read(chinese).unwrap(), expected);
        let english = r#"[{"rate":"1234567890123456789.123456789","principal":0.1,"in_pay":1},{"in_pay":false}]"#;
        assert_eq!(read(english).unwrap(), expected);
        assert_eq!(read("[]").unwrap(), Vec::<Vec<Cell>>::new());
    }

    #[test]
    fn anything_else_is_refused() {
        for (cell, reason) in [
            ("本金", Reason::WrongList),
            ("{}", Reason::WrongList),
            ("[1]", Reason::WrongList),
            ("[{}]x", Reason::WrongList),
            (r#"[{"本金":"1","principal":"1"}]"#, Reason::WrongList),
            (r#"[{"本金":"1","本金":"1"}]"#, Reason::WrongList),
            (r#"[{"金额":"1"}]"#, Reason::WrongList),
            (r#"[{"本金":["1"]}]"#, Reason::WrongList),
            (r#"[{"本金":"\ud800"}]"#, Reason::WrongList),
            (r#"[{"本金":1e5}]"#, Reason::Scientific),
            (r#"[{"本金":"0.005"}]"#, Reason::PartFen),
            (r#"[{"本金":"NaN"}]"#, Reason::NotFinite),
        ] {
            assert_eq!(read(cell).unwrap_err().reason, reason, "{cell}");
        }
        assert_eq!(
            read(&"[".repeat(100_000)).unwrap_err().reason,
            Reason::WrongList
        );
        let many = format!("[{}{{}}]", "{},".repeat(LIST_RECORDS_MAX));
        assert_eq!(read(&many).unwrap_err().reason, Reason::WrongList);
    }
}
