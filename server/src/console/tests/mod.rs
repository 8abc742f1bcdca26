//! The workbench through its pages: who may, what is refused, and a whole month.

<<<<<<< HEAD
pub(crate) mod month;
pub(crate) mod town;
=======
mod month;
mod publishing;
mod town;
>>>>>>> main
mod walls;
