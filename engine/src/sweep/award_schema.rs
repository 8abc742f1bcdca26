//! The columns of the payable list as its file names them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

fn item(fields: Fields) -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(fields), false))
}

fn words(name: &str, is_nullable: bool) -> Field {
    let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Field::new(name, words, is_nullable)
}

fn amount(name: &str) -> Field {
    Field::new(name, DataType::Int64, false)
}

fn share_fields() -> Fields {
    Fields::from(vec![words("bearer", false), amount("fen")])
}

fn instalment_fields() -> Fields {
    Fields::from(vec![
        Field::new("number", DataType::UInt16, false),
        amount("fen"),
        Field::new("due", DataType::Boolean, false),
        Field::new("conditional", DataType::Boolean, false),
    ])
}

fn change_fields() -> Fields {
    Fields::from(vec![
        Field::new("step", DataType::UInt8, false),
        words("rule", false),
        words("cause", false),
        amount("before_fen"),
        amount("after_fen"),
        words("figures", false),
        Field::new("weight", DataType::UInt64, true),
    ])
}

/// The columns of the payable list.
pub(crate) fn award_schema() -> SchemaRef {
    let list = |name: &str, fields| Field::new(name, DataType::List(item(fields)), false);
    Arc::new(Schema::new(vec![
        Field::new("uscc", DataType::Utf8, false),
        words("measure", false),
        words("state", false),
        words("standing", false),
        amount("base_fen"),
        amount("amount_fen"),
        amount("payable_fen"),
        amount("least_fen"),
        Field::new("greatest_fen", DataType::Int64, true),
        amount("paid_fen"),
        words("fund", true),
        Field::new("reason", DataType::UInt16, true),
        list("shares", share_fields()),
        list("instalments", instalment_fields()),
        list("changes", change_fields()),
    ]))
}
