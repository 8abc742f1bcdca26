//! The plan of the library, and what is shared in it.
