//! Lexer, parser and printer of the notation; positions are kept throughout.

pub mod ast;
pub mod words;
