//! The library that is part of the binary.

include!(concat!(env!("OUT_DIR"), "/library.rs"));
