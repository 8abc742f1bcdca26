//! Passwords: what a new one must be like, and how they are hashed.

mod frequent;
mod hasher;
mod profile;

pub(crate) use hasher::Hasher;
pub(crate) use profile::{Context, PasswordFault, Profile};
