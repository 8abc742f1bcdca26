//! Texts with places to fill: file names and rows of totals, written and read by one definition.

use super::Profile;

/// A piece of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// As it stands.
    Literal(&'a str),
    /// A place to fill.
    Place(&'a str),
}

/// The places of file names and rows of totals.
const PLACES: [&str; 9] = [
    "message_id",
    "part",
    "count",
    "sum",
    "payer_account",
    "payer_name",
    "date",
    "sealed_date",
    "initiator_name",
];

/// Cuts a template into pieces; absent when a brace has no partner.
fn pieces(template: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, behind) = after.split_once('}')?;
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        pieces.push(Piece::Place(place));
        rest = behind;
    }
    if rest.contains('}') {
        return None;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    Some(pieces)
}

/// What is wrong with the templates of a profile.
pub(super) fn faults(profile: &Profile) -> Vec<String> {
    let mut faults = Vec::new();
    let answer = profile.answer.iter();
    let rows = profile.first_row.iter().chain(&profile.last_row);
    let names = answer.clone().flat_map(|answer| &answer.file_name);
    let of_answer = answer.flat_map(|answer| answer.first_row.iter().chain(&answer.last_row));
    let all = rows
        .chain(names)
        .chain(of_answer)
        .chain([&profile.file_name]);
    for template in all {
        let known = |piece: &Piece<'_>| match piece {
            Piece::Literal(_) => true,
            Piece::Place(place) => PLACES.contains(place),
        };
        if !pieces(template).is_some_and(|pieces| pieces.iter().all(known)) {
            faults.push(format!("模板“{template}”有不认识的占位"));
        }
    }
    for place in ["{message_id}", "{part}"] {
        if !profile.file_name.contains(place) {
            faults.push(format!("file_name 缺少 {place},几个文件会重名"));
        }
    }
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '{' | '}');
    if !profile.file_name.chars().all(is_safe) || profile.file_name.starts_with('.') {
        faults.push("file_name 只能用字母、数字、-、_ 和点".to_owned());
    }
    // A secret in a name or a title row would be seen by everybody who sees the folder.
    if profile.file_name.contains("payer_") {
        faults.push("file_name 不能含账号或户名".to_owned());
    }
    faults
}

/// Fills a template; a place without a value stays empty.
pub(super) fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let pieces = pieces(template).unwrap_or_default();
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.to_owned(),
            Piece::Place(place) => value(place).unwrap_or_default(),
        })
        .collect()
}

/// Reads the values back from a text that a template made: each place takes the shortest text
/// before the next literal, the last one what is left. Absent when the literals do not stand where
/// they must.
pub(super) fn matched<'t>(template: &'t str, text: &'t str) -> Option<Vec<(&'t str, &'t str)>> {
    let mut values = Vec::new();
    let mut rest = text;
    let mut waiting: Option<&str> = None;
    for piece in pieces(template)? {
        match (piece, waiting.take()) {
            (Piece::Literal(literal), None) => rest = rest.strip_prefix(literal)?,
            (Piece::Literal(literal), Some(place)) => {
                let (value, behind) = rest.split_once(literal)?;
                values.push((place, value));
                rest = behind;
            }
            (Piece::Place(place), None) => waiting = Some(place),
            // Two places without a literal between them cannot be told apart.
            (Piece::Place(_), Some(_)) => return None,
        }
    }
    match waiting {
        Some(place) => values.push((place, rest)),
        None if rest.is_empty() => {}
        None => return None,
    }
    Some(values)
}
