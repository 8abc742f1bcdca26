//! The `zhida` command.

fn main() {}
