//! The machine's clock, and ids made from it.
//!
//! This is the only place that asks the system for the time or for a new UUID; everyone else is given one.

mod clock;
mod ids;

pub use self::{
    clock::{ShiftedClock, SystemClock},
    ids::Uuidv7,
};
