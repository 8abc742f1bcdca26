//! The tree of a block without its positions, to compare two blocks by what they say.

use std::fmt::Debug;

/// A syntax tree as text without positions: two blocks that say the same have the same shape.
///
/// # Example
/// ```
/// # use zhida_policies::span::FileId;
/// # use zhida_policies::syntax::{BlockSource, parse_block};
/// # use zhida_policies::syntax::shape::shape;
/// let read = |text| parse_block(&BlockSource::contiguous(FileId(0), text, 0)).0;
/// let chinese = read("定义 大企业 = 营业收入 >= 4亿元");
/// let english = read("define  大企业  =  营业收入 ≥ ４亿元");
/// assert_eq!(shape(&chinese), shape(&english));
/// ```
#[must_use]
pub fn shape(tree: &impl Debug) -> String {
    const SPAN: &str = "Span { file: FileId(";
    let text = format!("{tree:?}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once(SPAN) {
        out.push_str(before);
        out.push_str("Span");
        rest = after.split_once('}').map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}
