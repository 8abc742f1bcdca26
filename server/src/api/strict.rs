//! JSON as the API accepts it: every name once, few levels, whole numbers, nothing behind the end.
//!
//! # Source
//! RFC 8259 leaves open what a name that stands twice means; two readers that differ there let
//! somebody sign one thing and have another done. So it is refused (RFC 7493, 2.3).

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

use crate::web::WebFault;

/// How deep values may lie in each other.
const DEPTH_MAX: usize = 16;
/// How many names, items and values a body may have.
const NODES_MAX: usize = 100_000;

/// Reads a body.
///
/// # Errors
/// A bad request that says what is wrong and where.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WebFault> {
    let mut nodes = 0;
    let mut looked = serde_json::Deserializer::from_slice(bytes);
    let seed = Node {
        depth: 0,
        nodes: &mut nodes,
    };
    seed.deserialize(&mut looked)
        .and_then(|()| looked.end())
        .and_then(|()| serde_json::from_slice(bytes))
        .map_err(|error| {
            WebFault::bad(
                format!("请求内容不能采用:{error}"),
                "请按 /api/docs/ 的格式提交:UTF-8 的 JSON,每个名称只写一次,金额写成文本",
            )
        })
}

/// One value, looked through to its leaves.
struct Node<'n> {
    depth: usize,
    nodes: &'n mut usize,
}

impl Node<'_> {
    fn inner(&mut self) -> Node<'_> {
        Node {
            depth: self.depth.saturating_add(1),
            nodes: self.nodes,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        *self.nodes = self.nodes.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(D::Error::custom(format!("嵌套超过 {DEPTH_MAX} 层")));
        }
        if *self.nodes > NODES_MAX {
            return Err(D::Error::custom(format!("多于 {NODES_MAX} 个值")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("文本、整数、true、false、null、列表或对象")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self.inner())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = fields.next_key::<String>()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!("“{name}”写了两次")));
            }
            names.insert(name);
            fields.next_value_seed(self.inner())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        amount: String,
        #[serde(default)]
        more: Value,
    }

    fn refused(text: &str) -> String {
        read::<Thing>(text.as_bytes()).unwrap_err().message
    }

    #[test]
    fn what_is_plain_is_read() {
        let text = r#" {"amount":"1.00","more":{"a":[1,true,null,"x"]}} "#;
        let thing = read::<Thing>(text.as_bytes()).unwrap();
        assert_eq!(
            (thing.amount.as_str(), &thing.more["a"][0]),
            ("1.00", &1.into())
        );
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused() {
        let deep = format!("{{\"amount\":\"1\",\"more\":{}", "[".repeat(100_000));
        let wide: String = (0..200_000)
            .map(|place| format!("\"k{place}\":1,"))
            .collect();
        let cases = [
            (r#"{"amount":"1","amount":"2"}"#.to_owned(), "写了两次"),
            (
                r#"{"amount":"1","more":{"a":1,"a":2}}"#.to_owned(),
                "写了两次",
            ),
            (r#"{"amount":"1"} {"amount":"2"}"#.to_owned(), "trailing"),
            (r#"{"amount":"1"}x"#.to_owned(), "trailing"),
            (r#"{"amount":"1","other":1}"#.to_owned(), "other"),
            (r#"{"amount":"\ud800"}"#.to_owned(), "surrogate"),
            (r#"{"amount":"1","more":1e999}"#.to_owned(), "out of range"),
            (r#"{"amount":"1","more":1.5}"#.to_owned(), "1.5"),
            (
                format!("{{\"amount\":\"1\",\"more\":{}}}", "9".repeat(5000)),
                "",
            ),
            (deep, "嵌套"),
            (
                format!("{{\"amount\":\"1\",\"more\":{{{wide}\"z\":1}}}}"),
                "多于",
            ),
            ("\u{feff}{}".to_owned(), "expected"),
            (String::new(), "EOF"),
        ];
        for (text, why) in cases {
            let said = refused(&text);
            let begin: String = text.chars().take(40).collect();
            assert!(said.contains(why), "{begin}: {said}");
            assert!(said.len() < 1_000, "{begin}");
        }
        assert!(read::<Thing>(b"{\"amount\":\"\xff\"}").is_err());
    }
}
