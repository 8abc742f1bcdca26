//! The workbench through its pages: who may, what is refused, and a whole month.

mod month;
mod publishing;
mod town;
mod walls;
