//! Lexer, parser and printer of the notation; positions are kept throughout.

pub mod ast;
pub mod keywords;
mod lexer;
pub mod limits;
mod parser;
pub mod printer;
pub mod shape;
mod source;
pub mod used;
pub mod words;

pub use parser::{parse_block, parse_cell, parse_expression};
pub use source::{BlockRange, BlockSource};

#[cfg(test)]
mod tests;
