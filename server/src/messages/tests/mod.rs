//! Messages on both databases, with servers of the tests' own on the other side.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "a test that overflows fails, as it should"
)]

mod carried;
mod guarded;
mod killed;
mod paged;
mod reminded;
mod sinks;
mod told;

/// Makes two tests of each function, one for each database.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        $(
            mod $test {
                #[test]
                fn sqlite() {
                    crate::store::tests::support::on_sqlite(super::$test);
                }

                #[test]
                fn postgres() {
                    crate::store::tests::support::on_postgres(super::$test);
                }
            }
        )*
    };
}
use on_both;
