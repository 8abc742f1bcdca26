//! Answers read from their files: the first rows, as a page shows them, or all of them one after
//! the other. No answer is held in memory as a whole.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Given what stands before the list of an answer, and an item of it.
type Take<'a> = &'a mut dyn FnMut(&Map<String, Value>, Value) -> ControlFlow<()>;

/// The beginning of an answer.
pub(super) struct First {
    /// All but its list.
    pub(super) value: Value,
    /// The first items of its list.
    pub(super) items: Vec<Value>,
    /// How many items there are.
    pub(super) count: usize,
    /// How many rows they make.
    pub(super) rows: usize,
}

/// Reads the first items of an answer, and how many there are.
///
/// # Shape
/// An answer says how many there are before its list, and the rest is not read; one that was
/// written before answers said so is read to its end.
/// # Errors
/// What the disk says, or what is not JSON.
pub(super) fn first(
    path: &Path,
    (list, most): (&str, usize),
    rows_of: &dyn Fn(&Value) -> usize,
) -> io::Result<First> {
    let (mut items, mut count, mut rows) = (Vec::new(), 0_usize, 0_usize);
    let value = each(path, list, &mut |before, item| {
        count = count.saturating_add(1);
        rows = rows.saturating_add(rows_of(&item));
        if items.len() < most {
            items.push(item);
        }
        match items.len() >= most && before.contains_key("count") {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    let said = |name: &str| {
        let number = value.get(name).and_then(Value::as_u64);
        number.and_then(|number| usize::try_from(number).ok())
    };
    let count = said("count").unwrap_or(count);
    let rows = said("uses").or(said("count")).unwrap_or(rows);
    Ok(First {
        value: Value::Object(value),
        items,
        count,
        rows,
    })
}

/// Reads an answer item by item; what stands before and behind its list.
///
/// # Errors
/// What the disk says, or what is not JSON.
pub(super) fn each(path: &Path, list: &str, take: Take<'_>) -> io::Result<Map<String, Value>> {
    let mut reading = Reading {
        list,
        take,
        around: Map::new(),
        is_enough: false,
    };
    let mut reader = serde_json::Deserializer::from_reader(BufReader::new(File::open(path)?));
    match Whole(&mut reading).deserialize(&mut reader) {
        Err(_) if reading.is_enough => Ok(reading.around),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(reading.around),
    }
}

/// How far an answer was read.
struct Reading<'a> {
    list: &'a str,
    take: Take<'a>,
    around: Map<String, Value>,
    is_enough: bool,
}

/// The answer itself.
struct Whole<'r, 'a>(&'r mut Reading<'a>);

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == self.0.list {
                map.next_value_seed(List(&mut *self.0))?;
            } else {
                let value = map.next_value::<Value>()?;
                self.0.around.insert(name, value);
            }
        }
        Ok(())
    }
}

/// Its list.
struct List<'r, 'a>(&'r mut Reading<'a>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of an answer")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<(), S::Error> {
        while let Some(item) = items.next_element::<Value>()? {
            let reading = &mut *self.0;
            if (reading.take)(&reading.around, item).is_break() {
                reading.is_enough = true;
                return Err(S::Error::custom("enough was read"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{First, first};

    fn read(text: &str) -> std::io::Result<First> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(&path, text).unwrap();
        first(&path, ("changes", 2), &|_| 1)
    }

    #[test]
    fn a_page_reads_its_rows_and_not_the_rest() {
        // Behind the second item the file is no JSON any more: nobody has looked there.
        let found = read(r#"{"seal":"s","count":70000,"changes":[1,2,!"#).unwrap();
        assert_eq!(
            (found.count, found.rows, found.items.len()),
            (70_000, 70_000, 2)
        );
        assert_eq!(found.value["seal"], "s");
        assert!(read(r#"{"count":3,"changes":[1,!"#).is_err());
    }

    #[test]
    fn an_answer_that_does_not_say_how_many_is_counted() {
        let found = read(r#"{"before":"1.00","changes":[1,2,3],"seal":"s"}"#).unwrap();
        assert_eq!((found.count, found.rows, found.items.len()), (3, 3, 2));
        assert_eq!(found.value["seal"], "s");
        let found = read(r#"{"count":0,"changes":[]}"#).unwrap();
        assert_eq!((found.count, found.items.len()), (0, 0));
    }
}
