//! What visitors meet: the hosted form, its intake from any website, and the page of thanks. No cookie is read or set.

pub mod consent;
pub mod consents;
pub mod door;
pub mod hosted;
pub mod inputs;
pub mod notice;
pub mod rights;
pub mod submit;
pub mod thanks;
pub mod token;
pub mod visit;
