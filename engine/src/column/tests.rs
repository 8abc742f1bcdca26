//! The column evaluator against the reference interpreter, cell by cell.
